"""A formula that is violated, told exactly from a part of the deployment.

The part in which a formula is judged is here not its cone, but all that is connected with what it speaks of
(`parts`), on one line of the pipeline (`lines`). So a state of it at a position is one of the whole if every
other part lets the pipeline come there. Then what is told is that of the whole: the positions of such states,
whether one can be complete, whether some run is complete without one (each part can be complete by itself,
and a monitor does not notice what others do), and the shortest story, which is the shortest here with the
fewest events that the others need before each step of the pipeline.

**What never comes.** A fair run that waits for ever stays at a position from some moment on. There the parts
do not see each other, and the only unit of fairness that they share is the pipeline. So the runs of the parts
that stay there, each fair to its own units, are together one of the whole that is fair but for the pipeline;
and fair to it, if nothing leads on from that position, or if one of the parts keeps it from going on again
and again. In the part of the formula such runs are those of fair components that wait (`lasso`), the
pipeline's unit left out. Of the others only those that stand still are looked at, where all that must happen
has; where one can go round instead, nothing is told. There every unit counts, also those that nothing else
depends on (`with_all_units`): before the run is fair they have to have come to rest.

**Failures.** What is met before a failure is met on the main line, so on the line of a failure only what
comes from its stop on is looked at. There alone, too, going on is what the line says: before it the pipeline
could go on without a failure. A window is the union of those of the lines, a violation is inevitable if no
line can be complete without one.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.advances import Advance, EventList, split_events
from ....model.compiler.compile import Compiled
from ....model.compiler.life_variables import Standing
from ....model.compiler.replay import ReplayError
from ....model.compiler.system import Event, EventKind, State, System
from ....model.deployment.formula import Property
from ....model.names import PIPELINE
from ....model.resources.limits import Limits
from ...temporal.finding import FormulaFinding
from ...temporal.influence import Influence, VariableSet
from ...temporal.judge import TemporalJudge, explain_broken, explain_waiting
from ...temporal.lasso import find_fair_components, find_loop
from ...temporal.monitor import Mode, build_monitor
from ...temporal.runs import Runs, can_satisfy
from .independent_parts import NotToldError, Parts, Passage, Rest
from .lines import PositionLine, list_lines
from .search import NEVER


class Teller(Struct, frozen=True, dict=True):
    """Tells of violations in one deployment with one pipeline."""

    compiled: Compiled
    limits: Limits

    @cached_property
    def _lines(self) -> list[LineTeller]:
        course = self.compiled.vocabulary.course
        lines = list_lines(course, with_dead_ends=True)
        return [LineTeller(restrict_to_line(self.compiled, line), line, self.limits) for line in lines]

    def violation(self, stated: Property, names: VariableSet) -> FormulaFinding | None:
        """Told of the nearest state that violates the formula, which speaks of these variables, or of a run
        that waits for ever where there is no such state; None if nobody knows of one here. Raises
        `LimitError`."""
        judged = [line.judge(stated, names) for line in self._lines]
        found = [one for line in judged if (one := line.broken()) is not None]
        if not found and build_monitor(stated.formula).obliges:
            found = self._waiting(stated, names)
        if not found:
            return None
        return replace(
            min(found, key=lambda one: len(one.story[: one.loop])),
            window=frozenset().union(*(one.window for one in found)),
            inevitable=not any(line.can_be_satisfied() for line in judged),
            for_ever=any(one.for_ever for one in found),
        )

    def _waiting(self, stated: Property, names: VariableSet) -> list[FormulaFinding]:
        """By line; none where nobody knows."""
        judged = (line.judge(stated, names, with_all_units=True) for line in self._lines)
        try:
            return [one for line in judged if (one := line.waiting()) is not None]
        except NotToldError:
            return []


def restrict_to_line(compiled: Compiled, line: PositionLine) -> Compiled:
    """The deployment whose pipeline can only take this way."""
    names = [Standing(position.name) for position in line.positions]
    steps = set(pairwise(names))

    def is_on_it(way: Advance) -> bool:
        return any((here, way.effect[PIPELINE]) in steps for here in way.guard[PIPELINE])

    system, events = compiled.system, split_events(compiled.system)
    on_it = EventList(filter(is_on_it, events.advances), events.others)
    return replace(compiled, system=System(system.variables, on_it))


class LineTeller(Struct, frozen=True, dict=True):
    """Tells of violations on one line, whose positions follow each other."""

    compiled: Compiled
    line: PositionLine
    limits: Limits

    @cached_property
    def _influence(self) -> Influence:
        return Influence(self.compiled)

    @cached_property
    def _parts(self) -> Parts:
        names = frozenset(Standing(position.name) for position in self.line.positions)
        return Parts(self.compiled, self._influence, self.limits, names)

    @cached_property
    def places(self) -> frozenset[int]:
        """The positions, by index, that are looked at here and on no line before."""
        from_there = self.line.positions[self.line.stop or 0 :]
        return frozenset(position.index for position in from_there)

    def judge(self, stated: Property, names: VariableSet, *, with_all_units: bool = False) -> JudgedLine:
        """Raises `LimitError`."""
        own, others = self._parts.around(names, with_all_units=with_all_units)
        judge = self._judge(own)
        runs = judge.runs(stated.formula)
        ends = self._parts.is_end(judge.reached, own)
        return JudgedLine(self, stated, runs, ends, tuple(self._parts.passage(part) for part in others))

    def _judge(self, own: VariableSet) -> TemporalJudge:
        kept: dict[VariableSet, TemporalJudge] = self.__dict__.setdefault("_latest", {})
        if own not in kept:
            kept.clear()  # the next formula may speak of the same; more are not held
            kept[own] = TemporalJudge(self._influence.part(own), self.limits)
        return kept[own]

    def merge(self, own: list[Event], others: list[list[list[Event]]]) -> list[Event]:
        """The run of the whole: before each step of the pipeline, and at last, the others do
        what they must."""
        system = self.compiled.system
        state, story = system.initial, []
        for event in _merged(own, others):
            taken = (
                self._advance(state) if event.kind is EventKind.PIPELINE else self._influence.original(event)
            )
            story.append(taken)
            state = system.successor(state, taken)
        return story

    def original(self, events: Iterable[Event]) -> list[Event]:
        return [self._influence.original(event) for event in events]

    def _advance(self, state: State) -> Event:
        """The way on that is open; all that are open do the same."""
        system = self.compiled.system
        ways = self._influence.advancing(system.value(state, PIPELINE))
        holds = partial(system.holds, state)
        taken = next((event for way in ways if (event := way.taken(holds)) is not None), None)
        if taken is None:
            raise ReplayError("the pipeline of a story cannot go on where each part lets it go on")
        return taken


def _merged(own: list[Event], others: list[list[list[Event]]]) -> Iterator[Event]:
    """The events of the part, with those of the others before each step of the pipeline, and the rest at
    last."""
    step = 0
    for event in own:
        if event.kind is EventKind.PIPELINE:
            yield from _at(others, step)
            step += 1
        yield event
    yield from _at(others, step)


def _at(others: list[list[list[Event]]], step: int) -> Iterator[Event]:
    return (event for legs in others if step < len(legs) for event in legs[step])


class JudgedLine(Struct, frozen=True, dict=True):
    """A formula on one line: its part with all runs, the ends in it, and how the other parts let it pass."""

    on: LineTeller
    stated: Property
    runs: Runs
    ends: list[bool]
    passages: tuple[Passage, ...]

    def can_be_satisfied(self) -> bool:
        return self._all_end and can_satisfy(self.runs, self.ends)

    @cached_property
    def _all_end(self) -> bool:
        return all(passage.can_end for passage in self.passages)

    def broken(self) -> FormulaFinding | None:
        """By a state."""
        nearest = self._nearest(self.runs.in_mode(Mode.BROKEN))
        price = {at: sum(passage.cost(at) for passage in self.passages) for at in nearest}
        met = {at: node for at, node in nearest.items() if price[at] < NEVER}
        if not met:
            return None
        at = min(met, key=lambda at: (price[at] + len(self.runs.story(met[at])), at))
        legs = [passage.legs(at) for passage in self.passages]
        states = (self.runs.nodes[node][0] for node in self.runs.in_mode(Mode.BROKEN))
        return FormulaFinding(
            question=self.stated,
            explanation=explain_broken(self.stated.formula),
            story=tuple(self.on.merge(self.runs.story(met[at]), legs)),
            window=frozenset(met),
            inevitable=False,  # a matter of all lines
            for_ever=self._all_end and any(self.ends[state] for state in states),
        )

    def waiting(self) -> FormulaFinding | None:
        """By a fair run. Raises `NotToldError`."""
        places = sorted(self._nearest(self.runs.in_mode(Mode.WAITING)))
        met = {at: found for at in places if (found := self._wait(at)) is not None}
        if not met:
            return None
        at = min(met, key=lambda at: (met[at].price, at))
        wait = met[at]
        held_up = self.holds_up(wait.home)
        loop = find_loop(
            self.runs, wait.head, wait.home, but_for=frozenset() if held_up else frozenset({PIPELINE})
        )
        legs = [passage.legs_to(still) for passage, still in zip(self.passages, wait.still, strict=True)]
        stem = self.on.merge(self.runs.story(wait.head), legs)
        return FormulaFinding(
            question=self.stated,
            explanation=explain_waiting(self.stated.formula),
            story=(*stem, *self.on.original(loop)),
            window=frozenset(met),
            inevitable=False,
            for_ever=any(found.can_be_complete for found in met.values()),
            loop=len(stem),
        )

    def _nearest(self, nodes: list[int]) -> Mapping[int, int]:
        """By position the first of the nodes, in breadth-first order."""
        found: dict[int, int] = {}
        for node in nodes:
            found.setdefault(self._position(node), node)
        return {at: node for at, node in found.items() if at in self.on.places}

    def _position(self, node: int) -> int:
        return self.runs.reached.states[self.runs.nodes[node][0]][self._pipeline]

    @cached_property
    def _pipeline(self) -> int:
        return self.runs.reached.system.index(PIPELINE)

    def _wait(self, at: int) -> StoryWait | None:
        """The cheapest way to wait for ever at a position, if there is one. Raises `NotToldError`."""
        rests = [passage.rest(at) for passage in self.passages]
        if any(rest is None for rest in rests):
            return None
        nodes = [node for node in self.runs.in_mode(Mode.WAITING) if self._position(node) == at]
        homes = find_fair_components(nodes, lambda node: self.runs.edges[node], self._own_groups)
        heads = sorted((self._length(min(home)), min(home), home) for home in homes)
        others = [rest for rest in rests if rest is not None]
        ways = [
            StoryWait(
                length + sum(cost for cost, _ in still), head, frozenset(home), tuple(i for _, i in still)
            )
            for length, head, home in heads
            if (still := find_cheapest_rest(others, is_held_up=self.holds_up(home))) is not None
        ]
        if not ways:
            return None
        can_end = any(self.ends[self.runs.nodes[node][0]] for home in homes for node in home)
        can_be_complete = can_end and all(rest.can_end for rest in others)
        return replace(min(ways, key=lambda way: (way.price, way.head)), can_be_complete=can_be_complete)

    def _length(self, node: int) -> int:
        return len(self.runs.story(node))

    def _own_groups(self, node: int) -> frozenset[Hashable]:
        return self.runs.groups(node) - {PIPELINE}

    def holds_up(self, home: Collection[int]) -> bool:
        """Whether who stays there keeps the pipeline from going on."""
        return any(PIPELINE not in self.runs.groups(node) for node in home)


class StoryWait(Struct, frozen=True):
    """A fair run that stays: how many events come before, the node of the formula's part to which they lead,
    the nodes that it does not leave, and the states of the other parts."""

    price: int
    head: int
    home: frozenset[int]
    still: tuple[int, ...]
    can_be_complete: bool = False


def find_cheapest_rest(others: Sequence[Rest], *, is_held_up: bool) -> list[tuple[int, int]] | None:
    """How the others stand still for the fewest events (price and state of each) while the pipeline is held
    up: by the part itself, or by one of them; None where nobody can."""
    cheapest = [rest.cheapest for rest in others]
    if is_held_up:
        return cheapest
    held = (
        (rest.holding_up[0] - rest.cheapest[0], number, rest.holding_up)
        for number, rest in enumerate(others)
        if rest.holding_up is not None
    )
    if (best := min(held, default=None)) is None:
        return None
    _, number, holding_up = best
    return [*cheapest[:number], holding_up, *cheapest[number + 1 :]]
