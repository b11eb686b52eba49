"""Hazards, as they are told: typed values that never print."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, overload

from msgspec import Struct

from ...model.codes import MessageCode, find_code
from ...model.compiler.causes import Cause
from ...model.compiler.system import EventKind
from ...model.deployment import Aspect, Pair, Reason, Severity
from ...model.names import Contract, Place, VariableKey
from ..lookups.lookup import Absence, HazardKey, HazardKind


class PropertyKind(StrEnum):
    """What is violated: a formula that is stated, that nothing irreversible is taken back, that the pipeline
    goes on."""

    PROPERTY = "property"
    SETBACK = "setback"
    STALL = "stall"


class Retired(Struct, frozen=True):
    """The instance that goes while a request is on it: its component and version, and who stays there."""

    component: str
    version: str
    stay: str | None


class TraceEvent(Struct, frozen=True):
    """One event of a story.

    `step` is the step in which it happens (for the pipeline: the one it enters), `cause` why it happens (of
    a failing hop: which versions meet), `hop` is the 1-based hop of the request. `text` tells it, with what
    fails there, and `what` does so without saying whose it is. `after` says what the event changed, as
    pairs (what, new value) fit to be read; `values` says the same by variable of the `System`, as pairs
    (key, state of its machine): several variables may be called the same in `after`. Not `is_needed` is what
    the story of a hop could do without: it would end so all the same.
    """

    step: str
    cause: Cause
    text: str
    what: str
    hop: int | None = None
    after: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[VariableKey, str], ...] = ()
    is_needed: bool = True

    @property
    def kind(self) -> EventKind:
        return self.cause.kind

    @property
    def owner(self) -> str:
        """Whose event it is: a component's, flag's, contract's, request's; or the pipeline's."""
        return self.cause.owner


class Trace(Sequence[TraceEvent]):
    """The events of a story, put into words when somebody first looks: of hundreds of hazards most are
    counted, and few are told. To whoever looks it is a tuple, and as one it goes to other processes."""

    def __init__(self, tell: Callable[[], tuple[TraceEvent, ...]]) -> None:
        self._tell = tell

    @cached_property
    def events(self) -> tuple[TraceEvent, ...]:
        return self._tell()

    @overload
    def __getitem__(self, index: int) -> TraceEvent: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TraceEvent, ...]: ...
    def __getitem__(self, index: int | slice) -> TraceEvent | tuple[TraceEvent, ...]:
        return self.events[index]

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[TraceEvent]:
        return iter(self.events)

    def __eq__(self, other: object) -> bool:
        return self.events == (other.events if isinstance(other, Trace) else other)

    def __hash__(self) -> int:
        return hash(self.events)

    def __repr__(self) -> str:
        return repr(self.events)

    def __reduce__(self) -> tuple[object, ...]:
        return tuple, (self.events,)


class Role(StrEnum):
    """What stands at a place that makes a hazard."""

    CHANGE = "change"
    PROPERTY = "property"
    HOP = "hop"
    ACTION = "action"
    STEP = "step"


class Cited(Struct, frozen=True):
    """A place in the user's files that a hazard comes from: `action` and `step` are where the pipeline stands
    when it happens."""

    role: Role
    place: Place


class IncompatiblePair(NamedTuple):
    """Two sides of a contract that do not go together: the forms that meet, and in which aspect.

    `consumer` is None for who forwards to what is not there: whoever it is, it breaks.
    """

    contract: Contract
    aspect: Aspect
    consumer: str | None
    provider: str

    @property
    def versions(self) -> Pair | None:
        """The two versions, where two different ones meet; None where what is met breaks any."""
        if self.consumer is None or self.consumer == self.provider:
            return None
        return self.consumer, self.provider


