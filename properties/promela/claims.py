"""The hazards that could be, each as a condition that must never hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Guard
from ..lookups.listing import list_lookups
from ..lookups.lookup import Lookup
from .watch import bind, find_request_name


class Claim(Struct, frozen=True):
    """One hazard that could be: `lookups` are all that would be told as it, `guards` when each is met.

    `name` is what the model calls it.
    """

    name: str
    request: str
    lookups: tuple[Lookup, ...]
    guards: tuple[Guard, ...]


def list_claims(requests: Sequence[Compiled]) -> Iterator[Claim]:
    """A claim for every pair that breaks, whether it can be met or not, in the order of the requests."""
    number = 0
    for compiled in requests:
        request = find_request_name(compiled)
        for found in _hazards(compiled):
            number += 1
            guards = tuple(bind(lookup.guard, request, requests) for lookup in found)
            yield Claim(f"hazard_{number}", request, found, guards)


def _hazards(compiled: Compiled) -> list[tuple[Lookup, ...]]:
    by_key: dict[object, list[Lookup]] = {}
    for lookup in list_lookups(compiled):
        if lookup.is_broken:
            key = lookup.hop, lookup.kind, lookup.aspect, lookup.consumer_version, lookup.provider_version
            by_key.setdefault(key, []).append(lookup)
    return [tuple(found) for found in by_key.values()]
