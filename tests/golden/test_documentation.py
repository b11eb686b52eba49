"""The documentation is built without a warning, and every snippet of it is true.

A page is played from its first line to its last in a folder of its own: a block of YAML, TOML or Python whose
first line is a comment with the name of a file is written there, and a block `console` is typed there,
command by command, and must show what is printed. `make golden` writes what was printed into the pages.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from os import environ, pathsep
from pathlib import Path
from shlex import split

import pytest

from skewproof.cli.commands import COMMANDS
from support.command import ROOT, invoke

DOCS = ROOT / "docs"
PATTERNS = ("tutorial.md", "comparison.md", "how-to/*.md", "explanation/*.md", "reference/*.md")
PLAYED = [ROOT / "README.md", *sorted(path for pattern in PATTERNS for path in DOCS.glob(pattern))]
FENCE = re.compile(r"^```(?P<kind>[\w{}-]*)(?P<option>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"^(?:#|//) (?P<name>[\w./-]+\.\w+|[\w.-]*Makefile)\n")
PLAIN = re.compile(r"skewproof [^|<>;&$]*")
"""A command that needs no shell, and so no process of its own."""
SHOWN_ONLY = {"", "text", "sh", "json", "{toctree}", "{eval-rst}"}
"""What is to be read: nothing in it is said to be printed by skewproof, or to be a file of the page."""


def play(text: str, folder: Path) -> str:
    """The page with what its commands print; its files are written into the folder."""
    return FENCE.sub(lambda found: _play_block(found, folder), text)


def _play_block(found: re.Match[str], folder: Path) -> str:
    kind, body = found["kind"], found["body"]
    if kind == "console":
        return f"```console{found['option']}\n{''.join(_type(body, folder))}```"
    named = FILE.match(body)
    if named:
        path = folder / named["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    else:
        assert kind in SHOWN_ONLY, f"a block of {kind} is no file: name it in its first line"
    return found[0]


def _type(body: str, folder: Path) -> Iterator[str]:
    for command in re.findall(r"^\$ (.*(?:\\\n.*)*)$", body, re.MULTILINE):
        yield f"$ {command}\n{_print(command, folder)}"


def _print(command: str, folder: Path) -> str:
    """What a terminal shows, standard error behind standard output."""
    if PLAIN.fullmatch(command):
        done = invoke(*split(command)[1:], cwd=folder)
        assert done.returncode in (0, 1, 2, 3), done.stderr
        return done.stdout + done.stderr
    path = pathsep.join([sysconfig.get_path("scripts"), environ["PATH"]])
    typed = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**environ, "PATH": path, "GIT_CONFIG_GLOBAL": str(folder / ".gitconfig")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return typed.stdout


@pytest.mark.parametrize("page", PLAYED, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_true(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = page.read_text(encoding="utf-8")
    played = play(text, tmp_path)
    if request.config.getoption("--golden-write"):
        page.write_text(played, encoding="utf-8", newline="\n")
        return
    assert played == text, "`make golden` writes it anew"


def test_all_is_built_without_a_warning(tmp_path: Path) -> None:
    """By what `make docs` runs, with the search, the references and the Python API."""
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "-b", "html"]
    done = subprocess.run([*command, DOCS, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "skewproof.check" in (tmp_path / "reference" / "python.html").read_text(encoding="utf-8")


def test_each_command_has_its_section() -> None:
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert all(f"\n$ skewproof {name} --help\n" in page for name in COMMANDS)
