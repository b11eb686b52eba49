"""Settings: which hold, where they are from, and what is wrong in a file of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import pytest

from skewproof.cli.commands import COMMANDS
from skewproof.cli.program import skewproof as program
from skewproof.cli.settable import SETTINGS
from support.command import invoke

TEXT = """\
components: {s: {kind: service}, z: {kind: service}}
requests: {ask: [client calls s: x, s calls z: y]}
pipeline: [A: [deploy z], B: [deploy s]]
changes: {z/y: {breaks: [V1 -> V2], severity: degraded}}
"""
NEVER = {"allow-code", "cluster", "output", "certificate", "graphml", "dot", "drawings", "database"}
"""What loads code, sends work away or writes files is said by whoever calls, each time."""
OF_ONE_CALL = {
    "apply",
    "budget",
    "ci",
    "complete",
    "migration",
    "part",
    "plan",
    "rollback",
    "starter",
    "state",
    "version-of",
    "versions-only",
    "workload",
    "help",
    "kind",
    "name",
    "profile",
    "request",
    "to",
    "traffic",
    "discover",
    "head",
    "max-size",
    "until",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a folder in it, in which one works."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "deploy.yaml").write_text(TEXT)
    monkeypatch.chdir(tmp_path / "sub")
    return tmp_path


def held(command: str = "check", **environment: str) -> dict[str, tuple[object, str]]:
    """What holds for a command: values and where they are from."""
    told = json.loads(invoke("config", command, "--format", "json", cwd=None, **environment).stdout)
    return {one["name"]: (one["value"], one["source"]) for one in told["settings"]}


def test_the_table_is_that_of_the_commands() -> None:
    for called in COMMANDS:
        command = program.get_command(click.Context(program), called)
        assert command is not None
        options = [p for p in command.params if isinstance(p, click.Option)]
        names = {option[2:] for p in options for option in p.opts if option.startswith("--")}
        settable = {name for name, commands in SETTINGS.items() if called in commands}
        assert settable <= names, called
        assert names - settable <= NEVER | OF_ONE_CALL | {"format"}, called


def test_each_source_wins_over_those_behind_it(folder: Path) -> None:
    assert held()["fail-on"] == ("degraded", "default")
    (folder / "pyproject.toml").write_text('[tool.skewproof]\nfail-on = "error"\n')
    assert held()["fail-on"] == ("error", "../pyproject.toml:2:1")
    (folder / "pyproject.toml").write_text(
        '[tool.skewproof]\nfail-on = "error"\n[tool.skewproof.check]\nfail-on = "corruption"\n'
    )
    assert held()["fail-on"] == ("corruption", "../pyproject.toml:4:1")
    assert held("diff")["fail-on"] == ("error", "../pyproject.toml:2:1")
    assert held(SKEWPROOF_FAIL_ON="degraded")["fail-on"] == ("degraded", "SKEWPROOF_FAIL_ON")
    both = {"SKEWPROOF_FAIL_ON": "degraded", "SKEWPROOF_CHECK_FAIL_ON": "error"}
    assert held(**both)["fail-on"] == ("error", "SKEWPROOF_CHECK_FAIL_ON")


def test_what_holds_is_what_is_done(folder: Path) -> None:
    assert invoke("check", "deploy.yaml").returncode == 1
    (folder / "pyproject.toml").write_text('[tool.skewproof]\nfail-on = "error"\n')
    assert invoke("check", "deploy.yaml").returncode == 0
    assert invoke("--no-config", "check", "deploy.yaml").returncode == 1
    assert invoke("check", "deploy.yaml", SKEWPROOF_FAIL_ON="degraded").returncode == 1
    assert invoke("check", "deploy.yaml", "--fail-on", "degraded").returncode == 1


def test_the_nearest_file_holds_and_none_beyond_the_repository(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.skewproof]\ntimeout = 60\n")
    (folder / "sub" / "pyproject.toml").write_text('[project]\ndependencies = ["skewproof"]\n')
    assert held()["timeout"] == (60, "../pyproject.toml:2:1"), "a project without a table is passed over"
    (folder / ".skewproof.toml").write_text("timeout = 50\n")
    assert held()["timeout"] == (50, "../.skewproof.toml:1:1")
    (folder / "sub" / ".skewproof.toml").write_text("[check]\ntimeout = 40\n")
    assert held()["timeout"] == (40, ".skewproof.toml:2:1")
    for file in (folder / "sub").glob("*.toml"):
        file.unlink()
    (folder / "sub" / ".skewproof.toml").unlink(missing_ok=True)
    (folder / "sub" / ".git").mkdir()
    assert held()["timeout"] == (None, "default")


def test_paths_are_those_of_the_file(folder: Path) -> None:
    (folder / "known.yaml").write_text("accept: [{contract: z/y, reason: known}]\n")
    (folder / "pyproject.toml").write_text('[tool.skewproof]\naccept = ["known.yaml"]\n')
    assert held()["accept"] == ([os.path.join("..", "known.yaml")], "../pyproject.toml:2:1")
    assert invoke("check", "deploy.yaml").returncode == 0
    (folder / "pyproject.toml").unlink()
    assert invoke("check", "deploy.yaml", SKEWPROOF_ACCEPT="../known.yaml").returncode == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('engin = "slice"\n', "pyproject.toml:2:1: unknown setting `engin`; did you mean `engine`?"),
        ("allow-code = true\n", "pyproject.toml:2:1: unknown setting `allow-code`"),
        ('output = ["x.json"]\n', "unknown setting `output`"),
        ("[tool.skewproof.chek]\n", "pyproject.toml:2:1: unknown setting `chek`; did you mean `check`?"),
        ("[tool.skewproof.schema]\njobs = 2\n", "3:1: unknown setting `jobs` for `skewproof schema`"),
        ('[tool.skewproof.check]\nbase = "x"\n', "unknown setting `base` for `skewproof check`"),
        (
            'engine = "fast"\n',
            '2:1: `engine` must be one of auto, slice, reference, symbolic, not "fast"',
        ),
        ('engine = "slices"\n', 'not "slices"; did you mean `slice`?'),
        ("jobs = 0\n", "2:1: `jobs` must be a whole number, at least 1 and at most"),
        (
            'timeout = "soon"\n',
            "2:1: `timeout` must be a number of seconds, above 0 and at most 1,000,000,000",
        ),
        ("max-states = 1.5\n", "2:1: `max-states` must be a whole number, at least 1, not 1.5"),
        ("max-memory = -3\n", "2:1: `max-memory` must be a whole number of mebibytes, at least 1, not -3"),
        (
            'changes = "no.yaml"\n',
            '2:1: `changes` must be the path of a file as seen from the folder of this file, not "no.yaml"',
        ),
        ('failures = "yes"\n', '2:1: `failures` must be `true` or `false`, not "yes"'),
        ("stories = true\n", "2:1: `stories` must be a whole number, at least 0, not true"),
        ('accept = "a.yaml"\n', '2:1: `accept` must be a list, not "a.yaml"; write `accept = ["a.yaml"]`'),
        ("check.jobs = 0\n", "2:1: `check.jobs` must be a whole number, at least 1 and at most"),
        ("check = 1\n", "2:1: unknown setting `check`"),
        ("jobs = \n", "2:8: not valid TOML: Invalid value"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(folder: Path, text: str, said: str) -> None:
    (folder / "sub" / "pyproject.toml").write_text(f"[tool.skewproof]\n{text}")
    done = invoke("check", "deploy.yaml")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert invoke("check", "--help").returncode == 0
    assert invoke("schema").returncode == 0


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SKEWPROOF_TIMEOUT", "soon", "a number of seconds, above 0 and at most 1,000,000,000"),
        ("SKEWPROOF_CHECK_ENGINE", "fast", "one of auto, slice, reference, symbolic"),
        ("SKEWPROOF_FAILURES", "maybe", "a boolean"),
    ],
)
def test_of_a_wrong_variable_its_name_is_told(folder: Path, variable: str, value: str, said: str) -> None:
    done = invoke("check", "deploy.yaml", cwd=None, **{variable: value})
    assert done.returncode == 2
    assert done.stderr.endswith(f"The variable {variable} says it; it must be {said}.\n")
    assert "variable" not in invoke("check", "deploy.yaml", "--timeout", "soon").stderr


def test_a_file_that_has_no_end_is_no_file_of_settings(folder: Path) -> None:
    os.mkfifo(folder / "sub" / ".skewproof.toml")
    assert invoke("check", "deploy.yaml").returncode == 1


def test_it_is_told_as_text(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.skewproof]\ntimeout = 60\n")
    lines = invoke("config").stdout.splitlines()
    assert lines[0] == "file: ../pyproject.toml"
    assert [line.split() for line in lines if line.startswith("timeout")] == [
        ["timeout", "60", "../pyproject.toml:2:1"]
    ]
    assert invoke("config", "nothing").returncode == 2
