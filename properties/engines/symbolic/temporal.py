"""Temporal properties and stalls of a deployment, on sets of states.

The same answers as `properties.temporal.judge` for what a single state can violate, and for what no run
violates. A run that waits for ever is only told of where the states can be listed: which of them lie
on a fair circle is a question of strong components, which sets of states answer one at a time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property

from msgspec import Struct

from ....model.compiler.compile import Compiled
from ....model.compiler.system import System
from ....model.deployment.formula import Property
from ....model.deployment.predicate import Constant
from ....model.resources.limits import Limits
from ...temporal import judge as temporal
from ...temporal.answers import Answers, answer_each
from ...temporal.finding import FormulaFinding, Stall
from ...temporal.irreversible import Setback
from ...temporal.monitor import Mode, build_monitor
from ...temporal.questions import Questions
from ...temporal.waiting import tell_where
from .encoding import Encoding, Manager
from .formulas import (
    MODES,
    ModeChanges,
    build_mode_variable,
    find_mode_changes,
    find_states,
    find_states_in_mode,
    watch_step,
)
from .grades import compute_grades, sort_events, weigh_events
from .library import Bdd
from .limits import Watch, limit_memory
from .order import order_variables
from .shortest import Rings
from .steps import SymbolicStep, backward_closure, build_step, closure, preimage


def answer_questions(compiled: Compiled, questions: Questions, limits: Limits) -> Answers:
    """The answers, as far as the limits go; and a run that waits for ever is only told of where the states
    can be listed."""
    judge = _Whole(compiled, limits)
    return answer_each(questions, judge.violation, judge.setback, judge.stall)


class _Whole(Struct, frozen=True, dict=True):
    """Judges one deployment; no more memory is a limit."""

    compiled: Compiled
    limits: Limits

    def violation(self, stated: Property) -> FormulaFinding | None:
        with limit_memory(self.limits):
            judge = _FormulaJudge(self.compiled, self.limits, stated)
            return self._listed.violation(stated) if judge.waits_for_ever() else judge.violation()

    def setback(self, pair: Setback) -> FormulaFinding | None:
        with limit_memory(self.limits):
            return self._states.setback(pair)

    def stall(self) -> FormulaFinding | None:
        with limit_memory(self.limits):
            return self._states.stall()

    @cached_property
    def _listed(self) -> temporal.TemporalJudge:
        return temporal.TemporalJudge(self.compiled, self.limits)

    @cached_property
    def _states(self) -> _States:
        return _States(self.compiled, self.limits)


class _FormulaJudge:
    """Judges one formula: the deployment's states, each with the mode of the monitor after it."""

    def __init__(self, compiled: Compiled, limits: Limits, stated: Property) -> None:
        self._compiled, self._stated, self._watch = compiled, stated, Watch(limits)
        self._monitor = build_monitor(stated.formula)
        sizes = {MODES: len(Mode), **order_variables([compiled.system])}
        own = Encoding(compiled.system, Manager(sizes, limits.memory_left_mib()))
        self._left, self._right = (
            find_states(own, compiled.vocabulary, predicate, compiled.complete())
            for predicate in (stated.formula.left, stated.formula.right or Constant(False))
        )
        start = own.state(compiled.system.initial)
        first = (start & side != own.false for side in (self._left, self._right))
        mode = self._monitor.step(self._monitor.start, *first)
        system = System((*compiled.system.variables, build_mode_variable(mode)), compiled.system.events)
        self._encoding = Encoding(system, own.manager)
        self._ladders = compute_grades(compiled.system)
        self._start = self._encoding.state(system.initial)

    @cached_property
    def _steps(self) -> list[SymbolicStep]:
        return self._watched(
            build_step(self._encoding, e) for e in sort_events(self._compiled.system, self._ladders)
        )

    def _watched(self, steps: Iterable[SymbolicStep]) -> list[SymbolicStep]:
        return [part for one in steps for part in watch_step(self._encoding, one, self._changes)]

    @cached_property
    def _changes(self) -> ModeChanges:
        return find_mode_changes(self._encoding, self._monitor, self._left, self._right)

    @cached_property
    def _reached(self) -> Bdd:
        return closure(self._encoding, self._start, self._steps, self._watch)

    def violation(self) -> FormulaFinding | None:
        """Told of the nearest state that violates the formula; None if no state does."""
        encoding, broken = self._encoding, find_states_in_mode(self._encoding, Mode.BROKEN)
        states = self._reached & broken
        if states == encoding.false:
            return None
        rings = Rings(
            encoding, self._ladders, self._watched(weigh_events(encoding, self._ladders)), self._watch
        )
        story, end = rings.run(states)
        complete = encoding.satisfying(self._compiled.complete())
        content = complete & encoding.among(MODES, frozenset(m for m in Mode if self._monitor.accepts(m)))
        return FormulaFinding(
            question=self._stated,
            explanation=temporal.explain_broken(self._stated.formula),
            story=story,
            window=encoding.positions(states),
            together=self._compiled.tell_together(encoding.places(states)),
            inevitable=not self._is_passable(broken, content),
            for_ever=states & complete != encoding.false,
            end=end[:-1],
        )

    def _is_passable(self, closed: Bdd, goal: Bdd) -> bool:
        """Whether some run reaches the goal without a state of `closed`."""

        def has_goal(found: Bdd) -> bool:
            return bool(found & goal != self._encoding.false)

        steps, watch = self._steps, self._watch
        return has_goal(closure(self._encoding, self._start, steps, watch, closed=closed, enough=has_goal))

    def waits_for_ever(self) -> bool:
        """Whether no state violates the formula, but some fair run waits for ever for what must come.

        The states from which one does are the greatest set of waiting states from each of which every
        unit of fairness can be satisfied within the set: led to a state in which nothing of it is
        enabled, or through one of its events (Emerson and Lei, "Efficient Model Checking in Fragments of
        the Propositional Mu-Calculus", 1986). A run may stand still, where no unit forbids it.
        """
        encoding = self._encoding
        if (
            not self._monitor.obliges
            or self._reached & find_states_in_mode(encoding, Mode.BROKEN) != encoding.false
        ):
            return False
        waiting = self._reached & find_states_in_mode(encoding, Mode.WAITING)
        units: dict[Hashable, list[SymbolicStep]] = {}
        for taken in self._steps:
            if taken.event.group is not None:
                units.setdefault(taken.event.group, []).append(taken)
        before = encoding.false
        while waiting != before:
            before = waiting
            for unit in units.values():
                waiting = self._can_satisfy(waiting, unit)
                if waiting == encoding.false:
                    return False
        return True

    def _can_satisfy(self, states: Bdd, unit: list[SymbolicStep]) -> Bdd:
        """The states of the set from which a path within it satisfies the unit of fairness."""
        encoding = self._encoding
        enabled = taken_within = encoding.false
        for taken in unit:
            enabled |= taken.guard
            taken_within |= preimage(encoding, states, taken)
        return backward_closure(
            encoding, states & (~enabled | taken_within), self._steps, states, self._watch
        )


