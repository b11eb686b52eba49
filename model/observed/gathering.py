"""The units of one observation, gathered by component: a format tells units and numbers, this what they
mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product

from ..deployment import Deployment, Kind
from ..names import Contract
from .calling import Calling, ObservedUnit, tell_why_no_version
from .sightings import (
    Counts,
    InstancesSeen,
    JobsSeen,
    LeftOut,
    LiveSeen,
    Observation,
    SchemaSeen,
    Sighting,
    count_by_version,
)

MAX_COUNT = 1_000_000


class Gathering:
    """Collects what a format tells."""

    def __init__(self, deployment: Deployment, calling: Calling) -> None:
        self.deployment, self.calling = deployment, calling
        self._parts: dict[str, list[frozenset[Counts]]] = {}
        self._sources: dict[str, list[str]] = {}
        self._unknown: set[str] = set()
        self._sightings: list[Sighting] = []
        self._left_out: list[LeftOut] = []

    def leave_out(self, what: str, why: str) -> None:
        self._left_out.append(LeftOut(what, why))

    def component_of(self, unit: ObservedUnit) -> str | None:
        """The component with instances that it is of; told if there is none."""
        found = self.calling.find_component(self.deployment, unit)
        if found is None:
            self.leave_out(unit.words, "it is of no component of the file: give --workload COMPONENT=PATTERN")
        elif not self.deployment.components[found].kind.has_instances:
            kind = self.deployment.components[found].kind
            self.leave_out(unit.words, f"`{found}` is a {kind}, of which versions of instances say nothing")
            return None
        return found

    def version_of(self, component: str, unit: ObservedUnit) -> str | None:
        """The version that it is of; told if it is not known, and then nothing is known of the component."""
        found = self.calling.find_versions(self.deployment, component, unit)
        if len(found) == 1:
            return found[0]
        self.doubt(component, unit.words, tell_why_no_version(unit, component, found))
        return None

    def doubt(self, component: str, what: str, why: str) -> None:
        """Something of the component is not known; so how many are up of which version is not."""
        self._unknown.add(component)
        self.leave_out(what, why)

    def add(self, component: str, ways: Iterable[dict[str, int]], source: str) -> None:
        """Some of the instances of a component that are ready: one of several ways."""
        self._parts.setdefault(component, []).append(frozenset(map(count_by_version, ways)))
        self._sources.setdefault(component, []).append(source)

    def add_live(self, component: str, version: str, source: str) -> None:
        self._sightings.append(LiveSeen(component, version, source))

    def add_jobs(self, worker: str, is_suspended: bool, source: str) -> None:
        if self.deployment.components[worker].kind is Kind.WORKER:
            self._sightings.append(JobsSeen(worker, is_suspended, source))

    def add_schema(self, contract: Contract, version: str, source: str) -> None:
        self._sightings.append(SchemaSeen(contract, version, source))

    def observation(self) -> Observation:
        """All of it; of components of which something is not known, nothing."""
        instances = (self._instances(name) for name in self._parts if name not in self._unknown)
        return Observation((*instances, *self._sightings), tuple(self._left_out))

    def _instances(self, name: str) -> InstancesSeen:
        component, source = self.deployment.components[name], ", ".join(dict.fromkeys(self._sources[name]))
        is_exact = self.calling.counts and not component.stays and component.machine is None
        return InstancesSeen(name, frozenset(_add_up(self._parts[name])), source, is_exact)


def _add_up(parts: list[frozenset[Counts]]) -> Iterator[Counts]:
    for ways in product(*parts):
        total: Counter[str] = Counter()
        for one in ways:
            total.update(dict(one))
        yield count_by_version(total)


def list_ways(new: str, old: str | None, updated: int, total: int, ready: int) -> list[dict[str, int]]:
    """How many of each version can be ready where `updated` of `total` are of the new one, and `ready` of all
    are ready; without an old version that is known, all are of the new one."""
    if old is None:
        return [{new: ready}]
    others = total - updated
    return [{new: own, old: ready - own} for own in range(max(0, ready - others), min(updated, ready) + 1)]


def read_count(value: object) -> int | None:
    """A number of instances: 0 where none is given, None where it is none."""
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        return None
    return value
