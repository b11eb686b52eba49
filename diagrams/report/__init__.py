"""The report, one HTML file that explains a verdict to a person, and the explorer, in which one can walk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .content import build_content, make_all_printable
from .explorer import build_explorer
from .page import EXPLORER, fill_page

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.machines.rollouts import Rollout
    from ...properties.exposure.measure import Exposure
    from ...properties.verdict import Answer

__all__ = ["compose", "compose_explorer"]


def compose(
    deployment: Deployment,
    answer: Answer,
    rollouts: Mapping[str, Rollout] | None = None,
    exposure: Exposure | None = None,
) -> str:
    """The report on an answer: one HTML page that asks for no other file, the same for the same input.

    `rollouts` are those that the answer was found with, `exposure` how bad it is, where that is known.
    Raises `DiagramError` where the architecture cannot be laid out.
    """
    return fill_page(build_content(deployment, answer, rollouts, exposure))


def compose_explorer(
    deployment: Deployment,
    answer: Answer,
    rollouts: Mapping[str, Rollout] | None = None,
    request: str | None = None,
) -> str:
    """The page of the explorer, of one request or of as many as have room. Raises as `compose`."""
    return fill_page(make_all_printable(build_explorer(deployment, answer, rollouts, request)), EXPLORER)
