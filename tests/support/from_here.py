"""What can be met from where a system was seen to stand, by listing everything: what `gate` is judged by."""

from __future__ import annotations

import random
from collections.abc import Collection

from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.system import Condition, Event, Guard, State, System, Value, search
from skewproof.model.names import PIPELINE, VariableKey
from skewproof.properties.gate.lifting import LiftedRun
from skewproof.properties.lookups.listing import list_lookups


def list_from_here(system: System, seen: Guard, barred: Collection[int] = ()) -> set[State]:
    """Every state that can be come to from a reachable one that was seen so, itself included; from there on
    without the events that are barred, by identity."""
    found = {state for state in search(system).states if system.holds(state, seen)}
    waiting = list(found)
    while waiting:
        for event, there in system.successors(waiting.pop()):
            if id(event) not in barred and there not in found:
                found.add(there)
                waiting.append(there)
    return found


def find_places(
    system: System, states: Collection[State], condition: Condition, pipeline: VariableKey = PIPELINE
) -> set[Value]:
    """The positions of the pipeline in those of the states in which the condition holds."""
    return {system.value(state, pipeline) for state in states if system.satisfies(state, condition)}


def list_hazards(product: Compiled) -> dict[tuple[object, ...], Condition]:
    """By hazard, the states in which it is met."""
    found: dict[tuple[object, ...], list[Guard]] = {}
    for one in list_lookups(product):
        if one.is_broken:
            pair = one.consumer_version, one.provider_version
            found.setdefault((one.hop, one.kind, one.aspect, *pair), []).append(one.guard)
    return {key: tuple(guards) for key, guards in found.items()}


def draw_seen(draw: random.Random, system: System) -> Guard:
    """Some variables as they are in a reachable state, or, now and then, otherwise."""
    base = draw.choice(search(system).states)
    seen: dict[VariableKey, frozenset[Value]] = {}
    for variable in system.variables:
        if draw.random() < 0.5:
            values = {system.value(base, variable.key)}
            if draw.random() < 0.2:
                values = {draw.choice(variable.domain)}
            if draw.random() < 0.3:
                values.add(draw.choice(variable.domain))
            seen[variable.key] = frozenset(values)
    return seen


def check_run(
    system: System,
    run: LiftedRun,
    seen: Guard,
    condition: Condition,
    place: Value,
    pipeline: VariableKey = PIPELINE,
) -> None:
    """The run is one of the system, passes through what was seen, and ends where the condition holds."""
    states = [system.initial]
    for event in run.events:
        assert system.holds(states[-1], event.guard)
        states.append(system.successor(states[-1], event))
    assert system.holds(states[run.seen_at], seen)
    assert system.satisfies(states[-1], condition)
    assert system.value(states[-1], pipeline) == place


def bar(events: Collection[Event]) -> frozenset[int]:
    """The events, by identity."""
    return frozenset(map(id, events))
