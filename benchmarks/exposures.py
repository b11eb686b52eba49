"""What `exposure` costs on the shapes of `shapes.py`, and what it answers.

    python benchmarks/exposures.py [SHAPE…] [--sizes 10 50 200] [--replicas 3] [--limit 30]

Prints a line for each shape: seconds of the processor for each size, and what is expected to fail at the
largest one that was answered. `-`: no answer within the limit of time, or of states.
"""

from __future__ import annotations

import argparse
import time

import yaml
from shapes import SHAPES, make

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.exposure.measure import Exposure, expose

LONG = "spawn", "ready", "migrate", "reconfigure", "sync", "backfill", "publish", "purge"
SHORT = "retire", "stop", "gone", "revert"


def measure(name: str, size: int, chosen: argparse.Namespace) -> tuple[float, Exposure]:
    """Seconds of the processor, and the answer."""
    file = make(name, size, chosen.replicas, breaks=True, fails=False)
    file["traffic"] = dict.fromkeys(file["requests"], "2/s")
    file["durations"] = dict.fromkeys(LONG, "20s") | dict.fromkeys(SHORT, "5s") | {"consume": "30s"}
    began = time.process_time()
    limits = Limits(max_states=chosen.states, deadline_s=time.monotonic() + chosen.limit)
    found = expose(loads(yaml.dump(file, sort_keys=False)), limits=limits)
    return time.process_time() - began, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--limit", type=float, default=30, metavar="S")
    parser.add_argument("--states", type=int, default=20_000)
    chosen = parser.parse_args()
    for name in chosen.shapes or SHAPES:
        told, last = "", "no answer"
        for size in chosen.sizes:
            try:
                seconds, found = measure(name, size, chosen)
            except InvalidDeploymentError as error:
                told, last = f"{told}{'-':>8}", error.problems[0].message
                break
            if found.reason:
                told = f"{told}{'-':>8}"
                break
            told = f"{told}{seconds:8.1f}"
            last = f"{float(found.expected):.6g} fail in {float(found.seconds):.6g} s ({size})"
        print(f"{name:12}{told}  {last}", flush=True)


if __name__ == "__main__":
    main()
