"""What the pipeline's actions make components do: each action as moves on machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import assert_never

from msgspec import Struct

from ..deployment import Action, Deployment, Instruction, Kind, name_step
from ..names import Contract, Target

BEFORE = "(before)"
AFTER = "(after)"

FLAGS = frozenset({Instruction.ENABLE, Instruction.DISABLE})
SWITCHES = frozenset({Instruction.SUSPEND, Instruction.RESUME, *FLAGS})
ROLLOUTS = frozenset({Instruction.DEPLOY, Instruction.ROLLBACK, Instruction.PROMOTE})
ON_INSTANCES = ROLLOUTS | {Instruction.SCALE}
SCHEMAS = frozenset({Instruction.MIGRATE, Instruction.RECONFIGURE, Instruction.REVERT})
SYNCS = frozenset({Instruction.SYNC, Instruction.BACKFILL})
UPWARD = frozenset({Instruction.DEPLOY, Instruction.MIGRATE, Instruction.RECONFIGURE, *SYNCS})
BACKWARD = frozenset({Instruction.ROLLBACK, Instruction.REVERT})


class Position(Struct, frozen=True, dict=True):
    """Where the pipeline can stand: before the first step, at an action of a step, after the last;
    stopped, where an action has failed; and the same again in a rollback.

    A step without actions is one position with `action` None. `passed` are the indices of the positions
    that lie behind; `enters` marks those at which a step begins. `unmoved`, of a rollback, is what its action
    finds as the failed release found it: the action takes nothing of it back, and has no move on it.
    `pipeline` is the name of its own of several pipelines.
    """

    index: int
    step: str
    action: Action | None = None
    enters: bool = False
    passed: frozenset[int] = frozenset()
    is_stopped: bool = False
    unmoved: frozenset[str | Contract] = frozenset()
    pipeline: str | None = None

    @cached_property
    def name(self) -> str:
        stopped = " (stopped)" if self.is_stopped else ""
        return f"{self.index} {self.step}" + (f": {self.action}" if self.action else "") + stopped

    @property
    def is_end(self) -> bool:
        return self.step == name_step(self.pipeline, AFTER)

    @property
    def waits(self) -> bool:
        """It is left only when its action is over."""
        return self.action is not None and not self.action.background and not self.is_stopped


MoveLine = tuple[str, str | Contract]
"""What only one move at a time can take anywhere: a component's instances, a contract's schema."""


class Move(Struct, frozen=True):
    """What one action makes one machine do.

    `subject` is the component, contract or flag that moves, `goal` the version to reach (None for
    switches). `number` tells the moves of a deployment apart, `position` is the index of its action's.
    """

    number: int
    position: int
    action: Action
    target: Target
    subject: str | Contract
    goal: str | None
    migrates: tuple[Contract, ...] = ()
    """The contracts whose schema the instances that it starts take along."""
    pipeline: str | None = None
    """Of several pipelines the name of its own."""

    @property
    def instruction(self) -> Instruction:
        return self.action.instruction

    @property
    def background(self) -> bool:
        return self.action.background

    @property
    def line(self) -> MoveLine | None:
        """What only one move at a time can take anywhere: instances, a schema."""
        if self.instruction in ROLLOUTS:
            return "instances", self.subject
        return ("schema", self.subject) if self.instruction in SCHEMAS else None

    @property
    def lines(self) -> tuple[MoveLine | None, ...]:
        """All that it takes somewhere: its own line, and the schemas that its instances take along."""
        return self.line, *(("schema", contract) for contract in self.migrates)

    def takes(self, line: MoveLine | None) -> bool:
        """Whether it takes that line somewhere."""
        return line is not None and line in self.lines


class Course(Struct, frozen=True):
    """Where a pipeline can stand, or each of several, one after the other: `onward` says for each position
    (by index) which others can follow it, `counts` how many instances are wanted there of each component of
    which that changes."""

    positions: tuple[Position, ...]
    onward: tuple[tuple[int, ...], ...]
    moves: tuple[Move, ...]
    counts: tuple[Mapping[str, int], ...]


def group_by_line(moves: Iterable[Move]) -> dict[MoveLine | None, list[Move]]:
    """The moves that take each line somewhere, in their order: none but these can overtake each other."""
    found: dict[MoveLine | None, list[Move]] = {}
    for move in moves:
        for line in move.lines:
            found.setdefault(line, []).append(move)
    return found


def is_overtaken(move: Move, position: Position, every: Iterable[Move]) -> bool:
    """Whether a later move on the same instances or schema, with another goal, has begun; `every` has all
    moves of its line, of which others than instances and schemas have none."""
    return move.line is not None and any(
        later.position > move.position
        and later.goal != move.goal
        and later.takes(move.line)
        and (later.position in position.passed or (not later.background and position.index == later.position))
        for later in every
    )


def can_happen(move: Move, position: Position, every: Iterable[Move]) -> bool:
    """Whether the move can take effect while the pipeline stands there."""
    if not move.background:
        return position.index == move.position
    return move.position in position.passed and not is_overtaken(move, position, every)


def list_subjects(
    deployment: Deployment, instruction: Instruction, target: Target
) -> Iterator[str | Contract]:
    """What a target of an action makes move. What the release does not change has nothing to move."""
    match instruction:
        case Instruction.MIGRATE | Instruction.RECONFIGURE | Instruction.REVERT | Instruction.EXPIRE:
            yield from list_changed_contracts(deployment, target)
        case Instruction.SYNC | Instruction.BACKFILL | Instruction.PURGE | Instruction.DRAIN:
            yield from (c for c in list_changed_contracts(deployment, target) if has_content(deployment, c))
        case Instruction.AWAIT:
            return
        case Instruction.DEPLOY | Instruction.ROLLBACK | Instruction.PROMOTE | Instruction.SCALE:
            yield target.name
        case Instruction.SUSPEND | Instruction.RESUME | Instruction.ENABLE | Instruction.DISABLE:
            yield target.name
        case _:
            assert_never(instruction)


def list_changed_contracts(deployment: Deployment, target: Target) -> Iterator[Contract]:
    """The changed contracts that a target names, in the order of the requests."""
    for contract in deployment.changed_at.get(target.name, ()):
        if _names(target, contract):
            yield contract


def _names(target: Target, contract: Contract) -> bool:
    return contract.provider == target.name and target.subject in (None, contract.subject)


def has_content(deployment: Deployment, contract: Contract) -> bool:
    """Whether forms of data lie at the contract: caches, brokers, rows that keep their form."""
    change = deployment.change_of(contract)
    if change is None:
        return False
    match deployment.components[contract.provider].kind:
        case Kind.CACHE | Kind.BROKER:
            return True
        case Kind.DATABASE:
            return change.rows_kept
        case Kind.SERVICE | Kind.WORKER | Kind.CLIENT:
            return False
        case kind:
            assert_never(kind)


def list_awaited_moves(position: Position, every: Iterable[Move]) -> tuple[Move, ...]:
    """The moves that must be over before a pipeline can leave its position, those of others once they have
    begun; `every` has all its own, and where it stands at an `await` all others."""
    if position.action is None or not position.waits:
        return ()
    if position.action.instruction is not Instruction.AWAIT:
        return tuple(move for move in every if move.position == position.index)
    named: dict[str, list[Target]] = {}
    for target in position.action.targets:
        named.setdefault(target.name, []).append(target)
    return tuple(
        move
        for move in every
        if move.background
        and (move.position in position.passed or move.pipeline != position.pipeline)
        and any(_concerns(move, one) for one in named.get(_owner(move), ()))
    )


def _owner(move: Move) -> str:
    return move.subject.provider if isinstance(move.subject, Contract) else move.subject


def _concerns(move: Move, target: Target) -> bool:
    if isinstance(move.subject, Contract):
        return _names(target, move.subject)
    return move.subject == target.name
