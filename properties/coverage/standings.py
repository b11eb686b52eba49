"""How each unit of a deployment can stand when it is complete, asked of the unit's own part.

Only the pipeline joins a part to what is outside of it (`properties.coverage.occurrences`). So where the
pipeline cannot stall, a state of the part in which its own moves are over, with the pipeline at its end, is
that of a complete one: what is outside can come to its end as well, whatever the part does meanwhile, and the
part may stay as it is. Where the pipeline can stall, all states are listed, or nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace as replace_struct

from ...model.compiler.actions import SWITCHED
from ...model.compiler.completion import complete_in_part
from ...model.compiler.moves import Move, Position
from ...model.compiler.system import Reached, State, passes
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Component, Instruction, Strategy
from ...model.names import Contract, VariableKey, VariableKind, flag_of, schema_of
from ...model.resources.limits import StateLimitError
from ..engines.ends import UnitEnds
from ..verdict import Stand, StandPart
from .occurrences import Occurrences

MOST_STATES = 50_000
"""So many states of all parts together are listed unless more are allowed: a second or two."""


class CompleteStates(Struct, frozen=True):
    """The states of a part in which the pipeline is at its own end and nothing is left to do."""

    reached: Reached
    states: tuple[State, ...]

    def values(self, key: VariableKey) -> frozenset[str]:
        """The states of the variable's machine."""
        index = self.reached.system.index(key)
        domain = self.reached.system.variables[index].domain
        return frozenset(str(getattr(domain[state[index]], "state", "")) for state in self.states)


