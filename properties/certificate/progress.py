"""The rule of progress: what the parts of a deployment must show so that its pipeline cannot stall.

The pipeline only goes forward, so it comes to its end if from each position
it can be left; of several pipelines, if from each place in which they stand together one of them can be. The
variables are parted: the ways to leave a place differ in the variables of one part at most, and agree on all
others. In each part every state has an event of the part's own, whose whole guard the
part knows, to a lower rank, or what the part has to contribute to leaving the position holds. Then one part
after the other goes there, undisturbed by the others, for its events change nothing else. Where a part is
even driven there by the rule for what must come, and then stays, it is *steady* at the position, and a
pipeline that waits for it is a helpful event too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import assert_never

from ...model.compiler.compile import Compiled
from ...model.compiler.conditions import refuse_beyond
from ...model.compiler.system import Event, EventKind, Guard, Value
from ...model.names import VariableKey, is_pipeline
from .rules import (
    AwaitedState,
    CertificateRefusedError,
    Idle,
    InvariantState,
    Labelled,
    Rank,
    comes_nearer,
    find_event,
    list_bearing,
)

MAX_PLACES = 20_000
"""So many places in which several pipelines stand together are told apart."""
Standing = tuple[Value, ...]
"""Where the pipelines stand together: the values of their variables, in the order of the system's."""


