"""What is asked of the deployment alone, answered from slices; whether the pipeline can stall, from one.

A unit that finishes by itself from each of its states holds nothing up for ever, and a queue that the
pipeline drains holds nothing up if somebody can use its messages up from each of its own states: nobody need
write meanwhile, and who has used them up goes on by itself. All other units that the pipeline waits for are
kept together, with everybody who consumes there, and with who writes as in any slice. From a state of the
whole all can be complete if and only if it can from what the slice sees of it: what is kept goes its way, and
all others finish.

Where actions can fail a state of the whole before any failure is one of the main line, which leads on without
one; a state after a failure is one of that failure's line (`lines`), if a rollback follows, and else need not
be left. So where no line can stall the whole cannot. What a line shows is told by others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.compile import Compiled
from ....model.compiler.system import Reached, search
from ....model.compiler.task import Task, allow_few
from ....model.kernel.graph import find_reachable
from ....model.names import PIPELINE, Contract, VariableKey, VariableKind
from ....model.resources.limits import LimitError, StateLimitError
from ...temporal.answers import Answers
from ...temporal.finding import FormulaFinding, Stall
from ...temporal.questions import Questions
from .cone import need_content
from .joint import CourseSlices
from .keep import Keep, SliceNames
from .plan import SlicePlan
from .profile import Profiles
from .restrict import Restriction
from .scope import NotSliceableError, refuse_rollouts, refuse_unknown
from .search import build_weigher, compute_distances
from .slice import Slice


class StallAnswer(Struct, frozen=True):
    """Where the pipeline can stall, if it can."""

    found: FormulaFinding | None = None


def answer_questions(task: Task, questions: Questions) -> Answers:
    """What slices answer; the rest is left open. One whose states are not few answers nothing."""
    asked, stall = questions, None
    try:
        with suppress(StateLimitError):
            stall = judge_stall(task) if questions.stall else None
            asked = replace(questions, stall=questions.stall and stall is None)
    except LimitError as limit:
        return Answers(left_open=questions, limit=limit)
    answers = _judge_rest(task, asked) if asked else Answers()
    return replace(answers, found=(*answers.found, *([stall.found] if stall and stall.found else ())))


def _judge_rest(task: Task, asked: Questions) -> Answers:
    from .temporal import judge  # much code, and most deployments have no properties

    return judge(task.alone, asked, allow_few(task.limits))


def judge_stall(task: Task) -> StallAnswer | None:
    """None: the deployment cannot be sliced; or actions can fail, and it can stall on some line, as far as is
    known here. Raises `LimitError`."""
    try:
        refuse_unknown(task.deployment)
        refuse_rollouts(task.rollouts or {})
    except NotSliceableError:
        return None
    plan = SlicePlan.of(task)
    if len(plan.lines) == 1:
        return _judge_line(task, plan)
    return None if _can_stall_on_some_line(task, plan) else StallAnswer()


def _can_stall_on_some_line(task: Task, plan: SlicePlan) -> bool:
    """Whether the pipeline can stall on any of the lines, as far as is known here."""
    course = CourseSlices(plan, task.limits)
    obstacles = list(_obstacles(course.profiles))
    parts = course.build(partial(_keep, obstacles)) if obstacles else ()
    return any(_find_stalled(part, task)[2] for _, part, _ in parts)


def _judge_line(task: Task, plan: SlicePlan) -> StallAnswer:
    restriction = Restriction(plan)
    profiles = Profiles(plan, restriction, task.limits)
    obstacles = list(_obstacles(profiles))
    return _Stalls(task, profiles, restriction).judge(obstacles) if obstacles else StallAnswer()


def _obstacles(profiles: Profiles) -> Iterator[VariableKey]:
    """The units that may hold up the pipeline for ever."""
    for unit in profiles.plan.actions:
        is_emptied = unit.kind is not VariableKind.CONTENT or _is_always_emptied(profiles, unit.contract)
        if not profiles.of(unit).finishes or not is_emptied:
            yield unit


def _is_always_emptied(profiles: Profiles, contract: Contract) -> bool:
    """Whether somebody can always use up what lies there; or nothing need be."""
    if profiles.plan.consumers(contract) is None or not profiles.plan.is_drained(contract):
        return True
    return profiles.writers.have_steady_consumer(contract)


def _keep(obstacles: list[VariableKey], profiles: Profiles) -> Keep:
    """The obstacles, with all who use up and who write there."""
    keep, plan = Keep(), profiles.plan
    for unit in obstacles:
        keep.add(unit)
        if unit.kind is VariableKind.CONTENT:
            need_content(plan, keep, unit.contract)
            for party in plan.consumers(unit.contract) or ():
                keep.components.update(dict.fromkeys(party.components))
    profiles.writers.complete(keep)
    return keep


def _find_stalled(part: Slice, task: Task) -> tuple[Compiled, Reached, list[int]]:
    """The slice with all its states, and those from which it cannot be complete."""
    from ...temporal.stall import find_stalled

    compiled = part.compile()
    reached = search(compiled.system, task.limits)
    return compiled, reached, find_stalled(reached, list(map(compiled.is_complete, reached.states)))


class _Stalls(Struct, frozen=True):
    task: Task
    profiles: Profiles
    restriction: Restriction

    def judge(self, obstacles: list[VariableKey]) -> StallAnswer:
        part = self.restriction.build(_keep(obstacles, self.profiles), SliceNames())
        compiled, reached, stalled = _find_stalled(part, self.task)
        return StallAnswer(self._tell(part, compiled, reached, stalled) if stalled else None)

    def _tell(self, part: Slice, compiled: Compiled, reached: Reached, stalled: list[int]) -> FormulaFinding:
        from ...temporal.waiting import tell_position
        from .lift import Lift

        at, stages = compiled.system.index(PIPELINE), part.stretches.stages
        distances = compute_distances(reached, build_weigher(part.weights))
        others = self._costs_of_others(part)

        def price(index: int) -> int:
            place = stages[reached.states[index][at]]
            return distances.cost[index] + place + others[place]

        nearest = min(stalled, key=lambda i: (price(i), i))
        ways = distances.ways([nearest], reached.states)
        story, end = Lift(self.profiles.plan, part, compiled, ways, self.profiles.plan.alone).run(nearest)
        onward = find_reachable([nearest], reached.reached_from)
        furthest = max(reached.states[index][at] for index in onward)
        window = {place for index in stalled for place in part.stretches.covers(reached.states[index][at])}
        return FormulaFinding(
            question=Stall(),
            explanation=tell_position(self.task.vocabulary.positions[stages[furthest]]),
            story=tuple(story),
            window=frozenset(window),
            inevitable=0 in stalled,
            end=end,
            furthest=(stages[furthest],),
        )

    def _costs_of_others(self, part: Slice) -> list[int]:
        """By position the fewest events that units which were cut need before it."""
        kept = [self.profiles.of(unit).costs for unit in self.profiles.plan.leaders(part.units)]
        every = self.profiles.costs
        return [total - sum(costs[at] for costs in kept) for at, total in enumerate(every)]