class _States:
    """The states of the deployment alone: where it can stall, and where something is taken back."""

    def __init__(self, compiled: Compiled, limits: Limits) -> None:
        self._compiled, self._watch = compiled, Watch(limits)
        manager = Manager(order_variables([compiled.system]), limits.memory_left_mib())
        self._encoding = Encoding(compiled.system, manager)
        ladders = compute_grades(compiled.system)
        self._steps = [build_step(self._encoding, event) for event in sort_events(compiled.system, ladders)]
        self._start = self._encoding.state(compiled.system.initial)
        self._complete = self._encoding.satisfying(compiled.complete())

    @cached_property
    def _reached(self) -> Bdd:
        return closure(self._encoding, self._start, self._steps, self._watch)

    @property
    def _stops(self) -> Bdd:
        """The states in which a pipeline has failed."""
        courses = self._compiled.vocabulary.courses.items()
        return self._encoding.any(
            self._encoding.of_ranks(key, (rank for rank, here in enumerate(course) if here.is_stopped))
            for key, course in courses
        )

    def setback(self, found: Setback) -> FormulaFinding | None:
        """The pipeline takes something back after an irreversible action."""
        encoding = self._encoding
        states = self._reached & encoding.satisfying(found.condition)
        if states == encoding.false:
            return None

        def is_complete(some: Bdd) -> bool:
            return bool(some & self._complete != encoding.false)

        steps, watch = self._steps, self._watch
        around = closure(encoding, self._start, steps, watch, closed=states, enough=is_complete)
        story, end = Rings.of(encoding, watch).run(states)
        return FormulaFinding(
            question=found,
            explanation=temporal.explain_setback(found),
            story=story,
            window=encoding.positions(states),
            together=self._compiled.tell_together(encoding.places(states)),
            inevitable=not is_complete(around),
            for_ever=is_complete(states),
            end=end,
        )

    def stall(self) -> FormulaFinding | None:
        """The shortest run into a state from which no complete one can be reached but by failing, and in
        which the pipeline has not failed."""
        encoding, steps, watch = self._encoding, self._steps, self._watch
        going = self._reached & ~self._stops
        stalled = going & ~backward_closure(encoding, going & self._complete, steps, going, watch)
        if stalled == encoding.false:
            return None
        story, end = Rings.of(encoding, watch).run(stalled)
        ahead = closure(encoding, encoding.state(end), steps, watch, closed=self._stops)
        furthest = max(sorted(encoding.places(ahead)), key=sum)
        return FormulaFinding(
            question=Stall(),
            explanation=tell_where(self._compiled.vocabulary, furthest),
            story=story,
            window=encoding.positions(stalled),
            together=self._compiled.tell_together(encoding.places(stalled)),
            inevitable=self._start & stalled != encoding.false,
            end=end,
            furthest=furthest,
        )
