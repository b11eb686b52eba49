"""READMEs of examples show what the tool prints; that of the project is played with the documentation."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from skewproof.model.language import loads

ROOT = Path(__file__).parents[2]
PAGES = {ROOT / "examples" / "sccos" / "README.md": 3, ROOT / "examples" / "sccos-shop" / "README.md": 1}
"""The pages that show what the tool prints, and how often."""
BLOCK = re.compile(r"```console\n\$ (?P<command>skewproof [^\n]+)\n(?P<output>.*?)```", re.DOTALL)


def printed(command: str) -> str:
    program = shutil.which("skewproof", path=sysconfig.get_path("scripts"))
    assert program, "the console script is not installed"
    arguments = shlex.split(command)[1:]
    done = subprocess.run([program, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_a_page_shows_what_the_tool_prints(page: Path, request: pytest.FixtureRequest) -> None:
    text = page.read_text(encoding="utf-8")
    current = BLOCK.sub(lambda m: f"```console\n$ {m['command']}\n{printed(m['command'])}```", text)
    assert len(BLOCK.findall(text)) == PAGES[page]
    if request.config.getoption("--golden-write"):
        page.write_text(current, encoding="utf-8", newline="\n")
        return
    assert current == text, "`make golden` writes it anew"


def test_the_example_of_the_language_page_loads() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    deployment = loads(page.split("```yaml\n")[1].split("```")[0])
    assert deployment.system == "Shop"
