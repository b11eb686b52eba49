"""Events that take instances away, and what becomes of a request that is on one of them (paragraphs 44 and 85
of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from msgspec import Struct, field, structs

from ..deployment import Drain
from ..machines.machine import Transition
from ..machines.rollouts import Rollout
from ..names import VariableKey, instances_of
from .causes import MoveCause
from .life_variables import LifeVariable, Standing
from .predicate_guards import translate_predicate
from .system import Cut, Event, Guard, Value, conjoin
from .variables import Vocabulary
from .walker import Walker


class Effect(Struct, frozen=True):
    """A transition that a move makes: when else, what else it changes, whether the move ends with it. A story
    tells what happens `beside` in its stead."""

    arrow: Transition
    ends: bool = False
    guards: tuple[Guard, ...] = ()
    also: Mapping[VariableKey, Value] = field(default_factory=dict)
    cut: Cut | None = None
    beside: tuple[VariableKey, Transition] | None = None

    def given(
        self, guard: Guard, also: Mapping[VariableKey, Value] | None = None, cut: Cut | None = None
    ) -> Effect:
        changed = {**self.also, **(also or {})}
        return structs.replace(self, guards=(*self.guards, guard), also=changed, cut=cut)


def lose_requests(
    walker: Walker | None, fleet: Rollout, component: str, effect: Effect, *, is_abrupt: bool
) -> Iterator[Effect]:
    """The effect with what becomes of a request on an instance that it takes away."""
    if walker is None:
        yield effect
        return
    source, target = effect.arrow.source, effect.arrow.target
    free = walker.spared(component, source, target)
    if free is not None:
        yield effect.given(free)
    for frame in walker.held_at(component) if is_abrupt else ():
        for version in fleet.lost(source, target, pulled=walker.is_pulled(frame)):
            yield effect.given(walker.on(frame, version), walker.over(), Cut(frame.born, version))


def _fault(life: LifeVariable, effect: Effect) -> MoveCause:
    arrow = effect.arrow
    return MoveCause(life.key, None, arrow.trigger, arrow.source, arrow.target, cut=effect.cut)


def build_fault_events(vocabulary: Vocabulary, walker: Walker | None) -> Iterator[Event]:
    """The events that happen to components by themselves: the faults of users' own machines. A request on an
    instance that goes is cut off."""
    for name, fleet in vocabulary.rollouts.items():
        life = vocabulary.lives[instances_of(name)]
        for arrow in life.life.transitions:
            if arrow.trigger not in fleet.faults:
                continue
            chosen = product(
                *(translate_predicate(vocabulary, vocabulary.predicate(said)) for said in arrow.conditions)
            )
            for conditions in chosen:
                effect = Effect(arrow, guards=(life.in_states([arrow.source]), *conditions))
                for drained in lose_requests(walker, fleet, name, effect, is_abrupt=True):
                    guard = conjoin(*drained.guards)
                    if guard is not None:
                        changes = {**drained.also, life.key: Standing(arrow.target)}
                        yield Event(_fault(life, drained), guard, changes)


def build_ending_events(vocabulary: Vocabulary, walker: Walker | None) -> Iterator[Event]:
    """The events by which instances that terminate are gone: fair, for each version. The watched request
    holds the last of a version up, or is cut off with it."""
    for name in vocabulary.rollouts:
        yield from build_ending_events_of(vocabulary, walker, name)


def build_ending_events_of(vocabulary: Vocabulary, walker: Walker | None, name: str) -> Iterator[Event]:
    """Those of one component."""
    life, fleet = vocabulary.lives[instances_of(name)], vocabulary.rollouts[name]
    is_abrupt = vocabulary.deployment.components[name].drain is Drain.ABRUPT
    for arrow in life.life.transitions if fleet.endings else ():
        if arrow.trigger not in fleet.endings:
            continue
        ended = Effect(arrow, guards=(life.in_states([arrow.source]),))
        for effect in lose_requests(walker, fleet, name, ended, is_abrupt=is_abrupt):
            guard = conjoin(*effect.guards)
            if guard is not None:
                changes = {**effect.also, life.key: Standing(arrow.target)}
                yield Event(_fault(life, effect), guard, changes, (life.key, arrow.trigger))
