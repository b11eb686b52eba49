"""Constructs that meet each other, where careful readers of docs/semantics.md could differ: deployments
worked out by hand, to which the oracle and the engine `reference` are held."""

from __future__ import annotations

from support.by_both import judged_by_both
from support.by_hand import REDIS, deployment
from support.oracle import Judgement


def broken(judgement: Judgement) -> set[str]:
    """The names of the properties that do not hold."""
    return {text.partition(": ")[0] for text in judgement.formulas}


# Restarts


def test_version_of_which_all_were_down_at_the_switch_does_not_drain() -> None:
    """41, 86. glue V1 is down when the traffic goes to V2: it writes no more, neither down nor when it has
    come back. One that was ready drains, and goes on writing until it goes."""
    judgement = judged_by_both(
        deployment(
            {"glue": {"kind": "service", "strategy": "blue-green", "restarts": True}} | REDIS,
            ["client calls glue: page\nglue writes redis: product"],
            "A: start deploy glue\nB: enable down when glue.restarting and glue.version == V2\n"
            "C: purge redis\nD",
            {"redis/product": {}},
            flags={"down": {}},
            properties={
                "old": "never in D and V1 in redis",
                "drains": "never in B and V1 in redis and glue.version == V2 and not glue.restarting",
                "back": "never in D and glue.version == V2 and not glue.gone(V1) and not glue.restarting",
            },
        )
    )
    assert broken(judgement) == {"drains", "back"}
