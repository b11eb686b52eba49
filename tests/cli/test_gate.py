"""`skewproof gate`: what it says of a rollout that stands somewhere, and the files of the documentation."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.command import invoke

GATE = Path(__file__).parents[2] / "docs" / "gate"
FILE = GATE / "skewproof.yaml"
CALLED = ("--version-of", "V1=1.4.*", "--version-of", "V2=1.5.*", "--migration", "orders=orders-migrate-*")
ECS = ("cart:V1=cart:31", "cart:V2=cart:32", "frontend:V1=18", "mailer:V1=9")
DEPLOYMENT = """
components:
  shop: {kind: service, replicas: 2}
  pay: {kind: service, replicas: 2}
requests:
  order: [client calls shop: order, shop calls pay: charge]
pipeline: [Callers: [deploy shop], Wait: [], Callees: [deploy pay], Rest: []]
rollback: [Back: [rollback shop pay]]
changes: {pay/charge: {breaks: BREAKS}}
"""


def run(tmp_path: Path, state: str, *options: str, breaks: str = "V2 -> V1") -> Any:
    (tmp_path / "d.yaml").write_text(DEPLOYMENT.replace("BREAKS", breaks))
    (tmp_path / "s.yaml").write_text(state)
    return invoke("gate", str(tmp_path / "d.yaml"), "--state", str(tmp_path / "s.yaml"), *options)


def told(tmp_path: Path, state: str, *options: str, breaks: str = "V2 -> V1") -> dict[str, Any]:
    ran = run(tmp_path, state, "--format", "json", *options, breaks=breaks)
    answer: dict[str, Any] = json.loads(ran.stdout)
    assert ran.returncode == {"safe": 0, "unsafe": 1, "unknown": 3}[answer["verdict"]]
    return answer


def test_a_hazard_that_lies_behind_is_none(tmp_path: Path) -> None:
    answer = told(tmp_path, "components: {shop: {V2: 2}, pay: {V2: 2}}")
    assert answer["verdict"] == "safe"
    assert [place["step"] for place in answer["stands"]] == ["Callees", "Rest", "(after)"]
    assert answer["wait"] == {"safe": True, "before": None}
    assert answer["rollback"]["verdict"] == "unsafe"


def test_a_hazard_ahead_says_how_long_one_may_wait(tmp_path: Path) -> None:
    answer = told(tmp_path, "components: {shop: {V1: 2}, pay: {V1: 2}}\nstep: (before)")
    assert answer["verdict"] == "unsafe"
    assert answer["wait"]["safe"] is True
    assert answer["wait"]["before"]["step"] == "Callers"
    text = run(tmp_path, "step: (before)").stdout
    assert "here, and until it goes on to Callers: deploy shop" in text


def test_the_story_begins_where_it_stands(tmp_path: Path) -> None:
    answer = told(tmp_path, "components: {shop: {V1: 1, V2: 1}, pay: {V1: 2}}")
    (hazard,) = answer["onward"]["hazards"]
    ahead = [event["text"] for event in hazard["trace"][hazard["seen_at"] :]]
    assert ahead[0] == "client calls shop V2: order"
    assert [place["step"] for place in hazard["places"]] == ["Callers", "Wait", "Callees"]


def test_what_no_state_agrees_with_is_unknown(tmp_path: Path) -> None:
    answer = told(tmp_path, "components: {shop: {V1: 2}, pay: {V2: 2}}")
    assert answer["verdict"] == "unknown"
    assert [one["says"] for one in answer["disagrees"]] == ["shop: 2×V1", "pay: 2×V2"]
    assert [one["model"] for one in answer["disagrees"]] == [["2×V2"], ["2×V1"]]
    assert "no state that the rollout can come to" in answer["reason"]


def test_one_sighting_can_be_wrong_alone(tmp_path: Path) -> None:
    answer = told(tmp_path, "components: {shop: {V1: 7}, pay: {V1: 2}}")
    assert [one["says"] for one in answer["disagrees"]] == ["shop: 7×V1"]
    assert "2×V1" in answer["disagrees"][0]["model"]


def test_where_numbers_disagree_it_is_told_how_to_leave_them_out(tmp_path: Path) -> None:
    done = run(tmp_path, "components: {shop: {V1: 7}}")
    assert "`--versions-only` compares which versions are up" in " ".join(done.stdout.split())


def test_versions_alone_agree_with_any_number(tmp_path: Path) -> None:
    answer = told(tmp_path, "components: {shop: {V1: 7, V2: 5}}", "--versions-only")
    assert {place["step"] for place in answer["stands"]} == {"Callers"}


def test_the_exit_status_can_be_that_of_the_rollback(tmp_path: Path) -> None:
    state = "components: {shop: {V2: 2}, pay: {V2: 2}}\nstep: Callees"
    assert run(tmp_path, state).returncode == 0
    assert run(tmp_path, state, "--rollback").returncode == 1
    assert run(tmp_path, state, "--rollback", breaks="V1 -> V2").returncode == 1
    assert run(tmp_path, state, "--rollback", breaks="none").returncode == 0


def test_nothing_is_judged_without_changes(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text(DEPLOYMENT.partition("changes:")[0])
    (tmp_path / "s.yaml").write_text("step: Wait")
    assert invoke("gate", str(tmp_path / "d.yaml"), "--state", str(tmp_path / "s.yaml")).returncode == 3


@pytest.mark.parametrize(
    ("formula", "state", "verdict"),
    [
        ("never all shop at V1", "{shop: {V2: 2}}", "safe"),
        ("never all shop at V1", "{shop: {V1: 2}}", "unsafe"),
        ("eventually all shop at V1 and done", "{shop: {V2: 2}}", "unsafe"),
        ("all pay at V2 before all shop at V2", "{shop: {V2: 2}}", "unsafe"),
        ("all pay at V2 before all shop at V2", "{shop: {V2: 2}, pay: {V2: 2}}", "safe"),
    ],
)
def test_what_must_hold_is_asked_from_here_on(tmp_path: Path, formula: str, state: str, verdict: str) -> None:
    text = f"{DEPLOYMENT.replace('BREAKS', 'none')}properties: {{stated: {formula}}}\n"
    (tmp_path / "d.yaml").write_text(text)
    (tmp_path / "s.yaml").write_text(f"components: {state}")
    ran = invoke("gate", str(tmp_path / "d.yaml"), "--state", str(tmp_path / "s.yaml"), "--format", "json")
    answer = json.loads(ran.stdout)
    assert answer["verdict"] == verdict
    assert not answer["onward"]["left_open"]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--version-of", "V9=1.*"), 2),
        (("--version-of", "V1"), 2),
        (("--version-of", "nobody:V1=1"), 2),
        (("--workload", "nobody=x"), 2),
        (("--migration", "nobody=x"), 2),
        (("--max-states", "1"), 3),
    ],
)
def test_wrong_options_and_limits_are_told(tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    ran = run(tmp_path, "components: {shop: {V1: 1, V2: 1}}", *options)
    assert ran.returncode == status, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_missing_state_is_wrong_input(tmp_path: Path) -> None:
    ran = invoke("gate", str(FILE), "--state", str(tmp_path / "nowhere.json"))
    assert ran.returncode == 2
    assert "no such file" in ran.stderr


def test_names_out_there_are_harmless(tmp_path: Path) -> None:
    bad = "\x1b[31m::error::x\n##[error]"
    items = [{"kind": "Deployment", "metadata": {"name": bad}, "spec": {}, "status": {"replicas": bad}}]
    good = json.loads((GATE / "kubectl.json").read_text())["items"]
    (tmp_path / "s.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [*items, *good]})
    )
    ran = invoke("gate", str(FILE), "--state", str(tmp_path / "s.json"), *CALLED)
    assert ran.returncode == 1
    for line in (ran.stdout + ran.stderr).split("\n"):
        assert "\x1b" not in line
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


# --- the files of the documentation ---


@pytest.mark.parametrize("name", ["kubectl.json", "rollouts.json", "compose.jsonl", "ecs.json", "state.yaml"])
def test_the_recordings_are_of_one_moment(name: str) -> None:
    called = CALLED if name != "ecs.json" else tuple(part for one in ECS for part in ("--version-of", one))
    ran = invoke("gate", str(FILE), "--state", str(GATE / name), *called, "--format", "json")
    answer = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert [place["step"] for place in answer["stands"]] == ["Providers"]
    assert "cart: 2×V1 + 1×V2" in [one["says"] for one in answer["seen"]]
    assert [hazard["contract"] for hazard in answer["onward"]["hazards"]] == ["mails/confirmation"]


def _commands(name: str) -> list[str]:
    file = yaml.safe_load((GATE / name).read_text())
    if name == "github.yml":
        steps = [step["run"] for job in file["jobs"].values() for step in job["steps"] if "run" in step]
        return [step for step in steps if not step.startswith("pip install")]
    (container,) = file["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["bash", "-euo", "pipefail", "-c"]
    return list(container["args"])


def _shell(script: str, folder: Path) -> int:
    """Its exit status, with a kubectl that prints the recording."""
    program = folder / "bin" / "kubectl"
    program.parent.mkdir(exist_ok=True)
    program.write_text('#!/bin/sh\ncase "$*" in *"-o json"*) cat state.recorded;; *) exit 9;; esac\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = os.pathsep.join([str(program.parent), sysconfig.get_path("scripts"), os.environ["PATH"]])
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=False).returncode


@pytest.mark.parametrize("name", ["github.yml", "argocd-presync.yaml"])
def test_the_commands_stop_where_it_is_not_safe_and_let_pass_where_it_is(name: str, tmp_path: Path) -> None:
    recorded = (GATE / "kubectl.json").read_text()
    (tmp_path / "state.recorded").write_text(recorded)
    (tmp_path / "skewproof.yaml").write_text(FILE.read_text())
    statuses = [_shell(script, tmp_path) for script in _commands(name)]
    assert statuses[0] == 1
    assert statuses[1:] == [0] * len(statuses[1:])  # it keeps the answer, whatever that is
    safe = FILE.read_text().replace(
        "mails/confirmation: {breaks: V1 -> V2}", "mails/confirmation: {breaks: none}"
    )
    (tmp_path / "skewproof.yaml").write_text(safe)
    assert [_shell(script, tmp_path) for script in _commands(name)] == [0] * len(statuses)
    if name == "github.yml":
        assert json.loads((tmp_path / "gate.json").read_text())["verdict"] == "safe"
