"""Projects of users, in which pytest is run as they run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .shops import CORNER_SHOP

UNSAFE = CORNER_SHOP.replace(
    "requests:\n",
    "requests:\n"
    "  write report:\n"
    "    - client calls web: page\n"
    "    - web calls stock: item\n"
    "    - stock writes db: report\n",
)
SAFE = UNSAFE.replace("[V1 -> V2]", "none")
STORY = "7  Migrate  request   ✗ stock V1 writes db: report: form V1 meets version V2 of the schema"
"""How the story of the unsafe one ends."""


def pytest_in(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What pytest prints in the folder."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def write(folder: Path, **files: str) -> Path:
    """The folder with files in it; `__` in a name stands for the dot: `skewproof__yaml`."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder
