"""Engines in turn: what a share ends, who comes next, what stays known."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from msgspec import structs

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import (
    LimitError,
    Limits,
    MemoryLimitError,
    ShareLimitError,
    StateLimitError,
    TimeLimitError,
)
from skewproof.properties import Unknown, Unsafe, check
from skewproof.properties.engines import choice, registry, turns
from skewproof.properties.engines.choice import FIRST
from skewproof.properties.engines.protocol import Engine, EngineRefusesError, Judgement
from skewproof.properties.engines.registry import ENGINES
from skewproof.properties.engines.turns import Round, Turn
from skewproof.properties.temporal.answers import Answers
from skewproof.properties.temporal.questions import Questions, list_questions
from skewproof.properties.verdict import Beside, LeftOpen

NAMES = [f"s{number}" for number in range(4)]
CHAIN = loads(
    f"""
    components: {{{", ".join(f"{name}: {{kind: service, replicas: 2}}" for name in NAMES)}}}
    requests: {{r: [client calls s0: a, s0 calls s1: a, s1 calls s2: a, s2 calls s3: a]}}
    pipeline: [Roll: [deploy {" ".join(NAMES)}]]
    changes: {{s1/a: {{breaks: both}}, s2/a: {{breaks: [V1 -> V2]}}, s3/a: {{breaks: none}}}}
    properties: {{up: always s1.up >= 4, done: eventually all s0 at V2}}
    """
)
FOUND = registry.engine("slice").judge(Task(CHAIN))


@dataclass(frozen=True)
class Fake:
    """Comes as far as it is told, and remembers what it was allowed."""

    name: str
    come: Callable[[Limits], Judgement]
    seen: list[Limits] = field(default_factory=list)
    summary: str = "comes as far as it is told"

    def refuses(self, task: Task) -> None:
        return None

    def judge(self, task: Task) -> Judgement:
        self.seen.append(task.limits)
        return self.come(task.limits)

    def answer(self, task: Task, questions: Questions) -> Answers:
        self.seen.append(task.limits)
        try:
            self.come(task.limits)
        except LimitError as limit:
            return Answers(left_open=questions, limit=limit)
        return registry.engine("reference").answer(task, questions)


def finds(limits: Limits) -> Judgement:
    return FOUND


def lists(states: int, judged: int = 0) -> Callable[[Limits], Judgement]:
    """Needs so many states in one search, and has judged so many requests when it is ended."""

    def come(limits: Limits) -> Judgement:
        limits.progress.done = judged
        if states > limits.listed_states:
            raise StateLimitError(limits.listed_states)
        limits.check(states)
        limits.progress.search_over(states)
        return FOUND

    return come


def fails(limit: LimitError | EngineRefusesError) -> Callable[[Limits], Judgement]:
    def come(limits: Limits) -> Judgement:
        raise limit

    return come


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Mapping[str, Fake]]:
    def put(**come: Callable[[Limits], Judgement]) -> Mapping[str, Fake]:
        fakes = {name: Fake(name, come[name]) for name in ENGINES}
        known: Callable[[str], Engine] = fakes.__getitem__
        monkeypatch.setattr(turns, "engine", known)
        return fakes

    return put


Put = Callable[..., Mapping[str, Fake]]


def judged(task: Task) -> tuple[Judgement, list[tuple[str, str]]]:
    found = choice.ENGINE.judge(task)
    return found, [(one.engine, one.ended) for one in task.limits.progress.attempts]


def test_the_cheapest_engine_that_answers_is_the_last_one_tried(engines: Put) -> None:
    fakes = engines(slice=lists(100), reference=finds, symbolic=finds)
    found, attempts = judged(Task(CHAIN))
    assert attempts == [("slice", "")]
    assert found.found == FOUND.found
    assert not fakes["reference"].seen


def test_whose_share_is_spent_is_left_for_the_next(engines: Put) -> None:
    engines(slice=lists(300_000), reference=lists(20_001), symbolic=finds)
    found, attempts = judged(Task(CHAIN))
    assert [name for name, _ in attempts] == ["slice", "reference", "symbolic"]
    assert found.choice == "slice: more than 200,000 states; reference: more than 20,000 states"


def test_states_of_all_searches_together_are_a_share_too(engines: Put) -> None:
    def many_small_searches(limits: Limits) -> Judgement:
        for _ in range(600):
            lists(1_000)(limits)
        return FOUND

    engines(slice=many_small_searches, reference=finds, symbolic=finds)
    _, attempts = judged(Task(CHAIN))
    assert attempts == [("slice", "more than 520,000 states in all searches"), ("reference", "")], (
        "500,000, and 5,000 for each of 4 hops"
    )


def test_who_judged_more_has_what_is_left(engines: Put) -> None:
    engines(slice=lists(300_000), reference=lists(40_000, judged=1), symbolic=fails(MemoryLimitError(7)))
    _, attempts = judged(Task(CHAIN))
    assert [name for name, _ in attempts] == ["slice", "reference", "symbolic", "reference"]
    engines(slice=lists(300_000), reference=lists(40_000), symbolic=fails(MemoryLimitError(7)))
    _, attempts = judged(Task(CHAIN))
    assert [name for name, _ in attempts] == ["slice", "reference", "symbolic", "slice"]


def test_a_share_leaves_time_and_memory_to_the_others(engines: Put) -> None:
    now_s = time.monotonic()
    limits = Limits(deadline_s=now_s + 100, max_memory_mib=4_000)
    fakes = engines(slice=lists(300_000), reference=lists(30_000), symbolic=fails(MemoryLimitError(7)))
    choice.ENGINE.judge(Task(CHAIN, limits=limits))
    first, last = fakes["slice"].seen
    assert first.deadline_s == pytest.approx(now_s + 50, abs=10)
    assert first.memory_mib < 3_000, "half of what the process does not hold yet"
    assert last.deadline_s == pytest.approx(now_s + 100 / 3, abs=10), "two others may come after it"
    assert (last.max_states, last.max_work) == (None, None)


def test_without_a_deadline_shares_have_none(engines: Put) -> None:
    fakes = engines(slice=lists(300_000), reference=lists(30_000), symbolic=finds)
    choice.ENGINE.judge(Task(CHAIN))
    assert {limits.deadline_s for fake in fakes.values() for limits in fake.seen} == {None}


def test_the_limits_of_the_question_hold_for_all_together(engines: Put) -> None:
    engines(slice=lists(300), reference=lists(300), symbolic=lists(300))
    with pytest.raises(StateLimitError, match="more than 299 states"):
        judged(Task(CHAIN, limits=Limits(max_states=299)))
    with pytest.raises(TimeLimitError):
        judged(Task(CHAIN, limits=Limits(deadline_s=time.monotonic() - 1)))


def test_an_engine_that_refuses_has_no_second_turn(engines: Put) -> None:
    fakes = engines(
        slice=fails(EngineRefusesError("no")),
        reference=lists(30_000),
        symbolic=fails(EngineRefusesError("not here")),
    )
    found, attempts = judged(Task(CHAIN))
    assert attempts == [("reference", "more than 20,000 states"), ("reference", "")]
    assert found.choice == "no; not here; reference: more than 20,000 states"
    assert len(fakes["slice"].seen) == 1


@pytest.mark.parametrize("limit", [StateLimitError(7), MemoryLimitError(7), TimeLimitError()])
def test_hazards_that_are_known_stay_known(engines: Put, limit: LimitError) -> None:
    left_open = (LeftOpen(Beside.AVOIDABLE, "no time left", "--timeout"),)
    partly = structs.replace(FOUND, avoidable=None, left_open=left_open)
    engines(slice=lambda _: partly, reference=fails(limit), symbolic=fails(limit))
    found, _ = judged(Task(CHAIN))
    assert (found.found, found.left_open) == (FOUND.found, left_open)
    engines(slice=lambda _: partly, reference=fails(limit), symbolic=finds)
    found, _ = judged(Task(CHAIN))
    assert found.left_open == (), "the next engine has the whole answer"


@pytest.mark.parametrize(("deadline", "rounds"), [(None, 1), (3600.0, 2)])
def test_what_is_asked_beside_known_hazards_has_time_without_end_only_if_it_is_given(
    engines: Put, deadline: float | None, rounds: int
) -> None:
    left_open = (LeftOpen(Beside.AVOIDABLE, "more than 200,000 states", "--max-states"),)
    partly = structs.replace(FOUND, avoidable=None, left_open=left_open)
    limit = StateLimitError(7)
    fakes = engines(slice=lambda _: partly, reference=fails(limit), symbolic=fails(limit))
    deadline_s = None if deadline is None else time.monotonic() + deadline
    found, _ = judged(Task(CHAIN, limits=Limits(deadline_s=deadline_s)))
    assert (found.found, found.left_open) == (FOUND.found, left_open)
    assert [len(fakes[name].seen) for name in ENGINES] == [rounds] * 3


@pytest.mark.parametrize("hazards", [0, 1])
def test_what_is_left_open_is_so_for_what_ended_the_last_turn(engines: Put, hazards: int) -> None:
    """Not for the share of an earlier one that found more."""

    def cut_short(limit: LimitError, found: int) -> Judgement:
        left_open = (LeftOpen(Beside.AVOIDABLE, str(limit), limit.option),)
        return structs.replace(FOUND, found=FOUND.found[:found], left_open=left_open, ended=limit)

    turns_of_slices = iter([cut_short(ShareLimitError("a part"), 1), cut_short(TimeLimitError(), hazards)])
    engines(
        slice=lambda _: next(turns_of_slices),
        reference=fails(EngineRefusesError("no")),
        symbolic=fails(EngineRefusesError("no")),
    )
    found, _ = judged(Task(CHAIN, limits=Limits(deadline_s=time.monotonic() + 3600)))
    assert found.found == FOUND.found[:1]
    assert found.left_open == (LeftOpen(Beside.AVOIDABLE, "no time left", "--timeout"),)
    assert isinstance(found.ended, TimeLimitError)


def test_answers_that_are_known_stay_known(engines: Put) -> None:
    """The property that is violated is told, though time is up for the others."""
    task = Task(CHAIN)
    questions = list_questions(task.vocabulary)
    known = registry.engine("reference").answer(task, Questions(stated=questions.stated[:1]))
    first = known if known.found else registry.engine("reference").answer(task, questions)
    rest = structs.replace(questions, stated=questions.stated[1:])
    partly = structs.replace(first, left_open=rest, limit=None)
    engines(slice=finds, reference=fails(TimeLimitError()), symbolic=fails(TimeLimitError()))

    class Begins(Fake):
        def answer(self, task: Task, questions: Questions) -> Answers:
            return partly

    answers = choice.settle(Begins("slice", finds), task, questions)
    assert answers.found == partly.found
    assert answers.found
    assert answers.left_open == rest
    assert isinstance(answers.limit, TimeLimitError)


def test_no_share_changes_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is ended by a share of nearly nothing, the answer is that of who lists everything."""
    listed = check(CHAIN, engine="reference")
    tiny = tuple(structs.replace(turn, search_states=10, work=10, work_a_hop=0) for turn in FIRST)
    for first in (tiny, tiny[1:], (tiny[0], tiny[2]), (*tiny[:2], FIRST[2])):
        monkeypatch.setattr(choice, "FIRST", first)
        limits = Limits()
        answer = check(CHAIN, limits=limits)
        assert isinstance(answer.verdict, Unsafe)
        assert len(limits.progress.attempts) > 2
        told = [(one.id, len(one.trace), one.window) for one in answer.at_hops]
        assert told == [(one.id, len(one.trace), one.window) for one in listed.at_hops]
        assert [one.id for one in answer.of_properties] == [one.id for one in listed.of_properties]
        assert (answer.avoidable, answer.left_open) == (listed.avoidable, ())


def test_a_limit_that_ends_all_engines_is_told() -> None:
    limits = Limits(max_states=5)
    answer = check(CHAIN, limits=limits)
    assert isinstance(answer.verdict, Unknown)
    assert "more than 5 states" in answer.verdict.reason
    assert {one.engine for one in limits.progress.attempts} >= {"slice", "reference", "symbolic"}


def test_a_turn_that_was_ended_frees_what_it_held() -> None:
    class Held:
        pass

    freed: list[object] = []

    def work(one: Engine, under: Task) -> None:
        held = Held()
        weakref.finalize(held, freed.append, True)
        raise StateLimitError(7)

    Round(Task(CHAIN), "hops").take(Turn("reference", parts=2), work)
    assert freed
