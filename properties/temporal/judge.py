"""What must hold besides compatibility: users' own formulas, availability, and that the pipeline goes on.

Checked on the deployment alone (its moves, its pipeline and the traffic of others, no request under
watch), on every reachable state, under weak fairness of moves and pipeline (`lasso`). A violation of
safety is told by a shortest run into it, one of liveness by a lasso.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.predicate_guards import state_test
from ...model.compiler.replay import ReplayError, replay
from ...model.compiler.system import Condition, Event, Reached, passes, search
from ...model.deployment import Deployment, Severity
from ...model.formula import Formula, Modality, Property
from ...model.kernel.graph import reachable
from ...model.machines.rollout_strategies import Rollout
from ...model.names import PIPELINE
from ...model.predicate import Constant, speaks_of_the_end
from ...model.resources.limits import Limits
from ..story import tell_events
from ..verdict import Hazard, HazardKind
from .influence import only
from .irreversible import Setback, setbacks
from .lasso import Lasso, find_lasso, is_fair_loop
from .monitor import Mode, monitor
from .questions import STALLS, Questions, identity, properties_of, questions_of, setback_identity
from .runs import Runs, can_satisfy, watch
from .stall import cannot_stall, stalled


def violations(
    deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits
) -> tuple[Hazard, ...]:
    """A hazard for each formula that some fair run violates, and one if the pipeline can stall.

    Raises `LimitError` where a limit is hit: the formulas are judged on all states of the deployment alone;
    that it cannot stall is first sought in parts of it.
    """
    compiled = compile_deployment(deployment, rollouts=rollouts)
    questions = questions_of(compiled.vocabulary)
    return answers(compiled, replace(questions, stall=not cannot_stall(compiled, limits)), limits)


def answers(compiled: Compiled, questions: Questions, limits: Limits) -> tuple[Hazard, ...]:
    """A hazard for each of the questions whose answer is bad. Raises `LimitError`."""
    judge = TemporalJudge(compiled, limits)
    found = [judge.violation(stated) for stated in questions.stated]
    found += [judge.setback(pair) for pair in questions.setbacks]
    if questions.stall:
        found.append(judge.stall())
    return tuple(hazard for hazard in found if hazard is not None)


@dataclass(frozen=True)
class TemporalJudge:
    """Judges one deployment, whose states are searched at most once, and not before they are needed."""

    compiled: Compiled
    limits: Limits

    @cached_property
    def reached(self) -> Reached:
        return search(self.compiled.system, self.limits)

    @cached_property
    def complete(self) -> list[bool]:
        condition = self.compiled.complete()
        return [self.compiled.system.satisfies(state, condition) for state in self.reached.states]

    def runs(self, formula: Formula) -> Runs:
        """Every run, under the eye of the formula's monitor."""
        return watch(self.reached, monitor(formula), self._holds(formula), self.limits)

    def violation(self, stated: Property) -> Hazard | None:
        runs = self.runs(stated.formula)
        broken = runs.in_mode(Mode.BROKEN)
        if broken:
            story = runs.story(broken[0])
            self._replay(story, runs.nodes[broken[0]][0])
            states = [runs.nodes[node][0] for node in broken]
            return self._hazard(stated, explain_broken(stated.formula), story, states, runs)
        lasso = find_lasso(runs) if runs.monitor.obliges else None
        if lasso is None:
            return None
        self._replay_lasso(lasso)
        states = [runs.nodes[node][0] for node in lasso.waiting]
        story = [*lasso.stem, *lasso.loop]
        return self._hazard(stated, _waiting(stated.formula), story, states, runs, len(lasso.stem))

    def _holds(self, formula: Formula) -> list[tuple[bool, bool]]:
        """For each state whether left and right hold; what is missing never does."""
        system, vocabulary = self.compiled.system, self.compiled.vocabulary
        left, right = (
            state_test(system, vocabulary, predicate, what_done_means(self.compiled, formula))
            for predicate in (formula.left, formula.right or Constant(False))
        )
        return [(left(state), right(state)) for state in self.reached.states]

    def stall(self) -> Hazard | None:
        """The shortest run into a state from which no complete one can be reached."""
        states = stalled(self.reached, self.complete, self._stops)
        if not states:
            return None
        story = self.reached.story(states[0])
        self._replay(story, states[0])
        return Hazard(
            id=identity(STALLS),
            kind=HazardKind.PROPERTY,
            property=STALLS,
            explanation=waits_for(self.compiled, self._furthest(states[0])),
            severity=Severity.ERROR,
            inevitable=states[0] == 0,
            window=self._window(states),
            trace=tell_events(self.compiled, story),
        )

    def setback(self, found: Setback) -> Hazard | None:
        """The pipeline takes something back after an irreversible action."""
        states = self._states_in(found.condition)
        if not states:
            return None
        story = self.reached.story(states[0])
        self._replay(story, states[0])
        return Hazard(
            id=setback_identity(found),
            kind=HazardKind.PROPERTY,
            property=found.text,
            explanation=explain_setback(found),
            severity=Severity.ERROR,
            inevitable=not self._can_avoid(set(states)),
            window=self._window(states),
            for_ever=any(self.complete[state] for state in states),
            trace=tell_events(self.compiled, story),
        )

    def _states_in(self, condition: Condition) -> list[int]:
        tests = [self.compiled.system.test(guard) for guard in condition]
        states = enumerate(self.reached.states)
        return [number for number, state in states if any(passes(state, test) for test in tests)]

    def _can_avoid(self, states: set[int]) -> bool:
        """Whether some run is complete without any of the states."""

        def onward(here: int) -> Iterator[int]:
            return (there for there in self.reached.reached_from(here) if there not in states)

        return any(self.complete[here] for here in reachable({0} - states, onward))

    def violating(self) -> set[int]:
        """The states in which something that must always hold does not: an invariant, that the pipeline goes
        on, that nothing is taken back after what is irreversible."""
        bad = set(stalled(self.reached, self.complete, self._stops))
        for found in setbacks(self.compiled.vocabulary):
            bad.update(self._states_in(found.condition))
        for stated in properties_of(self.compiled.vocabulary.deployment):
            if stated.formula.modality in (Modality.ALWAYS, Modality.NEVER):
                wanted = stated.formula.modality is Modality.ALWAYS
                held = enumerate(self._holds(stated.formula))
                bad.update(number for number, (left, _) in held if left is not wanted)
        return bad

    def _furthest(self, start: int) -> int:
        """The position to which the pipeline still gets from a state."""

        def onward(here: int) -> Iterator[int]:
            return (there for there in self.reached.reached_from(here) if there not in self._stops)

        return max(self._position(state) for state in reachable([start], onward))

    # --- telling ---

    def _hazard(
        self,
        stated: Property,
        explanation: str,
        story: Sequence[Event],
        states: Sequence[int],
        runs: Runs,
        loop: int | None = None,
    ) -> Hazard:
        return Hazard(
            id=identity(stated.name, str(stated.formula)),
            kind=HazardKind.PROPERTY,
            property=stated.name,
            explanation=explanation,
            severity=Severity.ERROR,
            inevitable=not can_satisfy(runs, self.complete),
            window=self._window(states),
            for_ever=any(self.complete[state] for state in states),
            trace=tell_events(self.compiled, story),
            loop=loop,
        )

    def _window(self, states: Sequence[int]) -> tuple[str, ...]:
        places = self.compiled.vocabulary.positions
        positions = sorted({self._position(state) for state in states})
        return tuple(dict.fromkeys(places[index].step for index in positions))

    @cached_property
    def _stops(self) -> frozenset[int]:
        """The states in which the pipeline has failed."""
        positions = self.compiled.vocabulary.positions
        ranks = {position.index for position in positions if position.is_stopped}
        states = self.reached.states
        return (
            frozenset(i for i, state in enumerate(states) if state[self._pipeline] in ranks)
            if ranks
            else frozenset()
        )

    def _position(self, state: int) -> int:
        return self.reached.states[state][self._pipeline]

    @cached_property
    def _pipeline(self) -> int:
        return self.compiled.system.index(PIPELINE)

    # --- nobody is shown what did not happen ---

    def _replay(self, story: Sequence[Event], state: int) -> None:
        if replay(self.compiled, story) != self.reached.states[state]:
            raise ReplayError("the story of a property does not end where it is violated")

    def _replay_lasso(self, lasso: Lasso) -> None:
        """The loop leads back to where it begins, and it is fair."""
        system = self.compiled.system
        head = state = replay(self.compiled, lasso.stem)
        passed = [state]
        for event in lasso.loop:
            state = system.successor(state, event)
            passed.append(state)
        if replay(self.compiled, [*lasso.stem, *lasso.loop]) != head:
            raise ReplayError("the loop of a lasso does not lead back to where it begins")
        enabled = [frozenset(e.group for e in system.enabled(s) if e.group is not None) for s in passed]
        if not is_fair_loop(enabled, lasso.loop):
            raise ReplayError("the loop of a lasso is not fair")


