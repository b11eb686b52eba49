"""A pipeline while it is edited: stages of pieces, each of which knows which units of the file it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...model.deployment import Action, Deployment, Instruction, Step
from ...model.deployment.predicate import And, Predicate
from ...model.names import Target
from .edits import Insert, Order, Unit, Wait


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
    release: int
    pieces: list[_Piece]


class Line:
    """The pipeline of a deployment, to be edited in place. A step keeps its name wherever it goes."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._stages = [
            _Stage(step.name, step.release, list(_pieces(number, step)))
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
                stage.release,
            )
            for stage in self._stages
        )

    def is_over_before(self, first: Unit, then: Unit) -> bool:
        """Whether one unit has ended before another begins, whatever happens."""
        one, other = self._find(first), self._find(then)
        if not one < other:
            return False
        piece = self._stages[one[0]].pieces[one[1]]
        target = self._target(first)
        return not piece.action.background or self._is_awaited(target, one, other)

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
            release = self._stages[-1].release if self._stages else 0
            self._stages.append(_Stage(self._free(_title(edit.actions)), release, pieces))
            return
        stage, at = self._find(edit.anchor)
        self._place(pieces, stage, at, before=edit.before, name=_title(edit.actions))

    def wait(self, edit: Wait) -> None:
        """The unit's action, all of it, has one condition more."""
        stage, at = self._find(edit.unit)
        piece = self._stages[stage].pieces[at]
        piece.action = replace(piece.action, when=_both(piece.action.when, edit.when))

    def _move(self, edit: Order) -> None:
        homes = {self._find(unit) for unit in edit.movers}
        goal, _ = self._find(edit.anchor)
        if len(homes) > 1:
            raise DoesNotFitError
        ((home, _),) = homes
        if self._stages[home].release != self._stages[goal].release:
            raise DoesNotFitError
        piece, name = self._take_out(edit.movers)
        stage, at = self._find(edit.anchor)
        name = None if home == goal else name or _title([piece.action])
        self._place([piece], stage, at, before=edit.before, name=name)

    def _place(self, pieces: list[_Piece], stage: int, at: int, *, before: bool, name: str | None) -> None:
        """Puts pieces beside one: as a step of their own where that is at the border of its step; without a
        name always inside of it."""
        there = self._stages[stage]
        at_border = at == 0 if before else at == len(there.pieces) - 1
        if name is not None and at_border:
            new = _Stage(self._free(name), there.release, pieces)
            self._stages.insert(stage if before else stage + 1, new)
        else:
            index = at if before else at + 1
            there.pieces[index:index] = pieces

    def _take_out(self, units: tuple[Unit, ...]) -> tuple[_Piece, str | None]:
        """Units of one piece as a piece of their own; and the name of their step, where that was all that
        the step did."""
        home, at = self._find(units[0])
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
        for number, stage in enumerate(self._stages):
            for at, piece in enumerate(stage.pieces):
                if unit in piece.units:
                    return number, at
        raise AssertionError(f"{unit} is nowhere")

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

    def _free(self, name: str) -> str:
        """The name, with a number behind it where a step is called so."""
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
