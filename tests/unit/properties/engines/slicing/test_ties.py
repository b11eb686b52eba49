"""Actions and instances that wait for others: each condition of the slicer, taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import VariableKey, instances_of
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import plan, restrict, settled, ties
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.quotient import build_quotient
from support.compare import agree, differs

TRAPS = {
    "a migration waits for the second new instance": """
        components: {a: {kind: service, replicas: 3}, d: {kind: database}}
        requests: {r: [client calls a: x, a writes d: t]}
        pipeline: [Roll: [start deploy a, migrate d when a.up(V2) >= 2], End: [await a]]
        changes: {d/t: {breaks: {schema: [V1 -> V2]}}}
        """,
    "what was cut waits for what was cut": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}, e: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y], q: [client calls c: z, c calls e: w]}
        pipeline: [One: [start deploy c, deploy e when all c at V2], Two: [deploy a], Three: [deploy b]]
        changes: {b/y: {breaks: [V2 -> V1, V1 -> V2]}}
        """,
    "the pipeline waits for a predicate, and for no move": """
        components: {b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls b: x, b calls c: y]}
        pipeline: [One: [start deploy b], Two: [await c when all b at V2], Three: [deploy c]]
        changes: {c/y: {breaks: [V1 -> V2]}}
        """,
    "a writer is ready when a reader is new": """
        components:
          s: {kind: service}
          a: {kind: service, readiness: all s at V2}
          b: {kind: service}
          c: {kind: cache}
        requests:
          r: [client calls s: x, s reads c: k]
          wa: [client calls a: y, a writes c: k]
          wb: [client calls b: z, b calls a: z, a writes c: k]
        pipeline: [Roll: [deploy s a b], Sync: [sync c]]
        changes: {c/k: {breaks: {content: [V1 -> V2]}}}
        """,
    "two wait for each other, for ever": """
        components: {a: {kind: service, readiness: all b at V2}, b: {kind: service, readiness: all a at V2}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [Roll: [deploy a b]]
        changes: {b/y: {breaks: both}}
        """,
    "a canary, a flag and a worker": """
        components:
          a: {kind: service, replicas: 2, strategy: {canary: 1}}
          w: {kind: worker}
          q: {kind: broker}
        requests: {r: [client calls a: x, a publishes q: m], job: [w consumes q: m, w calls a: y]}
        pipeline:
          - One: [suspend w, deploy a when w.suspended]
          - Two: [start promote a when f.on, enable f]
          - Three: [await a, deploy w, resume w when all w at V2]
        flags: {f: {guards: [a/y]}}
        changes: {q/m: {breaks: both}, a/y: {breaks: [V1 -> V2]}}
        """,
    "a background move is held for good": """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [One: [start deploy a when all b at V1], Two: [deploy b]]
        changes: {b/y: {breaks: [V1 -> V2]}}
        """,
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
@pytest.mark.parametrize("limit", [None, 0])
def test_slices_agree_with_the_whole(text: str, limit: int | None) -> None:
    agree(replace(loads(text), max_span=limit))


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole_where_actions_fail(text: str) -> None:
    deployment = loads(text)
    name = next(iter(deployment.components))
    back = loads(text.rstrip() + f"\n        rollback: [Back: [rollback {name}]]\n")
    agree(replace(back, failures=True))


@pytest.mark.parametrize(
    "predicate", ["V1 in c/k", "c/k is empty", "not after One", "all a at V2 implies in One"]
)
def test_what_looks_at_contents_or_at_the_pipeline_is_refused(predicate: str) -> None:
    text = f"""
        components: {{a: {{kind: service}}, b: {{kind: service}}, c: {{kind: cache}}}}
        requests: {{r: [client calls a: x, a reads c: k]}}
        pipeline: [One: [deploy a], Two: [deploy b when {predicate}]]
        changes: {{c/k: {{breaks: both}}}}
        """
    why = engine("slice").refuses(Task(loads(text)))
    assert why is not None
    assert "where something waits for it" in why


def test_clusters_that_share_a_unit_are_one() -> None:
    a, b, c, d = (instances_of(name) for name in "abcd")
    clusters = ties.join_clusters([[a, b], [c], [b, d]])
    assert set(clusters[a]) == {a, b, d}
    assert clusters[a] == clusters[b] == clusters[d]
    assert clusters[c] == (c,)


# --- each condition, taken away ---


def _each_for_itself(self: SlicePlan, units: Iterable[VariableKey]) -> Iterator[VariableKey]:
    return (unit for unit in units if unit in self.actions)


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "machines that are looked at": (
        restrict,
        "keep_whole",
        build_quotient,
        "a migration waits for the second new instance",
    ),
    "the price of a cluster": (
        SlicePlan,
        "leaders",
        _each_for_itself,
        "what was cut waits for what was cut",
    ),
    "the pipeline's own waiting": (
        plan,
        "ONLY_WAITING",
        frozenset(),
        "the pipeline waits for a predicate, and for no move",
    ),
    "what an action waits for": (
        settled.Settled,
        "condition",
        lambda *_: None,
        "a migration waits for the second new instance",
    ),
    "what an instance waits for": (
        restrict.SliceBuilder,
        "_readiness",
        lambda *_: None,
        "two wait for each other, for ever",
    ),
}


@pytest.mark.parametrize(("where", "name", "instead", "trap"), MUTANTS.values(), ids=MUTANTS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = loads(TRAPS[trap])
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)
