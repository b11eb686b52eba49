"""The examples in docstrings run."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import skewproof

ROOT = Path(str(skewproof.__file__)).parent
ROOMS = ("model", "properties", "diagrams", "cli", "pytest_plugin")


def modules() -> list[str]:
    """The modules with examples, by name."""
    files = [ROOT / "__init__.py", *(file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))]
    shown = (file.relative_to(ROOT).with_suffix("") for file in files if ">>> " in file.read_text())
    return [".".join(("skewproof", *path.parts)).removesuffix(".__init__") for path in shown]


@pytest.mark.parametrize("name", modules())
def test_its_examples_run(name: str) -> None:
    done = doctest.testmod(import_module(name))
    assert done.attempted
    assert not done.failed


def test_there_are_examples() -> None:
    assert {"skewproof", "skewproof.model.kernel.graph"} <= set(modules())
