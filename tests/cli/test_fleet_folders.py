"""Folders of deployments as they are found on disks: closed, linked, linked in a circle, ending in `.yml`."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from pathlib import Path

import pytest

from skewproof.cli.fleet.files import find_deployments
from support.command import SKEWPROOF, skewproof
from support.projects import SAFE, pytest_in


def files_below(folder: Path) -> list[str]:
    return [str(file.relative_to(folder)) for file in find_deployments(folder).files]


@pytest.mark.parametrize(
    "name", ["skewproof.yaml", "skewproof.yml", "shop.skew.yaml", "shop.skew.yml", "SkewProof.YAML"]
)
def test_every_ending_of_yaml_is_one(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(SAFE)
    done = skewproof("check", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 file: 1 safe" in done.stdout
    tested = pytest_in(tmp_path, "-q")
    assert "4 passed" in tested.stdout, tested.stdout


def test_the_changes_beside_may_end_otherwise(tmp_path: Path) -> None:
    (tmp_path / "skewproof.yml").write_text(SAFE)
    (tmp_path / "skewproof.changes.yml").write_text("changes: {db/report: {breaks: [V1 -> V2]}}\n")
    assert "1 failed, 3 passed" in pytest_in(tmp_path, "-q").stdout


def test_folders_behind_links_count_once(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep" / "skewproof.yaml").write_text(SAFE)
    root = tmp_path / "root"
    (root / "real").mkdir(parents=True)
    (root / "real" / "skewproof.yaml").write_text(SAFE)
    (root / "a link to real").symlink_to("real")
    (root / "real" / "up").symlink_to(root)
    (root / "round").symlink_to("round")
    (root / "z").symlink_to(outside)
    (root / "y").symlink_to(outside / "deep")
    (outside / "back").symlink_to(root)
    (root / "gone").symlink_to("nowhere")
    assert files_below(root) == ["real/skewproof.yaml", "y/skewproof.yaml"]
    done = skewproof("check", str(root))
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 files: 2 safe" in done.stdout


@pytest.mark.parametrize("made", ["gone", "round", "fifo", "folder of another"])
def test_a_file_that_is_none_is_counted(made: str, tmp_path: Path) -> None:
    (tmp_path / "skewproof.yaml").write_text(SAFE)
    odd = tmp_path / "odd.skew.yaml"
    if made == "fifo":
        os.mkfifo(odd)
    else:
        odd.symlink_to({"gone": "nowhere", "round": str(odd), "folder of another": "skewproof.yaml/x"}[made])
    done = skewproof("check", str(tmp_path))
    assert done.returncode == 2
    assert "2 files: 1 safe, 1 wrong" in done.stdout
    assert "odd.skew.yaml" in done.stderr


PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def _see_no_more_than_others() -> None:
    """Takes from root, before the command starts, the right to look into closed folders."""
    if os.geteuid() == 0:
        for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, right, 0, 0, 0)


def as_anybody(*command: str) -> subprocess.CompletedProcess[str]:
    """As a user whom closed folders are closed to; root sees all."""
    assert SKEWPROOF
    return subprocess.run(
        [SKEWPROOF, *command],
        preexec_fn=_see_no_more_than_others,
        capture_output=True,
        text=True,
        check=False,
    )


def close(folder: Path) -> None:
    folder.mkdir()
    (folder / "skewproof.yaml").write_text(SAFE)
    folder.chmod(0o000)


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_closed_folder_is_said_and_counted(style: str, tmp_path: Path) -> None:
    (tmp_path / "skewproof.yaml").write_text(SAFE)
    close(tmp_path / "closed")
    (tmp_path / "linked").symlink_to(tmp_path / "closed" / "further")
    done = as_anybody("check", str(tmp_path), "--format", style)
    (tmp_path / "closed").chmod(0o755)
    assert done.returncode == 2, done.stderr
    if style == "text":
        assert "3 files: 1 safe, 2 wrong; exit status 2" in done.stdout
        assert f"{tmp_path}/closed: cannot be read: permission denied" in done.stderr
    else:
        told = {file["file"]: file for file in json.loads(done.stdout)}
        assert told[f"{tmp_path}/closed"]["status"] == 2
        assert "permission denied" in told[f"{tmp_path}/linked"]["error"]


def test_the_folder_itself_may_be_closed(tmp_path: Path) -> None:
    close(tmp_path / "closed")
    done = as_anybody("check", str(tmp_path / "closed"))
    (tmp_path / "closed").chmod(0o755)
    assert done.returncode == 2
    assert "is not readable" in done.stderr


def test_a_folder_whose_path_is_too_long_is_said(tmp_path: Path) -> None:
    (tmp_path / "skewproof.yaml").write_text(SAFE)
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    done = skewproof("check", str(tmp_path))
    subprocess.run(["rm", "-r", str(tmp_path / ("d" * 250))], check=True)
    assert done.returncode == 2
    assert "file name too long" in done.stderr
    assert "2 files: 1 safe, 1 wrong" in done.stdout