class HopHazard(Struct, frozen=True, kw_only=True):
    """A hop that can be reached and breaks; the fields are those of the JSON answer.

    The versions of the sides are the forms that meet; their instances are the versions that run in the story,
    None where that is the same.
    """

    id: str
    kind: HazardKind
    request: str
    hop: int
    consumer: str
    consumer_instance: str | None = None
    consumer_version: str | None = None
    provider: str
    provider_instance: str | None = None
    provider_version: str | None = None
    contract: Contract
    aspect: Aspect | None = None
    severity: Severity
    inevitable: bool
    span: int = 0
    window: tuple[str, ...]
    together: tuple[tuple[str, ...], ...] = ()
    """Of several pipelines: the steps in which they stand together where it can be met."""
    trace: Sequence[TraceEvent]
    for_ever: bool = False
    """It can still be met when the deployment is complete; the others end with the roll."""
    places: tuple[Cited, ...] = ()
    absent: Absence | None = None
    """The table or the queue is not there at all in the provider's version, whoever comes."""
    if_it_breaks: bool = False
    """It rests on a pair of which nobody knows whether it breaks (paragraph 95 of docs/semantics.md)."""
    reasons: tuple[Reason, ...] = ()
    """What evidence says of the pair."""

    @property
    def key(self) -> HazardKey:
        """What makes it one of its request's."""
        return self.hop, self.kind, self.aspect, self.consumer_version, self.provider_version

    @property
    def retired(self) -> Retired | None:
        """Who goes under the request, as the end of the story has it; None where nobody does."""
        version = self.provider_version or self.consumer_version
        if self.kind is not HazardKind.INTERRUPTED or version is None:
            return None
        last = self.trace[-1]
        return Retired(last.owner, version, dict(last.after).get(last.owner))

    @property
    def places_met(self) -> tuple[tuple[str, ...], ...]:
        """Where the pipelines stand, all of them, when it is met: the step of each."""
        return self.together or tuple((step,) for step in self.window)

    @property
    def code(self) -> MessageCode:
        return find_code(self.kind)

    @property
    def subject(self) -> str:
        """Whose hazard it is."""
        return self.request

    @property
    def incompatible_pair(self) -> IncompatiblePair | None:
        """Which sides do not go together; None where nobody answers, or an instance goes."""
        if self.aspect is None or self.provider_version is None:
            return None
        return IncompatiblePair(self.contract, self.aspect, self.consumer_version, self.provider_version)

    @property
    def is_due_to_change(self) -> bool:
        """Whether a declared pair breaks; that nobody is up is no fault of a change."""
        return self.incompatible_pair is not None

    @property
    def loop(self) -> None:
        """Its story ends with the failing hop."""
        return None

    @property
    def onward(self) -> tuple[TraceEvent, ...]:
        """Nothing is told of what comes after the failing hop."""
        return ()

    @property
    def whole_story(self) -> tuple[TraceEvent, ...]:
        """Its trace."""
        return tuple(self.trace)

    @property
    def turn(self) -> None:
        """As `onward`."""
        return None

    @property
    def ends(self) -> bool:
        """Whether the last event of its story is what goes wrong."""
        return True

    @property
    def stays(self) -> bool:
        """Whether its story ends where nothing is left that must happen."""
        return False


class PropertyHazard(Struct, frozen=True, kw_only=True):
    """A property that can be violated; `explanation` says what is violated, in words."""

    id: str
    kind: PropertyKind
    property: str
    explanation: str
    severity: Severity = Severity.ERROR
    inevitable: bool
    window: tuple[str, ...]
    together: tuple[tuple[str, ...], ...] = ()
    """As of `HopHazard`."""
    trace: tuple[TraceEvent, ...]
    for_ever: bool = False
    """As of `HopHazard`."""
    loop: int | None = None
    """The events of the trace from this index (from 0) on repeat for ever; as many as there are events: the
    run stands still for ever, for nothing is left that must happen. None: the trace ends in the violation."""
    places: tuple[Cited, ...] = ()
    onward: tuple[TraceEvent, ...] = ()
    """Of a stall, whose trace ends where no way leads to the end any more: how it goes on from there."""

    @builtins.property
    def places_met(self) -> tuple[tuple[str, ...], ...]:
        """As of `HopHazard`."""
        return self.together or tuple((step,) for step in self.window)

    @builtins.property
    def code(self) -> MessageCode:
        return find_code(self.kind)

    @builtins.property
    def subject(self) -> str:
        """Whose hazard it is."""
        return self.property

    @builtins.property
    def ends(self) -> bool:
        """Whether the last event of its story is what goes wrong; a run that repeats has no such event."""
        return self.loop is None and not self.onward

    @builtins.property
    def whole_story(self) -> tuple[TraceEvent, ...]:
        """The trace, and of a stall how it goes on."""
        return (*self.trace, *self.onward)

    @builtins.property
    def turn(self) -> int | None:
        """The index in the whole story from which on no way leads to the end; None where that is not told."""
        return len(self.trace) if self.onward else None

    @builtins.property
    def stays(self) -> bool:
        """Whether its story ends where nothing is left that must happen."""
        return self.loop == len(self.trace)


Hazard = HopHazard | PropertyHazard


def list_incompatible_pairs(hazards: Iterable[Hazard]) -> Iterator[tuple[HopHazard, IncompatiblePair]]:
    """The hazards at which two sides do not go together, with these."""
    for hazard in list_hop_hazards(hazards):
        if (pair := hazard.incompatible_pair) is not None:
            yield hazard, pair


def list_hop_hazards(hazards: Iterable[Hazard]) -> tuple[HopHazard, ...]:
    """Those of them that a request meets."""
    return tuple(hazard for hazard in hazards if isinstance(hazard, HopHazard))


def list_property_hazards(hazards: Iterable[Hazard]) -> tuple[PropertyHazard, ...]:
    """Those of them that violate a property."""
    return tuple(hazard for hazard in hazards if isinstance(hazard, PropertyHazard))
