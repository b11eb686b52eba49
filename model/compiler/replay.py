"""Replay of a run on the live machines: nobody is shown a story that did not happen there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from ..errors import SkewproofError
from ..kernel.system import LiveRun
from ..machines.machine import LiveMachine, Machine, read
from ..names import VariableKey
from .compile import Compiled
from .life_variables import LifeVariable
from .predicate_guards import translate_predicate
from .space import show_value
from .system import Event, State


class ReplayError(SkewproofError):
    """A run that the unreduced machines do not follow: a fault of skewproof, never of a file."""


def replay(compiled: Compiled, events: Iterable[Event]) -> list[State]:
    """The states from the initial one on, each event checked on the system and fired on the live machines.

    Raises `ReplayError` at the first event that is not enabled, or whose machine does not arrive
    where the system says.
    """
    return Replay(compiled).make(tuple(events))


class Replay:
    """Replays runs of one system, one after the other. What a run has in common with the one before it, from
    the start on, was made then."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._running: dict[VariableKey, LiveMachine] = {}
        self._made: list[Event] = []
        self._passed = [compiled.system.initial]

    def make(self, events: Sequence[Event]) -> list[State]:
        """As `replay`."""
        known = 0
        if not self._running:  # who asks conditions is where the last run left it
            known = count_common(self._made, events)
        self._running.clear()
        del self._made[known:], self._passed[known + 1 :]
        run = LiveRun(self._compiled.system, self._passed[-1])
        for event in events[known:]:
            self._go(run, event)
            self._passed.append(run.state)
            self._made.append(event)
        return list(self._passed)

    def find_end(self, events: Iterable[Event]) -> State:
        """Where the run ends, each event checked and fired as by `make`; no state on its way is kept."""
        self._running.clear()
        self._made.clear()
        del self._passed[1:]
        run = LiveRun(self._compiled.system)
        for event in events:
            self._go(run, event)
        return run.state

    def _go(self, run: LiveRun[VariableKey, Event], event: Event) -> None:
        """Makes the event happen, if it can, and the machines that it moves go where it says."""
        lives = self._compiled.vocabulary.lives
        if not (self._compiled.system.has(event) and run.allows(event.guard)):
            raise ReplayError(f"`{event.text}` is not enabled where the story has it")
        for key, value in event.effect.items():  # nothing else changes
            life = lives.get(key)
            if life is None:
                continue
            here, there = show_value(run.value(key)), show_value(value)
            if here != there and not self._goes(life, run, here, there):
                raise ReplayError(f"the machine of {life.subject} does not go from {here} to {there}")
        run.go(event.effect)

    def _goes(self, life: LifeVariable, before: LiveRun[VariableKey, Event], here: str, there: str) -> bool:
        """Whether its machine goes there, while all else is as before the event."""
        if not _has_conditions(life.machine):
            return _goes(life.machine, here, there)
        vocabulary = self._compiled.vocabulary

        def holds(condition: str) -> bool:
            said = translate_predicate(vocabulary, vocabulary.predicate(condition))
            return any(before.allows(guard) for guard in said)

        live = self._running.get(life.key) or LiveMachine(life.machine, life.start)
        live.ask(holds)
        return _fires(self._running.setdefault(life.key, live), life.machine, here, there)


def count_common(one: Sequence[object], other: Sequence[object]) -> int:
    """How many of the first items are the same objects in both."""
    found = 0
    for mine, its in zip(one, other, strict=False):
        if mine is not its:
            break
        found += 1
    return found


@cache
def _has_conditions(machine: Machine) -> bool:
    return any(arrow.conditions for arrow in read(machine).transitions)


@cache
def _goes(machine: Machine, here: str, there: str) -> bool:
    """Whether a live machine that is in one state goes to the other. What it does without conditions and
    callbacks, which no machine has, depends on its state alone: each of its arrows is fired once, in
    whichever of many stories it comes first."""
    run = LiveMachine(machine, here)
    try:
        return _fires(run, machine, here, there)
    finally:
        run.leave()


def _fires(run: LiveMachine, machine: Machine, here: str, there: str) -> bool:
    """Makes the live machine go from one state to the other; whether it did."""
    arrows = (a for a in read(machine).transitions if (a.source, a.target) == (here, there))
    return run.now == here and any(run.fires(arrow.trigger) for arrow in arrows) and run.now == there
