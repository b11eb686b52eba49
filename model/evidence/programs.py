"""Libraries and programs that some formats need: found when they are needed, named when they are missing."""

from __future__ import annotations

import logging
import os
import subprocess
import sysconfig
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ..resources.children import find_program, guarded_children
from .sides import UnjudgedError

TIMEOUT_S = 120
MAX_OUTPUT = 200 * 1024 * 1024
"""Bytes that a program may print."""


class MissingToolError(Exception):
    """A library or program of the extra `evidence` is not installed. Its text says what to install."""

    def __init__(self, name: str, package: str) -> None:
        super().__init__(
            f"`{name}` is not installed, which this contract needs; "
            f"write `pip install 'skewproof[evidence]'` (or `pip install {package}`)"
        )


def load_library(name: str, package: str) -> ModuleType:
    """A module of a library; what it logs of contracts is told by grades. Raises `MissingToolError` if it is
    not installed."""
    logging.getLogger(name.split(".")[0]).setLevel(logging.CRITICAL)
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is not None and name.split(".")[0] == missing.name.split(".")[0]:
            raise MissingToolError(name.split(".")[0], package) from None
        raise


def find_tool(name: str, package: str) -> Path:
    """A program that lies beside our own Python, or on the path. Raises `MissingToolError`."""
    found = find_program(name, sysconfig.get_path("scripts")) or find_program(name)
    if found is None:
        raise MissingToolError(name, package)
    return found


def run_tool(command: Sequence[str | Path], folder: Path) -> str:
    """What a program prints, started in a folder of its own and without a network of ours in its settings.

    Raises `UnjudgedError` with its last words if it fails, takes too long or prints without end.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "NO_COLOR": "1"}
    try:
        with guarded_children():
            done = subprocess.run(  # noqa: S603 - a program of ours, no shell, arguments that we made
                list(map(str, command)),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise UnjudgedError(f"`{Path(command[0]).name}` took more than {TIMEOUT_S} s") from None
    if done.returncode != 0 or len(done.stdout) > MAX_OUTPUT:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        raise UnjudgedError(f"`{Path(command[0]).name}` could not read it: {said[0] if said else 'no word'}")
    return done.stdout.decode("utf-8", "replace")
