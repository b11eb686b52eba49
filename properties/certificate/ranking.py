"""Labels by which parts of a deployment show what must come, and that the pipeline cannot stall."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, EventKind, Guard
from ...model.compiler.traffic import takes_away
from ...model.kernel.graph import find_reachable
from ...model.names import VariableKey, is_pipeline
from ...model.resources.limits import Limits
from ..temporal.exits import Exit
from ..temporal.lasso import list_components
from ..temporal.stall import find_parts
from .drawing import draw
from .parts import KnownPart, list_part
from .progress import Exits, Place
from .rules import AwaitedState, Comes, Idle, InvariantState, Label, Labelled, Obligation, Rank

MOST_TAKERS = 3
"""Of those who empty a queue so many are tried, each alone."""
Labels = dict[int, Label]
"""By the numbers of a part's states; what is missing is not in the set."""
Edges = Callable[[int], Iterable[tuple[Event, int]]]
Helps = Callable[[Event, int], bool]
"""Whether an event of a part can really happen in a state (by its number) in which the part lets it."""


def build_labelled(where: str, part: KnownPart, labels: Mapping[int, Label]) -> Labelled:
    """The diagram of the states that have a label."""
    kinds = {label: number for number, label in enumerate(dict.fromkeys(labels.values()))}
    states = {part.reached.states[number]: kinds[label] for number, label in labels.items()}
    return Labelled(where, draw(part.system.variables, states), tuple(kinds))


# --- obligations ------------------------------------------------------------------------------


def show(part: KnownPart, asked: Obligation, comes: Comes) -> Labels | None:
    """Labels that show that what is asked holds of every fair run; None: the part does not show it."""
    goals: Labels = {number: AwaitedState(which) for number, which in part.states_in(asked.goal).items()}
    edges = part.reached.reached_from
    if asked.trigger is None:
        starts: Iterable[int] = [0]
    else:
        starts = part.states_in(asked.trigger)
    waiting = set(_until(starts, goals, edges)) - goals.keys()
    if waiting & part.states_in(guard for _, guard in asked.excluded).keys():
        return None
    labels: Labels | None = dict.fromkeys(waiting, InvariantState())
    if asked.comes:
        helps = _helps_in(part, comes)
        labels = _rank(part, waiting, part.reached.edges.__getitem__, helps)
    if labels is None:
        return None
    if asked.trigger is not None:
        idle: Labels = dict.fromkeys(range(len(part.reached.states)), Idle())
        return {**idle, **goals, **labels}
    found = set(_until([0], goals, edges))
    return {number: label for number, label in {**goals, **labels}.items() if number in found}


def _until(
    starts: Iterable[int], goals: Collection[int], edges: Callable[[int], Iterable[int]]
) -> Iterable[int]:
    """What can be reached without going on from a goal."""
    return find_reachable(starts, lambda here: () if here in goals else edges(here))


def _helps_in(part: KnownPart, comes: Comes) -> Helps:
    """All that an event waits for is known, or it is the pipeline's and what it waits for comes by itself."""
    known: dict[int, bool] = {}

    def helps(event: Event, _: int) -> bool:
        if id(event) not in known:
            guard = part.originals[id(event)].guard
            beside = guard.keys() - part.keys
            is_pipeline = event.kind is EventKind.PIPELINE
            known[id(event)] = not beside or (is_pipeline and comes(guard, beside))
        return known[id(event)]

    return helps


def _rank(part: KnownPart, waiting: Collection[int], edges: Edges, helps: Helps) -> Labels | None:
    """A rank for each state that waits, so that no fair run waits for ever; None if one may."""
    units = {number: _units(part, number, edges, helps) for number in waiting}
    ranks: dict[int, int] = {}
    found: Labels = {}
    for component in list_components(waiting, lambda number: (there for _, there in edges(number))):
        rows = [(event, there) for number in component for event, there in edges(number)]
        inside = {event.group for event, there in rows if there in component}
        always = frozenset.intersection(*(frozenset(units[number]) for number in component))
        first = units[min(component)]
        unit = next((unit for unit in first if unit in always and unit not in inside), None)
        if unit is None:
            return None
        rank = 1 + max((ranks[there] for _, there in rows if there in ranks), default=-1)
        for number in component:
            ranks[number] = rank
        found |= {number: Rank(rank, units[number][unit]) for number in component}
    return found


