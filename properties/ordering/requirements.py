"""What a hazard of a plan asks of every plan: `properties/ordering/__init__.py` says why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

from msgspec import Struct

from ...model.compiler.actions import build_over_condition
from ...model.compiler.causes import MoveCause
from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, State
from ...model.deployment import Instruction
from ...model.names import VariableKey
from ..engines.protocol import HopFinding
from ..telling.need import find_needed
from ..verdict import Hazard
from .actions import WAVE, PlannedAction, list_successions
from .solver import Clause


class Requirement(Struct, frozen=True):
    """At least one of the pairs "the one is over before the other begins" is wanted of every plan, for the
    sake of this hazard (None: the one is the next version of the other). Without pairs no order helps."""

    pairs: tuple[tuple[PlannedAction, PlannedAction], ...]
    hazard: Hazard | None


def require_of_hop(
    actions: Sequence[PlannedAction], found: HopFinding, levels: Sequence[int]
) -> tuple[Clause, frozenset[VariableKey]]:
    """What the finding of a hop asks of every plan, by the numbers of the actions; the plan with these
    `levels`, of which it is a finding, does not do it. With it come the variables that are asked for: what
    moves none of them has no say, whatever else a plan does.

    Few events of the run are needed, and few actions have a say in them. What is asked so can be what the
    plan does, where an action with a say was over and the run could do without that; then its events count
    too.
    """
    compiled, lookup = found.compiled, found.lookup
    passed = tuple(accumulate(found.story, compiled.system.successor, initial=compiled.system.initial))
    run = _Run(actions, compiled, found.story, passed, levels)
    kept = frozenset[int]()
    while True:
        needed = find_needed(compiled, found.story, passed, lookup.guard, kept, exact=True)
        events = [event for number, event in enumerate(found.story) if number in needed]
        events += [lookup.event] if lookup.event is not None else []
        asked = {*lookup.guard, *(key for event in events for key in (*event.guard, *event.effect))}
        have_a_say = _list_with_a_say(actions, asked)
        clause = run.clause(needed, lookup.event, have_a_say)
        if not any(levels[one] < levels[other] for one, other in clause):
            return clause, frozenset(asked)
        more = run.list_own(have_a_say)
        if more <= kept:
            more = frozenset(range(len(found.story)))
        if more <= kept:
            raise AssertionError("a plan has a hazard that what it does excludes")
        kept |= more


def require_of_run(
    actions: Sequence[PlannedAction], alone: Compiled, story: Sequence[Event], levels: Sequence[int]
) -> Clause:
    """What a run asks that violates a property in its last state: every action has a say in it."""
    passed = tuple(accumulate(story, alone.system.successor, initial=alone.system.initial))
    run = _Run(actions, alone, story, passed, levels)
    return run.clause(frozenset(range(len(story))), None, range(len(actions)))


class _Run:
    """A run of a plan with these `levels`, and which of its actions makes each event happen. A wave is over
    before the next begins, so of several that move the same it is the one of the wave that is under way."""

    def __init__(
        self,
        actions: Sequence[PlannedAction],
        compiled: Compiled,
        story: Sequence[Event],
        passed: Sequence[State],
        levels: Sequence[int],
    ) -> None:
        self._actions, self._compiled, self._story = actions, compiled, story
        self._level = [_find_level(compiled, state) for state in passed]
        self._levels = levels
        self._owners = [self._find_action(event, self._level[n]) for n, event in enumerate(story)]
        self._followed_by = dict(list_successions(actions))

    def list_own(self, have_a_say: Collection[int]) -> frozenset[int]:
        """The events, by index, that actions make which have a say."""
        return frozenset(number for number, one in enumerate(self._owners) if one in have_a_say)

    def clause(self, needed: Collection[int], last: Event | None, have_a_say: Collection[int]) -> Clause:
        """The pairs that what is needed of the run, with the `last` event, does not have: one action begins
        while another, which has a say, is not over. A drain begins, and is over, when the run leaves its
        wave, if there is nothing to drain then; else it has not begun yet."""
        system = self._compiled.system
        state, begun, over, pairs = system.initial, set[int](), set[int](), set[tuple[int, int]]()

        def begin(own: int) -> None:
            pairs.update(
                (a, own)
                for a in have_a_say
                if a != own and a not in over and not self._is_over(a, state, begun)
            )
            begun.add(own)

        for number, event in enumerate(self._story):
            if number in needed:
                own = self._owners[number]
                if own is not None and own not in begun:
                    begin(own)
                state = system.successor(state, event)
            for drain in self._list_left(number, have_a_say):
                if self._is_over(drain, state, begun):
                    begin(drain)
                    over.add(drain)
        if last is not None:
            own = self._find_action(last, self._level[-1])
            if own is not None and own not in begun:
                begin(own)
        return frozenset(pairs)

    def _list_left(self, number: int, have_a_say: Collection[int]) -> Iterator[int]:
        """The drains whose wave the event leaves."""
        here, there = self._level[number], self._level[number + 1]
        for one in have_a_say if here != there else ():
            if self._actions[one].instruction is Instruction.DRAIN and self._levels[one] == here:
                yield one

    def _is_over(self, number: int, state: State, begun: Collection[int]) -> bool:
        """Whether the action has nothing left to do, or has ended."""
        if self._followed_by.get(number) in begun:
            return True
        action, vocabulary = self._actions[number], self._compiled.vocabulary
        own = (
            move
            for move in vocabulary.moves
            if move.instruction is action.instruction
            and move.target.name == action.name
            and action.to in ("", move.goal)
        )
        return all(
            self._compiled.system.satisfies(state, build_over_condition(vocabulary, move)) for move in own
        )

    def _find_action(self, event: Event, level: int) -> int | None:
        """The action that makes the event happen; None for what happens by itself."""
        cause = event.cause
        if not isinstance(cause, MoveCause) or cause.instruction is None:
            return None
        known = [
            number
            for number, action in enumerate(self._actions)
            if cause.variable in action.keys and cause.instruction is action.instruction
        ]
        return next(
            (number for number in known if self._levels[number] == level), known[0] if known else None
        )


def _find_level(compiled: Compiled, state: State) -> int:
    """Which wave is under way, from 0; -1 before the first and after the last."""
    (place,) = compiled.where(state)
    is_wave = place.step.startswith(WAVE)
    return int(place.step.removeprefix(WAVE)) - 1 if is_wave else -1


def _list_with_a_say(actions: Sequence[PlannedAction], asked: set[VariableKey]) -> list[int]:
    """The actions that move what is asked for."""
    return [number for number, action in enumerate(actions) if action.keys & asked]
