"""What a hazard of a plan asks of every plan: `properties/ordering/__init__.py` says why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from ...model.compiler.actions import build_over_condition
from ...model.compiler.causes import MoveCause
from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, State
from ...model.names import VariableKey
from ..engines.protocol import HopFinding
from ..telling.need import find_needed
from ..verdict import Hazard
from .actions import PlannedAction
from .solver import Clause


class Requirement(Struct, frozen=True):
    """At least one of the pairs "the one is over before the other begins" is wanted of every plan, for the
    sake of this hazard. Without pairs no order helps."""

    pairs: tuple[tuple[PlannedAction, PlannedAction], ...]
    hazard: Hazard


def require_of_hop(actions: Sequence[PlannedAction], found: HopFinding, levels: Sequence[int]) -> Clause:
    """What the finding of a hop asks of every plan, by the numbers of the actions; the plan with these
    `levels`, of which it is a finding, does not do it.

    Few events of the run are needed, and few actions have a say in them. What is asked so can be what the
    plan does, where an action with a say was over and the run could do without that; then its events count
    too.
    """
    compiled, lookup = found.compiled, found.lookup
    own = [_find_action(actions, event) for event in found.story]
    passed = tuple(accumulate(found.story, compiled.system.successor, initial=compiled.system.initial))
    kept = frozenset[int]()
    while True:
        needed = find_needed(compiled, found.story, passed, lookup.guard, kept)
        events = [event for number, event in enumerate(found.story) if number in needed]
        events += [lookup.event] if lookup.event is not None else []
        asked = {*lookup.guard, *(key for event in events for key in (*event.guard, *event.effect))}
        clause = _clause(actions, compiled, events, asked)
        if not any(levels[one] < levels[other] for one, other in clause):
            return clause
        have_a_say = set(_list_with_a_say(actions, asked))
        more = frozenset(number for number, one in enumerate(own) if one in have_a_say)
        if more <= kept:
            raise AssertionError("a plan has a hazard that what it does excludes")
        kept |= more


def require_of_run(actions: Sequence[PlannedAction], alone: Compiled, story: Sequence[Event]) -> Clause:
    """What a run asks that violates a property in its last state: every action has a say in it."""
    return _clause(actions, alone, story, {variable.key for variable in alone.system.variables})


def _clause(
    actions: Sequence[PlannedAction], compiled: Compiled, events: Sequence[Event], asked: set[VariableKey]
) -> Clause:
    """The pairs that the run does not have: one action begins while another, which has a say, is not over."""
    have_a_say = _list_with_a_say(actions, asked)
    state, begun, pairs = compiled.system.initial, set[int](), set[tuple[int, int]]()
    for event in events:
        own = _find_action(actions, event)
        if own is not None and own not in begun:
            begun.add(own)
            pairs |= {(a, own) for a in have_a_say if a != own and not _is_over(compiled, actions[a], state)}
        state = compiled.system.successor(state, event)
    return frozenset(pairs)


def _list_with_a_say(actions: Sequence[PlannedAction], asked: set[VariableKey]) -> list[int]:
    """The actions that move what is asked for."""
    return [number for number, action in enumerate(actions) if action.keys & asked]


def _find_action(actions: Sequence[PlannedAction], event: Event) -> int | None:
    """The action that makes the event happen; None for what happens by itself."""
    cause = event.cause
    if not isinstance(cause, MoveCause) or cause.instruction is None:
        return None
    for number, action in enumerate(actions):
        if cause.variable in action.keys and cause.instruction is action.instruction:
            return number
    return None


def _is_over(compiled: Compiled, action: PlannedAction, state: State) -> bool:
    """Whether the action has nothing left to do, or has ended."""
    own = (
        move
        for move in compiled.vocabulary.moves
        if move.instruction is action.instruction and move.target.name == action.name
    )
    return all(
        compiled.system.satisfies(state, build_over_condition(compiled.vocabulary, move)) for move in own
    )
