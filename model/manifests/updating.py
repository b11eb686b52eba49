"""A deployment file that was imported before, and what has come since.

The text is edited at the places of its values, read again, and held against what it was: nothing that
somebody wrote may be lost. A value that manifests give is theirs, unless its line says `kept`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from ..deployment import Hop
from ..errors import InvalidDeploymentError, Problem
from ..language.editing import Edits
from ..language.loader import loads
from ..language.marks import Marked, mark
from ..language.writing import write_scalar
from ..names import Place
from .drafted import Draft, DraftComponent, DraftStep
from .placing import DraftHop, HopList
from .writing import write_component, write_draft_hop, write_step

_OWNED = ("replicas", "strategy", "max_surge", "max_unavailable")
"""Keys whose values are the manifests'."""
_ADDED = (*_OWNED, "readiness", "terminates", "migrates")
"""Keys that are added where they are missing."""
_KEPT = re.compile(r"#.*\bkept\b")
_REFUSED = re.compile(r"^\s*#+\s*-\s+[\"']?(\S+)\s+\w+\s+(\S+?)[\"']?:", re.MULTILINE)
_STEP_REFUSED = re.compile(r"^\s*#+\s*-\s+[\"']?(.+?)[\"']?(?::.*)?$", re.MULTILINE)
_NUMBER = re.compile(r":\d+")
_COMMENT = re.compile(r"(?<=[ \t])# .*$")


class Updated(Struct, frozen=True):
    """The text of the file with what is new, and what was changed, in words."""

    text: str
    told: tuple[str, ...]
    is_changed: bool


def update(text: str, file: str, draft: Draft) -> Updated:
    """The file with what the draft says beyond it. Raises `InvalidDeploymentError` for one that cannot be
    read, or not be edited in place."""
    return _Updating(text, file, draft).update()


