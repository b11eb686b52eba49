"""A formula that some state violates, told exactly from a part of the deployment.

The part in which a formula is judged is here not its cone, but all that is connected with what it speaks of
(`parts`), so that a state of it at a position is one of the whole if every other part lets the pipeline come
there. Then what is told is that of the whole: the positions of such states, whether one can be
complete, whether some run is complete without one (each part can be complete by itself, and a monitor does
not notice what others do), and the shortest story, which is the shortest here with the fewest events that
the others need before each step of the pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from ....model.compiler.compile import Compiled
from ....model.compiler.replay import ReplayError
from ....model.compiler.system import Event, EventKind, State
from ....model.deployment.formula import Property
from ....model.names import PIPELINE
from ...temporal.finding import FormulaFinding
from ...temporal.influence import Influence, VariableSet
from ...temporal.judge import TemporalJudge, explain_broken
from ...temporal.monitor import Mode
from ...temporal.runs import Runs, can_satisfy
from .independent_parts import Parts, Passage
from .search import NEVER


class Teller(Struct, frozen=True):
    """Tells of violations in one deployment whose positions follow each other in one line; `judge` judges
    the part with these variables."""

    compiled: Compiled
    influence: Influence
    parts: Parts
    judge: Callable[[VariableSet], TemporalJudge]

    def violation(self, stated: Property, names: VariableSet) -> FormulaFinding | None:
        """Told of the nearest state that violates the formula, which speaks of these variables; None if no
        state of the whole does. Raises `LimitError`."""
        own, others = self.parts.around(names)
        judge = self.judge(own)
        runs = judge.runs(stated.formula)
        nearest = _nearest(runs)
        passages = [self.parts.passage(part) for part in others] if nearest else []
        price = {at: sum(passage.cost(at) for passage in passages) for at in nearest}
        met = {at: node for at, node in nearest.items() if price[at] < NEVER}
        if not met:
            return None
        at = min(met, key=lambda at: (price[at] + len(runs.story(met[at])), at))
        ends = self.parts.is_end(judge.reached, own)
        all_end = all(passage.can_end for passage in passages)
        broken = (runs.nodes[node][0] for node in runs.in_mode(Mode.BROKEN))
        return FormulaFinding(
            question=stated,
            explanation=explain_broken(stated.formula),
            story=tuple(self._story(runs.story(met[at]), passages, at)),
            window=frozenset(met),
            inevitable=not (all_end and can_satisfy(runs, ends)),
            for_ever=all_end and any(ends[state] for state in broken),
        )

    def _story(self, own: list[Event], passages: list[Passage], at: int) -> list[Event]:
        """The run of the whole."""
        system = self.compiled.system
        legs = zip(*(passage.legs(at) for passage in passages), strict=True)
        state, story = system.initial, []
        for event in self._merged(own, legs):
            taken = (
                self._advance(state) if event.kind is EventKind.PIPELINE else self.influence.original(event)
            )
            story.append(taken)
            state = system.successor(state, taken)
        return story

    @staticmethod
    def _merged(own: list[Event], legs: Iterator[tuple[list[Event], ...]]) -> Iterator[Event]:
        """Before each step of the pipeline the others do what it waits for."""
        for event in own:
            if event.kind is EventKind.PIPELINE:
                yield from (other for leg in next(legs, ()) for other in leg)
            yield event

    def _advance(self, state: State) -> Event:
        """The way on that is open; all that are open do the same."""
        system = self.compiled.system
        ways = self.influence.advancing(system.value(state, PIPELINE))
        taken = next((event for event in ways if system.holds(state, event.guard)), None)
        if taken is None:
            raise ReplayError("the pipeline of a story cannot go on where each part lets it go on")
        return taken


def _nearest(runs: Runs) -> Mapping[int, int]:
    """By position the first node, in breadth-first order, that violates the formula."""
    reached = runs.reached
    at = reached.system.index(PIPELINE)
    found: dict[int, int] = {}
    for node in runs.in_mode(Mode.BROKEN):
        found.setdefault(reached.states[runs.nodes[node][0]][at], node)
    return found