class Exits:
    """The ways to leave each place for good: for a later one, or (an end) as complete. A position at which an
    action has failed need not be left."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self.pipelines = {v.key: v.domain for v in compiled.system.variables if is_pipeline(v.key)}
        refuse_beyond(MAX_PLACES, prod(map(len, self.pipelines.values())))
        self.at: dict[Standing, list[Guard]] = {}
        for guard in self._guards():
            for here in self.list_places(guard):
                self.at.setdefault(here, []).append(guard)

    def list_places(self, guard: Guard) -> Iterator[Standing]:
        """The places at which the guard can hold."""
        allowed = ([v for v in own if v in guard.get(key, own)] for key, own in self.pipelines.items())
        return product(*allowed)

    def stand(self, here: Standing) -> Guard:
        """The pipelines stand there."""
        return {key: frozenset({value}) for key, value in zip(self.pipelines, here, strict=True)}

    def _guards(self) -> Iterator[Guard]:
        vocabulary = self._compiled.vocabulary
        yield from (event.guard for event in self._pipeline if event.group is not None)
        yield from (vocabulary.at([one]) for one in vocabulary.positions if one.is_stopped)
        yield from self._compiled.complete()

    @property
    def _pipeline(self) -> Iterator[Event]:
        return (event for event in self._compiled.system.events if event.kind is EventKind.PIPELINE)

    def check_order(self) -> None:
        """Raises `CertificateRefusedError` if the pipeline could go round, or go on from where it may
        stay."""
        vocabulary = self._compiled.vocabulary
        rank = {value: number for own in self.pipelines.values() for number, value in enumerate(own)}
        resting = (vocabulary.at([one]) for one in vocabulary.positions if one.is_stopped or one.is_end)
        may_stay = frozenset(value for guard in resting for values in guard.values() for value in values)
        for event in self._pipeline:
            ((key, after),) = ((key, value) for key, value in event.effect.items() if is_pipeline(key))
            here = event.guard[key]
            is_forward = max(rank[value] for value in here) < rank[after]
            if not is_forward or (event.group is not None and here & may_stay):
                raise CertificateRefusedError(f"`{event.text}` does not take the pipeline forward")


class ProgressProof:
    """Parts of a deployment that are to show that its pipeline cannot stall.

    `AwaitedState(n)` is the label of states in which a part has what it can contribute to the way of number n
    to leave the position at which they are.
    """

    def __init__(self, compiled: Compiled, parts: Sequence[Labelled]) -> None:
        self._system, self._parts, self._exits = compiled.system, parts, Exits(compiled)
        self._steady: dict[tuple[int, Standing], bool] = {}

    def check(self) -> None:
        """Raises `CertificateRefusedError` unless they do."""
        self._exits.check_order()
        self._check_parting()
        for part in self._parts:
            self._check_part(part)

    def is_steady(self, key: VariableKey, at: Guard) -> bool:
        """Whether on each fair run that stays at a place of the guard what is asked there of the variable's
        part holds from some moment on for ever. Only where `check` refuses nothing."""
        if is_pipeline(key):
            return False
        own = [number for number, part in enumerate(self._parts) if key in part.diagram.keys]
        return bool(own) and all(self._is_steady(own[0], here) for here in self._exits.list_places(at))

    def _check_parting(self) -> None:
        owner: dict[VariableKey, int] = {}
        for number, part in enumerate(self._parts):
            if missing := [key for key in self._exits.pipelines if key not in part.diagram.keys]:
                raise part.refuse(f"`{missing[0]}` is not among the variables")
            for key in part.diagram.keys - self._exits.pipelines.keys():
                if owner.setdefault(key, number) != number:
                    raise part.refuse(f"`{key}` is in another part as well")
        if not self._parts:
            raise CertificateRefusedError("progress: there is no part")
        for guards in self._exits.at.values():
            named = {key: None for guard in guards for key in guard if not is_pipeline(key)}
            if missing := [key for key in named if key not in owner]:
                raise CertificateRefusedError(f"progress: `{missing[0]}` is in no part")
            differing = [key for key in named if len({guard.get(key) for guard in guards}) > 1]
            if len({owner[key] for key in differing}) > 1:
                raise CertificateRefusedError("progress: the ways to leave a position differ in two parts")

    def _check_part(self, part: Labelled) -> None:
        """Each state of the part is followed by its states, and has a way to where its position can be
        left."""
        if part.diagram.label_at_start(self._system) is None:
            raise part.refuse("the initial state is not in the set")
        for number, label in enumerate(part.labels):
            match label:
                case AwaitedState(way):
                    self._check_goal(part, number, way)
                case Rank():
                    self._check_way(part, number, label)
                case InvariantState() | Idle():
                    raise part.refuse(f"label {number} says nothing of progress")
                case _:
                    assert_never(label)
        for event in self._system.changing(part.diagram.keys):
            if any(there is None for _, there in part.diagram.moves(event)):
                raise part.refuse(f"`{event.text}` leads out of the set")

    def _check_goal(self, part: Labelled, number: int, way: int) -> None:
        """In each state of the label the way of that number to leave its position is open, as far as it is
        the part's."""
        diagram = part.diagram
        for here in self._exits.list_places({}):
            at = self._exits.stand(here)
            if number not in diagram.labels_in(at):
                continue
            guards = self._exits.at.get(here, [])
            if way >= len(guards):
                raise part.refuse(f"label {number}: there is no way {way} to leave a position")
            for variable in diagram.variables:
                if is_pipeline(variable.key) or variable.key not in guards[way]:
                    continue
                others = frozenset(variable.domain) - guards[way][variable.key]
                if others and number in diagram.labels_in({**at, variable.key: others}):
                    raise part.refuse(f"label {number}: a position cannot be left in one of its states")

    def _check_way(self, part: Labelled, number: int, label: Rank) -> None:
        """The event is the part's own, can happen in each state of the label, and leads nearer."""
        event, diagram = find_event(self._system, part, label), part.diagram
        is_known = event.guard.keys() | event.effect.keys() <= diagram.keys
        if not is_known or event.kind is EventKind.PIPELINE or any(map(is_pipeline, event.effect)):
            raise part.refuse(f"`{event.text}` is not the part's own")
        if not diagram.implies(number, event.guard):
            raise part.refuse(f"`{event.text}` cannot happen in a state in which it is to help")
        for here, there in diagram.moves(event):
            after = None if there is None else part.labels[there]
            is_nearer = isinstance(after, AwaitedState) or (
                isinstance(after, Rank) and after.rank < label.rank
            )
            if here == number and not is_nearer:
                raise part.refuse(f"`{event.text}` brings the end no nearer")

    def _is_steady(self, number: int, here: Standing) -> bool:
        if (number, here) not in self._steady:
            self._steady[number, here] = self._stays(self._parts[number], self._exits.stand(here))
        return self._steady[number, here]

    def _stays(self, part: Labelled, at: Guard) -> bool:
        """Whether the part, while the pipelines stand there, is driven to a goal by what is fair, and stays
        in one."""
        for number in part.diagram.labels_in(at):
            label = part.labels[number]
            if isinstance(label, Rank) and self._system.events[label.event].group is None:
                return False
        return all(
            self._keeps(part, event, here, there)
            for event in list_bearing(self._system, part)
            if event.kind is not EventKind.PIPELINE
            for here, there in part.diagram.moves(event, at)
        )

    def _keeps(self, part: Labelled, event: Event, here: int, there: int | None) -> bool:
        if there is None:
            return False
        label, after = part.labels[here], part.labels[there]
        return isinstance(after, AwaitedState) or (
            isinstance(label, Rank) and comes_nearer(self._system, event, label, after)
        )
