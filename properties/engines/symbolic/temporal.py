"""Temporal properties and stalls of a deployment, on sets of states.

The same answers as `properties.temporal.judge` for what a single state can violate, and for what no run
violates. A run that waits for ever is only told of where the states can be listed: which of them lie
on a fair circle is a question of strong components, which sets of states answer one at a time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property

from ....model.compiler.compile import Compiled, compile_deployment
from ....model.compiler.replay import ReplayError, replay
from ....model.compiler.system import Event, State, System
from ....model.deployment import Deployment, Severity
from ....model.formula import Property
from ....model.machines.rollout_strategies import Rollout
from ....model.names import PIPELINE
from ....model.predicate import Constant
from ....model.resources.limits import Limits
from ...story import tell_events
from ...temporal import judge as temporal
from ...temporal.irreversible import Setback
from ...temporal.monitor import Mode, monitor
from ...temporal.questions import STALLS, Questions, identity, questions_of, setback_identity
from ...verdict import Hazard, HazardKind, TraceEvent
from .encoding import Encoding, Manager
from .formulas import MODES, in_mode, modes, states_of, watched
from .grades import course, grades, weighed
from .library import Bdd
from .limits import Watch, memory_is_a_limit
from .order import order
from .shortest import Rings
from .steps import Step, closure, leading_to, preimage, step


def violations(
    deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits
) -> tuple[Hazard, ...]:
    """A hazard for each formula that some fair run violates, one for each way to take back what is
    irreversible, and one if the pipeline can stall.

    Raises `LimitError` where a limit is hit, and where a run waits for ever in a deployment with more
    states than can be listed.
    """
    compiled = compile_deployment(deployment, rollouts=rollouts)
    return answers(compiled, questions_of(compiled.vocabulary), limits)


@memory_is_a_limit
def answers(compiled: Compiled, questions: Questions, limits: Limits) -> tuple[Hazard, ...]:
    """A hazard for each of the questions whose answer is bad. Raises `LimitError`."""
    listed = temporal.TemporalJudge(compiled, limits)
    found: list[Hazard | None] = []
    for stated in questions.stated:
        judge = _Judge(compiled, limits, stated)
        found.append(listed.violation(stated) if judge.waits_for_ever() else judge.violation())
    states = _States(compiled, limits)
    found += [states.setback(pair) for pair in questions.setbacks]
    if questions.stall:
        found.append(states.stall())
    return tuple(hazard for hazard in found if hazard is not None)


class _Judge:
    """Judges one formula: the deployment's states, each with the mode of the monitor after it."""

    def __init__(self, compiled: Compiled, limits: Limits, stated: Property) -> None:
        self._compiled, self._stated, self._watch = compiled, stated, Watch(limits)
        self._monitor = monitor(stated.formula)
        sizes = {MODES: len(Mode), **order([compiled.system])}
        own = Encoding(compiled.system, Manager(sizes, limits.max_memory_mib))
        self._left, self._right = (
            states_of(own, compiled.vocabulary, predicate, compiled.complete())
            for predicate in (stated.formula.left, stated.formula.right or Constant(False))
        )
        start = own.state(compiled.system.initial)
        first = (start & side != own.false for side in (self._left, self._right))
        mode = self._monitor.step(self._monitor.start, *first)
        system = System((*compiled.system.variables, modes(mode)), compiled.system.events)
        self._encoding = Encoding(system, own.manager)
        self._ladders = grades(compiled.system)
        self._start = self._encoding.state(system.initial)

    @cached_property
    def _steps(self) -> list[Step]:
        return self._watched(step(self._encoding, e) for e in course(self._compiled.system, self._ladders))

    def _watched(self, steps: Iterable[Step]) -> list[Step]:
        sides = self._left, self._right
        return [part for one in steps for part in watched(self._encoding, one, self._monitor, *sides)]

    @cached_property
    def _reached(self) -> Bdd:
        return closure(self._encoding, self._start, self._steps, self._watch)

    def violation(self) -> Hazard | None:
        """Told of the nearest state that violates the formula; None if no state does."""
        encoding, broken = self._encoding, in_mode(self._encoding, Mode.BROKEN)
        states = self._reached & broken
        if states == encoding.false:
            return None
        rings = Rings(encoding, self._ladders, self._watched(weighed(encoding, self._ladders)), self._watch)
        story, end = rings.run(states)
        complete = encoding.satisfying(self._compiled.complete())
        content = complete & encoding.among(MODES, frozenset(m for m in Mode if self._monitor.accepts(m)))
        formula = self._stated.formula
        return Hazard(
            id=identity(self._stated.name, str(formula)),
            kind=HazardKind.PROPERTY,
            property=self._stated.name,
            explanation=temporal.explain_broken(formula),
            severity=Severity.ERROR,
            inevitable=not self._is_passable(broken, content),
            window=_window(self._compiled, encoding, states),
            for_ever=states & complete != encoding.false,
            trace=_told(self._compiled, story, end[:-1]),
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
        if not self._monitor.obliges or self._reached & in_mode(encoding, Mode.BROKEN) != encoding.false:
            return False
        waiting = self._reached & in_mode(encoding, Mode.WAITING)
        units: dict[Hashable, list[Step]] = {}
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

    def _can_satisfy(self, states: Bdd, unit: list[Step]) -> Bdd:
        """The states of the set from which a path within it satisfies the unit of fairness."""
        encoding = self._encoding
        enabled = taken_within = encoding.false
        for taken in unit:
            enabled |= taken.guard
            taken_within |= preimage(encoding, states, taken)
        return leading_to(encoding, states & (~enabled | taken_within), self._steps, states, self._watch)


class _States:
    """The states of the deployment alone: where it can stall, and where something is taken back."""

    def __init__(self, compiled: Compiled, limits: Limits) -> None:
        self._compiled, self._watch = compiled, Watch(limits)
        manager = Manager(order([compiled.system]), limits.max_memory_mib)
        self._encoding = Encoding(compiled.system, manager)
        ladders = grades(compiled.system)
        self._steps = [step(self._encoding, event) for event in course(compiled.system, ladders)]
        self._start = self._encoding.state(compiled.system.initial)
        self._complete = self._encoding.satisfying(compiled.complete())

    @cached_property
    def _reached(self) -> Bdd:
        return closure(self._encoding, self._start, self._steps, self._watch)

    @property
    def _stops(self) -> Bdd:
        """The states in which the pipeline has failed."""
        stopped = (p.index for p in self._compiled.vocabulary.positions if p.is_stopped)
        return self._encoding.of_ranks(PIPELINE, stopped)

    def setback(self, found: Setback) -> Hazard | None:
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
        return Hazard(
            id=setback_identity(found),
            kind=HazardKind.PROPERTY,
            property=found.text,
            explanation=temporal.explain_setback(found),
            severity=Severity.ERROR,
            inevitable=not is_complete(around),
            window=_window(self._compiled, encoding, states),
            for_ever=is_complete(states),
            trace=_told(self._compiled, story, end),
        )

    def stall(self) -> Hazard | None:
        """The shortest run into a state from which no complete one can be reached but by failing, and in
        which the pipeline has not failed."""
        encoding, steps, watch = self._encoding, self._steps, self._watch
        going = self._reached & ~self._stops
        stalled = going & ~leading_to(encoding, going & self._complete, steps, going, watch)
        if stalled == encoding.false:
            return None
        story, end = Rings.of(encoding, watch).run(stalled)
        ahead = closure(encoding, encoding.state(end), steps, watch, closed=self._stops)
        furthest = max(encoding.positions(ahead))
        return Hazard(
            id=identity(STALLS),
            kind=HazardKind.PROPERTY,
            property=STALLS,
            explanation=temporal.waits_for(self._compiled, furthest),
            severity=Severity.ERROR,
            inevitable=self._start & stalled != encoding.false,
            window=_window(self._compiled, encoding, stalled),
            trace=_told(self._compiled, story, end),
        )


def _window(compiled: Compiled, encoding: Encoding, states: Bdd) -> tuple[str, ...]:
    """The steps in which the pipeline stands in some of the states."""
    places = compiled.vocabulary.positions
    return tuple(dict.fromkeys(places[index].step for index in sorted(encoding.positions(states))))


def _told(compiled: Compiled, story: tuple[Event, ...], end: State) -> tuple[TraceEvent, ...]:
    """The story, once it has been replayed to its end."""
    if replay(compiled, story) != end:
        raise ReplayError("the story of a property does not end where it is violated")
    return tell_events(compiled, story)
