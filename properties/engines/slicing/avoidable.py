"""Whether a complete run meets no hazard at all: a question about all slices at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import assert_never

from ....model.compiler.compile import Compiled
from ....model.compiler.life_variables import Standing
from ....model.compiler.system import Event, EventKind, State
from ....model.compiler.traffic import takes_away
from ....model.kernel.graph import find_onward
from ....model.kernel.system import apply
from ....model.names import PIPELINE, VariableKey, VariableKind
from ....model.resources.limits import CHECKED_EVERY, Limits, StateLimitError
from .cone import keep_blockers
from .keep import Keep, SliceNames
from .profile import Profiles
from .restrict import Restriction
from .slice import Slice
from .solve import Solution

Solved = tuple[Slice, Solution]


def is_avoidable(
    profiles: Profiles, restriction: Restriction, solved: Sequence[Solved], limits: Limits
) -> bool:
    """Whether some complete run passes through no state that hits any hazard.

    What hits a hazard is a matter of its slice's standings alone. Slices that share no unit do not know of
    each other but through the pipeline, whose positions follow each other in the same order in every run:
    runs of theirs can be put together event by event between any two positions. So the question is asked
    of each group of slices that hang together, on what they keep.

    A group that is not avoidable in one of its slices is not avoidable. Otherwise the group's own system is
    searched, depth first, for a run that avoids all. Raises `LimitError`.
    """
    unsafe = [(part, solution) for part, solution in solved if solution.seen]
    if not unsafe:
        return _can_complete(profiles, restriction, limits)
    if not all(solution.is_avoidable for _, solution in unsafe):
        return False
    return all(_avoids(profiles, restriction, group, limits) for group in _groups(unsafe))


def _can_complete(profiles: Profiles, restriction: Restriction, limits: Limits) -> bool:
    """Units that always finish hold nobody up; the others are tried together."""
    keep = Keep()
    keep_blockers(profiles, keep)
    profiles.writers.complete(keep)
    return not profiles.blockers or _search(restriction.build(keep, SliceNames()), (), limits)


def _groups(solved: Iterable[Solved]) -> list[list[Solved]]:
    """The slices that hang together by units that both keep."""
    groups: list[tuple[set[object], list[Solved]]] = []
    for part, solution in solved:
        units: set[object] = set(part.bearing_units)
        together = [(part, solution)]
        apart = []
        for others, members in groups:
            if others & units:
                units |= others
                together = members + together
            else:
                apart.append((others, members))
        groups = [*apart, (units, together)]
    return [members for _, members in groups]


def _avoids(profiles: Profiles, restriction: Restriction, group: list[Solved], limits: Limits) -> bool:
    """Where contents are plain nobody need write."""
    if len(group) == 1:
        return group[0][1].is_avoidable
    keep = Keep()
    for part, solution in group:
        for unit in part.bearing_units:
            keep.add(unit)
        lives = solution.compiled.vocabulary.lives
        leaders = (part.lives[short] for short in lives if short.kind is VariableKind.LEADER)
        keep.led |= {leader.owner: None for leader in leaders}
    are_plain = all(map(profiles.plan.is_plain, keep.contents))
    profiles.writers.complete(keep, only_consumers=are_plain)
    return _search(restriction.build(keep, SliceNames()), group, limits)


Closed = Callable[[State], bool]


def _search(joint: Slice, group: Sequence[Solved], limits: Limits) -> bool:
    """Depth first, because a run that avoids everything is often found long before all is seen."""
    compiled = joint.compile()
    closed: dict[VariableKey, list[Closed]] = {}
    for part, solution in group:
        is_closed = _closed(joint, compiled, part, solution)
        bearing = {part.lives[short] for short in part.bearing}
        for name, whole in joint.lives.items():
            if whole in bearing:
                closed.setdefault(name, []).append(is_closed)
    start = compiled.system.initial
    if any(is_closed(start) for found in closed.values() for is_closed in found):
        return False

    def onward(state: State) -> Iterator[State]:
        """Of events of one rank the last is tried first."""
        ways = list(compiled.system.ways(state))[::-1]
        for event, updates in sorted(ways, key=lambda way: find_turn(way[0])):
            reached = apply(state, updates)
            if not any(is_closed(reached) for name in event.effect for is_closed in closed.get(name, ())):
                yield reached

    for number, state in enumerate(find_onward([start], onward)):
        if compiled.is_complete(state):
            return True
        if number >= limits.listed_states:
            raise StateLimitError(limits.listed_states)
        if not number % CHECKED_EVERY:
            limits.check(number)
    return False


def find_turn(event: Event) -> int:
    """When an event is tried where a run that meets no hazard is looked for, the lowest first: what lies
    about is taken away, for nothing is met in what is empty; other traffic goes round, and ends nothing."""
    match event.kind:
        case EventKind.MOVE:
            return 1
        case EventKind.PIPELINE:
            return 2
        case EventKind.WRITE | EventKind.HOP:
            return 0 if takes_away(event) else 3
        case _:
            assert_never(event.kind)


def _closed(joint: Slice, compiled: Compiled, part: Slice, solution: Solution) -> Closed:
    """Whether a state of the joint system hits a hazard of the part."""
    lives = enumerate(compiled.vocabulary.lives)
    place = {joint.lives[name]: index for index, name in lives if name in joint.lives}
    columns = []
    for name in solution.compiled.vocabulary.lives:
        if name != PIPELINE and name in part.bearing:
            index = place[part.lives[name]]
            domain = compiled.system.variables[index].domain
            columns.append((index, [v.state if isinstance(v, Standing) else str(v) for v in domain]))

    known: dict[tuple[int, ...], bool] = {}

    def is_closed(state: State) -> bool:
        ranks = tuple([state[index] for index, _ in columns])
        found = known.get(ranks)
        if found is None:
            met = tuple(states[rank] for rank, (_, states) in zip(ranks, columns, strict=True))
            found = known[ranks] = met in solution.closed
        return found

    return is_closed
