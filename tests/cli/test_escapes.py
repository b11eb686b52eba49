"""Every command on a file whose names are chosen to do harm, in a folder and under a name of that kind.

Nothing of it acts on a terminal, in a log, or on what runs the commands that stand in logs.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sysconfig
from contextlib import suppress
from pathlib import Path

import pytest

from skewproof.cli.output import say_json
from skewproof.model.escapes import make_harmless, make_line_harmless, make_printable
from support.command import SKEWPROOF

HOSTILE = "::error::\x1b[31m\u202e\u200b\x9b2J\r\n##[error]x"
FOLDER = f"f{HOSTILE}\udcff"
FILE = f"::warning file=x::{HOSTILE}.skew.yaml"

NAMES = """\
system: "::error::system ##[error] ##vso[task.x]"
components:
  "::web": {kind: service}
  "##[x]": {kind: service, image: "::web"}
  "::cron": {kind: worker}
  "::db": {kind: database}
requests:
  "::error::browse ##[group]":
    - "client calls ::web": "::page"
    - "::web calls ##[x]": "##[group]i"
    - "##[x] writes ::db": "::debug::r"
  "::stop-commands::job":
    - "::cron calls ##[x]": "report"
    - "##[x] writes ::db": "::debug::r"
pipeline:
  - "::add-mask::Quiet ##[section]": ["suspend ::cron"]
  - "::group::Migrate": ["migrate ::db"]
  - "::endgroup::Roll": ["deploy ##[x] ::web ::cron"]
  - "::set-env name=x::y": ["resume ::cron"]
changes:
  "::db/::debug::r":
    breaks: [V1 -> V2]
    note: >-
      ::error::note ##[error] of a great length, so that it is broken somewhere, before ::error::this or
      ::error::that or ##[error]those, and again ::error::before ::error::these ::error::x
properties:
  "::notice::holds ##[x]": "always \\"::web\\".up >= 5"
"""
WRONG = NAMES.replace("kind: worker", 'kind: "::wor\\u001b[31m\\n::error::ker\\u202e"').replace(
    "suspend", "::suspnd\\u001b\\n"
)
UNREADABLE = b'system: "\x1b[31m\n::error::x ##[error]"\n'
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def place(folder: Path, content: str | bytes) -> tuple[Path, str]:
    """The folder and the name of a file in it, both of which would do harm."""
    where = folder / FOLDER
    where.mkdir()
    (where / FILE).write_bytes(content if isinstance(content, bytes) else content.encode())
    return where, FILE


def refuse_harm(output: str) -> None:
    for line in re.split("[\n]", output):
        assert not UNSEEN.search(line), repr(line)
        assert not line.lstrip().startswith("::"), repr(line)
        assert "##[" not in line, repr(line)
        assert "##vso[" not in line, repr(line)


def typed(folder: Path, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.run(list(command), cwd=folder, env=env, capture_output=True, check=False)


def refuse_harm_of(done: subprocess.CompletedProcess[bytes], status: int) -> None:
    assert done.returncode == status, done.stderr
    refuse_harm(done.stdout.decode())  # strictly: a lone surrogate is no UTF-8
    refuse_harm(done.stderr.decode())


COMMANDS = [
    (["check", FILE, "--all", "--verbose"], 1),
    (["check", FILE, "--format", "json"], 1),
    (["check", FILE, "--engine", "reference", "--max-states", "3"], 3),
    (["check", FILE, "--certificate", "::error::\x1b"], 1),
    (["check", FILE, "--format", "sarif"], 1),
    (["check", FILE, "--format", "junit"], 1),
    (["check", FILE, "--format", "gitlab"], 1),
    (["check", FILE, "--format", "markdown"], 1),
    (["check", FILE, "--format", "itf"], 1),
    (["check", FILE, "--output", f"sarif:::error::{HOSTILE}", "--output", f"itf:{HOSTILE}/x"], 2),
    (["check", FILE, "--output", HOSTILE], 2),
    (["check", ".", "--format", "markdown"], 1),
    (["check", "."], 1),
    (["check", ".", "--format", "json", "--jobs", "2"], 1),
    (["compare", FILE, FILE], 1),
    (["lint", FILE], 0),
    (["lint", FILE, "--format", "github"], 0),
    (["fix", FILE, "--seconds", "2"], 1),
    (["fix", FILE, "--seconds", "2", "--format", "json"], 1),
    (["fix", HOSTILE], 2),
    (["baseline", FILE], 0),
    (["baseline", FILE, "-o", f"::error::{HOSTILE}", "--reason", HOSTILE], 0),
    (["check", FILE, "--accept", HOSTILE], 2),
    (["diff", FILE, FILE], 0),
    (["diff", FILE, FILE, "--format", "markdown"], 0),
    (["diff", FILE, FILE, "--format", "sarif"], 0),
    (["diff", FILE, HOSTILE], 2),
    (["diff", "--base", HOSTILE, FILE], 2),
    (["config", HOSTILE], 2),
    (["hunt", FILE, "-o", f"out{HOSTILE}", "--format", "dot"], 0),
    (["space", FILE], 0),
    (["space", FILE, "--max-states", "2"], 3),
    (["diagram", FILE, "-o", f"::out{HOSTILE}", "--kind", "all", "--format", "dot"], 0),
    (["report", FILE, "-o", f"::error::{HOSTILE}.html"], 0),
    (["export", FILE, "--to", "dot", "--request", HOSTILE], 2),
    (["verify", FILE, FILE], 2),
    (["learn", FILE], 2),
    (["learn", f"{HOSTILE}:x", "--allow-code"], 2),
    (["check", HOSTILE], 2),
    (["check", FILE, "--changes", HOSTILE], 2),
    (["check", FILE, "--changes", "."], 2),
    (["check", ".", "--cluster", HOSTILE], 2),
    ([HOSTILE], 2),
    (["check", f"--{HOSTILE}"], 2),
    (["report", FILE, "-o", f"missing/{HOSTILE}"], 2),
    (["diagram", FILE, "-o", f"{FILE}/{HOSTILE}"], 2),
]


@pytest.mark.parametrize(("command", "status"), COMMANDS)
def test_no_command_prints_what_acts(command: list[str], status: int, tmp_path: Path) -> None:
    assert SKEWPROOF
    folder, _ = place(tmp_path, NAMES)
    refuse_harm_of(typed(folder, SKEWPROOF, *command), status)


@pytest.mark.parametrize(
    "content", [WRONG, UNREADABLE, "a: [\x1b", "\ud800".encode("utf-8", "surrogatepass")]
)
@pytest.mark.parametrize("style", ["text", "json", "sarif", "junit", "gitlab", "markdown", "itf"])
def test_no_error_prints_what_acts(content: str | bytes, style: str, tmp_path: Path) -> None:
    assert SKEWPROOF
    folder, file = place(tmp_path, content)
    for what in (file, ".", str(folder)):
        refuse_harm_of(typed(folder, SKEWPROOF, "check", what, "--format", style), 2)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("style", ["text", "json"])
def test_no_encoding_is_a_fault(encoding: str, style: str, tmp_path: Path) -> None:
    assert SKEWPROOF
    folder, file = place(tmp_path, NAMES.replace("::web", "::wéb世"))
    done = typed(folder, SKEWPROOF, "check", file, "--format", style, PYTHONIOENCODING=encoding)
    assert done.returncode == 1, done.stderr
    refuse_harm(done.stdout.decode(encoding))


@pytest.mark.parametrize("target", ["promela", "dot", "graphml"])
def test_what_other_tools_read_begins_no_line_with_a_name(target: str, tmp_path: Path) -> None:
    """Spin's language begins its choices with `::` and a space, which is no command."""
    assert SKEWPROOF
    folder, file = place(tmp_path, NAMES)
    done = typed(folder, SKEWPROOF, "export", file, "--to", target)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.decode().splitlines():
        assert not re.match(r"\s*(::\S|##\[)", line), line
        assert not UNSEEN.search(line)


