"""Random runs: what the tour, which meets each thing once, does not combine."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from random import Random
from time import time
from typing import TYPE_CHECKING
from unittest import SkipTest

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import find as find_minimal
from hypothesis.errors import Flaky, NoSuchExample
from msgspec import Struct

from ...model.compiler.system import EventKind
from .comparison import Comparison
from .course import RequestCourse
from .errors import NOT_THEIRS
from .runs import Result, Run

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

WAIT = 3
"""So many events happen at most between two hops; before the first hop, as many as a rollout has."""

OWN_MOVES = 3
"""So many times likelier the rollout goes on than that others' traffic does something."""


FITFUL = (
    "it failed once, and did not when it was run again: something in the code under test is not the same "
    "each time (the clock, chance, what an earlier run has left)"
)
"""What is said of a failure that does not come again."""


def read_own_settings(max_examples: int | None = None) -> settings:
    """The settings of the Hypothesis profile that is loaded now; real code may take its time, and may be
    unable to follow many a run. How Hypothesis would repeat what it tries is not told: it is no use to who
    has no test function of Hypothesis's, and what repeats a run we say ourselves."""
    patient = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    own = settings(deadline=None, suppress_health_check=patient)
    slow = settings(own, print_blob=False, verbosity=Verbosity.quiet)
    return slow if max_examples is None else settings(slow, max_examples=max_examples)


@st.composite
def _runs(draw: DrawFn, course: RequestCourse) -> Run:
    state, choices = course.initial, []
    for number in range(1, len(course.request.hops) + 1):
        for _ in range(draw(st.integers(0, course.depth if number == 1 else WAIT))):
            moves = [(n, o) for n, o in enumerate(course.options(state)) if o.event.kind is not EventKind.HOP]
            if not moves:
                break
            own = [(n, o) for n, o in moves if o.event.kind is not EventKind.WRITE]
            choice, option = draw(st.sampled_from(own * OWN_MOVES + moves))
            choices.append(choice)
            state = option.reached
        hops = [(n, o) for n, o in enumerate(course.options(state)) if o.event.kind is EventKind.HOP]
        if not hops:
            break
        choice, option = draw(st.sampled_from(hops))
        choices.append(choice)
        state = option.reached
        if option.meeting is not None and option.meeting.is_nobody:
            break
    return Run(course.request.name, tuple(choices))


def runs_of(course: RequestCourse) -> SearchStrategy[Run]:
    """Runs of one request: events of the rollout and of others' traffic, and between them its hops.

    Shrinks to the fewest events, to the pipeline going on before anything else, to old versions.
    """
    return _runs(course)


def runs_of_all(comparison: Comparison) -> SearchStrategy[Run]:
    """Runs of any request; shrinks to the first one of the file."""
    return st.one_of([runs_of(course) for course in comparison.courses.values()])


def read_phases() -> tuple[str, ...]:
    """The names of the phases of the Hypothesis profile that is loaded now, for who does not load it."""
    return tuple(phase.name for phase in settings().phases)


class Effort(Struct, frozen=True):
    """How much chance tries: so many examples, in these phases of Hypothesis, until a moment of `time.time`.

    Without a `seed` of its own it tries what the Hypothesis profile says, and what its database has kept.
    """

    max_examples: int
    until: float = inf
    seed: int | None = None
    phases: tuple[str, ...] = ()

    def read_settings(self) -> settings:
        """The settings of Hypothesis; real code may take its time."""
        own = read_own_settings(self.max_examples)
        phases = [Phase[name] for name in self.phases] if self.phases else own.phases
        if self.seed is None:
            return settings(own, phases=phases)
        return settings(own, phases=phases, derandomize=False, database=None)


class RandomRuns(Struct, frozen=True):
    """What came of random runs: the first that the file does not predict, how many were tried, whether
    there was no time for more, and whether what was wrong was not when it was run again."""

    wrong: Result | None
    tried: int
    is_cut: bool = False
    is_fitful: bool = False


class OutOfTimeError(SkipTest):
    """Ends what Hypothesis tries; of a test that is skipped it keeps nothing to itself."""


