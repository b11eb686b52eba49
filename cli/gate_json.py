"""What `gate` answers, for programs: `skewproof-gate/1`."""

from __future__ import annotations

from typing import Any

from ..model.compiler.moves import Position
from ..model.observed.sightings import tell_sighting
from ..properties.gate.answer import Ahead, GateAnswer, HazardAhead
from .render_json import write_hazard


def gate_to_json(answer: GateAnswer) -> dict[str, Any]:
    """The answer as values that `json.dumps` takes."""
    first = answer.first_unsafe
    return {
        "format": "skewproof-gate/1",
        "system": answer.system,
        "verdict": str(answer.verdict),
        "reason": answer.reason or None,
        "seen": [{"says": tell_sighting(one), "source": one.source} for one in answer.sightings],
        "left_out": [{"what": one.what, "why": one.why} for one in answer.left_out],
        "stands": [_place(place) for place in answer.places],
        "not_seen": {str(key): list(values) for key, values in answer.unseen},
        "disagrees": [
            {"says": tell_sighting(one.sighting), "source": one.sighting.source, "model": list(one.allowed)}
            for one in answer.doubts
        ],
        "wait": {
            "safe": answer.may_wait if answer.places else None,
            "before": None if first is None else _place(first),
        },
        "onward": _ahead(answer.onward) if answer.places else None,
        "rollback": None if answer.rollback is None else _ahead(answer.rollback),
    }


def _ahead(ahead: Ahead) -> dict[str, Any]:
    return {
        "verdict": str(ahead.verdict),
        "hazards": [_hazard(one) for one in ahead.hazards],
        "accepted": [write_hazard(one.hazard, one) for one in ahead.accepted],
        "left_open": list(ahead.open),
    }


_OF_THE_WHOLE = ("inevitable", "span", "for_ever")
"""Of these nothing is known from here on."""


def _hazard(one: HazardAhead) -> dict[str, Any]:
    told = {key: value for key, value in write_hazard(one.hazard).items() if key not in _OF_THE_WHOLE}
    return {**told, "seen_at": one.seen_at, "places": [_place(place) for place in one.places]}


def _place(place: Position) -> dict[str, Any]:
    return {
        "position": place.index,
        "step": place.step,
        "action": None if place.action is None else str(place.action),
        "stopped": place.is_stopped,
    }
