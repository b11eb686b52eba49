"""`skewproof report` as a user types it: what it leaves, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

from support.command import invoke

from .test_command_line import DEPLOYMENT, RELEASES

REALISTIC = str(RELEASES / "realistic.yaml")
MOST_BYTES = 1_000_000


def test_one_small_file_the_same_each_time(tmp_path: Path) -> None:
    pages = []
    for name in ("a.html", "b.html"):
        path = tmp_path / name
        run = invoke("report", DEPLOYMENT, "--changes", REALISTIC, "-o", str(path))
        assert (run.returncode, run.stdout, run.stderr) == (0, f"{path}\n", "")
        pages.append(path.read_bytes())
    assert pages[0] == pages[1]
    assert len(pages[0]) < MOST_BYTES
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_pessimistic_and_unknown_are_reports_too(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert invoke("report", DEPLOYMENT, "--pessimistic", "-o", str(path)).returncode == 0
    assert '"verdict":"unsafe"' in path.read_text(encoding="utf-8")
    run = invoke("report", DEPLOYMENT, "--changes", REALISTIC, "--max-states", "5", "-o", str(path))
    assert run.returncode == 0
    assert '"verdict":"unknown"' in path.read_text(encoding="utf-8")


def test_a_wrong_file_leaves_the_last_report_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before", encoding="utf-8")
    run = invoke("report", str(tmp_path / "missing.yaml"), "-o", str(path))
    assert run.returncode == 2
    assert path.read_text(encoding="utf-8") == "before"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    run = invoke("report", DEPLOYMENT, "--changes", REALISTIC, "-o", str(tmp_path / "none" / "report.html"))
    assert run.returncode == 2
    assert "report.html" in run.stderr
    assert "Traceback" not in run.stderr
