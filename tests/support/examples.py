"""The deployments among the examples' files, some of which are read by other programs."""

from __future__ import annotations

from pathlib import Path

from .command import ROOT

EXAMPLES = ROOT / "examples"
SECTIONS = {"components:", "requests:"}


def list_examples() -> list[Path]:
    """Every deployment file; changes in files of their own are none."""
    return [path for path in sorted(EXAMPLES.rglob("*.yaml")) if _is_deployment(path)]


def _is_deployment(path: Path) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.split(" ")[0] for line in lines} >= SECTIONS
