"""A flag that each instance takes up at its own moment, seen by real code."""

from __future__ import annotations

import json
from pathlib import Path

from skewproof.properties.harness import Comparison, Trial
from skewproof.properties.harness.tour import find_tour
from skewproof.properties.harness.views import Instance, Sight
from support.gradual_flags import AT_ONCE, NEW_CALLS_BREAK, OLD_TOKENS_BREAK, Gradual, Spending
from support.harness_samples import compared, said


def test_instances_that_see_the_flag_otherwise_break_and_the_tour_says_so(tmp_path: Path) -> None:
    comparison = compared(Gradual(tmp_path))
    assert {wrong.result.failure.evidence for wrong in comparison.unpredicted if wrong.result.failure} == {
        "ValueError: V2 asks for old, and hears new",
        "ValueError: V2 asks for new, and hears old",
    }
    assert "front V2 sees `new` on" in str(said(comparison))


def test_they_are_predicted_and_seen_where_the_file_says_so(tmp_path: Path) -> None:
    comparison = compared(Gradual(tmp_path, changes_text=NEW_CALLS_BREAK))
    assert said(comparison) == []
    assert {str(pair) for _, pair in comparison.seen} == {"call V1 -> V2", "call V2 -> V1"}


def test_code_that_copes_with_both_passes(tmp_path: Path) -> None:
    comparison = compared(Gradual(tmp_path, is_tolerant=True))
    assert said(comparison) == []
    views = {
        stop.encounter.views for stop in find_tour(comparison.courses["ask"]).stops if stop.encounter.hop == 2
    }
    assert views == {(own, other) for own in ("off", "on") for other in ("off", "on")}


def test_all_that_see_a_flag_at_once_see_it_alike(tmp_path: Path) -> None:
    comparison = compared(Gradual(tmp_path, text=AT_ONCE))
    assert said(comparison) == []
    views = {
        stop.encounter.views for stop in find_tour(comparison.courses["ask"]).stops if stop.encounter.hop == 2
    }
    assert views == {("off", "off"), ("on", "on")}


def test_a_run_with_a_flag_that_not_all_see_is_repeated(tmp_path: Path) -> None:
    with Trial(Gradual(tmp_path)) as trial:
        comparison = Comparison(trial)
        comparison.tour()
        for wrong in comparison.unpredicted:
            assert comparison.run(wrong.result.run) == wrong.result


def test_each_instance_has_a_file_of_what_it_sees(tmp_path: Path) -> None:
    with Trial(Gradual(tmp_path)) as trial, trial.world() as world:
        files = [world.switches.file(component, "V2") for component in ("front", "back")]

        def seen() -> list[bool]:
            return [json.loads(file.read_text("utf-8"))["new"] for file in files]

        assert seen() == [False, False]
        world.switches.see([Sight(Instance("back", "V2"), "new", is_on=True)])
        assert seen() == [False, True]
        world.switches.turn({"new": True})
        world.switches.see([Sight(Instance("front", "V2"), "new", is_on=False)])
        assert seen() == [False, True]


def test_a_pair_explains_only_what_was_seen_as_it_says(tmp_path: Path) -> None:
    """Of two pairs that can be met meanwhile the file has one: the other is not predicted."""
    one_way = "changes: {back/value: {breaks: {call: [V1 -> V2]}}}"
    comparison = compared(Gradual(tmp_path, changes_text=one_way))
    assert {str(pair) for _, pair in comparison.seen} == {"call V1 -> V2"}
    assert {wrong.result.failure.evidence for wrong in comparison.unpredicted if wrong.result.failure} == {
        "ValueError: V2 asks for old, and hears new"
    }


# --- a flag that is thrown between two hops of one handler --------------------------------------------


def test_a_flag_that_is_thrown_between_getting_and_using_is_seen_by_the_code(tmp_path: Path) -> None:
    comparison = compared(Spending(tmp_path))
    (wrong,) = comparison.unpredicted
    assert wrong.result.failure is not None
    assert wrong.result.failure.hop == 3
    assert wrong.result.failure.evidence == "ValueError: V2 spends in the new form what it has in the old one"
    switch, value, spend = "Switch begins: enable new", "back V2: value", "back V2: spend using back/value V1"
    places = [
        n for n, line in enumerate(wrong.result.story) for words in (value, switch, spend) if words in line
    ]
    assert len(places) == 3, wrong.result.story
    assert value in wrong.result.story[places[0]]
    assert spend in wrong.result.story[places[2]]


def test_it_is_predicted_and_seen_where_the_file_says_so(tmp_path: Path) -> None:
    comparison = compared(Spending(tmp_path, changes_text=OLD_TOKENS_BREAK))
    assert said(comparison) == []
    assert {(pair.hop, str(pair)) for _, pair in comparison.seen} == {(3, "token V1 -> V2")}


def test_such_a_run_is_repeated(tmp_path: Path) -> None:
    with Trial(Spending(tmp_path)) as trial:
        comparison = Comparison(trial)
        comparison.tour()
        (wrong,) = comparison.unpredicted
        assert comparison.run(wrong.result.run) == wrong.result


def test_of_code_that_looks_at_a_flag_once_nothing_else_is_concluded(tmp_path: Path) -> None:
    """It goes on as it began: to the model it does what the file says of neither form."""
    comparison = compared(Spending(tmp_path, is_asked_once=True))
    assert comparison.unpredicted == []
