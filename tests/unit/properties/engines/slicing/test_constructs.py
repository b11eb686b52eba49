"""What slices know beside roll-outs, stores and flags: each condition of the slicer, taken away."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import VariableKey, VariableKind
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import quotient, restrict, short_course
from skewproof.properties.engines.slicing.cone import Cone
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.request_walk import Walk
from support.compare import agree, differs

TRAPS = {
    "who terminates takes no messages": """
        components:
          a: {kind: service}
          w: {kind: service, strategy: recreate, terminates: later}
          q: {kind: broker}
        requests:
          put: [client calls a: x, a publishes q: m]
          take: [client calls w: y, w consumes q: m]
        pipeline: [One: [deploy w], Two: [drain q], Three: [deploy a]]
        changes: {q/m: {breaks: [V2 -> V1]}}
        """,
    "who terminates writes on": """
        components:
          a: {kind: service}
          b: {kind: service, strategy: recreate, terminates: later}
          cache: {kind: cache}
        requests:
          r: [client calls a: x, a reads cache: c]
          w: [client calls b: y, b writes cache: c]
        pipeline: [One: [deploy b], Two: [sync cache], Three: [deploy a]]
        changes: {cache/c: {breaks: [V2 -> V1, V1 -> V2]}}
        """,
    "the request stands on one that terminates": """
        components: {a: {kind: service, terminates: later}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [One: [deploy a], Two: [deploy b]]
        changes: {b/y: {breaks: [V1 -> V2]}}
        """,
    "a version passes the call over": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y since V2, b calls c: z]}
        pipeline: [One: [deploy c], Two: [deploy a], Three: [deploy b]]
        changes: {c/z: {breaks: [V1 -> V2]}}
        """,
    "a version passes over what obtains": """
        components: {a: {kind: service}, b: {kind: service}, db: {kind: database}}
        requests: {r: [client calls a: x, a reads db: t until V1, client calls b: y using db/t]}
        pipeline: [One: [deploy a], Two: [migrate db], Three: [deploy b]]
        changes: {db/t: {breaks: none}, b/y: {breaks: {token: [V2 -> V1]}}}
        """,
    "a version does not write": """
        components: {a: {kind: service}, b: {kind: service}, cache: {kind: cache}}
        requests:
          r: [client calls a: x, a reads cache: c]
          w: [client calls b: y, b writes cache: c until V1]
        pipeline: [One: [deploy b], Two: [purge cache], Three: [deploy a]]
        changes: {cache/c: {breaks: both, starts: empty}}
        """,
    "what is held may have been passed over": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}, d: {kind: service}}
        requests:
          r: [client calls a: x, a calls b: y since V2, client calls c: u, c calls d: z using a/x]
        pipeline: [One: [deploy d], Two: [deploy a], Three: [deploy b c]]
        changes: {a/x: {breaks: none}, d/z: {breaks: both}}
        """,
    "rows go with their table": """
        components: {a: {kind: service}, b: {kind: service}, db: {kind: database}}
        requests:
          r: [client calls a: x, a reads db: t]
          w: [client calls b: y, b writes db: t]
        pipeline: [One: [deploy b], Two: [migrate db], Three: [deploy a]]
        changes: {db/t: {breaks: {content: both}, rows: kept, exists: [V1]}}
        """,
    "a copy of what others write": """
        components: {a: {kind: service}, b: {kind: service}, db: {kind: database}, cache: {kind: cache}}
        requests:
          r: [client calls a: x, a reads cache: c]
          w: [client calls b: y, b writes db: t]
        pipeline: [One: [deploy b], Two: [sync cache], Three: [deploy a]]
        changes:
          db/t: {breaks: none, rows: kept}
          cache/c: {breaks: both, from: db/t}
        """,
    "pods bring the schema along": """
        components:
          a: {kind: service, migrates: [db]}
          b: {kind: service}
          db: {kind: database}
        requests: {r: [client calls b: x, b reads db: t], s: [client calls a: y]}
        pipeline: [One: [deploy a], Two: [deploy b]]
        changes: {db/t: {breaks: both}}
        """,
    "nobody is there while none is wanted": """
        components: {a: {kind: service, replicas: 2}, b: {kind: service}}
        requests: {r: [client calls b: y, b calls a: x]}
        pipeline: [Off: [scale a to 0], One: [deploy b], On: [scale a to 1], Two: [deploy a]]
        changes: {a/x: {breaks: [V2 -> V1]}}
        """,
    "another leads by now": """
        components: {a: {kind: service, replicas: 2}, db: {kind: database}}
        requests: {r: [client calls a leader: x, a leader writes db: t]}
        pipeline: [One: [deploy a], Two: [migrate db]]
        changes: {db/t: {breaks: both}}
        """,
    "only the leader writes": """
        components: {a: {kind: service, replicas: 2}, b: {kind: service}, cache: {kind: cache}}
        requests:
          r: [client calls b: x, b reads cache: c]
          w: [client calls a leader: y, a leader writes cache: c]
        pipeline: [One: [deploy a], Two: [sync cache], Three: [deploy b]]
        changes: {cache/c: {breaks: both}}
        """,
    "a call waits for a leader": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a leader: x, a calls b: y, client calls c: z using b/y]}
        pipeline: [One: [deploy b], Two: [deploy a], Three: [deploy c]]
        changes: {b/y: {breaks: none}, c/z: {breaks: both}}
        """,
    "messages come back once one has gone": """
        components:
          a: {kind: service}
          w: {kind: worker, replicas: 2}
          v: {kind: worker}
          q: {kind: broker, redelivers: true}
        requests:
          put: [client calls a: x, a publishes q: m]
          take: [w consumes q: m]
          more: [v consumes q: m]
        pipeline: [Zero: [deploy a], One: [drain q], Two: [deploy v], Three: [deploy w]]
        changes: {q/m: {breaks: [V1 -> V2, V2 -> V1]}}
        """,
    "calls go where the token leads": """
        components: {a: {kind: service}, b: {kind: service, route: carried}, c: {kind: service}}
        requests: {r: [client calls a: x, client calls b: y using a/x, b calls c: z]}
        pipeline: [One: [deploy a b], Two: [deploy c]]
        changes: {a/x: {breaks: none}, b/y: {breaks: both}, c/z: {breaks: both}}
        """,
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole(text: str) -> None:
    deployment = loads(text)
    assert engine("slice").refuses(Task(deployment)) is None
    agree(deployment)


