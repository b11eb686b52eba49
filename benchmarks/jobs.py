"""What `--jobs` is worth: a file whose slices are many, different and heavy, by one process and by several.

    python benchmarks/jobs.py [SERVICES] [REPLICAS] [--jobs N…] [--runs N] [--print]

A chain of SERVICES (30) in canary rollouts of REPLICAS (30) and more, no two of the same size, so that no
two slices are alike. Prints, for each N (1, 2), the median and the range of the seconds on the wall, the
seconds of all processors, and the speed-up over the first; and how busy the machine was. The answers must
be equal, byte for byte. `--print` writes the file in place of that.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


def deployment(services: int, replicas: int) -> str:
    """The file's text."""
    return "\n".join(_lines(services, replicas)) + "\n"


def _lines(services: int, replicas: int) -> Iterator[str]:
    names = [f"s{n}" for n in range(services)]
    yield f"system: CANARIES({services}, {replicas})"
    yield "components:"
    for n, name in enumerate(names):
        yield f"  {name}: {{kind: service, replicas: {replicas + n}, strategy: {{canary: {1 + n % 3}}}}}"
    yield "requests:"
    yield "  walk:"
    yield from (f"    - {a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False))
    yield "pipeline:"
    yield f"  - Begin: [deploy {' '.join(names)}]"
    yield f"  - Finish: [promote {' '.join(names)}]"
    yield "changes:"
    yield from (f"  {name}/x: {{breaks: [V2 -> V1]}}" for name in names)


@dataclass(frozen=True, slots=True)
class Run:
    """One whole command with its workers; `cpu_s` is that of all its processes."""

    wall_s: float
    cpu_s: float
    output: str


def run(file: Path, jobs: int) -> Run:
    command = [sys.executable, "-c", "from skewproof.cli import main; main()"]
    command += ["check", str(file), "--engine", "slice", "--format", "json", "--jobs", str(jobs)]
    before, begin_s = _cpu_s(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Run(time.perf_counter() - begin_s, _cpu_s() - before, done.stdout + done.stderr)


def _cpu_s() -> float:
    """Of the processes that are over, and of those that they had started."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("services", type=int, nargs="?", default=30)
    parser.add_argument("replicas", type=int, nargs="?", default=30)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--print", action="store_true", help="write the deployment file, and measure nothing")
    chosen = parser.parse_args()
    text = deployment(chosen.services, chosen.replicas)
    if chosen.print:
        print(text, end="")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "canaries.yaml"
        file.write_text(text)
        # In turns, so that whatever else the machine does meets all of them.
        rounds = [{jobs: run(file, jobs) for jobs in chosen.jobs} for _ in range(chosen.runs)]
    told = {one.output for measured in rounds for one in measured.values()}
    assert len(told) == 1, "the answers differ"
    _report(rounds)


def _report(rounds: list[dict[int, Run]]) -> None:
    first = 0.0
    for jobs in rounds[0]:
        walls = [measured[jobs].wall_s for measured in rounds]
        cpu = statistics.median(measured[jobs].cpu_s for measured in rounds)
        wall = statistics.median(walls)
        first = first or wall
        spread = f"({min(walls):.2f} to {max(walls):.2f})"
        print(f"--jobs {jobs}: {wall:6.2f} s {spread:16} {cpu:6.2f} s of processors {first / wall:5.2f}x")
    print(f"{os.cpu_count()} cores, load {' '.join(f'{load:.1f}' for load in os.getloadavg())}")


if __name__ == "__main__":
    main()
