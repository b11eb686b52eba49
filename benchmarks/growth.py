"""What ten times the size costs: each way in which a deployment grows, at two or three sizes.

    python benchmarks/growth.py [GROWTH…] [--runs N] [--limit S] [--print GROWTH SIZE]

Prints a line for each growth and size: seconds of the processor of the whole process (the median of N, 3),
peak MiB, and by how much both grew since the size before (the seconds without what a file of nearly nothing
takes). Ten times the size should take at most twelve times the time. `--print` writes the file instead.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from measure import run

File = dict[str, Any]


def chain(services: int, replicas: int = 3) -> File:
    """One request through all services, which roll out at once; all contracts change, none breaks."""
    names = [f"s{n}" for n in range(services)]
    callers = ["client", *names]
    return {
        "versions": ["V1", "V2"],
        "components": {name: {"kind": "service", "replicas": replicas} for name in names},
        "requests": {"walk": [{f"{a} calls {b}": "x"} for a, b in zip(callers, names, strict=False)]},
        "pipeline": [{"Roll": ["deploy " + " ".join(names)]}],
        "changes": {f"{name}/x": {"breaks": "none"} for name in names},
    }


def hops(count: int) -> File:
    """One request that calls nine services in turn, and comes back to them."""
    file = chain(10)
    calls = [{f"s0 calls s{1 + n % 9}": "x"} for n in range(count - 1)]
    return {**file, "requests": {"walk": [{"client calls s0": "x"}, *calls]}}


def requests(count: int) -> File:
    file = chain(10)
    short = {f"r{n}": [{"client calls s0": "x"}, {f"s0 calls s{1 + n % 9}": "x"}] for n in range(count)}
    return {**file, "requests": short}


def steps(count: int) -> File:
    """Empty steps before and after the roll-out."""
    file = chain(10)
    empty = [f"Step {n}" for n in range(count)]
    return {**file, "pipeline": [*empty[: count // 2], *file["pipeline"], *empty[count // 2 :]]}


def steps_each(services: int) -> File:
    """A step for each service, providers first; an old provider could not serve a new consumer."""
    file = chain(services)
    deploys = [{f"Step {name}": [f"deploy {name}"]} for name in reversed(list(file["components"]))]
    called = list(file["changes"])[1:]  # of the first only a client without a version is a consumer
    breaks = {contract: {"breaks": ["V2 -> V1"]} for contract in called}
    return {**file, "pipeline": deploys, "changes": breaks}


def contracts(count: int) -> File:
    file = chain(10)
    calls = {f"r{n}": [{"client calls s0": "x"}, {"s0 calls s1": f"c{n}"}] for n in range(count)}
    return {**file, "requests": calls, "changes": {f"s1/c{n}": {"breaks": "none"} for n in range(count)}}


def tables(count: int) -> File:
    file = chain(10)
    file["components"]["d"] = {"kind": "database"}
    uses = {
        f"r{n}": [{"client calls s0": "x"}, {"s0 writes d": f"t{n}"}, {"s0 reads d": f"t{n}"}]
        for n in range(count)
    }
    changes = {f"d/t{n}": {"breaks": "none"} for n in range(count)}
    pipeline = [{"Migrate": ["migrate d"]}, *file["pipeline"]]
    return {**file, "requests": uses, "pipeline": pipeline, "changes": changes}


def versions(count: int) -> File:
    return {**chain(10), "versions": [f"V{n}" for n in range(1, count + 1)]}


def flags(count: int) -> File:
    """A flag for each call, enabled when all is there."""
    file = chain(count + 1)
    guards = {f"f{n}": {"guards": [f"s{n}/x"]} for n in range(1, count + 1)}
    enable = {"Enable": [f"enable {flag} per instance" for flag in guards]}
    return {**file, "flags": guards, "pipeline": [*file["pipeline"], enable]}


def replicas(count: int) -> File:
    return chain(10, count)


GROWTHS: dict[str, tuple[Callable[[int], File], tuple[int, ...]]] = {
    "services": (chain, (100, 1_000, 10_000)),
    "hops": (hops, (100, 1_000, 10_000)),
    "requests": (requests, (100, 1_000, 10_000)),
    "steps": (steps, (30, 300, 3_000)),
    "steps-each": (steps_each, (20, 200, 2_000)),
    "contracts": (contracts, (100, 1_000, 10_000)),
    "tables": (tables, (100, 1_000)),
    "versions": (versions, (5, 50)),
    "flags": (flags, (20, 200)),
    "replicas": (replicas, (100, 1_000, 10_000)),
}


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    peak_mib: float

    def growth_since(self, before: Cost, nothing: Cost) -> str:
        """By how much it grew, without what nothing costs; nothing to say below a tenth of a second."""
        if before.seconds - nothing.seconds < 0.1:
            return f"{'':8} {self.peak_mib / before.peak_mib:7.1f}x"
        grown = (self.seconds - nothing.seconds) / (before.seconds - nothing.seconds)
        return f"{grown:7.1f}x {self.peak_mib / before.peak_mib:7.1f}x"


def measure(file: File, runs: int, limit_s: float) -> Cost | None:
    """The median of the runs; None where one has no verdict."""
    command = [sys.executable, "-c", "from skewproof.cli import main; main()", "check"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "growth.yaml"
        path.write_text(yaml.dump(file, Dumper=yaml.CSafeDumper, sort_keys=False))
        done = [run([*command, str(path)], limit_s) for _ in range(runs)]
    if any(one.status != 0 for one in done):
        return None
    return Cost(statistics.median(one.seconds for one in done), max(one.peak_mib for one in done))


def report(name: str, nothing: Cost, runs: int, limit_s: float) -> None:
    make, sizes = GROWTHS[name]
    before: Cost | None = None
    for size in sizes:
        cost = measure(make(size), runs, limit_s)
        if cost is None:
            print(f"{name:12} {size:8,}  no verdict in {limit_s:.0f} s of the processor", flush=True)
            return
        grown = cost.growth_since(before, nothing) if before is not None else ""
        print(f"{name:12} {size:8,} {cost.seconds:8.2f} s {cost.peak_mib:7.0f} MiB {grown}", flush=True)
        before = cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("growths", nargs="*", metavar="GROWTH")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120, metavar="S")
    parser.add_argument("--print", nargs=2, metavar=("GROWTH", "SIZE"))
    chosen = parser.parse_args()
    if chosen.print:
        name, size = chosen.print
        yaml.dump(GROWTHS[name][0](int(size)), sys.stdout, Dumper=yaml.CSafeDumper, sort_keys=False)
        return
    nothing = measure(chain(1), chosen.runs, chosen.limit)
    assert nothing is not None, "a file of nearly nothing is safe"
    print(f"{'nothing':12} {1:8} {nothing.seconds:8.2f} s {nothing.peak_mib:7.0f} MiB")
    for name in chosen.growths or GROWTHS:
        report(name, nothing, chosen.runs, chosen.limit)


if __name__ == "__main__":
    main()
