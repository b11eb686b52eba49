"""All that the explorer shows: the architecture, the system, and the stories that can be walked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...model.compiler.variables import Vocabulary
from ...model.deployment import Deployment, Request
from ...model.machines.rollouts import Rollout
from ...properties.verdict import Answer, Hazard, HopHazard
from .cast import StageDrawings
from .headline import build_banner
from .timeline import list_column_names
from .world import MOST_BYTES, write_world

IN_A_REPORT = 150_000
"""So many bytes the world has at most where it is only a part of a page."""


def build_explorer(
    deployment: Deployment,
    answer: Answer,
    rollouts: Mapping[str, Rollout] | None = None,
    request: str | None = None,
) -> dict[str, Any]:
    """The content of the explorer's own page; `request` leaves out all others.

    Raises `DiagramError` where the architecture cannot be laid out.
    """
    vocabulary, stages = Vocabulary(deployment, rollouts), StageDrawings(deployment)
    worst_first = [hazard for cause in answer.causes for hazard in cause.hazards]
    told = build_world(vocabulary, stages, list_wanted(deployment, answer, request), worst_first, MOST_BYTES)
    banner = build_banner(deployment, answer, list_column_names(vocabulary, answer.hazards))
    return {**banner, **told, "stages": stages.drawings}


def build_world(
    vocabulary: Vocabulary,
    stages: StageDrawings,
    requests: Sequence[Request],
    hazards: Iterable[Hazard],
    most_bytes: int,
) -> dict[str, Any]:
    """The world, and the number of the drawing in which each of its sides is shown."""
    world = write_world(vocabulary, requests, hazards, most_bytes)
    by_name = {one.name: one for one in requests}
    drawn = [stages.gather(by_name.get(side["request"]))[1] for side in world["sides"]]
    return {"drawn": drawn, "world": world}


def list_wanted(deployment: Deployment, answer: Answer, request: str | None = None) -> list[Request]:
    """Those that break first, for not all may have room."""
    if request is not None:
        return [one for one in deployment.requests if one.name == request]
    hit = {hazard.request for hazard in answer.hazards if isinstance(hazard, HopHazard)}
    return sorted(deployment.requests, key=lambda one: one.name not in hit)
