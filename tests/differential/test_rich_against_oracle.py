"""The checker against the oracle on random deployments over the whole language."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, seed, settings
from hypothesis import strategies as st

from skewproof.model.language import loads
from skewproof.properties import check
from support.oracle import TooManyStatesError, judge
from support.oracle_accept import TODAY
from support.rich_deployments import rich_deployments
from support.told import told_by_the_checker, told_by_the_oracle

PARTS = 10
"""Workers take a part each; each has its own seed, so that a run is the same every time."""
MOST_STATES = 15_000
"""An oracle that needs more takes longer than half a second; such an example is passed over."""
FEW = settings(
    max_examples=20,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=500)


def agree(data: dict[str, Any], *, failures: bool) -> None:
    try:
        judgement = judge(data, failures=failures, most_states=MOST_STATES)
    except TooManyStatesError:
        assume(False)
        raise
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    answer = check(deployment, failures=failures, engine="reference", today=date.fromisoformat(TODAY))
    assert told_by_the_checker(answer) == told_by_the_oracle(judgement)


# Cases that random deployments seldom meet, or that once told a slip in the engine from the truth.
RARE = {
    "the deploy of a canary is over while its promotion starts another instance": """
        components:
          s: {kind: service, replicas: 2, strategy: {canary: 1}, readiness: event}
          z: {kind: service}
        requests: {ask: [client calls s: x, s calls s: x]}
        pipeline: [A: [start deploy s z], B: [promote s]]
        changes: {s/x: {breaks: both}}
    """,
    "what starts and is too many is not stopped as what is not aimed at": """
        versions: [V1, V2]
        components: {s: {kind: service, strategy: {canary: 1}, readiness: event}}
        requests: {ask: [client calls s: x]}
        pipeline: [A: [deploy s], B: [rollback s], C: [promote s]]
        rollback: [D: [scale s to 2]]
        changes: {}
        """,
    "what is down is stopped for the sake of one goal, and not of another": """
        versions: [V1, V2, V3]
        components: {s: {kind: service, restarts: true, readiness: event}}
        requests: {ask: [client calls s: x]}
        pipeline: [A: [deploy s], B: [deploy s]]
        changes: {}
        """,
    "whether a table is there is known where nobody knows of its columns": """
        components: {s: {kind: service}, db: {kind: database}}
        requests: {ask: [client calls s: x, s reads db: r]}
        pipeline: [A: [deploy s], B: [migrate db]]
        changes: {db/r: {breaks: {"V1 -> V2": unknown, "V2 -> V1": degraded}, exists: [V2]}}
        """,
    "a jump over versions breaks by a step that is known and one that is not": """
        versions: [V1, V2, V3]
        components: {s: {kind: service}, z: {kind: service}}
        requests: {ask: [client calls s: x, s calls z: y]}
        pipeline: [A: [deploy z to V3], B: [deploy s to V3]]
        changes: {z/y: {breaks: {call: {"V1 -> V2": unknown, "V2 -> V3": degraded}}}}
        """,
    "nobody knows of anything that is met": """
        components: {s: {kind: service}, z: {kind: service}}
        requests: {ask: [client calls s: x, s calls z: y]}
        pipeline: [A: [deploy z], B: [deploy s]]
        changes: {z/y: {breaks: {"V1 -> V2": unknown}}}
        """,
    "a rollback is held only against what the failed run came to": """
        components: {s: {kind: service}}
        requests: {ask: [client calls s: x]}
        pipeline: [A: [deploy s], B: [irreversible deploy s to V2]]
        rollback: [R: [rollback s]]
        changes: {s/x: {}}
        """,
    "what a version does not run is not judged by its token": """
        components: {w: {kind: worker}, q: {kind: broker}}
        requests: {job: [w consumes q: m, w publishes q: m using q/m since V2]}
        pipeline: [A: [reconfigure q]]
        changes: {q/m: {breaks: {token: [V1 -> V2]}}}
        """,
    "a backfill brings rows to a table that was empty": """
        components: {s: {kind: service}, db: {kind: database}}
        requests: {ask: [client calls s: x, s reads db: r]}
        pipeline: [A: [backfill db], B: [migrate db]]
        changes: {db/r: {breaks: both, rows: kept, exists: [V2]}}
        """,
    "an old form comes into a queue that is new": """
        components: {a: {kind: service}, w: {kind: worker}, q: {kind: broker}}
        requests: {put: [client calls a: x, a publishes q: m], job: [w consumes q: m]}
        pipeline: [A: [reconfigure q], B: [deploy w], C: [deploy a], D: [revert q]]
        changes: {q/m: {breaks: {content: both}, exists: [V2]}}
        """,
    "a derived store takes the forms of its source in any order": """
        components: {s: {kind: service}, redis: {kind: cache}}
        requests: {ask: [client calls s: x, s reads redis: cart, s reads redis: product]}
        pipeline: [A: [start purge redis/product, sync redis]]
        changes: {redis/cart: {}, redis/product: {breaks: both, from: redis/cart}}
        """,
    "what cannot be taken back stands in the way of something else": """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {ask: [client calls a: x, a calls b: y]}
        pipeline: [A: [irreversible deploy a], B: [deploy b], C: [rollback b]]
        changes: {b/y: {breaks: [V1 -> V2]}}
        """,
    "a failure is no way out of a stall": """
        components: {a: {kind: service, readiness: all a at V2}, b: {kind: service}}
        requests: {ask: [client calls a: x]}
        pipeline: [A: [deploy b], B: [deploy a]]
        rollback: [R: [rollback a]]
        changes: {a/x: {breaks: both}}
        """,
    "two of a newer version understand each other": """
        versions: [V1, V2, V3]
        components: {a: {kind: service}, b: {kind: service}}
        requests: {ask: [client calls a: x, a calls b: y]}
        pipeline: [A: [deploy a b], B: [enable f], C: [deploy a b]]
        flags: {f: {guards: [b/y], since: V2}}
        changes: {b/y: {breaks: both}}
        """,
    "blue writes when it is live, and while it drains": """
        components:
          a: {kind: service, replicas: 2, strategy: blue-green}
          w: {kind: worker}
          redis: {kind: cache}
        requests: {put: [client calls a: x, a writes redis: r], job: [w reads redis: r]}
        pipeline: [A: [deploy a], B: [sync redis, deploy w]]
        changes: {redis/r: {breaks: both}}
        """,
    "another instance goes, and the request goes on": """
        components:
          a: {kind: service, replicas: 2, max_surge: 0, max_unavailable: 1, drain: abrupt}
          db: {kind: database}
        requests: {ask: [client calls a: x, a reads db: r, a calls a: y using db/r]}
        pipeline: [A: [migrate db], B: [deploy a]]
        changes: {db/r: {}, a/y: {breaks: {token: [V1 -> V2]}}}
        """,
    "what was down when the traffic went elsewhere does not drain": """
        components:
          a: {kind: service, strategy: blue-green, restarts: true}
          w: {kind: worker}
          redis: {kind: cache}
        requests: {put: [client calls a: x, a writes redis: r], job: [w reads redis: r]}
        pipeline:
          - A: [start deploy a, enable f when a.restarting and a.version == V2]
          - B: [purge redis, deploy w]
        flags: {f: {}}
        changes: {redis/r: {breaks: [V2 -> V1]}}
        """,
    "a promotion takes the schema along, and calls off what takes it back": """
        components:
          a: {kind: service, replicas: 2, strategy: {canary: 1}, migrates: [db]}
          z: {kind: service}
          db: {kind: database}
        requests: {ask: [client calls a: x], read: [client calls z: y, z reads db: r]}
        pipeline: [A: [deploy a], B: [start revert db], C: [promote a], D: [await db], E: [deploy z]]
        changes: {db/r: {breaks: {schema: [V2 -> V1]}}}
        """,
    "a canary is written by the version that runs the hop": """
        components:
          a: {kind: service, replicas: 2, strategy: {canary: 1}}
          w: {kind: worker}
          redis: {kind: cache}
        requests: {put: [client calls a: x, a writes redis: r since V2], job: [w reads redis: r]}
        pipeline: [P: [purge redis], A: [deploy a], B: [promote a], C: [deploy w]]
        changes: {redis/r: {breaks: both}}
        """,
    "an await is held by its condition": """
        components: {a: {kind: service}, b: {kind: service}, db: {kind: database}}
        requests: {ask: [client calls a: x, a writes db: r]}
        pipeline: [A: [start deploy a, start deploy b, await b when all a at V2], B: [migrate db]]
        changes: {db/r: {breaks: both}}
        """,
    "a token is waited for": """
        components: {a: {kind: service}, b: {kind: service}, redis: {kind: cache}}
        requests: {ask: [client calls a: x, a reads redis: r, client calls b: y using a/x redis/r]}
        pipeline: [A: [deploy a, expire a], B: [expire redis], C: [deploy b]]
        changes: {a/x: {}, redis/r: {}, b/y: {breaks: {token: [V1 -> V2]}}}
        """,
    "a request that is on blue waits for nothing but blue": """
        components:
          a: {kind: service, strategy: blue-green, readiness: all b at V2}
          b: {kind: service, strategy: recreate, readiness: event, route: session}
          db: {kind: database}
        requests: {ask: [client calls a: x, a calls b: y, a writes db: r, a calls b: z using y]}
        pipeline: [A: [start deploy a, deploy b, await a], B: [migrate db, rollback a]]
        changes: {db/r: {breaks: both}, b/y: {}, b/z: {breaks: {token: both}}}
        """,
    "what is passed on has the form in which it was obtained": """
        components: {a: {kind: service}, w: {kind: worker}, redis: {kind: cache}, q: {kind: broker}}
        requests:
          ask: [client calls a: x, a reads redis: r, a forwards q: m using r]
          also: [client calls a: z, client forwards q: n using z]
          job: [w consumes q: m, w consumes q: n]
          self: [w reads redis: r, w forwards q: m using r, w consumes q: m]
        pipeline: [A: [sync redis], B: [deploy a]]
        changes: {redis/r: {}, a/z: {}, q/m: {breaks: {content: both}}, q/n: {breaks: {content: both}}}
        """,
    "a request sees steps of the rollback begin": """
        components: {w: {kind: worker}, redis: {kind: cache}, db: {kind: database}}
        requests: {ask: [client reads redis: r, client writes db: y using r]}
        pipeline: [A: [suspend w], B: [resume w]]
        rollback: [R: [purge redis], S: [migrate db]]
        changes: {redis/r: {}, db/y: {breaks: {token: both}}}
        """,
    "a purge aims as high as its release": """
        versions: [V1, V2, V3]
        components: {s: {kind: service}, redis: {kind: cache}}
        requests: {ask: [client calls s: x, s reads redis: r]}
        releases: [[A: [sync redis, purge redis]], [B: [start purge redis to V2, sync redis, deploy s]]]
        rollback: [C: [purge redis]]
        changes: {redis/r: {breaks: both}}
        """,
}


@pytest.mark.parametrize("failures", [False, True])
@pytest.mark.parametrize("text", RARE.values(), ids=RARE)
def test_checker_and_oracle_agree_on_rare_cases(text: str, failures: bool) -> None:
    agree({"system": "rare", "versions": ["V1", "V2"], **yaml.safe_load(text)}, failures=failures)


def agree_on_many(profile: settings, number: int) -> None:
    """Hold them against each other on as many examples as the profile says, drawn from a seed."""

    @seed(number)
    @profile
    @given(rich_deployments(), st.sampled_from((False, False, False, True)))
    def agree_on_one(data: dict[str, Any], failures: bool) -> None:
        agree(data, failures=failures or "rollback" in data)

    agree_on_one()


@pytest.mark.parametrize("part", range(PARTS))
def test_checker_and_oracle_agree(part: int) -> None:
    agree_on_many(FEW, part)


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS, 2 * PARTS))
def test_checker_and_oracle_agree_on_thousands(part: int) -> None:
    agree_on_many(MANY, part)
