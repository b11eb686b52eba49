"""The pictures of a deployment, kind by kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from ..diagrams.architecture import draw_architecture
from ..diagrams.graphviz import render, require
from ..diagrams.story import draw_story
from ..model.compiler.compile import compile_deployment
from ..model.deployment import Deployment
from ..model.errors import SkewproofError
from ..model.machines.rollout_strategies import Rollout
from ..model.resources.limits import Limits
from ..properties.checker import check
from ..properties.step_views import find_step_views
from ..properties.task import Task
from ..properties.verdict import Answer, HopHazard, Unknown

if TYPE_CHECKING:
    from ..diagrams.graphviz import Drawing


class Picture(StrEnum):
    """What can be drawn."""

    ARCHITECTURE = "architecture"
    STORY = "story"
    TIMELINE = "timeline"
    SPACE = "space"
    MACHINES = "machines"


Rollouts = Mapping[str, Rollout] | None
"""The lives of components that have a machine of their own."""


class NoVerdictError(SkewproofError):
    """There is no verdict on the hazards, so none can be drawn."""

    def __init__(self, verdict: Unknown) -> None:
        super().__init__(f"{verdict.reason}; {verdict.advice}")


def draw_all(
    deployment: Deployment,
    rollouts: Rollouts,
    directory: Path,
    style: str,
    limits: Limits,
    kinds: Collection[Picture],
) -> Iterator[Path]:
    """Draws into `directory` and yields each file as it appears. Without changes there are no
    hazards to tell of, and what does not need them alone is drawn.

    Raises `NoVerdictError` where there is no verdict on the hazards, `LimitError` where even the
    architecture is too much, `DiagramError` where nothing can be drawn.
    """
    require(style)
    judged = any(kind is not Picture.MACHINES for kind in kinds)
    answer = check(deployment, rollouts=rollouts, limits=limits) if judged else None
    for name, graph in _drawings(deployment, rollouts, answer, limits, kinds):
        yield render(graph, directory, name, style)
    if answer is not None and deployment.changes is not None and isinstance(answer.verdict, Unknown):
        raise NoVerdictError(answer.verdict)  # no picture of a hazard must not look like no hazard


def _drawings(
    deployment: Deployment,
    rollouts: Rollouts,
    answer: Answer | None,
    limits: Limits,
    kinds: Collection[Picture],
) -> Iterator[tuple[str, Drawing]]:
    """Each picture with its name."""
    compiled = compile_deployment(deployment, rollouts=rollouts)
    if Picture.MACHINES in kinds:
        from ..diagrams.machines import draw_machines

        for variable, graph in draw_machines(compiled.vocabulary):
            yield f"machine {variable}", graph
    if answer is None:
        return
    if Picture.TIMELINE in kinds:
        from ..diagrams.timeline import draw_timeline

        yield "timeline", draw_timeline(compiled.vocabulary, answer)
    if Picture.STORY in kinds:
        for number, hazard in enumerate(answer.hazards, start=1):
            name = f"hazard {number:02} {hazard.subject} {hazard.id}"
            yield name, draw_story(deployment, hazard)
    if Picture.ARCHITECTURE in kinds:
        hazards = None if isinstance(answer.verdict, Unknown) else answer.hazards
        for view in find_step_views(Task(deployment, rollouts, limits)):
            yield f"step {view.number:02} {view.step}", draw_architecture(deployment, view, hazards)
    if Picture.SPACE in kinds and answer.hazards:
        yield from _spaces(deployment, rollouts, answer, limits)


def _spaces(
    deployment: Deployment, rollouts: Rollouts, answer: Answer, limits: Limits
) -> Iterator[tuple[str, Drawing]]:
    """For each hazard of a request the space, with where it strikes."""
    from ..diagrams.space import draw_hazard_space
    from ..model.compiler.space import explore
    from ..properties.engines.strikes import Strikes

    task = Task(deployment, rollouts, limits)
    space = explore(task.alone, limits)
    strikes = Strikes(task)
    struck = {hazard.id: strikes.states(hazard) for hazard in answer.at_hops}
    for number, hazard in enumerate(answer.hazards, start=1):
        if isinstance(hazard, HopHazard):
            name = f"space {number:02} {hazard.request} {hazard.id}"
            others = [bad for other, bad in struck.items() if other != hazard.id]
            yield name, draw_hazard_space(space, hazard, struck[hazard.id], others)
