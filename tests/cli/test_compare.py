"""`skewproof compare`: several deployments side by side."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.command import invoke

TEXT = """
components: {{glue: {{kind: service}}, zed: {{kind: service}}}}
requests: {{browse: [client calls glue: page, glue calls zed: add]}}
pipeline: {pipeline}
changes: {{zed/add: {{breaks: [V1 -> V2]}}}}
"""


def compare(*files: Path) -> subprocess.CompletedProcess[str]:
    return invoke("compare", *map(str, files))


def test_windows_stand_side_by_side_and_the_last_file_decides(tmp_path: Path) -> None:
    naive, better = tmp_path / "naive.yaml", tmp_path / "better.yaml"
    naive.write_text(TEXT.format(pipeline="[Build, Roll: [deploy zed glue]]"))
    better.write_text(TEXT.format(pipeline="[Build, Callers: [deploy glue], Callees: [deploy zed]]"))
    done = compare(naive, better)
    assert done.returncode == 0, done.stderr
    rows = [line.split("  ") for line in done.stdout.splitlines()]
    table = {row[0].strip(): [cell.strip() for cell in row[1:] if cell.strip()] for row in rows}
    assert table["verdict"] == ["UNSAFE, 1 hazard", "SAFE"]
    assert table["zed/add"] == ["1 of 2 steps", "-"]
    assert table["open at once, at most"] == ["1 contract", "0 contracts"]
    assert compare(better, naive).returncode == 1


def test_a_wrong_file_is_wrong_input(tmp_path: Path) -> None:
    done = compare(tmp_path / "none.yaml")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_one_release_can_go_through_several_pipelines(tmp_path: Path) -> None:
    text, _, changes = TEXT.partition("changes: ")
    names = {
        "naive": "[Roll: [deploy zed glue]]",
        "better": "[Callers: [deploy glue], Callees: [deploy zed]]",
    }
    for name, pipeline in names.items():
        (tmp_path / f"{name}.yaml").write_text(text.format(pipeline=pipeline))
    (tmp_path / "release.yaml").write_text("changes: " + changes.format())
    files = [str(tmp_path / f"{name}.yaml") for name in names]
    assert invoke("compare", *files).returncode == 3, "nothing is known to break"
    release = ("--changes", str(tmp_path / "release.yaml"))
    assert invoke("compare", *files, *release).returncode == 0
    assert invoke("compare", *reversed(files), *release).returncode == 1
    assert invoke("compare", *files, "--pessimistic").returncode == 1
