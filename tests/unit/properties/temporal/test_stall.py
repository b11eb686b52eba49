"""Stalls: states from which nothing complete can be reached, and deployments that plainly have none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.causes import PipelineCause
from skewproof.model.compiler.system import Event, System
from skewproof.model.names import PIPELINE
from skewproof.model.resources.limits import Limits
from skewproof.properties.temporal.stall import cannot_stall, find_stalled
from support.graphs import index_of, letter, letters, reached
from support.tiny import walk


def stalls(arrows: str, complete: str, stops: str = "") -> str:
    found = reached(arrows)
    ends = [letter(found, index) in complete for index in range(len(found.states))]
    return letters(found, find_stalled(found, ends, frozenset(index_of(found, stop) for stop in stops)))


@pytest.mark.parametrize(
    ("arrows", "complete", "where"),
    [
        ("ab bc", "c", ""),
        ("ab ac", "c", "b"),
        ("ab bc", "", "abc"),
        ("ab ba bc", "c", ""),
        ("ab bd db ac", "c", "bd"),
        ("ab", "a", "b"),
    ],
)
def test_what_cannot_reach_the_end_is_stalled(arrows: str, complete: str, where: str) -> None:
    assert stalls(arrows, complete) == where


def test_failing_is_no_way_out_and_a_stop_no_stall() -> None:
    assert stalls("ab bs sc", "c") == ""
    assert stalls("ab bs sc", "c", stops="s") == "ab"
    assert stalls("ab bc bs", "c", stops="s") == ""


TEXT = """
components: {{a: {{kind: service}}, w: {{kind: worker}}, q: {{kind: broker}}}}
requests: {{put: [client calls a: x, a publishes q: m], take: [w consumes q: m]}}
pipeline: {pipeline}
changes: {{q/m: {{breaks: none}}}}
"""


@pytest.mark.parametrize(
    ("pipeline", "is_plain"),
    [
        ("[One: [deploy a]]", True),
        ("[One: [deploy a w], Two: [suspend w]]", True),
        ("[One: [start deploy a], Two: [await a]]", True),
        ("[One: [deploy a when w.suspended]]", False),
        ("[One: [suspend w], Two: [deploy a when w.suspended]]", True),
        ("[One: [deploy a], Two: [drain q]]", True),
        ("[Zero: [suspend w], One: [deploy a], Two: [drain q]]", False),
        ("[One, Two]", True),
    ],
)
def test_what_gets_out_of_each_position_plainly_cannot_stall(pipeline: str, is_plain: bool) -> None:
    compiled = walk(TEXT.format(pipeline=pipeline)).compiled
    assert cannot_stall(compiled, Limits()) == is_plain


@pytest.mark.parametrize(
    ("pipeline", "is_plain"),
    [("[One: [deploy a], Two: [deploy w]]", True), ("[One: [deploy a when w.suspended]]", False)],
)
def test_a_failure_is_no_stall_and_no_way_out_of_one(pipeline: str, is_plain: bool) -> None:
    compiled = walk(TEXT.format(pipeline=pipeline), failures=True).compiled
    assert cannot_stall(compiled, Limits()) == is_plain


def test_a_copy_that_is_over_in_one_of_several_ways_gets_out() -> None:
    text = """
    components: {a: {kind: service}, db: {kind: database}, c: {kind: cache}}
    requests: {ask: [client calls a: x, a reads db: t, a reads c: k]}
    pipeline: [One: [migrate db], Two: [sync c]]
    changes: {db/t: {breaks: none}, c/k: {breaks: none, from: db/t}}
    """
    assert cannot_stall(walk(text).compiled, Limits())


@pytest.mark.parametrize(("here", "there"), [(2, 1), (1, 1)])
def test_of_a_pipeline_that_could_go_round_nothing_is_plain(here: int, there: int) -> None:
    compiled = walk(TEXT.format(pipeline="[One, Two]")).compiled
    places, positions = compiled.vocabulary.lives[PIPELINE].domain, compiled.vocabulary.positions
    back = Event(
        PipelineCause(positions[here], positions[there]),
        {PIPELINE: frozenset({places[here]})},
        {PIPELINE: places[there]},
        PIPELINE,
    )
    system = System(compiled.system.variables, (*compiled.system.events, back))
    assert not cannot_stall(replace(compiled, system=system), Limits())


def explored(text: str) -> int:
    """How many states were looked at to see that it cannot stall."""
    limits = Limits()
    assert cannot_stall(walk(text).compiled, limits)
    return limits.progress.states


@pytest.mark.parametrize(
    ("also", "end"),
    [("{n} publishes q: m, {n} consumes q: m", ""), ("{n} publishes q: m", ", Two: [drain q to V2]")],
    ids=["a queue that nothing waits for", "who fills the queue that is waited for"],
)
def test_what_has_nothing_to_do_with_each_other_is_looked_at_apart(also: str, end: str) -> None:
    """Each of six services has three states, at each place of the pipeline: together 3**6."""
    text = """
    components: {COMPONENTS, c: {kind: cache}, q: {kind: broker}}
    requests: {REQUESTS}
    pipeline: [One: [DEPLOYS]END]
    changes: {c/k: {breaks: none}, q/m: {breaks: none}}
    """
    names = [f"s{number}" for number in range(6)]
    requests = (f"r{n}: [client calls {n}: x, {n} writes c: k, {also.format(n=n)}]" for n in names)
    parts = {
        "COMPONENTS": ", ".join(f"{name}: {{kind: service}}" for name in names),
        "REQUESTS": ", ".join(requests),
        "DEPLOYS": ", ".join(f"start deploy {name}" for name in names),
        "END": end,
    }
    for word, part in parts.items():
        text = text.replace(word, part)
    assert explored(text) < 3**6


def test_what_only_another_part_could_bring_is_no_way_out() -> None:
    """Nobody deploys the writer: seen without it, its write could happen."""
    text = """
    components: {a: {kind: service}, b: {kind: service}, c: {kind: cache}}
    requests: {ask: [client calls a: x, a writes c: k], other: [client calls b: y]}
    pipeline: [One: [deploy b when V2 in c]]
    changes: {c/k: {breaks: none}}
    """
    assert not cannot_stall(walk(text).compiled, Limits())
    assert cannot_stall(walk(text.replace("V2 in c", "V1 in c")).compiled, Limits())
    later = text.replace("V2 in c]]", "V2 in c], Two: [deploy a]]")
    assert not cannot_stall(walk(later).compiled, Limits()), "the writer comes when it is too late"
