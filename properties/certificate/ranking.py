"""Labels by which parts of a deployment show what must come, and that the pipeline cannot stall."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, EventKind, Guard
from ...model.kernel.graph import find_reachable
from ...model.names import VariableKey
from ...model.resources.limits import Limits
from ..temporal.lasso import list_components
from ..temporal.stall import find_parts
from .drawing import draw
from .parts import KnownPart, list_part
from .progress import Exits, Standing
from .rules import AwaitedState, Idle, InvariantState, IsSteady, Label, Labelled, Obligation, Rank

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


def show(part: KnownPart, asked: Obligation, is_steady: IsSteady) -> Labels | None:
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
        helps = _helps_in(part, is_steady)
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


def _helps_in(part: KnownPart, is_steady: IsSteady) -> Helps:
    """All that an event waits for is known, or it is the pipeline's and what it waits for comes by itself."""
    known: dict[int, bool] = {}

    def helps(event: Event, _: int) -> bool:
        if id(event) not in known:
            guard = part.originals[id(event)].guard
            beside = guard.keys() - part.keys
            is_pipeline = event.kind is EventKind.PIPELINE
            known[id(event)] = not beside or (is_pipeline and all(is_steady(key, guard) for key in beside))
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


class ProgressMaker(Struct, frozen=True):
    """Looks for parts that show that the pipeline cannot stall."""

    compiled: Compiled
    numbers: dict[int, int]
    limits: Limits

    def find(self) -> list[Labelled]:
        """Parts that show it; none: it is not shown. Raises `LimitError`."""
        known = Exits(self.compiled)
        exits = known.at
        named = {key for guards in exits.values() for guard in guards for key in guard}
        parting = [part for part in self._parting(exits) if part & named] or [frozenset[VariableKey]()]
        found = [self._label(number, keys, known) for number, keys in enumerate(parting, 1)]
        if None in found:
            every = frozenset(variable.key for variable in self.compiled.system.variables)
            found = [self._label(1, every, known)]
        return [part for part in found if part is not None]

    def _parting(self, exits: Mapping[Standing, list[Guard]]) -> list[frozenset[VariableKey]]:
        return find_parts(self.compiled.system, {here: tuple(guards) for here, guards in exits.items()})

    def _label(self, number: int, keys: frozenset[VariableKey], exits: Exits) -> Labelled | None:
        pipelines = exits.pipelines.keys()
        part = list_part(self.compiled.system, keys | pipelines, self.numbers, self.limits)
        labels: Labels = {}
        standing: dict[Standing, list[int]] = {}
        for index, state in enumerate(part.reached.states):
            here = tuple(part.system.value(state, key) for key in pipelines)
            standing.setdefault(here, []).append(index)
        for here, indices in standing.items():
            found = self._at_place(part, indices, exits.at.get(here, []))
            if found is None:
                return None
            labels |= found
        return build_labelled(f"part {number} of progress", part, labels)

    def _at_place(self, part: KnownPart, indices: Collection[int], guards: list[Guard]) -> Labels | None:
        """Labels of the states with the pipelines at one place."""
        open_in = part.states_in(guards, indices)
        goals: Labels = {index: AwaitedState(way) for index, way in open_in.items()}
        waiting = [index for index in indices if index not in goals]
        if not waiting:
            return goals

        def staying(index: int) -> list[tuple[Event, int]]:
            return [pair for pair in part.reached.edges[index] if pair[0].kind is not EventKind.PIPELINE]

        def is_own(event: Event, _: int) -> bool:
            original = part.originals[id(event)]
            return original.guard.keys() | original.effect.keys() <= part.keys

        found = _rank(part, waiting, staying, is_own)
        if found is None:
            found = _lead(part, waiting, goals, staying, is_own)
        return None if found is None else {**goals, **found}


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
