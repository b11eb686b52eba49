"""Systems whose states are letters and whose events are arrows between them, as `search` gives them."""

from __future__ import annotations

from collections.abc import Iterable

from skewproof.model.compiler.causes import MoveCause
from skewproof.model.compiler.system import Event, Reached, System, Variable, search
from skewproof.model.names import jobs_of

AT = jobs_of("it")
"""The only variable: a letter."""


def graph(arrows: str, start: str = "a") -> System:
    """`ab bc` are two events; `ab1` is one of the unit of fairness 1."""
    letters = tuple(dict.fromkeys(start + "".join(arrow[:2] for arrow in arrows.split())))
    return System((Variable(AT, letters, start),), tuple(map(_event, arrows.split())))


def _event(arrow: str) -> Event:
    here, there, group = arrow[0], arrow[1], arrow[2:] or None
    cause = MoveCause(AT, None, arrow, here, there)
    return Event(cause, {AT: frozenset({here})}, {AT: there}, group)


def arrow_of(event: Event) -> str:
    """The arrow that the event was made of."""
    assert isinstance(event.cause, MoveCause)
    return event.cause.trigger


def arrows_of(events: Iterable[Event]) -> str:
    """The arrows of a run, as `graph` takes them."""
    return " ".join(map(arrow_of, events))


def reached(arrows: str, start: str = "a") -> Reached:
    return search(graph(arrows, start))


def letter(found: Reached, index: int) -> str:
    """The state of that index."""
    return str(found.system.value(found.states[index], AT))


def letters(found: Reached, indices: Iterable[int]) -> str:
    """The states of these indices, in the order of the alphabet."""
    return "".join(sorted(letter(found, index) for index in indices))


def index_of(found: Reached, wanted: str) -> int:
    """The index of a state."""
    return next(i for i in range(len(found.states)) if letter(found, i) == wanted)
