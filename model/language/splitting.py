"""A release in a deployment file, split into several: more versions, what breaks between them, and the
pipeline once for each. The text is edited in place; what it says then is held against what was meant by
whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from ..deployment import Declaration, Deployment
from ..errors import InvalidDeploymentError, Problem
from ..names import Contract, Place
from .editing import Edits
from .marks import Marked, mark
from .pairs import write_breaks
from .writing import write_scalar

Breaks = Mapping[Contract, Sequence[Declaration]]
"""What breaks of each contract between the versions, aspect by aspect, and verb by verb where it is so
declared."""


class SplitRelease(Struct, frozen=True):
    """A release as the text is to have it: its title, and what it does before all else, as actions in
    words."""

    title: str
    opening: tuple[str, ...] = ()

    def steps(self) -> str:
        """The step that it begins with; empty without one."""
        return f"{OPENING}: [{', '.join(map(write_scalar, self.opening))}]" if self.opening else ""


OPENING = "Clean up"
"""What a step is called that a release begins with."""


class SplitText(Struct, frozen=True):
    """The text of a deployment file, and that of its second file (None: it has none, or stays as it was)."""

    text: str
    changes: str | None


def split_text(
    text: str,
    changes: str | None,
    deployment: Deployment,
    versions: Sequence[str],
    releases: Sequence[SplitRelease],
    breaks: Breaks,
) -> SplitText:
    """The text with these versions and releases, and with these breaks in place of those of the contracts
    that are named, where they are written: in the file, or in its second one, whose text is `changes`.
    Raises `InvalidDeploymentError` for a file that is written otherwise than most."""
    splitting = _Splitting(text, deployment)
    if changes is None:
        splitting.changes(breaks, elsewhere=frozenset())
        return SplitText(splitting.split(versions, releases), None)
    second = _Splitting(changes, deployment)
    elsewhere = second.changes(breaks, elsewhere=None)
    splitting.changes(breaks, elsewhere=elsewhere)
    edited = second.edited()
    return SplitText(splitting.split(versions, releases), edited if edited != changes else None)


class _Splitting:
    def __init__(self, text: str, deployment: Deployment) -> None:
        self._text, self._file = text, deployment.file
        self._changed = deployment.changed
        self._named = [one.contract for one in deployment.changed.values() if not one.implied]
        self._root = mark(text)
        self._edits = Edits(text)

    def edited(self) -> str:
        return self._edits.apply()

    def split(self, versions: Sequence[str], releases: Sequence[SplitRelease]) -> str:
        self._versions(versions)
        self._pipeline(releases)
        return self.edited()

    def changes(self, breaks: Breaks, elsewhere: frozenset[Contract] | None) -> frozenset[Contract]:
        """Writes what breaks, of each contract but those that another file speaks of, and says of which it
        did; None: there is another file, that may speak of some."""
        section = self._root.find("changes")
        entries = dict(self._list_entries(section)) if section is not None else {}
        written = {contract for _, contracts in entries.values() for contract in contracts}
        missing = {*breaks} - written - (elsewhere or frozenset())
        if missing and elsewhere is not None:
            raise self._refuse(f"`{min(missing)}` has no `breaks` of its own")
        for key, (value, contracts) in entries.items():
            kept = [contract for contract in contracts if contract not in (elsewhere or ())]
            if any(contract in breaks for contract in kept):
                self._entry(key, value, kept, breaks)
        return frozenset(written)

    def _list_entries(self, section: Marked) -> Iterator[tuple[Marked, tuple[Marked, list[Contract]]]]:
        """Each entry of `changes`, and the contracts of which it is the one that counts."""
        own = {key.text for key, _ in section.entries}
        for key, value in section.entries:
            provider, _, subject = key.text.partition("/")
            if subject == "*":
                named = [one for one in self._named if one.provider == provider and str(one) not in own]
            else:
                named = [one for one in self._named if str(one) == key.text]
            yield key, (value, named)

    def _entry(self, key: Marked, value: Marked, contracts: Sequence[Contract], breaks: Breaks) -> None:
        """One entry with other breaks; a wildcard as an entry for each contract that it names."""
        there = next((pair for pair in value.entries if pair[0].text == "breaks"), None)
        if there is None:
            raise self._refuse(f"`{key.text}` has no `breaks` of its own")
        name, said = there
        if len(contracts) == 1 and str(contracts[0]) == key.text:
            self._edits.replace(name.end, said.end, f": {self._write(contracts[0], breaks)}")
            return
        start, _ = self._edits.line_of(key.start)
        if not value.is_flow:
            raise self._refuse(f"`{key.text}` is not written in one line")
        before, after = self._text[value.start : name.end], self._text[said.end : value.end]
        entries = [
            f"{write_scalar(str(one))}: {before}: {self._write(one, breaks)}{after}" for one in contracts
        ]
        margin = self._text[start : key.start]
        between = f"{self._edits.line_end}{margin}" if not margin.strip() else ", "
        self._edits.replace(key.start, value.end, between.join(entries))

    def _write(self, contract: Contract, breaks: Breaks) -> str:
        return write_breaks(self._changed[contract], breaks.get(contract, ()))

    def _refuse(self, message: str) -> InvalidDeploymentError:
        place = Place(self._file, 1, 1)
        return InvalidDeploymentError(
            [Problem("not-updatable", f"it cannot be split in place: {message}", place)]
        )

    def _versions(self, versions: Sequence[str]) -> None:
        said = f"[{', '.join(map(write_scalar, versions))}]"
        there = self._root.find("versions")
        if there is not None and (there.is_flow or not there.items):
            self._edits.replace(there.start, there.end, said)
        elif there is not None:
            raise self._refuse("`versions` is not written in one line")
        else:
            key = next(key for key, _ in self._root.entries if key.text == "components")
            start, _ = self._edits.line_of(key.start)
            self._edits.replace(start, start, f"versions: {said}{self._edits.line_end}")

    def _pipeline(self, releases: Sequence[SplitRelease]) -> None:
        found = next(((key, value) for key, value in self._root.entries if key.text == "pipeline"), None)
        if found is None or not found[1].items:
            raise self._refuse("it has no `pipeline`")
        key, value = found
        self._edits.replace(key.start, key.end, "releases")
        if value.is_flow:
            rest = self._text[value.items[0].start : value.end]
            parts = [f"{one.title}: [{one.steps()}{', ' * bool(one.opening)}{rest}" for one in releases]
            self._edits.replace(value.start, value.end, f"[{', '.join(parts)}]")
            return
        start, _ = self._edits.line_of(value.items[0].start)
        _, end = self._edits.line_of(value.end)
        margin, dash, _ = self._text[start : value.items[0].start].partition("-")
        if margin.strip() or not dash:
            raise self._refuse("its steps do not begin a line each")
        lines = self._text[start:end].splitlines()
        once = self._edits.line_end.join(f"    {line}" if line.strip() else line for line in lines)
        line_end = self._edits.line_end
        parts = [
            f"{margin}- {one.title}:{line_end}"
            + (f"{margin}    - {one.steps()}{line_end}" if one.opening else "")
            + once
            for one in releases
        ]
        self._edits.replace(start, end, self._edits.line_end.join(parts))
