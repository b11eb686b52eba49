"""Long work at the command line: limits, progress, and Ctrl-C, in real processes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from support.command import PATIENCE_S, ROOT, SKEWPROOF, seconds_of_work, skewproof, start, wait_until

SERVICES = 8

ENUMERATE = ("--engine", "reference") if "--engine" in skewproof("check", "--help").stdout else ()
"""What makes `check` take long on services that roll out at once."""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A deployment that no enumeration ends on in a minute: eight services roll out at once."""
    names = [f"s{n}" for n in range(SERVICES)]
    calls = "".join(f"    - {a} calls {b}: x\n" for a, b in zip(["client", *names], names, strict=False))
    file = tmp_path / "large.yaml"
    file.write_text(
        "components:\n"
        + "".join(f"  {name}: {{kind: service, replicas: 5}}\n" for name in names)
        + f"requests:\n  chain:\n{calls}  again:\n{calls}"
        + f"pipeline: [Roll: [deploy {' '.join(names)}]]\nchanges:\n  s4/x: {{breaks: none}}\n"
    )
    return file


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (("--max-states", "3000"), "more than 3,000 states (--max-states)"),
        (("--timeout", "0.5"), "no time left (--timeout)"),
        (("--max-memory", "120"), "more than 120 MiB of memory (--max-memory)"),
    ],
    ids=["states", "time", "memory"],
)
def test_a_limit_is_no_verdict_and_is_named(large: Path, limit: tuple[str, str], words: str) -> None:
    done = skewproof("check", str(large), *ENUMERATE, *limit)
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("? UNKNOWN") or done.stderr.startswith("unknown: ")  # before it was read
    told = " ".join((done.stdout + done.stderr).split())
    assert words in told


@pytest.mark.parametrize("engine", ["reference", "symbolic"])
def test_time_that_runs_out_before_the_first_search_is_up(engine: str, tmp_path: Path) -> None:
    """A minute would not be enough to compile this, and to make diagrams of it."""
    names = [f"s{n}" for n in range(3000)]
    calls = (f"{a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False))
    file = tmp_path / "huge.yaml"
    file.write_text(
        f"components: {{{', '.join(f'{name}: {{kind: service, replicas: 100}}' for name in names)}}}\n"
        f"requests: {{walk: [{', '.join(calls)}]}}\npipeline: [Roll: [deploy {' '.join(names)}]]\n"
        f"changes: {{{', '.join(f'{name}/x: {{breaks: none}}' for name in names)}}}\n"
    )
    done = skewproof("check", str(file), "--engine", engine, "--timeout", "0.5")
    assert done.returncode == 3
    assert "no time left (--timeout): explored 0 states" in " ".join((done.stdout + done.stderr).split())


def test_a_limit_is_named_in_json(large: Path) -> None:
    done = skewproof("check", str(large), *ENUMERATE, "--max-states", "3000", "--format", "json")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, json.loads((ROOT / "docs" / "verdict.schema.json").read_text()))
    assert answer["verdict"] == "unknown"
    statistics = answer["statistics"]
    assert (statistics["limit"], statistics["states"]) == ("--max-states", 3000)
    assert statistics["requests_done"] == 0


@pytest.mark.parametrize("command", ["space", "export"])
def test_a_limit_stops_every_command_that_searches(command: str, large: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    more = ["--graphml", str(out)] if command == "space" else ["--to", "graphml", "-o", str(out)]
    states = ("--max-states", str(10**12))  # else it is refused before it begins
    done = skewproof(command, str(large), *more, *states, "--timeout", "0.3")
    assert done.returncode == 3
    assert "unknown: no time left (--timeout): explored" in done.stderr
    assert "raise --timeout" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize("limit", [("--timeout", "0"), ("--max-memory", "0"), ("--timeout", "soon")])
def test_a_limit_that_means_nothing_is_wrong_usage(limit: tuple[str, str], large: Path) -> None:
    assert skewproof("check", str(large), *ENUMERATE, *limit).returncode == 2


def test_progress_is_shown_at_a_terminal_after_a_while(large: Path) -> None:
    """A pseudo-terminal as stderr: nothing in the first second, then states and requests. It is over when
    they were seen, or the search has no more memory."""
    assert SKEWPROOF
    ours, theirs = pty.openpty()
    try:
        command = [SKEWPROOF, "check", str(large), *ENUMERATE, "--max-states", "1000000000"]
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
            os.close(theirs)
            shown = b""
            while chunk := _read(ours):
                shown += chunk
                if b"explored" in shown and b"states" in shown:
                    process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 128 + signal.SIGTERM
    finally:
        os.close(ours)
    assert b"explored" in shown
    assert b"states" in shown


LONG = """
import time
from skewproof.cli import progress
from skewproof.cli.output import complain, hand_over, say, say_json
from skewproof.cli.render_text import printed_whole
from skewproof.model.resources.limits import Progress

progress.SHOWN_AFTER_S = 0.0
work = Progress()
with progress.shown_progress(work):
    for number, tell in enumerate((lambda: say("a word"), lambda: say_json({}), lambda: hand_over(b"bytes"))):
        work.at(1000 + number)
        time.sleep(0.2)
        tell()
    work.at(2000)
    complain("a warning")
    work.at(3000)
    with printed_whole() as screen:
        screen.file.write("a page")
    work.at(4000)
"""


def test_what_is_printed_while_progress_is_shown_goes_where_it_is_meant_to() -> None:
    """Into the file or pipe, though standard error is a terminal; and stands by itself on that."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "40"}
    with subprocess.Popen(
        [sys.executable, "-c", LONG], stdout=subprocess.PIPE, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        told, _ = process.communicate()
    os.close(ours)
    assert (process.returncode, told) == (0, b"a word\n{}\nbytesa page")
    assert b"explored 1,000 states" in shown
    assert b"explored 4,000 states" in shown, "it comes back"
    assert re.search(rb"\x1b\[2Ka warning\r\n", shown), shown
    assert b"a word" not in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def test_no_progress_in_a_pipe_and_none_on_short_work(large: Path) -> None:
    said = skewproof("check", str(large), *ENUMERATE, "--timeout", "5").stderr
    assert said == "" or said.startswith("unknown: no time left")
    assert "\x1b" not in said


@pytest.mark.parametrize("command", ["check", "space"])
def test_ctrl_c_leaves_a_word_a_status_and_no_file(command: str, large: Path, tmp_path: Path) -> None:
    assert SKEWPROOF
    folder = tmp_path / "out"
    folder.mkdir()
    more = ["--graphml", str(folder / "space.graphml")] if command == "space" else ENUMERATE
    process = start(command, str(large), "--max-states", "1000000000", *more)
    wait_until(lambda: seconds_of_work(process.pid) > 1.5 or process.poll() is not None, "it does not work")
    assert process.poll() is None, "the deployment is not large enough for this test"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert (out, err.strip()) == ("", "interrupted: no verdict")
    assert list(folder.iterdir()) == []
