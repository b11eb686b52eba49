"""All that both the checker and the oracle tell, in plain values."""

from __future__ import annotations

from typing import Any

from skewproof.properties.verdict import (
    Answer,
    Hazard,
    HopHazard,
    list_hop_hazards,
    list_property_hazards,
)
from support import oracle
from support.oracle import Judgement


def told_by_the_checker(answer: Answer) -> dict[str, Any]:
    statistics = answer.statistics
    assert statistics is not None
    met = (*answer.hazards, *(one.hazard for one in answer.accepted))
    return {
        "hazards": {
            (
                h.request,
                h.hop,
                str(h.kind),
                h.aspect and str(h.aspect),
                h.consumer_version,
                h.provider_version,
            ): (
                sorted(h.window),
                h.inevitable,
                h.span,
                len(h.trace),
                str(h.severity),
                h.for_ever,
                h.if_it_breaks,
            )
            for h in list_hop_hazards(met)
        },
        "properties": sorted(
            (h.property, sorted(h.window), h.inevitable, len(h.trace)) for h in list_property_hazards(met)
        ),
        "ways back": dict(answer.ways_back),
        "enabled after": sorted(answer.enabled_after),
        "accepted": sorted(map(_name, (one.hazard for one in answer.accepted))),
        "verdict": type(answer.verdict).__name__.lower(),
        "avoidable": answer.avoidable,
        "idle": sorted((one.entry, one.says) for one in answer.idle),
        "residue": sorted(map(str, answer.residue)),
        "unjudged": sorted(map(str, answer.unjudged)),
        "never_mixed": sorted(map(str, statistics.never_mixed)),
        "compatible": sorted((str(p.contract), str(p.aspect), *p[2:]) for p in answer.compatible),
        "interleavings": statistics.interleavings,
    }


def _name(hazard: Hazard) -> str:
    if not isinstance(hazard, HopHazard):
        return hazard.property
    pair = hazard.kind, hazard.aspect, hazard.consumer_version, hazard.provider_version
    return f"{hazard.request} {hazard.hop} {' '.join(map(str, pair))}"


def told_by_the_oracle(judgement: Judgement) -> dict[str, Any]:
    return {
        "hazards": {
            key: (
                sorted(found.window),
                found.inevitable,
                found.span,
                found.length,
                found.severity,
                found.for_ever,
                found.if_it_breaks,
            )
            for key, found in judgement.hazards.items()
        },
        "properties": sorted(
            (name, sorted(found.window), found.inevitable, found.length)
            for name, found in properties_of(judgement)
        ),
        "ways back": dict(judgement.way_back),
        "enabled after": sorted(judgement.enabled_after),
        "accepted": sorted(map(_name_of_key, judgement.accepted)),
        "verdict": judgement.verdict,
        "avoidable": None if judgement.verdict == "unknown" else judgement.avoidable,
        "idle": sorted(judgement.coverage.idle),
        "residue": sorted(judgement.residue),
        "unjudged": sorted(judgement.unjudged),
        "never_mixed": sorted(judgement.never_mixed),
        "compatible": sorted(judgement.compatible),
        "interleavings": judgement.interleavings,
    }


def _name_of_key(key: oracle.AnyKey) -> str:
    if isinstance(key, oracle.HazardKey):
        return f"{key.request} {key.hop} {' '.join(map(str, key[2:]))}"
    return oracle.name_of(key) if isinstance(key, oracle.PropertyKey) else key.partition(": ")[0]


def properties_of(judgement: Judgement) -> list[tuple[str, oracle.Hazard]]:
    """What no hop meets, under the checker's names; actions that read alike have one name (60)."""
    named = [(oracle.name_of(key), found) for key, found in judgement.properties.items()]
    return named + ([(oracle.STALL, judgement.stall)] if judgement.stall else [])
