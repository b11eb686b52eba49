"""Slices in which no hazard is met, told from parts that only the pipeline connects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import harmless, profile, solve
from skewproof.properties.engines.slicing.harmless import Harmless, SearchedParts, find_harmless, split
from support.compare import agree, told

CHAIN = """
    components: {a: {kind: service}, b: {kind: service}, c: {kind: service}, d: {kind: service}}
    requests:
      walk: [client calls a: x, a calls b: x since V2, b calls c: x since V2, c calls d: x]
    pipeline: [One: [deploy c], Two: [deploy a], Three: [deploy b d]]
    rollback: [Back: [rollback a b c d]]
    changes: {a/x: {breaks: none}, b/x: {breaks: none}, c/x: {breaks: none}, d/x: {breaks: none}}
    """
"""The versions of a and of b say whether c is called."""
STANDS = """
    components:
      a: {kind: service, terminates: later, restarts: 1}
      b: {kind: service, readiness: event, replicas: 2}
    requests: {walk: [client calls a: x, a calls b: x]}
    pipeline: [One: [deploy a], Two: [deploy b]]
    rollback: [Back: [rollback a b]]
    changes: {a/x: {breaks: none}, b/x: {breaks: none}}
    """
STUCK = """
    components:
      a: {kind: service}
      b: {kind: service, readiness: {V2: c.up(V2)}}
      c: {kind: service, readiness: {V2: b.up(V2)}}
      e: {kind: service}
    requests: {walk: [client calls e: x, e calls a: x]}
    pipeline: [One: [deploy b c], Two: [deploy a]]
    changes: {e/x: {breaks: none}, a/x: {breaks: none}}
    """
"""The pipeline never comes to a."""
CASES = {
    "a chain of hops of some versions": CHAIN,
    "called by one version alone": CHAIN.replace("d/x: {breaks: none}", "d/x: {breaks: [V1 -> V2]}"),
    "a table": CHAIN.replace("d: {kind: service}", "d: {kind: database}")
    .replace("c calls d", "c writes d")
    .replace("deploy b d", "deploy b, migrate d")
    .replace("rollback a b c d", "rollback a b c"),
    "an instance that takes no calls": STANDS,
    "cut off": STANDS.replace("b: {", "b: {drain: abrupt, "),
    "a limit on steps": STANDS.replace("    changes", "    assume: {max_span: 1}\n    changes"),
    "a pipeline that is stuck": STUCK,
}


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """SearchedParts are asked of every slice; whether they told."""
    found: list[bool] = []
    real = harmless.find_harmless

    def find(*args: Any, **said: Any) -> Any:
        answer = real(*args, **said)
        found.append(answer is not None)
        return answer

    monkeypatch.setattr(solve, "FEW_STATES", 1)
    monkeypatch.setattr(solve, "find_harmless", find)
    return found


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_slices_agree_with_the_whole(text: str, asked: list[bool], *, fails: bool) -> None:
    deployment = loads(text)
    agree(replace(deployment, failures=fails and deployment.rollback is not None))
    assert any(asked)


def test_parts_have_the_states_of_the_whole() -> None:
    system = compile_deployment(loads(CHAIN)).system
    parts = split(system, Limits())
    assert parts is not None
    assert len(parts.found) == 4
    assert parts.states < 200


def test_those_of_which_either_lets_the_pipeline_go_on_are_one_part() -> None:
    either, both = (
        CHAIN.replace("[deploy a]", f"[start deploy a, await a when b.up(V1) {word} d.up(V1)]")
        for word in ("or", "and")
    )
    count = (split(compile_deployment(loads(text)).system, Limits()) for text in (either, both))
    assert [parts and len(parts.found) for parts in count] == [3, 4]


def test_all_parts_together_have_no_more_states_than_are_listed() -> None:
    system = compile_deployment(loads(CHAIN)).system
    parts = split(system, Limits())
    assert parts is not None
    most = max(len(part.reached.states) for part in parts.found)
    with pytest.raises(StateLimitError, match=f"{most:,}"):
        split(system, Limits(most))


def test_parts_of_too_many_states_tell_nothing() -> None:
    deployment = loads(STANDS)
    compiled = compile_deployment(deployment, deployment.requests[0])
    compiled = structs.replace(compiled, system=solve._until(compiled.system, 2))

    def tell(limits: Limits) -> Harmless | None:
        return find_harmless(compiled, 2, (), limits, is_at_once=False)

    told = tell(Limits())
    assert told is not None
    assert told.can_complete
    assert tell(Limits(told.states)) == told
    assert tell(Limits(told.states - 1)) is None


# --- each part, taken away ---


def test_a_position_counts_that_all_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def anywhere(parts: SearchedParts) -> frozenset[int]:
        return frozenset().union(*(part.here for part in parts.found))

    whole = told(engine("reference").judge(Task(loads(STUCK))))
    monkeypatch.setattr(SearchedParts, "positions", property(anywhere))
    with pytest.raises(KeyError):
        engine("slice").judge(Task(loads(STUCK)))
    assert not whole["mixed"]


def test_who_says_whether_a_hop_is_run_takes_calls_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old version that lets requests go on, and takes no more, calls whom nobody calls any more."""
    lets = (
        CASES["called by one version alone"]
        .replace("since V2, b", "until V1, b")
        .replace("a: {kind: service}", "a: {kind: service, terminates: later}")
    )
    agree(loads(lets))
    whole = told(engine("reference").judge(Task(loads(lets))))
    monkeypatch.setattr(profile, "_keeps_serving", lambda *_: True)
    assert told(engine("slice").judge(Task(loads(lets)))) != whole
