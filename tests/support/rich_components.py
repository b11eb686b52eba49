"""Hypothesis strategies: the components of the rich random deployments."""

from hypothesis.strategies import DrawFn

from support.rich_pipelines import Data, World, chance, pick

STORES = {"database": "database", "redis": "cache", "rabbit": "broker"}
ROLLING: tuple[Data, ...] = (
    {},
    {},
    {"max_unavailable": 1},
    {"max_surge": 0, "max_unavailable": 1},
    {"max_surge": "100%"},
    {"max_surge": 0, "max_unavailable": "25%"},
    {"max_surge": "50%", "max_unavailable": "50%"},
)
STRATEGIES: tuple[Data, ...] = (
    {"strategy": "recreate"},
    {"strategy": "blue-green"},
    {"strategy": {"canary": 1}},
    {"strategy": "blue-green"},
    {"strategy": {"canary": 2}, "max_surge": 0, "max_unavailable": 1},
    {"strategy": {"canary": 1}},
)


def draw_components(draw: DrawFn, world: World) -> None:
    """Adds the components to the world; what is ready when comes later."""
    names = {"glue": "service"}
    if chance(draw, 3, usually=True):
        names["zed"] = "service"
    if world.has("queue", "relay", "pull", "redelivers") or chance(draw, 4):
        names["scheduler"] = "worker"
    if world.has("client"):
        names[pick(draw, "app", "client")] = "client"
    spare = 4 - len(names) - (len(world.versions) > 2)
    for name, kind in names.items():
        world.components[name] = {"kind": kind}
        if kind == "client" and chance(draw, 2):
            world.components[name]["stays"] = True
            continue
        replicas = 1 + (spare > 0 and chance(draw, 2))
        spare -= replicas - 1
        if replicas > 1:
            world.components[name]["replicas"] = replicas
        special = world.has("strategy") and chance(draw, 2, first=name == "glue")
        world.components[name] |= pick(draw, *(STRATEGIES if special else ROLLING))
        if world.has("promotion") and name == "glue":
            world.components[name]["strategy"] = {"canary": 1}
        if kind == "worker" and chance(draw, 3):
            world.components[name]["pulls"] = "ready"
        if world.has("abrupt") and chance(draw, 2, first=name == "glue"):
            world.components[name]["drain"] = "abrupt"
        if world.has("restarts") and chance(draw, 2, first=name == "glue"):
            world.components[name]["restarts"] = pick(draw, True, True, 2)
        if world.has("terminates") and chance(draw, 2, first=name == "glue"):
            world.components[name]["terminates"] = "later"
        if world.has("migrates") and chance(draw, 2, first=name == "glue"):
            world.components[name]["migrates"] = ["database"]
        if world.has("route"):
            world.components[name] |= pick(draw, {"route": "session"}, {"route": "carried"}, {})
    wanted = {
        "database": world.has("exists", "store", "back", "migrates"),
        "redis": world.has("expires", "from", "relay", "store"),
        "rabbit": world.has("relay", "queue", "pull", "redelivers"),
    }
    for name, kind in STORES.items():
        if wanted[name] or chance(draw, 2):
            world.components[name] = {"kind": kind}
    if "rabbit" in world.components and world.has("redelivers"):
        world.components["rabbit"]["redelivers"] = True


def draw_sizes(draw: DrawFn, world: World) -> None:
    """Makes the number of instances one that changes."""
    for name in world.instances if world.has("scale") else ():
        spec = world.components[name]
        fits = not spec.get("stays") and spec.get("strategy") != "blue-green"
        if fits and chance(draw, 2, first=name == "glue"):
            world.scaled.append(name)
            if chance(draw, 2):
                spec["replicas"] = {version: pick(draw, 1, 2, 2, 0) for version in world.versions}


def draw_readiness(draw: DrawFn, world: World) -> None:
    """Adds readiness; last, for a predicate can speak of whatever there is."""
    for name in world.instances if world.has("readiness", "pull") else ():
        first = name == ("glue" if world.has("readiness") else "scheduler")
        if not world.components[name].get("stays") and chance(draw, 2, first=first):
            predicate = world.predicate(draw)
            choices = ("event", "event", predicate, {"V2": predicate, "V1": "event"}, {"V2": predicate})
            world.components[name]["readiness"] = pick(draw, *choices)
