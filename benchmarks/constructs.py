"""What a construct of the language costs where every component has it: a chain of services, and a database, a
worker and a queue for each of them, with and without.

    python benchmarks/constructs.py [CONSTRUCT…] [--sizes 10 50] [--limit 30]

Prints a line for each construct: seconds of the processor of `skewproof check` for each size (`-`: no verdict
within `--limit`), how many times those of the same file without it that is, and the verdict.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from measure import Run
from shape import Shape
from shapes import VERDICTS, check

Construct = Callable[[Shape], None]


def plain(shape: Shape) -> None:
    """Each service calls the next, writes its own table and publishes to a queue that a worker empties."""
    shape.chain()
    for name in shape.names:
        store, queue, worker = f"d-{name}", f"q-{name}", f"w-{name}"
        kinds = {store: "database", queue: "broker", worker: "worker"}
        shape.file["components"] |= {one: {"kind": kind} for one, kind in kinds.items()}
        uses = [
            {f"client calls {name}": "a"},
            {f"{name} writes {store}": "t"},
            {f"{name} publishes {queue}": "m"},
        ]
        shape.file["requests"] |= {f"{name} uses": uses, f"{name} job": [{f"{worker} consumes {queue}": "m"}]}
        shape.file["changes"] |= {f"{store}/t": {"breaks": []}, f"{queue}/m": {"breaks": []}}
    shape.file["pipeline"] = [
        {"Migrate": ["migrate " + " ".join(f"d-{name}" for name in shape.names)]},
        *shape.file["pipeline"],
        {"Workers": ["deploy " + " ".join(f"w-{name}" for name in shape.names)]},
    ]


def said(prefix: str = "", **each: object) -> Construct:
    """Something said of each service, or of each component whose name begins so."""

    def say(shape: Shape) -> None:
        for name in shape.names:
            shape.file["components"][prefix + name] |= each

    return say


def scale(shape: Shape) -> None:
    shape.file["pipeline"].append({"Scale": [f"scale {name} to 5" for name in shape.names]})


def migrates(shape: Shape) -> None:
    del shape.file["pipeline"][0]
    for name in shape.names:
        shape.file["components"][name]["migrates"] = [f"d-{name}"]


def verbs(shape: Shape) -> None:
    for name in shape.names:
        shape.file["changes"][f"d-{name}/t"] = {"breaks": {"schema": {"writes": ["V2 -> V1"]}}}


def facts(shape: Shape) -> None:
    shape.file["flags"] = {f"ready-{name}": {} for name in shape.names}
    roll = shape.file["pipeline"][1]["Roll"]
    enable = [f"enable ready-{name}" for name in shape.names]
    when = [f"deploy {name} when ready-{name}.on" for name in shape.names]
    assert len(roll) == 1
    shape.file["pipeline"][1:2] = [{"Approve": enable}, {"Roll": when}]


def accept(shape: Shape) -> None:
    for name in shape.names:
        shape.file["changes"][f"d-{name}/t"] = {"breaks": ["V1 -> V2"]}
    shape.file["accept"] = [{"contract": f"d-{name}/t", "reason": "planned"} for name in shape.names]


def leaders(shape: Shape) -> None:
    for name in shape.names:
        shape.file["requests"][f"{name} uses"][0] = {f"client calls {name} leader": "lead"}


def pipelines(shape: Shape) -> None:
    half = len(shape.names) // 2
    sides = {"front": shape.names[:half], "back": shape.names[half:]}
    del shape.file["pipeline"]
    shape.file["pipelines"] = {
        side: [
            {"Migrate": ["migrate " + " ".join(f"d-{name}" for name in names)]},
            {"Roll": ["deploy " + " ".join(names)]},
            {"Workers": ["deploy " + " ".join(f"w-{name}" for name in names)]},
        ]
        for side, names in sides.items()
    }


CONSTRUCTS: Mapping[str, Construct] = {
    "restarts": said(restarts=True),
    "replicas": said(replicas={"V1": 3, "V2": 5}),
    "scale": scale,
    "migrates": migrates,
    "verbs": verbs,
    "facts": facts,
    "accept": accept,
    "terminates": said(terminates="later"),
    "redelivers": said("q-", redelivers=True),
    "leaders": leaders,
    "versions": said(versions={"V1": "3.1.4", "V2": "3.2.0"}),
    "pipelines": pipelines,
}


def make(size: int, construct: Construct | None) -> Shape:
    shape = Shape(size, 3, breaks=False)
    plain(shape)
    if construct is not None:
        construct(shape)
    return shape


def measure(size: int, construct: Construct | None, limit_s: float) -> Run:
    shape = make(size, construct)
    return check(shape.file, limit_s, fails=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("constructs", nargs="*", metavar="CONSTRUCT")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 50])
    parser.add_argument("--limit", type=float, default=30, metavar="S")
    chosen = parser.parse_args()
    without = [measure(size, None, chosen.limit) for size in chosen.sizes]
    print(f"{'none':12}" + "".join(f"{run.seconds:8.2f}        " for run in without))
    for name in chosen.constructs or CONSTRUCTS:
        told, status = "", None
        for size, base in zip(chosen.sizes, without, strict=True):
            run = measure(size, CONSTRUCTS[name], chosen.limit)
            status = run.status
            known = run.status in (0, 1)
            told += (
                f"{run.seconds:8.2f} {run.seconds / base.seconds:5.1f}x " if known else f"{'-':>8}        "
            )
        print(f"{name:12}{told} {VERDICTS.get(status, 'error')}", flush=True)


if __name__ == "__main__":
    main()
