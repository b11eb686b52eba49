"""Shapes of whole systems, for `shapes.py`: who stores, who queues, who leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shape import Shape


def star(shape: Shape) -> None:
    """One database in which each service has a table whose rows stay, and all read the first one."""
    shape.file["components"]["d"] = {"kind": "database"}
    for name in shape.names:
        own = [{f"{name} writes d": name}, {f"{name} reads d": name}, {f"{name} reads d": "s1"}]
        shape.file["requests"][f"{name} uses"] = [{f"client calls {name}": "a"}, *own]
        shape.file["changes"][f"d/{name}"] = {"breaks": shape.breaking("V1 -> V2"), "rows": "kept"}
    shape.file["pipeline"] = [
        {"Migrate": ["migrate d"]},
        *shape.file["pipeline"],
        {"Backfill": ["backfill d"]},
    ]


def fan_out(shape: Shape) -> None:
    """One publisher, and a worker for each other service that consumes from its queue."""
    shape.file["components"]["q"] = {"kind": "broker"}
    first, *others = shape.names
    shape.file["requests"]["order"] = [{f"client calls {first}": "a"}, {f"{first} publishes q": "x"}]
    for name in others:
        shape.file["components"][name]["kind"] = "worker"
        shape.file["requests"][f"{name} job"] = [{f"{name} consumes q": "x"}]
    shape.file["changes"]["q/x"] = {"breaks": shape.breaking("V2 -> V1")}
    shape.file["pipeline"].append({"Drain": ["drain q"]})


def redelivery(shape: Shape) -> None:
    """A queue with many consumers, to which comes back what was not acknowledged."""
    fan_out(shape)
    shape.file["components"]["q"]["redelivers"] = True


def diamond(shape: Shape) -> None:
    """The first calls all, and each of them the last."""
    first, *middle, last = shape.names
    calls = [{f"client calls {first}": "a"}]
    for name in middle:
        calls += [{f"{first} calls {name}": "a"}, {f"{name} calls {last}": "a"}]
    shape.file["requests"]["order"] = calls
    shape.file["changes"] = {f"{name}/a": {"breaks": []} for name in middle}
    shape.file["changes"][f"{last}/a"] = {"breaks": shape.breaking("V2 -> V1")}


def two_tiers(shape: Shape) -> None:
    """A cache near, and one far; what was read from the far one is written to the near one."""
    shape.file["components"] |= {"near": {"kind": "cache"}, "far": {"kind": "cache"}}
    for name in shape.names:
        uses = ["reads near", "reads far", "writes near", "writes far"]
        tiers = [{f"{name} {use}": "x"} for use in uses]
        shape.file["requests"][f"{name} uses"] = [{f"client calls {name}": "a"}, *tiers]
    for tier in ("near", "far"):
        shape.file["changes"][f"{tier}/x"] = {"breaks": shape.breaking("V1 -> V2")}
    shape.file["pipeline"].append({"Sync": ["sync near", "sync far"]})


def shards(shape: Shape) -> None:
    """A gateway, and shards of which each is written through its leader."""
    gateway, *others = shape.names
    for name in others:
        ask = [{f"client calls {gateway}": "a"}, {f"{gateway} calls {name} leader": "lead"}]
        shape.file["requests"][f"{name} write"] = ask
        shape.file["changes"][f"{name}/lead"] = {"breaks": shape.breaking("V2 -> V1")}


def jobs(shape: Shape) -> None:
    """Each service puts jobs into a queue of its own, whose worker is suspended for its roll-out."""
    for name in shape.names:
        shape.file["components"] |= {f"q-{name}": {"kind": "broker"}, f"w-{name}": {"kind": "worker"}}
        put = [{f"client calls {name}": "a"}, {f"{name} publishes q-{name}": "m"}]
        shape.file["requests"] |= {f"{name} puts": put, f"{name} job": [{f"w-{name} consumes q-{name}": "m"}]}
        shape.file["changes"][f"q-{name}/m"] = {"breaks": shape.breaking("V1 -> V2")}
    workers = " ".join(f"w-{name}" for name in shape.names)
    stop = {"Stop": [f"suspend {workers}"]}
    shape.file["pipeline"] = [
        stop,
        *shape.file["pipeline"],
        {"Go": [f"deploy {workers}", f"resume {workers}"]},
    ]


def saga(shape: Shape) -> None:
    """Messages from worker to worker, each through a queue of its own."""
    first, *others = shape.names
    shape.file["components"]["q-1"] = {"kind": "broker"}
    shape.file["requests"]["begin"] = [{f"client calls {first}": "a"}, {f"{first} publishes q-1": "m"}]
    for number, name in enumerate(others, 1):
        shape.file["components"][name]["kind"] = "worker"
        shape.file["components"][f"q-{number + 1}"] = {"kind": "broker"}
        shape.file["requests"][f"step {number}"] = [
            {f"{name} consumes q-{number}": "m"},
            {f"{name} publishes q-{number + 1}": "m"},
        ]
        shape.file["changes"][f"q-{number}/m"] = {"breaks": shape.breaking("V2 -> V1")}


def many_flags(shape: Shape) -> None:
    """As many contracts as services, each behind a flag of its own, at one service."""
    first, *others = shape.names
    for name in others:
        ask = [{f"client calls {name}": "a"}, {f"{name} calls {first}": name}]
        shape.file["requests"][f"{name} asks"] = ask
        shape.file["changes"][f"{first}/{name}"] = {"breaks": shape.breaking("V2 -> V1")}
    shape.file["flags"] = {f"f-{name}": {"guards": [f"{first}/{name}"]} for name in others}
    shape.file["pipeline"].append({"Enable": [f"enable f-{name}" for name in others]})


def canaries(shape: Shape) -> None:
    """All services have a canary first, and are promoted together."""
    shape.chain(strategy={"canary": 1})
    shape.file["pipeline"].append({"Promote": ["promote " + " ".join(shape.names)]})


def long_ends(shape: Shape) -> None:
    """Instances that terminate later, and cut nobody off."""
    shape.chain(terminates="later")


SYSTEMS: Mapping[str, Callable[[Shape], None]] = {
    "star": star,
    "fan out": fan_out,
    "redelivery": redelivery,
    "diamond": diamond,
    "two tiers": two_tiers,
    "shards": shards,
    "jobs": jobs,
    "saga": saga,
    "many flags": many_flags,
    "canaries": canaries,
    "long ends": long_ends,
}