@pytest.mark.parametrize("content", [NAMES, WRONG, UNREADABLE])
@pytest.mark.parametrize("verbosity", ["-q", "-vv"])
def test_the_plugin_prints_nothing_that_acts(content: str | bytes, verbosity: str, tmp_path: Path) -> None:
    place(tmp_path, content)
    (tmp_path / "::error::x.skew.yaml").write_text(NAMES)
    pytest_script = Path(sysconfig.get_path("scripts")) / "pytest"
    more = ("-p", "no:cacheprovider", "-ra", verbosity, "--continue-on-collection-errors")
    done = typed(tmp_path, pytest_script, *more)
    refuse_harm_of(done, 1)
    assert b"skew.yaml" in done.stdout


def test_progress_at_a_terminal_prints_no_name(tmp_path: Path) -> None:
    """Colours and the moves of the cursor are ours; a name would be the first thing between two of them."""
    assert SKEWPROOF
    folder, file = place(tmp_path, NAMES)
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "60"}
    with subprocess.Popen(
        [SKEWPROOF, "check", "."], cwd=folder, stdout=theirs, stderr=theirs, env=env
    ) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the other end is closed
            while chunk := os.read(ours, 65536):
                shown += chunk
        assert process.wait(60) == 1
    os.close(ours)
    refuse_harm(re.sub(r"\x1b\[[0-9;?]*[mKhlA]", "", shown.decode()).replace("\r", ""))
    assert file.encode() not in shown


def test_lines_are_fit_for_a_log() -> None:
    assert (
        make_harmless("a\tb\n ::error::c\n##[x] ##vso[y] ##z\r")
        == "a\tb\n \\x3a:error::c\n\\x23#[x] \\x23#vso[y] ##z\\r"
    )
    assert make_line_harmless("::a\n::b") == "\\x3a:a\\n::b"
    assert make_harmless("\t::a") == "\t\\x3a:a"
    assert make_harmless("C::d e::f") == "C::d e::f"
    assert make_harmless(make_harmless("::x\x1b")) == make_harmless("::x\x1b")


@pytest.mark.parametrize(
    ("char", "escape"),
    [
        ("\u034f", r"\u034f"),
        ("\u115f", r"\u115f"),
        ("\u3164", r"\u3164"),
        ("\u200d", r"\u200d"),
        ("\ufe0f", r"\ufe0f"),
        ("\U000e0041", r"\U000e0041"),
        ("\u2066", r"\u2066"),
        ("\x7f", r"\x7f"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_cannot_be_seen_is_an_escape(char: str, escape: str) -> None:
    assert make_printable(f"a{char}b") == f"a{escape}b"


def test_pictographs_keep_their_look() -> None:
    assert make_printable("⚠\ufe0f") == "⚠\ufe0f"


def test_json_escapes_in_its_own_way(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    value = {"##[a]": "\u202e\x7f\x9b\U000e0041\ud800é::", "::b": ["##vso[x]"]}
    say_json(value)
    shown = capsys.readouterr().out
    refuse_harm(shown)
    assert "é" in shown
    assert json.loads(shown) == value
