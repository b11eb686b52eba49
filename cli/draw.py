"""All pictures of a deployment: the architecture at each step, and each hazard's story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..diagrams.architecture import draw_architecture
from ..diagrams.graphviz import render
from ..diagrams.story import draw_story
from ..model.compiler import compile_deployment
from ..model.deployment import Deployment
from ..model.errors import SkewproofError
from ..model.limits import Limits
from ..model.space import explore
from ..model.views import step_views
from ..properties.checker import check
from ..properties.verdict import Unknown


class NoVerdictError(SkewproofError):
    """There is no verdict on the hazards, so none can be drawn."""

    def __init__(self, verdict: Unknown) -> None:
        super().__init__(f"{verdict.reason}; {verdict.advice}")


def draw_all(deployment: Deployment, directory: Path, style: str, limits: Limits) -> Iterator[Path]:
    """Draws into `directory` and yields each file as it appears. Without changes there are no
    hazards to tell of, and the architecture alone is drawn.

    Raises `NoVerdictError` where there is no verdict on the hazards, `LimitError` where even the
    architecture is too much, `DiagramError` where nothing can be drawn.
    """
    space = explore(compile_deployment(deployment), limits)
    for view in step_views(space):
        yield render(
            draw_architecture(deployment, view), directory, f"step {view.number:02} {view.step}", style
        )
    answer = check(deployment, limits=limits)
    if deployment.changes is not None and isinstance(answer.verdict, Unknown):
        raise NoVerdictError(answer.verdict)  # no picture of a hazard must not look like no hazard
    for number, hazard in enumerate(answer.hazards, start=1):
        name = f"hazard {number:02} {hazard.request or hazard.property} {hazard.id}"
        yield render(draw_story(deployment, hazard), directory, name, style)
