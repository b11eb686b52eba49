"""The engine `slice`: every hop judged in the part of the deployment that it depends on.

The cost is that of the slices, whose size does not depend on how many services roll out together; slices
that are equal up to names are solved once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from ....model.compiler.life_variables import Standing
from ....model.compiler.replay import ReplayError
from ....model.compiler.system import Event, State, Value
from ....model.compiler.task import Task
from ....model.compiler.variables import Vocabulary
from ....model.compiler.walker import Walker, find_sources
from ....model.deployment import Kind, Request, Verb
from ....model.names import PIPELINE, Contract, instances_of
from ....model.resources.limits import LimitError, Limits
from ...acceptance import is_lookup_accepted
from ...lookups.listing import list_hop_lookups, list_interruptions
from ...lookups.lookup import Lookup, MixedPair
from ...temporal.answers import Answers
from ...temporal.questions import Questions
from ...verdict import Beside, LeftOpen
from ..protocol import Engine, Extras, HopFinding, Judgement
from ..registry import ENGINES
from .avoidable import Solved, is_avoidable
from .cone import Cone, Width
from .cut import cut
from .doors import FEW
from .interleavings import count_interleavings
from .joint import CourseSlices, CutGroup
from .line_slices import JudgedPart, Point, Price, list_hazards
from .lines import with_stops
from .plan import SlicePlan
from .request_walk import Walk
from .residue import find_residue
from .scope import NotSliceableError, refuse_rollouts, refuse_unknown
from .slice import Slice
from .solve import HazardPair, SliceProblem, Solution, find_pair, solve
from .solver import Solver
from .stalls import answer_questions
from .whole_system import LiftError, WholeSystem


class Slices(Struct, frozen=True):
    """The engine."""

    name: str = "slice"
    summary: str = ENGINES["slice"].summary

    def refuses(self, task: Task) -> str | None:
        try:
            if task.deployment.pipelines:
                from .several import refuse_several

                refuse_several(task)
                return None
            refuse_unknown(task.deployment)
            refuse_rollouts(task.rollouts or {})
        except NotSliceableError as unknown:
            return str(unknown)
        return None

    def judge(self, task: Task) -> Judgement:
        """As every engine, slice by slice. Raises `NotSliceableError` for what cannot be sliced."""
        if (why := self.refuses(task)) is not None:
            raise NotSliceableError(why)
        if task.deployment.pipelines:
            from .several import judge_several

            return judge_several(task)
        return slicer_of(task).judge()

    def answer(self, task: Task, questions: Questions) -> Answers:
        """What parts of the deployment show, or tell; all else is left open. It refuses nothing."""
        if task.deployment.pipelines:
            from .several import answer_of_several

            return answer_of_several(task, questions)
        return answer_questions(task, questions)


ENGINE: Engine = Slices()


class LiftedHazard(Struct, frozen=True):
    """A hazard with its story, lifted to events of the whole."""

    lookup: Lookup
    story: tuple[Event, ...]
    window: frozenset[int]
    span: int
    inevitable: bool
    for_ever: bool


class JudgedHop(Struct, frozen=True):
    """A hop with its slices on all lines, solved, and the hazards that it meets; or one before which a
    request may be cut off."""

    point: Point
    parts: tuple[JudgedPart, ...]
    hazards: tuple[LiftedHazard, ...] = ()

    def part_on(self, number: int) -> JudgedPart:
        """The one that tells of the line."""
        return next(part for part in self.parts if number in part.group.lines)

    def mixed(self) -> Iterator[MixedPair]:
        """The pairs of two different versions that the hop meets."""
        contract = self.point.request.hops[self.point.number - 1].contract
        for _, aspect, consumer, provider in frozenset().union(*(one.solution.mixed for one in self.parts)):
            assert aspect is not None
            assert consumer is not None
            assert provider is not None
            yield MixedPair(contract, aspect, consumer, provider)


def slicer_of(task: Task) -> Slicer:
    """Who judges requests of the task one by one; what their slices share is found once."""
    return Slicer(SlicePlan.of(task), task.limits)


class Slicer(Struct, dict=True):
    """One judgement in the making; keeps what slices share."""

    plan: SlicePlan
    limits: Limits
    widened: int = 0
    """How many hops had slices that were too small at first."""
    _wholes: dict[str, WholeSystem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.course = CourseSlices(self.plan, self.limits)
        self.solver = Solver(self.limits)

    def judge(self) -> Judgement:
        """Everything about the hops; where a limit is hit, what was found by then. Raises `LimitError`."""
        requests = self.plan.deployment.requests
        self.limits.progress.total = len(requests)
        points = [point for request in requests for point in self._points(request)]
        judged: dict[object, JudgedHop] = {}
        try:
            for one in self._judge_each(points):
                judged[one.point.key] = one
        except LimitError as limit:
            known = [judged[point.key] for point in points if point.key in judged]
            if not any(one.hazards for one in known):
                raise
            left = dict.fromkeys(point.request.name for point in points if point.key not in judged)
            return self._cut_short(known, limit.with_traceback(None), tuple(left))
        return self._told_whole([judged[point.key] for point in points])

    def _cut_short(
        self, judged: Sequence[JudgedHop], limit: LimitError, unjudged: tuple[str, ...]
    ) -> Judgement:
        """The hazards that were found before a limit was hit. What is asked of all hops is left open."""
        asked = (Beside.AVOIDABLE, Beside.RESIDUE, Beside.INTERLEAVINGS)
        return Judgement(
            engine="slice",
            found=tuple(self._told(judged)),
            avoidable=None,
            residue=(),
            mixed=frozenset(),
            states=sum(solution.states for solution in self.solver.solved),
            transitions=sum(solution.transitions for solution in self.solver.solved),
            interleavings=None,
            left_open=tuple(LeftOpen(what, str(limit), limit.option) for what in asked),
            ended=limit,
            unjudged=unjudged,
        )

    def _told_whole(self, judged: Sequence[JudgedHop]) -> Judgement:
        limits, extras = self.limits, Extras(self.limits)
        doors = (line.doors for line in self.course.lines)
        solved_once = [*self.solver.solved, *(one for some in doors for one in some.solver.solved)]
        return Judgement(
            engine="slice",
            found=tuple(self._told(judged)),
            avoidable=extras.ask(Beside.AVOIDABLE, lambda: self._is_avoidable(judged)),
            residue=extras.ask(Beside.RESIDUE, self._find_residue) or (),
            mixed=frozenset(pair for one in judged for pair in one.mixed()),
            states=sum(solution.states for solution in solved_once),
            transitions=sum(solution.transitions for solution in solved_once),
            interleavings=extras.ask(
                Beside.INTERLEAVINGS,
                lambda: count_interleavings(self.plan, self.course.line(0).restriction, limits),
            ),
            left_open=extras.left_open,
            met_going_back=frozenset(self._met_going_back(judged)),
        )

    def judge_request(self, request: Request, numbers: Container[int]) -> list[Lookup]:
        """What breaks at these hops of a request, and before them; it is one of the deployment, or adds
        nothing to its traffic."""
        points = [point for point in self._points(request) if point.number in numbers]
        return [hazard.lookup for one in self._judge_each(points) for hazard in one.hazards]

    def slices(self, request: Request) -> Iterator[tuple[Walk, int, Slice]]:
        """Each hop that can break with a slice in which nobody stands for others: what that proves can be
        checked, state by state, on the whole."""
        assert len(self.plan.lines) == 1, "nothing fails where every state is checked"
        line = self.course.line(0)
        walk = line.walk(request)
        for number in (point.number for point in self._points(request) if point.cut_off is None):
            cone = Cone(walk, number, has_everybody=True).close()
            yield walk, number, cut(cone, line.profiles)

    def _met_going_back(self, judged: Sequence[JudgedHop]) -> Iterator[int]:
        """The stops in whose rollback some hop meets a hazard."""
        found: set[int] = set()
        for one in judged:
            accepted = self._accepted(one)
            found.update(*(part.met_going_back(accepted) for part in one.parts))
        for line in map(self.plan.lines.__getitem__, sorted(found)):
            assert line.stop is not None, "on the main line nobody goes back"
            yield line.positions[line.stop].index

    def _is_avoidable(self, judged: Sequence[JudgedHop]) -> bool:
        """Whether some run of some line avoids everything; with few doors shut, or with any."""
        hops = [(one, self._accepted(one)) for one in judged if one.point.cut_off is None]
        for most in (FEW, None) if self.plan.deployment.can_be_shut else (0,):
            for number, line in ((number, self.course.line(number)) for number in self.course.numbers):
                every = (self._without(one.part_on(number), pairs, most) for one, pairs in hops)
                solved = [known for known in every if known is not None]
                if is_avoidable(line.profiles, line.restriction, solved, self.limits):
                    return True
        return False

    def _accepted(self, one: JudgedHop) -> frozenset[HazardPair]:
        """The hazards of the hop that are accepted."""
        vocabulary, request = self.plan.whole.vocabulary, one.point.request
        return frozenset(
            find_pair(hazard.lookup)
            for hazard in one.hazards
            if is_lookup_accepted(vocabulary, request, hazard.lookup, ((index,) for index in hazard.window))
        )

    def _without(self, one: JudgedPart, accepted: frozenset[HazardPair], most: int | None) -> Solved | None:
        """The slice, solved as if the hazards that are accepted were none; None where no other is left."""
        part, solution = one.solved(most)
        met = solution.seen.keys()
        if met and met <= accepted:
            return None
        if not met & accepted:
            return part, solution
        problem = replace(SliceProblem.of(part), accepted=accepted)
        return part, solve(problem, self.limits)

    def _find_residue(self) -> tuple[Contract, ...]:
        """What some line leaves, in the order of the contracts."""
        found = frozenset(find_residue(self.course))
        return tuple(contract for contract in self.plan.deployment.contracts if contract in found)

    # --- hop by hop ---

    def _judge_each(self, points: Sequence[Point]) -> Iterator[JudgedHop]:
        """What is judged, in slices that are wide enough for its stories, as soon as it is.

        A hop whose slices were too narrow waits for the next round: the slices of a round are independent.
        """
        progress = self.limits.progress
        open_hops = Counter(point.request.name for point in points)
        progress.done = progress.total - len(open_hops)
        judged: set[object] = set()
        left = points
        for width in Width:
            for one in self._round(left, width):
                judged.add(one.point.key)
                name = one.point.request.name
                open_hops[name] -= 1
                progress.done += open_hops[name] == 0
                yield one
            left = [point for point in left if point.key not in judged]

    def _round(self, points: Sequence[Point], width: Width) -> Iterator[JudgedHop]:
        """Those of the hops for which slices of this width are wide enough."""
        cuts: list[list[CutGroup]] = []
        for point in points:
            self.limits.check_resources()
            cuts.append(list(self.course.cut(point, width)))
        every = [one.part for some in cuts for one in some]
        with closing(self.solver.solutions(every)) as solutions:
            for point, some in zip(points, cuts, strict=True):
                both = zip(some, islice(solutions, len(some)), strict=True)
                one = JudgedHop(point, tuple(_judge_part(point, part, solution) for part, solution in both))
                try:
                    hazards = tuple(self._hazard(one, key, width) for key in list_hazards(one.parts))
                except LiftError as error:
                    self.widened += 1
                    if width is Width.EVERYTHING:
                        raise _fault(one, error) from error
                else:
                    yield replace(one, hazards=hazards)

    def _points(self, request: Request) -> Iterator[Point]:
        """The hops that can break, or meet two versions, on some line; then who can be cut off."""
        walk = self.course.walk(request)
        for number in range(1, len(request.hops) + 1):
            if self._is_judged(walk, number):
                yield Point(request, number)
        for frame, number in walk.cut_off.items():
            yield Point(request, number, frame)

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

    def _hazard(self, one: JudgedHop, key: HazardPair, width: Width) -> LiftedHazard:
        whole = self._whole(one.point.request)
        walker = whole.walker
        assert walker is not None
        met = [(part, seen) for part in one.parts if (seen := part.solution.seen.get(key)) is not None]
        line_of = self.course.line
        prices = [(part.shortest(seen, line_of), part) for part, seen in met]
        price, nearest = min(prices, key=lambda pair: pair[0])
        story, state = self._lift(one.point, width, nearest, price, whole)
        if len(story) != price.events:
            raise LiftError(f"the story has {len(story)} events, not {price.events}")
        window = frozenset().union(*(part.window(seen) for part, seen in met))
        window = with_stops(whole.vocabulary.course, window)
        lookups = [
            found for found in _lookups(whole, one.point) if find_pair(found) == key and found.is_broken
        ]
        if one.point.cut_off is not None:  # an action that has failed retires nobody any more
            window &= _list_positions(whole.vocabulary, lookups)
        for lookup in lookups:
            if whole.system.holds(state, lookup.guard):
                return LiftedHazard(
                    lookup=lookup,
                    story=tuple(story),
                    window=window,
                    span=min(part.span(seen) for part, seen in met),
                    inevitable=not any(part.can_be_avoided(key) for part in one.parts),
                    for_ever=any(seen.for_ever for _, seen in met),
                )
        raise LiftError("the story does not end where the hop breaks")

    def _lift(
        self, point: Point, width: Width, judged: JudgedPart, price: Price, whole: WholeSystem
    ) -> tuple[list[Event], State]:
        """The story in the whole, on its line. Raises `LiftError`."""
        line, part = self.course.line(price.line), judged.part
        if price.line != judged.group.first:
            part = self.course.cut_on(point, width, price.line)
            if part.key != judged.part.key:
                raise LiftError("lines that look the same have different slices")
        return judged.lift(line, part, whole, price.state)

    def _told(self, judged: Iterable[JudgedHop]) -> Iterator[HopFinding]:
        """The hazards in order, each with the part of its request's compiled system that stories need."""
        compiled = {name: whole.compiled() for name, whole in self._wholes.items()}
        told = [(one.point.request.name, hazard) for one in judged for hazard in one.hazards]
        order = {request.name: rank for rank, request in enumerate(self.plan.deployment.requests)}
        told.sort(key=lambda pair: (order[pair[0]], pair[1].lookup.hop, *map(str, find_pair(pair[1].lookup))))
        for request, hazard in told:
            yield HopFinding(
                compiled=compiled[request],
                lookup=hazard.lookup,
                story=hazard.story,
                window=hazard.window,
                span=hazard.span,
                inevitable=hazard.inevitable,
                for_ever=hazard.for_ever,
            )

    def _whole(self, request: Request) -> WholeSystem:
        found = self._wholes.get(request.name)
        if found is None or found.walker is None or found.walker.request is not request:
            vocabulary = self.plan.whole.vocabulary
            walker = Walker(vocabulary, request)
            found = self._wholes[request.name] = WholeSystem(
                vocabulary, walker, self.plan.traffic, self.plan.alone
            )
        return found


