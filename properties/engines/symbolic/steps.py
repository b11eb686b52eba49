"""Events as functions on sets of states.

An event assigns constants under a conjunctive guard, so its image needs no second copy of the
variables: intersect with the guard, forget what the effect overwrites, intersect with the effect.
Its preimage is a cofactor: substitute the effect, intersect with the guard. This is the relation
partitioned by events (Burch, Clarke, Long, "Symbolic Model Checking with Partitioned Transition
Relations", 1991) with each part applied to the variables that it touches only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from ....model.compiler.system import Event
from .encoding import Bits, Encoding
from .library import Bdd
from .limits import Watch


class SymbolicStep(Struct, frozen=True):
    """An event, or the part of it within `guard`, with what one occurrence weighs."""

    event: Event
    guard: Bdd
    overwritten: frozenset[str]
    into: Bits
    effect: Bdd
    weight: int = 0


def build_step(
    encoding: Encoding, event: Event, *, guard: Bdd | None = None, weight: int = 0
) -> SymbolicStep:
    """The event as a step; `guard` takes the place of its own."""
    into = encoding.effect(event)
    cube = encoding.manager.diagrams.cube(into)
    enabled = encoding.states(event.guard) if guard is None else guard
    return SymbolicStep(event, enabled, frozenset(into), into, cube, weight)


def image(encoding: Encoding, states: Bdd, taken: SymbolicStep) -> Bdd:
    """The states after the step."""
    return encoding.manager.diagrams.and_exists(states, taken.guard, taken.overwritten) & taken.effect


def preimage(encoding: Encoding, states: Bdd, taken: SymbolicStep) -> Bdd:
    """The states from which the step leads into the set."""
    return encoding.manager.given(taken.into, states) & taken.guard


def closure(
    encoding: Encoding,
    start: Bdd,
    steps: Iterable[SymbolicStep],
    watch: Watch,
    *,
    closed: Bdd | None = None,
    enough: Callable[[Bdd], bool] | None = None,
) -> Bdd:
    """What the steps lead to from `start`, itself included, without passing through `closed`.

    Chained (Roig, Cortadella, Pastor, "Verification of Asynchronous Circuits by BDD-based Model
    Checking of Petri Nets", 1995): what one step adds the next one starts from, so that a pass
    follows whole runs where the order of the steps is that of the runs. Each pass starts from what
    the one before added. Ends early, with what was found by then, once that is `enough`.
    """
    every = tuple(steps)
    closed = encoding.false if closed is None else closed
    found = start & ~closed
    fresh = found
    while fresh != encoding.false and not (enough and enough(found)):
        before = found
        for taken in every:
            watch.look_at_the_clock(encoding, found)
            more = image(encoding, fresh, taken) & ~(found | closed)
            if more != encoding.false:
                fresh |= more
                found |= more
        watch.look(encoding, found)
        fresh = found & ~before
    return found


def backward_closure(
    encoding: Encoding, goal: Bdd, steps: Iterable[SymbolicStep], within: Bdd, watch: Watch
) -> Bdd:
    """The states of `within` from which the steps lead to `goal` without leaving `within`; `goal`, which
    lies in it, included. Chained backwards, against the order in which runs go."""
    backwards = tuple(steps)[::-1]
    found, before = goal, encoding.false
    while found != before:
        fresh, before = found & ~before, found
        for taken in backwards:
            watch.look_at_the_clock(encoding, found)
            more = preimage(encoding, fresh, taken) & within & ~found
            if more != encoding.false:
                fresh |= more
                found |= more
        watch.look(encoding, found)
    return found
