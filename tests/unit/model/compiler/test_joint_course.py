"""Several pipelines as one course."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.course import build_course
from skewproof.model.compiler.errors import TooManyPlacesError
from skewproof.model.compiler.moves import Course
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.language import loads

TEXT = """
components: {a: {kind: service, replicas: {V1: 1, V2: 3}}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y]}
pipelines: {one: [A: [start deploy a]], two: [B: [deploy b], C: [await a]]}
rollback: {two: [Undo: [rollback b]]}
"""


def course(text: str = TEXT, *, failures: bool = False) -> Course:
    deployment = loads(text)
    object.__setattr__(deployment, "failures", failures)
    return build_course(deployment)


def test_positions_are_the_product() -> None:
    found = course()
    assert len(found.positions) == 3 * 4
    assert [position.index for position in found.positions] == list(range(12))
    first, last = found.positions[0], found.positions[-1]
    assert first.steps == ("one: (before)", "two: (before)")
    assert (first.step, first.is_end) == ("one: (before) + two: (before)", False)
    assert (last.step, last.is_end) == ("one: (after) + two: (after)", True)
    assert found.positions[5].step == "one: A + two: B"
    assert len({position.name for position in found.positions}) == 12


def test_one_goes_on_at_a_time_and_only_forward() -> None:
    found = course()
    for here, onward in zip(found.positions, found.onward, strict=True):
        for there in (found.positions[index] for index in onward):
            moved = [a.index != b.index for a, b in zip(here.each, there.each, strict=True)]
            assert sum(moved) == 1
            assert there.index > here.index
            assert here.passed < there.passed
    assert [len(onward) for onward in found.onward] == [2, 2, 2, 1] * 2 + [1, 1, 1, 0]


def test_moves_speak_of_positions_of_their_own_pipeline() -> None:
    vocabulary = Vocabulary(loads(TEXT))
    (roll, other) = vocabulary.moves
    assert [str(move.action) for move in (roll, other)] == ["start deploy a", "deploy b"]
    assert {place.steps[1] for place in vocabulary.standing_at(other.position)} == {"two: B"}
    assert {place.steps[0] for place in vocabulary.places_of(roll)} == {"one: (after)"}
    assert len(list(vocabulary.places_of(roll))) == 4, "wherever the other stands"


def test_as_many_are_wanted_as_where_their_own_pipeline_stands() -> None:
    found = course()
    wanted = {place.steps[0]: found.counts[place.index]["a"] for place in found.positions}
    assert wanted == {"one: (before)": 1, "one: A": 3, "one: (after)": 3}


def test_await_looks_at_what_the_other_has_passed() -> None:
    vocabulary = Vocabulary(loads(TEXT))
    for place in vocabulary.positions:
        waits = vocabulary.awaited_at(place.parts[1], place)
        is_begun = place.steps[0] == "one: (after)"
        if place.steps[1] == "two: C":
            assert [str(move.action) for move in waits] == (["start deploy a"] if is_begun else [])


def test_each_fails_by_itself() -> None:
    found = course(failures=True)
    # one: three positions, and nothing that waits; two: four, a stop for each of its two awaited actions, and
    # the rollback that is the same after both (Undo, (after)).
    assert len(found.positions) == 3 * (4 + 2 + 2)
    stopped = [position for position in found.positions if position.is_stopped]
    assert {position.steps for position in stopped if position.steps[0] == "one: A"} == {
        ("one: A", "two: B"),
        ("one: A", "two: C"),
    }
    ends = [position.steps for position in found.positions if position.is_end]
    assert ends == [("one: (after)", "two: (after)")] * 2


def test_too_many_places_are_refused_with_their_number() -> None:
    steps = ", ".join(f"S{number}" for number in range(25))
    pipelines = [f"{name}: [{steps}]" for name in ("one", "two", "three", "four")]
    text = TEXT[: TEXT.index("pipelines")] + "pipelines: {PIPELINES}\n"
    assert len(course(text.replace("PIPELINES", ", ".join(pipelines[:2]))).positions) == 27**2
    with pytest.raises(TooManyPlacesError, match=r"can stand in 531,441 ways together; at most 20,000"):
        course(text.replace("PIPELINES", ", ".join(pipelines)))
