"""What is taken for granted because the file does not say otherwise."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from skewproof.diagrams.statements import list_statements
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.verdict import Granted, Safe, Unsafe
from skewproof.properties.verdict.assumptions import find_assumptions

TEXT = """
components:
  a: {{kind: service{a}}}
  b: {{kind: worker{b}}}
  app: {{kind: client, stays: true}}
  db: {{kind: database}}
requests: {{ask: [app calls a: x, a reads db: r], job: [b reads db: r]}}
pipeline: [A: [migrate db, deploy a b app]]
changes: {{db/r: {{rows: kept, breaks: {{schema: [V2 -> V1]}}}}}}
"""


def deployment(a: str = "", b: str = "") -> Deployment:
    return loads(TEXT.format(a=a, b=b))


def granted(found: Deployment) -> Mapping[Granted, tuple[str, ...]]:
    """But for what is ready again after a restart, which goes with every restart here."""
    told = find_assumptions(found).granted
    return {what: names for what, names in told.items() if what is not Granted.READINESS}


def said(found: Deployment, *, failures: bool = True) -> list[str]:
    answer = check(found, failures=failures)
    return [one.text for one in list_statements(answer, found) if one.label == "assumed"]


LATER = ", terminates: later"


def test_instances_that_could_restart() -> None:
    assert granted(deployment(LATER, LATER)) == {Granted.RESTARTS: ("a", "b")}
    assert granted(deployment(LATER, LATER + ", restarts: true")) == {Granted.RESTARTS: ("a",)}
    assert granted(deployment(LATER + ", restarts: true", LATER + ", restarts: 3")) == {}


def test_instances_that_could_terminate_later() -> None:
    both = deployment(", restarts: true", ", restarts: 3")
    assert granted(both) == {Granted.TERMINATES: ("a", "b")}
    assert granted(deployment(", restarts: true" + LATER, ", restarts: 3")) == {Granted.TERMINATES: ("b",)}
    still = loads(
        TEXT.format(a=", restarts: true", b=", restarts: true").replace("deploy a b app", "deploy b")
    )
    assert granted(still) == {Granted.TERMINATES: ("b",)}, "nothing retires those of a"


def test_brokers_from_which_messages_could_come_back() -> None:
    queue = """
components:
  w: {{kind: worker, restarts: true, terminates: later}}
  q: {{kind: broker{q}}}
  log: {{kind: broker}}
requests: {{job: [w consumes q: m, w publishes log: l]}}
pipeline: [A: [deploy w]]
changes: {{q/m: {{breaks: {{content: [V2 -> V1]}}}}, log/l: {{}}}}
"""
    assert granted(loads(queue.format(q=""))) == {Granted.REDELIVERS: ("q",)}
    assert granted(loads(queue.format(q=", redelivers: true"))) == {}
    assert said(loads(queue.format(q=""))) == [
        "no message comes back to q; what restarts in w takes calls again whatever is there"
    ]


def test_it_is_said_with_the_verdict() -> None:
    assert said(deployment(LATER, LATER)) == ["no instance of a, b restarts"]
    ready = ", readiness: db.version == V1"
    assert said(deployment(", restarts: true" + ready, ", restarts: 3" + ready)) == [
        "a retired instance of a, b is gone at once"
    ]
    assert said(deployment(LATER + ", restarts: true" + ready, LATER + ", restarts: 3" + ready)) == []


def test_that_no_action_fails_is_said_unless_failures_are_judged() -> None:
    ready = ", readiness: db.version == V1"
    plain = deployment(LATER + ", restarts: true" + ready, LATER + ", restarts: 3" + ready)
    assert said(plain, failures=False) == ["no action fails (--failures)"]
    with_rollback = loads(TEXT.format(a="", b="") + "rollback: [Back: [rollback a b]]\n")
    assert said(with_rollback, failures=False)[0].startswith("no action fails, so the rollback never runs")
    assert "rollback" not in said(with_rollback)[0]


# --- what turns red to green when one line is forgotten -------------------------------------------

FORGOTTEN = {
    Granted.READINESS: (
        """
