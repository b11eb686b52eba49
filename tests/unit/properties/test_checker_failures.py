"""Failures: stops, rollbacks, the way back, and what cannot be taken back (paragraphs 58 to 60)."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.properties import Safe, check
from skewproof.properties.verdict import PropertyKind

TEXT = """
components: {{glue: {{kind: service}}, zed: {{kind: service}}, db: {{kind: database}}}}
requests: {{browse: [client calls glue: cart, glue calls zed: add, zed writes db: item]}}
pipeline: [First: [{first}], Then: [{then}], Later]
rollback: [Back: [{back}]]
changes: {changes}
"""


def test_a_compatible_release_can_go_back_from_everywhere() -> None:
    told = check(
        loads(TEXT.format(first="deploy zed", then="deploy glue", back="rollback glue zed", changes="{}")),
        failures=True,
    )
    assert isinstance(told.verdict, Safe)
    assert told.ways_back == (("First", True), ("Then", True), ("Later", True))
    assert told.point_of_no_return is None


def test_without_failures_the_rollback_is_not_run() -> None:
    changes = "{zed/add: {breaks: [V2 -> V1]}}"
    text = TEXT.format(
        first="deploy zed", then="deploy glue", back="rollback zed, rollback glue", changes=changes
    )
    assert isinstance(check(loads(text)).verdict, Safe)
    assert check(loads(text)).ways_back == ()


def test_a_rollback_in_the_wrong_order_is_unsafe_from_where_it_matters() -> None:
    """New glue calls old zed only where zed goes back first, and only once glue is new."""
    changes = "{zed/add: {breaks: [V2 -> V1]}}"
    text = TEXT.format(
        first="deploy zed", then="deploy glue", back="rollback zed, rollback glue", changes=changes
    )
    told = check(loads(text), failures=True)
    assert told.ways_back == (("First", True), ("Then", False), ("Later", True))
    assert told.point_of_no_return == "Then"
    assert {step for hazard in told.hazards for step in hazard.window} == {"Back"}


def test_what_v2_wrote_stays_after_a_rollback() -> None:
    text = """
    components: {glue: {kind: service}, redis: {kind: cache}}
    requests: {browse: [client calls glue: cart, glue reads redis: x, glue writes redis: x]}
    pipeline: [Roll: [deploy glue]]
    rollback: [Back: [rollback glue]]
    changes: {redis/x: {breaks: [V1 -> V2]}}
    """
    told = check(loads(text), failures=True)
    assert told.point_of_no_return == "Roll"
    assert any(hazard.for_ever for hazard in told.hazards), "old glue reads new data for ever"


def test_a_stop_for_good_is_no_stall_and_no_end() -> None:
    text = """
    components: {glue: {kind: service}}
    requests: {browse: [client calls glue: cart]}
    pipeline: [Roll: [deploy glue]]
    changes: {glue/cart: {breaks: none}}
    """
    told = check(loads(text), failures=True)
    assert isinstance(told.verdict, Safe)


def test_a_rollback_past_an_irreversible_action_is_an_error_of_the_plan() -> None:
    changes = "{db/item: {breaks: none}}"
    text = TEXT.format(
        first="irreversible migrate db", then="deploy zed", back="rollback zed", changes=changes
    )
    (hazard,) = check(loads(text), failures=True).of_properties
    assert hazard.kind is PropertyKind.SETBACK
    assert hazard.property == "rollback zed, after irreversible migrate db"
    assert hazard.window == ("Back",)
    assert (
        check(loads(text), failures=True).point_of_no_return == "Then"
    )  # in First nothing of zed is taken back
    assert isinstance(check(loads(text)).verdict, Safe), "nothing fails, nothing goes back"


def test_a_rollback_before_the_irreversible_action_is_fine() -> None:
    text = """
    components: {glue: {kind: service}}
    requests: {browse: [client calls glue: cart]}
    pipeline: [Roll: [deploy glue], Undo: [rollback glue], Again: [deploy glue], On: [irreversible enable f]]
    flags: {f: {guards: [glue/cart]}}
    changes: {glue/cart: {}}
    """
    assert isinstance(check(loads(text)).verdict, Safe)


def test_content_that_does_not_exist_at_first_replays() -> None:
    text = """
    components: {glue: {kind: service}, db: {kind: database}}
    requests: {order: [client calls glue: x, glue reads db: product]}
    pipeline: [A: [backfill db], B: [migrate db]]
    changes: {db/product: {breaks: both, rows: kept, exists: [V2]}}
    """
    assert {hazard.aspect for hazard in check(loads(text)).at_hops} == {"schema", "content"}


@pytest.mark.parametrize("by", ["reference", "symbolic", "auto"])
def test_actions_that_read_alike_are_told_apart(by: str) -> None:
    """The first rollback meets the first deploy alone, the second one both."""
    text = """
    components: {glue: {kind: service}}
    requests: {ask: [client calls glue: page]}
    pipeline:
      - A: [irreversible deploy glue]
      - B: [rollback glue]
      - C: [irreversible deploy glue]
      - D: [rollback glue]
    changes: {glue/page: {}}
    """
    hazards = check(loads(text), engine=by).of_properties
    assert {hazard.property for hazard in hazards} == {"rollback glue, after irreversible deploy glue"}
    assert sorted(hazard.window for hazard in hazards) == [("B",), ("D",), ("D",)]
    assert len({hazard.id for hazard in hazards}) == 3
    alone = check(
        loads(text.replace("      - C: [irreversible deploy glue]\n      - D: [rollback glue]\n", ""))
    )
    assert [hazard.id for hazard in alone.of_properties] == [hazards[0].id], (
        "what comes later changes no name"
    )


def test_an_irreversible_action_has_no_effect_while_the_new_instance_starts() -> None:
    text = """
    components: {glue: {kind: service, readiness: {V2: "false"}}}
    requests: {ask: [client calls glue: page]}
    pipeline: [A: [start irreversible deploy glue], B: [rollback glue]]
    changes: {glue/page: {}}
    """
    assert isinstance(check(loads(text)).verdict, Safe)


def test_a_rollback_that_takes_nothing_back_sets_nothing_back() -> None:
    releases = "[[A: [irreversible deploy glue]], [B: [deploy zed]]]"
    text = TEXT.format(first="", then="", back="rollback glue", changes="{zed/add: {}}")
    text = text.replace("pipeline: [First: [], Then: [], Later]", f"releases: {releases}")
    told = check(loads(text), failures=True)
    assert told.ways_back == (("A", False), ("B", True))
    (hazard,) = told.of_properties
    assert (hazard.property, hazard.window) == ("rollback glue, after irreversible deploy glue", ("Back",))
    other = check(
        loads(text.replace("[Back: [rollback glue]]", "[Back: [rollback glue zed]]")), failures=True
    )
    assert other.ways_back == (("A", False), ("B", False)), "zed is taken back"
