"""The help of each command ends in examples, and they run as they stand."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from skewproof.cli.commands import COMMANDS
from skewproof.cli.starter import STARTER
from support.command import ROOT, invoke

BROKEN = {"check", "diff", "compare", "hunt"}
"""Those whose examples may find hazards, which is no fault of theirs."""


def examples(command: str) -> list[str]:
    """What the help of a command says to type."""
    told = invoke(command, "--help").stdout
    return [line.strip() for line in told.splitlines() if re.match(r"  skewproof [a-z]+ .*", line)]


def git(folder: Path, *arguments: str) -> None:
    named = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with all that the examples name, with a revision that is called `main`, and `v41`."""
    deployment, _, changes = STARTER.partition("# What this release changes")
    safe = "changes:\n  db/order: {breaks: none}\n"
    timing = "traffic: {}\ndurations: {spawn: 20s, retire: 5s, ready: 5s, migrate: 30s, consume: 1s}\n"
    (tmp_path / "deploy.yaml").write_text(deployment + safe + timing)
    (tmp_path / "naive.yaml").write_text(STARTER)
    (tmp_path / "plan.yaml").write_text(deployment + safe)
    (tmp_path / "release.yaml").write_text("#" + changes)
    (tmp_path / "compose.yaml").write_text("services: {shop: {image: shop, ports: ['80:80']}}\n")
    (tmp_path / "state.yaml").write_text("step: (before)\n")
    (tmp_path / "log.jsonl").write_text('{"seen": {"step": "(before)"}}\n')
    shutil.copytree(ROOT / "tests" / "manifests" / "k8s-guestbook", tmp_path / "k8s")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "one"), ("tag", "v41")):
        git(tmp_path, *words)
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "main")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_an_example(command: str) -> None:
    assert any(line.startswith(f"skewproof {command}") for line in examples(command))


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("watch", "learn", "derive")])
def test_the_examples_run(folder: Path, command: str) -> None:
    """`watch` has no end, and `learn` and `derive` need code and contracts: their own tests run them."""
    for example in examples(command):
        line, _, output = example.partition(" > ")
        words = shlex.split(line)[1:]
        done = invoke(*words, cwd=folder)
        allowed = (0, 1) if words[0] in BROKEN else (0,)
        assert done.returncode in allowed, (example, done.stderr)
        assert done.stdout or not output


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "report deploy.yaml",
            "Such as: skewproof report deploy.yaml --changes release.yaml -o report.html\n",
        ),
        ("diagram deploy.yaml", "Such as: skewproof diagram deploy.yaml -o drawings\n"),
        ("gate deploy.yaml", "Such as: skewproof gate deploy.yaml --state state.yaml\n"),
        ("import", "Such as: skewproof import k8s/ -o skewproof.yaml\n"),
        ("watch", "Usage: skewproof watch "),
    ],
)
def test_who_leaves_something_out_is_shown_how_it_is_typed(typed: str, said: str, tmp_path: Path) -> None:
    done = invoke(*typed.split(), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_of_a_file_that_is_not_there_one_with_a_name_like_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "skewproof.yaml").write_text("components: {}\n")
    assert invoke("check", "skewproof.yml", cwd=tmp_path).stderr == (
        "skewproof.yml: no such file or directory; did you mean `skewproof.yaml`?\n"
    )
    assert invoke("check", "sub/skewproof.yaml", cwd=tmp_path).stderr == (
        "sub/skewproof.yaml: no such file or directory\n"
    )
