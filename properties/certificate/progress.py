"""The rule of progress: what the parts of a deployment must show so that its pipeline cannot stall.

The pipeline only goes forward, so it comes to its end if from each position it can be left; of several
pipelines, if from each place in which they stand together one of them can be. The variables are parted.
In each part every state has an event of the part's own, whose whole guard the part knows, to a lower
rank, or it is a goal: what the part has to contribute to some way to leave the place holds. Then one part
after the other goes to a goal, undisturbed by the others, for its events change nothing else. There, one
part chooses the way, by the goal that it is in; whatever goals the others are in, they contribute to that
way as well. So it is open.

Where a part is even driven to its goals by the rule for what must come, and then stays in them, it is
*steady* at the place. If each part is on which an event of a pipeline depends, then in the end that event
can happen, or another way on if one of these parts chooses another; so it is a helpful event too (all
pipelines are one unit of fairness).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from math import prod
from typing import assert_never

from ...model.compiler.compile import Compiled
from ...model.compiler.conditions import refuse_beyond
from ...model.compiler.life_variables import Standing
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
Place = tuple[Value, ...]
"""Where the pipelines stand together: the values of their variables, in the order of the system's."""


class Exits:
    """The ways to leave each place for good: for a later one, or (an end) as complete. A place at which an
    action has failed, of one pipeline or another, need not be left."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self.pipelines = {v.key: v.domain for v in compiled.system.variables if is_pipeline(v.key)}
        refuse_beyond(MAX_PLACES, prod(map(len, self.pipelines.values())))
        stops = (one for one in compiled.vocabulary.positions if one.is_stopped)
        self._stops = frozenset(Standing(one.name) for one in stops)
        self.at: dict[Place, list[Guard]] = {}
        for guard in self._guards():
            for here in self.list_places(guard):
                self.at.setdefault(here, []).append(guard)

    def list_places(self, guard: Guard) -> Iterator[Place]:
        """The places at which the guard can hold."""
        allowed = ([v for v in own if v in guard.get(key, own)] for key, own in self.pipelines.items())
        return product(*allowed)

    def stand(self, here: Place) -> Guard:
        """The pipelines stand there."""
        return {key: frozenset({value}) for key, value in zip(self.pipelines, here, strict=True)}

    def may_stay(self, here: Place) -> bool:
        """Whether one of the pipelines has failed there, and has not begun to go back."""
        return not self._stops.isdisjoint(here)

    def leads_on(self, here: Place, way: int) -> bool:
        """Whether that is the number of a way to leave the place."""
        return way < len(self.at.get(here, ()))

    def _guards(self) -> Iterator[Guard]:
        yield from (event.guard for event in self._pipeline if event.group is not None)
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
    """Parts of a deployment, one at least, that are to show that its pipeline cannot stall.

    `AwaitedState(n)` is the label of states in which a part has what it can contribute to the way of number n
    to leave the place at which they are. Where an action has failed the number behind the last says that
    nothing need come.
    """

    def __init__(self, compiled: Compiled, parts: Sequence[Labelled]) -> None:
        self.parts = tuple(parts)
        self._system, self._exits = compiled.system, Exits(compiled)
        self._owners: dict[VariableKey, int] = {}
        self._labels: dict[tuple[int, Place], frozenset[int]] = {}
        self._steady: dict[tuple[int, Place], bool] = {}

    def check(self) -> None:
        """Raises `CertificateRefusedError` unless they do."""
        self._exits.check_order()
        self._check_parting()
        for part in self.parts:
            self._check_part(part)
        for here in self._exits.list_places({}):
            self._check_place(here)

    def comes(self, guard: Guard, unknown: Collection[VariableKey]) -> bool:
        """Whether some way on is open from some moment on, on each fair run that stays at a place of the
        guard, of an event of a pipeline, and on which all holds that it asks but of the unknown variables.
        Only where `check` refuses nothing."""
        owners = {self._owners.get(key) for key in unknown}
        places = self._exits.list_places(guard)
        return None not in owners and all(self._comes_at(here, guard, unknown) for here in places)

    # --- the parts ---

    def _check_parting(self) -> None:
        for number, part in enumerate(self.parts):
            if missing := [key for key in self._exits.pipelines if key not in part.diagram.keys]:
                raise part.refuse(f"`{missing[0]}` is not among the variables")
            for key in part.diagram.keys - self._exits.pipelines.keys():
                if self._owners.setdefault(key, number) != number:
                    raise part.refuse(f"`{key}` is in another part as well")
        named = {key: None for guards in self._exits.at.values() for guard in guards for key in guard}
        if missing := [key for key in named if key not in self._owners and not is_pipeline(key)]:
            raise CertificateRefusedError(f"progress: `{missing[0]}` is in no part")

    def _check_part(self, part: Labelled) -> None:
        """Each state of the part is followed by its states, and has a way to a goal."""
        if part.diagram.label_at_start(self._system) is None:
            raise part.refuse("the initial state is not in the set")
        for number, label in enumerate(part.labels):
            match label:
                case AwaitedState():
                    pass
                case Rank():
                    self._check_way(part, number, label)
                case InvariantState() | Idle():
                    raise part.refuse(f"label {number} says nothing of progress")
                case _:
                    assert_never(label)
        for event in self._system.changing(part.diagram.keys):
            if any(there is None for _, there in part.diagram.moves(event)):
                raise part.refuse(f"`{event.text}` leads out of the set")

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

    # --- the places ---

    def _check_place(self, here: Place) -> None:
        """What is called a goal there is one, and where all parts are in goals a way is open."""
        goals = [self._goals(number, here) for number in range(len(self.parts))]
        for part, own in zip(self.parts, goals, strict=True):
            for number, way in own.items():
                self._check_goal(part, number, way, here)
        if all(goals) and not self._exits.may_stay(here):  # else nobody comes there, or it need not be left
            ways = [frozenset(own.values()) for own in goals]
            lacking = {way: self._list_lacking(here, ways, way) for way in frozenset().union(*ways)}
            if not any(all(lacking[way] <= {part} for way in own) for part, own in enumerate(ways)):
                raise CertificateRefusedError("progress: two parts choose how a position is to be left")

    def _list_lacking(self, here: Place, ways: Sequence[frozenset[int]], chosen: int) -> set[int]:
        """The parts that may be in a goal that contributes nothing to the way."""
        guards = self._exits.at[here]
        asked: dict[int, list[VariableKey]] = {}
        for key in guards[chosen]:
            if not is_pipeline(key):
                asked.setdefault(self._owners[key], []).append(key)
        return {
            part
            for part, keys in asked.items()
            if not all(_implies(guards[way], guards[chosen], keys) for way in ways[part])
        }

    def _check_goal(self, part: Labelled, number: int, way: int, here: Place) -> None:
        """In each state of the label at the place that way is open, as far as it is the part's."""
        guards = self._exits.at.get(here, [])
        if way == len(guards) and self._exits.may_stay(here):
            return
        if way >= len(guards):
            raise part.refuse(f"label {number}: there is no way {way} to leave a position")
        at = self._exits.stand(here)
        for variable in part.diagram.variables:
            if is_pipeline(variable.key) or variable.key not in guards[way]:
                continue
            others = frozenset(variable.domain) - guards[way][variable.key]
            if others and number in part.diagram.labels_in({**at, variable.key: others}):
                raise part.refuse(f"label {number}: a position cannot be left in one of its states")

    def _goals(self, number: int, here: Place) -> dict[int, int]:
        """The labels of goals of a part at the place, with the ways that they speak of."""
        labels = self.parts[number].labels
        found = ((label, labels[label]) for label in self._labels_at(number, here))
        return {label: meant.number for label, meant in found if isinstance(meant, AwaitedState)}

    def _labels_at(self, number: int, here: Place) -> frozenset[int]:
        asked = number, here
        if asked not in self._labels:
            self._labels[asked] = self.parts[number].diagram.labels_in(self._exits.stand(here))
        return self._labels[asked]

    # --- what comes by itself ---

    def _comes_at(self, here: Place, guard: Guard, unknown: Collection[VariableKey]) -> bool:
        """Whether all parts of unknown variables are steady at the place, and their goals are those of the
        event; or of one of them are those of other ways that ask nothing more of the rest."""
        owned: dict[int, list[VariableKey]] = {}
        for key in unknown:
            owned.setdefault(self._owners[key], []).append(key)
        if not all(self._is_steady(part, here) for part in owned):
            return False
        ways = self._exits.at.get(here, [])
        goals = {part: self._goals(part, here).values() for part in owned}
        choosing = [
            part
            for part, keys in owned.items()
            if not all(_implies(ways[way], guard, keys) for way in goals[part])
        ]
        if len(choosing) > 1:
            return False
        return all(
            self._owners.get(key) == part or is_pipeline(key) or _implies(guard, ways[way], [key])
            for part in choosing
            for way in goals[part]
            for key in ways[way]
        )

    def _is_steady(self, number: int, here: Place) -> bool:
        if (number, here) not in self._steady:
            self._steady[number, here] = self._stays(number, here)
        return self._steady[number, here]

    def _stays(self, number: int, here: Place) -> bool:
        """Whether the part, while the pipelines stand there, is driven by what is fair to where the place can
        be left, and stays so."""
        part, at = self.parts[number], self._exits.stand(here)
        for label in (part.labels[label] for label in self._labels_at(number, here)):
            if isinstance(label, Rank) and self._system.events[label.event].group is None:
                return False
            if isinstance(label, AwaitedState) and not self._exits.leads_on(here, label.number):
                return False
        return all(
            self._keeps(part, event, *move)
            for event in list_bearing(self._system, part)
            if event.kind is not EventKind.PIPELINE
            for move in part.diagram.moves(event, at)
        )

    def _keeps(self, part: Labelled, event: Event, here: int, there: int | None) -> bool:
        if there is None:
            return False
        label, after = part.labels[here], part.labels[there]
        return isinstance(after, AwaitedState) or (
            isinstance(label, Rank) and comes_nearer(self._system, event, label, after)
        )


def _implies(guard: Guard, other: Guard, keys: Iterable[VariableKey]) -> bool:
    """Whether what the other asks of these variables holds where the guard holds."""
    return all(key not in other or (key in guard and guard[key] <= other[key]) for key in keys)
