"""When the units that were cut make their events, so that the run of a slice becomes one of the whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from ....model.compiler.life_variables import Standing
from ....model.compiler.system import Event, Guard, Value
from ....model.compiler.traffic import takes_away
from ....model.kernel.graph import find_cheapest
from ....model.names import PIPELINE, VariableKey, VariableKind, instances_of
from .whole_system import LiftError, RunAlone, WholeSystem

NEVER_RELEASED = -1
"""The item at which a frame is let go that the story does not see go."""


class ScheduledCall(Struct, frozen=True):
    """The frame of a cut component: its variable, and the items at which it is picked and let go."""

    variable: VariableKey
    component: str
    picked: int
    released: int


class Schedule(Struct):
    """For the items of a script: the events to make before each, and the version to pick at each call."""

    before: dict[int, list[Event]] = field(default_factory=dict)
    picks: dict[VariableKey, str] = field(default_factory=dict)

    def extend(self, other: Schedule) -> None:
        for item, events in other.before.items():
            self.before.setdefault(item, []).extend(events)
        self.picks.update(other.picks)


SETTLED = frozenset({VariableKind.FLAG, VariableKind.SCHEMA, VariableKind.INSTANCES})
FindSettled = Callable[[VariableKey, Value], str | None]
"""The state that something is known to have while the pipeline stands somewhere, if it is."""
ValueTuple = tuple[Value, ...]
ScheduleNode = tuple[int, ValueTuple]


def list_marks(calls: Iterable[ScheduledCall], advances: Iterable[int]) -> set[int]:
    """The items at which something happens to the unit that it does not do itself."""
    marks = {*advances, *(call.picked for call in calls), *(call.released for call in calls)}
    return marks - {NEVER_RELEASED}


class Scheduler:
    """Finds the fewest events of one cut unit that let everything else go its way.

    `advances` maps an item to the position to which the pipeline goes there. A state is the next mark
    (an advance, a pick, a release) and the values of the unit's own variables. Variables that are `alike`
    have one value, that of the first of them: what happens to it happens to all (`Plan.alike`). At copies
    nobody looks, and where the pipeline waits for the first it waits for each of them in the same words.
    """

    def __init__(
        self,
        whole: WholeSystem,
        variables: Sequence[VariableKey],
        calls: Sequence[ScheduledCall],
        advances: Mapping[int, Value],
        find_settled: FindSettled,
        alike: Mapping[VariableKey, Sequence[VariableKey]],
    ) -> None:
        self._whole, self._calls, self._advances = whole, calls, advances
        self._find_settled, self._alike = find_settled, alike
        variables = [name for name in variables if name not in alike or name is alike[name][0]]
        frames = (
            name
            for event in self._moving(variables)
            for name in event.guard
            if name.kind is VariableKind.FRAME
        )
        self._names = tuple(dict.fromkeys((*variables, *frames, *(call.variable for call in calls))))
        self._place = {name: index for index, name in enumerate(self._names)}
        schemas = ((name, group[0]) for name, group in alike.items() if name.kind is VariableKind.SCHEMA)
        self._place |= {name: self._place[first] for name, first in schemas}
        self._known_ways: dict[tuple[Value, Value], list[Event]] = {}
        self._own = [event for event in self._moving(variables) if self._is_own(event)]
        self._by_others = [
            event
            for event in self._moving(variables)
            if not self._is_alone(event) and self._happens_at_first(event)
        ]
        self._marks = sorted(list_marks(calls, advances))
        system = whole.system
        self._start = tuple(system.value(system.initial, name) for name in self._names)
        self._at = [system.value(system.initial, PIPELINE)]
        for mark in self._marks:
            self._at.append(advances.get(mark, self._at[-1]))

    def _moving(self, variables: Sequence[VariableKey]) -> Iterator[Event]:
        for name in variables:
            yield from self._whole.changing(name)

    def _along(self, event: Event) -> Sequence[VariableKey]:
        """The other variables to which happens what the event does to one."""
        return [name for key in event.effect for name in self._alike.get(key, ())[1:]]

    def _is_own(self, event: Event) -> bool:
        """Nobody else has a say in it, but what stands where the pipeline has brought it."""
        return all(name == PIPELINE or name in self._place or name.kind in SETTLED for name in event.guard)

    def _is_alone(self, event: Event) -> bool:
        return all(name == PIPELINE or name in self._place for name in event.guard)

    def _happens_at_first(self, event: Event) -> bool:
        """Others use up what lies in the queue that the unit is, as they can before anything has moved."""
        system, others = self._whole.system, (name for name in event.guard if name not in self._place)
        return takes_away(event) and all(
            system.value(system.initial, name) in event.guard[name] for name in others
        )

    def find(self) -> Schedule:
        """Raises `LiftError` if there is none (Dijkstra 1959)."""
        start: ScheduleNode = (0, self._start)
        routes = find_cheapest({start: 0}, self._steps, is_goal=lambda node: node[0] == len(self._marks))
        if routes.end is None:
            raise LiftError("a unit that was cut cannot keep up")
        return self._read(routes.path(routes.end))

    def find_each(self) -> Iterator[tuple[int, RunAlone]]:
        """The same for each number of marks, from one: of who has come so far the first is the cheapest.
        Raises `LiftError` if there is none for all of them."""
        first: dict[int, ScheduleNode] = {}

        def is_last(node: ScheduleNode) -> bool:
            return first.setdefault(node[0], node)[0] == len(self._marks)

        routes = find_cheapest({(0, self._start): 0}, self._steps, is_goal=is_last)
        if routes.end is None:
            raise LiftError("a unit that was cut cannot keep up")
        for number in range(1, len(self._marks) + 1):
            yield number, self._read(routes.path(first[number])).before

    def _steps(self, node: ScheduleNode) -> Iterator[tuple[int, Event | None, ScheduleNode]]:
        number, values = node
        here = self._at[number]
        for values_after in self._passes(self._marks[number], here, values):
            yield 0, None, (number + 1, values_after)
        for event in self._own:
            if self._holds(event.guard, here, values):
                yield 1 + len(self._along(event)), event, (number, self._after(event, values))
        for event in self._by_others if here == self._at[0] else ():
            if self._holds(event.guard, here, values, only_own=True):
                yield 1, event, (number, self._after(event, values))

    def _passes(self, mark: int, here: Value, values: ValueTuple) -> Iterator[ValueTuple]:
        """The values after the mark, one for each way in which the unit can take part in it."""
        if mark in self._advances:
            for event in self._advancing(here, self._advances[mark]):
                if self._lets(event.guard, values):
                    yield self._after(event, values)
            return
        after = list(values)
        for call in self._calls:
            if call.released == mark:
                after[self._place[call.variable]] = None
        picked = [call for call in self._calls if call.picked == mark]
        if not picked:
            yield tuple(after)
            return
        (call,) = picked
        life = instances_of(call.component)
        rollout = self._whole.vocabulary.rollouts[call.component]
        standing = values[self._place[life]]
        assert isinstance(standing, Standing)
        for version in sorted(rollout.serving[standing.state]):
            after[self._place[call.variable]] = version
            yield tuple(after)

    def _holds(self, guard: Guard, here: Value, values: ValueTuple, *, only_own: bool = False) -> bool:
        for name, allowed in guard.items():
            place = self._place.get(name)
            if place is not None:
                if values[place] not in allowed:
                    return False
            elif name == PIPELINE:
                if here not in allowed:
                    return False
            elif not only_own and not self._is_settled(name, here, allowed):
                return False
        return True

    def _advancing(self, here: Value, there: Value) -> list[Event]:
        """The pipeline's events from one position to another, as far as they concern the unit."""
        found = self._known_ways.get((here, there))
        if found is None:
            ways = self._whole.advancing(here, there)
            found = [event for way in ways for event in way.within(self._place.keys())]
            self._known_ways[here, there] = found
        return found

    def _lets(self, guard: Guard, values: ValueTuple) -> bool:
        """Whether the pipeline, which waits for many, does not wait for this unit."""
        return all(values[place] in guard[name] for name, place in self._place.items() if name in guard)

    def _is_settled(self, name: VariableKey, here: Value, allowed: Collection[Value]) -> bool:
        """Whether it is known to have one of these values while the pipeline stands here."""
        state = self._find_settled(name, here) if name.kind in SETTLED else None
        return state is not None and Standing(state) in allowed

    def _after(self, event: Event, values: ValueTuple) -> ValueTuple:
        after = list(values)
        for name, value in event.effect.items():
            if name in self._place:
                after[self._place[name]] = value
        return tuple(after)

    def _read(self, path: Iterable[tuple[Event | None, ScheduleNode]]) -> Schedule:
        found = Schedule()
        for event, (number, values) in path:
            if event is not None:
                every = event, *(self._whole.alike(event, other) for other in self._along(event))
                found.before.setdefault(self._marks[number], []).extend(every)
                continue
            mark = self._marks[number - 1]
            for call in self._calls:
                version = values[self._place[call.variable]]
                if call.picked == mark and isinstance(version, str):
                    found.picks[call.variable] = version
        return found
