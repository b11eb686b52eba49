"""Lifting: from a run of a part to one of the whole, group by group of what was hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.system import Event, Guard, State, System, Test, Value, Variable, passes
from ...model.kernel.graph import find_cheapest, find_reachable
from ...model.names import VariableKey
from ...model.resources.limits import CHECKED_EVERY, Limits
from ..temporal.influence import VariableSet, join_sets, restrict_to_known
from .exploring import Script

MOST_NODES = 10_000
"""Of the search of one group. One that has more has found nothing: what held it up is kept as well then."""

FAR = 1_000
"""Events to where a variable cannot come."""

FEW_STATES = 4_000
"""Groups with no more combinations of values are searched breadth first, for a short run."""

MOST_CHOICES = 200
"""So many events of the whole are tried in the place of those that a run was lifted by at first."""

FEW_GROUPS = 6
"""Where the events that look alike speak of no more groups these are searched together, and choose."""


class LiftedRun(Struct, frozen=True):
    """A run of the whole; after `seen_at` events it is as it was seen."""

    events: tuple[Event, ...]
    seen_at: int


class Stopped(Struct, frozen=True):
    """No run of the whole was found that looks like the script: these hidden variables stood in the way."""

    keys: VariableSet


class _Blocked(Struct, frozen=True):
    """A group came to before an event of the script, and no further: these variables are not as it asks."""

    at: int
    keys: VariableSet


class _Course(Struct, frozen=True):
    """What a group does: its events before each event of the script and behind the last, those in the place
    where it was seen in two halves; and which events of the whole it chose."""

    before: tuple[tuple[Event, ...], ...]
    unseen: int
    """How many of the events in the place where it was seen come before that."""
    chosen: Mapping[int, Event]


def lift(system: System, script: Script, seen: Guard, limits: Limits) -> LiftedRun | Stopped:
    """A run of the system that looks like the script. What happens from where it was seen on may be anything
    that the system does but for the events of the script. Raises `LimitError`."""
    choice = [0] * len(script.events)
    blocked = _Blocked(0, frozenset())
    for _ in range(MOST_CHOICES):
        lifted = _lift(system, script, choice, seen, limits)
        if isinstance(lifted, LiftedRun):
            return lifted
        blocked, at = lifted, lifted.at
        if at >= len(choice) or choice[at] + 1 >= len(script.events[at]):
            break
        choice[at] += 1
    return Stopped(blocked.keys)


def _lift(
    system: System, script: Script, choice: list[int], seen: Guard, limits: Limits
) -> LiftedRun | _Blocked:
    """As `lift`; where the events that look alike speak of many groups, with those that were chosen."""
    groups = _Groups(system, script, choice, seen)
    courses = []
    for group in groups.sets:
        found = _GroupSearch(system, script, groups.events, seen, group).course(limits)
        if isinstance(found, _Blocked):
            return found
        courses.append(found)
    chosen = [alike[0] for alike in groups.events]
    for course in courses:
        for place, event in course.chosen.items():
            chosen[place] = event
    return _merge(script, chosen, courses)


def _merge(script: Script, chosen: list[Event], courses: list[_Course]) -> LiftedRun:
    events: list[Event] = []
    seen_at = 0
    for place in range(len(chosen) + 1):
        if place == script.seen_at:
            events += [event for course in courses for event in course.before[place][: course.unseen]]
            seen_at = len(events)
            events += [event for course in courses for event in course.before[place][course.unseen :]]
        else:
            events += [event for course in courses for event in course.before[place]]
        if place < len(chosen):
            events.append(chosen[place])
    return LiftedRun(tuple(events), seen_at)


class _Groups:
    """What was hidden and has a say in a script, with all that has a say in it, in sets between which no
    event of theirs speaks. `events` are those that each event of the script can be, in what one set
    chooses."""

    def __init__(self, system: System, script: Script, choice: list[int], seen: Guard) -> None:
        self._system, self._kept = system, script.kept
        self._own: dict[VariableKey, list[Event]] = {}
        asked = {*seen, *(key for alike in script.events for event in alike for key in event.guard)}
        names = list(find_reachable(asked - self._kept, self._needs))
        self._known = frozenset(names)
        together = [self._named(event) for name in names for event in self._own[name]]
        owner = {name: number for number, of in enumerate(join_sets(names, together)) for name in of}
        self.events: list[tuple[Event, ...]] = []
        for alike, number in zip(script.events, choice, strict=True):
            spoken = frozenset().union(*map(self._named, alike))
            if len(alike) > 1 and len({owner[name] for name in spoken}) <= FEW_GROUPS:
                together.append(spoken)
                self.events.append(alike)
            else:
                self.events.append((alike[number],))
        self.sets = join_sets(names, together)

    def _needs(self, name: VariableKey) -> Iterator[VariableKey]:
        own = [event for event in self._system.changing([name]) if not event.effect.keys() & self._kept]
        self._own[name] = own
        for event in own:
            yield from (other for other in event.guard if other not in self._kept)

    def _named(self, event: Event) -> VariableSet:
        return self._known & {*event.guard, *event.effect}


_Place = tuple[State, int, bool]
"""The values of a group, how many events of the script lie behind, and whether it has been as it was seen."""

SEEN = None
_Mark = tuple[Event | None, bool]
"""An event, and whether it is one of the script; or (None) that it is as it was seen."""


class _Stand(Struct, frozen=True):
    """A place on the way, and the variables that are not as what comes next asks."""

    place: _Place
    amiss: VariableSet

    def rank(self) -> tuple[int, bool, int]:
        """The further the better; then, the less is amiss."""
        return self.place[1], self.place[2], -len(self.amiss)


class _Cut(Struct, frozen=True):
    """An event with what it says of a group."""

    event: Event
    cut: Event
    test: Test


class _Distances:
    """How many events each variable is away from what is asked of it, whatever the others are."""

    def __init__(self, variables: tuple[Variable, ...], events: list[Event]) -> None:
        self._places = {variable.key: place for place, variable in enumerate(variables)}
        self._domains = {variable.key: variable.domain for variable in variables}
        self._arrows: dict[VariableKey, list[tuple[Value, Value]]] = {}
        for event in events:
            for key, value in event.effect.items():
                before = event.guard.get(key, self._domains[key])
                self._arrows.setdefault(key, []).extend((one, value) for one in before if one != value)
        self._known: dict[tuple[VariableKey, frozenset[Value]], tuple[int, ...]] = {}

    def sum(self, state: State, asked: Guard) -> int:
        """Over all variables that are asked for."""
        return sum(self._of(key, some)[state[self._places[key]]] for key, some in asked.items())

    def _of(self, key: VariableKey, allowed: frozenset[Value]) -> tuple[int, ...]:
        """By the rank of its value; what cannot come there is far away."""
        known = self._known.get((key, allowed))
        if known is None:
            before: dict[Value, list[tuple[int, None, Value]]] = {}
            for one, other in self._arrows.get(key, ()):
                before.setdefault(other, []).append((1, None, one))
            cost = find_cheapest(dict.fromkeys(allowed, 0), lambda value: before.get(value, ())).cost
            known = tuple(cost.get(value, FAR) for value in self._domains[key])
            self._known[key, allowed] = known
        return known


class _GroupSearch:
    """The search for what one group does along a script."""

    def __init__(
        self,
        system: System,
        script: Script,
        events: list[tuple[Event, ...]],
        seen: Guard,
        group: VariableSet,
    ) -> None:
        self._script, self._group = script, group
        variables = tuple(variable for variable in system.variables if variable.key in group)
        self._system = System(variables, ())
        self._next = [tuple(map(self._cut, alike if self._chooses(alike) else alike[:1])) for alike in events]
        self._asked = restrict_to_known(seen, group)
        self._seen = self._system.test(self._asked)
        own = [event for event in system.changing(group) if not event.effect.keys() & script.kept]
        whole = System(tuple(v for v in system.variables if v.key in script.kept), ())
        self._own = [(self._cut(one), whole.test(restrict_to_known(one.guard, script.kept))) for one in own]
        self._possible: dict[int, list[_Cut]] = {}
        self._far = _Distances(variables, [one.cut for one, _ in self._own])
        self._is_small = prod(len(variable.domain) for variable in variables) <= FEW_STATES

    def _cut(self, event: Event) -> _Cut:
        guard = restrict_to_known(event.guard, self._group)
        effect = restrict_to_known(event.effect, self._group)
        return _Cut(event, replace(event, guard=guard, effect=effect), self._system.test(guard))

    def _chooses(self, alike: tuple[Event, ...]) -> bool:
        """Whether the events that look alike in the script differ in what they say of the group."""
        return len(alike) > 1 and any(self._group & {*event.guard, *event.effect} for event in alike)

    def course(self, limits: Limits) -> _Course | _Blocked:
        """What the group does; or how far it came."""
        start: _Place = (self._system.initial, 0, False)
        came: dict[_Place, tuple[_Place, _Mark] | None] = {start: None}
        queue: list[tuple[tuple[int, ...], int, int, _Place]] = [((), 0, 0, start)]
        furthest = self._stand(start)
        while queue and len(came) <= MOST_NODES:
            _, spent, _, here = heappop(queue)
            if here[1:] >= furthest.place[1:]:
                furthest = max(furthest, self._stand(here), key=_Stand.rank)
            if here[1] == len(self._next) and here[2]:
                return self._told(here, came)
            for mark, there in self._onward(here):
                if there not in came:
                    came[there] = here, mark
                    heappush(queue, (self._rank(there), spent + 1, len(came), there))
            if not len(came) % CHECKED_EVERY:
                limits.check_resources()
        _, at, behind = furthest.place
        waits = at == self._script.seen_at and not behind
        return _Blocked(len(self._next) if waits else at, furthest.amiss or self._group)

    def _rank(self, here: _Place) -> tuple[int, ...]:
        """The less, the sooner it is looked at: of a small group all alike, of others those that came
        furthest, and of these the nearest to what comes next (the additive heuristic of Bonet, Geffner,
        "Planning as Heuristic Search", 2001)."""
        if self._is_small:
            return ()
        state, at, behind = here
        if at == self._script.seen_at and not behind:
            return -at, 1, self._far.sum(state, self._asked)
        ways = self._next[at] if at < len(self._next) else ()
        return -at, 0, min((self._far.sum(state, one.cut.guard) for one in ways), default=0)

    def _stand(self, here: _Place) -> _Stand:
        state, at, behind = here
        if at == self._script.seen_at and not behind:
            return _Stand(here, self._list_amiss(state, self._asked))
        ways = self._next[at] if at < len(self._next) else ()
        amiss = (self._list_amiss(state, one.cut.guard) for one in ways)
        return _Stand(here, min(amiss, key=len, default=frozenset()))

    def _list_amiss(self, state: State, asked: Guard) -> VariableSet:
        return frozenset(key for key, some in asked.items() if self._system.value(state, key) not in some)

    def _onward(self, here: _Place) -> Iterator[tuple[_Mark, _Place]]:
        state, place, behind = here
        if place == self._script.seen_at and not behind:
            if passes(state, self._seen):
                yield (SEEN, False), (state, place, True)
        elif place < len(self._next):
            for one in self._next[place]:
                if passes(state, one.test):
                    after = self._system.successor(state, one.cut)
                    yield (one.event, True), (after, place + 1, behind)
        for one in self._possible_at(place):
            if passes(state, one.test):
                yield (one.event, False), (self._system.successor(state, one.cut), place, behind)

    def _possible_at(self, place: int) -> list[_Cut]:
        """The group's own events that the kept variables allow there."""
        known = self._possible.get(place)
        if known is None:
            state = self._script.states[place]
            known = self._possible[place] = [one for one, kept in self._own if passes(state, kept)]
        return known

    def _told(self, end: _Place, came: Mapping[_Place, tuple[_Place, _Mark] | None]) -> _Course:
        marks, here = list[_Mark](), end
        while (last := came[here]) is not None:
            here, mark = last
            marks.append(mark)
        before: list[list[Event]] = [[]]
        chosen, unseen = dict[int, Event](), 0
        for event, is_next in reversed(marks):
            if event is SEEN:
                unseen = len(before[-1])
            elif is_next:
                if len(self._next[len(before) - 1]) > 1:
                    chosen[len(before) - 1] = event
                before.append([])
            else:
                before[-1].append(event)
        return _Course(tuple(map(tuple, before)), unseen, chosen)
