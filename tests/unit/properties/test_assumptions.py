"""What is taken for granted because the file does not say otherwise."""

from __future__ import annotations

from skewproof.diagrams.statements import list_statements
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.assumptions import find_assumptions
from skewproof.properties.verdict import Granted

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


def said(found: Deployment) -> list[str]:
    return [one.text for one in list_statements(check(found), found) if one.label == "assumed"]


def test_instances_that_could_restart() -> None:
    assert find_assumptions(deployment()).granted == {Granted.RESTARTS: ("a", "b")}
    assert find_assumptions(deployment(b=", restarts: true")).granted == {Granted.RESTARTS: ("a",)}
    assert find_assumptions(deployment(", restarts: true", ", restarts: 3")).granted == {}


def test_it_is_said_with_the_verdict() -> None:
    assert said(deployment()) == ["no instance of a, b restarts"]
    assert said(deployment(", restarts: true", ", restarts: 3")) == []
