"""Who is measured: skewproof's engines as whole processes, Spin on three models, minicheck."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from measure import MOST_MEMORY, Run, run
from roll import deployment

HERE = Path(__file__).parent
MODELS = HERE / "models"


@dataclass(frozen=True, slots=True)
class Case:
    """One member of the family: ROLL(services, replicas), as several requests, with more steps."""

    services: int
    replicas: int
    requests: int = 1
    steps: int = 0
    bad: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the models for other checkers know it."""
        return (self.requests, self.steps) == (1, 0)


@dataclass(frozen=True, slots=True)
class Measured:
    """`is_safe` is None where no answer came within the limits."""

    seconds: float
    peak_mib: float
    is_safe: bool | None


Contender = Callable[[Case, float], Measured | None]
"""Measures a case within a limit in seconds; None if it does not know the case."""


def contenders() -> dict[str, Contender]:
    """Everyone who is installed here, by name."""
    found: dict[str, Contender] = {}
    if shutil.which("spin") and shutil.which("gcc"):
        found["Spin, naive"] = spin(lambda _: (MODELS / "roll_naive.pml").read_text())
        found["Spin, counters"] = spin(lambda _: (MODELS / "roll_counters.pml").read_text())
        found["Spin, unrolled"] = spin(lambda case: "\n".join(unrolled(case)))
    if importlib.util.find_spec("minicheck"):
        found["minicheck"] = minicheck
    return found | {f"skewproof, {name}": skewproof(name) for name in engines()}


def engines() -> list[str]:
    from skewproof.properties.engines.registry import AUTO, ENGINES

    return [*ENGINES, AUTO]


def skewproof(engine: str) -> Contender:
    """The whole process, from the file to the printed verdict."""

    def measure(case: Case, limit_s: float) -> Measured:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "roll.yaml"
            bad, requests, steps = case.bad, case.requests, case.steps
            file.write_text(deployment(case.services, case.replicas, bad=bad, requests=requests, steps=steps))
            most = ["--max-states", str(10**9)] if engine == "reference" else []
            check = ["check", str(file), "--engine", engine, *most]
            done = run([sys.executable, "-c", "from skewproof.cli import main; main()", *check], limit_s)
        return _judged(done, {0: True, 1: False})

    return measure


def spin(model: Callable[[Case], str]) -> Contender:
    """The verifier alone, without the seconds that it takes to generate and to compile it."""

    def measure(case: Case, limit_s: float) -> Measured | None:
        if not case.is_plain:
            return None
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "roll.pml").write_text(model(case))
            defines = [f"-DNN={case.services}", f"-DRR={case.replicas}", *(["-DUNSAFE"] if case.bad else [])]
            subprocess.run(["spin", *defines, "-a", "roll.pml"], cwd=folder, check=True, capture_output=True)
            most = f"-DMEMLIM={MOST_MEMORY // 2**20}"
            flags = ["-O2", "-march=native", "-w", "-DSAFETY", "-DNOFAIR", "-DVECTORSZ=4096", most]
            subprocess.run(["gcc", *flags, "-o", "pan", "pan.c"], cwd=folder, check=True)
            done = run([str(folder / "pan"), "-m20000"], limit_s, folder)
        errors = re.findall(r"errors: (\d+)", done.output)
        if done.status is None or not errors or "out of memory" in done.output or "too small" in done.output:
            return Measured(done.seconds, done.peak_mib, None)
        return Measured(done.seconds, done.peak_mib, errors[-1] == "0")

    return measure


def unrolled(case: Case) -> Iterator[str]:
    """One process, every service's position from 0 to 2R in one byte: for speed, not for reading."""
    yield f"byte p[{case.services}]; byte h; byte v;"
    yield "active proctype all() {\nend: do"
    for n in range(case.services):
        yield f"  :: d_step {{ p[{n}] < {2 * case.replicas} -> p[{n}]++ }}"
    for n in range(case.services):
        # The condition of a safe case reads v too, or Spin would slice it away.
        breaks = "assert(v != 2)" if case.bad and n == case.services // 2 else "assert(h < 99 || v != 2)"
        yield f"  :: d_step {{ h == {n} && p[{n}] < {2 * case.replicas} -> {breaks}; v = 1; h++ }}"
        yield f"  :: d_step {{ h == {n} && p[{n}] > 0 -> v = 2; h++ }}"
    yield "  od\n}"


def minicheck(case: Case, limit_s: float) -> Measured | None:
    """The whole process, on a model written for it."""
    if not case.is_plain:
        return None
    size = [str(case.services), str(case.replicas), *(["--bad"] if case.bad else [])]
    return _judged(
        run([sys.executable, str(HERE / "minicheck_roll.py"), *size], limit_s), {0: True, 1: False}
    )


def _judged(done: Run, verdicts: dict[int, bool]) -> Measured:
    is_safe = verdicts.get(done.status) if done.status is not None else None
    return Measured(done.seconds, done.peak_mib, is_safe)
