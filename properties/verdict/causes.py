"""Why there are hazards: those with one cause are told together, the worst cause first."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from ...model.codes import MessageCode
from ...model.deployment import Aspect, Severity
from ...model.names import Contract
from .advice import Advice
from .hazards import Cited, Hazard, HopHazard, PropertyHazard

VersionSides = tuple[str | None, str | None]
"""The versions, or the forms, of consumer and provider; None where one has none."""


class HazardCause(Struct, frozen=True):
    """What makes some hazards: a pair of versions that a contract's change breaks in an aspect; without an
    aspect, that nobody takes the calls of a contract, or cuts them off. A property is a cause of its own, and
    has neither contract nor pair.

    `places` are those that all of the hazards come from.
    """

    code: MessageCode
    contract: Contract | None
    pair: VersionSides
    aspect: Aspect | None
    places: tuple[Cited, ...]
    hazards: tuple[Hazard, ...]
    advice: Advice | None = None
    """What was checked to help, where that was asked and found."""


def group_by_cause(hazards: Iterable[Hazard], advice: Iterable[Advice] = ()) -> tuple[HazardCause, ...]:
    """The causes of the hazards, the worst first: by severity, then what no timing avoids, what stays for
    ever, what is open in more steps, and what breaks more requests. Causes that are as bad stand in the order
    of the hazards."""
    together: dict[Hashable, list[Hazard]] = {}
    for hazard in hazards:
        together.setdefault(_key(hazard), []).append(hazard)
    known = {one.hazards: one for one in advice}
    causes = (_cause(group) for group in together.values())
    advised = (replace(one, advice=known.get(frozenset(h.id for h in one.hazards))) for one in causes)
    return tuple(sorted(advised, key=_rank))


def _key(hazard: Hazard) -> Hashable:
    if isinstance(hazard, PropertyHazard):
        return hazard.id
    return hazard.code, hazard.contract, _pair(hazard), hazard.aspect


def _pair(hazard: Hazard) -> VersionSides:
    return (
        (hazard.consumer_version, hazard.provider_version) if isinstance(hazard, HopHazard) else (None, None)
    )


def _cause(hazards: list[Hazard]) -> HazardCause:
    first = hazards[0]
    of_hop = first if isinstance(first, HopHazard) else None
    return HazardCause(
        code=first.code,
        contract=of_hop.contract if of_hop else None,
        pair=_pair(first),
        aspect=of_hop.aspect if of_hop else None,
        places=tuple(cited for cited in first.places if all(cited in other.places for other in hazards)),
        hazards=tuple(sorted(hazards, key=_badness)),
    )


def _rank(cause: HazardCause) -> tuple[int, bool, bool, int, int]:
    hazards = cause.hazards
    return (
        min(_SEVERITIES.index(hazard.severity) for hazard in hazards),
        not any(hazard.inevitable for hazard in hazards),
        not any(hazard.for_ever for hazard in hazards),
        -len({step for hazard in hazards for step in hazard.window}),
        -len({hazard.subject for hazard in hazards}),
    )


def _badness(hazard: Hazard) -> tuple[int, bool, bool, int]:
    return (
        _SEVERITIES.index(hazard.severity), not hazard.inevitable, not hazard.for_ever, -len(hazard.window)
    )  # fmt: skip


_SEVERITIES = tuple(Severity)
