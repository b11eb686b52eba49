"""Mermaid: what it says is the story's and the step's, and no name in it means anything to Mermaid.

(Read with Mermaid 11 once, by hand: `mermaid.parse` takes the stories and steps of these samples.)
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skewproof.diagrams.condense import condense
from skewproof.diagrams.mermaid import escape_mermaid, write_architecture, write_story
from skewproof.model.compiler.task import Task
from skewproof.model.language import load
from skewproof.properties.checker import check
from skewproof.properties.coverage.step_views import find_step_views
from support.command import invoke
from support.hostile_samples import HOSTILE_NAMES

SCCOS = Path(__file__).parents[2] / "examples" / "sccos"
FILES: list[tuple[Path, Path | None]] = [
    (SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml"),
    (SCCOS / "deployment.yaml", SCCOS / "releases" / "pessimistic.yaml"),
    (SCCOS.parent / "stories" / "rabbitmq-flags" / "stopped-node.yaml", None),
]


@pytest.mark.parametrize(("file", "release"), FILES)
def test_a_sequence_diagram_tells_the_events_of_the_story(file: Path, release: Path | None) -> None:
    deployment = load(file, release)
    for hazard in check(deployment).hazards:
        told = write_story(deployment, hazard).splitlines()
        assert told[1] == "sequenceDiagram"
        numbers = [int(n) for line in told for n in re.findall(r"^    (?:Note over )?p\d\S*: (\d+) ", line)]
        assert numbers == [row.number for row in condense(hazard.whole_story)]
        assert sum("-xp" in line or ": × " in line or " × " in line for line in told[2:]) == int(hazard.ends)


@pytest.mark.parametrize(("file", "release"), FILES)
def test_a_flowchart_is_red_where_something_breaks(file: Path, release: Path | None) -> None:
    deployment = load(file, release)
    answer = check(deployment)
    for view in find_step_views(Task(deployment)):
        told = write_architecture(deployment, view, answer.hazards)
        links = [line for line in told.splitlines() if "-->" in line]
        styled = re.search(r"linkStyle ([\d,]+)", told)
        red = {int(number) for number in styled[1].split(",")} if styled else set()
        assert red == {index for index, line in enumerate(links) if "×" in line}
        here = [hazard for hazard in answer.at_hops if view.step in hazard.window]
        assert bool(red) == bool(here)
        for name, seen in view.components.items():
            assert f'["{escape_mermaid(name)}<br>{escape_mermaid(" / ".join(seen.versions))}' in told


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_are_text_and_nothing_else(name: str) -> None:
    shown = escape_mermaid(name)
    assert not set(shown) & set("\"'`<>[]{}|%&\\\n\x1b~=@!?")
    assert re.fullmatch(r"(#\d+;|[A-Za-z0-9 _.,/()+×→…-])*", shown)
    assert not re.search(r"\bend\b", shown, re.IGNORECASE)


def test_the_command_writes_them_and_refuses_other_kinds(tmp_path: Path) -> None:
    file, release = map(str, FILES[0])
    done = invoke("diagram", file, "--changes", release, "-o", str(tmp_path), "--format", "mermaid")
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in tmp_path.iterdir()} == {".mmd", ".html"}
    refused = invoke("diagram", file, "-o", str(tmp_path), "--format", "mermaid", "--kind", "lanes")
    assert refused.returncode == 2
    assert "as Mermaid there are story and architecture, not lanes" in refused.stderr
