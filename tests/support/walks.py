"""Random runs of a deployment as logs, some of them wrong; and by listing, whether a log is a run."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.system import Event, State, search
from skewproof.model.observed.logs import LogEntry
from skewproof.model.observed.sightings import Sighting
from skewproof.properties.gate.conformance import is_unseen, matches
from skewproof.properties.gate.sightings import list_guards
from support.sighted import sighted

MOST_EVENTS = 60


def walk(draw: random.Random, alone: Compiled, complete: bool) -> tuple[LogEntry, ...]:
    """A log of a random run: events and what was seen between them; some are left out, if it misses
    things."""
    state, entries = alone.system.initial, list[LogEntry]()
    for _ in range(MOST_EVENTS):
        onward = list(alone.system.successors(state))
        if not onward:
            break
        event, state = draw.choice(onward)
        if not is_unseen(event) and (complete or draw.random() < 0.5):
            entries.append(LogEntry(len(entries) + 1, "", event.text, event=event.text))
        if draw.random() < 0.3:
            entries.append(LogEntry(len(entries) + 1, "", "seen", tuple(see(draw, alone, state))))
    return tuple(entries)


def see(draw: random.Random, alone: Compiled, state: State) -> list[Sighting]:
    """One or two variables as the state has them."""
    keys = draw.sample(list(alone.vocabulary.lives), min(2, len(alone.vocabulary.lives)))
    return [one for key in keys for one in sighted(alone, key, state)]


def mutate(draw: random.Random, alone: Compiled, entries: Sequence[LogEntry]) -> tuple[LogEntry, ...]:
    """A log that may be wrong: an entry gone, doubled, two of them the other way round, or another state
    seen."""
    wrong = list(entries)
    at = draw.randrange(len(wrong))
    match draw.randrange(4):
        case 0:
            del wrong[at]
        case 1:
            wrong.insert(at, wrong[at])
        case 2:
            other = draw.randrange(len(wrong))
            wrong[at], wrong[other] = wrong[other], wrong[at]
        case _:
            state = draw.choice(search(alone.system).states)
            wrong[at] = LogEntry(0, "", "seen", tuple(see(draw, alone, state)))
    return tuple(replace(entry, number=number) for number, entry in enumerate(wrong, start=1))


def find_first_wrong(alone: Compiled, entries: Sequence[LogEntry], complete: bool) -> int | None:
    """The number of the first entry that no run agrees with, by sets of states that are kept by hand."""
    system = alone.system
    states = {system.initial}

    def spread(known: set[State], may: Callable[[Event], bool]) -> set[State]:
        waiting = list(known)
        while waiting:
            here = waiting.pop()
            for event in system.enabled(here):
                there = system.successor(here, event)
                if may(event) and there not in known:
                    known.add(there)
                    waiting.append(there)
        return known

    for entry in entries:
        states = spread(states, lambda event: not complete or is_unseen(event))
        if entry.event is not None:
            told = [event for event in system.events if matches(event, entry.event)]
            states = {
                system.successor(one, event)
                for one in states
                for event in told
                if system.holds(one, event.guard)
            }
        else:
            guards = [guard for _, guard in list_guards(alone.vocabulary, entry.seen)]
            states = {one for one in states if all(system.holds(one, guard) for guard in guards)}
        if not states:
            return entry.number
    return None
