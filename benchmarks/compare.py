"""ROLL(N, R) by everyone, in one run: `python benchmarks/compare.py [--limit S] [--only WORD] [--check]`.

N services in a call chain, R replicas each, all rolled out at once, one request down the chain. Writes
docs/benchmarks/roll.csv and roll.md, and, with matplotlib, draws roll.svg. Compare figures of one run only:
machines differ, ratios less. Everybody must come to the same verdict, or the run fails.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from contenders import Case, Contender, Measured, contenders
from measure import run
from table import write_tables

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "benchmarks"

SERIES: dict[str, list[Case]] = {
    "services": [Case(n, 3) for n in (4, 6, 7, 20, 100)],
    "one pair breaks": [Case(n, 3, bad=True) for n in (8, 100)],
    "replicas": [Case(4, r) for r in (1, 10, 100)],
    "requests": [Case(4, 3, requests=k) for k in (1, 8)],
    "steps": [Case(4, 3, steps=k) for k in (0, 40)],
    "large": [Case(8, 10), Case(20, 10), Case(1000, 1), Case(1000, 100), Case(2000, 100)],
}
"""What grows in each; a contender that gave no answer is not asked for more of the same series."""

REPEATED_BELOW_S = 0.2
"""A run shorter than this is repeated, and the median counts."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contender on one case; `is_safe` is None where it gave no answer within the limits."""

    series: str
    contender: str
    services: int
    replicas: int
    requests: int
    steps: int
    bad: bool
    seconds: float
    peak_mib: float
    is_safe: bool | None


SMALLEST = {"smallest": [Case(2, 2), Case(2, 2, bad=True)]}
"""Enough to see that everybody still runs, and is right."""


def rows(series_of: dict[str, list[Case]], limit_s: float, only: str) -> Iterator[Row]:
    """Every measurement, each printed as it is made."""
    everybody = contenders()
    for series, cases in series_of.items():
        out: set[str] = set()
        for case in cases:
            verdicts: set[bool] = set()
            for name, contender in everybody.items():
                if name in out or only not in name:
                    continue
                measured = _median(contender, case, limit_s)
                if measured is None or measured.is_safe is None:
                    out.add(name)
                if measured is not None:
                    if measured.is_safe is not None:
                        verdicts.add(measured.is_safe)
                    yield _row(series, name, case, measured)
            if len(verdicts) > 1 or not verdicts <= {not case.bad}:
                sys.exit(f"{case}: not everybody is right")


def _median(contender: Contender, case: Case, limit_s: float) -> Measured | None:
    first = contender(case, limit_s)
    if first is None or first.is_safe is None or first.seconds > REPEATED_BELOW_S:
        return first
    more = [again for _ in range(2) if (again := contender(case, limit_s)) is not None]
    seconds = statistics.median(one.seconds for one in (first, *more))
    return Measured(seconds, max(one.peak_mib for one in (first, *more)), first.is_safe)


def _row(series: str, name: str, case: Case, measured: Measured) -> Row:
    told = {True: "safe", False: "unsafe", None: "-"}[measured.is_safe]
    print(f"{series:16} {case.services:5} {case.replicas:4} {case.requests:2} {case.steps:3}  {name:22}"
          f"{measured.seconds:9.3f} s {measured.peak_mib:7.0f} MiB  {told}", flush=True)  # fmt: skip
    return Row(series, name, **asdict(case), **asdict(measured))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=5.0, help="seconds of the processor for one run (5)")
    parser.add_argument("--only", default="", help="only contenders whose name has this in it")
    parser.add_argument("--check", action="store_true", help="only see that everybody runs and is right")
    chosen = parser.parse_args()
    if chosen.check:
        list(rows(SMALLEST, chosen.limit, chosen.only))
        return
    begin = time.perf_counter()
    bare = statistics.median(run([sys.executable, "-c", "pass"], 10).seconds for _ in range(5))
    found = list(rows(SERIES, chosen.limit, chosen.only))
    OUT.mkdir(parents=True, exist_ok=True)
    with (OUT / "roll.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(asdict(found[0])))
        writer.writeheader()
        writer.writerows(asdict(row) for row in found)
    write_tables(OUT / "roll.csv", OUT / "roll.md", chosen.limit, bare)
    print(
        f"{len(found)} rows in {time.perf_counter() - begin:.0f} s; a bare interpreter: {bare * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
