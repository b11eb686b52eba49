"""What is known of flags, schemas and instances by where the pipeline stands: who waits for them need not
keep them.

Of a flag, a schema, or instances, that only actions of the foreground move, nothing else can happen but at
these actions; and the pipeline goes on from one only when it is over. So at each other position of a line
it stands where the last of them has brought it, or as at the start. A move of the foreground takes effect
at its own action alone: what it waits for (`when`) is decided there, as far as it speaks of these. It is no
tie then: thousands may wait for one flag, and each is judged without the others, and without the flag.

Not known is what an action leaves that has failed, what a background move drives, what pods bring along as
they start, and a flag that somebody enables after the end. The `when` of an `await` or `drain` is left as
it is: somebody has to keep what holds the pipeline.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from ....model.compiler.moves import ROLLOUTS, Move, Position, list_changed_contracts
from ....model.compiler.variables import OFF, ON, Vocabulary
from ....model.deployment import Instruction, Strategy
from ....model.deployment.predicate import (
    TRUE,
    AllAt,
    Atom,
    ComparisonOperator,
    FlagIs,
    Predicate,
    Version,
    evaluate_partly,
)
from ....model.names import Contract, Target, VariableKey, VariableKind, flag_of, instances_of, schema_of


class Settled:
    """The states of flags and schemas at the places of one line, as far as they are known."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        positions: Sequence[Position],
        moves_of: Mapping[VariableKey, Sequence[Move]],
    ) -> None:
        self._vocabulary, self._deployment = vocabulary, vocabulary.deployment
        self._positions, self._moves_of = positions, moves_of
        self._known: dict[VariableKey, list[tuple[int, str | None]]] = {}
        self._place = {position.index: place for place, position in enumerate(positions)}

    def at(self, unit: VariableKey, place: int) -> str | None:
        """The state of the unit while the pipeline stands at the place; None where it is not known."""
        steps = self._known.get(unit)
        if steps is None:
            steps = self._known[unit] = self._list_steps(unit)
        return steps[bisect_right(steps, place, key=lambda step: step[0]) - 1][1]

    def condition(self, place: int) -> Predicate | None:
        """What the action there waits for, but for what is known."""
        action = self._positions[place].action
        if action is None or action.when is None:
            return None
        if action.background or action.instruction in (Instruction.AWAIT, Instruction.DRAIN):
            return action.when
        left = evaluate_partly(action.when, lambda atom: self._holds(atom, place))
        return None if left == TRUE else left

    def _list_steps(self, unit: VariableKey) -> list[tuple[int, str | None]]:
        """The places from which on the state is another, each with it."""
        moves = [move for move in self._moves_of.get(unit, ()) if _moves(move, unit)]
        if not self._moves_in_the_foreground(unit, moves):
            return [(0, None)]
        steps: list[tuple[int, str | None]] = [(0, self._initial(unit))]
        for move in moves:
            place = self._place[move.position]
            following = self._positions[place + 1 : place + 2]
            steps += [(place, None), (place + 1, None if _has_failed(following) else self._reached(move))]
        return sorted(steps, key=lambda step: step[0])

    def _moves_in_the_foreground(self, unit: VariableKey, moves: Iterable[Move]) -> bool:
        """Whether nothing else ever moves it."""
        match unit.kind:
            case VariableKind.FLAG:
                own = unit.owner not in self._deployment.enabled_after
            case VariableKind.SCHEMA:
                own = unit.contract not in self._deployment.migrators
            case VariableKind.INSTANCES:
                own = self._is_rolled_alone(unit.owner)
            case _:
                own = False
        return own and not any(move.background for move in moves)

    def _is_rolled_alone(self, name: str) -> bool:
        """Whether nothing happens to its instances of itself, and roll-outs end with all of one version."""
        component = self._deployment.components[name]
        apart = component.stays or component.strategy is Strategy.CANARY or not component.replicas
        fleet = self._vocabulary.rollouts[name]
        moves_of_itself = fleet.restarts or fleet.endings or fleet.faults or fleet.others
        return not apart and not moves_of_itself and name not in self._deployment.resized

    def _initial(self, unit: VariableKey) -> str:
        match unit.kind:
            case VariableKind.FLAG:
                return OFF
            case VariableKind.INSTANCES:
                return self._vocabulary.lives[unit].life.initial
        return self._deployment.versions[0]

    def _reached(self, move: Move) -> str | None:
        """Where a move has brought it when it is over, if that can be one state alone."""
        if isinstance(move.subject, Contract):
            return move.goal
        if move.instruction not in ROLLOUTS:
            return ON if move.instruction is Instruction.ENABLE else OFF
        fleet = self._vocabulary.rollouts[move.subject]
        triggers = fleet.triggers(self._vocabulary.find_goal(move, self._positions[0]))
        arrows = self._vocabulary.lives[instances_of(move.subject)].life.transitions
        left = {arrow.source for arrow in arrows if arrow.trigger in triggers}
        ends = [state for state in fleet.serving if state not in left]
        return ends[0] if len(ends) == 1 and fleet.serving[ends[0]] == {move.goal} else None

    # --- predicates ---

    def _holds(self, atom: Atom, place: int) -> bool | None:
        kinds = self._deployment.components
        match atom:
            case FlagIs(flag, on):
                state = self.at(flag_of(flag), place)
                return None if state is None else state == (ON if on else OFF)
            case Version(target, comparison, version) if kinds[target.name].kind.has_schema:
                return self._compares(target, comparison, version, place)
            case AllAt(name, version) if kinds[name].kind.has_schema:
                return self._compares(Target(name), ComparisonOperator.EQUAL, version, place)
            case Version(Target(name), comparison, version) if kinds[name].kind.has_instances:
                return self._all_compare(name, comparison, version, place)
            case AllAt(name, version) if kinds[name].kind.has_instances:
                return self._all_compare(name, ComparisonOperator.EQUAL, version, place)
        return None

    def _all_compare(self, name: str, how: ComparisonOperator, version: str, place: int) -> bool | None:
        """Where all instances are of one version, and as many as are wanted."""
        state = self.at(instances_of(name), place)
        if state is None:
            return None
        (own,) = self._vocabulary.rollouts[name].serving[state]
        rank = self._deployment.versions.index
        return how.holds(rank(own), rank(version))

    def _compares(self, target: Target, how: ComparisonOperator, version: str, place: int) -> bool | None:
        rank = self._deployment.versions.index
        contracts = list_changed_contracts(self._deployment, target)
        found = [self.at(schema_of(contract), place) for contract in contracts]
        known = [state for state in found if state is not None]
        if not all(how.holds(rank(state), rank(version)) for state in known):
            return False
        return True if len(known) == len(found) else None


def _moves(move: Move, unit: VariableKey) -> bool:
    """Whether it moves the unit's own state; jobs of a worker are suspended, and its instances stay."""
    return unit.kind is not VariableKind.INSTANCES or move.instruction in ROLLOUTS


def _has_failed(following: Sequence[Position]) -> bool:
    """Whether the line goes from an action to a stop."""
    return any(position.is_stopped for position in following)
