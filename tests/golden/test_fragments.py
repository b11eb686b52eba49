"""Pages that show parts of files and of sessions: what stands there is of the language, the settings and the
commands that there are. Whole pages are played by test_documentation.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml

from skewproof.cli.commands import COMMANDS
from skewproof.cli.program import skewproof
from skewproof.cli.settings_file import read_settings_file
from skewproof.model.language import json_schema
from support.command import ROOT

DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
TYPED = re.compile(r"^(?:\$ )?skewproof (?P<rest>[a-z-].*)$", re.MULTILINE)
WHOLE: dict[str, list[str]] = {"required": []}
"""A fragment has some sections of a file, and need not have the others."""
SCHEMA = jsonschema.Draft202012Validator(json_schema() | WHOLE)


def list_blocks() -> Iterator[tuple[str, str, str]]:
    """The page, the kind and the text of each block."""
    played = {"tutorial.md", "comparison.md", "index.md"}
    for page in sorted(DOCS.glob("*.md")):
        if page.name not in played:
            for found in FENCE.finditer(page.read_text(encoding="utf-8")):
                yield page.name, found["kind"], found["body"]


def of_kind(*kinds: str) -> list[Any]:
    blocks = [block for block in list_blocks() if block[1] in kinds]
    return [pytest.param(body, id=f"{page} {number}") for number, (page, _, body) in enumerate(blocks)]


@pytest.mark.parametrize("text", of_kind("yaml"))
def test_yaml_is_of_the_language(text: str) -> None:
    data = yaml.safe_load(text if not text.startswith(" ") else f"changes:\n{text}")
    for entry in data.get("accept", ()):
        entry.update({key: str(value) for key, value in entry.items() if isinstance(value, date)})
    SCHEMA.validate(data)


@pytest.mark.parametrize("text", of_kind("toml"))
def test_toml_is_a_file_of_settings(text: str) -> None:
    name = text.splitlines()[0].removeprefix("# ")
    settings = read_settings_file(Path(name), text.encode())
    assert settings is not None
    for command in COMMANDS:
        found = skewproof.get_command(click.Context(skewproof), command)
        assert found is not None
        settings.values_for(found, command)


@pytest.mark.parametrize("text", of_kind("python"))
def test_python_compiles_and_imports_what_there_is(text: str) -> None:
    compile(text, "<page>", "exec")
    for line in re.findall(r"^from skewproof.* import .*$", text, re.MULTILINE):
        exec(line, {})


@pytest.mark.parametrize("text", of_kind("", "sh", "console"))
def test_commands_and_their_options_are_known(text: str) -> None:
    for found in TYPED.finditer(text):
        called, *words = found["rest"].partition("  #")[0].split()
        command = skewproof.get_command(click.Context(skewproof), called)
        assert command is not None, called
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if re.match(r"--?[a-z]", word)} <= options, found[0]


def test_there_is_something_to_look_at() -> None:
    kinds = {kind for _, kind, _ in list_blocks()}
    assert {"yaml", "toml", "python", ""} <= kinds
