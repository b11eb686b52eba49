"""The search: every state once, nearest first, with its ways; and how many paths there are."""

from __future__ import annotations

import pytest

from skewproof.model.kernel.search import search
from skewproof.model.kernel.system import Event, EventKind, System, Variable
from skewproof.model.resources.limits import Limits, StateLimitError
from support.graphs import graph


def letters(system: System) -> str:
    return "".join(str(system.value(state, "at")) for state in search(system).states)


def test_every_state_is_found_once_and_the_nearest_first() -> None:
    assert letters(graph("ab ac bd cd de ea")) == "abcde"
    assert letters(graph("ab bc cd ad")) == "abdc"


def test_what_cannot_be_reached_is_not_found() -> None:
    assert letters(graph("ab cd")) == "ab"


def test_each_way_is_kept_also_two_to_the_same_place() -> None:
    found = search(graph("ab ab ba"))
    assert [[(event.text, there) for event, there in row] for row in found.edges] == [
        [("ab", 1), ("ab", 1)],
        [("ba", 0)],
    ]
    assert found.transitions == 3


def test_a_story_is_a_shortest_run() -> None:
    found = search(graph("ab bc cd ad de"))
    index = [str(found.system.value(state, "at")) for state in found.states].index("e")
    assert [event.text for event in found.story(index)] == ["ad", "de"]
    assert found.story(0) == []


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
    assert search(graph(arrows)).maximal_paths() == paths


def test_a_limit_is_hit_by_the_first_state_beyond_it() -> None:
    assert len(search(graph("ab bc"), Limits(max_states=3)).states) == 3
    with pytest.raises(StateLimitError):
        search(graph("ab bc"), Limits(max_states=2))


def test_what_was_explored_is_told() -> None:
    limits = Limits()
    search(graph("ab bc"), limits)
    assert limits.progress.states == 3


def test_events_are_found_by_what_they_change() -> None:
    one = Variable("x", (0, 1), 0)
    other = Variable("y", (0, 1), 0)
    both = Event(EventKind.MOVE, "it", "both", {}, {"x": 1, "y": 1})
    only = Event(EventKind.MOVE, "it", "only", {"x": frozenset({0})}, {"y": 1})
    system = System((one, other), (both, only))
    assert [event.text for event in system.changing(["x"])] == ["both"]
    assert [event.text for event in system.changing(["y", "x"])] == ["both", "only"]
    assert system.changing(["z"]) == []
    assert system.has(only)
    assert not system.has(Event(EventKind.MOVE, "it", "other", {}, {"x": 1}))


def test_a_condition_holds_where_one_of_its_guards_does() -> None:
    system = graph("ab")
    at_a, at_b = {"at": frozenset({"a"})}, {"at": frozenset({"b"})}
    assert system.satisfies(system.initial, (at_b, at_a))
    assert not system.satisfies(system.initial, (at_b,))
    assert not system.satisfies(system.initial, ())
