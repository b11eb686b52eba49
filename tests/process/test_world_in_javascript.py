"""The kernel of the page (`front/system.js`) against Python's, step by step, on random walks."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.diagrams.report.scenes import StageView
from skewproof.diagrams.report.world import write_world
from skewproof.model.compiler.compile import compile_with
from skewproof.model.compiler.space import show_value
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from skewproof.properties.lookups.listing import list_lookups
from support.command import ROOT
from support.rich_deployments import rich_deployments

DEPLOYMENTS, STEPS = 40, 20
SCCOS = ROOT / "examples" / "sccos"
WALK = """
import { readFileSync } from "node:fs";
import { System } from "./system.mjs";
const answers = JSON.parse(readFileSync(0)).map(({ world, side, taken }) => {
  const system = new System(world, side);
  let state = system.initial;
  return [...taken, null].map((number) => {
    const breaking = system.breaking(state).map(({ text }) => text);
    const seen = { state, enabled: system.enabled(state), breaking };
    if (number !== null) state = system.successor(state, number);
    return seen;
  });
});
process.stdout.write(JSON.stringify(answers));
"""


def answered(asked: list[Any], folder: Path) -> list[Any]:
    """What the page's kernel says at each state of the walks."""
    source = files("skewproof.diagrams.report") / "front" / "system.js"
    (folder / "system.mjs").write_text(source.read_text(encoding="utf-8"))
    (folder / "walk.mjs").write_text(WALK)
    done = subprocess.run(
        ["node", "walk.mjs"], cwd=folder, input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def walks(deployment: Deployment, seed: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """What is asked of the page, and what Python says, for the deployment alone and each of its requests."""
    vocabulary, chance = Vocabulary(deployment), random.Random(seed)
    world = write_world(vocabulary, deployment.requests, ())
    for side, request in enumerate((None, *deployment.requests)):
        compiled = compile_with(vocabulary, request)
        system, state = compiled.system, compiled.system.initial
        numbers = {id(event): number for number, event in enumerate(system.events)}
        broken = [one for one in list_lookups(compiled) if one.is_broken] if request else []
        taken, expected = list[int](), list[dict[str, Any]]()
        while True:
            enabled = [numbers[id(event)] for event in system.enabled(state)]
            breaking = sum(system.holds(state, lookup.guard) for lookup in broken)
            expected.append({"state": list(state), "enabled": enabled, "breaking": breaking})
            if not enabled or len(taken) == STEPS:
                break
            taken.append(chance.choice(enabled))
            state = system.successor(state, system.events[taken[-1]])
        yield {"world": world, "side": side, "taken": taken}, expected


def test_the_page_steps_as_python_does(tmp_path: Path) -> None:
    drawn: list[Deployment] = []

    @settings(
        max_examples=DEPLOYMENTS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(rich_deployments())
    def collect(data: dict[str, Any]) -> None:
        drawn.append(loads(yaml.safe_dump(data, sort_keys=False)))

    collect()
    assert len(drawn) >= DEPLOYMENTS
    asked: list[dict[str, Any]] = []
    expected: list[list[dict[str, Any]]] = []
    for seed, deployment in enumerate(drawn):
        for question, answer in walks(replace(deployment, failures=seed % 2 == 1), seed):
            asked.append(question)
            expected.append(answer)
    told = answered(asked, tmp_path)
    assert [[{**step, "breaking": len(step["breaking"])} for step in walk] for walk in told] == expected
    assert sum(len(walk) for walk in expected) > 1000
    assert any(step["breaking"] for walk in expected for step in walk)


def joined(look: dict[str, Any], state: list[int], versions: tuple[str, ...]) -> dict[str, Any]:
    """As the page joins looks: `join` in `front/explorer.js`."""
    looks = [kinds[which[state[index]]] for index, kinds, which in look["parts"]]
    badges = {version: count for one in looks for version, count in reversed(one["badges"])}
    words = [one["word"] for one in looks if one["word"]]
    return {
        "badges": [[version, badges[version]] for version in versions if version in badges],
        "word": words[-1] if words else look["word"],
        "notes": [note for one in looks for note in one["notes"]],
    }


@pytest.mark.parametrize("release", ["realistic", "pessimistic"])
def test_a_component_looks_as_in_the_report(release: str) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / f"{release}.yaml")
    vocabulary, chance = Vocabulary(deployment), random.Random(3)
    world, system = write_world(vocabulary, (), ()), compile_with(vocabulary).system
    view, state = StageView(vocabulary, None), system.initial
    for _ in range(60):
        values = {key: show_value(system.value(state, key)) for key in vocabulary.lives}
        for name, look in world["looks"].items():
            assert joined(look, list(state), deployment.versions) == view.standing(name, values)
        events = system.enabled(state)
        if not events:
            break
        state = system.successor(state, chance.choice(events))


@pytest.mark.parametrize("release", ["realistic", "pessimistic"])
def test_stories_are_ways_to_walk_that_end_where_something_breaks(release: str, tmp_path: Path) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / f"{release}.yaml")
    hazards = check(deployment).hazards
    world = write_world(Vocabulary(deployment), deployment.requests, hazards)
    assert [story["id"] for story in world["stories"]] == [hazard.id for hazard in hazards]
    asked = [{"world": world, "side": one["side"], "taken": one["events"]} for one in world["stories"]]
    for walk, story in zip(answered(asked, tmp_path), world["stories"], strict=True):
        assert all(number in step["enabled"] for number, step in zip(story["events"], walk, strict=False))
        assert walk[-1]["breaking"]


def test_what_has_no_room_is_left_out_and_named() -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    whole = write_world(Vocabulary(deployment), deployment.requests, ())
    room = len(json.dumps(whole))
    less = write_world(Vocabulary(deployment), deployment.requests, (), room * 9 // 10)
    names = [request.name for request in deployment.requests]
    kept = [side["request"] for side in less["sides"][1:]]
    assert whole["left_out"] == []
    assert 0 < len(kept) < len(names)
    assert [*kept, *less["left_out"]] == names