TIES, BUILD = SlicePlan._ties, quotient.build_quotient


def without_pods(plan: SlicePlan) -> list[list[VariableKey]]:
    """The ties, but for those of instances with schemas."""
    ties = [list(tie) for tie in TIES(plan)]
    both = {VariableKind.INSTANCES, VariableKind.SCHEMA}
    return [tie for tie in ties if not both <= {unit.kind for unit in tie}]


def gone_at_once(rollout: Any) -> Any:
    return BUILD(replace(rollout, endings={}, terminating={}))


SLIPS: dict[str, tuple[Any, str, Any, str]] = {
    "who says whether a hop is run": (
        Cone,
        "_need_way",
        lambda *_: None,
        "a version passes over what obtains",
    ),
    "hops that may be passed over": (
        Walk,
        "is_conditional",
        lambda *_: False,
        "a version passes the call over",
    ),
    "the versions that write": (
        SlicePlan,
        "versions_of",
        lambda plan, _: frozenset(plan.deployment.versions),
        "a version does not write",
    ),
    "a table with its rows": (SlicePlan, "_ties_of_content", lambda *_: (), "rows go with their table"),
    "a copy with its source": (SlicePlan, "_ties_of_content", lambda *_: (), "a copy of what others write"),
    "pods with their schemas": (SlicePlan, "_ties", without_pods, "pods bring the schema along"),
    "how many are wanted": (
        short_course,
        "_wanted",
        lambda plan, place, resized: dict.fromkeys(resized, 2),
        "nobody is there while none is wanted",
    ),
    "calls that are led": (
        Walk,
        "leading_sources",
        lambda *_: [],
        "calls go where the token leads",
    ),
    "calls of the leader wait": (
        Walk,
        "_may_wait",
        lambda walk, number: False,
        "a call waits for a leader",
    ),
    "instances that terminate": (
        restrict,
        "build_quotient",
        gone_at_once,
        "the request stands on one that terminates",
    ),
}


@pytest.mark.parametrize(("where", "name", "instead", "trap"), SLIPS.values(), ids=SLIPS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, instead)
    assert differs(loads(TRAPS[trap]))
