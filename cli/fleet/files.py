"""Which files below a folder are deployments."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path

NAMES = ("skewproof.yaml", "*.skew.yaml")
"""What the file of a deployment is called, so that it is found among all else."""


def deployments(folder: Path) -> list[Path]:
    """The files, sorted by their path. Links to folders are not followed, so that nothing is endless."""
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(place) / name for name in names if any(fnmatch(name, pattern) for pattern in NAMES)]
    return sorted(found)
