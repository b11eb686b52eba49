"""Text and DOT as people get them; read the difference before it is committed."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

import support.output_samples as samples
from skewproof.cli.render_text import render
from skewproof.diagrams import draw_architecture, draw_story
from skewproof.properties.verdict import Answer
from support.hostile_samples import hostile

Golden = Callable[[str, str], None]


def text_of(answer: Answer) -> str:
    file = io.StringIO()
    render(answer, samples.sccos(), Console(file=file, force_terminal=False))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("unsafe.txt", samples.unsafe_answer()),
        ("pessimistic.txt", samples.unsafe_answer(*samples.many_hazards())),
        ("safe.txt", samples.safe_answer()),
        ("unknown.txt", samples.unknown_answer()),
    ],
)
def test_text(golden: Golden, name: str, answer: Answer) -> None:
    golden(name, text_of(answer))


def test_hostile_text(golden: Golden) -> None:
    deployment, hazard, _ = hostile()
    file = io.StringIO()
    render(samples.unsafe_answer(hazard), deployment, Console(file=file, force_terminal=False))
    golden("hostile.txt", file.getvalue())


def test_architecture(golden: Golden) -> None:
    golden("architecture.dot", draw_architecture(samples.sccos(), samples.step_view()).source)


def test_stories(golden: Golden) -> None:
    golden("story-quick.dot", draw_story(samples.sccos(), samples.schema_hazard()).source)
    golden("story-slow.dot", draw_story(samples.sccos(), samples.slow_hazard()).source)


def test_hostile_drawings(golden: Golden) -> None:
    deployment, hazard, view = hostile()
    golden("hostile-architecture.dot", draw_architecture(deployment, view).source)
    golden("hostile-story.dot", draw_story(deployment, hazard).source)
