"""The models that the benchmark compares say the same, so that it compares like with like."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from skewproof.properties.engines.registry import ENGINES

COMPARE = Path(__file__).parents[2] / "benchmarks" / "compare.py"


def test_everybody_that_is_measured_comes_to_the_right_verdict() -> None:
    command = [sys.executable, str(COMPARE), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = done.stdout.splitlines()
    for name in ("Spin, naive", "Spin, counters", "Spin, unrolled", *(f"skewproof, {e}" for e in ENGINES)):
        told = [row.split()[-1] for row in rows if f"  {name} " in row]
        assert told == ["safe", "unsafe"], f"{name}\n{done.stdout}{done.stderr}"
