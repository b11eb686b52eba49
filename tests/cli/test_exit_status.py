"""Status 1 means hazards and nothing else, and 4 a fault of ours, whatever becomes of pipes and disks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.command import ROOT, SKEWPROOF, skewproof
from support.shops import CORNER_SHOP

SCCOS = ROOT / "examples" / "sccos" / "deployment.yaml"
UNSAFE = CORNER_SHOP.replace(
    "requests:\n", "requests:\n  report: [client calls stock: x, stock writes db: report]\n"
)
UNREAD = 141


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(UNSAFE)
    (tmp_path / "wrong.yaml").write_text("components: [")
    return tmp_path


def bash(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """The script, in which `S` is the command."""
    text = f'S() {{ "{SKEWPROOF}" "$@"; }}\nset -o pipefail\n{script}'
    return subprocess.run(["bash", "-c", text], cwd=folder, capture_output=True, text=True, check=False)


ANSWERS = [
    f"check '{SCCOS}' --pessimistic --all",
    f"check '{SCCOS}' --pessimistic --format json",
    "check .",
    "check . --format json",
    "compare shop.yaml shop.yaml",
    "hunt shop.yaml",
    "space shop.yaml",
    "schema",
    "export shop.yaml --to promela",
    "--help",
    "check --help",
]


@pytest.mark.parametrize("command", ANSWERS)
def test_nobody_who_reads_is_no_hazard(command: str, shop: Path) -> None:
    """The reader is gone before a word is written: the command begins when that is said."""
    (shop / "skewproof.yaml").write_text(UNSAFE)
    os.mkfifo(shop / "gone")
    writer, reader = f"{{ read -r _ < gone; S {command}; }}", "(exec <&-; echo it is > gone)"
    done = bash(shop, f"{writer} | {reader}; echo ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == (f"{UNREAD}\n", "")


@pytest.mark.parametrize("command", [*ANSWERS, "--version"])
def test_a_full_disk_is_the_users_to_mend(command: str, shop: Path) -> None:
    (shop / "skewproof.yaml").write_text(UNSAFE)
    done = bash(shop, f"S {command} > /dev/full; echo $?")
    assert done.stdout == "2\n"
    assert done.stderr == "Error: cannot write the answer: No space left on device\n"


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("S check shop.yaml >&-", 1),
        ("S check shop.yaml 2>&-", 1),
        ("S check shop.yaml <&- >&- 2>&-", 1),
        ("S check shop.yaml --verbose 2>/dev/full", 1),
        ("S check shop.yaml --verbose 2>&1 >/dev/null | true; (exit ${PIPESTATUS[0]})", 1),
        ("S check wrong.yaml 2>/dev/full", 2),
        ("S check wrong.yaml 2>&-", 2),
        ("S check wrong.yaml >&- 2>&-", 2),
        ("S check missing.yaml 2> >(true)", 2),
        ("S chekc 2>/dev/full", 2),
        ("S check --nothing 2>&-", 2),
        ("S check shop.yaml >/dev/full 2>/dev/full", 2),
        ("S check shop.yaml --certificate proof 2>&-", 1),
        ("S check shop.yaml --max-states 1 --engine reference >&-", 3),
        ("S space shop.yaml --max-states 1 2>/dev/full", 3),
        ("S verify shop.yaml shop.yaml >&- 2>&-", 2),
        ("S report shop.yaml -o page.html >&-; (exit $?)", 0),
    ],
)
def test_a_stream_that_is_gone_changes_no_status(script: str, status: int, shop: Path) -> None:
    done = bash(shop, f"{script}\n")
    assert done.returncode == status, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_no_file_is_taken_for_a_stream_that_was_closed(shop: Path) -> None:
    done = bash(shop, "S report shop.yaml -o page.html >&- 2>&-")
    assert done.returncode == 0
    assert (shop / "page.html").read_text().rstrip().endswith("</html>")


@pytest.mark.parametrize(
    "wrong",
    ["nan", "-nan", "inf", "-inf", "-1", "0", "1e400", "1e10", "", "1_000_000_000_000"],
)
@pytest.mark.parametrize("command", ["check shop.yaml", "check ."])
def test_a_time_that_is_none_is_wrong_usage(command: str, wrong: str, shop: Path) -> None:
    (shop / "skewproof.yaml").write_text(UNSAFE)
    done = skewproof(*command.split(), f"--timeout={wrong}", cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--timeout" in done.stderr


@pytest.mark.parametrize(
    ("option", "status"),
    [
        ("--timeout=1e9", 1),
        ("--max-memory=99999999999999999999", 1),
        ("--max-states=99999999999999999999", 1),
        ("--stories=99999999999999999999", 1),
        ("--jobs=1024", 1),
        ("--jobs=99999999999999999999", 2),
    ],
)
def test_a_large_number_is_no_fault(option: str, status: int, shop: Path) -> None:
    (shop / "skewproof.yaml").write_text(UNSAFE)
    assert skewproof("check", ".", option, cwd=shop).returncode == status


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("check ../shop.yaml", 1),
        ("check SHOP", 1),
        ("check SHOP --format json", 1),
        ("check SHOPS --jobs 2", 2),
        ("check .", 2),
        ("report SHOP -o page.html", 2),
        ("diagram SHOP -o out", 2),
        ("hunt SHOP", 2),
        ("schema", 0),
        ("export SHOP --to dot -o out", 2),
        ("learn a:B --allow-code", 2),
        ("check SHOP --allow-code", 1),
    ],
)
def test_a_working_folder_that_was_deleted_is_no_fault(command: str, status: int, shop: Path) -> None:
    (shop / "skewproof.yaml").write_text(UNSAFE)
    command = command.replace("SHOPS", str(shop)).replace("SHOP", str(shop / "shop.yaml"))
    done = bash(shop, f"mkdir gone; cd gone; rmdir ../gone; S {command}")
    assert done.returncode == status, done.stderr
    assert "a fault of skewproof" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", ["check shop.yaml", "check .", "check . --jobs 2", "report shop.yaml -o out"]
)
@pytest.mark.parametrize("limit", ["-n 12", "-n 5", "-v 150000", "-v 90000"])
def test_a_machine_that_has_no_more_is_no_fault(command: str, limit: str, shop: Path) -> None:
    """Few open files, little memory: a verdict, or none."""
    (shop / "skewproof.yaml").write_text(UNSAFE)
    done = bash(shop, f"ulimit -S {limit}; S {command}")
    usual = 0 if command.startswith("report") else 1
    if done.returncode == usual and usual == 1:
        assert "UNSAFE" in done.stdout
    assert done.returncode in (usual, 2, 3), (done.stdout, done.stderr)
    assert "a fault of skewproof" not in done.stderr


@pytest.mark.parametrize(
    "certificate", ["/dev/zero", "/dev/null", ".", "missing", "wrong.yaml", "/proc/self/mem"]
)
def test_what_can_be_no_certificate_is_wrong_input(certificate: str, shop: Path) -> None:
    done = skewproof("verify", "shop.yaml", certificate, cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no certificate" in done.stderr


def test_code_that_ends_the_program_is_no_hazard(shop: Path) -> None:
    source = (ROOT / "examples" / "failover" / "skewproof.yaml").read_text()
    (shop / "failover.yaml").write_text(source)
    (shop / "cluster.py").write_text("raise SystemExit(1)\n")
    done = skewproof("check", "failover.yaml", "--allow-code", cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert "SystemExit" in done.stderr


PROBE = """
import sys
from skewproof.cli import program
def fail(*_): raise RuntimeError("\\x1b[31mno\\n::error::x")
program.skewproof.main = fail
program.run()
"""


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_fault_is_a_fault_also_where_it_is_looked_into(debug: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={**os.environ, "SKEWPROOF_DEBUG": debug},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert ("Traceback" in done.stderr) == bool(debug)
    assert "\x1b" not in done.stderr
    assert not [line for line in done.stderr.splitlines() if line.lstrip().startswith("::")]
