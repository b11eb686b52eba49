"""Whole command lines: most in this process, for speed, some in one of their own."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

from skewproof.cli.program import run
from support.command import skewproof

from .mutations import WORDS, in_bytes, mutated

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

STATUSES = {0, 1, 2, 3}
"""All that is documented but a fault of ours, and an interrupt."""

TIMEOUT_S = 1.0
ROOM_S = 15.0
IN_A_PROCESS = 0.02
"""So many of the command lines run in a process of their own."""

WITH_SETTINGS = 0.1
SETTINGS = """\
timeout = 1.0
max-states = 100
fail-on = "corruption"

[check]
pessimistic = true

[gate]
format = "json"
"""

WITH_WHAT_IT_NEEDS = 0.9
NEEDED = {
    "diagram": ("-o", "{out}"),
    "report": ("-o", "{out}.html"),
    "explore": ("-o", "{out}.html"),
    "export": ("--to", "dot"),
    "compare": ("{file}", "{other}"),
    "gate": ("--state", "{state}"),
    "conform": ("{log}",),
    "diff": ("{other}",),
    "explain": ("SKW101",),
    "import": ("{compose}",),
    "verify": ("{json}",),
}
STATE = """\
components:
  web: {V1: 2, V2: 1}
  worker: {V2: 1}
"""
LOG = """\
{"at": "2024-01-01T00:00:00Z", "seen": {"components": {"web": {"V1": 2}}}}
{"at": "2024-01-01T00:01:00Z", "seen": {"components": {"web": {"V1": 1, "V2": 1}}}}
{"at": "2024-01-01T00:02:00Z", "event": "web: spawn V2"}
"""
COMPOSE = """\
services:
  web: {image: "web:1", depends_on: [db, queue], ports: ["80:80"], deploy: {replicas: 2}}
  worker: {image: "web:1", command: worker, depends_on: {queue: {condition: service_healthy}}}
  db: {image: postgres:16}
  queue: {image: rabbitmq:3}
