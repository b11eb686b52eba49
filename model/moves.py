"""What the pipeline's actions make components do: each action as moves on machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .deployment import Action, Contract, Deployment, Instruction, Kind, Target

BEFORE = "(before)"
AFTER = "(after)"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the pipeline can stand: before the first step, at an action of a step, after the last.

    A step without actions is one position with `action` None.
    """

    index: int
    step: str
    action: Action | None = None
    enters: bool = False

    @property
    def name(self) -> str:
        return f"{self.index} {self.step}" + (f": {self.action}" if self.action else "")


def positions(deployment: Deployment) -> tuple[Position, ...]:
    """All positions in order; `enters` marks those at which a step begins."""
    places: list[tuple[str, Action | None, bool]] = [(BEFORE, None, False)]
    for step in deployment.pipeline:
        for number, action in enumerate(step.actions or (None,)):
            places.append((step.name, action, number == 0))
    places.append((AFTER, None, False))
    return tuple(Position(index, *place) for index, place in enumerate(places))


@dataclass(frozen=True, slots=True)
class Move:
    """What one action makes one machine do.

    `subject` is the component, contract or flag that moves, `goal` the version to reach (None for
    switches). `number` tells the moves of a deployment apart.
    """

    number: int
    position: int
    instruction: Instruction
    target: Target
    subject: str | Contract
    goal: str | None
    background: bool


def moves(deployment: Deployment) -> tuple[Move, ...]:
    """Every move of the pipeline, in the order of its positions.

    A contract that the release does not change has nothing to move. The goal of a move is the
    version after the one that earlier moves of its kind aim at, and at most the last.
    """
    found: list[Move] = []
    aimed: dict[tuple[Instruction, str | Contract], int] = {}
    for position in positions(deployment):
        action = position.action
        if action is None or action.instruction is Instruction.AWAIT:
            continue
        for target in action.targets:
            for subject in _subjects(deployment, action.instruction, target):
                goal = _goal(deployment, aimed, action.instruction, subject)
                found.append(
                    Move(
                        len(found),
                        position.index,
                        action.instruction,
                        target,
                        subject,
                        goal,
                        action.background,
                    )
                )
    return tuple(found)


def _goal(
    deployment: Deployment,
    aimed: dict[tuple[Instruction, str | Contract], int],
    instruction: Instruction,
    subject: str | Contract,
) -> str | None:
    last = len(deployment.versions) - 1
    match instruction:
        case Instruction.SUSPEND | Instruction.RESUME | Instruction.ENABLE | Instruction.DISABLE:
            return None
        case Instruction.PURGE | Instruction.DRAIN:
            return deployment.versions[last]
        case _:
            rank = min(aimed.get((instruction, subject), 0) + 1, last)
            aimed[instruction, subject] = rank
            return deployment.versions[rank]


def _subjects(deployment: Deployment, instruction: Instruction, target: Target) -> Iterator[str | Contract]:
    match instruction:
        case Instruction.MIGRATE | Instruction.RECONFIGURE:
            yield from changed(deployment, target)
        case Instruction.SYNC | Instruction.BACKFILL | Instruction.PURGE | Instruction.DRAIN:
            yield from (c for c in changed(deployment, target) if has_content(deployment, c))
        case _:
            yield target.name


def changed(deployment: Deployment, target: Target) -> Iterator[Contract]:
    """The changed contracts that a target names, in the order of the requests."""
    for contract in deployment.contracts:
        if contract in (deployment.changes or {}) and _names(target, contract):
            yield contract


def _names(target: Target, contract: Contract) -> bool:
    return contract.provider == target.name and target.subject in (None, contract.subject)


def has_content(deployment: Deployment, contract: Contract) -> bool:
    """Whether forms of data lie at the contract: caches, brokers, rows that keep their form."""
    change = (deployment.changes or {}).get(contract)
    if change is None:
        return False
    match deployment.components[contract.provider].kind:
        case Kind.CACHE | Kind.BROKER:
            return True
        case Kind.DATABASE:
            return change.rows_kept
        case _:
            return False


def awaited(position: Position, every: tuple[Move, ...]) -> tuple[Move, ...]:
    """The moves that must be over before the pipeline can leave the position."""
    action = position.action
    if action is None or action.background:
        return ()
    if action.instruction is not Instruction.AWAIT:
        return tuple(move for move in every if move.position == position.index)
    begun = [move for move in every if move.background and move.position < position.index]
    return tuple(move for move in begun if any(_concerns(move, target) for target in action.targets))


def _concerns(move: Move, target: Target) -> bool:
    if isinstance(move.subject, Contract):
        return _names(target, move.subject)
    return move.subject == target.name