def what_done_means(compiled: Compiled, formula: Formula) -> Condition | None:
    """The complete states, if the formula speaks of them: where much moves in the background they take long
    to be named. In a part of a system, those that are complete as far as the part is known."""
    if not any(map(speaks_of_the_end, formula.predicates)):
        return None
    known = frozenset(variable.key for variable in compiled.system.variables)
    return tuple(only(guard, known) for guard in compiled.complete())


def waits_for(compiled: Compiled, furthest: int) -> str:
    """What holds up a pipeline that gets no further than that position."""
    position = compiled.vocabulary.positions[furthest]
    if position.action is None:
        return "from here on the moves that were begun with `start` are never all over"
    what = f"it waits for `{position.action}`"
    return f"from here on the pipeline gets no further than {position.step}: {what}"


def explain_setback(found: Setback) -> str:
    first, second = found.steps
    return (
        f"`{found.irreversible}` of {first} has taken effect when the pipeline comes to `{found.later}` of "
        f"{second}"
    )


def explain_broken(formula: Formula) -> str:
    """What is so in the state that violates the formula."""
    match formula.modality:
        case Modality.NEVER:
            return f"`{formula.left}` holds"
        case Modality.BEFORE:
            return f"`{formula.right}` holds, and `{formula.left}` has never held"
        case Modality.UNTIL:
            return f"`{formula.left}` does not hold, and `{formula.right}` has not come"
        case _:
            return f"`{formula.left}` does not hold"


def _waiting(formula: Formula) -> str:
    """What never comes on the lasso."""
    if formula.modality is Modality.LEADS_TO:
        return f"`{formula.left}` has held, and `{formula.right}` never comes"
    return f"`{formula.right if formula.right is not None else formula.left}` never comes"
