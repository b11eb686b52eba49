"""A deployment file as another deployment would have it: its text, edited in place.

Steps, actions, settings of components and flags are edited; comments and layout stay as they are. The text
is read again, and is given out only if it says just what was meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import fields, replace
from typing import Protocol

from ..deployment import Action, Change, Component, Deployment, Flag, Readiness, Step, name_step
from ..errors import InvalidDeploymentError, Problem
from ..names import Contract, Place
from .editing import Edits
from .marks import Marked, mark
from .pairs import write_breaks
from .writing import write_scalar, write_title

Load = Callable[[str], Deployment]
"""Reads a text as the file was read: with the same second file, and the same accepted hazards."""


class LoadBoth(Protocol):
    """The same, with another text for the second file if one is given."""

    def __call__(self, text: str, *, changes: str = ...) -> Deployment: ...


SETTINGS = (
    "replicas",
    "strategy",
    "route",
    "drain",
    "max_surge",
    "max_unavailable",
    "readiness",
    "stays",
    "migrates",
)
"""The settings of a component that can be edited; each is a key of the file."""


def rewrite(text: str, before: Deployment, meant: Deployment, load: Load) -> str:
    """The text of `before`, so that it says what is `meant`. Raises `InvalidDeploymentError` where the file
    cannot be edited so in place; nothing is lost then."""
    edited = _Rewriting(text, before, meant).edit()
    _compare(before, meant, lambda: load(edited), (text, edited))
    return edited


def rewrite_both(
    text: str, changes: str, before: Deployment, meant: Deployment, load: LoadBoth
) -> tuple[str, str | None]:
    """The same of a deployment whose changes stand in a second file as well, and the text of that (None: it
    stays as it was). Of a contract of which both speak the second is edited: it is the one that counts."""
    second = _Rewriting(changes, before, meant)
    there = second.list_spoken_of()
    edited = _Rewriting(text, before, meant, elsewhere=there).edit()
    after = second.edit_changes(there)
    read = (lambda: load(edited)) if after == changes else (lambda: load(edited, changes=after))
    _compare(before, meant, read, (text, edited), (changes, after))
    return edited, after if after != changes else None


def _compare(
    before: Deployment, meant: Deployment, read: Callable[[], Deployment], *texts: tuple[str, str]
) -> None:
    """Refuses what does not say what is meant when it is read again, or lacks a comment."""
    try:
        after = read()
    except InvalidDeploymentError as error:
        raise _refuse(before, error.problems[0].message) from None
    if _said(after) != _said(meant):
        raise _refuse(before, "read again it would not say what is meant")
    for text, edited in texts:
        if lost := _list_comments(text) - _list_comments(edited):
            raise _refuse(before, f"the comment `{next(iter(lost))}` would be lost")


def _said(deployment: Deployment) -> dict[str, object]:
    """All that a deployment says, but for places, which move."""
    said = {one.name: getattr(deployment, one.name) for one in fields(deployment) if one.compare}
    return said | {"flags": sorted(deployment.flags, key=lambda flag: flag.name)}


def _list_comments(text: str) -> Counter[str]:
    """What stands in comments, as often as it does: a line's part from a `#` that can begin one."""
    lines = (line.split("#", 1)[1].strip() for line in text.splitlines() if "#" in line)
    return Counter(comment for comment in lines if comment)


def _refuse(deployment: Deployment, message: str) -> InvalidDeploymentError:
    place = Place(deployment.file, 1, 1)
    fix = "make the edit by hand, and check it"
    return InvalidDeploymentError(
        [Problem("not-updatable", f"it cannot be edited in place: {message}", place, fix=fix)]
    )