"""

WRITTEN = {"state": STATE, "log": LOG, "compose": COMPOSE}

LIMITED = (
    *(
        "check",
        "report",
        "diagram",
        "hunt",
        "space",
        "export",
        "compare",
        "verify",
        "lint",
        "diff",
        "baseline",
    ),
    *("require", "plan", "fix", "gate", "exposure", "import", "conform", "explore"),
)
WITHOUT_STATES = ("verify", "import")
WITHOUT_A_FILE = ("schema", "learn", "compare", "config", "explain", "import")
_OPTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "check": (
        *(
            ("--format", "json"),
            ("--pessimistic",),
            ("--failures",),
            ("--all",),
            ("--verbose",),
            ("--stories", "1"),
        ),
        *(("--engine", name) for name in ("auto", "slice", "reference", "symbolic", "none")),
        *(("--fail-on", "corruption"), ("--certificate", "{out}"), ("--jobs", "0"), ("--allow-code",)),
    ),
    "report": (("-o", "{out}.html"), ("--failures",), ("--pessimistic",), ("-o", "{missing}/x.html")),
    "diagram": (
        ("-o", "{out}"),
        ("--kind", "timeline"),
        ("--kind", "all"),
        ("--format", "dot"),
        ("--kind", "x"),
    ),
    "hunt": (
        ("--max-examples", "2"),
        ("--max-examples", "0"),
        ("--seed", "1"),
        ("-o", "{out}"),
        ("--pessimistic",),
    ),
    "space": (("--traffic",), ("--graphml", "{out}.xml"), ("--dot", "{out}.dot"), ("--pessimistic",)),
    "export": (
        *(("--to", name) for name in ("promela", "dot", "graphml", "x")),
        *(("-o", "{out}"), ("--request", "buy"), ("--failures",), ("--traffic",)),
    ),
    "compare": (("{file}",), ("{file}", "{file}"), ("--allow-code",)),
    "verify": (("{json}",), ("{file}",), ("{missing}",)),
    "lint": (("--failures",), ("--format", "json"), ("--format", "sarif"), ("--output", "{out}")),
    "diff": (
        ("{file}",),
        ("{other}",),
        ("--format", "json"),
        ("--format", "github"),
        ("--fail-on", "degraded"),
    ),
    "baseline": (("-o", "{out}.yaml"), ("--until", "2099-01-01"), ("--until", "x"), ("--failures",)),
    "require": (("--format", "json"), ("--format", "registry"), ("--format", "oasdiff")),
    "plan": (
        ("--format", "json"),
        ("--format", "github"),
        ("--format", "dot"),
        ("-o", "{out}"),
        ("--pessimistic",),
    ),
    "fix": (
        ("--apply",),
        ("--plans", "1"),
        ("--checks", "5"),
        ("--format", "json"),
        ("--certificate", "{out}"),
    ),
    "gate": (
        ("--state", "{json}"),
        ("--state", "{other}"),
        ("--rollback",),
        ("--format", "json"),
        ("--all",),
    ),
    "exposure": (("--format", "json"), ("{other}",)),
    "import": (("{file}",), ("{other}",), ("-o", "{out}"), ("--profile", "*")),
    "conform": (("{other}",), ("{json}",), ("--complete",), ("--failures",), ("--format", "json")),
    "explore": (("-o", "{out}.html"), ("--request", "buy"), ("--failures",)),
    "config": (("check",), ("fix",), ("--format", "json")),
    "explain": (("SKW101",), ("{file}",), ("SKW999",)),
    "schema": (),
    "learn": (("no_such_module:X",), ("--allow-code",), ("x", "--allow-code")),
}


def told_by_a_command(chance: Random, text: str) -> str:
    """Runs one on what comes of the text, in a folder of its own, and says with which status it ended."""
    with TemporaryDirectory() as folder, chdir(folder):
        line = _line(chance, Path(folder), text)
        begin_s = time.monotonic()
        started = _in_a_process if chance.random() < IN_A_PROCESS else _here
        status, out, errors = started(line)
        took_s = time.monotonic() - begin_s
        said = f"{line}: {status}\n{errors[-2000:]}"
        assert status in STATUSES, said
        assert "Traceback" not in errors + out, said
        assert took_s < TIMEOUT_S + ROOM_S, f"{took_s:.1f} s: {said}"
        assert status not in (2, 3) or errors.strip() or out.strip(), f"without a word: {said}"
        if status == 2:
            assert re.search(r"^.+:\d+:\d+: |Error: |^error: |: .+|; .+", errors + out, re.M), said
        if _last_format(line) == "json" and status != 2 and out:
            json.loads(out)
        return f"{line[0] if line[0] in _OPTIONS else 'another word'} {status}"


def _last_format(line: list[str]) -> str | None:
    """The last one given holds."""
    given = [after for option, after in pairwise(line) if option == "--format"]
    return given[-1] if given else None


def _line(chance: Random, folder: Path, text: str) -> list[str]:
    given = mutated(text, chance, 1) if chance.random() < 0.4 else text
    (folder / "d.yaml").write_bytes(in_bytes(given, chance))
    (folder / "e.yaml").write_bytes(in_bytes(mutated(text, chance), chance))
    (folder / "c.json").write_text(
        mutated('{"format": "skewproof certificate", "version": 5, "claims": []}', chance)
    )
    for name, right in WRITTEN.items():
        told = mutated(right, chance, 2) if chance.random() < 0.3 else right
        (folder / name).write_bytes(in_bytes(told, chance))
    if chance.random() < WITH_SETTINGS:
        (folder / ".skewproof.toml").write_bytes(in_bytes(mutated(SETTINGS, chance), chance))
    places = {
        "file": chance.choice([folder / "d.yaml"] * 17 + [folder, folder / "none.yaml", Path("/dev/null")]),
        "out": folder / "out",
        "json": folder / "c.json",
        "missing": folder / "missing",
        "other": folder / "e.yaml",
        **{name: folder / name for name in WRITTEN},
    }
    command = chance.choice(list(_OPTIONS))
    words = [command]
    if command not in WITHOUT_A_FILE:
        words.append("{file}")
    if chance.random() < WITH_WHAT_IT_NEEDS:
        words += NEEDED.get(command, ())
    for option in chance.sample(_OPTIONS[command], chance.randint(0, min(3, len(_OPTIONS[command])))):
        words += option
    if chance.random() < 0.05:
        words.insert(chance.randint(0, len(words)), chance.choice(WORDS).replace("\u0000", ""))
    if command in LIMITED:
        words += ["--timeout", str(TIMEOUT_S)]
        if chance.random() < 0.3 and command not in WITHOUT_STATES:
            words += ["--max-states", str(chance.choice([1, 100, 10_000]))]
    return [word.format(**places) if word[:1] == "{" and word != "{" else word for word in words]


def _here(line: list[str]) -> tuple[int, str, str]:
    """In this process, by what the console script runs."""
    out, errors = _captured(), _captured()
    kept = {number: signal.getsignal(number) for number in _SIGNALS}
    with patch.object(sys, "argv", ["skewproof", *line]), redirect_stdout(out), redirect_stderr(errors):
        try:
            run()
        except SystemExit as ended:
            status = ended.code
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)
    assert status is None or isinstance(status, int), f"{line}: {status}"
    return status or 0, _read(out), _read(errors)


def _captured() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8", errors="surrogateescape", write_through=True)


def _read(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def _in_a_process(line: list[str]) -> tuple[int, str, str]:
    done = skewproof(*line)
    return done.returncode, done.stdout, done.stderr
