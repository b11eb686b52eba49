"""The report: one HTML file that explains a verdict to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .content import build_content
from .page import fill_page

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.machines.rollout_strategies import Rollout
    from ...properties.verdict import Answer

__all__ = ["compose"]


def compose(deployment: Deployment, answer: Answer, rollouts: Mapping[str, Rollout] | None = None) -> str:
    """The report on an answer: one HTML page that asks for no other file, the same for the same input.

    `rollouts` are those that the answer was found with. Raises `DiagramError` where the
    architecture cannot be laid out.
    """
    return fill_page(build_content(deployment, answer, rollouts))
