"""What shapes of deployments cost, and how that grows: services that call each other, or share a store, and
roll out in each of the ways that the language knows.

    python benchmarks/shapes.py [SHAPE…] [--sizes 10 50 200] [--replicas 3] [--unsafe] [--failures]
    python benchmarks/shapes.py --print SHAPE SIZE

Prints a line for each shape: seconds of the processor of the whole process for each size (`-`: no verdict
within `--limit`), by how much they grew from the first to the last (without what a file of nearly nothing
takes), and the verdict. With `--failures` each shape has a rollback, and every action may fail.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from estates import ESTATES
from landscapes import LANDSCAPES
from measure import Run, run
from operations import OPERATIONS
from shape import File, Shape
from systems import SYSTEMS

VERDICTS = {0: "safe", 1: "unsafe", 3: "unknown", None: "-"}


def mesh(shape: Shape) -> None:
    """Requests of up to six services beside the one through all."""
    shape.chain()
    dice = random.Random(1)
    size = len(shape.names)
    for number in range(3 * size):
        path = [shape.names[place] for place in sorted(dice.sample(range(size), min(6, size)))]
        calls = [{f"{a} calls {b}": "a"} for a, b in zip(["client", *path], path, strict=False)]
        shape.file["requests"][f"q{number}"] = calls


def step_each(shape: Shape) -> None:
    shape.chain()
    shape.file["pipeline"] = [{f"step {name}": [f"deploy {name}"]} for name in shape.names]


def session(shape: Shape) -> None:
    shape.chain()
    shape.file["components"]["s1"]["route"] = "session"


def cache(shape: Shape) -> None:
    shape.store("c", "cache", "writes", "reads")
    shape.file["pipeline"].append({"Sync": ["sync c"]})


def rows(shape: Shape) -> None:
    shape.store("d", "database", "writes", "reads", rows="kept")
    shape.file["pipeline"] = [
        {"Migrate": ["migrate d"]},
        *shape.file["pipeline"],
        {"Backfill": ["backfill d"]},
    ]


def queue(shape: Shape) -> None:
    shape.store("q", "broker", "publishes")
    shape.file["components"]["w"] = {"kind": "worker"}
    shape.file["requests"]["job"] = [{"w consumes q": "x"}]
    roll = shape.file["pipeline"]
    after = [{"Drain": ["drain q"]}, {"Worker": ["suspend w", "deploy w", "resume w"]}]
    shape.file["pipeline"] = [*roll, *after]


def flags(shape: Shape) -> None:
    shape.chain()
    shape.file["flags"] = {f"f{name}": {"guards": [f"{name}/a"]} for name in shape.names[1:]}
    enable = [f"enable {flag} per instance" for flag in shape.file["flags"]]
    shape.file["pipeline"].append({"Enable": enable})


def releases(shape: Shape) -> None:
    shape.chain()
    roll = "deploy " + " ".join(shape.names)
    del shape.file["pipeline"]
    shape.file |= {"versions": ["V1", "V2", "V3"], "releases": [[{"1": [roll]}], [{"2": [roll]}]]}


def verbs(shape: Shape) -> None:
    """Each service writes a table of its own, which breaks for who reads it."""
    shape.file["components"]["d"] = {"kind": "database"}
    for name in shape.names:
        uses = [{f"{name} writes d": name}, {f"{name} reads d": name}]
        shape.file["requests"][f"{name} uses"] = [{f"client calls {name}": "a"}, *uses]
        pairs = ["V1 -> V2"] if shape.breaks else ["V2 -> V1"]
        shape.file["changes"][f"d/{name}"] = {"breaks": {"schema": {"reads": pairs}}}
    shape.file["pipeline"] = [{"Migrate": ["migrate d"]}, *shape.file["pipeline"]]


def restarts(shape: Shape) -> None:
    shape.chain(restarts=True)


def facts(shape: Shape) -> None:
    """Half of the services roll out once somebody has approved of it."""
    shape.chain()
    shape.file["flags"] = {"approved": {}}
    half = len(shape.names) // 2
    late = " ".join(shape.names[half:])
    steps = [
        ["deploy " + " ".join(shape.names[:half])],
        ["enable approved"],
        [f"deploy {late} when approved.on"],
    ]
    shape.file["pipeline"] = [{f"Step {number}": step} for number, step in enumerate(steps, 1)]


def arrive(shape: Shape) -> None:
    """What must come at last of each service; where an action can fail it need not."""
    shape.chain()
    shape.file["properties"] = {f"{name} arrives": f"eventually all {name} at V2" for name in shape.names}


def since(shape: Shape) -> None:
    """A tree of calls, every other of which only new callers make."""
    shape.chain()
    names, hops = shape.names, [{f"client calls {shape.names[0]}": "a"}]

    def call(parent: int) -> None:
        for child in (2 * parent + 1, 2 * parent + 2):
            if child < len(names):
                only_new = "" if child % 2 else " since V2"
                hops.append({f"{names[parent]} calls {names[child]}": f"a{only_new}"})
                call(child)

    call(0)
    shape.file["requests"]["walk"] = hops


def migrates(shape: Shape) -> None:
    """As many tables as services elsewhere, all migrated by the pods of one service."""
    shape.file["components"] = {
        "s1": {"kind": "service", "replicas": 3, "migrates": ["d"]},
        "d": {"kind": "database"},
    }
    for name in shape.names:
        uses = [{"s1 writes d": name}, {"s1 reads d": name}]
        shape.file["requests"][f"uses {name}"] = [{"client calls s1": "a"}, *uses]
        pairs = ["V1 -> V2"] if shape.breaks else "none"
        shape.file["changes"][f"d/{name}"] = {"breaks": {"schema": pairs} if shape.breaks else pairs}
    shape.file["pipeline"] = [{"Roll": ["deploy s1"]}]
    shape.names = ["s1"]


def each(**said: Any) -> Callable[[Shape], None]:
    return lambda shape: shape.chain(**said)


SHAPES: dict[str, Callable[[Shape], None]] = {
    "chain": each(),
    "mesh": mesh,
    "step each": step_each,
    "recreate": each(strategy="recreate"),
    "one by one": each(max_surge=0, max_unavailable=1),
    "abrupt": each(drain="abrupt"),
    "ready": each(readiness="event"),
    "blue-green": each(strategy="blue-green"),
    "session": session,
    "cache": cache,
    "rows": rows,
    "queue": queue,
    "flags": flags,
    "releases": releases,
    "verbs": verbs,
    "restarts": restarts,
    "facts": facts,
    "arrive": arrive,
    "since": since,
    "migrates": migrates,
    **SYSTEMS,
    **LANDSCAPES,
    **ESTATES,
    **OPERATIONS,
}


def make(name: str, size: int, replicas: int, *, breaks: bool, fails: bool) -> File:
    shape = Shape(size, replicas, breaks=breaks)
    SHAPES[name](shape)
    return {**shape.file, **({"rollback": _back(shape)} if fails else {})}


def _back(shape: Shape) -> Any:
    """What every service rolls back; of several pipelines each its own."""
    if "pipelines" not in shape.file:
        return [{"Back": ["rollback " + " ".join(shape.names)]}]
    return {
        name: [
            {
                "Back": [
                    action.replace("deploy", "rollback")
                    for one in steps
                    for action in next(iter(one.values()))
                ]
            }
        ]
        for name, steps in shape.file["pipelines"].items()
    }


def check(file: File, limit_s: float, *, fails: bool) -> Run:
    command = [sys.executable, "-c", "from skewproof.cli import main; main()", "check"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shape.yaml"
        path.write_text(yaml.dump(file, Dumper=yaml.CSafeDumper, sort_keys=False))
        return run([*command, str(path), *(["--failures"] if fails else [])], limit_s)


def report(name: str, nothing_s: float, chosen: argparse.Namespace) -> None:
    costs = []
    for size in chosen.sizes:
        file = make(name, size, chosen.replicas, breaks=chosen.unsafe, fails=chosen.failures)
        costs.append(check(file, chosen.limit, fails=chosen.failures))
        if costs[-1].status not in (0, 1):
            break
    told = "".join(f"{cost.seconds:8.2f}" if cost.status in (0, 1) else f"{'-':>8}" for cost in costs)
    grown = (costs[-1].seconds - nothing_s) / max(costs[0].seconds - nothing_s, 0.01)
    verdict = VERDICTS.get(costs[-1].status, "error")
    print(f"{name:12}{told}  {grown:6.1f}x  {verdict}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--unsafe", action="store_true")
    parser.add_argument("--failures", action="store_true")
    parser.add_argument("--limit", type=float, default=30, metavar="S")
    parser.add_argument("--print", nargs=2, metavar=("SHAPE", "SIZE"))
    chosen = parser.parse_args()
    if chosen.print:
        name, size = chosen.print
        file = make(name, int(size), chosen.replicas, breaks=chosen.unsafe, fails=chosen.failures)
        yaml.dump(file, sys.stdout, Dumper=yaml.CSafeDumper, sort_keys=False)
        return
    file = make("chain", 1, 1, breaks=False, fails=False)
    nothing_s = min(check(file, chosen.limit, fails=False).seconds for _ in range(5))
    print(f"{'nothing':12}{nothing_s:8.2f}")
    for name in chosen.shapes or SHAPES:
        report(name, nothing_s, chosen)


if __name__ == "__main__":
    main()
