"""Which unit a host is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .hosts import list_hosts, list_local_hosts

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,198}[A-Za-z0-9_])?")


def is_good_name(name: str) -> bool:
    """Whether a name of a manifest is one that its format allows; those can be names of components."""
    return _NAME.fullmatch(name) is not None


@dataclass(slots=True)
class Hosts:
    """Hosts with the units behind them; names count without their case, as in DNS."""

    by_name: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, host: str | None, *units: str) -> None:
        """Makes a host known; further units stand behind it as well."""
        if host:
            known = self.by_name.get(host.lower(), ())
            self.by_name[host.lower()] = tuple(dict.fromkeys((*known, *units)))

    def with_aliases(self, aliases: Mapping[str, str]) -> Hosts:
        """The same, with names that only one unit knows."""
        if not aliases:
            return self
        more = {alias.lower(): self.find_exactly(name) for alias, name in aliases.items()}
        return Hosts({**self.by_name, **{alias: units for alias, units in more.items() if units}})

    def find_exactly(self, host: str) -> tuple[str, ...]:
        """The units behind a host."""
        return self.by_name.get(host.lower().rstrip("."), ())

    def find(self, name: str, value: str) -> tuple[str, ...]:
        """The units that the value of a variable names."""
        return self.find_all(list_hosts(name, value))

    def find_unknown(self, name: str, value: str) -> tuple[str, ...]:
        """The hosts of an address that are not known, and should be."""
        hosts = dict.fromkeys(list_local_hosts(name, value))
        return tuple(host for host in hosts if host.lower() not in self.by_name)

    def find_all(self, hosts: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(unit for host in hosts for unit in self.find_exactly(host)))