def _units(part: KnownPart, number: int, edges: Edges, helps: Helps) -> dict[Hashable, int]:
    """The units of fairness of which an event can really happen in the state, each with the first that
    does."""
    found: dict[Hashable, int] = {}
    for event, _ in edges(number):
        if event.group is not None and helps(event, number):
            found.setdefault(event.group, part.numbers[id(event)])
    return found


# --- no stall ---------------------------------------------------------------------------------


class ProgressMaker(Struct, frozen=True, dict=True):
    """Looks for parts that show that the pipeline cannot stall."""

    compiled: Compiled
    numbers: dict[int, int]
    limits: Limits

    def list_candidates(self) -> Iterator[list[Labelled]]:
        """Parts that may show it: many small ones, fewer with all who empty a queue, or all in one. Raises
        `LimitError`."""
        exits = Exits(self.compiled)
        named = {key for guards in exits.at.values() for guard in guards for key in guard}
        choices = (*self._list_with_one_taker(named), self.compiled.system.events)
        for parting in (self._parting(exits, events) for events in choices):
            kept = [part for part in parting if part & named] or [frozenset[VariableKey]()]
            found = self._label_each(kept, exits)
            if found is not None:
                yield found
        whole = self._label(1, frozenset(variable.key for variable in self.compiled.system.variables), exits)
        if whole is not None:
            yield [whole]

    def _label_each(self, parting: Sequence[frozenset[VariableKey]], exits: Exits) -> list[Labelled] | None:
        found = []
        for number, keys in enumerate(parting, 1):
            part = self._label(number, keys, exits)
            if part is None:
                return None
            found.append(part)
        return found

    def _list_with_one_taker(self, waited: Collection[VariableKey]) -> Iterator[tuple[Event, ...]]:
        """Of the events of the system those that matter if one alone of those who empty a queue would do."""
        takers: dict[frozenset[VariableKey], dict[frozenset[VariableKey], None]] = {}
        taking = {
            id(e)
            for e in self.compiled.system.events
            if takes_away(e) and not e.effect.keys().isdisjoint(waited)
        }
        for event in self.compiled.system.events:
            if id(event) in taking:
                takers.setdefault(frozenset(event.effect), {})[frozenset(event.guard)] = None
        most = max(map(len, takers.values()), default=0)
        for at in range(min(MOST_TAKERS, most) if most > 1 else 0):
            chosen = {effect: list(by)[min(at, len(by) - 1)] for effect, by in takers.items()}
            yield tuple(
                event
                for event in self.compiled.system.events
                if id(event) not in taking or chosen[frozenset(event.effect)] == frozenset(event.guard)
            )

    def _parting(self, exits: Exits, events: Sequence[Event]) -> list[frozenset[VariableKey]]:
        """The variables in parts, so that the ways on of *one* pipeline differ in one part at most; as if
        these were all events."""
        alike: dict[object, list[Guard]] = {}
        for here, guards in exits.at.items():
            for mover, ways in self._group_by_mover(guards).items():
                stands = here if mover is None else next(iter(guards[ways[0]][mover]))
                alike[mover, stands] = [guards[way] for way in ways]
        system = replace(self.compiled.system, events=tuple(events))
        return find_parts(system, [Exit(guards=tuple(guards)) for guards in alike.values()])

    def _label(self, number: int, keys: frozenset[VariableKey], exits: Exits) -> Labelled | None:
        pipelines = exits.pipelines.keys()
        part = list_part(self.compiled.system, keys | pipelines, self.numbers, self.limits)
        labels: Labels = {}
        standing: dict[Place, list[int]] = {}
        for index, state in enumerate(part.reached.states):
            here = tuple(part.system.value(state, key) for key in pipelines)
            standing.setdefault(here, []).append(index)
        for here, indices in standing.items():
            found = self._at_place(part, indices, here, exits)
            if found is None:
                return None
            labels |= found
        return build_labelled(f"part {number} of progress", part, labels)

    def _at_place(
        self, part: KnownPart, indices: Collection[int], here: Place, exits: Exits
    ) -> Labels | None:
        """Labels of the states with the pipelines at one place: such as come by themselves, if any do."""
        guards = exits.at.get(here, [])
        choices = list(self._list_choices(guards, part.keys - exits.pipelines.keys()))
        for find in (_rank_at_place, _lead_at_place):
            for ways in choices:
                found = find(part, indices, guards, ways)
                if found is not None:
                    return found
        if exits.may_stay(here):
            return dict.fromkeys(indices, AwaitedState(len(guards)))
        return None

    def _list_choices(self, guards: Sequence[Guard], keys: frozenset[VariableKey]) -> Iterator[list[int]]:
        """Ways that a part with these variables may go for: those of a pipeline that waits for it, of
        another, of any."""
        own = self._group_by_mover(guards).values()
        yield from sorted(own, key=lambda ways: not any(guards[way].keys() & keys for way in ways))
        if len(own) > 1:
            yield list(range(len(guards)))

    def _group_by_mover(self, guards: Sequence[Guard]) -> dict[VariableKey | None, list[int]]:
        """The ways on of each pipeline, by their numbers; None: those that end."""
        found: dict[VariableKey | None, list[int]] = {}
        for way, guard in enumerate(guards):
            found.setdefault(self._movers.get(id(guard)), []).append(way)
        return found

    @cached_property
    def _movers(self) -> dict[int, VariableKey]:
        """The pipeline that goes on by an event, by the `id` of the event's guard."""
        onward = (event for event in self.compiled.system.events if event.kind is EventKind.PIPELINE)
        return {id(event.guard): key for event in onward for key in event.effect if is_pipeline(key)}


