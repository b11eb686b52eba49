"""Replay of a run on the live machines: nobody is shown a story that did not happen there."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import SkewproofError
from ..machines.machine import LiveMachine
from ..names import VariableKey
from .compile import Compiled
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
    system, lives = compiled.system, compiled.vocabulary.lives
    running: dict[VariableKey, LiveMachine] = {}
    state = system.initial
    passed = [state]

    def holds(condition: str) -> bool:
        return system.satisfies(
            state, translate_predicate(compiled.vocabulary, compiled.vocabulary.predicate(condition))
        )

    for event in events:
        if not (system.has(event) and system.holds(state, event.guard)):
            raise ReplayError(f"`{event.text}` is not enabled where the story has it")
        reached = system.successor(state, event)
        for key in event.effect:  # nothing else changes
            life = lives.get(key)
            if life is None:
                continue
            here, there = show_value(system.value(state, key)), show_value(system.value(reached, key))
            if here == there:
                continue
            arrows = [a for a in life.life.transitions if (a.source, a.target) == (here, there)]
            run = running.get(key) or running.setdefault(key, LiveMachine(life.machine, life.start, holds))
            if not any(run.fires(arrow.trigger) for arrow in arrows) or run.now != there:
                raise ReplayError(f"the machine of {life.subject} does not go from {here} to {there}")
        state = reached
        passed.append(state)
    return passed
