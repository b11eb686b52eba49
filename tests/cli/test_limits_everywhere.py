"""Small files that would fill any machine: every command gives an answer or an `unknown`, within its limits.

Each runs in a process whose address space the system limits, so that a limit that does not hold fails here.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest

from support.command import PATIENCE_S, ROOT, SKEWPROOF
from support.projects import pytest_in

TIMEOUT_S = 2
ROOM_S = 15
"""Room for the start, in seconds of the processor, so that what else the machine does is not counted;
nothing here ends by itself in that time."""
GUARD_MIB = 4000

VERSIONS = ", ".join(f"V{n}" for n in range(1, 51))
FLAGS = ", ".join(f"f{n}: {{guards: [b/y{n}]}}" for n in range(40))
HUGE = {
    "forms": f"""
versions: [{VERSIONS}]
components: {{a: {{kind: service}}, c: {{kind: cache}}}}
requests: {{r: [client calls a: x, a reads c: y]}}
pipeline: [S: [deploy a to V50], T: [sync c to V50]]
changes: {{c/y: {{breaks: both}}}}
""",
    "ended moves": f"""
flags: {{f: {{guards: [b/y]}}}}
components: {{a: {{kind: service}}, b: {{kind: service}}}}
requests: {{r: [client calls a: x, a calls b: y]}}
pipeline: [D: [deploy a b], {", ".join(f"s{n}: [start {('en', 'dis')[n % 2]}able f]" for n in range(40))}]
changes: {{b/y: {{breaks: both}}}}
""",
    "steps": f"""
components: {{a: {{kind: service}}, b: {{kind: service}}}}
requests: {{r: [client calls a: x, a calls b: y]}}
pipeline: [{", ".join(f"s{n}: [{('deploy', 'rollback')[n % 2]} a]" for n in range(12_000))}]
changes: {{b/y: {{breaks: both}}}}
""",
}
COMMANDS = (
    ["check"],
    ["check", "--engine", "symbolic"],
    ["check", "--failures"],
    ["report", "-o", "out.html"],
    ["diagram", "--kind", "all", "-o", "out"],
    ["hunt"],
    ["space"],
    ["compare"],
    ["export", "--to", "promela", "-o", "out.pml"],
    ["verify", "proof.json"],
    ["baseline"],
    ["fix"],
    ["lint"],
    ["diff", "forms.yaml"],
    ["gate", "--state", "state.yaml"],
    ["conform", "log.jsonl"],
    ["exposure"],
)


def guarded(folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """The command and the seconds of the processor that it took."""
    assert SKEWPROOF
    begin_s = spent_by_children()
    done = subprocess.run(
        [sys.executable, SKEWPROOF, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=PATIENCE_S,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (GUARD_MIB << 20, GUARD_MIB << 20)),
    )
    return done, spent_by_children() - begin_s


def spent_by_children() -> float:
    """The seconds of the processor of all processes that we started and that are over."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in HUGE.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "state.yaml").write_text("step: (before)\n")
    (tmp_path / "log.jsonl").write_text('{"seen": {"step": "(after)"}}\n')
    (tmp_path / "proof.json").write_text(
        json.dumps(
            {
                "format": "skewproof certificate",
                "version": 5,
                "system": "forms",
                "assumed": {},
                "values": {},
                "claims": [],
                "progress": [],
                "runs": [],
            }
        )
    )
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_ends_when_time_is_up(command: Sequence[str], folder: Path) -> None:
    name, *more = command
    done, took_s = guarded(folder, name, "forms.yaml", *more, "--timeout", str(TIMEOUT_S))
    told = " ".join((done.stdout + done.stderr).split())
    if name == "report":  # it says so in the page
        assert (done.returncode, took_s < TIMEOUT_S + ROOM_S) in [(0, True), (3, True)], told
    else:
        assert done.returncode == 3, told
        assert "(--timeout)" in told
    assert took_s < TIMEOUT_S + ROOM_S
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", HUGE)
def test_memory_that_is_full_is_unknown(name: str, folder: Path) -> None:
    done, _ = guarded(folder, "check", f"{name}.yaml", "--max-memory", "150")
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 3, told
    assert "more than 150 MiB of memory (--max-memory)" in told
    assert "raise --max-memory" in told


