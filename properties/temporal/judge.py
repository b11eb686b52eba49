"""What must hold besides compatibility: users' own formulas, availability, and that the pipeline goes on.

Checked on the deployment alone (its moves, its pipeline and the traffic of others, no request under
watch), on every reachable state, under weak fairness of moves and pipeline (`lasso`). A violation of
safety is told by a shortest run into it, one of liveness by a lasso.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.compile import Compiled, Placement
from ...model.compiler.predicate_guards import build_state_test
from ...model.compiler.system import Condition, Event, Reached, passes, search
from ...model.deployment.formula import Formula, Modality, Property
from ...model.deployment.predicate import Constant, speaks_of_the_end
from ...model.kernel.graph import find_reachable
from ...model.resources.limits import Limits, StateLimitError
from .answers import Answers, answer_each
from .finding import FormulaFinding, Question, Stall
from .influence import restrict_to_known
from .irreversible import Setback, find_setbacks
from .lasso import find_lasso
from .monitor import Mode, build_monitor
from .questions import Questions, identify_property, identify_setback, list_properties
from .runs import Runs, can_satisfy, watch
from .stall import cannot_stall, find_stalled
from .waiting import tell_where


def answer_questions(compiled: Compiled, questions: Questions, limits: Limits) -> Answers:
    """The answers, as far as the limits go: on all states of the deployment alone. That it cannot stall is
    first sought in parts of it."""
    judge = TemporalJudge(compiled, limits)
    return answer_each(questions, judge.violation, judge.setback, judge.stall)


class TemporalJudge(Struct, frozen=True, dict=True):
    """Judges one deployment, whose states are searched at most once, and not before they are needed."""

    compiled: Compiled
    limits: Limits

    @cached_property
    def reached(self) -> Reached:
        return search(self.compiled.system, self.limits)

    @cached_property
    def complete(self) -> list[bool]:
        return list(map(self.compiled.is_complete, self.reached.states))

    def runs(self, formula: Formula) -> Runs:
        """Every run, under the eye of the formula's monitor."""
        return watch(self.reached, build_monitor(formula), self._holds(formula), self.limits)

    def violation(self, stated: Property) -> FormulaFinding | None:
        runs = self.runs(stated.formula)
        broken = runs.in_mode(Mode.BROKEN)
        if broken:
            story = runs.story(broken[0])
            states = [runs.nodes[node][0] for node in broken]
            return self._found(
                stated, explain_broken(stated.formula), story, states, not self._can_satisfy(runs)
            )
        lasso = find_lasso(runs) if runs.monitor.obliges else None
        if lasso is None:
            return None
        states = [runs.nodes[node][0] for node in lasso.waiting]
        found = self._found(stated, explain_waiting(stated.formula), (), states, not self._can_satisfy(runs))
        return replace(found, story=(*lasso.stem, *lasso.loop), loop=len(lasso.stem), end=None)

    def _can_satisfy(self, runs: Runs) -> bool:
        return can_satisfy(runs, self.complete)

    def _holds(self, formula: Formula) -> list[tuple[bool, bool]]:
        """For each state whether left and right hold; what is missing never does."""
        system, vocabulary = self.compiled.system, self.compiled.vocabulary
        left, right = (
            build_state_test(system, vocabulary, predicate, define_done(self.compiled, formula))
            for predicate in (formula.left, formula.right or Constant(False))
        )
        return [(left(state), right(state)) for state in self.reached.states]

    def stall(self) -> FormulaFinding | None:
        """The shortest run into a state from which no complete one can be reached."""
        if "reached" not in self.__dict__ and self._plainly_cannot_stall():
            return None
        return self.find_stall()

    def find_stall(self) -> FormulaFinding | None:
        """The same, sought at once among all states."""
        states = find_stalled(self.reached, self.complete, self.stops)
        if not states:
            return None
        story = self.reached.story(states[0])
        furthest = self.find_furthest(states[0])
        why = tell_where(self.compiled.vocabulary, furthest)
        found = self._found(Stall(), why, story, states, states[0] == 0)
        # it does not come to where it is complete
        return replace(found, for_ever=False, furthest=furthest)

    def _plainly_cannot_stall(self) -> bool:
        """Whether parts show it; one that is too large shows nothing."""
        with suppress(StateLimitError):
            return cannot_stall(self.compiled, self.limits)
        return False

    def setback(self, found: Setback) -> FormulaFinding | None:
        """The pipeline takes something back after an irreversible action."""
        states = self._states_in(found.condition)
        if not states:
            return None
        story = self.reached.story(states[0])
        is_inevitable = not self._can_avoid(set(states))
        return self._found(found, explain_setback(found), story, states, is_inevitable)

    def _states_in(self, condition: Condition) -> list[int]:
        tests = [self.compiled.system.test(guard) for guard in condition]
        states = enumerate(self.reached.states)
        return [number for number, state in states if any(passes(state, test) for test in tests)]

    def _can_avoid(self, states: set[int]) -> bool:
        """Whether some run is complete without any of the states."""

        def onward(here: int) -> Iterator[int]:
            return (there for there in self.reached.reached_from(here) if there not in states)

        return any(self.complete[here] for here in find_reachable({0} - states, onward))

    def violating(self, accepted: Collection[str] = ()) -> set[int]:
        """The states in which something that must always hold does not: an invariant, that the pipeline goes
        on, that nothing is taken back after what is irreversible. Hazards that are `accepted`, by id, are
        left out; not a stall, which keeps a rollback from its end all the same."""
        bad = set(find_stalled(self.reached, self.complete, self.stops))
        for found in find_setbacks(self.compiled.vocabulary):
            if identify_setback(found) not in accepted:
                bad.update(self._states_in(found.condition))
        for stated in list_properties(self.compiled.vocabulary.deployment):
            is_invariant = stated.formula.modality in (Modality.ALWAYS, Modality.NEVER)
            if is_invariant and identify_property(stated) not in accepted:
                wanted = stated.formula.modality is Modality.ALWAYS
                held = enumerate(self._holds(stated.formula))
                bad.update(number for number, (left, _) in held if left is not wanted)
        return bad

    def find_furthest(self, start: int) -> Placement:
        """Where the pipelines, taken together, still get from a state."""

        def onward(here: int) -> Iterator[int]:
            return (there for there in self.reached.reached_from(here) if there not in self.stops)

        places = {self._place(state) for state in find_reachable([start], onward)}
        return max(sorted(places), key=sum)

    # --- what is found ---

    def _found(
        self,
        question: Question,
        explanation: str,
        story: Sequence[Event],
        states: Sequence[int],
        is_inevitable: bool,
    ) -> FormulaFinding:
        """Told by the story to the first of the states in which it is so."""
        places = set(map(self._place, states))
        return FormulaFinding(
            question=question,
            explanation=explanation,
            story=tuple(story),
            window=frozenset().union(*places),
            together=self.compiled.tell_together(places),
            inevitable=is_inevitable,
            for_ever=any(self.complete[state] for state in states),
            end=self.reached.states[states[0]],
        )

    @cached_property
    def stops(self) -> frozenset[int]:
        """The states in which a pipeline has failed."""
        stops = self.compiled.vocabulary.stops
        every = range(len(self.reached.states)) if stops else ()
        return frozenset(state for state in every if not stops.isdisjoint(self._place(state)))

    def _place(self, state: int) -> Placement:
        return self.compiled.place(self.reached.states[state])


def define_done(compiled: Compiled, formula: Formula) -> Condition | None:
    """The complete states, if the formula speaks of them: where much moves in the background they take long
    to be named. In a part of a system, those that are complete as far as the part is known."""
    if not any(map(speaks_of_the_end, formula.predicates)):
        return None
    known = frozenset(variable.key for variable in compiled.system.variables)
    return tuple(restrict_to_known(guard, known) for guard in compiled.complete())


def explain_setback(found: Setback) -> str:
    """What is so in the state in which something irreversible is to be taken back."""
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
        case Modality.ALWAYS | Modality.EVENTUALLY | Modality.LEADS_TO:  # the last two are never broken so
            return f"`{formula.left}` does not hold"
        case _:
            assert_never(formula.modality)


def explain_waiting(formula: Formula) -> str:
    """What never comes on the lasso."""
    if formula.modality is Modality.LEADS_TO:
        return f"`{formula.left}` has held, and `{formula.right}` never comes"
    return f"`{formula.right if formula.right is not None else formula.left}` never comes"