class _Updating:
    def __init__(self, text: str, file: str, draft: Draft) -> None:
        self.file, self.draft = file, draft
        self.before = loads(text, file)
        self.root = mark(text)
        self.edits = Edits(text)
        self.told: list[str] = []

    def update(self) -> Updated:
        self._components()
        self._hops()
        self._steps()
        text = self.edits.apply()
        self._check(text)
        return Updated(text, tuple(self.told), text != self.edits.text)

    def _check(self, text: str) -> None:
        """What was there is there still. Raises `InvalidDeploymentError`."""
        try:
            after = loads(text, self.file)
        except InvalidDeploymentError as error:
            raise self._refuse(
                f"with what is new it could not be read: {error.problems[0].message}"
            ) from None
        lost = [name for name in self.before.components if name not in after.components]
        for request in self.before.requests:
            now = iter(next((one.hops for one in after.requests if one.name == request.name), ()))
            if not all(hop in now for hop in request.hops):
                lost.append(request.name)
        names = [step.name for step in after.pipeline]
        lost += [step.name for step in self.before.pipeline if step.name not in names]
        if lost:
            raise self._refuse(f"`{lost[0]}` would be lost")

    def _refuse(
        self, message: str, fix: str = "write to another file, and take over what is new"
    ) -> InvalidDeploymentError:
        place = Place(self.file, 1, 1)
        return InvalidDeploymentError(
            [Problem("not-updatable", f"it cannot be edited in place: {message}", place, fix=fix)]
        )

    # --- components ---

    def _components(self) -> None:
        section = self._section("components")
        for component in self.draft.components:
            there = section.find(component.name)
            if there is None:
                self.edits.insert_lines(section.end, write_component(component, self._margin(section)))
                self.told.append(f"new component: {component.name} ({component.comment})")
            else:
                key = next(key for key, _ in section.entries if key.text == component.name)
                if not self._is_kept(key.start):
                    self._component(component, there)
        known = {component.name for component in self.draft.components}
        gone = [
            key.text for key, value in section.entries if key.text not in known and self._is_imported(value)
        ]
        if gone:
            self.told.append(f"no manifest names these any more, and they stay: {', '.join(gone)}")

    def _is_imported(self, value: Marked) -> bool:
        start, end = self.edits.line_of(value.end)
        return re.search(r"# .*\S:\d+", self.edits.text[start:end]) is not None

    def _section(self, name: str) -> Marked:
        section = self.root.find(name)
        if section is None or section.is_flow or not (section.entries or section.items):
            raise self._refuse(f"`{name}` is not written in lines")
        return section

    def _margin(self, section: Marked) -> str:
        first = section.entries[0][0] if section.entries else section.items[0]
        return self.edits.text[self.edits.line_of(first.start)[0] : first.start].partition("-")[0]

    def _component(self, component: DraftComponent, there: Marked) -> None:
        for key, value in component.keys:
            old = there.find(key)
            if old is None and key in _ADDED:
                self._add_key(there, key, value)
                self.told.append(f"{component.name}: {key}: {value} ({component.comment})")
            elif (
                old is not None
                and key in _OWNED
                and self._differs(old, value)
                and not self._is_kept(old.start)
            ):
                was = self.edits.text[old.start : old.end]
                self.edits.replace(old.start, old.end, value)
                self.told.append(f"{component.name}: {key}: {was} -> {value} ({component.comment})")
        self._refresh(there.end, component.comment)

    def _is_kept(self, offset: int) -> bool:
        """Whether the line says so."""
        start, end = self.edits.line_of(offset)
        return _KEPT.search(self.edits.text[start:end]) is not None

    def _differs(self, old: Marked, value: str) -> bool:
        """Whether two texts in YAML say something else; spaces say nothing."""
        return re.sub(r"[\s\"']", "", self.edits.text[old.start : old.end]) != re.sub(r"[\s\"']", "", value)

    def _add_key(self, there: Marked, key: str, value: str) -> None:
        if there.is_flow:
            last = max(one.end for pair in there.entries for one in pair)
            self.edits.replace(last, last, f", {key}: {value}")
        else:
            self.edits.insert_lines(there.end, [f"{self._margin(there)}{key}: {value}"])

    def _refresh(self, offset: int, comment: str) -> None:
        """Brings the lines of manifests in a comment of ours up to date."""
        start, end = self.edits.line_of(offset)
        found = _COMMENT.search(self.edits.text, start, end)
        if found and found[0] != f"# {comment}" and _same_but_lines(found[0], f"# {comment}"):
            self.edits.replace(found.start(), end, f"# {comment}")

    # --- requests ---

    def _hops(self) -> None:
        text = self.edits.text
        refused = {(found[1], found[2]) for found in _REFUSED.finditer(text)}
        known: dict[tuple[str, str], Hop] = {}
        for old in (hop for request in self.before.requests for hop in request.hops):
            known.setdefault((old.consumer, old.provider), old)
        wanted: dict[tuple[str, str], list[DraftHop]] = {}
        for request in self.draft.requests:
            for hop in request.hops:
                wanted.setdefault((hop.hop.consumer, hop.hop.provider), []).append(hop)
        for edge, hops in wanted.items():
            if edge in known:
                self._refresh(self._offset(known[edge]), hops[0].comment)
        new = {edge: hops for edge, hops in wanted.items() if edge not in known and edge not in refused}
        lists = [
            HopList(request.name, [DraftHop(hop, "", is_old=True) for hop in request.hops])
            for request in self.before.requests
        ]
        for edge, hops in new.items():
            self._place_hops(edge, hops, lists)
        for one in lists:
            self._write_hops(one)
        self.told += [f"new: {hops[0].hop} ({hops[0].comment})" for hops in new.values()]

    def _place_hops(self, edge: tuple[str, str], hops: list[DraftHop], lists: list[HopList]) -> None:
        """Behind all that its consumer does in some request; else in a request of its own."""
        for one in lists:
            if one.add(edge[0], hops):
                return
        taken = {one.name for one in lists}
        name = next(name for name in _names(edge) if name not in taken)
        root = hops[0].hop.consumer
        starts = root not in self.before.components or str(self._kind(root)) != "service"
        begin = [] if starts else [DraftHop(replace_hop(hops[0].hop, root), "nothing tells who calls it")]
        lists.append(HopList(name, [*begin, *hops]))

    def _kind(self, name: str) -> str:
        return str(self.before.components[name].kind)

    def _write_hops(self, one: HopList) -> None:
        section = self._section("requests")
        if one.is_new:
            margin = self._margin(section)
            lines = [f"{margin}{write_scalar(one.name)}:"]
            lines += [write_draft_hop(hop, margin + "  ") for hop in one.hops]
            self.edits.insert_lines(section.end, lines)
            return
        above: Hop | None = None
        behind: dict[int, list[DraftHop]] = {}
        for hop in one.hops:
            if hop.is_old:
                above = hop.hop
            elif above is not None:
                behind.setdefault(self._offset(above), []).append(hop)
        for offset, hops in behind.items():
            start, _ = self.edits.line_of(offset)
            margin, dash, _ = self.edits.text[start:offset].partition("-")
            if margin.strip() or not dash:
                raise self._refuse(f"the hops of `{one.name}` are not written in lines")
            self.edits.insert_lines(offset, [write_draft_hop(hop, margin) for hop in hops])

    def _offset(self, hop: Hop) -> int:
        assert hop.place is not None, "a hop that was read has a place"
        return self.edits.offset_of(hop.place)

    # --- steps ---

    def _steps(self) -> None:
        if self.root.find("pipeline") is None:
            self.told.append("the file has `releases`: what is new in the pipeline is for you to write")
            return
        said = {
            (str(action.instruction), target.name)
            for step in self.before.pipeline
            for action in step.actions
            for target in action.targets
        }
        refused = {found[1] for found in _STEP_REFUSED.finditer(self.edits.text)}
        section = self._section("pipeline")
        for step in self.draft.steps:
            item = _find_item(section, step.name)
            if item is not None:
                self._refresh(item.end, step.comment)
            actions = tuple(one for one in (_without(action, said) for action in step.actions) if one)
            if actions and step.name not in refused:
                self._step(step, actions)

    def _step(self, step: DraftStep, actions: tuple[str, ...]) -> None:
        section = self._section("pipeline")
        there = _find_step(section, step.name)
        self.told.append(f"{step.name}: {', '.join(actions)} ({step.comment})")
        if there is None:
            new = DraftStep(step.name, actions, step.comment, step.notes)
            self.edits.insert_lines(self._before_step(section, step), write_step(new, self._margin(section)))
            return
        for action in actions:
            verb, _, names = action.rpartition("deploy ")
            old = next((one for one in there.items if one.text.startswith(f"{verb}deploy ")), None)
            if old is not None and names and " to " not in old.text and " when " not in old.text:
                quoted = self.edits.text[old.end - 1] in "\"'"
                self.edits.replace(old.end - quoted, old.end - quoted, f" {names}")
            elif there.items:
                self.edits.replace(there.items[-1].end, there.items[-1].end, f", {write_scalar(action)}")
            else:
                raise self._refuse(f"the step `{step.name}` does nothing yet, and should {action}")

    def _before_step(self, section: Marked, step: DraftStep) -> int:
        """Where the nearest earlier step of the draft ends that the file has; else the pipeline's end."""
        names = [one.name for one in self.draft.steps]
        before = (_find_item(section, name) for name in reversed(names[: names.index(step.name)]))
        return next((item.end for item in before if item is not None), section.end)


