"""Text and DOT as people get them; read the difference before it is committed."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

import support.output_samples as samples
from skewproof.cli.render_text import render
from skewproof.diagrams import draw_architecture, draw_machines, draw_story, draw_timeline
from skewproof.diagrams.space import draw_hazard_space
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.space import explore
from skewproof.model.language import load
from skewproof.model.resources.limits import Limits
from skewproof.properties.checker import check
from skewproof.properties.engines.strikes import find_struck_states
from skewproof.properties.verdict import Answer
from support.hostile_samples import hostile

SCCOS = Path(__file__).parents[2] / "examples" / "sccos"
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


def test_architecture_with_what_can_break(golden: Golden) -> None:
    hazards = (samples.schema_hazard(), samples.slow_hazard())
    view = replace(samples.step_view(), step=samples.schema_hazard().window[-1])
    golden("architecture-red.dot", draw_architecture(samples.sccos(), view, hazards).source)


def test_timeline(golden: Golden) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    vocabulary = compile_deployment(deployment).vocabulary
    golden("timeline.dot", draw_timeline(vocabulary, check(deployment)).source)


def test_machines(golden: Golden) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    drawn = draw_machines(compile_deployment(deployment).vocabulary)
    golden("machines.dot", "".join(graph.source for _, graph in drawn))


def test_hostile_timeline_and_machines(golden: Golden) -> None:
    deployment, hazard, _ = hostile()
    vocabulary = compile_deployment(deployment).vocabulary
    golden("hostile-timeline.dot", draw_timeline(vocabulary, samples.unsafe_answer(hazard)).source)
    golden("hostile-machines.dot", "".join(graph.source for _, graph in draw_machines(vocabulary)))


def test_space(golden: Golden) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    hazard = check(deployment).at_hops[0]
    bad = find_struck_states(deployment, hazard, Limits())
    space = explore(compile_deployment(deployment))
    golden("space.dot", draw_hazard_space(space, hazard, bad).source)