class _Rewriting:
    def __init__(
        self, text: str, before: Deployment, meant: Deployment, *, elsewhere: Collection[Contract] = ()
    ) -> None:
        self._text, self._before, self._meant = text, before, meant
        self._elsewhere = elsewhere
        self._root = mark(text)
        self._edits = Edits(text)

    def edit(self) -> str:
        for name, component in self._meant.components.items():
            if component != self._before.components[name]:
                self._component(name, component)
        if self._meant.pipeline != self._before.pipeline:
            self._pipeline()
        for flag, known in zip(self._meant.flags, self._before.flags, strict=False):
            if flag != known:
                self._understanding(flag)
        if new := self._meant.flags[len(self._before.flags) :]:
            self._flags(new)
        return self.edit_changes([one for one in self._meant.changed if one not in self._elsewhere])

    def list_spoken_of(self) -> frozenset[Contract]:
        """The contracts that have an entry of their own under `changes`."""
        section = self._root.find("changes")
        named = {key.text for key, _ in section.entries} if section is not None else set()
        return frozenset(one for one in self._meant.changed if str(one) in named)

    def edit_changes(self, contracts: Iterable[Contract]) -> str:
        """The text, with what is meant of these contracts."""
        for contract in contracts:
            if self._meant.changed[contract] != self._before.changed[contract]:
                self._change(self._meant.changed[contract])
        return self._edits.apply()

    def _section(self, *names: str) -> Marked:
        found = next((value for name in names if (value := self._root.find(name)) is not None), None)
        if found is None:
            raise _refuse(self._before, f"it has no `{names[0]}`")
        return found

    def _margin(self, offset: int) -> str:
        """What stands before a value in its line, as blanks."""
        start, _ = self._edits.line_of(offset)
        return " " * (offset - start)

    # --- components ---

    def _component(self, name: str, component: Component) -> None:
        there = self._section("components").find(name)
        if there is None or not there.entries:
            raise _refuse(self._before, f"`{name}` is not written as a mapping")
        new = []
        before = self._before.components[name]
        for key in SETTINGS:
            value = getattr(component, key)
            if value != getattr(before, key) or (key == "replicas" and before.sizes != component.sizes):
                old = there.find(key)
                if old is None:
                    new.append(f"{key}: {_write_setting(value)}")
                else:
                    self._edits.replace(old.start, old.end, _write_setting(value))
        if new and there.is_flow:
            last = max(one.end for pair in there.entries for one in pair)
            self._edits.replace(last, last, "".join(f", {line}" for line in new))
        elif new:
            margin = self._margin(there.entries[0][0].start)
            self._edits.insert_lines(there.end, [f"{margin}{line}" for line in new])

    # --- flags ---

    def _flags(self, flags: tuple[Flag, ...]) -> None:
        entries = [f"{write_scalar(flag.name)}: {{guards: [{_guards(flag)}]}}" for flag in flags]
        section = self._root.find("flags")
        if section is None or not section.entries:
            if section is not None:
                raise _refuse(self._before, "`flags` is empty")
            pipeline = self._section("pipeline", "releases")
            if self._root.is_flow:
                self._edits.replace(pipeline.end, pipeline.end, f", flags: {{{', '.join(entries)}}}")
                return
            self._edits.insert_lines(pipeline.end, ["flags:", *(f"  {entry}" for entry in entries)])
        elif section.is_flow:
            last = section.entries[-1][1].end
            self._edits.replace(last, last, "".join(f", {entry}" for entry in entries))
        else:
            margin = self._margin(section.entries[0][0].start)
            self._edits.insert_lines(section.end, [f"{margin}{entry}" for entry in entries])

    def _understanding(self, flag: Flag) -> None:
        """Code understands both forms: that is so where nothing is said, and can be said."""
        there = self._section("flags").find(flag.name)
        value = there.find("understands") if there is not None else None
        if value is None or not flag.tolerant:
            raise _refuse(self._before, f"`{flag.name}` does not say what is understood")
        self._edits.replace(value.start, value.end, "both")

    # --- changes ---

    def _change(self, change: Change) -> None:
        """What still breaks of a contract."""
        there = self._section("changes").find(str(change.contract))
        entries = there.entries if there is not None else ()
        found = next(((key, value) for key, value in entries if key.text == "breaks"), None)
        if found is None:
            raise _refuse(self._before, f"`{change.contract}` has no `breaks` of its own")
        key, value = found  # a list in lines may begin below its key: what comes in its place stands behind
        self._edits.replace(key.end, value.end, f": {write_breaks(change, change.declared)}")

    # --- the pipeline ---

    def _pipeline(self) -> None:
        if self._before.pipelines:
            for name, value in self._section("pipelines").entries:
                self._line(value, name.text, 0)
            return
        for release, items in enumerate(self._releases()):
            self._line(items, None, release)

    def _line(self, items: Marked, pipeline: str | None, release: int) -> None:
        """The steps of one release, or of one of several pipelines."""

        def of(deployment: Deployment) -> list[Step]:
            steps = [s for s in deployment.pipeline if (s.pipeline, s.release) == (pipeline, release)]
            prefix = name_step(pipeline, "")
            return [replace(step, name=step.name.removeprefix(prefix)) for step in steps]

        old, new = of(self._before), of(self._meant)
        if old != new:
            self._release(items, old, new)

    def _releases(self) -> list[Marked]:
        """The lists of steps, one for each release."""
        pipeline = self._root.find("pipeline")
        if pipeline is not None:
            return [pipeline]
        section = self._section("releases")
        if section.entries:
            return [steps for _, steps in section.entries]
        return [item.entries[0][1] if len(item.entries) == 1 else item for item in section.items]

    def _release(self, section: Marked, old: list[Step], new: list[Step]) -> None:
        if not old or len(section.items) != len(old):
            raise _refuse(self._before, "the steps are not written one by one")
        items = {step.name: item for step, item in zip(old, section.items, strict=True)}
        steps = {step.name: step for step in old}
        if section.is_flow:
            parts = [self._flow_step(step, items.get(step.name), steps.get(step.name)) for step in new]
            self._edits.replace(section.items[0].start, section.items[-1].end, ", ".join(parts))
            return
        chunks = self._chunks(section)
        if chunks is None:
            raise _refuse(self._before, "the steps do not begin a line each")
        margin = self._margin_of_items(section)
        written = []
        for step in new:
            if step.name in steps:
                start, end = chunks[old.index(steps[step.name])]
                written.append(self._with_actions(start, end, items[step.name], steps[step.name], step))
            else:
                written.append(f"{margin}- {_write_step(step)}")
        first, last = chunks[0][0], chunks[-1][1]
        self._edits.replace(first, last, self._edits.line_end.join(written))

    def _margin_of_items(self, section: Marked) -> str:
        start, _ = self._edits.line_of(section.items[0].start)
        return self._text[start : section.items[0].start].partition("-")[0]

    def _chunks(self, section: Marked) -> list[tuple[int, int]] | None:
        """Where the lines of each step begin and end, with the comments above it; None where two share
        one."""
        found: list[tuple[int, int]] = []
        for item in section.items:
            start, _ = self._edits.line_of(item.start)
            if self._text[start : item.start].strip() != "-":
                return None
            _, end = self._edits.line_of(item.end)
            if found:
                start = found[-1][1] + len(self._edits.line_end)
            found.append((start, end))
        return found

    def _with_actions(self, start: int, end: int, item: Marked, old: Step, new: Step) -> str:
        """The lines of a step, with the actions that it is to have."""
        if old.actions == new.actions:
            return self._text[start:end]
        if not item.entries:
            written = f"{self._text[item.start : item.end]}: [{', '.join(map(_write, new.actions))}]"
            return self._text[start : item.start] + written + self._text[item.end : end]
        _, value = item.entries[0]
        if value.is_flow or not value.items:
            listed = ", ".join(self._actions(value, old, new))
            inside = f"[{listed}]" if new.actions else "[]"
            return self._text[start : value.start] + inside + self._text[value.end : end]
        return self._block(start, end, value, old, new)

    def _actions(self, value: Marked, old: Step, new: Step) -> Iterator[str]:
        """Each action in words; one that the step had is written as it was."""
        texts = {str(action): self._text[one.start : one.end] for action, one in _pairs(old, value)}
        for action in new.actions:
            yield texts.get(str(action)) or _write(action)

    def _block(self, start: int, end: int, value: Marked, old: Step, new: Step) -> str:
        chunks = self._chunks(value)
        if chunks is None or len(chunks) != len(old.actions):
            raise _refuse(self._before, f"the actions of `{old.name}` do not begin a line each")
        lines = {
            str(action): self._text[one:other]
            for action, (one, other) in zip(old.actions, chunks, strict=True)
        }
        margin = self._margin_of_items(value)
        written = [lines.get(str(action)) or f"{margin}- {_write(action)}" for action in new.actions]
        return (
            self._text[start : chunks[0][0]]
            + self._edits.line_end.join(written)
            + self._text[chunks[-1][1] : end]
        )

    def _flow_step(self, new: Step, item: Marked | None, old: Step | None) -> str:
        if item is None or old is None:
            return _write_step(new)
        if old.actions == new.actions or not item.entries:
            return self._text[item.start : item.end] if old.actions == new.actions else _write_step(new)
        key, value = item.entries[0]
        return f"{self._text[key.start : key.end]}: [{', '.join(self._actions(value, old, new))}]"


def _pairs(step: Step, value: Marked) -> Iterator[tuple[Action, Marked]]:
    return zip(step.actions, value.items, strict=False)


def _guards(flag: Flag) -> str:
    return ", ".join(write_scalar(f"{one.provider}/{one.subject}") for one in sorted(flag.guards))


def _write(action: Action) -> str:
    return write_scalar(str(action))


def _write_step(step: Step) -> str:
    return f"{write_title(step.name)}: [{', '.join(map(_write, step.actions))}]"


def _write_setting(value: object) -> str:
    """A setting of a component as the file has it."""
    match value:
        case bool():
            return str(value).lower()
        case Readiness(when):
            entries = (f"{write_scalar(version)}: {write_scalar(str(ready))}" for version, ready in when)
            return f"{{{', '.join(entries)}}}" if when else "event"
        case tuple():
            return f"[{', '.join(write_scalar(str(one)) for one in value)}]"
        case _:
            return str(value)