class BrokenOffError(SkipTest):
    """Ends what Hypothesis tries, for a `reason` that is no doing of the code under test: tried again it may
    be gone, and what is gone is to Hypothesis a flaky test."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(str(reason))
        self.reason = reason


def explore(comparison: Comparison, effort: Effort, now: Callable[[], float] = time) -> RandomRuns:
    """Random runs of any request, until one shows what the file does not predict."""
    wrong: list[Result] = []
    tried = 0

    own = effort.read_settings()
    phases = [one for one in own.phases if one not in (Phase.shrink, Phase.explain)]

    @settings(own, phases=phases)  # `shorten` does with fewer runs what shrinking would
    @given(run=runs_of_all(comparison))
    def happens_as_predicted(run: Run) -> None:
        nonlocal tried
        if now() >= effort.until:
            raise OutOfTimeError("time is up")
        try:
            result = comparison.run(run)
        except NOT_THEIRS as error:
            raise BrokenOffError(error) from None
        tried += 1
        is_wrong = comparison.judge(result) is not None
        wrong.extend([result] if is_wrong else [])
        assert not is_wrong

    seeded = happens_as_predicted if effort.seed is None else seed(effort.seed)(happens_as_predicted)
    try:
        seeded()
    except Flaky:
        return RandomRuns(wrong[0], tried, is_fitful=True)
    except OutOfTimeError:
        return RandomRuns(wrong[-1] if wrong else None, tried, is_cut=True)
    except BrokenOffError as ended:
        raise ended.reason from None
    except AssertionError:
        if not wrong:
            raise
    return RandomRuns(wrong[-1] if wrong else None, tried)


def find(
    comparison: Comparison, is_wanted: Callable[[Result], bool], *, max_examples: int, seed: int
) -> Result | None:
    """A smallest run whose result is wanted, found and shrunk by Hypothesis; None if none was found."""
    own = settings(read_own_settings(max_examples), database=None)
    known: dict[Run, bool] = {}  # while it shrinks, Hypothesis comes to the same run by many ways

    def holds(run: Run) -> bool:
        if run not in known:
            known[run] = is_wanted(comparison.run(run))
        return known[run]

    luck = Random(seed)  # noqa: S311 - chance, no secret
    try:
        run = find_minimal(runs_of_all(comparison), holds, settings=own, random=luck)
    except NoSuchExample:
        return None
    return shorten(comparison, comparison.run(run), is_wanted)


def shorten(comparison: Comparison, result: Result, is_wanted: Callable[[Result], bool]) -> Result:
    """The result without the events that it does not need: leaves out one event after the other, from
    the last one on, as long as what comes of it is wanted. What an event made possible goes with it."""
    course = comparison.courses[result.run.request]
    position = len(result.run.choices) - 1
    while position >= 0:
        shorter = _without(course, result.run, position)
        tried = comparison.run(shorter) if shorter is not None else None
        if tried is not None and is_wanted(tried) and len(tried.run.choices) < len(result.run.choices):
            result = tried
            position = min(position, len(result.run.choices))
        position -= 1
    return result


def _without(course: RequestCourse, run: Run, left_out: int) -> Run | None:
    """The run without its event at that place; None if that event is a hop, or a hop needs it."""
    before = after = course.initial
    choices: list[int] = []
    for place, number in enumerate(run.choices):
        option = course.options(before)[number]
        before = option.reached
        if place == left_out:
            if option.meeting is not None:
                return None
            continue
        same = [
            (n, o)
            for n, o in enumerate(course.options(after))
            if (o.event.kind, o.event.owner, o.meeting, o.is_noticed)
            == (option.event.kind, option.event.owner, option.meeting, option.is_noticed)
            and (o.meeting is not None or o.event.cause == option.event.cause)
        ]
        if same:
            choices.append(same[0][0])
            after = same[0][1].reached
        elif option.meeting is not None:
            return None
    return Run(run.request, tuple(choices))


def find_failures(comparison: Comparison, *, max_examples: int = 500, seed: int = 0) -> list[Result]:
    """Smallest failing runs, one for each thing that fails: by the broken pairs that the file blames for it,
    or by the hop where it blames none. Stops when `max_examples` random runs show nothing new."""
    known: set[object] = set()
    found: list[Result] = []

    def is_new(result: Result) -> bool:
        return bool(_kinds(result) - known)

    while (result := find(comparison, is_new, max_examples=max_examples, seed=seed)) is not None:
        known |= _kinds(result)
        found.append(result)
    return found


def _kinds(result: Result) -> set[object]:
    """What fails in a run; nothing if nothing does."""
    if result.failure is not None:
        return {(result.run.request, kind) for kind in result.blamed or (result.failure.hop,)}
    return {(result.run.request, result.undeclared)} if result.undeclared is not None else set()
