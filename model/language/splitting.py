"""A release in a deployment file, split into several: more versions, what breaks between them, and the
pipeline once for each. The text is edited in place; what it says then is held against what was meant by
whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from ..deployment import Aspect, Deployment, Pair
from ..errors import InvalidDeploymentError, Problem
from ..names import Contract, Place
from .editing import Edits
from .marks import mark
from .writing import write_scalar

Breaks = Mapping[Contract, Mapping[Aspect, Sequence[Pair]]]
"""What breaks of each contract between the versions, aspect by aspect."""


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


def split_text(
    text: str,
    deployment: Deployment,
    versions: Sequence[str],
    releases: Sequence[SplitRelease],
    breaks: Breaks,
) -> str:
    """The text with these versions and releases, and with these breaks in place of those of the contracts
    that are named. Raises `InvalidDeploymentError` for a file that is written otherwise than most."""
    return _Splitting(text, deployment).split(versions, releases, breaks)


class _Splitting:
    def __init__(self, text: str, deployment: Deployment) -> None:
        self._text, self._file = text, deployment.file
        self._root = mark(text)
        self._edits = Edits(text)

    def split(self, versions: Sequence[str], releases: Sequence[SplitRelease], breaks: Breaks) -> str:
        self._versions(versions)
        self._pipeline(releases)
        for contract, aspects in breaks.items():
            self._breaks(contract, aspects)
        return self._edits.apply()

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

    def _breaks(self, contract: Contract, aspects: Mapping[Aspect, Sequence[Pair]]) -> None:
        changes = self._root.find("changes")
        there = changes.find(str(contract)) if changes is not None else None
        value = there.find("breaks") if there is not None else None
        if value is None or there is None or not there.entries:
            raise self._refuse(f"`{contract}` has no `breaks` of its own")
        told = ", ".join(f"{aspect}: [{_write_pairs(pairs)}]" for aspect, pairs in aspects.items())
        self._edits.replace(value.start, value.end, f"{{{told}}}")


def _write_pairs(pairs: Iterable[Pair]) -> str:
    return ", ".join(f"{older} -> {newer}" for older, newer in pairs)