class Standings:
    """Answers for one deployment. Raises `StateLimitError` where a part is too large, or another limit."""

    def __init__(self, occurrences: Occurrences, sliced: UnitEnds | None = None) -> None:
        """`sliced` knows how units can stand at the end, whoever else there is."""
        self.vocabulary: Vocabulary = occurrences.vocabulary
        self._occurrences, self._sliced = occurrences, sliced
        self.most_states = self._left = occurrences.limits.max_states or MOST_STATES
        self._complete: dict[tuple[int, bool], CompleteStates] = {}
        self._too_large: list[frozenset[VariableKey]] = []
        """Cones of parts that had more states than were left: who has one of them in it has as many."""

    @cached_property
    def rollback_ends(self) -> tuple[Position, ...]:
        """Where the pipelines stand when a rollback is over."""
        own = set(self.vocabulary.own_ends.values())
        return tuple(here for here in self.vocabulary.positions if here.is_end and here not in own)

    @cached_property
    def passed(self) -> frozenset[int]:
        """The positions of the pipelines that are over and have not failed."""
        return frozenset().union(*(end.passed for end in self.vocabulary.own_ends.values()))

    @cached_property
    def moves_on(self) -> dict[VariableKey, tuple[Move, ...]]:
        """The moves of the pipelines, not of their rollbacks, on each variable."""
        found = {key: [*moves] for key, moves in self.vocabulary.moves_on.items()}
        for move in self.vocabulary.moves:
            for contract in move.migrates:
                found.setdefault(schema_of(contract), []).append(move)
        return {
            key: tuple(m for m in sorted(moves, key=lambda move: move.number) if m.position in self.passed)
            for key, moves in found.items()
        }

    @cached_property
    def _migrators(self) -> Mapping[Contract, tuple[str, ...]]:
        return self.vocabulary.deployment.migrators

    def stands(self, key: VariableKey) -> frozenset[Stand]:
        """Each way in which the unit can stand in a complete state."""
        known = None if self._occurrences.whole else self._known(key)
        if known is not None:
            return frozenset({known})
        if self._sliced is not None and self._is_sliced(key):
            return frozenset(self._read(key, state) for state in self._sliced.at_end(key))
        return frozenset(self._read(key, state) for state in self.complete([key]).values(key))

    def stands_after_rollback(self, key: VariableKey) -> frozenset[Stand]:
        """Each way in which the unit can stand in a complete state at the end of a rollback."""
        if self._sliced is not None and self._is_sliced(key):
            return frozenset(self._read(key, state) for state in self._sliced.after_rollback(key))
        complete = self.complete([key], of_rollbacks=True)
        return frozenset(self._read(key, state) for state in complete.values(key))

    def _is_sliced(self, key: VariableKey) -> bool:
        """Whether slices tell how it stands. Of several pipelines they tell of contents alone: it is asked
        how others stand where any of them was rolled back, and not only one of their own."""
        return key.kind is VariableKind.CONTENT or len(self.vocabulary.courses) == 1

    def starts(self, key: VariableKey) -> Stand:
        """How the unit stands when the deployment begins."""
        return self._read(key, self.vocabulary.lives[key].start)

    def complete(self, keys: Iterable[VariableKey], *, of_rollbacks: bool = False) -> CompleteStates:
        """The complete states of the part that these variables depend on: at the pipelines' own ends, or
        where one stands at that of a rollback."""
        names = self._with_flags(keys)
        while True:
            reached = self.part(names)
            own = {variable.key for variable in reached.system.variables}
            if (id(reached), of_rollbacks) in self._complete:
                return self._complete[id(reached), of_rollbacks]
            guards = complete_in_part(self.vocabulary, own)
            asked = {name for guard in guards for name in guard}
            if asked <= own:
                break
            names = frozenset(own | asked)
        tests = [reached.system.test(guard) for guard in guards]
        part = replace_struct(self._occurrences.compiled, system=reached.system)
        at_end = frozenset(end.index for end in self.vocabulary.own_ends.values())
        complete = (state for state in reached.states if any(passes(state, test) for test in tests))
        states = tuple(
            state for state in complete if at_end.issuperset(part.place(state)) is not of_rollbacks
        )
        found = self._complete[id(reached), of_rollbacks] = CompleteStates(reached, states)
        return found

    def part(self, names: Iterable[VariableKey]) -> Reached:
        """The states of a part, which count once against what is left."""
        occurrences = self._occurrences
        if occurrences.is_known(names):
            return occurrences.part(names)
        cone = occurrences.cone(names)
        if self._left <= 0 or any(large <= cone for large in self._too_large):
            raise StateLimitError(self.most_states)
        try:
            reached = occurrences.part(names, replace(occurrences.limits, max_states=self._left))
        except StateLimitError as limit:
            self._too_large.append(cone)
            self._left = 0 if occurrences.whole else self._left // 2
            raise StateLimitError(self.most_states) from limit
        self._left -= len(reached.states)
        return reached

    @cached_property
    def _has_background(self) -> bool:
        return any(move.background for move in self.vocabulary.moves)

    def _with_flags(self, keys: Iterable[VariableKey]) -> frozenset[VariableKey]:
        """What somebody enables after the end is looked at with it where moves may still go on then."""
        if not self._has_background:
            return frozenset(keys)
        return frozenset({*keys, *map(flag_of, self.vocabulary.deployment.enabled_after)})

    # --- what follows from the file ---

    def _known(self, key: VariableKey) -> Stand | None:
        """How the unit must stand, if nothing need be searched for that."""
        if key.kind is VariableKind.CONTENT or key in map(flag_of, self.vocabulary.deployment.enabled_after):
            return None
        moves = self.moves_on.get(key, ())
        is_taken_along = key.kind is VariableKind.SCHEMA and key.contract in self._migrators
        if is_taken_along or any(move.background for move in moves):
            return None
        if not moves:
            return self._untouched(key)
        return self._moved(key, moves[-1])

    def _untouched(self, key: VariableKey) -> Stand | None:
        """A unit that nothing moves stays as it was; users' own machines may have faults."""
        life = self.vocabulary.lives[key]
        if key.kind is VariableKind.INSTANCES and self.vocabulary.rollouts[str(key.subject)].faults:
            return None
        return self._read(key, life.start)

    def _moved(self, key: VariableKey, last: Move) -> Stand | None:
        """What the last move on the unit leaves behind when the pipeline has waited for it."""
        if last.instruction in SWITCHED:
            return (StandPart(SWITCHED[last.instruction]),)
        if key.kind is VariableKind.SCHEMA and last.goal is not None:
            return (StandPart(last.goal),)
        if key.kind is not VariableKind.INSTANCES or last.goal is None:
            return None
        fleet, component = self.vocabulary.rollouts[last.target.name], self._component(key)
        begins = component.strategy is Strategy.CANARY and last.instruction is Instruction.DEPLOY
        goal = self.vocabulary.find_goal(last, self.vocabulary.positions[last.position])
        scales = last.instruction is Instruction.SCALE
        if begins or scales or component.stays or goal not in fleet.goals or fleet.faults:
            return None
        count = component.replicas if goal.count is None else goal.count
        return (StandPart(last.goal, count),) if count else ()

    # --- states in words ---

    def _read(self, key: VariableKey, state: str) -> Stand:
        versions = self.vocabulary.deployment.versions
        match key.kind:
            case VariableKind.INSTANCES:
                return self._instances(key, state)
            case VariableKind.CONTENT:
                held = self.vocabulary.forms.held[state]
                return tuple(StandPart(version) for version in versions if version in held)
            case _:
                return (StandPart(state),)

    def _instances(self, key: VariableKey, state: str) -> Stand:
        fleet, versions = self.vocabulary.rollouts[str(key.subject)], self.vocabulary.deployment.versions
        running = fleet.existing(state)
        is_counted = bool(fleet.goals) or not self.vocabulary.moves_on.get(key)
        is_counted = is_counted and not self._component(key).stays and self._component(key).machine is None
        there = ((version, running.get(version, 0)) for version in versions)
        return tuple(StandPart(v, count if is_counted else None) for v, count in there if count)

    def _component(self, key: VariableKey) -> Component:
        return self.vocabulary.deployment.components[str(key.subject)]
