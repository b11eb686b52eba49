"""Properties judged in slices: what a part of the deployment shows to hold, without a look at the whole.

A formula is judged in the cone of influence of the variables that its predicates speak of
(`temporal.influence`): with what changes them, and with the whole pipeline, which there waits for nothing
outside of the cone. What is shown there holds in the whole, for these reasons.

**Runs.** Every event of the whole that changes a variable of the cone is one of the slice: all that its
guard speaks of is in the cone, or it is the pipeline's, and its guard has only lost conjuncts. All other
events leave the slice where it is. So each run of the whole, seen in the variables of the cone, is a run of
the slice that stands still now and then, perhaps for ever. A monitor does not notice whether a state
is seen once or again and again. Hence, for safety: a state that breaks a formula in the whole is seen to
break it in the slice. This rests on nothing else.

**Fairness of moves.** A formula that obliges something to come is violated by a fair run that waits for
ever. A move is in the cone with all of its events, each with its whole guard, or with none. So it is
enabled in a state of the whole if and only if it is in the slice, and fair there if it was.

**Fairness of the pipeline.** Its positions follow each other, so a run comes to a last one. There it may be
enabled in the slice all the time, and in the whole wait for what was cut. What it waits for is taken to
pieces that it asks for independently of each other (`waits`). A piece that is not all in the cone may be
cut only if it comes by itself: if on every fair run of the piece's own cone that stays at that position it
holds from some moment on for ever. (For the two reasons above the whole's run, seen there, is such a
run.) Then on a fair run of the whole that stays, all pieces that were cut hold from some moment on; if those
inside of the cone do as well, the pipeline is enabled in the whole for ever, and goes on. So what is fair
in the whole is fair in the slice. Pieces of which this is not shown are put into the cone, with what has
a say in them: a drain that writers can keep up, an instance that may never become ready, a user's own
machine that goes round.

**What is not shown** is no violation: the slice can do more than the whole. It is judged on the whole, by the
same code as without slices, or told exactly (`violated`), so that what is told of it does not depend on
them. `done` speaks of all that moves in the background; some formulas can do with less of it (`done`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec.structs import replace

from ....model.compiler.compile import Compiled
from ....model.compiler.predicate_guards import find_variables
from ....model.compiler.system import Value, passes
from ....model.deployment.formula import Formula, Property
from ....model.deployment.predicate import speaks_of_the_end
from ....model.names import VariableKey
from ....model.resources.limits import LimitError, Limits, StateLimitError
from ...temporal.answers import Answers
from ...temporal.finding import FormulaFinding
from ...temporal.influence import Influence, VariableSet
from ...temporal.irreversible import Setback
from ...temporal.judge import TemporalJudge, define_done
from ...temporal.lasso import find_waiting_sets
from ...temporal.monitor import Mode
from ...temporal.questions import Questions
from ...temporal.stall import cannot_stall
from .completion import is_safe_to_take_as_complete, strengthen_eventually
from .pipeline_waits import PipelineWait, find_waits, find_waits_at_end, is_met
from .violation_story import Teller


def judge(compiled: Compiled, questions: Questions, limits: Limits) -> Answers:
    """What slices answer; the rest is left open. A slice with more states than allowed answers nothing."""
    slices = _Slices(compiled, limits)
    violated: list[FormulaFinding] = []
    rest = questions
    unsettled: list[Property] = []
    try:
        for one in questions.stated:
            if not slices.shows(one.formula):
                told = slices.told(one)
                violated += [told] if told is not None else []
                unsettled += [one] if told is None else []
            rest = replace(rest, stated=rest.stated[1:])
        setbacks = tuple(pair for pair in questions.setbacks if not slices.excludes(pair))
        rest = replace(rest, setbacks=setbacks)
        rest = replace(rest, stall=questions.stall and not slices.cannot_stall())
    except LimitError as limit:
        left = replace(rest, stated=(*unsettled, *rest.stated))
        return Answers(tuple(violated), left, limit, len(questions.stated) - len(left.stated))
    left = replace(rest, stated=tuple(unsettled))
    return Answers(tuple(violated), left, None, len(questions.stated) - len(unsettled))


class _Slices:
    """The slices of one deployment; the latest is kept, for the next formula may speak of the same. Where one
    has too many states, those that keep more are not tried."""

    def __init__(self, compiled: Compiled, limits: Limits) -> None:
        self._compiled, self._limits = compiled, limits
        self._influence = Influence(compiled)
        self._teller = Teller(compiled, limits)
        self._latest: tuple[VariableSet, TemporalJudge] | None = None
        self._too_large: list[VariableSet] = []
        self._met: dict[tuple[VariableSet, frozenset[Value]], bool] = {}

    # --- what is asked ---

    def shows(self, formula: Formula) -> bool:
        """Whether every fair run satisfies the formula; False: unknown."""
        try:
            if any(map(speaks_of_the_end, formula.predicates)) and self._shows_without_the_end(formula):
                return True
            return self._holds(formula, self._influence.cone(self._spoken_of(formula)))
        except StateLimitError:
            return False

    def _shows_without_the_end(self, formula: Formula) -> bool:
        """The same in a slice that knows `done` only as far as it must (`done`)."""
        cone = self._influence.cone(self._spoken_of(formula, but_for_the_end=True))
        if is_safe_to_take_as_complete(formula):
            return self._holds(formula, cone)
        stronger = strengthen_eventually(formula)
        wider = self._with_what_holds_up(cone, self._at_the_end) if stronger is not None else None
        return stronger is not None and wider is not None and self._holds(stronger, wider)

    def _holds(self, formula: Formula, cone: VariableSet) -> bool:
        runs = self._judge(cone).runs(formula)
        if runs.in_mode(Mode.BROKEN):
            return False
        if not runs.monitor.obliges or not runs.in_mode(Mode.WAITING):
            return True
        wider = self._with_what_holds_up(cone)
        return wider is not None and not find_waiting_sets(self._judge(wider).runs(formula))

    def told(self, stated: Property) -> FormulaFinding | None:
        """The formula's violation, if a part shows that the whole has one; None: unknown."""
        if self._compiled.vocabulary.deployment.pipelines:
            return None
        try:
            return self._teller.violation(stated, frozenset(self._spoken_of(stated.formula)))
        except StateLimitError:
            return None

    def excludes(self, pair: Setback) -> bool:
        """Whether the pipeline never takes the action back after its effect; False: unknown."""
        try:
            cone = self._influence.cone(name for guard in pair.condition for name in guard)
            reached = self._judge(cone).reached
        except StateLimitError:
            return False
        tests = [reached.system.test(guard) for guard in pair.condition]
        return not any(passes(state, test) for state in reached.states for test in tests)

    def cannot_stall(self) -> bool:
        """Whether that is plain; False: unknown."""
        try:
            return cannot_stall(self._compiled, self._limits)
        except StateLimitError:
            return False

    # --- slices ---

    def _judge(self, cone: VariableSet) -> TemporalJudge:
        if self._latest is None or self._latest[0] != cone:
            self._latest = None  # so that it is not held while the next one is searched
            self._latest = cone, self._searched(cone)
        return self._latest[1]

    def _searched(self, cone: VariableSet) -> TemporalJudge:
        if any(larger <= cone for larger in self._too_large):
            raise StateLimitError(self._limits.listed_states)
        judge = TemporalJudge(self._influence.part(cone), self._limits)
        try:
            _ = judge.reached
        except StateLimitError:
            self._too_large.append(cone)
            raise
        return judge

    def _spoken_of(self, formula: Formula, *, but_for_the_end: bool = False) -> Iterator[VariableKey]:
        complete = () if but_for_the_end else define_done(self._compiled, formula)
        for predicate in formula.predicates:
            yield from find_variables(self._compiled.vocabulary, predicate, complete)

    def _with_what_holds_up(
        self, cone: VariableSet, also: tuple[PipelineWait, ...] = ()
    ) -> VariableSet | None:
        """The cone with all of these waits that may be in vain, the pipeline's and others; None if the
        pipeline's cannot be told apart."""
        if self._waits is None:
            return None
        waits = (*self._waits, *also)
        in_vain = (wait.names for wait in waits if not wait.names <= cone and not self._is_met(wait))
        return self._influence.cone(cone.union(*in_vain))

    @cached_property
    def _waits(self) -> tuple[PipelineWait, ...] | None:
        return find_waits(self._compiled.system)

    @cached_property
    def _at_the_end(self) -> tuple[PipelineWait, ...]:
        return find_waits_at_end(self._compiled.complete())

    def _is_met(self, wait: PipelineWait) -> bool:
        asked = wait.names, frozenset(wait.at)
        found = self._met.get(asked)
        if found is None:
            found = self._met[asked] = self._comes_by_itself(wait)
        return found

    def _comes_by_itself(self, wait: PipelineWait) -> bool:
        try:
            return is_met(wait, self._influence, self._limits)
        except StateLimitError:
            return False
