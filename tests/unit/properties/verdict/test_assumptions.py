"""What is taken for granted because the file does not say otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from skewproof.diagrams.statements import list_statements
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.verdict import Granted
from skewproof.properties.verdict.assumptions import find_assumptions

TEXT = """
components:
  a: {{kind: service{a}}}
  b: {{kind: worker{b}}}
  app: {{kind: client, stays: true}}
  db: {{kind: database}}
requests: {{ask: [app calls a: x, a reads db: r], job: [b reads db: r]}}
pipeline: [A: [migrate db, deploy a b app]]
changes: {{db/r: {{breaks: {{schema: [V2 -> V1]}}}}}}
"""


def deployment(a: str = "", b: str = "") -> Deployment:
    return loads(TEXT.format(a=a, b=b))


def granted(found: Deployment) -> Mapping[Granted, tuple[str, ...]]:
    return find_assumptions(found).granted


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
    assert said(loads(queue.format(q=""))) == ["no message comes back to q"]


def test_it_is_said_with_the_verdict() -> None:
    assert said(deployment(LATER, LATER)) == ["no instance of a, b restarts"]
    assert said(deployment(", restarts: true", ", restarts: 3")) == [
        "a retired instance of a, b is gone at once"
    ]
    assert said(deployment(LATER + ", restarts: true", LATER + ", restarts: 3")) == []


def test_that_no_action_fails_is_said_unless_failures_are_judged() -> None:
    plain = deployment(LATER + ", restarts: true", LATER + ", restarts: 3")
    assert said(plain, failures=False) == ["no action fails (--failures)"]
    with_rollback = loads(TEXT.format(a="", b="") + "rollback: [Back: [rollback a b]]\n")
    assert said(with_rollback, failures=False)[0].startswith("no action fails, so the rollback never runs")
    assert "rollback" not in said(with_rollback)[0]
