"""What the checker answers: typed values that never print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from ..model.compiler.causes import Cause
from ..model.compiler.system import EventKind
from ..model.deployment import Aspect, Severity
from ..model.names import Contract, Place, VariableKey


class HazardKind(StrEnum):
    """What goes wrong at the failing hop."""

    INCOMPATIBLE = "incompatible"
    UNAVAILABLE = "unavailable"
    INTERRUPTED = "interrupted"
    PROPERTY = "property"


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One event of a story.

    `step` is the step in which it happens (for the pipeline: the one it enters), `cause` why it happens (of
    a failing hop: which versions meet), `hop` is the 1-based hop of the request. `text` tells it, with what
    fails there, and `what` does so without saying whose it is. `after` says what the event changed, as
    pairs (what, new value) fit to be read; `values` says the same by variable of the `System`, as pairs
    (key, state of its machine): several variables may be called the same in `after`.
    """

    step: str
    cause: Cause
    text: str
    what: str
    hop: int | None = None
    after: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[VariableKey, str], ...] = ()

    @property
    def kind(self) -> EventKind:
        return self.cause.kind

    @property
    def owner(self) -> str:
        """Whose event it is: a component's, flag's, contract's, request's; or the pipeline's."""
        return self.cause.owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A hop that can be reached and breaks, or a property that can be violated; the fields are those of
    the JSON answer.

    What does not apply to its kind is None: a property has no request, hop, sides or contract, and hops
    have no `property`, `explanation` (what is violated, in words) or `loop`. The versions of the sides are
    the forms that meet; their instances are the versions that run in the story, None where that is the same.
    """

    id: str
    kind: HazardKind
    request: str | None = None
    hop: int | None = None
    consumer: str | None = None
    consumer_instance: str | None = None
    consumer_version: str | None = None
    provider: str | None = None
    provider_instance: str | None = None
    provider_version: str | None = None
    contract: Contract | None = None
    aspect: Aspect | None = None
    property: str | None = None
    explanation: str | None = None
    severity: Severity
    inevitable: bool
    span: int = 0
    window: tuple[str, ...]
    trace: tuple[TraceEvent, ...]
    for_ever: bool = False
    """It can still be met when the deployment is complete; the others end with the roll."""
    loop: int | None = None
    """The events of the trace from this index (from 0) on repeat for ever; as many as there are events: the
    run stands still for ever, for nothing is left that must happen. None: the trace ends in the violation."""


@dataclass(frozen=True, slots=True)
class Safe:
    """No hazard in any interleaving."""


@dataclass(frozen=True, slots=True)
class Unsafe:
    """At least one hazard, in the order of the requests and their hops."""

    hazards: tuple[Hazard, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """What was covered when a limit was hit; it proves nothing.

    `limit` is the option that raises it, `requests` how many of the requests were judged.
    """

    limit: str
    states: int
    requests: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """No verdict: a limit was hit, or nothing was given to judge; `reason` says which."""

    reason: str
    advice: str
    covered: Covered | None = None


Verdict = Safe | Unsafe | Unknown


class Reach(IntEnum):
    """What became of a cell of a declaration, the best first (paragraphs 69, 71, 74 of docs/semantics.md)."""

    MET = 1
    """It is a hazard."""
    HELD_APART = 2
    """Both its sides occur, and never meet."""
    NOT_TAKEN = 3
    """An action would bring the side that is missing, and no run lets it."""
    NOT_KNOWN = 4
    """No hop of the contract is run by the version that is missing."""
    ASSUMED = 5
    """The file says that it is never met."""
    OUT_OF_REACH = 6

    @property
    def word(self) -> str:
        """What a person reads: `held apart`."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class CoveredCell:
    """What became of one cell of a declaration at one contract.

    `aspect` is that of a bare cell in which it came furthest, None where no hop is judged at all. `consumer`
    is None where messages are forwarded. `consumer_in` and `provider_in` are the steps in which each side
    occurs at all. `together`: some state has both sides, and yet they do not meet (None: not looked at).
    `by_span`: only `max_span` holds them apart. `why` says it in words.
    """

    contract: Contract
    aspect: Aspect | None
    consumer: str | None
    provider: str
    reach: Reach
    consumer_in: tuple[str, ...] = ()
    provider_in: tuple[str, ...] = ()
    together: bool | None = None
    by_span: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class CoveredDeclaration:
    """What became of what is written under one key: of `entry`, what it `says` (`breaks schema`)."""

    entry: str
    says: str
    place: Place | None
    cells: tuple[CoveredCell, ...]

    @property
    def is_idle(self) -> bool:
        """Nothing in this pipeline could ever meet it: that it is not met shows nothing."""
        return all(cell.reach is Reach.OUT_OF_REACH for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Statistics:
    """How the answer was found.

    `states` and `transitions` are those of all product searches together, `interleavings` the
    maximal paths of the deployment's own moves (None where they have no end or were not
    counted), `hops` the hops declared, `hops_proven` those without a hazard, `never_mixed` the changed
    contracts of which no mixed pair is ever met, `choice` why this engine was taken, if none was asked for,
    `properties` the formulas judged, `in_slices` those of them that slices settled.
    """

    engine: str
    requests: int
    hops: int
    hops_proven: int
    states: int
    transitions: int
    interleavings: int | None
    never_mixed: tuple[Contract, ...] = ()
    choice: str = ""
    properties: int = 0
    in_slices: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict with all that is told beside it."""

    system: str
    release: str | None
    verdict: Verdict
    avoidable: bool | None
    unchanged: tuple[Contract, ...]
    unjudged: tuple[Contract, ...]
    max_span: int | None
    residue: tuple[Contract, ...]
    statistics: Statistics | None
    images: Mapping[str, str] = field(default_factory=dict)
    ways_back: tuple[tuple[str, bool], ...] = ()
    """Each step, and whether a failure in it leaves a safe way back; empty where nothing can fail, or where
    there is no rollback."""

    coverage: tuple[CoveredDeclaration, ...] = ()
    """What became of each declaration of the release, in the order of the file."""

    enabled_after: tuple[str, ...] = ()
    """The flags that nobody here enables, and that are judged as enabled by somebody after the end."""

    @property
    def idle(self) -> tuple[CoveredDeclaration, ...]:
        """The declarations that nothing in this pipeline could meet."""
        return tuple(one for one in self.coverage if one.is_idle)

    @property
    def point_of_no_return(self) -> str | None:
        """The first step without a safe way back."""
        return next((step for step, has_way_back in self.ways_back if not has_way_back), None)

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        return self.verdict.hazards if isinstance(self.verdict, Unsafe) else ()
