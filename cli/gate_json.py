"""What `gate` answers, for programs: `skewproof-gate/1`."""

from __future__ import annotations

from typing import Any

from ..model.compiler.moves import Position
from ..model.observed.sightings import tell_sighting
from ..properties.gate.answer import GateAnswer, HazardAhead, WhatIsAhead
from .render_json import write_hazard


def gate_to_json(answer: GateAnswer) -> dict[str, Any]:
    """The answer as values that `json.dumps` takes."""
    own = {pipeline: answer.first_unsafe(pipeline) for pipeline in answer.pipelines}
    first = {name: None if place is None else _place(place) for name, place in own.items()}
    back = {name: _ahead(ahead) for name, ahead in answer.rollbacks.items()}
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
            "before": first.pop(None, None),
            **({"pipelines": first} if first else {}),
        },
        "onward": _ahead(answer.onward) if answer.places else None,
        "rollback": back.pop(None, None),
        **({"rollbacks": back} if back else {}),
    }


def _ahead(ahead: WhatIsAhead) -> dict[str, Any]:
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
