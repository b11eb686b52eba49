"""The answer as one JSON object, stable and versioned: `docs/verdict.schema.json` says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from msgspec import structs

from ..model.deployment import Reason
from ..model.names import Contract, Place, VariableKind
from ..properties.verdict import (
    AcceptedHazard,
    Advice,
    Answer,
    Cited,
    CoveredCell,
    CoveredDeclaration,
    EndUnit,
    Hazard,
    HazardCause,
    HopHazard,
    JudgedAcceptance,
    LeftOpen,
    PropertyHazard,
    Safe,
    Statistics,
    TraceEvent,
    Unknown,
    Unsafe,
    VainAction,
    write_stand,
)

SCHEMA = 2
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
        **({"versions": _version_names(answer)} if answer.version_names else {}),
        "avoidable": answer.avoidable,
        "assumed": {
            "unchanged": _contracts(answer.unchanged),
            "unjudged": _contracts(answer.unjudged),
            "max_span": answer.max_span,
            "never": [
                {"text": one.text, "holds": not one.is_broken, "judged": one.is_used}
                for one in answer.assumptions
            ],
            "overridden": _contracts(answer.overridden),
            "granted": {str(what): list(names) for what, names in answer.granted.items()},
            "failures": answer.failures,
        },
        "enabled_after": list(answer.enabled_after),
        "hazards": [
            *(write_hazard(hazard) for hazard in answer.hazards),
            *(write_hazard(one.hazard, one) for one in answer.accepted),
        ],
        "accept": [_acceptance(one) for one in answer.accept],
        "causes": [_cause(cause) for cause in answer.causes],
        "coverage": [_declaration(one) for one in answer.coverage],
        "compatible": _compatible(answer),
        **_left_over(answer),
        "ways_back": [{"step": step, "safe": safe} for step, safe in answer.ways_back],
        "point_of_no_return": answer.point_of_no_return,
        "left_open": [_left_open(one) for one in answer.left_open],
        "statistics": {**_limit(answer), **_statistics(answer.statistics)},
        "certificate": certificate,
    }


def _version_names(answer: Answer) -> dict[str, dict[str, str]]:
    """What components call the versions that the file names."""
    return {name: dict(called) for name, called in answer.version_names.items()}


def _left_over(answer: Answer) -> dict[str, Any]:
    """What stands when all is over, and what it breaks."""
    return {
        "residue": _contracts(answer.residue),
        "residue_breaks": {str(contract): list(ids) for contract, ids in answer.residue_breaks.items()},
        "end": {
            "units": [_unit(unit) for unit in answer.end.units],
            "in_vain": [_in_vain(one) for one in answer.end.in_vain],
            "after_rollback": [_unit(unit) for unit in answer.end.after_rollback],
        },
    }


def _verdict(answer: Answer) -> str:
    match answer.verdict:
        case Safe():
            return "safe"
        case Unsafe():
            return "unsafe"
        case Unknown():
            return "unknown"


def _left_open(one: LeftOpen) -> dict[str, Any]:
    return {
        "what": str(one.what),
        "names": list(one.names),
        "places": {name: _place(place) for name, place in one.places.items()},
        "reason": one.reason,
        "limit": one.limit,
    }


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


def _acceptance(one: JudgedAcceptance) -> dict[str, Any]:
    """An entry, and what became of it."""
    return {
        "entry": dict(one.entry.spell()),
        "place": _place(one.entry.place),
        "expired": one.is_void,
        "needless": one.is_needless,
        "accepted": [hazard.id for hazard in one.accepted],
        "outside": [{"hazard": hazard.id, "steps": list(steps)} for hazard, steps in one.outside],
    }


def write_hazard(hazard: Hazard, accepted: AcceptedHazard | None = None) -> dict[str, Any]:
    """Hops and properties have the same keys; what does not apply is null."""
    hop = hazard if isinstance(hazard, HopHazard) else None
    violated = hazard if isinstance(hazard, PropertyHazard) else None
    return {
        "id": hazard.id,
        "code": str(hazard.code),
        "status": "open" if accepted is None else "accepted",
        "accepted": None if accepted is None else accepted.reason,
        "kind": str(hop.kind) if hop else "property",
        **(_sides(hop) if hop else dict.fromkeys(_OF_HOPS)),
        "severity": str(hazard.severity),
        "inevitable": hazard.inevitable,
        "span": hop.span if hop else 0,
        "window": list(hazard.window),
        "for_ever": hazard.for_ever,
        "property": violated.property if violated else None,
        "explanation": violated.explanation if violated else None,
        "loop": hazard.loop,
        "if_it_breaks": hop.if_it_breaks if hop else False,
        "evidence": [_reason(reason) for reason in hop.reasons] if hop else [],
        "places": [_cited(cited) for cited in hazard.places],
        "trace": [_event(event) for event in hazard.trace],
        "onward": [_event(event) for event in hazard.onward],
    }


_OF_HOPS = (
    "request", "hop", "consumer", "consumer_instance", "consumer_version", "provider", "provider_instance",
    "provider_version", "contract", "aspect", "absent", "retired",
)  # fmt: skip


def _sides(hazard: HopHazard) -> dict[str, Any]:
    told = {name: getattr(hazard, name) for name in _OF_HOPS}
    words = {name: told[name] and str(told[name]) for name in ("contract", "aspect", "absent")}
    return {**told, **words, "retired": hazard.retired and structs.asdict(hazard.retired)}


def _reason(reason: Reason) -> dict[str, Any]:
    return {field.name: getattr(reason, field.name) for field in fields(reason)}


def _cited(cited: Cited) -> dict[str, Any]:
    place = cited.place
    return {"role": str(cited.role), "file": place.file, "line": place.line, "column": place.column}


def _place(place: Place | None) -> dict[str, Any] | None:
    return place and {"file": place.file, "line": place.line, "column": place.column}


def _compatible(answer: Answer) -> list[dict[str, Any]]:
    """By contract."""
    found: dict[str, list[dict[str, Any]]] = {}
    for pair in answer.compatible:
        told = {"aspect": str(pair.aspect), "consumer": pair.consumer, "provider": pair.provider}
        forgiven = {"understood": True} if pair in answer.forgiven else {}
        found.setdefault(str(pair.contract), []).append({**told, **forgiven})
    return [{"contract": contract, "pairs": told} for contract, told in found.items()]


def _unit(unit: EndUnit) -> dict[str, Any]:
    return {
        "kind": _UNITS[unit.kind],
        "name": str(unit.subject),
        "stands": [write_stand(stand, unit.kind) for stand in unit.stands],
        "why": unit.why or unit.short,
        "place": _place(unit.place),
    }


_UNITS = {
    VariableKind.INSTANCES: "instances",
    VariableKind.SCHEMA: "schema",
    VariableKind.CONTENT: "content",
    VariableKind.JOBS: "jobs",
    VariableKind.FLAG: "flag",
}


def _in_vain(one: VainAction) -> dict[str, Any]:
    return {"action": one.action, "step": one.step, "why": one.why, "place": _place(one.place)}


def _declaration(one: CoveredDeclaration) -> dict[str, Any]:
    return {
        "entry": one.entry,
        "says": one.says,
        "idle": one.is_idle,
        "place": _place(one.place),
        "cells": [_cell(cell) for cell in one.cells],
    }


def _cell(cell: CoveredCell) -> dict[str, Any]:
    return {
        "contract": str(cell.contract),
        "aspect": cell.aspect and str(cell.aspect),
        "consumer": cell.consumer,
        "provider": cell.provider,
        "reach": cell.reach.word,
        "consumer_in": list(cell.consumer_in),
        "provider_in": list(cell.provider_in),
        "together": cell.together,
        "by_max_span": cell.by_span,
        "why": cell.why,
    }


def _cause(cause: HazardCause) -> dict[str, Any]:
    return {
        "code": str(cause.code),
        "contract": None if cause.contract is None else str(cause.contract),
        "consumer_version": cause.pair[0],
        "provider_version": cause.pair[1],
        "aspect": None if cause.aspect is None else str(cause.aspect),
        "hazards": [hazard.id for hazard in cause.hazards],
        "places": [_cited(cited) for cited in cause.places],
        "advice": cause.advice and _advice(cause.advice),
    }


def _advice(advice: Advice) -> dict[str, Any]:
    return {"told": advice.told, "steps": advice.steps, "safe": advice.is_safe}


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
