"""A campaign: so many inputs for each part, from a seed; what is found is printed with how to see it again.

python -m fuzz.campaign --count 1000 --seed 7 --part loader
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from random import Random

from .parts import PARTS


def one(name: str, seed: int, number: int) -> str:
    """What came of the input of this number; each has a source of chance of its own."""
    return PARTS[name](Random(f"{name} {seed} {number}"))


def run(name: str, seed: int, numbers: Sequence[int]) -> tuple[Counter[str], list[tuple[int, str]]]:
    """How often what came, and the finds: the number of the input, and what was raised."""
    counts: Counter[str] = Counter()
    finds = []
    for number in numbers:
        try:
            counts[one(name, seed, number)] += 1
        except Exception:  # whatever it is, it is a find, and the next input is tried
            counts["FIND"] += 1
            finds.append((number, traceback.format_exc()))
    return counts, finds


def campaign(names: Sequence[str], seed: int, numbers: Sequence[int]) -> int:
    """Prints each part's counts, and its finds; how many there are."""
    found = 0
    for name in names:
        begin_s = time.monotonic()
        counts, finds = run(name, seed, numbers)
        told = ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))
        sys.stdout.write(f"{name}: {len(numbers)} in {time.monotonic() - begin_s:.0f} s: {told}\n")
        for number, raised in finds:
            sys.stdout.write(f"--- {name}: --part {name} --seed {seed} --only {number}\n{raised}\n")
        sys.stdout.flush()
        found += len(finds)
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Feed skewproof what nobody would write.")
    parser.add_argument("--count", type=int, default=1000, help="inputs of each part (1000)")
    parser.add_argument("--seed", type=int, default=0, help="what they are made from (0)")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="only the input of this number")
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    gc.collect()
    gc.freeze()  # what is imported stays: an engine that gives up collects what it held, and that alone
    asked = range(given.count) if given.only is None else [given.only]
    sys.exit(1 if campaign(given.part or list(PARTS), given.seed, asked) else 0)