components: {api: {kind: service, replicas: 2, restarts: true%s}, db: {kind: database}}
requests: {get: [client calls api: x, api reads db: t]}
pipeline: [M: [migrate db], D: [deploy api when api.up >= 2]]
changes: {db/t: {breaks: none}}
""",
        ", readiness: {V1: db.version == V1}",
        "what restarts in api takes calls again whatever is there",
    ),
    Granted.STAYS: (
        """
components: {app: {kind: client%s}, api: {kind: service}}
requests: {get: [app calls api: x]}
pipeline: [A: [deploy app], B: [deploy api]]
changes: {api/x: {breaks: [V1 -> V2]}}
""",
        ", stays: true",
        "the users of app have what is deployed",
    ),
    Granted.ROWS: (
        """
components: {web: {kind: service}, db: {kind: database}}
requests: {get: [client calls web: x, web reads db: t]}
pipeline: [M: [migrate db], D: [deploy web]]
changes: {db/t: {breaks: [V2 -> V1]%s}}
""",
        ", rows: kept",
        "rows of db/t have the form of the schema",
    ),
    Granted.FROM: (
        """
components: {web: {kind: service}, zed: {kind: service}, db: {kind: database}, r: {kind: cache}}
requests: {get: [client calls web: x, web reads r: t], set: [client calls zed: z, zed writes db: t]}
pipeline: [Z: [deploy zed], S: [sync r], W: [deploy web]]
changes: {r/t: {breaks: [V2 -> V1]%s}, db/t: {rows: kept, breaks: none}}
""",
        ", from: db/t",
        "what a sync copies to r/t is new",
    ),
    Granted.PER_INSTANCE: (
        """
components: {web: {kind: service, replicas: 2}, api: {kind: service, replicas: 2}}
requests: {get: [client calls web: x, web calls api: y]}
flags: {f: {guards: [api/y], understands: own}}
pipeline: [D: [deploy web api], F: [enable f%s]]
changes: {api/y: {breaks: both}}
""",
        " per instance",
        "f is switched everywhere at once",
    ),
    Granted.UNDERSTANDS: (
        """
components: {web: {kind: service, replicas: 2}, api: {kind: service, replicas: 2}}
requests: {get: [client calls web: x, web calls api: y]}
flags: {f: {guards: [api/y]%s}}
pipeline: [D: [deploy web api], F: [enable f per instance]]
changes: {api/y: {breaks: both}}
""",
        ", understands: own",
        "code that knows f understands both forms",
    ),
}


@pytest.mark.parametrize("what", FORGOTTEN)
def test_a_line_without_which_red_is_green_is_told_when_it_is_missing(what: Granted) -> None:
    text, line, told = FORGOTTEN[what]
    with_it, without = loads(text.replace("%s", line)), loads(text.replace("%s", ""))
    assert isinstance(check(with_it).verdict, Unsafe)
    assert isinstance(check(without).verdict, Safe)
    assert what not in find_assumptions(with_it).granted
    assert any(told in text for text in said(without))


def test_pairs_that_a_flag_forgives_are_not_told_as_undeclared() -> None:
    text, _, _ = FORGOTTEN[Granted.UNDERSTANDS]
    found = loads(text.replace("%s", ""))
    told = {one.label: one.text for one in list_statements(check(found), found)}
    assert "compatible" not in told
    assert told["understood"] == (
        "2 mixed pairs met and declared to break, by code that knows the flag: "
        "api/y V1 -> V2, V2 -> V1 (call)"
    )


def test_a_client_without_a_version_at_a_contract_at_which_others_are_judged() -> None:
    text = """
components: {app: {kind: client}, web: {kind: service}, api: {kind: service}}
requests: {get: [app calls web: x, web calls api: y], direct: [%s calls api: y]}
pipeline: [A: [deploy api], W: [deploy web], P: [deploy app]]
changes: {api/y: {breaks: [V2 -> V1]}}
"""
    assert any(
        "clients without a version fit each version of api/y" in one for one in said(loads(text % "client"))
    )
    assert Granted.CLIENTS not in find_assumptions(loads(text % "app")).granted
