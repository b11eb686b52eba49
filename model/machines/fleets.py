"""Fleets: how many instances of each version there are, and what that is to others."""

from __future__ import annotations

from msgspec import Struct

from ..deployment import Component, Kind

NOBODY = "nobody up"


class Fleet(Struct, frozen=True):
    """Instances by version (in the order of the versions): ready ones, and those that are starting.

    `down` are those that are starting again. `live` is the version with all the traffic (blue-green only);
    `drained` are those that had it before and still have instances. `terminating` are those of which some
    were retired and are not gone: how many plays no part in anything.
    """

    ready: tuple[int, ...]
    starting: tuple[int, ...]
    down: tuple[int, ...]
    live: int | None = None
    drained: frozenset[int] = frozenset()
    terminating: frozenset[int] = frozenset()

    @property
    def all(self) -> int:
        return sum(self.ready) + sum(self.starting) + sum(self.down)

    def of(self, version: int) -> int:
        return self.ready[version] + self.starting[version] + self.down[version]

    def done(self, version: int) -> int:
        """How many need not be waited for: ready ones, and those that were and are down."""
        return self.ready[version] + self.down[version]

    def has_served(self, version: int) -> bool:
        """Whether instances of the version take calls, or did and still drain."""
        return self.live in (None, version) or version in self.drained


FleetStep = tuple[str, Fleet]
"""What makes an event happen, and the fleet after it."""


def add_instances(counts: tuple[int, ...], version: int, more: int) -> tuple[int, ...]:
    """The counts with so many more of the version."""
    return (*counts[:version], counts[version] + more, *counts[version + 1 :])


class FleetReader:
    """What the fleets of a component are to others, with versions and states by name."""

    def __init__(self, component: Component, versions: tuple[str, ...]) -> None:
        self._component, self._versions = component, versions

    def counts(self, fleet: Fleet) -> dict[str, int]:
        """The ready instances that take calls, by version."""
        return {
            self._versions[version]: count
            for version, count in enumerate(fleet.ready)
            if count and fleet.live in (None, version)
        }

    def present(self, fleet: Fleet) -> dict[str, int]:
        """The ready instances, by version."""
        return self._counted(fleet.ready)

    def starting(self, fleet: Fleet) -> frozenset[str]:
        """The versions of which some are not ready, or down."""
        return frozenset((*self._counted(fleet.starting), *self._counted(fleet.down)))

    def every(self, fleet: Fleet) -> dict[str, int]:
        """All that run or are down, by version."""
        every = ((name, fleet.of(version)) for version, name in enumerate(self._versions))
        return {name: count for name, count in every if count}

    def restarting(self, fleet: Fleet) -> dict[str, int]:
        """The instances that are down by a restart, by version."""
        return self._counted(fleet.down)

    def terminating(self, fleet: Fleet) -> frozenset[str]:
        """The versions of which some were retired and are not gone."""
        return frozenset(self._versions[version] for version in fleet.terminating)

    def _counted(self, counts: tuple[int, ...]) -> dict[str, int]:
        return {self._versions[version]: count for version, count in enumerate(counts) if count}

    @property
    def pulls(self) -> bool:
        """Whether it takes jobs from a queue as soon as it runs."""
        return self._component.kind is Kind.WORKER and not self._component.pulls_when_ready

    def running(self, fleet: Fleet) -> dict[str, int]:
        """Where nothing pulls, only those that can be called are told of."""
        return self.every(fleet) if self.pulls else self.present(fleet)

    def writing(self, fleet: Fleet) -> frozenset[str]:
        """The versions that write: those that take calls, and those that drain."""
        drained = (self._versions[version] for version in fleet.drained)
        return frozenset((*self.counts(fleet), *drained))

    def name(self, fleet: Fleet) -> str:
        """The fleet as a person would say it."""
        if self._component.stays:
            return " + ".join(self.present(fleet))
        parts = [f"{count}×{version}" for version, count in self.present(fleet).items()]
        parts += [
            f"{count}×{self._versions[version]} starting"
            for version, count in enumerate(fleet.starting)
            if count
        ]
        parts += [f"{count}×{version} restarting" for version, count in self._counted(fleet.down).items()]
        told = " ".join(parts) or NOBODY
        if fleet.terminating:
            told += f", {' and '.join(self._versions[v] for v in sorted(fleet.terminating))} terminating"
        if fleet.live is None:
            return told
        drained = "".join(f", {self._versions[version]} drains" for version in sorted(fleet.drained))
        return f"{told}, traffic on {self._versions[fleet.live]}{drained}"
