"""Leaders: who can be elected, and who is none any more (paragraph 92 of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..machines.rollouts import Rollout
from ..names import instances_of, leader_of
from .causes import ElectionCause
from .life_variables import Standing
from .system import Event, conjoin
from .variables import NO_LEADER, Vocabulary


def build_election_events(vocabulary: Vocabulary) -> Iterator[Event]:
    """At any time another version with a ready instance may come to lead, or nobody does."""
    for name in vocabulary.deployment.led:
        life = vocabulary.lives[leader_of(name)]
        for version in vocabulary.deployment.versions:
            guard = conjoin(vocabulary.up(name, version), life.out_of_states([version]))
            if guard is not None:
                yield Event(ElectionCause(name, version), guard, {life.key: Standing(version)})
        somebody = life.out_of_states([NO_LEADER])
        yield Event(ElectionCause(name, None), somebody, {life.key: Standing(NO_LEADER)})


def end_offices(vocabulary: Vocabulary, events: Iterable[Event]) -> Iterator[Event]:
    """The events; one by which the last ready instance of a version goes also leaves a leader of that version
    no leader."""
    led = {instances_of(name): name for name in vocabulary.deployment.led}
    for event in events:
        names = [led[key] for key in event.effect if key in led]
        if not names:
            yield event
            continue
        (name,) = names  # no event is of the instances of two components
        fleet, life = vocabulary.rollouts[name], vocabulary.lives[leader_of(name)]
        lost = _lost_versions(fleet, name, event)
        remains = conjoin(event.guard, life.out_of_states(lost))
        if remains is not None:
            yield Event(event.cause, remains, event.effect, event.group)
        ends = conjoin(event.guard, life.in_states(lost)) if lost else None
        if ends is not None:
            effect = {**event.effect, life.key: Standing(NO_LEADER)}
            yield Event(event.cause, ends, effect, event.group)


def _lost_versions(fleet: Rollout, name: str, event: Event) -> frozenset[str]:
    """The versions of which no instance is ready after the event, and one was before it."""
    key = instances_of(name)
    reached = event.effect[key]
    assert isinstance(reached, Standing)
    sources = (value.state for value in event.guard[key] if isinstance(value, Standing))
    before = {version for source in sources for version in fleet.serving[source]}
    return frozenset(before - fleet.serving[reached.state])
