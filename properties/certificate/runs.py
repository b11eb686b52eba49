"""Runs of a deployment that show that what its release declares could have been met."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Condition, EventKind, State, passes, search
from ...model.compiler.variables import Vocabulary
from ...model.resources.limits import LimitError, Limits
from ..coverage.judge import cover
from .witnesses import replay

STEPS_PER_EVENT = 4
"""So many steps a run may have for each event of the system: every event comes by in the end, or never
does."""


@dataclass
class _Asked:
    """Whoever judges coverage is told that nothing ever is so, and tells all that it asks for."""

    vocabulary: Vocabulary
    conditions: dict[int, Condition] = field(default_factory=dict)

    def positions(self, condition: Condition) -> frozenset[int]:
        self.conditions[id(condition)] = condition
        return frozenset()

    def can_both_hold(self, first: Condition, second: Condition) -> bool:  # noqa: ARG002 - a question that has one answer here
        return False


def find_runs(compiled: Compiled, numbers: dict[int, int], limits: Limits) -> list[list[int]]:
    """Runs, as numbers of events, that come by each side of a declaration, as far as any are found: one that
    does what it has done least, then, where the states are few, a shortest one for each side that is still
    missing."""
    asked = _Asked(compiled.vocabulary)
    cover(asked, ())
    wanted = [condition for condition in asked.conditions.values() if condition]
    if not wanted:
        return []
    run = _wander(compiled, numbers, wanted)
    found = [run] if run else []
    missing = _list_missing(compiled, found, wanted)
    with suppress(LimitError):
        found += _shortest(compiled, numbers, missing, limits) if missing else ()
    return found


def _list_missing(compiled: Compiled, runs: list[list[int]], wanted: list[Condition]) -> list[Condition]:
    shown = replay(compiled, runs)
    return [condition for condition in wanted if not shown.positions(condition)]


def _wander(compiled: Compiled, numbers: dict[int, int], wanted: list[Condition]) -> list[int]:
    """A run that does each time what it has done least, the pipeline last; as far as it shows something
    new."""
    system = compiled.system
    tests = {at: [system.test(guard) for guard in condition] for at, condition in enumerate(wanted)}
    uses: dict[int, int] = {}
    state, run, useful = system.initial, list[int](), 0

    def note(now: State) -> bool:
        shown = [at for at, guards in tests.items() if any(passes(now, test) for test in guards)]
        for at in shown:
            del tests[at]
        return bool(shown)

    note(state)
    for step in count(1):
        ways = [(event, there) for event, there in system.successors(state) if there != state]
        if not tests or not ways or step > STEPS_PER_EVENT * len(system.events):
            break
        event, state = min(ways, key=lambda way: (uses.get(id(way[0]), 0), way[0].kind is EventKind.PIPELINE))
        uses[id(event)] = uses.get(id(event), 0) + 1
        run.append(numbers[id(event)])
        if note(state):
            useful = step
    return run[:useful]


def _shortest(
    compiled: Compiled, numbers: dict[int, int], missing: list[Condition], limits: Limits
) -> Iterator[list[int]]:
    reached = search(compiled.system, limits)
    for condition in missing:
        tests = [compiled.system.test(guard) for guard in condition]
        states = enumerate(reached.states)
        first = next((n for n, state in states if any(passes(state, test) for test in tests)), None)
        if first:  # not the initial state, which needs no run
            yield [numbers[id(event)] for event in reached.story(first)]
