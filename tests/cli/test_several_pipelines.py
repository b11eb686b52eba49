"""Several pipelines at the command line: what is told, in every output, by pipeline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import invoke

SHOP = """
system: Shop
components: {web: {kind: service}, api: {kind: service}}
requests: {visit: [client calls web: page, web calls api: order]}
pipelines:
  frontend: [Web: [deploy web]]
  backend: [Prepare, Api: [deploy api]]
changes: {api/order: {breaks: {call: [V2 -> V1]}}}
"""


TEAMS = """\
components: {web: {kind: service}, api: {kind: service}}
requests: {page: [client calls web: page, web calls api: items]}
pipelines:
  front: [Web: [deploy web]]   # ours
  back:
    - Api: [deploy api]
changes: {api/items: {breaks: {call: [V2 -> V1]}}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    (tmp_path / "shop.yaml").write_text(SHOP)
    return str(tmp_path / "shop.yaml")


def test_a_bar_for_each_pipeline(shop: str) -> None:
    told = invoke("check", shop)
    assert told.returncode == 1
    lines = [line.strip() for line in told.stdout.splitlines()]
    assert "frontend  (before) ┄━ Web ━━ (after) ━" in lines
    assert "backend   ━ (before) ━━ Prepare ━━ Api ━┄ (after)" in lines
    assert any(line.startswith("2  frontend: Web  web") for line in lines)


def test_window_and_story_in_json(shop: str) -> None:
    answer = json.loads(invoke("check", shop, "--format", "json").stdout)
    (hazard,) = answer["hazards"]
    assert hazard["window"] == [
        "frontend: Web",
        "frontend: (after)",
        "backend: (before)",
        "backend: Prepare",
        "backend: Api",
    ]
    assert hazard["trace"][0]["owner"] == "pipeline frontend"
    assert hazard["trace"][0]["text"] == "frontend: Web begins: deploy web"
    places = {cited["role"]: cited["line"] for cited in hazard["places"]}
    assert places["action"] == places["step"] == 6


@pytest.mark.parametrize("form", ["sarif", "markdown", "junit", "github", "gitlab", "itf"])
def test_every_output_names_the_step_with_its_pipeline(form: str, shop: str) -> None:
    assert "frontend: Web" in invoke("check", shop, "--format", form).stdout


def test_step_views_are_of_each_pipeline(shop: str, tmp_path: Path) -> None:
    done = invoke("diagram", shop, "--kind", "lanes", "--kind", "architecture", "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout
    lanes = (tmp_path / "out" / "lanes.svg").read_text()
    assert "frontend: Web" in lanes
    assert "backend: before, 1" in lanes, "what looks alike is folded within its pipeline"


def test_every_picture_is_drawn_and_the_space_is_counted(shop: str, tmp_path: Path) -> None:
    done = invoke("diagram", shop, "--kind", "all", "--format", "dot", "-o", str(tmp_path / "drawn"))
    assert (done.returncode, done.stderr) == (0, "")
    kinds = {path.name.split("-")[0].removesuffix(".dot") for path in (tmp_path / "drawn").glob("*.dot")}
    assert {"lanes", "story", "moment", "film", "space", "proof", "step", "machine", "timeline"} <= kinds
    counted = invoke("space", shop, "--dot", str(tmp_path / "space.dot"))
    assert (counted.returncode, counted.stderr) == (0, "")
    assert counted.stdout.startswith("states ")


def test_report_says_where_each_stands(shop: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    invoke("report", shop, "-o", str(page))
    assert "frontend stands from Web on while backend stands until Api" in page.read_text()


def test_two_movers_are_an_error_with_both_places(shop: str, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP.replace("Prepare,", "Prepare: [deploy web],"))
    told = invoke("check", shop)
    assert told.returncode == 2
    assert "`backend` and `frontend` both move the instances of `web`" in told.stderr
    assert "shop.yaml:7:" in told.stderr


def test_a_certificate_is_verified(shop: str, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP.replace("deploy web]", "deploy web when backend done]"))
    proof = str(tmp_path / "proof.json")
    assert invoke("check", shop, "--certificate", proof).returncode == 0
    verified = invoke("verify", shop, proof)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_slices_judge_what_can_fail_and_say_what_they_do_not_know(shop: str, tmp_path: Path) -> None:
    assert invoke("check", shop, "--engine", "slice").returncode == 1
    assert invoke("check", shop, "--engine", "slice", "--failures").returncode == 1
    dark = tmp_path / "dark.yaml"
    dark.write_text(f"{SHOP}flags: {{fast: {{guards: [api/order]}}}}\n")
    told = invoke("check", str(dark), "--engine", "slice")
    assert told.returncode == 2
    assert "slices do not know several pipelines beside flags that nobody enables" in told.stderr


def test_fix_lets_one_wait_for_the_other(tmp_path: Path) -> None:
    path = tmp_path / "teams.yaml"
    path.write_text(TEAMS)
    told = invoke("fix", str(path), "--apply")
    assert (told.returncode, path.read_text()) == (
        0,
        TEAMS.replace("deploy web]", "deploy web when all api at V2]"),
    )
    assert invoke("check", str(path)).returncode == 0


def test_gate_says_what_comes_from_here(shop: str, tmp_path: Path) -> None:
    state = tmp_path / "state.yaml"
    state.write_text("components: {web: {V1: 1}}\n")
    told = invoke("gate", shop, "--state", str(state))
    assert told.returncode == 1, told.stdout + told.stderr
    state.write_text("pipelines: {backend: {step: (after)}}\ncomponents: {api: {V2: 1}}\n")
    told = invoke("gate", shop, "--state", str(state))
    assert told.returncode == 0, told.stdout + told.stderr
