"""`skewproof lint`: what is printed, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import invoke

TEXT = """\
components: {s: {kind: service}, z: {kind: service}, lost: {kind: service}}
requests: {ask: [client calls s: x, s calls z: y]}
pipeline: [A: [deploy z], B: [deploy s]]
changes: {z/y: {breaks: [V1 -> V2]}}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("deploy.yaml")
    path.write_text(TEXT)
    return path


def test_slips_are_told_with_their_place_and_what_to_do(file: Path) -> None:
    done = invoke("lint", str(file))
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.splitlines() == [
        "deploy.yaml:1:54: SKW403 no request meets lost, and no action moves it; declare a request that "
        "meets it, or leave it out",
        "1 slip",
    ]


def test_a_file_without_slips_may_be_unsafe(file: Path) -> None:
    file.write_text(TEXT.replace(", lost: {kind: service}", ""))
    done = invoke("lint", str(file))
    assert (done.returncode, done.stdout) == (0, "no slips\n")
    assert invoke("check", str(file)).returncode == 1


def test_other_tools_read_them(file: Path) -> None:
    (slip,) = json.loads(invoke("lint", str(file), "--format", "json").stdout)["slips"]
    assert (slip["code"], slip["word"], slip["place"]["line"]) == ("SKW403", "unused-component", 1)
    (line,) = invoke("lint", str(file), "--format", "github", "--output", "l.sarif").stdout.splitlines()
    assert line.startswith("::warning title=SKW403 no request meets a component")
    log = json.loads(Path("l.sarif").read_text())
    assert log["runs"][0]["results"][0]["level"] == "warning"
    assert invoke("lint", str(file), "--output", "l.xml").returncode == 2


def test_what_a_limit_left_open_is_said(file: Path) -> None:
    file.write_text(TEXT.replace(", lost: {kind: service}", ""))
    done = invoke("lint", str(file), "--max-states", "1")
    assert (done.returncode, "may be missing" in done.stderr) == (3, True)
    assert invoke("lint", "nothing.yaml").returncode == 2


def test_without_changes_the_file_alone_is_read(file: Path) -> None:
    file.write_text(TEXT.partition("changes")[0])
    assert "SKW403" in invoke("lint", str(file)).stdout
