"""What the pipeline waits for, in pieces, and which of the pieces always come by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ....model.compiler.system import Condition, EventKind, Guard, System, Value, passes, search
from ....model.names import PIPELINE
from ....model.resources.limits import Limits
from ...temporal.influence import Influence, VariableSet, find_differing, restrict_to_known
from ...temporal.lasso import find_fair_components


class PipelineWait(Struct, frozen=True):
    """Variables of which the pipeline asks something together, and by position what it asks there."""

    names: VariableSet
    at: Mapping[Value, Condition]


def find_waits(system: System) -> tuple[PipelineWait, ...] | None:
    """The pipeline goes on from a position if and only if what each of these asks there holds.

    What its ways to go on have in common is asked of each variable alone; the variables in which they differ
    are asked together. None if the pipeline could go back, and so might go round.
    """
    places = next(variable.domain for variable in system.variables if variable.key == PIPELINE)
    order = {place: index for index, place in enumerate(places)}
    ways: dict[Value, list[Guard]] = {}
    for event in system.events:
        if event.kind is EventKind.PIPELINE:
            (here,) = event.guard[PIPELINE]
            if order[event.effect[PIPELINE]] <= order[here]:
                return None
            if event.group is not None:
                ways.setdefault(here, []).append(event.guard)
    return tuple(_split_waits(ways))


def find_waits_at_end(complete: Condition) -> tuple[PipelineWait, ...]:
    """The deployment is complete where the pipeline is at an end and what each of these asks there holds."""
    ways: dict[Value, list[Guard]] = {}
    for guard in complete:
        for here in guard[PIPELINE]:
            ways.setdefault(here, []).append(guard)
    return tuple(_split_waits(ways))


def _split_waits(ways: Mapping[Value, list[Guard]]) -> Iterator[PipelineWait]:
    found: dict[VariableSet, dict[Value, Condition]] = {}
    for here, guards in ways.items():
        for names in _find_joint_variables(guards):
            found.setdefault(names, {})[here] = tuple(restrict_to_known(guard, names) for guard in guards)
    for names, at in found.items():
        yield PipelineWait(names, at)


def _find_joint_variables(guards: list[Guard]) -> Iterator[VariableSet]:
    names = {name: None for guard in guards for name in guard if name != PIPELINE}
    together = find_differing(guards)
    yield from (frozenset({name}) for name in names if name not in together)
    if together:
        yield together


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
