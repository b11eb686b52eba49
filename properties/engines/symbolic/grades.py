"""Grades: how far along a state is, so that a search by layers needs few of them.

The fewest events to a state are found by layers, and layers of a whole deployment are many and
large. But most events move one variable one place on, and however they interleave, all runs to
one state have equally many of them. So we weigh anew (Johnson, "Efficient Algorithms for Shortest
Paths in Sparse Networks", 1977): give each value v of a variable a grade g(v), the fewest events
that can bring the variable there from its initial value whatever the others do; the grade of a
state is the sum of its values'. An event from s to t weighs `1 - (grade(t) - grade(s))`. Then:

* The weight of a run is its length less the grade of its last state (the initial one has grade 0).
  So a run to a given state is shortest iff it is lightest, and the fewest events to a set are the
  least `weight + grade` over its states.
* Weights are never negative as long as no event raises the grade by more than one. A single
  variable's grade never rises by more than one by any event, as g is a distance. An event that
  raises several loses all but one of them: their variables are graded 0 throughout.

Events that move things on weigh nothing, and are followed to their end without counting layers.
With every grade 0 this is the plain search, layer by layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from ....model.compiler.system import Event, EventKind, State, System
from ....model.kernel.graph import find_cheapest
from ....model.names import VariableKey, VariableKind
from .encoding import Encoding
from .library import Bdd
from .steps import SymbolicStep, build_step

Grades = Mapping[VariableKey, tuple[int, ...]]
"""For each graded variable the grade of each rank of its domain; NEVER where no event leads."""

NEVER = -1

MOST_PARTS = 256
"""An event that starts from more combinations of grades than this costs its variables theirs."""


def compute_grades(system: System) -> Grades:
    """Grades by which no event of the system rises by more than one."""
    ranks = {v.key: {value: rank for rank, value in enumerate(v.domain)} for v in system.variables}
    found = {v.key: _distances(system, v.key, ranks[v.key]) for v in system.variables}
    graded = {name: ladder for name, ladder in found.items() if max(ladder) > 0}
    for event in system.events:
        raised = [name for name in event.effect if name in graded]
        if len(raised) < 2:
            continue
        rises = {
            name: max((rise for rise, _ in _find_rises(ranks, graded, event, name)), default=0)
            for name in raised
        }
        if sum(max(rise, 0) for rise in rises.values()) > 1 or _parts(ranks, graded, event) > MOST_PARTS:
            kept = max(raised, key=lambda name: (rises[name] > 0, max(graded[name])))
            for name in raised:
                if name != kept:
                    del graded[name]
    return graded


def compute_grade(system: System, ladders: Grades, state: State) -> int:
    """The grade of a state."""
    return sum(
        ladders[variable.key][rank]
        for variable, rank in zip(system.variables, state, strict=True)
        if variable.key in ladders
    )


def weigh_events(encoding: Encoding, ladders: Grades) -> list[SymbolicStep]:
    """The events as steps that weigh what they do not rise, in the order in which runs go.

    An event that may start from several grades becomes several steps, one for each weight.
    """
    steps: list[SymbolicStep] = []
    for event in sort_events(encoding.system, ladders):
        moved = [name for name in event.effect if name in ladders]
        choices = [_find_rises(encoding.ranks, ladders, event, name) for name in moved]
        guards: dict[int, Bdd] = {}
        for combination in product(*choices):
            weight = 1 - sum(rise for rise, _ in combination)
            part = encoding.states(event.guard)
            for name, (_, sources) in zip(moved, combination, strict=True):
                part &= encoding.of_ranks(name, sources)
            guards[weight] = guards.get(weight, encoding.false) | part
        steps += [build_step(encoding, event, guard=part, weight=weight) for weight, part in guards.items()]
    return steps


def sort_events(system: System, ladders: Grades) -> list[Event]:
    """The events as runs go: position by position, its moves before it is left, hops at the end."""
    ranks = {v.key: {value: rank for rank, value in enumerate(v.domain)} for v in system.variables}

    def key(event: Event) -> tuple[bool, int, bool, int]:
        lowest = {
            name: min((ladders[name][ranks[name][value]] for value in allowed), default=0)
            for name, allowed in event.guard.items()
            if name in ladders
        }
        at = sum(lowest.pop(name) for name in [*lowest] if name.kind is VariableKind.PIPELINE)
        own = sum(low for name, low in lowest.items() if name in event.effect)
        return event.kind is EventKind.HOP, at, event.kind is EventKind.PIPELINE, own

    return sorted(system.events, key=key)


def _distances(system: System, key: VariableKey, ranks: Mapping[object, int]) -> tuple[int, ...]:
    """For each rank the fewest events that can set it, from the initial value on."""
    arrows: dict[int, set[int]] = {rank: set() for rank in ranks.values()}
    for event in system.events:
        if key in event.effect:
            allowed = event.guard.get(key)
            target = ranks[event.effect[key]]
            for source in ranks.values() if allowed is None else (ranks[value] for value in allowed):
                arrows[source].add(target)
    start = next(ranks[v.initial] for v in system.variables if v.key is key)
    distance = find_cheapest({start: 0}, lambda source: ((1, None, target) for target in arrows[source])).cost
    return tuple(distance.get(rank, NEVER) for rank in range(len(ranks)))


def _find_rises(
    ranks: Mapping[VariableKey, Mapping[object, int]], ladders: Grades, event: Event, key: VariableKey
) -> list[tuple[int, list[int]]]:
    """By how much the event raises the variable, with the ranks from which it does.

    Values that never occur are left out; with them the claim above would not hold.
    """
    ladder, allowed = ladders[key], event.guard.get(key)
    sources = ranks[key].values() if allowed is None else [ranks[key][value] for value in allowed]
    reached = ladder[ranks[key][event.effect[key]]]
    by_rise: dict[int, list[int]] = {}
    for source in sources:
        if ladder[source] != NEVER:
            by_rise.setdefault(reached - ladder[source], []).append(source)
    return sorted(by_rise.items())


def _parts(ranks: Mapping[VariableKey, Mapping[object, int]], ladders: Grades, event: Event) -> int:
    parts = 1
    for name in event.effect:
        if name in ladders:
            parts *= len(_find_rises(ranks, ladders, event, name))
    return parts
