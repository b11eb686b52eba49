"""Instances that restart, and breaks by verb: each condition of the slicer, taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Component, Deployment, Verb
from skewproof.model.language import loads
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import quotient, restrict, whole_system
from skewproof.properties.engines.slicing.doors import Doors
from support.compare import agree, differs

TRAPS = {
    "who is down restarts, and that is no hazard": """
        components:
          a: {kind: service, restarts: true}
          b: {kind: service, strategy: recreate, restarts: true}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [One: [deploy a b]]
        changes: {b/y: {breaks: both}}
        """,
    "who is down for the roll-out is a hazard": """
        components: {a: {kind: service, replicas: 2, restarts: true, strategy: recreate}}
        requests: {r: [client calls a: x]}
        pipeline: [One: [deploy a]]
        changes: {}
        """,
    "one is retired, and the other restarts": """
        components: {a: {kind: service, replicas: 2, max_surge: 0, max_unavailable: 1, restarts: true}}
        requests: {r: [client calls a: x]}
        pipeline: [One: [deploy a]]
        changes: {}
        """,
    "a restart is no roll-out, and a move does not wait for it": """
        components: {a: {kind: service, replicas: 2, restarts: true}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y using x]}
        pipeline: [One: [deploy a], Two: [deploy b]]
        changes: {a/x: {breaks: none}, b/y: {breaks: {call: [V1 -> V2], token: [V2 -> V1]}}}
        """,
    "a door that is shut without a hazard": """
        components: {a: {kind: service, restarts: true}, b: {kind: service, replicas: 2}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y, b calls c: z], s: [client calls b: y]}
        pipeline: [One: [deploy b], Two: [deploy c]]
        changes: {c/z: {breaks: [V2 -> V1]}}
        """,
    "a door that is shut without a hazard, once fewer are wanted": """
        components:
          a: {kind: service, restarts: true, replicas: {V1: 2, V2: 1}}
          b: {kind: service}
          c: {kind: service}
        requests: {r: [client calls a: x, client calls b: y, b calls c: z]}
        pipeline: [One: [deploy a], Two: [deploy b], Three: [deploy c]]
        changes: {c/z: {breaks: [V2 -> V1]}}
        """,
    "a break of one verb alone": """
        components: {a: {kind: service}, d: {kind: database}}
        requests: {r: [client calls a: x, a reads d: t], w: [client calls a: x, a writes d: t]}
        pipeline: [One: [migrate d], Two: [deploy a]]
        changes: {d/t: {breaks: {schema: {writes: [V1 -> V2]}}}}
        """,
    "a break of a verb that has another name in the slice": """
        components: {a: {kind: service}, q: {kind: broker}, w: {kind: worker}}
        requests: {r: [client calls a: x, a publishes q: m], j: [w consumes q: m]}
        pipeline: [One: [reconfigure q], Two: [deploy a], Three: [deploy w]]
        changes: {q/m: {breaks: {schema: {publishes: [V1 -> V2]}, content: {consumes: [V1 -> V2]}}}}
        """,
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole(text: str) -> None:
    deployment = loads(text)
    assert engine("slice").refuses(Task(deployment)) is None
    agree(deployment)


def steady(build: Callable[..., Any]) -> Callable[..., Any]:
    """Components of the slice, whose instances do not restart."""
    return lambda *given, **said: build(*given, **{**said, "restarts": 0})


def unmoved(rollout: Any) -> Any:
    return quotient.build_quotient(replace(rollout, restarts={}, returns={}))


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "that instances restart, where one is missing": (
        restrict,
        "Component",
        steady(Component),
        "who is down restarts, and that is no hazard",
    ),
    "the events of the machine by which they do": (
        restrict,
        "build_quotient",
        unmoved,
        "one is retired, and the other restarts",
    ),
    "the events of the whole by which they do": (
        whole_system,
        "build_restart_events_of",
        lambda *_: [],
        "one is retired, and the other restarts",
    ),
    "the doors that are shut without a hazard": (
        Doors,
        "keep_harmless",
        lambda *_: None,
        "a door that is shut without a hazard",
    ),
    "how many are wanted at other times": (
        Deployment,
        "can_be_shut",
        property(lambda whole: frozenset(n for n, c in whole.components.items() if c.all_can_restart)),
        "a door that is shut without a hazard, once fewer are wanted",
    ),
    "the verb": (
        restrict,
        "_list_breaks",
        lambda change, _: change.breaks,
        "a break of one verb alone",
    ),
    "the verb of the whole": (
        restrict,
        "_list_breaks",
        lambda change, _: {
            aspect: frozenset().union(*(change.pairs_in(aspect, verb) for verb in (Verb.WRITES, Verb.READS)))
            for aspect in change.breaks
        },
        "a break of a verb that has another name in the slice",
    ),
}


@pytest.mark.parametrize(("where", "name", "instead", "trap"), MUTANTS.values(), ids=MUTANTS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, instead)
    assert differs(loads(TRAPS[trap]))


def test_what_can_be_avoided_with_two_doors_asks_for_no_more() -> None:
    """Of forty callers each can be down; where two are, no request comes through."""
    names = [f"s{number}" for number in range(40)]
    calls = ", ".join(f"{a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False))
    kinds = ", ".join(f"{name}: {{kind: service, restarts: true}}" for name in names)
    text = f"""
        components: {{{kinds}}}
        requests: {{r: [{calls}]}}
        pipeline: [Roll: [deploy {" ".join(names)}]]
        changes: {{s39/x: {{breaks: [V2 -> V1]}}}}
        """
    judgement = engine("slice").judge(Task(loads(text)))
    (found,) = judgement.found
    assert (found.inevitable, judgement.avoidable, judgement.states < 20_000) == (False, True, True)
