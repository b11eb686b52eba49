"""The engine `slice`: every hop judged in the part of the deployment that it depends on.

The cost is that of the slices, whose size does not depend on how many services roll out together; slices
that are equal up to names are solved once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from ....model.compiler.replay import ReplayError
from ....model.compiler.system import Event
from ....model.compiler.walker import Walker, find_sources
from ....model.deployment import Kind, Request, Verb
from ....model.resources.limits import Limits
from ...covered import MixedPair
from ...lookups import Lookup, list_hop_lookups
from ...task import Task
from ...temporal.answers import Answers
from ...temporal.questions import Questions
from ...verdict import Beside
from ..protocol import Engine, Extras, HopFinding, Judgement
from ..registry import ENGINES
from .avoidable import Solved, is_avoidable
from .cone import Cone, Width
from .cut import cut
from .doors import Doors
from .interleavings import count_interleavings
from .lift import Lift
from .plan import Plan
from .profile import Profiles
from .request_walk import Walk
from .residue import find_residue
from .restrict import Restriction, Slice
from .scope import NotSliceableError, refuse_rollouts, refuse_unknown
from .solve import HazardPair, SliceHazard, Solution, find_pair
from .solver import Solver
from .temporal import answer_questions
from .whole_system import LiftError, WholeSystem


@dataclass(frozen=True, slots=True)
class Slices:
    """The engine."""

    name: str = "slice"
    summary: str = ENGINES["slice"].summary

    def refuses(self, task: Task) -> str | None:
        try:
            refuse_unknown(task.deployment)
            refuse_rollouts(task.rollouts or {})
        except NotSliceableError as unknown:
            return str(unknown)
        return None

    def judge(self, task: Task) -> Judgement:
        """As every engine, slice by slice. Raises `NotSliceableError` for what cannot be sliced."""
        if (why := self.refuses(task)) is not None:
            raise NotSliceableError(why)
        return Slicer(Plan(task.deployment, task.rollouts or {}, task.compilation), task.limits).judge()

    def answer(self, task: Task, questions: Questions) -> Answers:
        """What parts of the deployment show, or tell; all else is left open. It refuses nothing."""
        return answer_questions(task, questions)


ENGINE: Engine = Slices()


HopAddress = tuple[str, int]
"""A hop: the name of its request, and its number there (from 1)."""


@dataclass(frozen=True, slots=True)
class JudgedHop:
    """A hop with its slice, solved, and the hazards that it meets."""

    walk: Walk
    number: int
    part: Slice
    solution: Solution
    hazards: tuple[LiftedHazard, ...] = ()

    def mixed(self) -> Iterator[MixedPair]:
        """The pairs of two different versions that the hop meets."""
        contract = self.walk.hop(self.number).contract
        for _, aspect, consumer, provider in self.solution.mixed:
            assert aspect is not None
            assert consumer is not None
            assert provider is not None
            yield MixedPair(contract, aspect, consumer, provider)


@dataclass(frozen=True, slots=True)
class LiftedHazard:
    """A hazard with its story, lifted to events of the whole."""

    lookup: Lookup
    story: tuple[Event, ...]
    window: frozenset[int]
    seen: SliceHazard
    inevitable: bool


def judge_requests(task: Task, requests: Sequence[Request]) -> list[list[Lookup]]:
    """What breaks at the hops of each of these requests of the deployment. Raises `NotSliceableError`."""
    slicer = Slicer(Plan(task.deployment, task.rollouts or {}, task.compilation), task.limits)
    return [slicer.judge_request(request) for request in requests]


@dataclass
class Slicer:
    """One judgement in the making; keeps what slices share."""

    plan: Plan
    limits: Limits
    widened: int = 0
    """How many slices were too small at first."""
    _wholes: dict[str, WholeSystem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.restriction = Restriction(self.plan)
        self.profiles = Profiles(self.plan, self.restriction, self.limits)
        self.solver = Solver(self.limits)
        self.doors = Doors(self.restriction, Solver(self.limits))

    def judge(self) -> Judgement:
        limits, extras = self.limits, Extras()
        walks = [Walk(self.plan, self.profiles, request) for request in self.plan.deployment.requests]
        judged = self._judge(walks)
        solved_once = (*self.solver.solved, *self.doors.solver.solved)
        solved: list[Solved] = [(one.part, one.solution) for one in judged]
        return Judgement(
            engine="slice",
            found=tuple(self._told(judged)),
            avoidable=extras.ask(
                Beside.AVOIDABLE, lambda: is_avoidable(self.profiles, self.restriction, solved, limits)
            ),
            residue=extras.ask(
                Beside.RESIDUE,
                lambda: tuple(find_residue(self.plan, self.profiles, self.restriction, limits)),
            )
            or (),
            mixed=frozenset(pair for one in judged for pair in one.mixed()),
            states=sum(solution.states for solution in solved_once),
            transitions=sum(solution.transitions for solution in solved_once),
            interleavings=extras.ask(
                Beside.INTERLEAVINGS, lambda: count_interleavings(self.plan, self.restriction, limits)
            ),
            left_open=extras.left_open,
        )

    def judge_request(self, request: Request) -> list[Lookup]:
        """What breaks at the hops of one request of the deployment, in order."""
        judged = self._judge([Walk(self.plan, self.profiles, request)])
        return [hazard.lookup for one in judged for hazard in one.hazards]

    def slices(self, walk: Walk) -> Iterator[tuple[int, Slice]]:
        """Each hop that can break with a slice in which nobody stands for others: what that proves can be
        checked, state by state, on the whole."""
        return (
            (number, cut(Cone(walk, number, has_everybody=True).close(), self.restriction))
            for number in self._numbers(walk)
        )

    # --- hop by hop ---

    def _judge(self, walks: Sequence[Walk]) -> list[JudgedHop]:
        """Each hop that can break, in order, in a slice that is wide enough for its stories.

        A hop whose slice was too narrow waits for the next round: the slices of a round are independent.
        """
        progress = self.limits.progress
        progress.total = len(walks)
        hops = [(walk, number) for walk in walks for number in self._numbers(walk)]
        open_hops = Counter(walk.request.name for walk, _ in hops)
        progress.done = len(walks) - len(open_hops)
        judged: dict[HopAddress, JudgedHop] = {}
        left = hops
        for width in Width:
            for one in self._round(left, width):
                request = one.walk.request.name
                judged[_place(one.walk, one.number)] = one
                open_hops[request] -= 1
                progress.done += open_hops[request] == 0
            left = [hop for hop in left if _place(*hop) not in judged]
        return [judged[_place(*hop)] for hop in hops]

    def _round(self, hops: Sequence[tuple[Walk, int]], width: Width) -> Iterator[JudgedHop]:
        """Those of the hops for which slices of this width are wide enough."""
        parts = []
        for walk, number in hops:
            self.limits.check_resources()
            parts.append(self._cut(walk, number, width))
        with closing(self.solver.solutions(parts)) as solutions:
            for (walk, number), part, solution in zip(hops, parts, solutions, strict=True):
                one = JudgedHop(walk, number, part, solution)
                try:
                    hazards = tuple(self._hazards(one))
                except LiftError as error:
                    self.widened += 1
                    if width is Width.EVERYTHING:
                        raise _fault(one, error) from error
                else:
                    yield replace(one, hazards=hazards)

    def _cut(self, walk: Walk, number: int, width: Width) -> Slice:
        return cut(Cone(walk, number, width).close(), self.restriction)

    def _numbers(self, walk: Walk) -> Iterator[int]:
        """The hops that can break, or meet two versions."""
        return (number for number in range(1, len(walk.request.hops) + 1) if self._is_judged(walk, number))

    def _is_judged(self, walk: Walk, number: int) -> bool:
        """Whether the hop looks anything up that can be broken or mixed."""
        hop, deployment = walk.hop(number), self.plan.deployment
        if hop.verb.is_call and number in walk.waits:
            return True
        if hop.contract not in self.plan.changed:
            return False
        kind = deployment.components[hop.provider].kind
        if kind is not Kind.CACHE and find_sources(deployment, walk.request.hops, number):
            return True
        consumer = walk.stack.frames[walk.caller(number)].component
        if not self.plan.has_instances(consumer) or hop.verb is Verb.FORWARDS:
            return False
        return kind is not Kind.CACHE or hop.verb.finds_content

    # --- hazards ---

    def _hazards(self, one: JudgedHop) -> Iterator[LiftedHazard]:
        for key in sorted(one.solution.seen, key=lambda key: tuple(map(str, key))):
            yield self._hazard(one, key, one.solution.seen[key])

    def _hazard(self, one: JudgedHop, key: HazardPair, seen: SliceHazard) -> LiftedHazard:
        whole = self._whole(one.walk.request)
        walker = whole.walker
        assert walker is not None
        length, index = self._shortest(one, seen)
        lift = Lift(
            self.plan,
            one.part,
            one.solution.compiled,
            one.solution.ways,
            whole,
            number=one.number,
            frames=one.walk.stack.frames,
        )
        story, state = lift.run(index)
        if len(story) != length:
            raise LiftError(f"the story has {len(story)} events, not {length}")
        for lookup in list_hop_lookups(whole.vocabulary, walker, one.number):
            if find_pair(lookup) == key and lookup.is_broken and whole.system.holds(state, lookup.guard):
                window = frozenset(at for i in seen.best for at in one.part.stretches.covers(i))
                return LiftedHazard(lookup, tuple(story), window, seen, self._is_inevitable(one, key, seen))
        raise LiftError("the story does not end where the hop breaks")

    def _is_inevitable(self, one: JudgedHop, key: HazardPair, seen: SliceHazard) -> bool:
        return seen.inevitable and self.doors.are_in_vain(one.walk, one.number, one.part, key, seen)

    def _shortest(self, one: JudgedHop, seen: SliceHazard) -> tuple[int, int]:
        """How many events of the whole come before the failing hop at least, and where in the slice."""
        cut_hops = one.number - len(one.part.hops)
        kept = [self.profiles.of(unit).costs for unit in one.part.units if unit in self.plan.actions]
        every, stages = self.profiles.costs, one.part.stretches.stages
        prices = ((stages[at], cost, index) for at, (cost, index) in seen.best.items())
        return min(
            (cost + cut_hops + every[stage] - sum(costs[stage] for costs in kept), index)
            for stage, cost, index in prices
        )

    def _told(self, judged: Iterable[JudgedHop]) -> Iterator[HopFinding]:
        """The hazards in order, each with the part of its request's compiled system that stories need."""
        compiled = {name: whole.compiled() for name, whole in self._wholes.items()}
        for request, hazard in ((one.walk.request.name, hazard) for one in judged for hazard in one.hazards):
            seen = hazard.seen
            yield HopFinding(
                compiled=compiled[request],
                lookup=hazard.lookup,
                story=hazard.story,
                window=hazard.window,
                span=seen.span,
                inevitable=hazard.inevitable,
                for_ever=seen.for_ever,
            )

    def _whole(self, request: Request) -> WholeSystem:
        found = self._wholes.get(request.name)
        if found is None:
            vocabulary = self.plan.whole.vocabulary
            found = self._wholes[request.name] = WholeSystem(
                vocabulary, Walker(vocabulary, request), self.plan.traffic
            )
        return found


def _place(walk: Walk, number: int) -> HopAddress:
    return walk.request.name, number


def _fault(one: JudgedHop, error: LiftError) -> ReplayError:
    return ReplayError(
        f"no story of hop {one.number} of `{one.walk.request.name}` happens in the whole system ({error}): "
        "please report this with the deployment file; `--engine reference` answers without slices"
    )
