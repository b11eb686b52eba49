"""Hypothesis strategies: random deployments over the whole language, small enough for the oracle.

The data is what `yaml.safe_load` gives for a file. Each example draws a few features and is built
around them: all of them together would have too many states, and each alone would never meet another.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from support.rich_components import STORES, draw_components, draw_readiness, draw_sizes
from support.rich_pipelines import Data, World, chance, pick, pipelines

FEATURES = (
    "strategy",
    "three versions",
    "failure",
    "abrupt",
    "readiness",
    "flag",
    "client",
    "limits",
    "route",
    "when",
    "relay",
    "expire",
    "expires",
    "from",
    "exists",
    "skew",
    "severity",
    "graded",
    "back",
    "releases",
    "irreversible",
    "queue",
    "store",
    "background",
    "pull",
    "starts",
    "promotion",
    "restarts",
    "scale",
    "migrates",
    "verbs",
    "facts",
    "accept",
    "terminates",
    "redelivers",
    "leader",
)
SUBJECTS = ("cart", "product")
VERBS = {
    "service": ("calls", "calls", "calls", "forwards"),
    "worker": ("calls", "calls", "forwards"),
    "database": ("writes", "reads", "reads"),
    "cache": ("reads", "reads", "writes"),
    "broker": ("consumes", "publishes"),
}
OBTAINS = ("calls", "forwards", "reads", "consumes")
ASPECTS = {
    "service": ("call", "token"),
    "worker": ("call", "token"),
    "database": ("schema", "token", "content"),
    "cache": ("content",),
    "broker": ("schema", "content", "token"),
}
SCHEMA = ("reads", "writes", "publishes", "consumes")
SPOKEN = {
    "call": ("calls",),
    "schema": SCHEMA,
    "content": ("reads", "consumes"),
    "token": ("calls", "forwards", *SCHEMA),
}
"""The verbs that a break can be said of."""
MOST_STORED = 3
"""What the changed contracts of stores may weigh; a broker's multiplies the states most."""
WEIGHTS = {"cache": 1, "database": 1, "broker": 2}


@st.composite
def rich_deployments(
    draw: DrawFn, features: tuple[str, ...] = FEATURES, always: frozenset[str] = frozenset()
) -> Data:
    """A random deployment of two or three versions; some have more states than the oracle can bear. It is
    about a few of the features, and about those that are `always` there."""
    drawn = draw(st.permutations(features))[: pick(draw, 2, 3, 4, 5, 6, 7, 8)]
    world = World(always.union(drawn))
    draw_components(draw, world)
    draw_sizes(draw, world)
    names = ("browse", "order")[: 1 if world.has("relay") else pick(draw, 1, 2, 2)]
    requests = {name: _request(draw, world) for name in names}
    if world.has("relay"):
        requests |= _relay(draw, world)
    elif world.has("pull", "redelivers"):
        requests |= _work(draw, world)
    world.met = list(dict.fromkeys(_contract(hop) for hops in requests.values() for hop in hops))
    _changes(draw, world)
    _flags(draw, world)
    draw_readiness(draw, world)
    data: Data = {"system": "random", "versions": list(world.versions), "components": world.components}
    data |= {"requests": requests} | pipelines(draw, world) | {"changes": world.changes}
    if world.flags:
        data["flags"] = world.flags
    max_span = pick(draw, None, None, None, None, 0, 1)
    if max_span is not None:
        data["assume"] = {"max_span": max_span}
    if chance(draw, 4) and (never := _never(draw, world)):
        data["assume"] = {**data.get("assume", {}), "never": never}
    if world.has("accept"):
        data["accept"] = _accept(draw, world, data)
    return data


def _accept(draw: DrawFn, world: World, data: Data) -> list[Data]:
    """A few entries; each asks for one thing or two, in some of the steps or anywhere."""
    return [_entry(draw, world, data) for _ in range(pick(draw, 1, 2, 2, 3))]


