"""The lines of the user's files that a hazard comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ...model.compiler.moves import Position
from ...model.deployment import Deployment, Hop
from ...model.language.text import RefusedError, decode, read_bytes, split_lines
from ...model.names import Place
from ...properties.temporal.questions import property_of
from ...properties.verdict import Hazard

_MOST_LINES = 8

Quote = dict[str, object]


class Sources:
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


def quotes(
    sources: Sources, deployment: Deployment, hazard: Hazard, hop: Hop | None, position: Position | None
) -> Iterator[Quote]:
    """What to look at: the change, the hop, and what the pipeline was at, each with its lines."""
    change = (deployment.changes or {}).get(hazard.contract) if hazard.contract else None
    if change is not None and hazard.aspect is not None:  # that nobody is up is no fault of the change
        assumed = f"{change.contract}: taken as changed and broken both ways"
        yield sources.quote("the release changes", change.place, assumed)
    stated = property_of(deployment, hazard)
    if stated is not None:
        yield sources.quote("the file states it", stated.place, str(stated.formula))
    if hop is not None:
        yield sources.quote("the request relies on it", hop.place, str(hop))
    if position is not None and position.action is not None:
        yield sources.quote("the pipeline stands here", position.action.place, str(position.action))


def _block(lines: Sequence[str], first: int) -> list[str]:
    """The line of that number (from 1) and those below that are indented deeper, without their margin."""
    if not 1 <= first <= len(lines):
        return []
    margin = _indent(lines[first - 1])
    block = [lines[first - 1], *_deeper(lines[first:], margin)][:_MOST_LINES]
    while not block[-1].strip():
        block.pop()
    return [line[margin:] for line in block]


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
    except (OSError, RefusedError):
        return ()
    return tuple(line.expandtabs(2) for line in split_lines(text))