def replace_hop(hop: Hop, provider: str) -> Hop:
    """A call of the provider from outside."""
    return Hop("client", type(hop.verb).CALLS, provider, "api")


def _names(edge: tuple[str, str]) -> Iterator[str]:
    yield edge[0] if edge[0] != "client" else edge[1]
    yield f"{edge[0]} to {edge[1]}"
    yield from (f"{edge[0]} to {edge[1]} {number}" for number in range(2, 1_000))


def _without(action: str, said: Iterable[tuple[str, str]]) -> str:
    """The action without the targets at which the file does it already; empty if none is left."""
    begin, words = action.startswith("start "), action.removeprefix("start ").split(" ")
    left = [name for name in words[1:] if (words[0], name) not in said]
    return " ".join((*(("start",) if begin else ()), words[0], *left)) if left else ""


def _find_item(section: Marked, name: str) -> Marked | None:
    """A step by its name."""
    named = (item for item in section.items if (item.entries[0][0] if item.entries else item).text == name)
    return next(named, None)


def _find_step(section: Marked, name: str) -> Marked | None:
    """What a step does, if the file has it with actions."""
    found = (item.entries[0] for item in section.items if item.entries)
    return next((value for key, value in found if key.text == name), None)


def _same_but_lines(one: str, other: str) -> bool:
    return _NUMBER.sub(":", one) == _NUMBER.sub(":", other)
