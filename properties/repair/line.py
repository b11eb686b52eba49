"""A pipeline while it is edited: stages of pieces, each of which knows which units of the file it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...model.deployment import Action, Deployment, Instruction, Step, name_step
from ...model.deployment.predicate import And, Predicate
from ...model.names import Target
from .edits import AddedWait, Amend, Insert, Omit, Order, Unit

SEQUENCES = (
    frozenset({Instruction.DEPLOY, Instruction.ROLLBACK, Instruction.PROMOTE}),
    frozenset({Instruction.MIGRATE, Instruction.RECONFIGURE, Instruction.REVERT}),
    frozenset({Instruction.SUSPEND, Instruction.RESUME}),
    frozenset({Instruction.ENABLE, Instruction.DISABLE}),
)
"""Actions that undo each other, or go on from each other, where they have one target."""


class DoesNotFitError(Exception):
    """Two edits exclude each other, or one has no place here."""


@dataclass(slots=True)
class _Piece:
    """An action, and the units that its targets are (None: the action is new)."""

    action: Action
    units: list[Unit | None]


@dataclass(slots=True)
class _Stage:
    name: str
    line: tuple[int, str | None]
    """Its release, and its pipeline: nothing goes from one line to another."""
    pieces: list[_Piece]


class EditLine:
    """The pipeline of a deployment, to be edited in place. A step keeps its name wherever it goes."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._places: dict[Unit, tuple[int, int]] = {}
        """Where each unit stands; empty where that has to be looked up again."""
        self._stages = [
            _Stage(step.name, (step.release, step.pipeline), list(_pieces(number, step)))
            for number, step in enumerate(deployment.pipeline)
        ]

    def steps(self) -> tuple[Step, ...]:
        """The pipeline as it stands now."""
        places = {step.name: step.place for step in self._deployment.pipeline}
        return tuple(
            Step(
                stage.name,
                tuple(piece.action for piece in stage.pieces),
                places.get(stage.name),
                *stage.line,
            )
            for stage in self._stages
        )

    def is_over_before(self, first: Unit, then: Unit) -> bool:
        """Whether one unit has ended before another begins, whatever happens."""
        one, other = self._find(first), self._find(then)
        if not one < other or self._pipeline(one) != self._pipeline(other):
            return False
        piece = self._stages[one[0]].pieces[one[1]]
        target = self._target(first)
        return not piece.action.background or self._is_awaited(target, one, other)

    def keeps_sequences(self) -> bool:
        """Whether what the file does one after the other to the same instances, schema or switch still comes
        in that order: nothing is taken back before it is there."""
        lines: dict[tuple[int, Target], list[Unit]] = {}
        for stage in self._stages:
            for piece in stage.pieces:
                numbers = [n for n, line in enumerate(SEQUENCES) if piece.action.instruction in line]
                for unit, target in zip(piece.units, piece.action.targets, strict=True):
                    if unit is not None and numbers:
                        lines.setdefault((numbers[0], target), []).append(unit)
        return all(units == sorted(units) for units in lines.values())

    def order(self, edit: Order) -> None:
        """Raises `DoesNotFitError` where that would cross the border of a release."""
        if all(self.is_over_before(*pair) for pair in edit.pairs):
            return
        if not all(self._find(first) < self._find(then) for first, then in edit.pairs):
            self._move(edit)
        for first, then in edit.pairs:
            if not self.is_over_before(first, then):
                wait = Action(Instruction.AWAIT, (Target(self._target(first).name),))
                self.insert(Insert((wait,), then, before=True))

    def insert(self, edit: Insert) -> None:
        """New actions: a step of their own at the border of a step, else inside of it."""
        pieces = [_Piece(action, [None] * len(action.targets)) for action in edit.actions]
        if edit.anchor is None:
            line = self._stages[-1].line if self._stages else (0, None)
            self._stages.append(_Stage(self._free(_title(edit.actions)), line, pieces))
            return
        stage, at = self._find(edit.anchor)
        self._place(pieces, stage, at, before=edit.before, name=_title(edit.actions))

    def wait(self, edit: AddedWait) -> None:
        """The unit's action, all of it, has one condition more."""
        stage, at = self._find(edit.unit)
        piece = self._stages[stage].pieces[at]
        piece.action = replace(piece.action, when=_both(piece.action.when, edit.when))

    def amend(self, edit: Amend) -> None:
        """The unit's action, all of it, has another setting."""
        stage, at = self._find(edit.unit)
        piece = self._stages[stage].pieces[at]
        setting: dict[str, Any] = {edit.setting: edit.value}
        piece.action = replace(piece.action, **setting)

    def omit(self, edit: Omit) -> None:
        """The units go, and a step of which nothing is left with them."""
        self._take_out(edit.units)

    def _pipeline(self, at: tuple[int, int]) -> str | None:
        return self._stages[at[0]].line[1]

    def _move(self, edit: Order) -> None:
        homes = {self._find(unit) for unit in edit.movers}
        goal, _ = self._find(edit.anchor)
        if len(homes) > 1:
            raise DoesNotFitError
        ((home, _),) = homes
        if self._stages[home].line != self._stages[goal].line:
            raise DoesNotFitError
        piece, name = self._take_out(edit.movers)
        stage, at = self._find(edit.anchor)
        name = None if home == goal else name or _title([piece.action])
        self._place([piece], stage, at, before=edit.before, name=name)

    def _place(self, pieces: list[_Piece], stage: int, at: int, *, before: bool, name: str | None) -> None:
        """Puts pieces beside one: as a step of their own where that is at the border of its step; without a
        name always inside of it."""
        self._places.clear()
        there = self._stages[stage]
        at_border = at == 0 if before else at == len(there.pieces) - 1
        if name is not None and at_border:
            new = _Stage(self._free(name, there.line[1]), there.line, pieces)
            self._stages.insert(stage if before else stage + 1, new)
        else:
            index = at if before else at + 1
            there.pieces[index:index] = pieces

    def _take_out(self, units: tuple[Unit, ...]) -> tuple[_Piece, str | None]:
        """Units of one piece as a piece of their own; and the name of their step, where that was all that
        the step did."""
        home, at = self._find(units[0])
        self._places.clear()
        stage = self._stages[home]
        piece = stage.pieces[at]
        if len(piece.units) > len(units):
            alone = _part(piece, [unit in units for unit in piece.units])
            stage.pieces[at] = _part(piece, [unit not in units for unit in piece.units])
            return alone, None
        del stage.pieces[at]
        if stage.pieces:
            return piece, None
        del self._stages[home]
        return piece, stage.name

    def _find(self, unit: Unit) -> tuple[int, int]:
        if not self._places:
            self._places = {
                one: (number, at)
                for number, stage in enumerate(self._stages)
                for at, piece in enumerate(stage.pieces)
                for one in piece.units
                if one is not None
            }
        if unit not in self._places:
            raise DoesNotFitError(f"{unit} is nowhere any more")
        return self._places[unit]

    def _target(self, unit: Unit) -> Target:
        return self._deployment.pipeline[unit.step].actions[unit.action].targets[unit.target]

    def _is_awaited(self, target: Target, after: tuple[int, int], before: tuple[int, int]) -> bool:
        return any(
            piece.action.instruction is Instruction.AWAIT
            and any(
                one.name == target.name and one.subject in (None, target.subject)
                for one in piece.action.targets
            )
            for number, stage in enumerate(self._stages)
            for at, piece in enumerate(stage.pieces)
            if after < (number, at) < before
        )

    def _free(self, bare: str, pipeline: str | None = None) -> str:
        """The name of a step of the pipeline, with a number behind it where one is called so."""
        prefix = name_step(pipeline, "")
        name = prefix + bare.removeprefix(prefix)
        taken = {stage.name for stage in self._stages}
        taken |= {step.name for step in (*self._deployment.pipeline, *(self._deployment.rollback or ()))} - {
            name
        }
        tries = (name, *(f"{name} {number}" for number in range(2, len(taken) + 3)))
        return next(one for one in tries if one not in taken)


def _pieces(number: int, step: Step) -> Iterator[_Piece]:
    for at, action in enumerate(step.actions):
        yield _Piece(action, [Unit(number, at, target) for target in range(len(action.targets))])


def _part(piece: _Piece, kept: list[bool]) -> _Piece:
    """The piece with some of its targets."""
    targets = tuple(target for target, keep in zip(piece.action.targets, kept, strict=True) if keep)
    units = [unit for unit, keep in zip(piece.units, kept, strict=True) if keep]
    return _Piece(replace(piece.action, targets=targets), units)


def _title(actions: list[Action] | tuple[Action, ...]) -> str:
    """The name of a step that does this alone: `Deploy zed`."""
    action = actions[-1]
    names = " ".join(target.name for target in action.targets)
    return f"{str(action.instruction).capitalize()} {names}"


def _both(one: Predicate | None, other: Predicate) -> Predicate:
    return other if one is None or one == other else And((one, other))
