"""`conform`: whether a log is a run of the deployment, and if not, the first entry that is none.

A log is held against the deployment alone. Between two entries anything may happen that the deployment can
do, for logs miss things; in a log that is `complete` only what no log shows: what requests do to stores and
queues, and what instances do of themselves. So a log is a run if some run passes, in its order, states that
agree with what was seen, and makes the events that are named. The set of all states that the log leaves
possible is kept from entry to entry (the observer of a partially observed system: Cassandras, Lafortune,
"Introduction to Discrete Event Systems", 2008); where it becomes empty stands the first entry that is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct, structs

from ...model.compiler.causes import EventKind, MoveCause
from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event
from ...model.compiler.task import Task
from ...model.deployment import Deployment
from ...model.machines.rollouts import Rollout
from ...model.names import VariableKey
from ...model.observed.logs import Log, LogEntry
from ...model.observed.sightings import LeftOut
from ...model.resources.alarm import alarm
from ...model.resources.limits import LimitError, Limits, StateLimitError, as_limit
from ..engines.protocol import EngineUnavailableError
from ..engines.symbolic.limits import limit_memory
from .sightings import join_guards, list_guards, tell_values
from .state_sets import Drawn, Footprint, Listed, StateSets

S = TypeVar("S")

MOST_LISTED = 20_000
"""Of one set of states; larger ones are held as diagrams."""


class Deviation(Struct, frozen=True):
    """The first entry that is no run of the deployment, and what would have been one there: values of the
    variables that it speaks of, by name, and events. `is_unknown_event`: the deployment has no such event at
    all."""

    entry: LogEntry
    values: Mapping[str, tuple[str, ...]]
    events: tuple[str, ...]
    is_unknown_event: bool = False


class Conformance(Struct, frozen=True):
    """What a log is: a run (`deviation` is None), or not; `reason` says why that is not known. `entries`
    counts those that were held against the deployment, `places` are where the pipeline (each of several)
    can stand behind the last."""

    system: str
    entries: int
    left_out: tuple[LeftOut, ...] = ()
    deviation: Deviation | None = None
    places: tuple[str, ...] = ()
    reason: str = ""


def conform(
    deployment: Deployment,
    log: Log,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    limits: Limits | None = None,
    complete: bool = False,
) -> Conformance:
    """Whether the log is a run. Where a limit is hit it is not known."""
    limits = limits or Limits()
    task = Task(deployment, rollouts, limits)
    known = Conformance(deployment.system, len(log.entries), log.left_out)
    try:
        with alarm(limits), limit_memory(limits):
            deviation, places = _hold(task.alone, log.entries, limits, complete)
    except (LimitError, MemoryError, EngineUnavailableError) as ended:
        if isinstance(ended, EngineUnavailableError):
            return structs.replace(known, reason=str(ended))
        limit = as_limit(ended, limits)
        return structs.replace(known, reason=f"{limit} ({limit.option}); {limit.advice}")
    return structs.replace(known, deviation=deviation, places=places)


def _hold(
    alone: Compiled, entries: tuple[LogEntry, ...], limits: Limits, complete: bool
) -> tuple[Deviation | None, tuple[str, ...]]:
    hidden = [event for event in alone.system.events if not complete or is_unseen(event)]
    try:
        return _Simulation(alone, Listed(alone.system, hidden, limits, MOST_LISTED)).run(entries)
    except StateLimitError:
        if limits.max_states is not None and limits.max_states <= MOST_LISTED:
            raise
    return _Simulation(alone, Drawn(alone.system, hidden, limits)).run(entries)


def is_unseen(event: Event) -> bool:
    """Whether no log of a rollout shows the event: it is of the traffic, or an instance's own."""
    if isinstance(event.cause, MoveCause):
        return event.cause.instruction is None
    return event.kind is EventKind.WRITE


def matches(event: Event, words: str) -> bool:
    """Whether the words tell the event, with or without how it stands then."""
    return event.text == words or event.text.startswith(f"{words} (")


class _Simulation(Generic[S]):
    """All states that the entries so far leave possible."""

    def __init__(self, alone: Compiled, sets: StateSets[S]) -> None:
        self._alone, self._sets = alone, sets

    def run(self, entries: tuple[LogEntry, ...]) -> tuple[Deviation | None, tuple[str, ...]]:
        sets = self._sets
        states, touched = sets.start(), None
        for entry in entries:
            spread = sets.spread(states, touched)
            states, touched = self._after(spread, entry)
            if sets.is_empty(states):
                return self._deviation(spread, entry), ()
        vocabulary = self._alone.vocabulary
        at = (tell_values(vocabulary, key, sets.values(states, key)) for key in vocabulary.courses)
        return None, tuple(place for places in at for place in places)

    def _after(self, states: S, entry: LogEntry) -> tuple[S, list[Footprint]]:
        """The states behind the entry, of all before it, and by what they were made of these."""
        sets = self._sets
        if entry.event is not None:
            told = self._told(entry.event)
            return sets.fire(states, told), list(map(Footprint.of, told))
        guard = join_guards(guard for _, guard in self._guards(entry))
        return sets.meet(states, guard), [Footprint(frozenset(guard))]

    def _guards(self, entry: LogEntry) -> Iterable[tuple[object, Mapping[VariableKey, frozenset[object]]]]:
        return list_guards(self._alone.vocabulary, entry.seen)

    def _told(self, words: str) -> list[Event]:
        return [event for event in self._alone.system.events if matches(event, words)]

    def _deviation(self, states: S, entry: LogEntry) -> Deviation:
        sets = self._sets
        keys = dict.fromkeys(key for _, guard in self._guards(entry) for key in guard)
        values = {
            str(key): tuple(tell_values(self._alone.vocabulary, key, sets.values(states, key)))
            for key in keys
        }
        events: tuple[str, ...] = ()
        if entry.event is not None:
            shown = [event for event in self._alone.system.events if not is_unseen(event)]
            events = tuple(dict.fromkeys(event.text for event in sets.enabled(states, shown)))
        is_unknown = entry.event is not None and not self._told(entry.event)
        return Deviation(entry, values, events, is_unknown)
