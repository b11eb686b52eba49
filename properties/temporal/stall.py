"""Whether the pipeline can stall: a reachable state from which no complete state can be reached.

That asks for every state of the deployment; but most deployments cannot stall for a reason that is
seen in small parts of them (`cannot_stall`). Only where that reason fails is the whole searched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Condition, EventKind, Guard, Reached, System, Value, passes, search
from ...model.compiler.traffic import takes_away
from ...model.kernel.graph import find_leading_to
from ...model.names import PIPELINE
from ...model.resources.limits import Limits
from .influence import VariableSet, find_differing, join_sets, restrict_to_known


def find_stalled(
    reached: Reached, complete: Sequence[bool], stops: frozenset[int] = frozenset()
) -> list[int]:
    """The states from which no complete one can be reached, in breadth-first order.

    `stops` are states in which the pipeline has failed: they are none of them, and no way out for others.
    """
    goals = (index for index, is_complete in enumerate(complete) if is_complete)
    saved = find_leading_to(goals, ((here, there) for here, there in reached.arrows() if there not in stops))
    return [index for index in range(len(reached.states)) if index not in saved and index not in stops]


def cannot_stall(compiled: Compiled, limits: Limits) -> bool:
    """Whether it is plain from parts of the deployment that the pipeline cannot stall; False: unknown.

    The variables but the pipeline's are parted so that no move speaks of two parts, nor do the ways to
    leave one position differ in two parts. Each part is explored with all that other parts demand left
    out: that is more than it can really do. If from each state so found the part's own events, while the
    pipeline stands still, lead to where the pipeline can be left (at an end: to where the deployment is
    complete), then so they do in the whole: from any reachable state one part after the other goes there
    without disturbing the others, the pipeline goes on, and after finitely many positions is at an end.
    """
    exits = _exits(compiled)
    if exits is None:
        return False
    parts = find_parts(compiled, exits) or [frozenset()]
    return all(_always_gets_out(compiled, part, exits, limits) for part in parts)


def _exits(compiled: Compiled) -> dict[Value, Condition] | None:
    """For each position when it can be left for good: for a later one, or (an end) as complete. A stop
    after a failure need not be left.

    None if a position could be left for an earlier one, so that the pipeline might go round.
    """
    order: list[Value] = list(compiled.vocabulary.lives[PIPELINE].domain)
    exits: dict[Value, list[Guard]] = {value: [] for value in order}
    for event in compiled.system.events:
        if event.kind is EventKind.PIPELINE:
            (here,) = event.guard[PIPELINE]
            if order.index(event.effect[PIPELINE]) <= order.index(here):
                return None
            if event.group is not None:
                exits[here].append(event.guard)
    for here, position in zip(order, compiled.vocabulary.positions, strict=True):
        if position.is_stopped:  # where an action has failed the pipeline may stay
            exits[here].append({})
    for guard in compiled.complete():
        for here in guard.get(PIPELINE, order):
            exits[here].append(guard)
    return {here: tuple(guards) for here, guards in exits.items()}


def find_parts(compiled: Compiled, exits: Mapping[Value, Condition]) -> list[VariableSet]:
    """The variables but the pipeline's in parts: those that one move speaks of, those in which the ways to
    leave one position differ, and a queue that the pipeline waits for and who empties it, are in the same."""
    system = compiled.system
    waited = {name for guards in exits.values() for guard in guards for name in guard}
    moves = (
        event
        for event in system.events
        if event.kind is EventKind.MOVE or (not waited.isdisjoint(event.effect) and takes_away(event))
    )
    together = [find_differing(guards) for guards in exits.values()]
    together += (frozenset(event.guard.keys() | event.effect.keys()) for event in moves)
    return join_sets((variable.key for variable in system.variables), together)


def _always_gets_out(
    compiled: Compiled,
    part: VariableSet,
    exits: Mapping[Value, Condition],
    limits: Limits,
) -> bool:
    """Whether the part's own events always lead to where the pipeline can be left."""
    known = part | {PIPELINE}
    own: set[int] = set()
    events = []
    for event in compiled.system.changing(known):
        cut = replace(
            event, guard=restrict_to_known(event.guard, known), effect=restrict_to_known(event.effect, known)
        )
        events.append(cut)
        if event.kind is not EventKind.PIPELINE and known >= event.guard.keys() | event.effect.keys():
            own.add(id(cut))
    system = System(tuple(v for v in compiled.system.variables if v.key in known), tuple(events))
    reached = search(system, limits)
    ways = {
        here: [system.test(restrict_to_known(guard, known)) for guard in guards]
        for here, guards in exits.items()
    }
    out = [any(passes(state, way) for way in ways[system.value(state, PIPELINE)]) for state in reached.states]
    alone = [[(event, there) for event, there in row if id(event) in own] for row in reached.edges]
    return not find_stalled(replace(reached, edges=alone), out)
