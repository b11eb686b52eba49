"""What the checker tells beside the hazards, and a component with a machine of its own."""

from __future__ import annotations

from transitions import Machine

from skewproof.model import own_rollout
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, Unknown, Unsafe, check

PAIR = """
components: {glue: {kind: service}, zed: {kind: service}}
requests:
  add to cart: [client calls glue: cart, glue calls zed: cart.add]
  browse: [client calls glue: page]
pipeline: [Deploy: [deploy glue zed]]
changes: {zed/cart.add: {breaks: [V1 -> V2]}}
"""


def test_the_identity_of_a_hazard_survives_edits_elsewhere() -> None:
    (before,) = check(loads(PAIR)).at_hops
    edited = PAIR.replace("requests:\n", "requests:\n  other: [client calls zed: help]\n").replace(
        "[Deploy:", "[Build, Deploy:"
    )
    (after,) = check(loads(edited)).at_hops
    assert before.id == after.id
    assert before.window == after.window


def test_the_identity_tells_two_hops_of_one_request_apart() -> None:
    twice = PAIR.replace("glue calls zed: cart.add]", "glue calls zed: cart.add, glue calls zed: cart.add]")
    hazards = check(loads(twice)).at_hops
    assert [hazard.hop for hazard in hazards] == [2, 3]
    assert len({hazard.id for hazard in hazards}) == 2


def test_a_proof_that_proves_nothing_says_so() -> None:
    answer = check(
        loads(PAIR.replace("[V1 -> V2]", "both").replace("deploy glue zed", "deploy glue, deploy zed"))
    )
    assert isinstance(answer.verdict, Unsafe)
    nothing_moves = check(loads(PAIR.replace(": [deploy glue zed]", "")))
    assert isinstance(nothing_moves.verdict, Unknown)
    assert nothing_moves.verdict.reason == (
        "nothing could ever meet what zed/cart.add says of `breaks`: nothing deploys zed at V2"
    )
    assert [one.entry for one in nothing_moves.idle] == ["zed/cart.add"]
    assert nothing_moves.statistics is not None
    assert [str(contract) for contract in nothing_moves.statistics.never_mixed] == ["zed/cart.add"]
    assert [str(contract) for contract in nothing_moves.unchanged] == ["glue/cart", "glue/page"]


def test_a_limit_that_is_hit_is_never_safe() -> None:
    compatible = PAIR.replace("[V1 -> V2]", "none")
    assert isinstance(check(loads(compatible)).verdict, Safe)
    limited = check(loads(compatible), limits=Limits(5))
    assert isinstance(limited.verdict, Unknown)
    assert "5 states" in limited.verdict.reason


def test_an_order_of_deployment_makes_the_same_release_safe() -> None:
    """New Zed understands old Glue or not: with breaks V2 -> V1 alone, Zed first is safe."""
    release = PAIR.replace("[V1 -> V2]", "[V2 -> V1]")
    assert isinstance(check(loads(release)).verdict, Unsafe)
    assert isinstance(
        check(loads(release.replace("deploy glue zed", "deploy zed, deploy glue"))).verdict, Safe
    )


def test_a_component_with_a_machine_of_its_own_takes_the_same_road() -> None:
    """A stop-and-start Zed: both versions are never up at once, but for a while nobody is."""
    arrows = [["deploy", "old", "stopped"], ["deploy", "stopped", "new"]]
    machine = Machine(
        model=None,
        states=["old", "stopped", "new"],
        initial="old",
        transitions=arrows,
        auto_transitions=False,
    )
    rollouts = {"zed": own_rollout(machine, {"old": ["V1"], "stopped": [], "new": ["V2"]})}
    answer = check(loads(PAIR), rollouts=rollouts)
    assert {(hazard.kind, hazard.hop) for hazard in answer.at_hops} == {
        ("incompatible", 2),
        ("unavailable", 2),
    }
    down = next(
        hazard
        for hazard in answer.at_hops
        if hazard.kind == "unavailable" and hazard.consumer_version == "V1"
    )
    assert down.aspect is None
    assert down.provider_version is None
    assert [event.text for event in down.trace][1] == "zed: deploy (stopped)"