def _entry(draw: DrawFn, world: World, data: Data) -> Data:
    hop = pick(draw, *(next(iter(hop)) for hops in data["requests"].values() for hop in hops))
    contract = pick(draw, *(list(world.changes) or world.met), *world.met)
    keys: dict[str, str] = {
        "kind": pick(draw, "incompatible", "incompatible", "unavailable", "interrupted", "property"),
        "component": words_of(hop)[2],
        "contract": pick(draw, contract, contract, contract.partition("/")[0] + "/*"),
        "request": pick(draw, *data["requests"]),
        "aspect": pick(draw, *ASPECTS[world.kind(contract.partition("/")[0])]),
        "versions": pick(draw, *_every_pair(world)),
    }
    asked = pick(
        draw,
        *[("kind",), ("contract",), ("component",), ("request",), ("aspect",), ("versions",)],
        *[("kind", "component"), ("contract", "aspect"), ("contract", "versions"), ("request", "versions")],
    )
    entry: Data = {key: keys[key] for key in asked} | {"reason": "we live with it"}
    if chance(draw, 2):
        steps = ["(before)", *_steps_of(data), "(after)"]
        entry["in"] = pick(draw, steps[1:-1], steps[1:], steps[2:], steps[:2], steps)
    if chance(draw, 3):
        entry["until"] = pick(draw, "2026-06-14", "2026-06-15", "2027-01-01")
    return entry if entry.get("in") != [] else {key: entry[key] for key in entry if key != "in"}


def _steps_of(data: Data) -> list[str]:
    """The names of the steps, where each has one of its own; none of releases."""
    steps = [*data.get("pipeline", []), *data.get("rollback", [])]
    names = [step if isinstance(step, str) else next(iter(step)) for step in steps]
    return names if len(set(names)) == len(names) else []


def _never(draw: DrawFn, world: World) -> list[str]:
    """Some of the pairs that are declared to break: in their aspect, in one of a bare pair's, or in all."""
    declared = [
        (contract, aspect, pair)
        for contract, change in world.changes.items()
        for aspect, pairs in _declared(change.get("breaks", "none"))
        for pair in _pairs(world, pairs)
    ]
    found = []
    for contract, aspect, pair in draw(st.lists(st.sampled_from(declared), max_size=2)) if declared else ():
        of = aspect or pick(draw, *ASPECTS[world.kind(contract.partition("/")[0])])
        found.append(" ".join([contract, *([of] if chance(draw, 2) else []), pair]))
    return list(dict.fromkeys(found))


def _declared(breaks: Any) -> list[tuple[str | None, Any]]:
    """By aspect, or bare, the pairs; those with a severity of their own, or by verb, are a mapping."""
    by_aspect = isinstance(breaks, dict) and not any("->" in key for key in breaks)
    return list(breaks.items()) if by_aspect else [(None, breaks)]


def _pairs(world: World, written: Any) -> list[str]:
    if isinstance(written, dict):
        graded = [key for key in written if "->" in key]
        return graded or [pair for pairs in written.values() for pair in _pairs(world, pairs)]
    return (
        {"both": _every_pair(world), "none": []}.get(written, [written])
        if isinstance(written, str)
        else written
    )


def _every_pair(world: World) -> list[str]:
    return [f"{x} -> {y}" for x in world.versions for y in world.versions if x != y]


def _contract(hop: dict[str, str]) -> str:
    ((head, tail),) = hop.items()
    return f"{words_of(head)[2]}/{tail.split()[0]}"


# Requests


def _request(draw: DrawFn, world: World) -> list[dict[str, str]]:
    """A walk over the components, by the rule of the stack: a caller further up ends the deeper ones."""
    starters = [name for name in world.instances if world.kind(name) in ("worker", "client")]
    stack = [pick(draw, *(["client"] if "client" not in starters else []), *starters, *starters)]
    led = [world.may_lead(stack[0]) and chance(draw, 2)]
    obtained: list[str] = []
    hops: list[dict[str, str]] = []
    for _ in range(pick(draw, 1, 2, 3, 3, 4, 4, 5)):
        caller = pick(draw, *reversed(stack), stack[-1])
        while stack[-1] != caller:
            stack.pop()
            led.pop()
        anonymous = caller == "client" and caller not in world.components
        services = [name for name in world.instances if world.kind(name) != "client"]
        providers = services if anonymous and chance(draw, 4, usually=True) else [*services, *world.stores]
        provider = pick(draw, *_preferred(world, providers, stack))
        verb = pick(draw, *VERBS[world.kind(provider)])
        if world.kind(provider) == "broker" and obtained and world.has("relay") and chance(draw, 2):
            verb = "forwards"
        subject = pick(draw, *SUBJECTS)
        tail = subject + _using(draw, obtained, needed=verb == "forwards")
        tail += "" if anonymous else _limits(draw, world)
        by_leader = led[-1] and (not hops or chance(draw, 2))
        to_leader = world.may_lead(provider) and chance(draw, 3, usually=True)
        world.led |= dict.fromkeys([caller] * by_leader + [provider] * to_leader)
        head = f"{caller}{' leader' * by_leader} {verb} {provider}{' leader' * to_leader}"
        hops.append({head: tail})
        if verb in OBTAINS and not (verb == "forwards" and world.kind(provider) == "broker"):
            obtained += [subject, f"{provider}/{subject}"]
        if world.kind(provider) in ("service", "worker"):
            stack.append(provider)
            led.append(to_leader)
    return hops


