"""Several pipelines as one course: a position for each way in which all of them can stand.

Each goes on by itself, so the ways are the product of their positions. What reads a course sees one graph
again, as it does with failures; who asks which pipeline stands where looks at the parts of a position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from ..names import Contract
from .errors import TooManyPlacesError
from .moves import Course, Position

MAX_PLACES = 20_000
"""So many ways in which all pipelines can stand are told apart; each has events of its own."""


def join_courses(courses: Sequence[Course]) -> Course:
    """The course of pipelines that run at once; positions and moves of each are numbered behind those of the
    earlier ones. Raises `TooManyPlacesError`."""
    sizes = [len(one.positions) for one in courses]
    if prod(sizes) > MAX_PLACES:
        raise TooManyPlacesError(prod(sizes), MAX_PLACES)
    owners = _find_owners(courses)
    places = list(product(*(range(size) for size in sizes)))
    index = {place: number for number, place in enumerate(places)}
    return Course(
        positions=tuple(_join(number, _parts(courses, place)) for number, place in enumerate(places)),
        onward=tuple(tuple(index[there] for there in _onward(courses, here)) for here in places),
        moves=tuple(move for one in courses for move in one.moves),
        counts=tuple(_counts(courses, owners, place) for place in places),
    )


def tell_steps(parts: Sequence[Position]) -> str:
    """In which steps the pipelines stand, as one text: those that are on their way, if some are."""
    on_their_way = [part.step for part in parts if part.passed and not part.is_end]
    return " + ".join(on_their_way or [part.step for part in parts])


def _parts(courses: Sequence[Course], place: tuple[int, ...]) -> tuple[Position, ...]:
    return tuple(one.positions[number] for one, number in zip(courses, place, strict=True))


def _join(index: int, parts: tuple[Position, ...]) -> Position:
    return Position(
        index,
        tell_steps(parts),
        passed=frozenset().union(*(part.passed for part in parts)),
        is_stopped=any(part.is_stopped for part in parts),
        parts=parts,
    )


def _onward(courses: Sequence[Course], here: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """One of them goes on."""
    for number, (one, at) in enumerate(zip(courses, here, strict=True)):
        first = one.positions[0].index
        for there in one.onward[at]:
            yield (*here[:number], there - first, *here[number + 1 :])


def _find_owners(courses: Sequence[Course]) -> dict[str | Contract, int]:
    """Which pipeline moves what; no two move the same."""
    return {move.subject: number for number, one in enumerate(courses) for move in one.moves}


def _counts(
    courses: Sequence[Course], owners: Mapping[str | Contract, int], place: tuple[int, ...]
) -> Mapping[str, int]:
    """How many instances are wanted, as the pipeline wants it that moves them."""
    names: Iterable[str] = courses[0].counts[0]
    return {name: courses[own := owners.get(name, 0)].counts[place[own]][name] for name in names}
