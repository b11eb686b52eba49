"""The events by which instances go down and come up again at their version (paragraph 86)."""

from __future__ import annotations

from collections.abc import Iterator

from ..machines.machine import Transition
from ..machines.rollouts import Rollout
from ..names import instances_of
from .causes import MoveCause
from .life_variables import LifeVariable, Standing
from .readiness import ready_when
from .system import Event, Guard, conjoin
from .variables import Vocabulary
from .walker import Walker


def build_restart_events(vocabulary: Vocabulary, walker: Walker | None) -> Iterator[Event]:
    """Going down, which need never happen, and coming back, which is fair for each version."""
    for name in vocabulary.rollouts:
        yield from build_restart_events_of(vocabulary, walker, name)


def build_restart_events_of(vocabulary: Vocabulary, walker: Walker | None, name: str) -> Iterator[Event]:
    """Those of one component."""
    life, fleet = vocabulary.lives[instances_of(name)], vocabulary.rollouts[name]
    for arrow in life.life.transitions if fleet.restarts else ():
        if arrow.trigger in fleet.restarts:
            yield from _going_down(life, walker, arrow, name)
        elif arrow.trigger in fleet.returns:
            yield from _coming_back(vocabulary, life, fleet, arrow)


def _going_down(life: LifeVariable, walker: Walker | None, arrow: Transition, name: str) -> Iterator[Event]:
    """Not the last ready instance of a version that the watched request is on."""
    guard: Guard | None = life.in_states([arrow.source])
    if walker is not None:
        spared = walker.spared(name, arrow.source, arrow.target)
        guard = None if spared is None else conjoin(life.in_states([arrow.source]), spared)
    if guard is not None:
        yield Event(_cause(life, arrow), guard, {life.key: Standing(arrow.target)})


def _coming_back(
    vocabulary: Vocabulary, life: LifeVariable, fleet: Rollout, arrow: Transition
) -> Iterator[Event]:
    for ready in ready_when(vocabulary, str(life.key.subject), fleet.returns[arrow.trigger]):
        guard = conjoin(life.in_states([arrow.source]), ready)
        if guard is not None:
            unit = life.key, arrow.trigger
            yield Event(_cause(life, arrow), guard, {life.key: Standing(arrow.target)}, unit)


def _cause(life: LifeVariable, arrow: Transition) -> MoveCause:
    return MoveCause(life.key, None, arrow.trigger, arrow.source, arrow.target)
