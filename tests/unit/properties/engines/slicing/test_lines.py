"""Failures: the course as lines, and each condition by which the lines' answers become those of the whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from msgspec import structs

from skewproof.model.compiler.course import build_course
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import engine as slicing
from skewproof.properties.engines.slicing import plan, short_course
from skewproof.properties.engines.slicing.line_slices import JudgedPart
from skewproof.properties.engines.slicing.lines import list_lines
from skewproof.properties.temporal.questions import list_questions
from skewproof.properties.temporal.way_back import KnownBack, find_stops_alone, find_ways_back
from support.compare import agree, differs

TRAPS = {
    "only the way back breaks": """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [B: [deploy b], A: [deploy a]]
        rollback: [Back: [rollback b, rollback a]]
        changes: {b/y: {breaks: [V2 -> V1]}}
        """,
    "a stop for good": """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [A: [deploy a], B: [deploy b]]
        changes: {b/y: {breaks: [V2 -> V1]}}
        """,
    "who fails early meets nothing": """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [A: [deploy a], B: [deploy b]]
        rollback: [Back: [rollback a]]
        changes: {b/y: {breaks: [V2 -> V1]}}
        """,
    "a service is taken back before its deploy is over": """
        components: {a: {kind: service, replicas: 2, strategy: recreate}, b: {kind: service}}
        requests: {r: [client calls b: x, b calls a: y]}
        pipeline: [A: [deploy a b]]
        rollback: [Back: [rollback b, rollback a]]
        changes: {a/y: {breaks: [V2 -> V1]}}
        """,
    "only what had begun is taken back": """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [One: [start deploy a], Two: [deploy b], Three: [await a]]
        rollback: [Back: [rollback a, rollback b]]
        changes: {b/y: {breaks: both}}
        """,
    "the content that a failed release leaves": """
        components: {a: {kind: service}, c: {kind: cache}}
        requests: {r: [client calls a: x, a reads c: k, a writes c: k]}
        pipeline: [A: [deploy a], Sync: [sync c]]
        rollback: [Back: [rollback a, purge c]]
        changes: {c/k: {breaks: [V2 -> V1]}}
        """,
    "two releases, the second fails": """
        versions: [V1, V2, V3]
        components: {a: {kind: service}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        releases: [[One: [deploy b a]], [Two: [deploy b, deploy a]]]
        rollback: [Back: [rollback b, rollback a]]
        changes: {b/y: {breaks: [V3 -> V2]}}
        """,
}


def failing(text: str) -> Deployment:
    return replace(loads(text), failures=True)


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
@pytest.mark.parametrize("limit", [None, 0, 1])
def test_slices_agree_with_the_whole_where_actions_fail(text: str, limit: int | None) -> None:
    agree(replace(failing(text), max_span=limit))


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_ways_back_told_from_slices_are_those_of_the_whole(text: str) -> None:
    task = Task(failing(text))
    slices = engine("slice").judge(task)
    answers = engine("reference").answer(task, list_questions(task.vocabulary))
    known = KnownBack(slices.met_going_back, find_stops_alone(task.vocabulary, answers))
    assert known.hops is not None
    assert find_ways_back(task, known) == find_ways_back(task)


def test_a_line_for_each_failure_that_can_be_taken_back() -> None:
    deployment = failing(TRAPS["only what had begun is taken back"])
    lines = list(list_lines(build_course(deployment)))
    assert [[position.step for position in line.positions] for line in lines] == [
        ["(before)", "One", "Two", "Three", "(after)"],
        ["(before)", "One", "Two", "Two", "Back", "Back", "(after)"],
        ["(before)", "One", "Two", "Three", "Three", "Back", "Back", "(after)"],
    ]
    assert [line.stop for line in lines] == [None, 3, 4]
    assert len(list(list_lines(build_course(replace(deployment, rollback=None))))) == 1


def test_a_shop_of_fifty_that_fails_is_judged_in_slices() -> None:
    names = [f"s{number}" for number in range(50)]
    hops = ["client calls s0: a", *(f"{a} calls {b}: a" for a, b in pairwise(names))]
    text = f"""
        components: {{{", ".join(f"{name}: {{kind: service, replicas: 3}}" for name in names)}}}
        requests: {{walk: [{", ".join(hops)}]}}
        pipeline: [Roll: [deploy {" ".join(names)}]]
        rollback: [Back: [rollback {" ".join(names)}]]
        changes: {{s25/a: {{breaks: [V2 -> V1]}}}}
        """
    answer = check(loads(text), failures=True)
    assert answer.statistics is not None
    assert answer.statistics.states < 2_000
    assert dict(answer.ways_back) == {"Roll": False}


# --- each condition, taken away ---


def _only_the_main_line(course: Any) -> Any:
    return iter([next(list_lines(course))])


def _main_line_alone(self: JudgedPart, key: Any) -> bool:
    return self.on.plan.line.stop is None and CAN_BE_AVOIDED(self, key)


def _window_of_the_main_line(self: JudgedPart, seen: Any) -> frozenset[int]:
    return WINDOW(self, seen) if self.on.plan.line.stop is None else frozenset()


def _failing_waits(*arguments: Any, **rest: Any) -> Any:
    return [structs.replace(one, is_stopped=False) for one in POSITIONS(*arguments, **rest)]


def _aims_of_the_main_line(move: Any, *rest: Any) -> Any:
    *others, _, migrates = MOVE(move, *rest)
    return (*others, "V2", migrates)


CAN_BE_AVOIDED, WINDOW = JudgedPart.can_be_avoided, JudgedPart.window
POSITIONS, MOVE = short_course._positions, short_course._move

MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "the lines of failures": (plan, "list_lines", _only_the_main_line, "only the way back breaks"),
    "stops for good": (slicing, "with_stops", lambda _, window: window, "a stop for good"),
    "inevitable on each line": (
        JudgedPart,
        "can_be_avoided",
        _main_line_alone,
        "who fails early meets nothing",
    ),
    "the windows of all lines": (JudgedPart, "window", _window_of_the_main_line, "only the way back breaks"),
    "an action that fails is not over": (
        short_course,
        "_positions",
        _failing_waits,
        "a service is taken back before its deploy is over",
    ),
    "what a rollback aims at": (
        short_course,
        "_move",
        _aims_of_the_main_line,
        "only the way back breaks",
    ),
}


@pytest.mark.parametrize(("where", "name", "instead", "trap"), MUTANTS.values(), ids=MUTANTS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = failing(TRAPS[trap])
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)
