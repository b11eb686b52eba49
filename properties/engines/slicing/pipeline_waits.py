"""What the pipeline waits for, in pieces, and which of the pieces always come by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ....model.compiler.advances import Advance, split_events
from ....model.compiler.system import Condition, Guard, System, Value, passes, search
from ....model.names import PIPELINE
from ....model.resources.limits import Limits
from ...temporal.exits import Exit
from ...temporal.influence import Influence, VariableSet, join_sets
from ...temporal.lasso import find_fair_components


class PipelineWait(Struct, frozen=True):
    """Variables of which the pipeline asks something together, and by position what it asks there."""

    names: VariableSet
    at: Mapping[Value, Condition]


def find_waits(system: System) -> tuple[PipelineWait, ...] | None:
    """The pipeline goes on from a position if and only if what each of these asks there holds.

    What a way on asks of a variable alone is a piece by itself; what it asks of several together (`exits`) is
    one. None if the pipeline could go back, and so might go round.
    """
    places = next(variable.domain for variable in system.variables if variable.key == PIPELINE)
    order = {place: index for index, place in enumerate(places)}
    ways: dict[Value, list[Advance]] = {}
    for way in split_events(system).advances:
        (here,) = way.guard[PIPELINE]
        if order[way.effect[PIPELINE]] <= order[here]:
            return None
        if way.group is not None:
            ways.setdefault(here, []).append(way)
    return tuple(_split_waits({here: Exit(tuple(some)) for here, some in ways.items()}))


def find_waits_at_end(complete: Condition) -> tuple[PipelineWait, ...]:
    """The deployment is complete where the pipeline is at an end and what each of these asks there holds."""
    ways: dict[Value, list[Guard]] = {}
    for guard in complete:
        for here in guard[PIPELINE]:
            ways.setdefault(here, []).append(guard)
    return tuple(_split_waits({here: Exit(guards=tuple(guards)) for here, guards in ways.items()}))


def _split_waits(exits: Mapping[Value, Exit]) -> Iterator[PipelineWait]:
    found: dict[VariableSet, dict[Value, Condition]] = {}
    for here, asked in exits.items():
        for names in join_sets((name for name in asked.names if name != PIPELINE), asked.together):
            found.setdefault(names, {})[here] = asked.within(names)
    for names, at in found.items():
        yield PipelineWait(names, at)


def is_met(wait: PipelineWait, influence: Influence, limits: Limits) -> bool:
    """Whether what is asked at a position comes on every fair run that stays there, and then stays so.

    On a run of the part that the wait depends on which stays for ever, from some moment on all states are of
    one strongly connected set that they all come back to; a fair run can stay in a maximal such set if and
    only if `find_fair_components` has it, and it then can pass through all of its states again and again.
    Raises `LimitError`.
    """
    part = influence.part(influence.cone(wait.names))
    reached = search(part.system, limits)
    system = part.system
    at = system.index(PIPELINE)
    places = system.variables[at].domain
    standing: dict[Value, list[int]] = {}
    for index, state in enumerate(reached.states):
        standing.setdefault(places[state[at]], []).append(index)
    units = [frozenset(e.group for e, _ in row) - {None, PIPELINE} for row in reached.edges]
    edges = reached.edges.__getitem__
    for place, condition in wait.at.items():
        tests = [system.test(guard) for guard in condition]
        here = standing.get(place, [])
        unmet = {i for i in here if not any(passes(reached.states[i], test) for test in tests)}
        if unmet and any(unmet & stays for stays in find_fair_components(here, edges, units.__getitem__)):
            return False
    return True
