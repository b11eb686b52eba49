"""Machines of a user's own: loaded only where that is allowed, and judged like all others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAILOVER = ROOT / "examples" / "failover" / "skewproof.yaml"


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "skewproof.cli", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, check=False)


def test_code_is_not_run_unless_it_is_allowed() -> None:
    done = check(str(FAILOVER))
    assert done.returncode == 2
    assert "`leader` has a machine of its own, `cluster:leader`, whose code is not loaded" in done.stderr
    assert f"{FAILOVER}:7:3" in done.stderr


def test_a_crash_lets_the_new_leader_in_early() -> None:
    done = check(str(FAILOVER), "--allow-code", "--format", "json")
    assert done.returncode == 1, done.stderr
    hazards = json.loads(done.stdout)["hazards"]
    met = {(h["kind"], h["consumer_version"], h["provider_version"]) for h in hazards}
    assert met == {("incompatible", "V1", "V2"), ("unavailable", "V1", None), ("unavailable", "V2", None)}
    (early,) = (h for h in hazards if h["kind"] == "incompatible")
    assert early["window"] == ["Upgrade the replica", "Upgrade the writers"]
    assert any("crash" in event["text"] for event in early["trace"])


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("leader = 3", "`cluster:leader` is a int; make it with `skewproof.model.own_rollout`"),
        ("other = 3", "has no attribute 'leader'"),
    ],
)
def test_code_that_is_not_what_the_file_says_is_wrong_input(tmp_path: Path, code: str, word: str) -> None:
    (tmp_path / "cluster.py").write_text(code)
    (tmp_path / "skewproof.yaml").write_text(FAILOVER.read_text())
    done = check(str(tmp_path / "skewproof.yaml"), "--allow-code")
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_condition_that_names_nothing_is_wrong_input(tmp_path: Path) -> None:
    code = (FAILOVER.parent / "cluster.py").read_text().replace("replica.up(V1)", "replca.up(V1)")
    (tmp_path / "cluster.py").write_text(code)
    (tmp_path / "skewproof.yaml").write_text(FAILOVER.read_text())
    done = check(str(tmp_path / "skewproof.yaml"), "--allow-code")
    assert done.returncode == 2
    assert "unknown component `replca`; did you mean `replica`?" in done.stderr
