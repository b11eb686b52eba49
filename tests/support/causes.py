"""Causes for events and stories that no deployment has."""

from __future__ import annotations

from typing import assert_never

from skewproof.model.compiler.causes import Cause, EventKind, LossCause, MoveCause, PassCause, PipelineCause
from skewproof.model.compiler.moves import Position
from skewproof.model.deployment import Hop, Verb
from skewproof.model.names import Contract, VariableKey, jobs_of


def made_up(kind: EventKind, name: str = "test") -> Cause:
    """A cause of the kind; those of different names differ."""
    match kind:
        case EventKind.MOVE:
            return moved(jobs_of("test"), name)
        case EventKind.PIPELINE:
            return entered(name)
        case EventKind.WRITE:
            return LossCause(Contract("test", name), "V1", True, "empty")
        case EventKind.HOP:
            return PassCause("test", 1, Hop("client", Verb.CALLS, "test", name), None)
        case _:
            assert_never(kind)


def moved(variable: VariableKey, target: str) -> MoveCause:
    return MoveCause(variable, None, target, "", target)


def entered(step: str) -> PipelineCause:
    return PipelineCause(Position(0, "(before)"), Position(1, step, enters=True))
