"""Upgrades as they go wrong in the wild, made safe as their documentation has it, or cheaper: one of each
kind of remedy."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.repair.judging import TrialBudget
from skewproof.properties.repair.proposing import propose
from skewproof.properties.repair.repair import repair
from skewproof.properties.repair.source import EditedSource

pytest.importorskip("pysat")

ONE_MIGRATION_ADDS_AND_DROPS = """
components: {web: {kind: service}, db: {kind: database}}
requests:
  save: [client calls web: user, web writes db: users]
  buy: [client calls web: order, web writes db: orders]
pipeline:
  - Migrate: [migrate db]
  - Roll: [deploy web]
changes: {db/users: {breaks: {schema: [V1 -> V2]}}, db/orders: {breaks: {schema: [V2 -> V1]}}}
"""
NOBODY_MIGRATES = """
components: {web: {kind: service}, db: {kind: database}}
requests: {save: [client calls web: u, web writes db: users]}
pipeline:
  - Roll: [deploy web]
changes: {db/users: {breaks: {schema: [V2 -> V1]}}}
"""
A_PROVIDER_IS_LEFT_BEHIND = """
components: {web: {kind: service}, api: {kind: service}}
requests: {ask: [client calls web: page, web calls api: x]}
pipeline:
  - Roll: [deploy web]
changes: {api/x: {breaks: {call: [V2 -> V1]}}}
"""
AN_APP_THAT_STAYS = """
components: {app: {kind: client, stays: true}, api: {kind: service}}
requests: {ask: [app calls api: x]}
pipeline:
  - Api: [deploy api]
  - App: [deploy app]
changes:
  api/x: {breaks: {call: both}}   # renamed
"""
FINAL_AND_CALLED_OFF = """
components: {node: {kind: worker, replicas: 2, max_surge: 0, max_unavailable: 1}}
requests: {replicate: [node calls node: fetch]}
flags: {protocol: {guards: [node/fetch]}}
pipeline:
  - Binaries: [deploy node]
  - Protocol: [irreversible enable protocol when all node at V2]
  - Called off: [rollback node]
changes: {node/fetch: {breaks: [V2 -> V1]}}
"""
EACH_PROCESS_KEEPS_ITS_FLAGS = """
components: {web: {kind: service}, api: {kind: service}}
requests: {ask: [client calls web: page, web calls api: x]}
flags: {new: {guards: [api/x], understands: own}}
pipeline:
  - Roll: [deploy web api]
  - Enable: [enable new per instance]
changes: {api/x: {breaks: [V2 -> V1]}}
prices: {order: never}
"""
A_RELEASE_IS_SKIPPED = """
versions: [V1, V2, V3]
components:
  node:
    kind: worker
    readiness: {V1: cluster.version == V1, V2: cluster.version <= V2, V3: cluster.version >= V2}
  cluster: {kind: database}
requests: {declare: [node writes cluster: metadata]}
pipeline:
  - Roll: [deploy node to V3]
changes: {cluster/metadata: {breaks: {schema: [V1 -> V2, V2 -> V3, V3 -> V1]}}}
"""
OLD_CODE_WANTS_THE_OLD_SCHEMA = """
components:
  cp: {kind: service, replicas: 2, restarts: true, readiness: {V1: db.version == V1}}
  db: {kind: database}
requests: {sync: [client calls cp: r, cp reads db: r]}
pipeline:
  - Migrate: [migrate db]
  - Roll: [deploy cp when cp.up >= 2]
changes: {db/r: {breaks: {schema: [V2 -> V1]}}}
prices: {blue-green: never, order: never}
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ONE_MIGRATION_ADDS_AND_DROPS, "  - Migrate db: [migrate db/users]"),
        (NOBODY_MIGRATES, "  - Migrate db: [migrate db]"),
        (A_PROVIDER_IS_LEFT_BEHIND, "  - Deploy api: [deploy api]"),
        (AN_APP_THAT_STAYS, "  api/x: {breaks: {call: [V2 -> V1]}}   # renamed"),
        (FINAL_AND_CALLED_OFF, None),
        (EACH_PROCESS_KEEPS_ITS_FLAGS, "  - Enable: [enable new]"),
        (A_RELEASE_IS_SKIPPED, "  - Migrate cluster: [deploy node to V2, migrate cluster to V2]"),
        (
            OLD_CODE_WANTS_THE_OLD_SCHEMA,
            "  cp: {kind: service, replicas: 2, restarts: true, readiness: event}",
        ),
    ],
)
def test_the_first_plan(text: str, line: str | None) -> None:
    deployment = loads(text)
    found = repair(
        EditedSource(text, loads), deployment, check(deployment), budget=TrialBudget(60, 60), most_plans=1
    )
    new = set(found.plans[0].text.splitlines()) - set(text.splitlines())
    assert line in new if line is not None else not new, found.plans[0].text


def test_what_gives_a_pair_its_meaning_is_not_left_out() -> None:
    """Without the one action that reconfigures the broker the pair would speak of its messages alone."""
    text = """
components: {web: {kind: service}, mail: {kind: broker}}
requests: {order: [client calls web: page, web publishes mail: order]}
pipeline: [A: [reconfigure mail], B: [deploy web], C: [rollback web]]
changes: {mail/order: {breaks: [V1 -> V2]}}
"""
    deployment = loads(text)
    told = [one.told for one in propose(deployment, check(deployment))]
    assert "`rollback web` does not come" in told
    assert "`reconfigure mail` does not come" not in told
    twice = loads(text.replace("[reconfigure mail]", "[reconfigure mail, revert mail, reconfigure mail]"))
    assert "`reconfigure mail` does not come" in [one.told for one in propose(twice, check(twice))]
