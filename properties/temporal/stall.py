"""Whether the pipeline can stall: a reachable state from which no complete state can be reached.

That asks for every state of the deployment; but most deployments cannot stall for a reason that is
seen in small parts of them (`cannot_stall`). Only where that reason fails is the whole searched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.advances import EventList, split_events
from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.moves import Position
from ...model.compiler.system import (
    Condition,
    Event,
    EventKind,
    Guard,
    Reached,
    System,
    Value,
    passes,
    search,
)
from ...model.compiler.traffic import takes_away
from ...model.kernel.graph import find_cheapest, find_leading_to, sort_from_ends
from ...model.names import VariableKey, is_pipeline
from ...model.resources.limits import Limits
from .exits import Exit, Exits, find_exits
from .influence import VariableSet, join_sets, restrict_to_known


def find_stalled(
    reached: Reached, complete: Sequence[bool], stops: frozenset[int] = frozenset()
) -> list[int]:
    """The states from which no complete one can be reached, in breadth-first order.

    `stops` are states in which the pipeline has failed: they are none of them, and no way out for others.
    """
    goals = (index for index, is_complete in enumerate(complete) if is_complete)
    saved = find_leading_to(goals, ((here, there) for here, there in reached.arrows() if there not in stops))
    return [index for index in range(len(reached.states)) if index not in saved and index not in stops]


def cannot_stall(compiled: Compiled, limits: Limits) -> bool:
    """Whether it is plain from parts of the deployment that no pipeline can stall; False: unknown.

    The variables but the pipelines' are parted so that no move speaks of two parts, nor do the ways to leave
    one position differ in two parts. Each part is explored with its pipelines, with all that other parts
    demand left out: that is more than it can really do. If from each state so found the part's own events,
    while the pipelines stand still, lead to where its pipeline can be left (where all have ended: to where
    the deployment is complete), then so they do in the whole: from any reachable state one part after the
    other goes there without disturbing the others, the pipeline goes on, and after finitely many positions is
    at an end. Of several pipelines one may look at where another stands, if none does so in a circle: the one
    that looks at nobody comes to its end first, and the others are asked for where that has ended.
    """
    exits = find_exits(compiled)
    if exits is None:
        return False
    waits = Waits(compiled, exits)
    return waits.are_in_order and all(waits.always_end(part, limits) for part in waits.parts)


Awaited = tuple[Guard, Condition]
"""Where others have ended, when a position can be left."""


def find_parts(system: System, exits: Collection[Exit]) -> list[VariableSet]:
    """The variables but the pipelines' in parts: those that one move speaks of, those that are asked together
    to leave one position, and a queue that a pipeline waits for and who empties it, are in the same."""
    waited = frozenset().union(*(way.names for way in exits))
    moves = (
        event
        for event in split_events(system).others
        if event.kind is EventKind.MOVE or (not waited.isdisjoint(event.effect) and takes_away(event))
    )
    together = [names for way in exits for names in way.together]
    together += (frozenset(event.guard.keys() | event.effect.keys()) for event in moves)
    keys = (variable.key for variable in system.variables)
    return join_sets((key for key in keys if not is_pipeline(key)), together)


def _arrows(indices: Iterable[int], rows: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    return ((here, there) for here in indices for there in rows[here])


class Waits(Struct, frozen=True, dict=True):
    """What the pipelines of a deployment wait for."""

    compiled: Compiled
    exits: Exits

    @cached_property
    def parts(self) -> tuple[WaitedPart, ...]:
        """The variables in parts, and each pipeline by itself."""
        named = self._named_by
        alone = (WaitedPart(frozenset(), frozenset({key}), self._pipelines_in(named[key])) for key in named)
        return (*alone, *map(self.part_of, find_parts(self.compiled.system, self.exits.values())))

    def part_of(self, names: VariableSet) -> WaitedPart:
        """These variables, those who wait for them, and all pipelines of which it matters there where they
        stand."""
        named, every = self._named_by, split_events(self.compiled.system)
        waiting = frozenset(key for key in named if not names.isdisjoint(named[key]))
        seen = every.asked_of(names).union(waiting, *(named[key] for key in waiting))
        return WaitedPart(names, waiting, self._pipelines_in(seen))

    def _pipelines_in(self, names: VariableSet) -> VariableSet:
        return names.intersection(self._named_by)

    @cached_property
    def _named_by(self) -> Mapping[VariableKey, VariableSet]:
        """What the ways to leave the positions of each pipeline speak of, itself included."""
        return {
            key: frozenset({key}).union(*(self._exit(here).names for here in course))
            for key, course in self.compiled.vocabulary.courses.items()
        }

    def _exit(self, here: Position) -> Exit:
        """When a position that is no end can be left."""
        return Exit() if here.is_end else self.exits[Standing(here.name)]

    @cached_property
    def _looks_at(self) -> Mapping[VariableKey, VariableSet]:
        """For each pipeline the others of which it matters to it where they stand."""
        own = {key: [part.pipelines for part in self.parts if key in part.waiting] for key in self._named_by}
        return {key: frozenset().union(*some) - {key} for key, some in own.items()}

    @property
    def are_in_order(self) -> bool:
        """Whether no pipeline looks at one that looks at it in turn."""
        rank = {key: number for number, key in enumerate(self._looks_at)}
        rows = [[rank[other] for other in others] for others in self._looks_at.values()]
        return sort_from_ends(rows) is not None

    def always_end(self, part: WaitedPart, limits: Limits) -> bool:
        """Whether the part's own events always lead to where those can go on that wait for it, and are over
        where all have ended. Raises `StateLimitError`."""
        known = part.names | part.pipelines
        system, own = self._cut_out(known)
        reached = search(system, limits)
        alone = [[there for event, there in row if id(event) in own] for row in reached.edges]
        asked = self._asked(part)
        complete = (self._ended(part.pipelines), Exit(guards=self.compiled.complete()).within(known))
        for indices in self._standing_still(part, reached):
            first = reached.states[indices[0]]
            places = ((key, system.value(first, key)) for key in part.pipelines)
            for ended, out in (*(asked[place] for place in places if place in asked), complete):
                if passes(first, system.test(ended)):
                    ways = [system.test(guard) for guard in out]
                    goals = (i for i in indices if any(passes(reached.states[i], way) for way in ways))
                    if len(find_leading_to(goals, _arrows(indices, alone))) < len(indices):
                        return False
        return True

    def is_helped(self, part: WaitedPart, limits: Limits) -> bool:
        """Whether the part would let its pipelines come somewhere after fewer events of its own if others did
        what they may. Raises `StateLimitError`."""
        system, own = self._cut_out(part.names | part.pipelines)
        if len(own) == len(split_events(system).others):
            return False
        with_help = self._prices(part, search(system, limits))
        return with_help != self._prices(part, self.explore_alone(part, limits))

    def explore_alone(self, part: WaitedPart, limits: Limits) -> Reached:
        """What the part does by itself, with its pipelines. Raises `StateLimitError`."""
        system, own = self._cut_out(part.names | part.pipelines)
        every = split_events(system)
        alone = EventList(every.advances, (event for event in every.others if id(event) in own))
        return search(System(system.variables, alone), limits)

    def _prices(self, part: WaitedPart, reached: Reached) -> Mapping[tuple[int, ...], int]:
        """For each place of the part's pipelines the fewest events, but for the pipelines', before it."""
        at = [reached.system.index(key) for key in part.pipelines]

        def steps(here: int) -> Iterator[tuple[int, Event, int]]:
            return ((int(e.kind is not EventKind.PIPELINE), e, there) for e, there in reached.edges[here])

        found: dict[tuple[int, ...], int] = {}
        for number, price in find_cheapest({0: 0}, steps).cost.items():
            place = tuple(reached.states[number][index] for index in at)
            found[place] = min(price, found.get(place, price))
        return found

    def _standing_still(self, part: WaitedPart, reached: Reached) -> Iterable[list[int]]:
        """The states in which the part's pipelines stand at the same places. Its own events lead from none of
        them to others, so that each place is asked about its own states alone."""
        at = [reached.system.index(key) for key in part.pipelines]
        found: dict[tuple[int, ...], list[int]] = {}
        for number, state in enumerate(reached.states):
            found.setdefault(tuple(state[index] for index in at), []).append(number)
        return found.values()

    def _asked(self, part: WaitedPart) -> Mapping[tuple[VariableKey, Value], Awaited]:
        """For each position of those that wait: where those that these look at have ended, when it can be
        left."""
        found: dict[tuple[VariableKey, Value], Awaited] = {}
        known = part.names | part.pipelines
        for key in part.waiting:
            ended = self._ended(self._looks_at[key] & part.pipelines)
            for here in self.compiled.vocabulary.courses[key]:
                if not here.is_end:
                    found[key, Standing(here.name)] = ended, self._exit(here).within(known)
        return found

    def _ended(self, keys: Iterable[VariableKey]) -> Guard:
        courses = self.compiled.vocabulary.courses
        ends = (self.compiled.vocabulary.at(here for here in courses[key] if here.is_end) for key in keys)
        return {key: places for guard in ends for key, places in guard.items()}

    def _cut_out(self, known: VariableSet) -> tuple[System, set[int]]:
        """The part as a system, with what others demand left out, and its own events by their identity."""
        own: set[int] = set()
        events, every = [], split_events(self.compiled.system)
        for event in every.changing(known):
            guard, effect = restrict_to_known(event.guard, known), restrict_to_known(event.effect, known)
            events.append(replace(event, guard=guard, effect=effect))
            if known >= event.guard.keys() | event.effect.keys():
                own.add(id(events[-1]))
        variables = tuple(v for v in self.compiled.system.variables if v.key in known)
        return System(variables, every.within(known, events)), own


class WaitedPart(Struct, frozen=True):
    """Variables that have to do with each other; the pipelines that wait for them, and those of which it
    matters to them, or to these, where they stand."""

    names: VariableSet
    waiting: VariableSet
    pipelines: VariableSet
