"""What must come, and whether the pipeline stalls, asked of the runs from here on, on the list of all states.

On the way back nothing counts but what is so behind the failure, and nobody is taken to leave a pipeline
where it has failed: the question is what comes if `rollback:` runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from msgspec import Struct

from ...model.compiler.compile import Compiled, Placement
from ...model.compiler.system import Event, Guard, passes
from ...model.deployment.formula import Modality, Property
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
OF_EACH_STATE = (Modality.ALWAYS, Modality.NEVER)
"""What these break they break in each state for itself."""


class FoundFromHere(Struct, frozen=True):
    """What is violated, how many events of its story come before what was seen, and where the pipelines
    stand together when it is."""

    told: FormulaFinding
    seen_at: int
    together: frozenset[Placement]


class LivenessFromHere(Struct, frozen=True, dict=True):
    """Judges runs that pass through a reachable state which agrees with what was `seen`, and from there on
    have none of the `barred` events; with `places` what is so while a pipeline is at one of these. States are
    listed at the first question; raises `LimitError` where they are too many."""

    compiled: Compiled
    seen: Guard
    limits: Limits
    barred: tuple[Event, ...] = ()
    places: frozenset[int] | None = None

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
        ways = self._find_ways(self._here, lambda state: judge.reached.edges[state])
        stalled = find_stalled(judge.reached, judge.complete, judge.stops)
        met = [state for state in stalled if state in ways.cost and self._counts(state)]
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
        ways = self._find_ways(self._list_starts(runs), lambda node: runs.edges[node])
        broken = self._list_broken(stated, runs, ways)
        if broken:
            first = min(broken, key=ways.cost.__getitem__)
            before, after = _tell(ways, first, runs.story)
            states = [runs.nodes[node][0] for node in broken]
            why = explain_broken(stated.formula)
            end = runs.nodes[first][0]
            return self._found(stated, why, (*before, *after), len(before), states, end=end)
        waiting = find_waiting_sets(runs) if runs.monitor.obliges else []
        homes = [home for home in waiting if home & ways.cost.keys() and self._is_waited_in(runs, home)]
        if not homes:
            return None
        home = min(homes, key=lambda one: min(map(ways.cost.__getitem__, one & ways.cost.keys())))
        head = min(home & ways.cost.keys(), key=ways.cost.__getitem__)
        before, after = _tell(ways, head, runs.story)
        states = [runs.nodes[node][0] for one in homes for node in one]
        loop = find_loop(runs, head, home)
        story, why = (*before, *after, *loop), explain_waiting(stated.formula)
        return self._found(stated, why, story, len(before), states, loop=len(story) - len(loop))

    def _list_broken(self, stated: Property, runs: Runs, ways: Ways) -> list[int]:
        """The nodes in which the formula is broken; on the way back not those in which it only still is."""
        broken = [n for n in runs.in_mode(Mode.BROKEN) if n in ways.cost and self._counts(runs.nodes[n][0])]
        if self.places is None or stated.formula.modality in OF_EACH_STATE:
            return broken
        unbroken = (node for node in ways.cost if runs.nodes[node][1] is not Mode.BROKEN)
        barred = set(map(id, self.barred))
        now = {there for n in unbroken for event, there in runs.edges[n] if id(event) not in barred}
        return [node for node in broken if node in now]

    def _is_waited_in(self, runs: Runs, home: Collection[int]) -> bool:
        """Whether it counts that something is waited for there: no pipeline is left where it has failed."""
        positions = self.compiled.vocabulary.positions
        states = [runs.nodes[node][0] for node in home]
        left = (positions[index].is_stopped for state in states for index in self._place(state))
        return all(map(self._counts, states)) and (self.places is None or not any(left))

    def _counts(self, state: int) -> bool:
        return self.places is None or not self.places.isdisjoint(self._place(state))

    def _place(self, state: int) -> Placement:
        return self.compiled.place(self._judge.reached.states[state])

    def _find_ways(self, starts: Iterable[int], edges: Edges) -> Ways:
        """The nearest ways from any of these nodes."""
        barred = set(map(id, self.barred))
        return find_cheapest(
            dict.fromkeys(sorted(starts), 0),
            lambda here: ((1, event, there) for event, there in edges(here) if id(event) not in barred),
        )

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


def _tell(
    ways: Ways, node: int, before: Callable[[int], Iterable[Event]]
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """The events to the start from which the node is come to, and those from there."""
    path = ways.path(node)
    start = ways.came[path[0][1]][0] if path else node
    return tuple(before(start)), tuple(event for event, _ in path)
