"""A pipeline's way that is kept choice by choice against the list of its events."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from msgspec.structs import replace

from skewproof.model.compiler import advances
from skewproof.model.compiler.advances import Advance, EventList, Outcome
from skewproof.model.compiler.causes import PipelineCause
from skewproof.model.compiler.moves import Position
from skewproof.model.compiler.system import Event, System, Variable
from skewproof.model.names import PIPELINE, VariableKey, flag_of
from skewproof.model.resources.limits import EventLimitError
from skewproof.properties.temporal.exits import Exit
from skewproof.properties.temporal.influence import join_sets

KEYS = tuple(map(flag_of, "abc"))
VALUES = ("0", "1", "2")
CAUSE = PipelineCause(Position(0, "One"), Position(1, "Two"))
VARIABLES = tuple(Variable(key, VALUES, "0") for key in (PIPELINE, *KEYS))
SOME = settings(max_examples=300, deadline=None)

singles = st.sampled_from(VALUES).map(lambda value: frozenset({value}))
guards = st.dictionaries(st.sampled_from(KEYS), singles | singles | st.just(frozenset("01")), max_size=2)
"""Seldom more than one value of a variable, so that choices often contradict each other."""


@st.composite
def outcomes(draw: DrawFn, own: VariableKey) -> Outcome:
    """What an outcome changes it asks something of, as a switch does; each choice has one of its own."""
    guard = draw(guards)
    return guard, {own: draw(st.sampled_from(VALUES))} if own in guard and draw(st.booleans()) else {}


@st.composite
def ways(draw: DrawFn) -> Advance:
    own = KEYS[: draw(st.integers(0, 3))]
    choices = tuple(tuple(draw(st.lists(outcomes(key), max_size=3))) for key in own)
    return Advance(CAUSE, {PIPELINE: frozenset("0")}, {PIPELINE: "1"}, choices, PIPELINE)


def tell(events: Iterable[Event]) -> set[object]:
    return {(frozenset(e.guard.items()), frozenset(e.effect.items())) for e in events}


def cut(event: Event, known: Iterable[VariableKey]) -> Event:
    guard = {key: event.guard[key] for key in known if key in event.guard}
    return replace(event, guard=guard, effect={k: event.effect[k] for k in known if k in event.effect})


def tell_effect(event: Event) -> frozenset[object]:
    return frozenset(event.effect.items())


@SOME
@given(ways(), st.frozensets(st.sampled_from(KEYS)))
def test_what_some_variables_tell_apart(way: Advance, some: frozenset[VariableKey]) -> None:
    known = some | {PIPELINE}
    assert tell(way.within(known)) == tell(cut(event, known) for event in way.events())
    assert len(list(way.within(known))) == len(tell(way.within(known)))


@SOME
@given(ways(), st.frozensets(st.sampled_from(KEYS)))
def test_what_some_variables_see_with_the_choices_apart(way: Advance, some: frozenset[VariableKey]) -> None:
    known = some | {PIPELINE}
    seen = way.seen_by(known)
    assert (seen is None) == (not list(way.events()))
    if seen is not None:
        system = System(VARIABLES, ())
        assert all(tell([one]) == tell([cut(one, known)]) for one in seen.events())
        for state in product(range(2), *(range(3) for _ in KEYS)):
            here = {tell_effect(e) for e in seen.events() if system.holds(state, e.guard)}
            listed = (cut(event, known) for event in way.events())
            assert here == {tell_effect(e) for e in listed if system.holds(state, e.guard)}


@SOME
@given(ways())
def test_it_is_open_where_each_part_of_what_it_asks_holds(way: Advance) -> None:
    """What is asked together is in one part; nothing else need be."""
    asked = Exit((way,))
    system = System(VARIABLES, ())
    parts = [asked.within(part) for part in join_sets(asked.names, asked.together)]
    for state in product(range(2), *(range(3) for _ in KEYS)):
        is_open = any(system.holds(state, event.guard) for event in way.events())
        assert all(system.satisfies(state, part) for part in parts) is is_open


@SOME
@given(ways())
def test_in_each_state_the_same_can_happen(way: Advance) -> None:
    listed = System(VARIABLES, tuple(way.events()))
    joint = System(VARIABLES, AllJoint([way], ()))
    for state in product(range(2), *(range(3) for _ in KEYS)):
        found = list(joint.successors(state))
        assert sorted(map(str, found)) == sorted(map(str, listed.successors(state)))
        assert all(joint.has(event) for event, _ in found)
        taken = way.taken(partial(joint.holds, state))
        assert (taken and str(taken)) == next(
            (str(e) for e in listed.events if listed.holds(state, e.guard)), None
        )


@SOME
@given(ways(), ways())
def test_an_event_of_another_way_is_none_of_it(way: Advance, other: Advance) -> None:
    """Nor is one that happens where this way is not open, or changes something else."""
    for event in other.events():
        if way.makes(event):
            wider = [one for one in way.events() if one.effect == event.effect]
            states = product(range(2), *(range(3) for _ in KEYS))
            system = System(VARIABLES, ())
            assert all(
                any(system.holds(state, one.guard) for one in wider)
                for state in states
                if system.holds(state, event.guard)
            )


class AllJoint(EventList):
    """However few the events are, they are not listed."""

    @property
    def joint(self) -> tuple[Advance, ...]:
        return self.advances

    @property
    def single(self) -> tuple[Event, ...]:
        return self.others


def test_what_is_left_out_is_not_forgotten_before_the_last_choice_that_names_it() -> None:
    """The first and the last contradict each other in what nobody asks about, and the one between does not
    name it."""
    a, b, c = KEYS
    choices: tuple[tuple[Outcome, ...], ...] = (
        (({a: frozenset("01"), c: frozenset("2")}, {a: "0"}), ({a: frozenset("1")}, {})),
        (({a: frozenset("01")}, {}), ({b: frozenset("0")}, {})),
        (({a: frozenset("0"), c: frozenset("01")}, {}), ({a: frozenset("2")}, {})),
    )
    way = Advance(CAUSE, {PIPELINE: frozenset("0")}, {PIPELINE: "1"}, choices, PIPELINE)
    assert list(way.within({PIPELINE, a})) == []


def test_a_way_of_many_copies_is_not_listed() -> None:
    """Thirty copies, each over in five ways: 5 to the 30 events would not fit in memory."""
    keys = [flag_of(f"f{number}") for number in range(30)]
    choices: tuple[tuple[Outcome, ...], ...] = tuple(
        tuple(({key: frozenset({value})}, {}) for value in "01234") for key in keys
    )
    way = Advance(CAUSE, {PIPELINE: frozenset("0")}, {PIPELINE: "1"}, choices, PIPELINE)
    assert way.is_wide
    events = EventList([way], ())
    assert (events.joint, events.single) == ((way,), ())
    assert len(list(way.within({PIPELINE, keys[3], keys[7]}))) == 25
    variables = (Variable(PIPELINE, ("0", "1"), "0"), *(Variable(key, tuple("012345"), "0") for key in keys))
    system = System(variables, events)
    ((event, there),) = system.successors(system.initial)
    assert system.enabled(system.initial) == [event]
    assert (there[0], len(event.guard)) == (1, 31)
    assert system.has(event)
    assert not system.has(replace(event, effect={**event.effect, keys[0]: "1"}))
    assert list(system.successors((0, 5, *system.initial[2:]))) == []
    assert advances.MOST_SINGLE < 5**30
    with pytest.raises(EventLimitError, match="more than 20,000 ways"):
        list(events)
    seen = events.within({PIPELINE, keys[3]}, ())
    assert [len(event.guard) for event in seen] == [2] * 5
    assert isinstance(kept := events.within({PIPELINE, *keys[:20]}, ()), EventList)
    assert [len(one.choices) for one in kept.joint] == [20]


def test_copies_of_one_table_are_asked_together_and_others_apart() -> None:
    """Each copy is over once it equals its table: those of one table have to do with each other."""
    t, u = flag_of("t"), flag_of("u")
    copies = {flag_of("k"): t, flag_of("l"): t, flag_of("m"): u}
    choices: tuple[tuple[Outcome, ...], ...] = tuple(
        tuple(({copy: frozenset({value}), table: frozenset({value})}, {}) for value in "01")
        for copy, table in copies.items()
    )
    way = Advance(CAUSE, {PIPELINE: frozenset("0")}, {PIPELINE: "1"}, choices, PIPELINE)
    asked = Exit((way,))
    parts = join_sets((key for key in asked.names if key != PIPELINE), asked.together)
    assert sorted(map(len, parts)) == [2, 3]
    assert frozenset({t, flag_of("k"), flag_of("l")}) in parts
