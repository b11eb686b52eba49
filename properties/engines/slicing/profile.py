"""What a unit can do when it is alone with the pipeline: whether it may be cut, and at what price.

Everything here is found by searching the unit's own slice, so nothing is assumed of a strategy.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

from msgspec import Struct, structs

from ....model.compiler.compile import Compiled, compile_deployment
from ....model.compiler.system import Event, EventKind, Guard, Reached, conjoin, passes, search
from ....model.deployment import Hop, Verb
from ....model.kernel.graph import find_reachable
from ....model.machines.machine import read
from ....model.names import PIPELINE, REQUEST, Contract, VariableKey, VariableKind, instances_of
from ....model.resources.limits import Limits, StateLimitError
from .keep import STUB, UNCHANGED, Keep, SliceNames
from .line_looks import Units
from .plan import Party, SlicePlan
from .restrict import NOTHING_WATCHED, Restriction, SlicedRequest
from .search import NEVER, build_weigher, can_reach, compute_distances
from .slice import Slice
from .writers import Writers

HELD = SlicedRequest(
    (
        Hop("client", Verb.CALLS, "c0", UNCHANGED),
        Hop("c0", Verb.READS, STUB, UNCHANGED),
    )
)
"""A request that calls the component and holds it until it likes to go on."""


SEARCHED = 20_000
"""So many states of one unit alone, with what is tied to it, are searched where other engines have their turn
as well: a unit that is not small is in no small slice."""


class JointReach(Struct, frozen=True, eq=False):
    """How far a request on a component lets the pipeline come, on each line of a course."""

    unit: VariableKey
    units: Units


Reach = tuple[int, ...] | JointReach
"""The same on one line by the position of its call (`Profile.reach`), or on all."""


class Profile(Struct, frozen=True):
    """What was found. Stages are the pipeline's positions, and one more: that all is complete.

    `finishes`: from whatever state it is in, without anybody's help, the pipeline can go on to its end and
    all moves of the unit can be over. `may_be_down`: nobody takes calls in some state. `renews`: all can be
    complete with no instance but of the last version. `costs[i]` are the fewest full events of the unit
    (the pipeline's own left out) before stage i. `reach[i]` is the last stage that can be reached while a
    request that called the component at position i is still on it.
    """

    finishes: bool
    may_be_down: bool = False
    keeps_serving: bool = True
    """The version of an instance on which a request stands takes calls as long as it does."""
    renews: bool = True
    costs: tuple[int, ...] = ()
    reach: Reach | None = None
    """None: a request on it holds nothing up."""


class PlacedProfile(NamedTuple):
    """A profile, found of the positions of a slice, and the places of the line that these are."""

    profile: Profile
    stages: tuple[int, ...]

    def list_steps(self) -> Iterator[tuple[int, int]]:
        """From which place on the unit costs how much more than before it."""
        before = 0
        for place, cost in zip(self.stages, self.profile.costs, strict=False):
            yield place, cost - before
            before = cost

    def tell(self) -> Profile:
        """The profile, told of the places of the line."""
        stages, reach = (*self.stages, self.stages[-1] + 1), self.profile.reach
        assert not isinstance(reach, JointReach), "it was found on one line"
        return structs.replace(
            self.profile,
            costs=self._spread(self.profile.costs),
            reach=None if reach is None else self._spread([stages[stage] for stage in reach]),
        )

    def _spread(self, told: Sequence[int]) -> tuple[int, ...]:
        """What is told of each position of the slice, and (last) of being complete, told of the line's."""
        lengths = (there - here for here, there in pairwise((*self.stages, self.stages[-1] + 1)))
        whole = [known for known, length in zip(told, lengths, strict=False) for _ in range(length)]
        return (*whole, *told[len(self.stages) :])


class Profiles:
    """The profiles of a deployment's units; units that are alike share the search."""

    def __init__(self, plan: SlicePlan, restriction: Restriction, limits: Limits) -> None:
        self.plan, self.restriction, self._limits = plan, restriction, limits
        self._placed, self._solved = plan.profiled, plan.profiled_alone
        self._at: dict[Hashable, Profile] = {}
        self._told: dict[VariableKey, Profile] = {}
        self.writers = Writers(plan, restriction, limits)

    def of(self, unit: VariableKey) -> Profile:
        found = self._told.get(unit)
        if found is None:
            found = self._told[unit] = self._tell(self.placed(unit))
        return found

    def placed(self, unit: VariableKey) -> PlacedProfile:
        """The profile of a unit as it was found, and where on this line."""
        found = self._placed.get(unit)
        if found is None:
            found = self._placed[unit] = self._find(unit)
        return found

    @cached_property
    def blockers(self) -> tuple[VariableKey, ...]:
        """The units that can hold up the pipeline, or the end, by themselves: no slice may cut them."""
        return tuple(unit for unit in self.plan.actions if not self.placed(unit).profile.finishes)

    @cached_property
    def costs(self) -> tuple[int, ...]:
        """The fewest full events of all units together before each stage."""
        more = [0] * len(self.plan.positions)
        at_end = 0
        for unit in self.plan.leaders(self.plan.actions):
            placed = self.placed(unit)
            for place, cost in placed.list_steps():
                more[place] += cost
            at_end += placed.profile.costs[-1]
        return (*accumulate(more), at_end)

    def is_no_further(self, held: Reach, other: Reach, *, picked_later: bool) -> bool:
        """Whether who holds one frame lets the pipeline come no further than who holds another, which was
        picked at the same moment or later, wherever they were picked."""
        assert not isinstance(held, JointReach), "it was found on one line"
        assert not isinstance(other, JointReach), "it was found on one line"
        return is_no_further(held, other, picked_later=picked_later)

    def is_no_worse_later(self, reach: Reach) -> bool:
        """Whether who calls the component later, as long as the pipeline could come there, lets it come as
        far."""
        assert not isinstance(reach, JointReach), "it was found on one line"
        return is_no_worse_later(reach)

    def _find(self, unit: VariableKey) -> PlacedProfile:
        """Found on the first line that looks the same to the unit, and to who uses it up."""
        lines = self.plan.alike_lines
        if len(lines.lines) == 1:
            return self._find_here(unit)
        number, units = lines.number_of(self.plan), lines.close([unit, *list_consumers_of(self.plan, unit)])
        group = lines.group_of(units, number)
        if group.first == number:
            return self._find_here(unit)
        plan = lines.plan_of(group.first)
        profile, stages = Profiles(plan, Restriction(plan), self._limits).placed(unit)
        return PlacedProfile(profile, lines.translate(group, stages, number))

    def _find_here(self, unit: VariableKey) -> PlacedProfile:
        keep, names = Keep(), SliceNames()
        keep.add(unit)
        is_component = unit.kind is VariableKind.INSTANCES
        alone = self.restriction.build(keep, names, HELD if is_component else NOTHING_WATCHED)
        profile = self._solved.get(alone.key_of_parts)
        if profile is None:
            profile = self._solved[alone.key_of_parts] = self._search(alone, unit)
        contents = (one for one in self.plan.cluster_of(unit) if one.kind is VariableKind.CONTENT)
        if not all(self._is_used_up_at_first(content.contract) for content in contents):
            profile = structs.replace(profile, finishes=False)
        return PlacedProfile(profile, alone.stretches.stages)

    def _search(self, alone: Slice, unit: VariableKey) -> Profile:
        """The profile of a unit: what was too large for one of those that are tied together is not searched
        for each of them. Raises `LimitError`."""
        limits, tied = _of_one(self._limits), frozenset(alone.lives.values())
        if limits.listed_states <= self.plan.too_large.get(tied, 0):
            raise StateLimitError(limits.listed_states)
        try:
            return _profile(alone, unit, limits)
        except StateLimitError as limit:
            self.plan.too_large[tied] = limit.limit
            raise

    def _tell(self, placed: PlacedProfile) -> Profile:
        key = id(placed.profile), placed.stages
        found = self._at.get(key)
        if found is None:
            found = self._at[key] = placed.tell()
        return found

    def _is_used_up_at_first(self, contract: Contract) -> bool:
        """Whether somebody can empty the queue before anything has moved; no switch is thrown then."""
        parties = self.plan.consumers(contract)
        return parties is None or any(map(self._acts_at_first, parties))

    def _acts_at_first(self, party: Party) -> bool:
        rollout = self.restriction.rollout_of(party.hand.component)
        start = read(rollout.machine).initial
        there = frozenset(rollout.running[start]) if party.hand.pulls else rollout.writing[start]
        return not there.isdisjoint(self.plan.versions_of(party))


def list_consumers_of(plan: SlicePlan, unit: VariableKey) -> Iterator[VariableKey]:
    """The components that use up what lies in the contents of a unit's cluster, on any line."""
    for one in plan.alike_lines.joint.cluster_of(unit):
        if one.kind is VariableKind.CONTENT:
            for party in plan.consumers(one.contract) or ():
                yield instances_of(party.hand.component)


def _of_one(limits: Limits) -> Limits:
    """Those of the search of one unit."""
    if limits.max_work is None:
        return limits
    return replace(limits, max_states=min(limits.listed_states, SEARCHED))


def _profile(alone: Slice, unit: VariableKey, limits: Limits) -> Profile:
    is_component = unit.kind is VariableKind.INSTANCES
    small = replace(alone.deployment, max_span=None)  # which stops the pipeline for the request's sake
    request = small.requests[0] if is_component else None
    compiled = compile_deployment(small, request, rollouts=alone.rollouts, course=alone.course)
    reached = search(compiled.system, limits)
    at = compiled.system.index(REQUEST) if request else None
    free = {i for i, state in enumerate(reached.states) if at is None or state[at] != 1}
    complete = _complete(compiled, reached)
    done = _find_reaching(reached, complete & free)
    costs = _costs(alone, compiled, reached, complete)
    if not is_component:
        return Profile(finishes=free <= done, costs=costs)
    return Profile(
        finishes=free <= done,
        may_be_down=_holds_anywhere(compiled, reached, compiled.vocabulary.nobody_up("c0")),
        keeps_serving=_keeps_serving(compiled, reached),
        renews=_renews(compiled, reached, complete),
        costs=costs,
        reach=_reach(compiled, reached, complete),
    )


def _complete(compiled: Compiled, reached: Reached) -> set[int]:
    return {i for i, state in enumerate(reached.states) if compiled.is_complete(state)}


def _find_reaching(reached: Reached, goals: set[int]) -> set[int]:
    """The states from which a goal can be reached by the unit's and the pipeline's events, and by
    messages being used up; never by a hop."""
    return can_reach(reached, goals, _is_own)


def _is_own(event: Event) -> bool:
    return event.kind is not EventKind.HOP


def _costs(alone: Slice, compiled: Compiled, reached: Reached, complete: set[int]) -> tuple[int, ...]:
    found = compute_distances(reached, build_weigher(alone.weights), passes=_is_own)
    pipeline = compiled.system.index(PIPELINE)
    costs = [NEVER] * (len(compiled.vocabulary.positions) + 1)
    for index, state in enumerate(reached.states):
        costs[state[pipeline]] = min(costs[state[pipeline]], found.cost[index])
        if index in complete:
            costs[-1] = min(costs[-1], found.cost[index])
    return tuple(costs)


def _holds_anywhere(compiled: Compiled, reached: Reached, guard: Guard) -> bool:
    test = compiled.system.test(guard)
    return any(passes(state, test) for state in reached.states)


def _keeps_serving(compiled: Compiled, reached: Reached) -> bool:
    """Blue-green's old instances answer on when they take no calls any more."""
    vocabulary, system = compiled.vocabulary, compiled.system
    assert compiled.walker is not None
    idle = (
        conjoin(compiled.walker.on(held, version), vocabulary.not_up("c0", version))
        for version in vocabulary.deployment.versions
        for held in compiled.walker.held_at("c0")
    )
    tests = [system.test(guard) for guard in idle if guard is not None]
    return not any(passes(state, test) for state in reached.states for test in tests)


def _renews(compiled: Compiled, reached: Reached, complete: set[int]) -> bool:
    vocabulary = compiled.vocabulary
    renewed = conjoin(
        *(vocabulary.only_up(n, vocabulary.deployment.versions[-1]) for n in vocabulary.rollouts)
    )
    if renewed is None:
        return False
    test = compiled.system.test(renewed)
    return any(passes(reached.states[i], test) for i in complete)


def _reach(compiled: Compiled, reached: Reached, complete: set[int]) -> tuple[int, ...] | None:
    """The furthest stage that a held request lets the pipeline come to, by the position of its call."""
    at, pipeline = compiled.system.index(REQUEST), compiled.system.index(PIPELINE)
    last = len(compiled.vocabulary.positions)
    held = [index for index, state in enumerate(reached.states) if state[at] == 1]
    own = {index: last if index in complete else reached.states[index][pipeline] for index in held}
    before: dict[int, list[int]] = {}
    for index in held:
        for event, there in reached.edges[index]:
            if event.kind is not EventKind.HOP:
                before.setdefault(there, []).append(index)
    furthest: dict[int, int] = {}

    def list_untold(here: int) -> list[int]:
        return [one for one in before.get(here, ()) if one not in furthest]

    for index in sorted(held, key=lambda index: -own[index]):
        if index not in furthest:  # whoever leads to who comes furthest is told first
            furthest.update(dict.fromkeys(find_reachable([index], list_untold), own[index]))
    reach = [0] * last
    for index, row in enumerate(reached.edges):
        for event, there in row:
            if event.hop == 1:
                position = reached.states[index][pipeline]
                reach[position] = max(reach[position], furthest.get(there, 0))
    return None if all(stage == last for stage in reach) else tuple(reach)


@cache
def is_no_further(held: tuple[int, ...], other: tuple[int, ...], *, picked_later: bool) -> bool:
    """Whether who holds one frame lets the pipeline come no further than who holds another, which was picked
    at the same moment or later, wherever they were picked. Few reaches are asked about again and again."""
    if not picked_later:
        return all(mine <= its for mine, its in zip(held, other, strict=True))
    least = accumulate(reversed(other), min)
    return all(mine <= its for mine, its in zip(held, reversed([*least]), strict=True))


@cache
def is_no_worse_later(reach: tuple[int, ...]) -> bool:
    """Whether a call at any position lets the pipeline come as far as one before that let it come there."""
    furthest = 0
    for here, end in enumerate(reach):
        if end < here or here <= furthest > end:
            return False
        furthest = max(furthest, end)
    return True
