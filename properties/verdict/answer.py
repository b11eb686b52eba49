"""The answer, and its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from ...model.names import Contract, Place
from ..lookups.lookup import MixedPair
from .accepted import AcceptedHazard, JudgedAcceptance
from .advice import Advice
from .causes import HazardCause, group_by_cause
from .covered import CoveredAssumption, CoveredDeclaration
from .ended import End
from .hazards import (
    Hazard,
    HopHazard,
    PropertyHazard,
    list_hop_hazards,
    list_property_hazards,
)


class Safe(Struct, frozen=True):
    """No hazard in any interleaving, but for those that are accepted."""


class Unsafe(Struct, frozen=True):
    """At least one hazard that nobody accepts, in the order of the requests and their hops."""

    hazards: tuple[Hazard, ...]


class Covered(Struct, frozen=True):
    """What was covered when a limit was hit; it proves nothing.

    `limit` is the option that raises it, `requests` how many of the requests were judged.
    """

    limit: str
    states: int
    requests: int


class Unknown(Struct, frozen=True):
    """No verdict: a limit was hit, nothing was given to judge, or all hazards rest on pairs of which nobody
    knows (`hazards`, paragraph 95); `reason` says which."""

    reason: str
    advice: str
    covered: Covered | None = None
    hazards: tuple[Hazard, ...] = ()


Verdict = Safe | Unsafe | Unknown


class Beside(StrEnum):
    """What is asked beside the verdict on the hops; none of it, left open, costs what is known."""

    REQUESTS = "requests"
    PROPERTIES = "properties"
    WAYS_BACK = "ways_back"
    AVOIDABLE = "avoidable"
    RESIDUE = "residue"
    INTERLEAVINGS = "interleavings"
    COVERAGE = "coverage"
    END = "end"


class LeftOpen(Struct, frozen=True):
    """What is not known beside a verdict that is: which limit was hit (`reason`), and the option that raises
    it. `names` are the requests or properties that were not judged, the steps without an answer, or the units
    of which it is not known how they end; `places` where the file states those properties that it states."""

    what: Beside
    reason: str
    limit: str
    names: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


class Granted(StrEnum):
    """What a file can say and does not, so that it is taken for granted."""

    RESTARTS = "restarts"
    """No instance goes down but by the pipeline."""
    TERMINATES = "terminates"
    """A retired instance is gone at once."""
    REDELIVERS = "redelivers"
    """A message that was taken does not come back."""
    READINESS = "readiness"
    """What restarts takes calls again whatever is there by then."""
    STAYS = "stays"
    """The users of a client have the version that is deployed."""
    ROWS = "rows"
    """The rows of a table have the form of its schema, whoever wrote them."""
    FROM = "from"
    """What a sync copies is there in the new form."""
    CLIENTS = "clients"
    """Clients without a version understand each version of a contract at which others are judged."""
    PER_INSTANCE = "per_instance"
    """A flag is switched in all instances at once."""
    UNDERSTANDS = "understands"
    """Code that knows a flag understands both forms of what it guards."""


class Statistics(Struct, frozen=True):
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


class Answer(Struct, frozen=True):
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
    version_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What components call their versions, of those that have names of their own."""
    ways_back: tuple[tuple[str, bool | None], ...] = ()
    """Each step, and whether a failure in it leaves a safe way back (None: unknown); empty where nothing can
    fail, or where there is no rollback."""
    left_open: tuple[LeftOpen, ...] = ()
    """What a limit kept from being answered beside the verdict."""
    overridden: tuple[Contract, ...] = ()
    """The contracts of which a second file of changes says anew what breaks."""
    assumptions: tuple[CoveredAssumption, ...] = ()
    """What the file says can never be met, and whether that is so."""
    coverage: tuple[CoveredDeclaration, ...] = ()
    """What became of each declaration of the release, in the order of the file."""

    compatible: tuple[MixedPair, ...] = ()
    """The pairs of two versions that some request meets and that break nothing, in the order of the file:
    what the verdict takes for compatible."""
    forgiven: tuple[MixedPair, ...] = ()
    """Those of them that the file declares to break, and that break nothing because new code understands both
    forms of what a flag guards."""
    residue_breaks: Mapping[Contract, tuple[str, ...]] = field(default_factory=dict)
    """The contracts of `residue` of which the old forms break something when all is over, with the hazards
    (their ids); those that are missing break nothing then."""
    end: End = field(default_factory=End)
    """What stands at the end where nobody would expect it, and what of the pipeline did nothing."""
    enabled_after: tuple[str, ...] = ()
    """The flags that nobody here enables, and that are judged as enabled by somebody after the end."""
    granted: Mapping[Granted, tuple[str, ...]] = field(default_factory=dict)
    """What is taken for granted because the file does not say otherwise, and of which components, contracts
    or flags."""
    failures: bool = False
    """Whether every awaited action may have failed; else it is taken for granted that none does."""
    accepted: tuple[AcceptedHazard, ...] = ()
    """The hazards that the file accepts; they stand in no verdict."""
    accept: tuple[JudgedAcceptance, ...] = ()
    """What became of each entry of `accept`; those that are void come last. Empty where a limit kept some
    hazards from being known."""

    advice: tuple[Advice, ...] = ()
    """What was checked to help against causes, where that was asked."""

    @property
    def idle(self) -> tuple[CoveredDeclaration, ...]:
        """The declarations that nothing in this pipeline could meet."""
        return tuple(one for one in self.coverage if one.is_idle)

    @property
    def point_of_no_return(self) -> str | None:
        """The first step without a safe way back; None also where that of an earlier one is unknown."""
        unsafe = (step for step, has_way_back in self.ways_back if has_way_back is not True)
        first = next(unsafe, None)
        return first if (first, False) in self.ways_back else None

    @property
    def open_properties(self) -> tuple[str, ...]:
        """The names of the properties that were not judged."""
        return tuple(n for one in self.left_open if one.what is Beside.PROPERTIES for n in one.names)

    @property
    def at_hops(self) -> tuple[HopHazard, ...]:
        return list_hop_hazards(self.hazards)

    @property
    def of_properties(self) -> tuple[PropertyHazard, ...]:
        return list_property_hazards(self.hazards)

    @property
    def causes(self) -> tuple[HazardCause, ...]:
        """Why there are hazards, the worst first."""
        return group_by_cause(self.hazards, self.advice)

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """What can be met and is not accepted; of an unknown verdict that which can be if a pair breaks."""
        return () if isinstance(self.verdict, Safe) else self.verdict.hazards
