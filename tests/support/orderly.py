"""Random small releases of a few services and a store, of which an order is to be found: none, some or every
one is safe."""

from __future__ import annotations

import random
from itertools import pairwise

import yaml

PAIRS = ("V1 -> V2", "V2 -> V1")
MOST_ACTIONS = 3


def draw_release(draw: random.Random) -> str:
    """A file with at most `MOST_ACTIONS` things to do, and a pipeline that plays no part."""
    names = ["a", "b", "c"][: draw.randrange(2, 4)]
    components: dict[str, dict[str, object]] = {}
    for name in names:
        components[name] = {"kind": "service", "replicas": draw.choice([1, 1, 2])}
        if draw.random() < 0.15:
            components[name]["strategy"] = "recreate"
    hops = [{f"client calls {names[0]}": "x"}]
    hops += [{f"{one} calls {other}": "x"} for one, other in pairwise(names)]
    changes: dict[str, object] = {f"{name}/x": _change(draw) for name in names[1:]}
    if len(names) < MOST_ACTIONS:
        kind = draw.choice(["database", "cache", "broker"])
        components["s"] = {"kind": kind}
        verbs = {
            "database": ["writes", "reads"],
            "cache": ["writes", "reads"],
            "broker": ["publishes", "consumes"],
        }[kind]
        hops += [{f"{names[-1]} {verb} s": "x"} for verb in verbs[: draw.randrange(1, 3)]]
        changes["s/x"] = _change(draw)
    back = [{f"client calls {names[-1]}": "x"}, {f"{names[-1]} calls {names[0]}": "x"}]
    requests = {"walk": hops}
    if draw.random() < 0.4:
        requests["back"] = back
        changes.setdefault(f"{names[0]}/x", _change(draw))
    data = {
        "components": components,
        "requests": requests,
        "pipeline": [{"Roll": ["deploy " + " ".join(names)]}],
        "changes": changes,
    }
    return str(yaml.safe_dump(data, sort_keys=False))


def draw_versions(draw: random.Random) -> str:
    """Two services and three versions: four things to do. Each declares its own pairs."""
    pairs = ["V1 -> V2", "V2 -> V1", "V2 -> V3", "V3 -> V2", "V1 -> V3", "V3 -> V1"]
    data = {
        "versions": ["V1", "V2", "V3"],
        "components": {name: {"kind": "service", "replicas": 1} for name in ("a", "b")},
        "requests": {"walk": [{"client calls a": "x"}, {"a calls b": "x"}]},
        "pipeline": [{"Roll": ["deploy a b"]}],
        "changes": {"b/x": {"breaks": draw.sample(pairs, draw.randrange(1, 4))}},
    }
    if draw.random() < 0.3:
        data["requests"]["back"] = [{"client calls b": "y"}, {"b calls a": "x"}]  # type: ignore[index]
        data["changes"]["a/x"] = {"breaks": draw.sample(pairs, 1)}  # type: ignore[index]
    return str(yaml.safe_dump(data, sort_keys=False))


def draw_queued(draw: random.Random) -> str:
    """A page that publishes what a worker consumes, and perhaps what it calls then: three things to do, and a
    drain or a pause besides."""
    work = [{"w consumes q": "x"}]
    changes: dict[str, object] = {"q/x": {"breaks": draw.choice([*PAIRS, *PAIRS, "both"])}}
    if draw.random() < 0.5:
        work.append({"w calls a": "y"})
        changes["a/y"] = _change(draw)
    data = {
        "components": {
            "a": {"kind": "service", "replicas": 1},
            "w": {"kind": "worker", "replicas": 1},
            "q": {"kind": "broker"},
        },
        "requests": {"walk": [{"client calls a": "x"}, {"a publishes q": "x"}], "work": work},
        "pipeline": [{"Roll": ["deploy a w"]}],
        "changes": changes,
    }
    return str(yaml.safe_dump(data, sort_keys=False))


def _change(draw: random.Random) -> dict[str, object]:
    return {"breaks": draw.choice(["none", *PAIRS, *PAIRS, "both"])}
