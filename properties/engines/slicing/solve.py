"""A slice solved: what its last hop meets, where, at what price; and what must happen in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace as replace_limits

from msgspec import Struct, field
from msgspec.structs import replace

from ....model.compiler.compile import Compiled, compile_deployment
from ....model.compiler.life_variables import Standing
from ....model.compiler.moves import Course
from ....model.compiler.system import EventKind, Reached, State, System, Test, conjoin, passes, search
from ....model.deployment import Aspect, Deployment
from ....model.kernel.graph import find_reachable
from ....model.machines.rollouts import Rollout
from ....model.names import PIPELINE, REQUEST, VariableKey
from ....model.resources.limits import Limits, StateLimitError
from ...lookups.listing import list_hop_lookups, list_interruptions
from ...lookups.lookup import HazardKind, Lookup
from ..spans import compute_spans, find_hits
from .harmless import find_harmless
from .holdings import Holding, hold_up, is_held_up
from .search import Distances, Ways, Weights, build_weigher, compute_distances
from .slice import Slice
from .stretches import Stretches

FEW_STATES = 2_000
"""A slice of no more is searched whole; of another its parts are asked first whether any hazard is met."""
HazardPair = tuple[HazardKind, Aspect | None, str | None, str | None]
"""What makes a hazard of one hop: kind, aspect, and the pair of versions."""


class SliceHazard(Struct):
    """A hazard in a slice. `best` maps each position of it at which it is met to the fewest full events
    of the slice before it (the pipeline's left out), with a state (an index) in which it is met at that
    price; `begins` to the latest position at which the request can begin; `struck` are the positions at which
    a request that is served at once meets it."""

    bit: int
    begins: dict[int, int] = field(default_factory=dict)
    for_ever: bool = False
    inevitable: bool = False
    struck: frozenset[int] = frozenset()
    best: dict[int, tuple[int, int]] = field(default_factory=dict)

    def span(self, stretches: Stretches) -> int:
        """The fewest steps that begin while the request is in flight."""
        return min(stretches.steps(start, end) for end, start in self.begins.items())


Standings = tuple[str, ...]
"""The machine states of a slice's variables, the pipeline left out, in the order of its compiled system."""


class SliceProblem(Struct, frozen=True):
    """All of a slice that its solution depends on, fit to be pickled; equal for slices that are equal up
    to names. Hop `number` of its request is the one that is asked about. `kept` are the variables
    on which a hazard can depend, under the slice's names; `accepted` are hazards that count for
    nothing in `Solution.closed` and `is_avoidable`."""

    deployment: Deployment
    rollouts: Mapping[str, Rollout]
    weights: Weights
    number: int
    is_at_once: bool
    kept: frozenset[VariableKey]
    course: Course
    cut_off: int | None
    holdings: tuple[Holding, ...] = ()
    accepted: frozenset[HazardPair] = frozenset()

    @classmethod
    def of(cls, part: Slice) -> SliceProblem:
        return cls(
            deployment=part.deployment,
            rollouts=part.rollouts,
            weights=part.weights,
            number=len(part.hops),
            is_at_once=part.is_at_once,
            kept=part.bearing,
            course=part.course,
            cut_off=part.cut_off,
            holdings=part.holdings,
        )


class Solution(Struct, frozen=True):
    """What is found of a slice, fit to be pickled: of millions of states only those that lie on the way to
    some hazard are kept.

    `compiled` has the slice's variables and no events, `ways` leads to each state in `SliceHazard.best`;
    `mixed` are the pairs of two different versions that the last hop meets, broken or not; `closed` are the
    standings in which a request that is served at once meets some hazard that counts.
    """

    compiled: Compiled
    states: int
    transitions: int
    ways: Ways
    seen: dict[HazardPair, SliceHazard]
    mixed: frozenset[HazardPair]
    closed: frozenset[Standings]
    is_avoidable: bool
    can_complete: bool


def solve(problem: SliceProblem, limits: Limits) -> Solution:
    """Everything about the last hop of the slice's request. Raises `LimitError`."""
    compiled = compile_slice(problem)
    lookups = [one for one in _lookups(compiled, problem) if one.is_broken or one.is_mixed]
    compiled = replace(compiled, system=_until(compiled.system, problem.number))
    compiled = hold_up(compiled, problem.holdings)
    few = replace_limits(limits, max_states=min(FEW_STATES, limits.listed_states))
    try:
        return _solve(compiled, lookups, problem, few)
    except StateLimitError:
        harmless = find_harmless(compiled, problem.number, lookups, limits, is_at_once=problem.is_at_once)
    if harmless is None:
        return _solve(compiled, lookups, problem, limits)
    return Solution(
        compiled=replace(compiled, system=System(compiled.system.variables, ())),
        states=harmless.states,
        transitions=harmless.transitions,
        ways={},
        seen={},
        mixed=frozenset(map(find_pair, harmless.mixed)),
        closed=frozenset(),
        is_avoidable=harmless.can_complete,
        can_complete=harmless.can_complete,
    )


def _solve(compiled: Compiled, lookups: list[Lookup], problem: SliceProblem, limits: Limits) -> Solution:
    """The solution, from all states of the slice."""
    if problem.is_at_once:
        compiled = replace(compiled, system=_served_at_once(compiled.system))
    reached = search(compiled.system, limits)
    found = compute_distances(reached, build_weigher(problem.weights))
    passed = compute_spans(reached, [1] * len(compiled.vocabulary.positions))
    seen, own, mixed = _meet(compiled, reached, found, passed, lookups, problem)
    hit = find_hits(compiled, reached, own)
    passable = _Passable(compiled, reached, hit)
    for one in seen.values():
        one.inevitable = not passable(one.bit)
        one.struck = passable.struck(one.bit)
    every = sum(one.bit for pair, one in seen.items() if pair not in problem.accepted)
    goals = (index for one in seen.values() for _, index in one.best.values())
    return Solution(
        compiled=replace(compiled, system=System(compiled.system.variables, ())),
        states=len(reached.states),
        transitions=reached.transitions,
        ways=found.ways(goals, reached.states),
        seen=seen,
        mixed=mixed,
        closed=frozenset(
            read_standings(problem.kept, compiled, state) for state, mask in hit.items() if mask & every
        ),
        is_avoidable=passable(every),
        can_complete=passable(0),
    )


def compile_slice(part: Slice | SliceProblem) -> Compiled:
    request = part.deployment.requests[0]
    return compile_deployment(part.deployment, request, rollouts=part.rollouts, course=part.course)


def _until(system: System, number: int) -> System:
    """The hop that is asked about is the last to come, and is not run: what is behind it nobody looks at."""
    events = (event for event in system.events if event.hop is None or event.hop < number)
    return System(system.variables, tuple(events))


def _served_at_once(system: System) -> System:
    """Nothing else happens while the request is in flight."""
    before = {REQUEST: frozenset({0})}
    events = []
    for event in system.events:
        guard = event.guard if event.kind is EventKind.HOP else conjoin(event.guard, before)
        if guard is not None:
            events.append(replace(event, guard=guard))
    return System(system.variables, tuple(events))


def _meet(
    compiled: Compiled,
    reached: Reached,
    found: Distances,
    passed: list[int],
    lookups: list[Lookup],
    problem: SliceProblem,
) -> tuple[dict[HazardPair, SliceHazard], list[int], frozenset[HazardPair]]:
    at, pipeline = compiled.system.index(REQUEST), compiled.system.index(PIPELINE)
    tests = list(_tests(compiled, lookups))
    own = [0] * len(reached.states)
    seen: dict[HazardPair, SliceHazard] = {}
    mixed: set[HazardPair] = set()
    for index, state in enumerate(reached.states):
        if state[at] != problem.number - 1:
            continue
        for lookup, test, pair in tests:
            if not passes(state, test):
                continue
            if pair is not None:
                mixed.add(pair)
            if lookup.is_broken:
                one = seen.setdefault(find_pair(lookup), SliceHazard(1 << len(seen)))
                if lookup.kind is not HazardKind.INTERRUPTED:  # served at once, it meets no retirement
                    own[index] |= one.bit
                stage = state[pipeline]
                one.begins[stage] = max(one.begins.get(stage, 0), stage - passed[index])
                one.for_ever = one.for_ever or (
                    compiled.is_complete(state) and not is_held_up(compiled, state, problem.holdings)
                )
                price = (found.cost[index], index)
                one.best[stage] = min(one.best.get(stage, price), price)
    return seen, own, frozenset(mixed)


def _lookups(compiled: Compiled, problem: SliceProblem) -> Iterator[Lookup]:
    """What the hop looks up; or the retirements that cut off who was called at that hop."""
    assert compiled.walker is not None
    if problem.cut_off is None:
        yield from list_hop_lookups(compiled.vocabulary, compiled.walker, problem.number)
        return
    events = (event for event in compiled.system.events if event.cut and event.cut.born == problem.cut_off)
    yield from list_interruptions(events)


def _tests(compiled: Compiled, lookups: Iterable[Lookup]) -> Iterator[tuple[Lookup, Test, HazardPair | None]]:
    """Each, with the pair of those that are mixed."""
    for lookup in lookups:
        yield lookup, compiled.system.test(lookup.guard), find_pair(lookup) if lookup.is_mixed else None


def find_pair(lookup: Lookup) -> HazardPair:
    return lookup.kind, lookup.aspect, lookup.consumer_version, lookup.provider_version


class _Passable:
    """Whether some run of the deployment is complete without a state that hits one of a set of hazards.

    The deployment without a request is the part of the product in which the request has not begun.
    """

    def __init__(self, compiled: Compiled, reached: Reached, hit: dict[State, int]) -> None:
        at, own = compiled.system.index(REQUEST), compiled.own_variables
        self._alone = {i for i, state in enumerate(reached.states) if state[at] == 0}
        self._hit = {i: hit[reached.states[i][:own]] for i in self._alone}
        self._ends = {i for i in self._alone if compiled.is_complete(reached.states[i])}
        self._edges = reached.edges
        pipeline = compiled.system.index(PIPELINE)
        self._position = {i: reached.states[i][pipeline] for i in self._alone}

    def struck(self, mask: int) -> frozenset[int]:
        """The positions at which a state hits one of them."""
        return frozenset(self._position[i] for i, hit in self._hit.items() if hit & mask)

    def __call__(self, mask: int) -> bool:
        if self._hit[0] & mask:
            return False

        def onward(here: int) -> Iterator[int]:
            own = (there for event, there in self._edges[here] if event.kind is not EventKind.HOP)
            return (there for there in own if not self._hit[there] & mask)

        return any(here in self._ends for here in find_reachable([0], onward, deepest_first=True))


def read_standings(kept: frozenset[VariableKey], compiled: Compiled, state: State) -> Standings:
    """The machine states of the variables that the slice keeps, the pipeline left out."""
    found = []
    for index, name in enumerate(compiled.vocabulary.lives):
        if name != PIPELINE and name in kept:
            value = compiled.system.variables[index].domain[state[index]]
            assert isinstance(value, Standing)
            found.append(value.state)
    return tuple(found)
