"""What stands when the deployment is over, and what of its pipeline did nothing."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from ...model.names import Contract, Place, VariableKind


class StandPart(NamedTuple):
    """A version, a form or a switch's state; `number` says how many instances (None: nobody counts them)."""

    word: str
    number: int | None = None


Stand = tuple[StandPart, ...]
"""How one unit of a deployment stands: the versions of its instances, its schema's, the forms in its content,
the state of its switch."""


class EndUnit(Struct, frozen=True):
    """A unit that does not end at the last version alone, switched as at the start (paragraph 96 of
    docs/semantics.md).

    `kind` and `subject` say which unit, `name` what it is called (`db/order schema`), `stands` each way in
    which it can stand in a complete state, `short` and `why` what left it there (a word or two, and a
    sentence), both empty where nothing single did.
    """

    kind: VariableKind
    subject: str | Contract
    name: str
    stands: tuple[Stand, ...]
    short: str = ""
    why: str = ""
    place: Place | None = None


class VainAction(Struct, frozen=True):
    """An action that has nothing to do, or waits for ever; `why` says it in words (paragraph 97)."""

    action: str
    step: str
    why: str
    place: Place | None = None


class End(Struct, frozen=True):
    """What is told of the end, in the order of the file; empty where all is as everybody expects."""

    units: tuple[EndUnit, ...] = ()
    in_vain: tuple[VainAction, ...] = ()
    after_rollback: tuple[EndUnit, ...] = ()
    """The units that some rollback leaves otherwise than they were at the start (paragraph 100)."""
    left_open: tuple[str, ...] = ()
    """The units that depend on too much to be known."""
    most_states: int = 0
    """So many states were looked at for all of them together."""


def write_stand(stand: Stand, kind: VariableKind) -> str:
    """A stand in words: `4×V1 1×V2`, `V1 + V2`, `suspended`."""
    if not stand:
        return "nobody" if kind is VariableKind.INSTANCES else "nothing"
    if all(part.number is not None for part in stand):
        return " ".join(f"{part.number}×{part.word}" for part in stand)
    return " + ".join(part.word for part in stand)
