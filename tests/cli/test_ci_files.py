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
INSTALL = "pip install"


def scripts(file: Path) -> list[str]:
    """What a runner gives to a shell in one go, in the order of the file, without what is installed first."""
    jobs: dict[str, Any] = yaml.safe_load(file.read_text())
    if file == GITHUB:
        found = [step["run"] for job in jobs["jobs"].values() for step in job["steps"] if "run" in step]
    else:
        found = ["\n".join(job["script"]) for job in jobs.values()]
    return ["\n".join(line for line in one.split("\n") if not line.startswith(INSTALL)) for one in found]


def run(script: str, folder: Path) -> int:
    """Its exit status, as the shell of a runner has it."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    env = {name: value for name, value in os.environ.items() if name != "GITHUB_STEP_SUMMARY"}
    env |= {"PATH": path, "GITHUB_RUN_NUMBER": "7", "CI_PIPELINE_IID": "7"}
    return subprocess.run(["bash", "-ec", script], cwd=folder, env=env, check=False).returncode


@pytest.mark.parametrize("file", [GITHUB, GITLAB], ids=["GitHub", "GitLab"])
def test_the_commands_pass_a_safe_release_and_stop_an_unsafe_one(file: Path, tmp_path: Path) -> None:
    ours = [script for script in scripts(file) if script]
    changes, unsafe = (
        {"skewproof__changes__yaml": "changes:" + text.split("changes:")[1]} for text in (SAFE, UNSAFE)
    )
    safe_project, project = tmp_path / "safe", tmp_path / "unsafe"
    for folder, release in ((safe_project, changes), (project, unsafe)):
        folder.mkdir()
        write(folder, skewproof__yaml=SAFE.split("changes:")[0], **release)
    assert {script: run(script, safe_project) for script in ours} == dict.fromkeys(ours, 0)
    stopped = {script: run(script, project) for script in ours if "hunt" not in script}
    assert [script for script, status in stopped.items() if status != 1] == [
        script for script in stopped if script.startswith("skewproof report") and file == GITHUB
    ]
    kept = {"skewproof.html", "skewproof.json", "skewproof.md", "skewproof.xml"}
    kept |= (
        {"skewproof.sarif"} if file == GITHUB else {"gl-code-quality-report.json", "skewproof-verdict.xml"}
    )
    assert kept <= {path.name for path in project.iterdir()}
    assert list((project / "skewproof-drawings").glob("*.svg"))


@pytest.mark.parametrize("file", [GITHUB, GITLAB], ids=["GitHub", "GitLab"])
def test_what_they_install_is_what_this_is_called(file: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    installs = set(re.findall(r"pip install .*", file.read_text()))
    assert installs == {f"pip install {project} pytest"}