def test_what_the_system_has_no_memory_for_is_unknown(folder: Path) -> None:
    """The guard is less than half of the machine; what is refused comes before the default limit."""
    (folder / "one.py").write_text(
        "import resource, sys\nfrom skewproof.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))\nsys.argv[0] = 'skewproof'\nmain()\n"
    )
    command = [sys.executable, "one.py", "check", "forms.yaml"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, timeout=PATIENCE_S
    )
    assert done.returncode == 3, done.stderr
    assert "of memory (--max-memory)" in " ".join((done.stdout + done.stderr).split())


def test_a_file_of_a_folder_that_cannot_be_read_in_time_is_unknown(folder: Path) -> None:
    (folder / "fleet").mkdir()
    (folder / "steps.yaml").rename(folder / "fleet" / "skewproof.yaml")
    done, took_s = guarded(folder, "check", "fleet", "--timeout", "1")
    assert done.returncode == 3, done.stdout
    assert "UNKNOWN" in done.stdout
    assert "(--timeout)" in " ".join(done.stdout.split())
    assert took_s < TIMEOUT_S + ROOM_S


def test_versions_that_nothing_holds_cost_nothing(folder: Path) -> None:
    """Fifty versions of services and a schema: no store has forms, and none are made."""
    (folder / "no forms.yaml").write_text(
        f"versions: [{VERSIONS}]\n"
        "components: {a: {kind: service}, b: {kind: service}, d: {kind: database}}\n"
        "requests: {r: [client calls a: x, a calls b: y, b writes d: z]}\n"
        "pipeline: [S: [migrate d to V50, deploy a b to V50]]\n"
        "changes: {b/y: {skew: {older: 1, newer: 1}}, d/z: {breaks: both}}\n"
    )
    done, _ = guarded(folder, "check", "no forms.yaml", "--stories", "0", "--max-memory", "300")
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--skewproof-timeout", "1"), "no time left"),
        (("--skewproof-max-memory", "150"), "more than 150 MiB"),
    ],
)
def test_under_pytest_the_limits_hold_too(option: tuple[str, str], said: str, tmp_path: Path) -> None:
    (tmp_path / "skewproof.yaml").write_text(HUGE["forms"])
    done = pytest_in(tmp_path, *option)
    assert done.returncode == 1, done.stdout
    assert f"no verdict: {said}" in done.stdout
    assert f"raise {option[0]}" in done.stdout


LONG = (
    "components: {a: {kind: service}}\nrequests: {"
    + ", ".join(f"r{n}: [client calls a: x{n}]" for n in range(60_000))
    + "}\npipeline: [One: [deploy a]]\nchanges: {}\n"
)


@pytest.mark.parametrize(
    "limit",
    [["--timeout", "0.3"], *(["--max-memory", str(mib)] for mib in (40, 50, 60, 65, 70))],
    ids=" ".join,
)
def test_a_limit_while_the_file_is_read_is_an_answer_as_any(tmp_path: Path, limit: list[str]) -> None:
    """Whoever reads JSON, SARIF or JUnit is told in that, and not by an empty page."""
    (tmp_path / "long.yaml").write_text(LONG)
    outputs = ["--output", str(tmp_path / "out.sarif"), "--output", str(tmp_path / "junit.xml")]
    assert SKEWPROOF
    command = [SKEWPROOF, "check", str(tmp_path / "long.yaml"), "--format", "json", *limit, *outputs]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    answer = json.loads(done.stdout)
    schema = json.loads((ROOT / "docs" / "verdict.schema.json").read_text())
    jsonschema.validate(answer, schema)
    assert (answer["system"], answer["verdict"]) == ("long", "unknown")
    assert answer["statistics"]["limit"] == limit[0]
    assert "before the file was read" in answer["statistics"]["reason"]
    assert limit[0] in (tmp_path / "out.sarif").read_text()
    assert limit[0] in (tmp_path / "junit.xml").read_text()
    assert done.stderr.startswith("unknown: ")
