"""Remedies: of which kinds they are, and what each costs unless a file says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from ..frozen import dataclass


class RemedyKind(StrEnum):
    """What a remedy does, the cheapest kind first."""

    BARRIER = "barrier"
    """It waits for what was started before it goes on."""
    ORDER = "order"
    """An action, or one of its targets, comes earlier or later."""
    SETTINGS = "settings"
    """Room for one more instance, instances that drain."""
    ACTION = "action"
    """Something is deployed, migrated or copied that the pipeline forgot."""
    SESSION = "session"
    """The calls of one request keep to one version."""
    SUSPEND = "suspend"
    """A worker starts no jobs for a while."""
    DRAIN = "drain"
    """It waits until a queue has no old messages."""
    EXPIRE = "expire"
    """It waits until what is old has expired."""
    PURGE = "purge"
    """It throws old data away."""
    BLUE_GREEN = "blue-green"
    """Twice the instances for a while, and one switch."""
    FLAG = "flag"
    """New code behaves in the old form until a flag is enabled."""
    OMISSION = "omission"
    """An action that cannot be taken back, or one that takes back, does not come; it ends elsewhere."""
    RELEASE = "release"
    """One release more than there was."""
    TOLERANCE = "tolerance"
    """New code, or a new schema, copes with the old form for good: it is never taken away."""
    DOWNTIME = "downtime"
    """All instances of a component go before the first new one comes."""
    FORCE = "force"
    """Users are made to update."""


IN_CODE = frozenset({RemedyKind.SESSION, RemedyKind.FLAG, RemedyKind.RELEASE, RemedyKind.TOLERANCE})
"""What the file only says of code, and somebody has to build."""

DEFAULT_PRICES: Mapping[RemedyKind, int] = {
    RemedyKind.BARRIER: 1,
    RemedyKind.ORDER: 2,
    RemedyKind.SETTINGS: 2,
    RemedyKind.ACTION: 3,
    RemedyKind.SESSION: 3,
    RemedyKind.SUSPEND: 3,
    RemedyKind.DRAIN: 3,
    RemedyKind.EXPIRE: 4,
    RemedyKind.PURGE: 5,
    RemedyKind.BLUE_GREEN: 6,
    RemedyKind.FLAG: 8,
    RemedyKind.OMISSION: 10,
    RemedyKind.RELEASE: 20,
    RemedyKind.TOLERANCE: 30,
    RemedyKind.DOWNTIME: 60,
    RemedyKind.FORCE: 80,
}
"""What a remedy of the kind costs: only the order of sums matters. Waiting is cheap, a release is dear,
downtime dearest."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What remedies cost a team: the defaults, but for what the file says; None: out of the question."""

    said: Mapping[RemedyKind, int | None] = field(default_factory=dict)

    def of(self, kind: RemedyKind) -> int | None:
        return self.said[kind] if kind in self.said else DEFAULT_PRICES[kind]