def _goals_at(part: KnownPart, indices: Collection[int], guards: Sequence[Guard], ways: list[int]) -> Labels:
    open_in = part.states_in((guards[way] for way in ways), indices)
    return {index: AwaitedState(ways[at]) for index, at in open_in.items()}


def _rank_at_place(
    part: KnownPart, indices: Collection[int], guards: Sequence[Guard], ways: list[int]
) -> Labels | None:
    """Goals, and ranks for all other states, so that no fair run stays in those."""
    goals = _goals_at(part, indices, guards, ways)
    waiting = [index for index in indices if index not in goals]
    found = _rank(part, waiting, _staying(part), _is_own(part))
    return None if found is None else {**goals, **found}


def _lead_at_place(
    part: KnownPart, indices: Collection[int], guards: Sequence[Guard], ways: list[int]
) -> Labels | None:
    """Goals, and for all other states how many events lead from it to one."""
    goals = _goals_at(part, indices, guards, ways)
    waiting = [index for index in indices if index not in goals]
    found = _lead(part, waiting, goals, _staying(part), _is_own(part))
    return None if found is None else {**goals, **found}


def _staying(part: KnownPart) -> Edges:
    """The events that let the pipelines stand."""
    edges = part.reached.edges
    return lambda index: [pair for pair in edges[index] if pair[0].kind is not EventKind.PIPELINE]


def _is_own(part: KnownPart) -> Helps:
    """All that the event speaks of is known."""

    def is_own(event: Event, _: int) -> bool:
        original = part.originals[id(event)]
        return original.guard.keys() | original.effect.keys() <= part.keys

    return is_own


def _lead(
    part: KnownPart, waiting: Collection[int], goals: Collection[int], edges: Edges, helps: Helps
) -> Labels | None:
    """A rank for each state that waits: how many events lead from it to a goal; None if none do."""
    before: dict[int, list[tuple[Event, int]]] = {}
    for index in waiting:
        for event, there in edges(index):
            if helps(event, index):
                before.setdefault(there, []).append((event, index))
    found: Labels = {}
    frontier, rank = list(goals), 1
    while frontier:
        nearer = [(event, index) for there in frontier for event, index in before.get(there, ())]
        frontier = []
        for event, index in nearer:
            if index not in found:
                found[index] = Rank(rank, part.numbers[id(event)])
                frontier.append(index)
        rank += 1
    return found if len(found) == len(waiting) else None
