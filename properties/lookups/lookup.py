"""What a hop is judged by: a pair of versions, and the states in which it is looked up."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from ...model.compiler.system import Event, Guard, Value
from ...model.deployment import Aspect, Hop
from ...model.names import REQUEST, Contract


class HazardKind(StrEnum):
    """What goes wrong at the failing hop."""

    INCOMPATIBLE = "incompatible"
    UNAVAILABLE = "unavailable"
    INTERRUPTED = "interrupted"


class Absence(StrEnum):
    """How a table or a queue is not there in the version that is met, as seen from those in which it is."""

    NOT_YET = "not there yet"
    NO_LONGER = "no longer there"
    NOT_NOW = "not there now"


class MixedPair(NamedTuple):
    """Two different versions that some request meets at a contract, in an aspect: the forms of both sides."""

    contract: Contract
    aspect: Aspect
    consumer: str
    provider: str


HazardKey = tuple[int, HazardKind, Aspect | None, str | None, str | None]
"""What makes a hazard of one request: hop, kind, aspect, and the pair of versions."""


class Lookup(Struct, frozen=True):
    """A pair that hop `hop` (from 1) looks up in the states where `guard` holds.

    `instance` is the version of the consumer that runs, None where none is judged; `callee` that of
    the instance that takes the call, None where none does. `aspect` is None for `unavailable` and
    `interrupted`, which are no pair. Of an interruption `event` is the retirement that takes the place of
    the hop, and the guard is its.
    """

    hop: int
    kind: HazardKind
    aspect: Aspect | None
    consumer_version: str | None
    provider_version: str | None
    instance: str | None
    is_broken: bool
    guard: Guard
    callee: str | None = None
    event: Event | None = None

    @property
    def key(self) -> HazardKey:
        """The hazard that it is, if it is broken."""
        return self.hop, self.kind, self.aspect, self.consumer_version, self.provider_version

    @property
    def stands(self) -> frozenset[Value] | None:
        """How many hops the request has run where the lookup is made; None for any number."""
        return self.guard.get(REQUEST)

    @property
    def is_mixed(self) -> bool:
        """Two different versions meet; who forwards to what is not there has none."""
        return None not in (self.aspect, self.consumer_version) and (
            self.consumer_version != self.provider_version
        )

    def mixed_at(self, contract: Contract) -> MixedPair | None:
        """The pair that meets at the contract of the hop; None where it is none of two versions."""
        if self.aspect is None or self.consumer_version is None or self.provider_version is None:
            return None
        pair = MixedPair(contract, self.aspect, self.consumer_version, self.provider_version)
        return pair if pair.consumer != pair.provider else None


def identify_lookup(request: str, hops: tuple[Hop, ...], lookup: Lookup) -> str:
    """The id of the hazard that the lookup is told as: it depends on what the hazard is, not on where it
    stands in the file."""
    import hashlib

    hop = hops[lookup.hop - 1]
    occurrence = hops[: lookup.hop].count(hop)
    pair = lookup.consumer_version, lookup.provider_version
    parts = (request, hop, occurrence, lookup.kind, lookup.aspect, *pair)
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]
