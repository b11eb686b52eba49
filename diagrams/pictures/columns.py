"""The steps of a pipeline as columns of a picture: those in a row that look alike are one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from msgspec import Struct

from ...model.compiler.moves import AFTER, BEFORE
from ...model.compiler.stepview import StepView
from ...model.deployment import name_step
from ...properties.verdict import HazardCause


class StepColumn(Struct, frozen=True):
    """Steps in a row in which the same versions are met at every component that is drawn, and the same causes
    (by their index) can strike. `since` are those of them that the column before does not have."""

    steps: tuple[str, ...]
    versions: tuple[tuple[str, ...], ...]
    struck: frozenset[int]
    since: tuple[int, ...]
    pipeline: str | None = None
    """Of several pipelines the one whose steps they are."""

    @property
    def title(self) -> str:
        """As `title_steps`."""
        return title_steps(self.steps, self.pipeline)


def title_steps(steps: Sequence[str], pipeline: str | None = None) -> str:
    """The name of the step, or how many there are."""
    if len(steps) == 1:
        return steps[0]
    if pipeline is not None:
        own = [step.removeprefix(name_step(pipeline, "")) for step in steps]
        return name_step(pipeline, title_steps(own))
    inside = len([step for step in steps if step not in (BEFORE, AFTER)])
    told = f"{inside} {'step' if inside == 1 else 'steps'}"
    if steps[0] == BEFORE:
        told = f"before, {told}"
    return f"{told}, after" if steps[-1] == AFTER else told


def list_columns(
    views: Sequence[StepView], names: Sequence[str], causes: Sequence[HazardCause]
) -> list[StepColumn]:
    """The columns, for the components of those names."""
    windows = [{step for hazard in cause.hazards for step in hazard.window} for cause in causes]

    def look(view: StepView) -> tuple[tuple[tuple[str, ...], ...], frozenset[int], str | None]:
        struck = frozenset(index for index, window in enumerate(windows) if view.step in window)
        return tuple(view.components[name].versions for name in names), struck, view.pipeline

    found: list[StepColumn] = []
    for (seen, struck, pipeline), run in groupby(views, key=look):
        before = found[-1].struck if found else frozenset()
        steps = tuple(view.step for view in run)
        found.append(StepColumn(steps, seen, struck, tuple(sorted(struck - before)), pipeline))
    return found
