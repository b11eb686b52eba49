"""Why an event happens: what every engine, story and drawing asks of it, and the sentence that tells it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, assert_never

from msgspec import Struct

from ..deployment import LEADER, Hop, Instruction, Kind, name_step
from ..names import Contract, VariableKey, VariableKind, pipeline_of
from .moves import Position


class EventKind(StrEnum):
    """Whose event it is: the rollout's, the pipeline's, the traffic's, the watched request's."""

    MOVE = "move"
    PIPELINE = "pipeline"
    WRITE = "write"
    HOP = "hop"


class Cut(Struct, frozen=True):
    """An event cuts the watched request off: it takes away the instance, of this version, that hop `born`
    called (0: that the request began at)."""

    born: int
    version: str


class MoveCause(Struct, frozen=True):
    """A machine goes from one state to another: a move of the pipeline makes it (`instruction`), or (None) a
    fault of a user's own machine, a restart, or, of a schema, what `trigger` names.

    `store` is the kind of the component whose schema it is."""

    kind: ClassVar = EventKind.MOVE

    variable: VariableKey
    instruction: Instruction | None
    trigger: str
    source: str
    target: str
    store: Kind | None = None
    cut: Cut | None = None

    @property
    def owner(self) -> str:
        return str(self.variable.subject)


class PipelineCause(Struct, frozen=True):
    """The pipeline goes on, fails where it stands (`there` is stopped), or begins its rollback."""

    kind: ClassVar = EventKind.PIPELINE

    here: Position
    there: Position

    @property
    def owner(self) -> str:
        """Of several pipelines the one that goes on, `pipeline front`."""
        return str(pipeline_of(self.there.pipeline))


class WriteCause(Struct, frozen=True):
    """An instance of the version writes; the content is `content` then."""

    kind: ClassVar = EventKind.WRITE

    contract: Contract
    component: str
    version: str
    content: str

    @property
    def owner(self) -> str:
        return str(self.contract)


class RelayCause(Struct, frozen=True):
    """A component passes a message on; the content is `content` then."""

    kind: ClassVar = EventKind.WRITE

    contract: Contract
    component: str
    content: str

    @property
    def owner(self) -> str:
        return str(self.contract)


class LossCause(Struct, frozen=True):
    """The last message of a form is used up, or the last entry expires; the content is `content` then."""

    kind: ClassVar = EventKind.WRITE

    contract: Contract
    form: str
    is_queue: bool
    content: str

    @property
    def owner(self) -> str:
        return str(self.contract)


class Delivery(StrEnum):
    """What becomes of a message where they are redelivered."""

    TAKEN = "taken"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"


class DeliveryCause(Struct, frozen=True):
    """A message of a form is taken and not yet acknowledged, comes back to the queue (the content is
    `content` then), or is acknowledged."""

    kind: ClassVar = EventKind.WRITE

    contract: Contract
    form: str
    deed: Delivery
    content: str | None = None

    @property
    def owner(self) -> str:
        return str(self.contract)


class EnableCause(Struct, frozen=True):
    """Somebody enables a flag after the end, which nobody here does."""

    kind: ClassVar = EventKind.WRITE

    flag: str

    @property
    def owner(self) -> str:
        return self.flag


class HopCause(Struct, frozen=True):
    """The watched request runs its hop `number` (from 1).

    `consumer` is the version of the caller (None: an anonymous client), `provider` that of the instance
    called, or the form found (None where the event leaves it open).
    """

    kind: ClassVar = EventKind.HOP

    request: str
    number: int
    hop: Hop
    consumer: str | None
    provider: str | None

    @property
    def owner(self) -> str:
        return self.request


class PassCause(Struct, frozen=True):
    """The watched request passes over its hop `number`: the caller is of a version that does not run it, or
    (`consumer` None) was never called."""

    kind: ClassVar = EventKind.HOP

    request: str
    number: int
    hop: Hop
    consumer: str | None

    @property
    def owner(self) -> str:
        return self.request


class ElectionCause(Struct, frozen=True):
    """An instance of the version comes to lead the component, or (None) nobody does."""

    kind: ClassVar = EventKind.WRITE

    component: str
    version: str | None

    @property
    def owner(self) -> str:
        return self.component


TrafficCause = WriteCause | RelayCause | LossCause | DeliveryCause | EnableCause | ElectionCause
Cause = MoveCause | PipelineCause | TrafficCause | HopCause | PassCause


def tell_cause(cause: Cause) -> str:
    """What a story says of the event."""
    match cause:
        case MoveCause():
            return _tell_with_owner(cause)
        case WriteCause() | RelayCause() | LossCause() | DeliveryCause():
            return f"other traffic: {tell_deed(cause)}"
        case EnableCause() | ElectionCause() | PipelineCause() | HopCause() | PassCause():
            return tell_deed(cause)
        case _:
            assert_never(cause)


def tell_deed(cause: Cause) -> str:
    """What happens, without saying whose event it is."""
    match cause:
        case MoveCause():
            return _tell_move(cause)
        case PipelineCause(here, there):
            return _tell_going_on(here, there)
        case WriteCause(contract, component, version, content):
            return f"{component} {version} writes {contract} ({content})"
        case RelayCause(contract, component, content):
            return f"{component} passes on to {contract} ({content})"
        case LossCause(contract, form, is_queue, content):
            left = "message is left in" if is_queue else "entry is left in"
            return f"no {form} {left} {contract} ({content})"
        case DeliveryCause(contract, form, deed, content):
            told = _tell_delivery(contract, form, deed)
            return told if content is None else f"{told} ({content})"
        case EnableCause(flag):
            return f"flag {flag} on, enabled after the end"
        case ElectionCause(component, version):
            elected = f"an instance of {version} is elected" if version else "its leader is none any more"
            return f"{component}: {elected}"
        case HopCause(_, _, hop, consumer, provider):
            return tell_hop_versions(hop, consumer, provider)
        case PassCause(_, _, hop, consumer):
            who = f"{hop.consumer} {consumer}" if consumer else f"{hop.consumer}, never called,"
            return f"{who} passes over: {hop}"
        case _:
            assert_never(cause)


def _tell_delivery(contract: Contract, form: str, deed: Delivery) -> str:
    match deed:
        case Delivery.TAKEN:
            return f"a {form} message is taken from {contract}, and not yet acknowledged"
        case Delivery.ACKNOWLEDGED:
            return f"the last {form} message that was taken from {contract} is acknowledged"
        case Delivery.RETURNED:
            return f"a {form} message that was not acknowledged comes back to the queue {contract}"
        case _:
            assert_never(deed)


def _tell_with_owner(cause: MoveCause) -> str:
    match cause.variable.kind:
        case VariableKind.JOBS:
            return f"{cause.owner} {_tell_move(cause)}"
        case VariableKind.FLAG:
            return _tell_move(cause)
        case _:  # every other name is followed by what happens there
            return f"{cause.owner}: {_tell_move(cause)}"


def _tell_move(cause: MoveCause) -> str:
    match cause.variable.kind:
        case VariableKind.INSTANCES:
            return f"{cause.trigger} ({cause.target})"
        case VariableKind.SCHEMA:
            what = cause.store.structure if cause.store else "schema"
            by = f", by {cause.trigger}" if cause.instruction is None else ""
            return f"{what} {cause.source} → {cause.target}{by}"
        case VariableKind.FLAG:
            return f"{cause.variable} {cause.target}"
        case VariableKind.CONTENT:
            return f"{cause.instruction}, content {cause.source} → {cause.target}"
        case VariableKind.UNACKNOWLEDGED:
            return f"{cause.instruction}, not acknowledged {cause.source} → {cause.target}"
        case _:  # the others move by themselves, and the state is named so that it tells the move
            return cause.target


def _tell_going_on(here: Position, there: Position) -> str:
    if there.is_stopped:
        return f"{here.step} fails: {here.action}"
    begins = f"{there.step} begins" if there.enters else name_step(there.pipeline, "next action")
    if here.is_stopped:
        begins = f"the rollback begins: {there.step}"
    if there.action is None:
        over = "the pipeline is over" if there.pipeline is None else f"the pipeline {there.pipeline} is over"
        return f"{begins}" if there.enters else over
    return f"{begins}: {there.action}"


def tell_hop_versions(hop: Hop, consumer: str | None, provider: str | None) -> str:
    """The hop with the versions that take part, as a story tells it."""
    caller = f"{hop.consumer} {consumer}" if consumer else hop.consumer
    caller += f", its {LEADER}," if hop.by_leader else ""
    found = f" (finds {provider})" if provider and not hop.verb.is_call else ""
    callee = f"{hop.provider} {provider}" if provider and hop.verb.is_call else hop.provider
    callee += f", its {LEADER}" if hop.to_leader else ""
    return f"{caller} {hop.verb.written} {callee}: {hop.subject}{found}"
