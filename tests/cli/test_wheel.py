"""The sdist is the whole project; the wheel that is made of it, installed where nothing of this checkout is,
makes pytest judge a directory that holds only a deployment file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
from pathlib import Path

import pytest

from support.projects import SAFE, STORY, UNSAFE, write

ROOT = Path(__file__).parents[2]
TOP = ("model", "properties", "diagrams", "cli", "pytest_plugin")


def test_every_room_is_installed() -> None:
    """Also those that nobody of the other tests here asks for."""
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    rooms = (room for top in TOP for room in (ROOT / top).rglob("__init__.py"))
    names = {".".join(("skewproof", *room.parent.relative_to(ROOT).parts)) for room in rooms}
    assert {name for name in setup["packages"] if "." in name and not name.endswith(".front")} == names


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was made of it."""
    folder = tmp_path_factory.mktemp("wheel")
    copied = shutil.ignore_patterns(
        ".git", ".venv", ".judges", "build", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(ROOT, folder / "source", ignore=copied)
    command = [sys.executable, "-m", "build", "--quiet", "--outdir", str(folder), str(folder / "source")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="outside of a repository nothing says what is whole")
def test_the_sdist_is_the_whole_project(built: Path) -> None:
    (sdist,) = built.glob("skewproof-*.tar.gz")
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(listed.stdout.split("\n")[:-1]) <= packed


def test_the_wheel_is_small(built: Path) -> None:
    """It has no tests, no examples and no pictures: 1.0 MB, when this was written."""
    (wheel,) = built.glob("skewproof-*.whl")
    assert wheel.stat().st_size < 2 * 2**20


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment: the wheel in it, and all that it needs from ours."""
    folder = tmp_path_factory.mktemp("environment")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    (wheel,) = built.glob("skewproof-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    python = folder / "env" / "bin" / "python"
    subprocess.run([*pip, "--python", python, "install", "--no-deps", "--no-index", wheel], check=True)
    # A path in a .pth file is looked through for packages, but not for further .pth files: what this
    # environment has is found, but for the checkout, which is linked to from a .pth file itself.
    (site,) = (folder / "env" / "lib").glob("python*/site-packages")
    (site / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [python, *arguments],
        cwd=folder,
        env=env | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_it_is_the_wheel_that_runs(python: Path, tmp_path: Path) -> None:
    done = run(python, tmp_path, "-c", "import skewproof.pytest_plugin as plugin; print(plugin.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(python.parents[1]), done.stderr


def test_a_directory_with_a_safe_release_passes(python: Path, tmp_path: Path) -> None:
    done = run(python, write(tmp_path, skewproof__yaml=SAFE), "-m", "pytest")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_a_directory_with_an_unsafe_release_fails_with_its_story(python: Path, tmp_path: Path) -> None:
    done = run(python, write(tmp_path, skewproof__yaml=UNSAFE), "-m", "pytest")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 3 passed" in done.stdout
    assert STORY in done.stdout
    assert "Traceback" not in done.stdout


def test_the_command_line_works_from_the_wheel(python: Path, tmp_path: Path) -> None:
    command = python.with_name("skewproof")
    done = run(
        python, write(tmp_path, skewproof__yaml=UNSAFE), str(command), "hunt", "skewproof.yaml", "--help"
    )
    assert done.returncode == 0, done.stderr
