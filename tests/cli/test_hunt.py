"""`skewproof hunt` as a user types it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from skewproof.model.language import loads
from skewproof.properties import check
from support.command import invoke
from support.shops import CORNER_SHOP, DEEP_SHOP


def hunt(text: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "skewproof.yaml").write_text(text, encoding="utf-8")
    return invoke("hunt", "skewproof.yaml", *arguments, cwd=folder)


def test_what_is_found_can_be_pasted_and_is_unsafe(tmp_path: Path) -> None:
    done = hunt(CORNER_SHOP, tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "if this path exists" in done.stdout
    _, pasted, story, *_ = done.stdout.split("\n\n")
    deployment = loads(CORNER_SHOP.replace("requests:\n", f"requests:\n{pasted}\n"))
    assert {hazard.request for hazard in check(deployment).at_hops} == {"undeclared path 1"}
    assert "Old stock writes report to db, but db already has the new schema." in story
    assert "tried: all 69 paths of up to 4 hops" in done.stdout


def test_each_find_is_drawn(tmp_path: Path) -> None:
    done = hunt(DEEP_SHOP, tmp_path, "-o", "drawn", "--format", "dot")
    assert done.returncode == 1
    (drawn,) = (tmp_path / "drawn").iterdir()
    assert drawn.read_text().startswith("digraph")
    assert f"drawn/{drawn.name}" in done.stdout


def test_nothing_found_says_what_was_tried(tmp_path: Path) -> None:
    done = hunt(CORNER_SHOP.replace("[V1 -> V2]", "none"), tmp_path, "-o", "drawn")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✓ nothing found")
    assert "69 paths" in done.stdout
    assert not (tmp_path / "drawn").exists()


@pytest.mark.parametrize(
    ("text", "arguments", "status", "said"),
    [
        (CORNER_SHOP, ["--max-states", "10"], 3, "unknown: more than 10 states"),
        (CORNER_SHOP.split("changes")[0], [], 3, "nothing was given to judge"),
        (CORNER_SHOP.replace("web calls", "web cals"), [], 2, "did you mean `calls`?"),
        (CORNER_SHOP, ["--max-examples", "-1"], 2, "--max-examples"),
        (CORNER_SHOP, ["-o", "skewproof.yaml/x"], 2, "cannot write"),
    ],
)
def test_exit_statuses(text: str, arguments: list[str], status: int, said: str, tmp_path: Path) -> None:
    done = hunt(text, tmp_path, *arguments)
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_hunts_do_not_know_they_refuse_by_name(tmp_path: Path) -> None:
    led = CORNER_SHOP.replace("web calls stock:", "web calls stock leader:")
    assert led != CORNER_SHOP
    done = hunt(led, tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "hunts do not know leaders, as stock has one" in done.stderr


def test_a_database_and_a_seed(tmp_path: Path) -> None:
    first = hunt(DEEP_SHOP, tmp_path, "--database", "kept", "--seed", "5")
    assert "undeclared path 1" in first.stdout
    assert (tmp_path / "kept").is_dir()
    again = hunt(DEEP_SHOP, tmp_path, "--database", "kept", "--max-examples", "0")
    assert again.stdout.split("tried")[0] == first.stdout.split("tried")[0]
