"""Systems whose states are letters and whose events are arrows between them, as `search` gives them."""

from __future__ import annotations

from collections.abc import Iterable

from skewproof.model.kernel.search import Reached, search
from skewproof.model.kernel.system import Event, EventKind, System, Variable


def graph(arrows: str, start: str = "a") -> System:
    """`ab bc` are two events; `ab1` is one of the unit of fairness 1."""
    letters = tuple(dict.fromkeys(start + "".join(arrow[:2] for arrow in arrows.split())))
    return System((Variable("at", letters, start),), tuple(map(_event, arrows.split())))


def _event(arrow: str) -> Event:
    here, there, group = arrow[0], arrow[1], arrow[2:] or None
    return Event(EventKind.MOVE, "it", arrow, {"at": frozenset({here})}, {"at": there}, group)


def reached(arrows: str, start: str = "a") -> Reached:
    return search(graph(arrows, start))


def letter(found: Reached, index: int) -> str:
    """The state of that index."""
    return str(found.system.value(found.states[index], "at"))


def letters(found: Reached, indices: Iterable[int]) -> str:
    """The states of these indices, in the order of the alphabet."""
    return "".join(sorted(letter(found, index) for index in indices))


def index_of(found: Reached, wanted: str) -> int:
    """The index of a state."""
    return next(i for i in range(len(found.states)) if letter(found, i) == wanted)