def words_of(head: str) -> list[str]:
    """Consumer, verb and provider of a hop, whether or not leaders are meant."""
    return [word for word in head.split() if word != "leader"]


def _relay(draw: DrawFn, world: World) -> dict[str, list[dict[str, str]]]:
    """Something is obtained, passed on to a queue as it was, and consumed by a worker."""
    caller = pick(draw, "glue", "client" if "client" not in world.components else "glue")
    hops = [{"client calls glue": "page"}] if caller == "glue" else []
    sources = {"redis": "reads", "database": "reads", "zed": "calls", "rabbit": "consumes"}
    source, verb = pick(draw, *((name, v) for name, v in sources.items() if name in world.components))
    hops.append({f"{caller} {verb} {source}": "product"})
    hops.append({f"{caller} forwards rabbit": "cart using " + pick(draw, "product", f"{source}/product")})
    return {"pass on": hops, "work": [{"scheduler consumes rabbit": "cart"}]}


def _work(draw: DrawFn, world: World) -> dict[str, list[dict[str, str]]]:
    """A worker that pulls from a queue, and may go on from there."""
    subject = pick(draw, *SUBJECTS)
    is_led = world.may_lead("scheduler") and chance(draw, 2)
    world.led |= {"scheduler": None} if is_led else {}
    hops = [{f"scheduler{' leader' * is_led} consumes rabbit": subject + _limits(draw, world)}]
    stores = [name for name in ("database", "redis") if name in world.components]
    if stores and chance(draw, 2):
        more = {f"scheduler writes {pick(draw, *stores)}": pick(draw, *SUBJECTS)}
        hops.append(more)
    return {"work": hops}


def _preferred(world: World, providers: list[str], stack: list[str]) -> list[str]:
    """The providers, those twice that the features of the example are about."""
    again = [name for name in providers if name in stack and world.has("route")]
    special = {
        "relay": "rabbit",
        "queue": "rabbit",
        "pull": "rabbit",
        "redelivers": "rabbit",
        "exists": "database",
        "from": "redis",
        "expires": "redis",
    }
    wanted = [name for feature, name in special.items() if world.has(feature) and name in providers]
    return providers + again + wanted * 3


def _using(draw: DrawFn, obtained: list[str], *, needed: bool) -> str:
    count = pick(draw, 1, 1, 0, 2) if obtained else 0
    sources = [pick(draw, *obtained) for _ in range(max(count, needed and bool(obtained)))]
    return "".join([" using", *(f" {source}" for source in dict.fromkeys(sources))]) if sources else ""


def _limits(draw: DrawFn, world: World) -> str:
    if not world.has("limits") or not chance(draw, 2):
        return ""
    middle = world.versions[1]
    last = world.versions[-1]
    return pick(draw, f" since {middle}", f" until {world.versions[0]}", f" since {last}", f" until {middle}")


# Changes and flags


def _changes(draw: DrawFn, world: World) -> None:
    stored = 0
    for contract in world.met:
        kind = world.kind(contract.partition("/")[0])
        weight = WEIGHTS.get(kind, 0)
        if stored + weight > MOST_STORED or not chance(draw, 6, usually=True):
            continue
        stored += weight
        world.changes[contract] = _change(draw, world, contract, kind)


