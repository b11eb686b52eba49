"""The CI files of the documentation: each of their commands works, and says no when it should."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.projects import SAFE, UNSAFE, write

ROOT = Path(__file__).parents[2]
GITHUB, GITLAB = ROOT / "docs" / "ci" / "github.yml", ROOT / "docs" / "ci" / "gitlab.yml"


def commands(file: Path) -> list[str]:
    """Every command of the file, in its order, each once."""
    jobs: dict[str, Any] = yaml.safe_load(file.read_text())
    if file == GITHUB:
        found = [step["run"] for job in jobs["jobs"].values() for step in job["steps"] if "run" in step]
    else:
        found = [line for job in jobs.values() for line in job["script"]]
    return list(dict.fromkeys(found))


def run(command: str, folder: Path) -> int:
    """Its exit status, as the shell of a runner has it."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "GITHUB_RUN_NUMBER": "7", "CI_PIPELINE_IID": "7"}
    return subprocess.run(["bash", "-ec", command], cwd=folder, env=env, check=False).returncode


@pytest.mark.parametrize("file", [GITHUB, GITLAB], ids=["GitHub", "GitLab"])
def test_the_commands_pass_a_safe_release_and_stop_an_unsafe_one(file: Path, tmp_path: Path) -> None:
    ours = [command for command in commands(file) if not command.startswith("pip install")]
    assert [re.split(r"[ \n]", command)[0] for command in ours].count("skewproof") >= 2
    assert any(command.startswith("pytest") for command in ours)
    changes, unsafe = (
        {"skewproof__changes__yaml": "changes:" + text.split("changes:")[1]} for text in (SAFE, UNSAFE)
    )
    write(tmp_path, skewproof__yaml=SAFE.split("changes:")[0], **changes)
    assert {command: run(command, tmp_path) for command in ours} == dict.fromkeys(ours, 0)
    write(tmp_path, **unsafe)
    stopped = {command: run(command, tmp_path) for command in ours if "hunt" not in command}
    assert stopped == dict.fromkeys(stopped, 1)
    assert (tmp_path / "skewproof.xml").exists()
    assert list((tmp_path / "skewproof-drawings").glob("*.svg"))


@pytest.mark.parametrize("file", [GITHUB, GITLAB], ids=["GitHub", "GitLab"])
def test_what_they_install_is_what_this_is_called(file: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    installs = [command for command in commands(file) if command.startswith("pip install")]
    assert installs == [f"pip install {project} pytest"]
