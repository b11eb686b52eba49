"""The lines of the user's files that a hazard comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import assert_never

from ...model.deployment import Action, Deployment
from ...model.language.text import UnreadableFileError, decode, read_bytes, split_lines
from ...model.names import Place
from ...properties.temporal.questions import find_property
from ...properties.verdict import Hazard, HopHazard, PropertyHazard, Role
from ..wording import find_failing_hop

_MOST_LINES, _MOST_CHARS = 8, 300

Quote = dict[str, object]


class SourceLines:
    """The lines of the files that places point into, each file read once.

    A file that cannot be read any more has no lines; its places are named all the same.
    """

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, ...]] = {}

    def quote(self, what: str, place: Place | None, otherwise: str) -> Quote:
        """The lines at a place; `otherwise` says it where there is none."""
        if place is None:
            return {"what": what, "where": None, "first": None, "lines": [otherwise] if otherwise else []}
        lines = _block(self._lines(place.file), place.line)
        return {"what": what, "where": f"{place.file}:{place.line}", "first": place.line, "lines": lines}

    def _lines(self, file: str) -> tuple[str, ...]:
        if file not in self._files:
            self._files[file] = _read(file)
        return self._files[file]


_ROLES = {
    Role.CHANGE: "the release changes",
    Role.PROPERTY: "the file states it",
    Role.HOP: "the request relies on it",
    Role.ACTION: "the pipeline stands here",
}


def list_quotes(
    sources: SourceLines, deployment: Deployment, hazard: Hazard, action: Action | None
) -> Iterator[Quote]:
    """What to look at: the change, the hop, and the action that the pipeline was at, each with its lines;
    in words, where it stands in no file."""
    places = {cited.role: cited.place for cited in hazard.places}
    for role, otherwise in _blamed(deployment, hazard, action):
        yield sources.quote(_ROLES[role], places.get(role), otherwise)


def _blamed(deployment: Deployment, hazard: Hazard, action: Action | None) -> Iterator[tuple[Role, str]]:
    match hazard:
        case HopHazard():
            if hazard.is_due_to_change:
                yield Role.CHANGE, f"{hazard.contract}: taken as changed and broken both ways"
            yield Role.HOP, str(find_failing_hop(deployment, hazard))
        case PropertyHazard():
            stated = find_property(deployment, hazard)
            if stated is not None:
                yield Role.PROPERTY, str(stated.formula)
        case _:
            assert_never(hazard)
    if action is not None:
        yield Role.ACTION, str(action)


def _block(lines: Sequence[str], first: int) -> list[str]:
    """The line of that number (from 1) and those below that are indented deeper, without their margin."""
    if not 1 <= first <= len(lines):
        return []
    margin = _indent(lines[first - 1])
    block = [lines[first - 1], *_deeper(lines[first:], margin)][:_MOST_LINES]
    while not block[-1].strip():
        block.pop()
    return [_shorten(line[margin:]) for line in block]


def _shorten(line: str) -> str:
    """A file can be one long line; its place is named beside it."""
    return line if len(line) <= _MOST_CHARS else f"{line[: _MOST_CHARS - 2]} …"


def _deeper(lines: Iterable[str], margin: int) -> Iterator[str]:
    for line in lines:
        if line.strip() and _indent(line) <= margin:
            return
        yield line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _read(file: str) -> tuple[str, ...]:
    try:
        text = decode(read_bytes(Path(file)), file)
    except (OSError, UnreadableFileError):
        return ()
    return tuple(line.expandtabs(2) for line in split_lines(text))
