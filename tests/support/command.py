"""The command line as a user types it, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
SKEWPROOF = shutil.which("skewproof", path=sysconfig.get_path("scripts"))


def skewproof(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """What the command printed, and its exit status."""
    assert SKEWPROOF, "the console script is not installed"
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.run(
        [SKEWPROOF, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=env,
        cwd=cwd,
        check=False,
    )
