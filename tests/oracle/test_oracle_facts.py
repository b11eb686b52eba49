"""The oracle on facts, worked out by hand (paragraph 91)."""

from typing import Any

from support.by_hand import DATABASE, GLUE, READ, deployment, properties
from support.oracle import judge

CHANGES: dict[str, Any] = {"database/product": {"breaks": {"schema": ["V2 -> V1"]}}}
FACT: dict[str, Any] = {"flags": {"ready": {}}}
ASK = READ.replace("redis", "database")


def test_nobody_enables_it_afterwards() -> None:
    judgement = judge(deployment(GLUE | DATABASE, [ASK], "A: migrate database, deploy glue", CHANGES, **FACT))
    assert (judgement.verdict, judgement.enabled_after) == ("safe", frozenset())


def test_what_waits_for_it_waits_for_ever() -> None:
    pipeline = "A: migrate database, deploy glue when ready.on"
    assert judge(deployment(GLUE | DATABASE, [ASK], pipeline, CHANGES, **FACT)).stall is not None
    enabled = pipeline.replace("A: ", "A: enable ready, ")
    assert judge(deployment(GLUE | DATABASE, [ASK], enabled, CHANGES, **FACT)).stall is None


def test_it_can_be_final() -> None:
    pipeline = "A: migrate database, deploy glue, irreversible enable ready\nB: rollback glue"
    judgement = judge(deployment(GLUE | DATABASE, [ASK], pipeline, CHANGES, **FACT))
    assert properties(judgement)[("irreversible enable ready", "rollback glue")].window == {"B"}
