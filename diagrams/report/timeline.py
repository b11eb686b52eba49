"""The timeline: requests against steps, what can strike where, and what runs on in the background."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ...model.compiler.moves import AFTER, Move, Position
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Request
from ...properties.verdict import Answer, Hazard, HopHazard, PropertyHazard
from ..wording import tell_possible


def build_timeline(vocabulary: Vocabulary, answer: Answer, hazards: Sequence[Hazard]) -> dict[str, object]:
    """Columns are steps; rows are requests, and properties that are violated. Only cells in which
    something can strike are listed; of those in which all is accepted the status says so."""
    columns = list_column_names(vocabulary, hazards)
    deployment = vocabulary.deployment
    at_hops = [(number, one) for number, one in enumerate(hazards) if isinstance(one, HopHazard)]
    others = [(number, one) for number, one in enumerate(hazards) if isinstance(one, PropertyHazard)]
    accepted = {one.hazard.id for one in answer.accepted}
    rows = [
        _row(request.name, tell_path(request), columns, at_hops, accepted) for request in deployment.requests
    ]
    violated = dict.fromkeys(hazard.property for _, hazard in others)
    rows += [_row(name, "a property of the deployment", columns, others, accepted) for name in violated]
    return {
        "columns": [_column(name, vocabulary.positions) for name in columns],
        "rows": rows,
        "bars": list(_bars(vocabulary, columns)),
        "judged": answer.statistics is not None,
        "avoidable": tell_avoidable(answer),
    }


def tell_avoidable(answer: Answer) -> str:
    """Whether some timing meets none of the hazards at hops: races apart may leave no way between them."""
    if not answer.at_hops or answer.avoidable is None:
        return ""
    if answer.avoidable:
        return "Under some timing no quick request meets any of these."
    return "Whatever the timing, some quick request meets one of these: races included."


def list_column_names(vocabulary: Vocabulary, hazards: Sequence[Hazard]) -> list[str]:
    """The steps in their order, those too that only a hazard's window names; `(after)` is the last."""
    names = dict.fromkeys(vocabulary.step_names)
    names.update(dict.fromkeys(step for hazard in hazards for step in hazard.window))
    return sorted(names, key=lambda name: name == AFTER)  # a rollback's steps come before it, too


def _column(name: str, positions: Sequence[Position]) -> dict[str, object]:
    actions = [str(position.action) for position in positions if position.step == name and position.action]
    return {"name": name, "actions": list(dict.fromkeys(actions))}


def _row(
    name: str,
    way: str,
    columns: Sequence[str],
    hazards: Sequence[tuple[int, Hazard]],
    accepted: Collection[str],
) -> dict[str, object]:
    mine = [(number, hazard) for number, hazard in hazards if hazard.subject == name]
    cells = [
        {
            "column": index,
            "status": _status([hazard for _, hazard in met if hazard.id not in accepted]),
            "word": tell_possible(met[0][1]),
            "hazards": [number for number, _ in met],
        }
        for index, column in enumerate(columns)
        if (met := [(number, hazard) for number, hazard in mine if column in hazard.window])
    ]
    return {"name": name, "path": way, "cells": cells}


def _status(hazards: Sequence[Hazard]) -> str:
    """Of the cell in which these can be met that nobody accepts."""
    if not hazards:
        return "accepted"
    return "inevitable" if any(hazard.inevitable for hazard in hazards) else "race"


def tell_path(request: Request) -> str:
    """`client → glue → redis · glue → zed`: a hop that starts elsewhere shows its own start."""
    said, here = request.root, request.root
    for hop in request.hops:
        said += f" → {hop.provider}" if hop.consumer == here else f" · {hop.consumer} → {hop.provider}"
        here = hop.provider
    return said


def _bars(vocabulary: Vocabulary, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """Each background move as a bar from its step to the one that awaits it, or on past the end."""
    for position in vocabulary.positions:
        if position.action is None or not position.action.background:
            continue
        for target in position.action.targets:
            moves = [m for m in vocabulary.moves if (m.position, m.target) == (position.index, target)]
            if moves:
                end = _awaiting(vocabulary, moves)
                yield {
                    "label": f"{position.action.instruction} {target}",
                    "from": columns.index(position.step),
                    "to": None if end is None else columns.index(end.step),
                }


def _awaiting(vocabulary: Vocabulary, moves: Sequence[Move]) -> Position | None:
    """The first position at which their pipeline waits for all of the moves."""
    for position in vocabulary.positions:
        is_own = position.pipeline == moves[0].pipeline
        if is_own and all(move in vocabulary.awaited_at(position) for move in moves):
            return position
    return None
