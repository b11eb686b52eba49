"""All pictures of a deployment: the architecture at each step, and each hazard's story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..diagrams.architecture import draw_architecture
from ..diagrams.graphviz import render
from ..diagrams.story import draw_story
from ..model.compiler import compile_deployment
from ..model.deployment import Deployment
from ..model.search import StateLimitError
from ..model.space import explore
from ..model.views import step_views
from ..properties.checker import check
from ..properties.verdict import Unknown


def draw_all(deployment: Deployment, directory: Path, style: str, max_states: int) -> Iterator[Path]:
    """Draws into `directory` and yields each file as it appears. Without changes there are no
    hazards to tell of, and the architecture alone is drawn.

    Raises `StateLimitError` beyond `max_states`, `DiagramError` where nothing can be drawn.
    """
    space = explore(compile_deployment(deployment), max_states)
    for view in step_views(space):
        yield render(
            draw_architecture(deployment, view), directory, f"step {view.number:02} {view.step}", style
        )
    answer = check(deployment, max_states=max_states)
    if deployment.changes is not None and isinstance(answer.verdict, Unknown):
        raise StateLimitError(max_states)  # no picture of a hazard must not look like no hazard
    for number, hazard in enumerate(answer.hazards, start=1):
        name = f"hazard {number:02} {hazard.request} {hazard.id}"
        yield render(draw_story(deployment, hazard), directory, name, style)
