"""The search: every state once, nearest first, with its ways; and how many paths there are."""

from __future__ import annotations

import time

import pytest

from skewproof.model.kernel.search import search
from skewproof.model.kernel.system import Event, System, Variable
from skewproof.model.resources.limits import Limits, StateLimitError, TimeLimitError
from support.graphs import arrow_of, arrows_of, graph, index_of, letter, reached


def found(arrows: str) -> str:
    """The states in the order in which they are found."""
    every = reached(arrows)
    return "".join(letter(every, index) for index in range(len(every.states)))


def test_every_state_is_found_once_and_the_nearest_first() -> None:
    assert found("ab ac bd cd de ea") == "abcde"
    assert found("ab bc cd ad") == "abdc"


def test_what_cannot_be_reached_is_not_found() -> None:
    assert found("ab cd") == "ab"


def test_each_way_is_kept_also_two_to_the_same_place() -> None:
    every = reached("ab ab ba")
    assert [[(arrow_of(event), there) for event, there in row] for row in every.edges] == [
        [("ab", 1), ("ab", 1)],
        [("ba", 0)],
    ]
    assert every.transitions == 3


def test_a_story_is_a_shortest_run() -> None:
    every = reached("ab bc cd ad de")
    assert arrows_of(every.story(index_of(every, "e"))) == "ad de"
    assert every.story(0) == []


@pytest.mark.parametrize(
    ("arrows", "paths"),
    [
        ("", 1),
        ("ab", 1),
        ("ab ab", 2),
        ("ab ac", 2),
        ("ab ac bd cd de de", 4),
        ("ab bc ad", 2),
        ("ab ba", None),
        ("aa", None),
        ("ab bb ac", None),
    ],
)
def test_maximal_paths_are_counted_unless_one_has_no_end(arrows: str, paths: int | None) -> None:
    assert reached(arrows).maximal_paths() == paths


def test_a_limit_is_hit_by_the_first_state_beyond_it() -> None:
    assert len(search(graph("ab bc"), Limits(max_states=3)).states) == 3
    limits = Limits(max_states=2)
    with pytest.raises(StateLimitError):
        search(graph("ab bc"), limits)
    assert limits.progress.states == 2, "so many had been found"


def test_a_search_ends_when_time_is_up() -> None:
    with pytest.raises(TimeLimitError):
        search(graph("aa"), Limits(deadline_s=time.monotonic() - 1))


def test_what_was_explored_is_told() -> None:
    limits = Limits()
    search(graph("ab bc"), limits)
    assert limits.progress.states == 3


X, Y, Z = "x", "y", "z"


def test_events_are_found_by_what_they_change() -> None:
    both: Event[str] = Event("both", {}, {X: 1, Y: 1})
    only: Event[str] = Event("only", {X: frozenset({0})}, {Y: 1})
    system = System((Variable(X, (0, 1), 0), Variable(Y, (0, 1), 0)), (both, only))
    assert [event.cause for event in system.changing([X])] == ["both"]
    assert [event.cause for event in system.changing([Y, X])] == ["both", "only"]
    assert system.changing([Z]) == []
    assert system.has(only)
    assert system.has(Event("both", {}, {X: 1, Y: 1})), "an event that is equal is the same"
    assert not system.has(Event("other", {}, {X: 1}))


def test_a_condition_holds_where_one_of_its_guards_does() -> None:
    system: System[str, Event[str]] = System((Variable(X, (0, 1), 0),), ())
    at_0, at_1 = {X: frozenset({0})}, {X: frozenset({1})}
    assert system.satisfies(system.initial, (at_1, at_0))
    assert not system.satisfies(system.initial, (at_1,))
    assert not system.satisfies(system.initial, ())
