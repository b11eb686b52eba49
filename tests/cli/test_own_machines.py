"""Machines of a user's own: loaded only where that is allowed, and judged like all others."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from support.command import ROOT, skewproof

FAILOVER = ROOT / "examples" / "failover" / "skewproof.yaml"


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    return skewproof("check", *arguments)


COMMANDS = [
    ["check"],
    ["compare"],
    ["diagram", "-o", "drawn"],
    ["export", "--to", "promela"],
    ["fix"],
    ["hunt"],
    ["report", "-o", "report.html"],
    ["space"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_code_is_not_run_unless_it_is_allowed(tmp_path: Path, command: list[str]) -> None:
    done = skewproof(*command, str(FAILOVER), cwd=tmp_path)
    assert done.returncode == 2
    message = "`leader` has a machine of its own, `cluster:leader`, whose code is not loaded; `--allow-code`"
    assert f"{FAILOVER}:7:3: {message}" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_own_machines_are_drawn(tmp_path: Path) -> None:
    command = ["diagram", str(FAILOVER), "-o", str(tmp_path), "--kind", "all", "--format", "dot"]
    done = skewproof(*command, "--allow-code")
    assert done.returncode == 0, done.stderr
    drawn = {path.stem.partition("--")[0]: path.read_text() for path in tmp_path.iterdir()}
    assert "new replica leads" in drawn["machine-up-leader"]
    assert "× V1 → V2" in drawn["step-02-upgrade-the-writers"]
    assert {name.split("-")[0] for name in drawn} == {
        "index",
        "lanes",
        "map",
        "moment",
        "film",
        "proof",
        "step",
        "story",
        "timeline",
        "space",
        "machine",
    }


def test_own_machines_are_reported(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = skewproof("report", str(FAILOVER), "-o", str(page), "--allow-code")
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert "“place order” breaks" in text
    assert "elect (new replica leads)" in text
    assert '"who":"replica"' in text, "what the leader waits for is told, too"


def test_own_machines_are_counted_hunted_and_compared() -> None:
    with_faults = skewproof("space", str(FAILOVER), "--traffic", "--allow-code")
    assert re.search(r"^states +39$", with_faults.stdout, flags=re.MULTILINE), with_faults.stderr
    hunted = skewproof("hunt", str(FAILOVER), "--max-examples", "5", "--allow-code")
    assert (hunted.returncode, "nothing found" in hunted.stdout) == (0, True), hunted.stderr
    compared = skewproof("compare", str(FAILOVER), str(FAILOVER), "--allow-code")
    assert (compared.returncode, "3 hazards" in compared.stdout) == (1, True), compared.stderr


def test_a_module_of_another_file_is_not_taken_for_its_namesake(tmp_path: Path) -> None:
    (tmp_path / "cluster.py").write_text((FAILOVER.parent / "cluster.py").read_text())
    (tmp_path / "skewproof.yaml").write_text(FAILOVER.read_text())
    done = skewproof("compare", str(FAILOVER), str(tmp_path / "skewproof.yaml"), "--allow-code")
    assert done.returncode == 2
    assert f"`cluster` is {tmp_path / 'cluster.py'} here, but {FAILOVER.parent / 'cluster.py'}" in done.stderr
    assert "Traceback" not in done.stderr


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
        ("leader = 3", "`cluster:leader` is a int; make it with `skewproof.own_rollout`"),
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


def test_code_that_never_ends_is_ended_by_the_limit(tmp_path: Path) -> None:
    (tmp_path / "cluster.py").write_text("while True:\n    pass\n")
    (tmp_path / "skewproof.yaml").write_text(FAILOVER.read_text())
    done = check(str(tmp_path / "skewproof.yaml"), "--allow-code", "--timeout", "1")
    assert done.returncode == 3
    assert "unknown: no time left (--timeout)" in done.stderr


def test_a_condition_that_names_nothing_is_wrong_input(tmp_path: Path) -> None:
    code = (FAILOVER.parent / "cluster.py").read_text().replace("replica.up(V1)", "replca.up(V1)")
    (tmp_path / "cluster.py").write_text(code)
    (tmp_path / "skewproof.yaml").write_text(FAILOVER.read_text())
    done = check(str(tmp_path / "skewproof.yaml"), "--allow-code")
    assert done.returncode == 2
    assert "unknown component `replca`; did you mean `replica`?" in done.stderr


def test_fix_judges_own_machines_and_says_what_comes_near() -> None:
    """A leader that crashes is up for nobody while it fails over; no order of steps helps against that."""
    pytest.importorskip("pysat")
    done = skewproof("fix", str(FAILOVER), "--allow-code", "--format", "json", "--checks", "15")
    assert done.returncode == 1, done.stderr
    answer = json.loads(done.stdout)
    assert answer["plans"] == []
    assert answer["nearest"]["remedies"] == ["`deploy orders` goes before `deploy replica`"]
    assert len(answer["nearest"]["left"]) == 2
