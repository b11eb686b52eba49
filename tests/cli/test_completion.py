"""`skewproof completion`: what a shell offers behind TAB."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.command import SKEWPROOF, invoke

COMPLETE = """
set -e
source {script}
COMP_WORDS=({words}); COMP_CWORD={last}
_skewproof_completion skewproof
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def complete(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    assert SKEWPROOF
    script = folder / "skewproof.bash"
    script.write_text(invoke("completion", "bash").stdout)
    typed = " ".join(f"'{word}'" for word in ("skewproof", *words))
    text = COMPLETE.format(script=script, words=typed, last=len(words))
    path = os.pathsep.join([str(Path(SKEWPROOF).parent), os.environ["PATH"]])
    # bash itself puts in what `compopt` would: outside of a completion it only complains
    done = subprocess.run(
        ["bash", "--norc", "-c", "compopt() { :; }\n" + text],
        env={**os.environ, "PATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_bash_offers_commands_options_and_choices(tmp_path: Path) -> None:
    assert complete(tmp_path, "i") == ["init", "import"]
    assert complete(tmp_path, "check", "--ch") == ["--changes"]
    assert complete(tmp_path, "export", "--to", "gr") == ["graphml"]
    assert complete(tmp_path, "explain", "--no-such-option") == []


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "complete ")]
)
def test_each_shell_has_its_script(shell: str, mark: str) -> None:
    script = invoke("completion", shell).stdout
    assert mark in script
    if found := shutil.which(shell):
        subprocess.run([found, "-n", "-c", script], check=True)


def test_another_shell_is_refused() -> None:
    assert invoke("completion", "csh").returncode == 2