def _change(draw: DrawFn, world: World, contract: str, kind: str) -> Data:
    kept = kind == "database" and chance(draw, 2)
    aspects = tuple(a for a in ASPECTS[kind] if kept or (kind, a) != ("database", "content"))
    change: Data = {"breaks": _breaks(draw, world, aspects)}
    if world.has("graded"):
        change = {"breaks": _graded(draw, change["breaks"])}
    if world.has("verbs") and chance(draw, 3, usually=True):
        change = {"breaks": _by_verb(draw, world, aspects, kind)}
    elif world.has("skew") and chance(draw, 2):
        limits = pick(draw, {"older": 0}, {"newer": 0}, {"older": 0, "newer": 1}, {"older": 1}, {"newer": 1})
        change = {"skew": {pick(draw, *aspects): limits} if chance(draw, 3, usually=True) else limits}
    if world.has("severity"):
        severities = ("degraded", "corruption", "error")
        chosen = draw(
            st.dictionaries(st.sampled_from(ASPECTS[kind]), st.sampled_from(severities), min_size=1)
        )
        change["severity"] = pick(draw, pick(draw, *severities), chosen)
    if kept:
        change["rows"] = "kept"
    content = kind in ("cache", "broker") or "rows" in change
    if content and world.has("expires") and chance(draw, 3, usually=True):
        change["expires"] = True
    stores = [c for c in world.changes if c.partition("/")[0] in STORES]
    if content and stores and world.has("from") and chance(draw, 3, usually=True):
        change["from"] = pick(draw, *stores)
    if kind in ("database", "broker") and world.has("exists") and chance(draw, 3, usually=True):
        change["exists"] = pick(draw, [world.versions[1]], [world.versions[0]], list(world.versions[1:]))
    if contract == "rabbit/cart" and world.has("relay") and chance(draw, 4, usually=True):
        change["exists"] = list(world.versions[1:])
    if content and "exists" not in change and world.has("starts") and chance(draw, 3, usually=True):
        first, *_, last = world.versions
        change["starts"] = pick(draw, "empty", [first], [last], [first, last])
    return change


def _by_verb(draw: DrawFn, world: World, aspects: tuple[str, ...], kind: str) -> Data:
    """Pairs that break hops of some verbs alone, in some aspects."""
    found: Data = {}
    for aspect in draw(st.lists(st.sampled_from(aspects), min_size=1, unique=True)):
        known = [v for v in dict.fromkeys(VERBS[kind]) if v in SPOKEN[aspect]]
        known += ["forwards"] * (kind == "broker" and aspect == "token")
        some = draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
        found[aspect] = {verb: _breaks(draw, world, ()) for verb in some}
        if world.has("graded"):
            found[aspect] = {verb: _graded(draw, pairs) for verb, pairs in found[aspect].items()}
    return found


def _breaks(draw: DrawFn, world: World, aspects: tuple[str, ...]) -> Any:
    first, *_, last = world.versions
    second = world.versions[1]
    choices = ("both", [f"{first} -> {second}"], [f"{second} -> {first}"], [f"{last} -> {first}"])
    if aspects and chance(draw, 3):
        some = draw(st.lists(st.sampled_from(aspects), min_size=1, unique=True))
        return {aspect: pick(draw, *choices, "none") for aspect in some}
    return pick(draw, *choices, "both", [f"{second} -> {last}"] if second != last else "none")


def _graded(draw: DrawFn, breaks: Any) -> Any:
    """The pairs that are listed, each with a severity, or with a word that nobody knows."""
    if isinstance(breaks, dict):
        return {aspect: _graded(draw, pairs) for aspect, pairs in breaks.items()}
    if not isinstance(breaks, list):
        return pick(draw, breaks, {"V1 -> V2": "unknown", "V2 -> V1": "degraded"}, {"V2 -> V1": "unknown"})
    return {pair: pick(draw, "unknown", "unknown", "degraded", "corruption") for pair in breaks}


def _flags(draw: DrawFn, world: World) -> None:
    """A flag, or two; each contract has at most one."""
    if world.has("facts"):
        world.flags["prepared"] = {}
    if not world.has("flag") and not chance(draw, 6):
        return
    guards: dict[str, list[str]] = {name: [] for name in ("dark", "fresh")[: pick(draw, 1, 1, 2)]}
    for contract in world.met:
        if chance(draw, 4, usually=True):
            guards[pick(draw, *guards)].append(contract)
    for name, contracts in guards.items():
        if contracts:
            world.flags[name] = {"guards": contracts} | pick(draw, {}, {}, {"understands": "own"})
            if chance(draw, 3):
                world.flags[name]["since"] = pick(draw, *world.versions[1:])
