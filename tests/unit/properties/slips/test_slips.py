"""Slips: each kind seeded into a file that has none, and found there and nowhere else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from skewproof.model.codes import SLIPS
from skewproof.model.language import load, loads
from skewproof.properties import check
from skewproof.properties.slips import Slip, find_slips

DAY = date(2026, 6, 15)
CLEAN = """
versions: [V1, V2]
components:
  web: {kind: service}
  api: {kind: service, replicas: 2, strategy: {canary: 1}}
  cron: {kind: worker}
  db: {kind: database}
  redis: {kind: cache}
  queue: {kind: broker}
requests:
  order:
  - client calls web: page
  - web calls api: order using web/page
  - api writes db: orders since V2
  - api publishes queue: ordered
  look: [client calls web: view, web reads redis: view]
  ship: [cron consumes queue: ordered, cron reads db: orders, cron writes redis: view]
pipeline:
- Prepare: [migrate db, suspend cron]
- Roll: [start deploy web, deploy api, await web]
- Go on: [promote api, deploy cron, sync redis, enable f]
- End: [resume cron]
changes:
  web/page: {}
  api/order: {breaks: {call: [V1 -> V2]}}
  redis/view: {breaks: both}
  queue/ordered: {breaks: both}
  db/orders: {breaks: {schema: [V2 -> V1]}}
flags: {f: {guards: [api/order]}}
properties: {moves: "eventually all web at V2", fresh: "eventually V2 in redis/view"}
"""


def slips_of(text: str) -> list[Slip]:
    deployment = loads(text)
    return list(find_slips(deployment, check(deployment, today=DAY)))


def seeded(old: str, new: str) -> list[str]:
    assert CLEAN.count(old) == 1, old
    return [slip.word for slip in slips_of(CLEAN.replace(old, new))]


def test_the_clean_file_has_none() -> None:
    assert slips_of(CLEAN) == []


SEEDS = {
    "unaffected-request": (
        "requests:\n",
        "  other: {kind: service}\nrequests:\n  away: [client calls other: z]\n",
    ),
    "twin-request": ("  look: [", "  see: [client calls web: view, web reads redis: view]\n  look: ["),
    "unused-component": ("  web: {kind: service}", "  web: {kind: service}\n  lost: {kind: service}"),
    "limit-of-all": ("orders since V2", "orders since V1"),
    "unjudged-using": ("cron writes redis: view]", "cron writes redis: view using db/orders]"),
    "constant-predicate": ("sync redis,", "sync redis when true or false,"),
    "severity-of-nothing": ("web/page: {}", "web/page: {severity: corruption}"),
    "unconsumed-queue": ("cron consumes queue: ordered, ", ""),
    "flag-never-enabled": (", enable f", ""),
    "vain-property": ("  redis/view: {breaks: both}\n", ""),
    "nothing-to-move": ("migrate db,", "migrate db, backfill db,"),
    "already-there": ("deploy cron, sync", "deploy cron, deploy cron, sync"),
    "unreached-version": ("versions: [V1, V2]", "versions: [V1, V2, V3]"),
    "canary-left": ("promote api, ", ""),
    "in-vain": ("- End: [resume cron]", "- End: [resume cron, await db]"),
    "left-suspended": ("- End: [resume cron]", "- End"),
    "left-behind": ("start deploy web, deploy api, await web", "deploy api"),
    "needless-acceptance": ("flags:", "accept: [{kind: interrupted, reason: r}]\nflags:"),
    "expired-acceptance": ("flags:", "accept: [{kind: property, reason: r, until: 2026-01-01}]\nflags:"),
}


@pytest.mark.parametrize(("word", "edit"), SEEDS.items(), ids=SEEDS)
def test_each_seeded_slip_is_found(word: str, edit: tuple[str, str]) -> None:
    assert word in seeded(*edit)


QUIET = """
components: {a: {kind: service}, b: {kind: service}, q: {kind: cache}}
requests: {r: [client calls a: x, a calls b: y using a/x, a reads q: z]}
pipeline: [S: [deploy a, deploy b], T: [sync q]]
changes: {b/y: {breaks: {call: [V1 -> V2]}}, a/x: {}, q/z: {}}
"""


def test_an_idle_action_makes_an_idle_step() -> None:
    assert slips_of(QUIET) == []
    words = [slip.word for slip in slips_of(QUIET.replace("T: [", "U: [deploy a], T: ["))]
    assert words == ["idle-step", "already-there"]
    assert slips_of(QUIET.replace("T: [", "U, T: [")) == [], "a stage with a name"


def test_what_moves_nothing_and_holds_the_pipeline_is_no_slip() -> None:
    text = """
    components: {a: {kind: service, terminates: later}, q: {kind: broker}, db: {kind: database}}
    requests: {r: [client calls a: x, a publishes q: m, a consumes q: m, a reads db: t]}
    pipeline: [S: [deploy a, drain q], T: [migrate db]]
    changes: {db/t: {breaks: [V1 -> V2]}}
    """
    assert "nothing-to-move" in [slip.word for slip in slips_of(text)]
    assert slips_of(text.replace("drain q", "drain q when a.gone(V1)")) == []


def test_what_no_version_runs_together_cannot_be_held() -> None:
    text = """
    components: {w: {kind: worker}, db: {kind: database}, z: {kind: service}}
    requests: {job: [w reads db: r until V1, w calls z: y using db/r since V2]}
    pipeline: [S: [migrate db], T: [deploy w z]]
    changes: {z/y: {breaks: {call: [V1 -> V2]}}, db/r: {}}
    """
    assert [slip.word for slip in slips_of(text)] == ["unreachable-using"]
    assert slips_of(text.replace("r until V1", "r")) == []


def test_a_flag_may_guard_nothing_that_changes() -> None:
    text = QUIET.replace(", q/z: {}", "") + "flags: {f: {guards: [q/z]}}\n"
    assert "flag-of-nothing" in [slip.word for slip in slips_of(text)]


def test_a_pair_that_nothing_can_meet_is_one() -> None:
    assert slips_of(QUIET.replace("q/z: {}", "q/z: {breaks: {content: [V2 -> V1]}}")) == []
    idle = QUIET.replace("[V1 -> V2]}}, a/x", "[V1 -> V2], token: [V1 -> V2]}}, a/x").replace(
        " using a/x", ""
    )
    assert [slip.word for slip in slips_of(idle)] == ["idle-declaration"]


def test_an_assumption_may_speak_of_no_hop() -> None:
    text = QUIET.replace("a/x: {}", "a/x: {breaks: {token: [V1 -> V2]}}").replace(" using a/x", "")
    words = [slip.word for slip in slips_of(text + "assume: {never: [a/x token V1 -> V2]}\n")]
    assert words == ["idle-declaration", "needless-assumption"]


def test_without_changes_only_what_needs_none_is_told() -> None:
    deployment = loads(QUIET.partition("changes")[0].replace("deploy a, ", "").replace("x, a", "x, client"))
    assert find_slips(deployment) == ()


def test_every_code_of_a_slip_is_given() -> None:
    told = {*SEEDS, "idle-step", "unreachable-using", "flag-of-nothing", "needless-assumption"}
    assert told == {code.word for code in SLIPS}


def test_the_plans_of_the_stories_have_none() -> None:
    stories = Path(__file__).parents[4] / "examples" / "stories"
    plans = sorted(stories.rglob("plan.yaml"))
    assert len(plans) > 10
    for plan in plans[:6]:
        deployment = load(plan)
        assert find_slips(deployment) == (), plan
