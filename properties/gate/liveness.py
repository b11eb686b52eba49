"""What must come, and whether the pipeline stalls, asked of the runs from here on, on the list of all
states."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from msgspec import Struct

from ...model.compiler.compile import Compiled, Placement
from ...model.compiler.system import Event, Guard, passes
from ...model.deployment.formula import Property
from ...model.kernel.graph import Routes, find_cheapest
from ...model.resources.limits import Limits
from ..temporal.finding import FormulaFinding, Stall
from ..temporal.judge import TemporalJudge, explain_broken, explain_waiting
from ..temporal.lasso import find_loop, find_waiting_sets
from ..temporal.monitor import Mode
from ..temporal.runs import Runs
from ..temporal.stall import find_stalled
from ..temporal.waiting import tell_where

Edges = Callable[[int], Iterable[tuple[Event, int]]]
Ways = Routes[int, Event]


class FoundFromHere(Struct, frozen=True):
    """What is violated, how many events of its story come before what was seen, and where the pipelines
    stand together when it is."""

    told: FormulaFinding
    seen_at: int
    together: frozenset[Placement]


class LivenessFromHere(Struct, frozen=True, dict=True):
    """Judges runs that pass through a reachable state which agrees with what was `seen`. Its states are
    listed at the first question; raises `LimitError` where they are too many."""

    compiled: Compiled
    seen: Guard
    limits: Limits

    @cached_property
    def _judge(self) -> TemporalJudge:
        return TemporalJudge(self.compiled, self.limits)

    @cached_property
    def _here(self) -> frozenset[int]:
        """The states that agree with what was seen."""
        test = self.compiled.system.test(self.seen)
        states = enumerate(self._judge.reached.states)
        return frozenset(number for number, state in states if passes(state, test))

    def stall(self) -> FoundFromHere | None:
        """A run through what was seen to where no way leads to the end any more; None if there is none."""
        judge = self._judge
        ways = _find_ways(self._here, lambda state: judge.reached.edges[state])
        met = [s for s in find_stalled(judge.reached, judge.complete, judge.stops) if s in ways.cost]
        if not met:
            return None
        first = min(met, key=ways.cost.__getitem__)
        before, after = _tell(ways, first, judge.reached.story)
        furthest = judge.find_furthest(first)
        why = tell_where(self.compiled.vocabulary, furthest)
        story = (*before, *after)
        return self._found(Stall(), why, story, len(before), met, furthest=furthest, end=first)

    def property(self, stated: Property) -> FoundFromHere | None:
        """The same of a formula that a run violates from here on: it is broken, or what must come never
        does. What is broken before is no matter of what comes."""
        runs = self._judge.runs(stated.formula)
        ways = _find_ways(self._list_starts(runs), lambda node: runs.edges[node])
        broken = [node for node in runs.in_mode(Mode.BROKEN) if node in ways.cost]
        if broken:
            first = min(broken, key=ways.cost.__getitem__)
            before, after = _tell(ways, first, runs.story)
            states = [runs.nodes[node][0] for node in broken]
            why = explain_broken(stated.formula)
            end = runs.nodes[first][0]
            return self._found(stated, why, (*before, *after), len(before), states, end=end)
        homes = [home for home in find_waiting_sets(runs) if home & ways.cost.keys()]
        if not runs.monitor.obliges or not homes:
            return None
        home = min(homes, key=lambda one: min(map(ways.cost.__getitem__, one & ways.cost.keys())))
        head = min(home & ways.cost.keys(), key=ways.cost.__getitem__)
        before, after = _tell(ways, head, runs.story)
        waiting = [runs.nodes[node][0] for one in homes for node in one]
        loop = find_loop(runs, head, home)
        story, why = (*before, *after, *loop), explain_waiting(stated.formula)
        return self._found(stated, why, story, len(before), waiting, loop=len(story) - len(loop))

    def _list_starts(self, runs: Runs) -> frozenset[int]:
        """The nodes that agree with what was seen, and in which nothing was broken before."""
        broken = {node for node, (_, mode) in enumerate(runs.nodes) if mode is Mode.BROKEN}
        now = {there for node, row in enumerate(runs.edges) if node not in broken for _, there in row}
        return frozenset(
            node
            for node, (state, _) in enumerate(runs.nodes)
            if state in self._here and (node not in broken or node in now or node == 0)
        )

    def _found(
        self,
        question: Property | Stall,
        why: str,
        story: tuple[Event, ...],
        seen_at: int,
        states: Iterable[int],
        *,
        loop: int | None = None,
        furthest: Placement | None = None,
        end: int | None = None,
    ) -> FoundFromHere:
        reached = self._judge.reached
        together = frozenset(self.compiled.place(reached.states[state]) for state in states)
        told = FormulaFinding(
            question,
            why,
            story,
            frozenset().union(*together),
            inevitable=False,
            loop=loop,
            furthest=furthest,
            end=None if end is None else reached.states[end],
        )
        return FoundFromHere(told, seen_at, together)


def _find_ways(starts: Iterable[int], edges: Edges) -> Ways:
    """The nearest ways from any of these nodes."""
    return find_cheapest(
        dict.fromkeys(sorted(starts), 0), lambda here: ((1, event, there) for event, there in edges(here))
    )


def _tell(
    ways: Ways, node: int, before: Callable[[int], Iterable[Event]]
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """The events to the start from which the node is come to, and those from there."""
    path = ways.path(node)
    start = ways.came[path[0][1]][0] if path else node
    return tuple(before(start)), tuple(event for event, _ in path)
