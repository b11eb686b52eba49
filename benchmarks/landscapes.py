"""Shapes of whole landscapes, for `shapes.py`: what stands before, beside and between services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from shape import Shape


def sidecars(shape: Shape) -> None:
    """Each service is called through a proxy of its own, which rolls out with it."""
    calls, caller = [], "client"
    for name in shape.names:
        proxy = f"p-{name}"
        shape.file["components"][proxy] = {"kind": "service", "replicas": 3}
        calls += [{f"{caller} calls {proxy}": "a"}, {f"{proxy} calls {name}": "a"}]
        caller = name
        shape.file["changes"] |= {f"{proxy}/a": {"breaks": []}, f"{name}/a": {"breaks": []}}
    shape.file["requests"]["walk"] = calls
    shape.file["changes"][f"{shape.names[-1]}/a"] = {"breaks": shape.breaking("V1 -> V2")}
    proxies = " ".join(f"p-{name}" for name in shape.names)
    shape.file["pipeline"].append({"Proxies": [f"deploy {proxies}"]})


def gateway(shape: Shape) -> None:
    """A gateway asks who it is for a token, and carries that to the service, which looks at it again."""
    gate, who, *others = shape.names
    shape.file["components"][gate]["route"] = "session"
    for name in others:
        shape.file["requests"][f"{name} asks"] = [
            {f"client calls {gate}": "a"},
            {f"{gate} calls {who}": "token"},
            {f"{gate} calls {name}": "b using token"},
            {f"{name} calls {who}": "check using token"},
        ]
        shape.file["changes"][f"{name}/b"] = {"breaks": shape.breaking("V1 -> V2")}
    shape.file["changes"] |= {f"{who}/token": {"breaks": []}, f"{who}/check": {"breaks": []}}


def compensation(shape: Shape) -> None:
    """A saga: messages from worker to worker, and others that take back what was done, by the same queue."""
    first, *others = shape.names
    shape.file["components"]["bus"] = {"kind": "broker"}
    shape.file["requests"]["begin"] = [{f"client calls {first}": "a"}, {f"{first} publishes bus": "do-1"}]
    for number, name in enumerate(others, 1):
        shape.file["components"][name]["kind"] = "worker"
        shape.file["requests"] |= {
            f"do {number}": [
                {f"{name} consumes bus": f"do-{number}"},
                {f"{name} publishes bus": f"do-{number + 1}"},
                {f"{name} publishes bus": f"undo-{number}"},
            ],
            f"undo {number}": [
                {f"{name} consumes bus": f"undo-{number}"},
                {f"{name} publishes bus": f"undo-{max(number - 1, 1)}"},
            ],
        }
        shape.file["changes"] |= {
            f"bus/do-{number}": {"breaks": shape.breaking("V2 -> V1")},
            f"bus/undo-{number}": {"breaks": []},
        }


def crosswise(shape: Shape) -> None:
    """Two stores: half of the services write the one and read the other, half the other way round."""
    shape.file["components"] |= {"c": {"kind": "cache"}, "d": {"kind": "database"}}
    for number, name in enumerate(shape.names):
        one, other = ("c", "d") if number % 2 else ("d", "c")
        uses = [{f"{name} writes {one}": "x"}, {f"{name} reads {other}": "x"}]
        shape.file["requests"][f"{name} uses"] = [{f"client calls {name}": "a"}, *uses]
    shape.file["changes"] = {
        "c/x": {"breaks": shape.breaking("V1 -> V2")},
        "d/x": {"breaks": shape.breaking("V1 -> V2"), "rows": "kept"},
    }
    steps = shape.file["pipeline"]
    shape.file["pipeline"] = [{"Migrate": ["migrate d"]}, *steps, {"Sync": ["sync c", "backfill d"]}]


def regions(shape: Shape) -> None:
    """Five services a region, each region with a pipeline; the last of one calls the first of the next."""
    size = 5
    rows = [shape.names[at : at + size] for at in range(0, len(shape.names), size)]
    for number, row in enumerate(rows):
        callers = ["client", *row]
        calls = [{f"{a} calls {b}": "a"} for a, b in zip(callers, row, strict=False)]
        after = rows[(number + 1) % len(rows)][0]
        shape.file["requests"][f"region {number}"] = [*calls, {f"{row[-1]} calls {after}": "a"}]
    shape.file["changes"] = {f"{name}/a": {"breaks": []} for name in shape.names}
    shape.file["changes"][f"{shape.names[0]}/a"] = {"breaks": shape.breaking("V2 -> V1")}
    del shape.file["pipeline"]
    shape.file["pipelines"] = {
        f"region-{number}": [{f"Roll {name}": [f"deploy {name}"]} for name in row]
        for number, row in enumerate(rows)
    }


def elected(shape: Shape) -> None:
    """Each service has a leader that writes its table, and instances that can go down at any time."""
    shape.file["components"]["d"] = {"kind": "database"}
    for name in shape.names:
        shape.file["components"][name]["restarts"] = True
        shape.file["requests"][f"{name} writes"] = [
            {f"client calls {name} leader": "lead"},
            {f"{name} leader writes d": name},
            {f"{name} reads d": name},
        ]
        shape.file["changes"] |= {
            f"{name}/lead": {"breaks": []},
            f"d/{name}": {"breaks": shape.breaking("V1 -> V2"), "rows": "kept"},
        }
    shape.file["pipeline"].insert(0, {"Migrate": ["migrate d"]})


def crons(shape: Shape) -> None:
    """Jobs that begin by themselves, read one table that all of them write, and tell the service behind."""
    shape.file["components"] |= {"d": {"kind": "database"}, "t": {"kind": "broker"}}
    shape.file["requests"]["tick"] = [{"client publishes t": "tick"}]
    for name, following in pairwise([*shape.names, shape.names[0]]):
        worker = f"w-{name}"
        shape.file["components"][worker] = {"kind": "worker", "image": name}
        shape.file["requests"][f"{name} job"] = [
            {f"{worker} consumes t": "tick"},
            {f"{worker} writes d": "x"},
            {f"{worker} calls {following}": "a"},
        ]
        shape.file["requests"][f"{name} shows"] = [{f"client calls {name}": "show"}, {f"{name} reads d": "x"}]
        shape.file["changes"][f"{following}/a"] = {"breaks": []}
    shape.file["changes"]["d/x"] = {"breaks": shape.breaking("V2 -> V1"), "rows": "kept"}
    workers = " ".join(f"w-{name}" for name in shape.names)
    roll = shape.file["pipeline"]
    shape.file["pipeline"] = [
        {"Stop": [f"suspend {workers}"]},
        {"Migrate": ["migrate d", f"deploy {workers}"]},
        *roll,
        {"Go": [f"resume {workers}", "backfill d"]},
    ]


def toggles(shape: Shape) -> None:
    """A chain in which each service has a flag for each of its contracts, known since the new version."""
    shape.chain()
    for name in shape.names[1:]:
        shape.file["changes"][f"{name}/a"] = {
            "breaks": [*shape.breaking("V1 -> V2"), *shape.breaking("V2 -> V1")]
        }
    shape.file["flags"] = {f"f-{name}": {"guards": [f"{name}/a"], "since": "V2"} for name in shape.names[1:]}
    for name in shape.names[1:]:
        shape.file["pipeline"].append({f"Enable {name}": [f"enable f-{name}"]})


def two_colours(shape: Shape) -> None:
    """All services switch blue to green, a wave of ten at a time, over one database."""
    shape.chain(strategy="blue-green")
    shape.file["components"]["d"] = {"kind": "database"}
    for name in shape.names:
        shape.file["requests"][f"{name} uses"] = [{f"client calls {name}": "a"}, {f"{name} writes d": "x"}]
    shape.file["changes"]["d/x"] = {"breaks": {"schema": shape.breaking("V1 -> V2")}}
    waves = [shape.names[at : at + 10] for at in range(0, len(shape.names), 10)]
    shape.file["pipeline"] = [
        {"Migrate": ["migrate d"]},
        *({f"Wave {number}": ["deploy " + " ".join(wave)]} for number, wave in enumerate(waves)),
    ]


def paced(shape: Shape) -> None:
    """Canaries one after the other: each waits until the one before it serves, and is promoted alone."""
    shape.chain(strategy={"canary": 1})
    shape.file["pipeline"] = [
        step
        for name in shape.names
        for step in (
            {f"Canary {name}": [f"deploy {name}"]},
            {f"Promote {name}": [f"promote {name} when {name}.up(V2)"]},
        )
    ]


def own_schemas(shape: Shape) -> None:
    """Each service migrates a database of its own as it starts, and calls the next."""
    shape.chain()
    for name in shape.names:
        shape.own_database(name, f"d-{name}", "t")


def journeys(shape: Shape) -> None:
    """Users with an app of their own go through all services and carry what the first gave them."""
    first, *others = shape.names
    shape.file["components"]["app"] = {"kind": "client", "stays": True}
    shape.file["requests"]["journey"] = [
        {f"app calls {first}": "basket"},
        *({f"app calls {name}": "a using basket"} for name in others),
    ]
    shape.file["changes"] = {f"{name}/a": {"breaks": []} for name in others}
    shape.file["changes"] |= {f"{first}/basket": {"breaks": shape.breaking("V1 -> V2")}}
    shape.file["pipeline"].append({"App": ["deploy app"]})


def outbox(shape: Shape) -> None:
    """Each service writes an outbox table; a relay reads it and publishes, and the next one consumes."""
    shape.file["components"] |= {"d": {"kind": "database"}, "bus": {"kind": "broker"}}
    for name, following in pairwise([*shape.names, shape.names[0]]):
        shape.file["components"] |= {
            f"r-{name}": {"kind": "service"},
            f"w-{following}": {"kind": "worker", "image": following},
        }
        shape.file["requests"] |= {
            f"{name} writes": [{f"client calls {name}": "a"}, {f"{name} writes d": f"out-{name}"}],
            f"{name} relays": [
                {f"client calls r-{name}": "poll"},
                {f"r-{name} reads d": f"out-{name}"},
                {f"r-{name} publishes bus": f"e-{name} using out-{name}"},
            ],
            f"{name} told": [
                {f"w-{following} consumes bus": f"e-{name}"},
                {f"w-{following} calls {following}": "b"},
            ],
        }
        shape.file["changes"] |= {
            f"d/out-{name}": {"breaks": [], "rows": "kept"},
            f"bus/e-{name}": {"breaks": shape.breaking("V2 -> V1")},
            f"{following}/b": {"breaks": []},
        }
    every = " ".join(f"{kind}-{name}" for name in shape.names for kind in ("r", "w"))
    shape.file["pipeline"] = [
        {"Migrate": ["migrate d"]},
        *shape.file["pipeline"],
        {"Jobs": [f"deploy {every}"]},
    ]


def bus(shape: Shape) -> None:
    """One topic for all: each service publishes it, and has a worker that consumes it."""
    shape.file["components"]["bus"] = {"kind": "broker"}
    for name in shape.names:
        shape.file["components"][f"w-{name}"] = {"kind": "worker", "image": name}
        shape.file["requests"] |= {
            f"{name} tells": [{f"client calls {name}": "a"}, {f"{name} publishes bus": "event"}],
            f"{name} hears": [{f"w-{name} consumes bus": "event"}],
        }
    shape.file["changes"]["bus/event"] = {"breaks": shape.breaking("V2 -> V1")}
    workers = " ".join(f"w-{name}" for name in shape.names)
    shape.file["pipeline"].append({"Workers": [f"deploy {workers}"]})


def ordered(shape: Shape) -> None:
    """Each service is ready once the one before it serves at its new version."""
    shape.chain()
    for before, name in pairwise(shape.names):
        shape.file["components"][name]["readiness"] = {"V2": f"{before}.up(V2)"}


def fallback(shape: Shape) -> None:
    """New code asks the new service, old code the old one, which new code has as well to fall back on."""
    old, *others = shape.names
    for name in others:
        shape.file["requests"][f"{name} shows"] = [
            {f"client calls {name}": "show"},
            {f"{name} calls {old}": "a until V1"},
            {f"{name} calls {others[-1]}": "b since V2"},
            {f"{name} calls {old}": "c since V2"},
        ]
    for contract in (f"{old}/a", f"{others[-1]}/b"):
        shape.file["changes"][contract] = {"breaks": []}
    shape.file["changes"][f"{old}/c"] = {"breaks": shape.breaking("V2 -> V1")}


LANDSCAPES: Mapping[str, Callable[[Shape], None]] = {
    "sidecars": sidecars,
    "gateway": gateway,
    "compensation": compensation,
    "crosswise": crosswise,
    "regions": regions,
    "elected": elected,
    "crons": crons,
    "toggles": toggles,
    "two colours": two_colours,
    "paced": paced,
    "own schemas": own_schemas,
    "journeys": journeys,
    "outbox": outbox,
    "bus": bus,
    "ordered": ordered,
    "fallback": fallback,
}
