"""The answer as one JSON object, stable and versioned: `docs/verdict.schema.json` says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..model.names import Contract
from ..properties.verdict import Answer, Hazard, Safe, Statistics, TraceEvent, Unknown, Unsafe

SCHEMA = 1
"""Raised whenever a key goes or changes its meaning; new keys leave it as it is."""


def to_json(answer: Answer, certificate: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answer as values that `json.dumps` takes, keys in the order of the format.

    Limit: `interleavings` is exact (null where paths have no end), so it may have more digits than
    other readers of JSON keep; past 4,300 digits `json.dumps` itself refuses it, unless
    `sys.set_int_max_str_digits` allows more.
    """
    return {
        "schema": SCHEMA,
        "system": answer.system,
        "verdict": _verdict(answer),
        "avoidable": answer.avoidable,
        "assumed": {
            "unchanged": _contracts(answer.unchanged),
            "unjudged": _contracts(answer.unjudged),
            "max_span": answer.max_span,
        },
        "enabled_after": list(answer.enabled_after),
        "hazards": [_hazard(hazard) for hazard in answer.hazards],
        "residue": _contracts(answer.residue),
        "ways_back": [{"step": step, "safe": safe} for step, safe in answer.ways_back],
        "point_of_no_return": answer.point_of_no_return,
        "statistics": {**_limit(answer), **_statistics(answer.statistics)},
        "certificate": certificate,
    }


def _verdict(answer: Answer) -> str:
    match answer.verdict:
        case Safe():
            return "safe"
        case Unsafe():
            return "unsafe"
        case Unknown():
            return "unknown"


def _limit(answer: Answer) -> dict[str, Any]:
    if not isinstance(answer.verdict, Unknown):
        return {}
    told: dict[str, Any] = {"reason": answer.verdict.reason, "advice": answer.verdict.advice}
    if (covered := answer.verdict.covered) is not None:
        told |= {"limit": covered.limit, "states": covered.states, "requests_done": covered.requests}
    return told


def _statistics(statistics: Statistics | None) -> dict[str, Any]:
    if statistics is None:
        return {}
    return {
        "engine": statistics.engine,
        "requests": statistics.requests,
        "hops": statistics.hops,
        "hops_proven": statistics.hops_proven,
        "states": statistics.states,
        "transitions": statistics.transitions,
        "interleavings": statistics.interleavings,
        "never_mixed": _contracts(statistics.never_mixed),
        "properties": statistics.properties,
    }


def _hazard(hazard: Hazard) -> dict[str, Any]:
    return {
        "id": hazard.id,
        "kind": str(hazard.kind),
        "request": hazard.request,
        "hop": hazard.hop,
        "consumer": hazard.consumer,
        "consumer_instance": hazard.consumer_instance,
        "consumer_version": hazard.consumer_version,
        "provider": hazard.provider,
        "provider_instance": hazard.provider_instance,
        "provider_version": hazard.provider_version,
        "contract": None if hazard.contract is None else str(hazard.contract),
        "aspect": None if hazard.aspect is None else str(hazard.aspect),
        "severity": str(hazard.severity),
        "inevitable": hazard.inevitable,
        "span": hazard.span,
        "window": list(hazard.window),
        "for_ever": hazard.for_ever,
        "property": hazard.property,
        "explanation": hazard.explanation,
        "loop": hazard.loop,
        "trace": [_event(event) for event in hazard.trace],
    }


def _event(event: TraceEvent) -> dict[str, Any]:
    return {
        "step": event.step,
        "kind": str(event.kind),
        "text": event.text,
        "owner": event.owner,
        "hop": event.hop,
        "after": dict(event.after),
    }


def _contracts(contracts: Iterable[Contract]) -> list[str]:
    return [str(contract) for contract in contracts]
