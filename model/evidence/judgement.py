"""What evidence says of one ordered pair of versions at one contract: a grade, and why."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from ..deployment import Aspect, Pair, Severity, Verb
from ..names import Contract


class Grade(StrEnum):
    """How well a consumer and a provider understand each other; the worst first."""

    BREAKS = "breaks"
    """One of them refuses what the other sends, or misses what it needs."""
    SILENT = "silent"
    """Nothing is refused, and what was sent is taken for something else."""
    UNKNOWN = "unknown"
    """The evidence does not tell; judged as if it broke."""
    MAY_BREAK = "may break"
    """It depends on what is really sent, or on how strictly it is read."""
    COMPATIBLE = "compatible"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]


_RANKS = {grade: rank for rank, grade in enumerate(Grade)}


class Flow(StrEnum):
    """Which way what is judged goes: who wrote it, and who reads it."""

    REQUEST = "request"
    """From the consumer to the provider."""
    RESPONSE = "response"
    """From the provider to the consumer."""
    MESSAGE = "message"
    """From whoever published it to whoever takes it up: the consumer reads what a provider's form holds."""


class Access(StrEnum):
    """Which hops a finding is about; of `ANY` it is not known, or it is about all."""

    ANY = "any"
    READS = "reads"
    WRITES = "writes"


class Spot(Struct, frozen=True):
    """A line of a contract's file; lines count from 1, and 0 says that the line is not known."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Mismatch(Struct, frozen=True):
    """One thing that a differ found: how bad, by which rule, in words, and where."""

    grade: Grade
    rule: str
    message: str
    spot: Spot
    verb: Access = Access.ANY


class Evidence(Struct, frozen=True):
    """One reason of a judgement: the tool and its rule, where it looked, and at which revisions."""

    tool: str
    finding: Mismatch
    base: str
    head: str

    def __str__(self) -> str:
        found = self.finding
        return f"{found.message} ({self.tool} {found.rule}, {found.spot}, {self.base} -> {self.head})"


class ContractJudgement(Struct, frozen=True):
    """What is known of one pair at one contract in one aspect (None: in each that is judged there).

    `pair` has the consumer's version first. `evidence` is empty for a pair that was looked at and found
    compatible; `tools` are the tools that looked. `by_verb` has the grade for each verb of hops at the
    contract, where hops of one can break alone (a database).
    """

    contract: Contract
    pair: Pair
    aspect: Aspect | None
    grade: Grade
    evidence: tuple[Evidence, ...] = ()
    tools: tuple[str, ...] = ()
    by_verb: tuple[tuple[Verb, Grade], ...] = ()


def find_worst(findings: Iterable[Mismatch]) -> Grade:
    """The worst grade of what was found; nothing found is compatible."""
    return min((found.grade for found in findings), key=lambda grade: grade.rank, default=Grade.COMPATIBLE)


def find_severity_of(grade: Grade) -> Severity | None:
    """How bad a pair of the grade is when a request meets it; None if it does not break."""
    match grade:
        case Grade.BREAKS | Grade.UNKNOWN:
            return Severity.ERROR
        case Grade.SILENT:
            return Severity.CORRUPTION
        case Grade.MAY_BREAK:
            return Severity.DEGRADED
        case Grade.COMPATIBLE:
            return None
        case _:
            assert_never(grade)