def _judge_part(point: Point, cut: CutGroup, solution: Solution) -> JudgedPart:
    return JudgedPart(cut.on, cut.group, point.request, point.number, cut.part, solution)


def _lookups(whole: WholeSystem, point: Point) -> Iterator[Lookup]:
    """What is looked up there, in the whole."""
    walker = whole.walker
    assert walker is not None
    if point.cut_off is None:
        return list_hop_lookups(whole.vocabulary, walker, point.number)
    frame = walker.stack.frames[point.cut_off]
    retirements = whole.changing(instances_of(frame.component))
    return list_interruptions(e for e in retirements if e.cut is not None and e.cut.born == frame.born)


def _list_positions(vocabulary: Vocabulary, lookups: Iterable[Lookup]) -> frozenset[int]:
    """The positions at which some of the lookups can be made."""
    every = frozenset[Value](Standing(here.name) for here in vocabulary.positions)
    places = frozenset[Value]().union(*(lookup.guard.get(PIPELINE, every) for lookup in lookups))
    return frozenset(here.index for here in vocabulary.positions if Standing(here.name) in places)


def _fault(one: JudgedHop, error: LiftError) -> ReplayError:
    return ReplayError(
        f"no story of hop {one.point.number} of `{one.point.request.name}` happens in the whole system "
        f"({error}): "
        "please report this with the deployment file; `--engine reference` answers without slices"
    )
