"""Changes: what a release does to contracts, and in which aspect that breaks which pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from ..frozen import dataclass
from ..names import Contract, Place
from .actions import Action, Instruction
from .components import Kind
from .requests import Verb


class Aspect(StrEnum):
    """What of a hop is held against a contract's `breaks`."""

    CALL = "call"
    SCHEMA = "schema"
    CONTENT = "content"
    TOKEN = "token"  # noqa: S105 - an aspect, not a password


class Severity(StrEnum):
    """How bad a broken pair is, worst first."""

    CORRUPTION = "corruption"
    ERROR = "error"
    DEGRADED = "degraded"


Pair = tuple[str, str]
"""Versions, consumer first: `("V1", "V2")` is written `V1 -> V2`."""


Cell = tuple[str | None, str]
"""The form of a consumer (None: who forwards) and of a provider, as a declaration names them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that evidence says of a pair: which tool by which rule, in words, where, and between which
    revisions. `line` is 0 where none is known."""

    tool: str
    rule: str
    says: str
    file: str
    line: int = 0
    base: str = ""
    head: str = ""
    grade: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        between = f", {self.base} -> {self.head}" if self.base or self.head else ""
        return f"{self.says} ({self.tool} {self.rule}, {place}{between})"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is written in `changes` under one key and one aspect, or under none: it must have a meaning
    (paragraph 67 of docs/semantics.md).

    `entry` is the key, `says` what of its entry it is (`breaks schema`, `skew older`, `exists`); `aspect` is
    None of a bare one, `verb` of one that speaks of hops of any verb. A wildcard is one declaration, of each
    contract that it names. `severities` are of single cells, `unknown` the cells of which it is not known
    whether they break (paragraph 95).
    """

    entry: str
    says: str
    aspect: Aspect | None
    cells: frozenset[Cell]
    place: Place | None = field(default=None, compare=False)
    verb: Verb | None = None
    severities: frozenset[tuple[Cell, Severity]] = frozenset()
    unknown: frozenset[Cell] = frozenset()

    def is_said_by(self, other: Declaration) -> bool:
        """Whether the other one declares all of its cells, perhaps in more aspects."""
        return self.cells <= other.cells and other.aspect in (None, self.aspect)


@dataclass(frozen=True, slots=True)
class Change:
    """What the release does to one contract.

    `breaks` maps an aspect to the pairs that break in it; an aspect that is missing breaks for no pair. In
    the aspects of `verbs` a pair breaks only hops of the verbs (as written) that have it there.
    `severities` says for single aspects what `severity` says for all. `expires`: what lies there can vanish
    at any time. `source` is the contract whose data a sync copies here. `exists` are the versions of the
    schema in which the contract is there at all (None: in each). `implied`: no change names the contract, a
    hop on a changed one is using what it got there (paragraph 73 of docs/semantics.md). `declared` is what
    the file says of it, as it is written. `starts` are the forms that lie there at the start (None: those
    that follow from the rest of the file). `pair_severities` says for single pairs what `severity` says for
    all; `unknown` are pairs among those of `breaks` of which nobody knows (paragraph 95); both name the verb
    in the aspects of `verbs`, and None in others. `evidence` is why. `open`: the entry says nothing of pairs,
    neither `breaks` nor `skew`.
    """

    contract: Contract
    breaks: Mapping[Aspect, frozenset[Pair]] = field(default_factory=dict)
    severity: Severity = Severity.ERROR
    rows_kept: bool = False
    note: str | None = None
    place: Place | None = field(default=None, compare=False)
    severities: Mapping[Aspect, Severity] = field(default_factory=dict)
    expires: bool = False
    source: Contract | None = None
    exists: frozenset[str] | None = None
    implied: bool = False
    declared: tuple[Declaration, ...] = ()
    starts: frozenset[str] | None = None
    verbs: Mapping[Aspect, Mapping[Verb, frozenset[Pair]]] = field(default_factory=dict)
    pair_severities: Mapping[tuple[Aspect, Verb | None, Pair], Severity] = field(default_factory=dict)
    unknown: frozenset[tuple[Aspect, Verb | None, Pair]] = frozenset()
    evidence: Mapping[Pair, tuple[Reason, ...]] = field(default_factory=dict, compare=False)
    open: bool = False

    def pairs_in(self, aspect: Aspect, verb: Verb | None = None) -> frozenset[Pair]:
        """The pairs that break in the aspect, for a hop of the verb (None: of any)."""
        if verb is not None and aspect in self.verbs:
            return self.verbs[aspect].get(verb.written, frozenset())
        return self.breaks.get(aspect, frozenset())

    def severity_of(self, aspect: Aspect, verb: Verb, cells: Iterable[Pair]) -> Severity:
        """How bad it is that these pairs break for a hop of the verb: the worst of what is said of each;
        without one, as bad as `severity` says."""
        told, other = self._told_of(aspect, verb), self.severity_in(aspect)
        said = [self.pair_severities.get((aspect, told, cell), other) for cell in cells]
        return min(said, key=list(Severity).index, default=other)

    def is_unknown(self, aspect: Aspect, verb: Verb, cell: Pair) -> bool:
        """Whether nobody knows if the pair breaks, for a hop of the verb."""
        return (aspect, self._told_of(aspect, verb), cell) in self.unknown

    def _told_of(self, aspect: Aspect, verb: Verb) -> Verb | None:
        """The verb as the aspect has it; None where it speaks of all."""
        return verb.written if aspect in self.verbs else None

    def list_lost(self, later: Change) -> list[str]:
        """What is written of the contract here and not there, where `later` takes its place: as the keys of
        the file, with what breaks."""
        lost = [one.says for one in self.declared if not any(map(one.is_said_by, later.declared))]
        lost += ["rows"] if self.rows_kept and not later.rows_kept else []
        lost += ["expires"] if self.expires and not later.expires else []
        lost += ["from"] if self.source not in (None, later.source) else []
        lost += ["starts"] if self.starts not in (None, later.starts) else []
        is_plain = self.severity is Severity.ERROR and not self.severities
        is_kept = (self.severity, dict(self.severities)) == (later.severity, dict(later.severities))
        lost += [] if is_plain or is_kept else ["severity"]
        return lost

    def severity_in(self, aspect: Aspect | None) -> Severity:
        """How bad a broken pair is in the aspect; without one (nobody up, cut off) the worst."""
        if aspect is None and self.severities:
            return min(self.severities.values(), key=list(Severity).index)
        if aspect is None:
            return self.severity
        return self.severities.get(aspect, self.severity)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A cell that the file says can never be met (`assume: never`); without an aspect in each."""

    text: str
    entry: str
    contracts: tuple[Contract, ...]
    aspect: Aspect | None
    pair: Pair
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Flag:
    """A feature flag; off at the start.

    One that guards nothing is a fact, which predicates read: something was prepared, or is final.
    `since` is the version that knows it first (None: each version but the first, in turn). With
    `tolerant`, code that knows it understands the old form and the new whatever the flag says.
    """

    name: str
    guards: frozenset[Contract]
    place: Place | None = field(default=None, compare=False)
    since: str | None = None
    tolerant: bool = True


def list_bare_aspects(contract: Contract, kind: Kind, actions: Iterable[Action]) -> tuple[Aspect, ...]:
    """The aspects of a pair that is written without one: at a broker it speaks of messages, and of the
    configuration, against which tokens are held too, only if some action moves that (paragraph 76 of
    docs/semantics.md)."""
    if kind is not Kind.BROKER or any(_reconfigures(action, contract) for action in actions):
        return tuple(Aspect)
    return (Aspect.CONTENT,)


def _reconfigures(action: Action, contract: Contract) -> bool:
    moves = action.instruction in (Instruction.RECONFIGURE, Instruction.REVERT)
    return moves and any(
        target.name == contract.provider and target.subject in (None, contract.subject)
        for target in action.targets
    )
