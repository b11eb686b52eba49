"""All that both the checker and the oracle tell, in plain values."""

from __future__ import annotations

from typing import Any

from skewproof.properties.verdict import Answer
from support.oracle import Hazard, Judgement


def told_by_the_checker(answer: Answer) -> dict[str, Any]:
    statistics = answer.statistics
    assert statistics is not None
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
            for h in answer.at_hops
        },
        "properties": sorted(
            (h.property, sorted(h.window), h.inevitable, len(h.trace)) for h in answer.of_properties
        ),
        "ways back": dict(answer.ways_back),
        "enabled after": sorted(answer.enabled_after),
        "verdict": type(answer.verdict).__name__.lower(),
        "avoidable": answer.avoidable,
        "idle": sorted((one.entry, one.says) for one in answer.idle),
        "residue": sorted(map(str, answer.residue)),
        "unjudged": sorted(map(str, answer.unjudged)),
        "never_mixed": sorted(map(str, statistics.never_mixed)),
        "compatible": sorted((str(p.contract), str(p.aspect), *p[2:]) for p in answer.compatible),
        "interleavings": statistics.interleavings,
    }


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
        "verdict": judgement.verdict,
        "avoidable": None if judgement.verdict == "unknown" else judgement.avoidable,
        "idle": sorted(judgement.coverage.idle),
        "residue": sorted(judgement.residue),
        "unjudged": sorted(judgement.unjudged),
        "never_mixed": sorted(judgement.never_mixed),
        "compatible": sorted(judgement.compatible),
        "interleavings": judgement.interleavings,
    }


def properties_of(judgement: Judgement) -> list[tuple[str, Hazard]]:
    """What no hop meets, under the checker's names; actions that read alike have one name (60)."""
    named = [(f"{key.later}, after {key.irreversible}", found) for key, found in judgement.properties.items()]
    return named + ([("the pipeline can stall", judgement.stall)] if judgement.stall else [])
