"""What is told beside the verdict."""

from __future__ import annotations

from msgspec.structs import replace

from skewproof.properties import Safe, Unknown, Unsafe
from skewproof.properties.verdict import Answer, Hazard
from support.output_samples import property_hazard, safe_answer, schema_hazard, unknown_answer, unsafe_answer


def test_only_an_unsafe_answer_has_hazards() -> None:
    hazard: Hazard = schema_hazard()
    answers: list[Answer] = [safe_answer(), unknown_answer(), unsafe_answer(hazard)]
    assert [type(answer.verdict) for answer in answers] == [Safe, Unknown, Unsafe]
    assert [[one.id for one in answer.hazards] for answer in answers] == [[], [], [hazard.id]]


def test_the_point_of_no_return_is_the_first_step_without_a_way_back() -> None:
    ways = (("One", True), ("Two", False), ("Three", True), ("Four", False))
    assert replace(safe_answer(), ways_back=ways).point_of_no_return == "Two"
    assert replace(safe_answer(), ways_back=ways[:1]).point_of_no_return is None
    assert safe_answer().point_of_no_return is None


def test_a_story_ends_or_stays_or_goes_round() -> None:
    still, hop = property_hazard(), schema_hazard()
    stories: list[Hazard] = [hop, replace(still, loop=None), still, replace(still, loop=2)]
    assert [(one.ends, one.stays) for one in stories] == [
        (True, False),
        (True, False),
        (False, True),
        (False, False),
    ]


def test_only_a_broken_pair_is_due_to_a_change() -> None:
    assert schema_hazard().is_due_to_change
    assert not replace(schema_hazard(), aspect=None).is_due_to_change
