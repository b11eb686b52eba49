"""Random well-formed deployments, small enough to be judged in full.

Choices are small draws in the order of the file, the simplest first, so that an example shrinks to
the smallest deployment that still shows its point.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...model.deployment import Deployment
from ...model.language import loads

Data = dict[str, Any]

VERSIONS = ("V1", "V2")
INSTANCES = (
    {"glue": "service"},
    {"glue": "service", "zed": "service"},
    {"glue": "service", "scheduler": "worker"},
    {"glue": "service", "zed": "service", "scheduler": "worker"},
    {"glue": "service", "scheduler": "worker", "mailer": "worker"},
    {"scheduler": "worker"},
)
STORES = {"database": "database", "redis": "cache", "rabbit": "broker"}
SUBJECTS = ("cart", "product")
VERBS = {
    "service": ("calls", "calls", "calls", "forwards"),
    "worker": ("calls", "calls", "calls", "forwards"),
    "database": ("writes", "reads", "reads"),
    "cache": ("reads", "reads", "writes"),
    "broker": ("consumes", "publishes"),
}
OBTAINS = ("calls", "forwards", "reads", "consumes")
ROLLING: tuple[Data, ...] = (
    {},
    {},
    {"max_unavailable": 1},
    {"max_surge": 0, "max_unavailable": 1},
    {"max_surge": "100%"},
    {"max_surge": 0, "max_unavailable": "25%"},
    {"max_surge": "50%", "max_unavailable": "50%"},
    {"max_surge": 2, "max_unavailable": "100%"},
)
BREAKS: tuple[Any, ...] = ("both", ["V1 -> V2"], ["V1 -> V2"], ["V2 -> V1"], ["V1 -> V2", "V2 -> V1"], "none")
ASPECTS = {
    "service": ("call", "token"),
    "worker": ("call", "token"),
    "database": ("schema", "token", "content"),
    "cache": ("content",),
    "broker": ("schema", "content", "token"),
}
CONSTRUCTS = (
    "restarts",
    "terminates",
    "redelivers",
    "leader",
    "replicas",
    "migrates",
    "verbs",
    "facts",
)
"""What of the language is drawn only where it is asked for: instances that restart, those that terminate
later, messages that come back, leaders, a number of instances by version, pods that migrate, breaks by verb,
flags that guard nothing."""
SPOKEN = {
    "call": ("calls",),
    "schema": ("reads", "writes", "publishes", "consumes"),
    "content": ("reads", "consumes"),
    "token": ("calls", "forwards", "reads", "writes", "publishes", "consumes"),
}
"""The verbs that a break can be said of, by aspect."""
MOST_STEPS = 5
MOST_ACTIONS = 3
MOST_INSTANCES = 3
MOST_STORED = 4
"""What the changed contracts of stores may weigh; a broker's multiplies the states by up to eight."""
WEIGHTS = {"cache": 1, "database": 1, "broker": 2}


def deployments(constructs: Collection[str] = ()) -> SearchStrategy[Deployment]:
    """Random deployments of two versions with their changes; most are judged in well under a second.

    `constructs` are what of the language they may have besides (of `CONSTRUCTS`): slices refuse most of it.
    """
    return deployment_data(constructs).map(lambda data: loads(json.dumps(data)))  # JSON is YAML


@st.composite
def deployment_data(draw: DrawFn, constructs: Collection[str] = ()) -> Data:
    """A random deployment as plain data, as a YAML reader gives it for a deployment file."""
    components = draw(_components(constructs))
    kinds = {name: spec["kind"] for name, spec in components.items()}
    names = ("browse", "order", "publish")[: draw(st.sampled_from((1, 1, 2, 2, 3)))]
    requests = {name: draw(draw(st.sampled_from(REQUESTS))(kinds)) for name in names}
    if "leader" in constructs:
        requests = {name: [draw(_perhaps_led(hop, kinds)) for hop in hops] for name, hops in requests.items()}
    met = list(dict.fromkeys(_contract(hop) for hops in requests.values() for hop in hops))
    changes = draw(_changes(met, kinds, by_verb="verbs" in constructs))
    flags = draw(_flags(met)) | ({"ready": {}} if "facts" in constructs else {})
    data: Data = {"system": "random", "versions": list(VERSIONS)}
    data |= {"components": components, "requests": requests}
    data |= {"pipeline": draw(_pipeline(kinds, met, changes, list(flags))), "changes": changes}
    if flags:
        data["flags"] = flags
    max_span = draw(st.sampled_from((None, None, None, None, 0, 1, 2)))
    if max_span is not None:
        data["assume"] = {"max_span": max_span}
    return data


@st.composite
def _perhaps_led(draw: DrawFn, hop: dict[str, str], kinds: dict[str, str]) -> dict[str, str]:
    """The hop; a call of instances may be one of their leader."""
    ((head, tail),) = hop.items()
    is_call = kinds[head.split()[2]] in ("service", "worker")
    leads = is_call and draw(st.sampled_from((True, True, False)))
    return {f"{head} leader" if leads else head: tail}


def _contract(hop: dict[str, str]) -> str:
    ((head, tail),) = hop.items()
    return f"{head.split()[2]}/{tail.split()[0]}"


# Components


@st.composite
def _components(draw: DrawFn, constructs: Collection[str]) -> dict[str, Data]:
    kinds = draw(st.sampled_from(INSTANCES))
    spare = MOST_INSTANCES - len(kinds)
    components: dict[str, Data] = {}
    for name, kind in kinds.items():
        replicas = draw(st.integers(1, 1 + spare))
        spare -= replicas - 1
        components[name] = {"kind": kind} | ({"replicas": replicas} if replicas > 1 else {})
        components[name] |= draw(st.sampled_from(ROLLING))
        if "restarts" in constructs:
            components[name] |= draw(st.sampled_from(({"restarts": True}, {}, {"restarts": 2})))
        if "terminates" in constructs:
            components[name] |= draw(st.sampled_from(({"terminates": "later"}, {})))
        if "replicas" in constructs:
            sizes = st.fixed_dictionaries({"V1": st.integers(1, 2), "V2": st.integers(0, 2)})
            components[name]["replicas"] = draw(sizes)
    for name, kind in STORES.items():
        if draw(st.sampled_from((False, True, True, True))):
            components[name] = {"kind": kind}
    if "redelivers" in constructs and "rabbit" in components:
        components["rabbit"]["redelivers"] = True
    for name in kinds if "migrates" in constructs and "database" in components else ():
        components[name] |= draw(st.sampled_from(({"migrates": ["database"]}, {})))
    return components


# Requests


@st.composite
def _request(draw: DrawFn, kinds: dict[str, str]) -> list[dict[str, str]]:
    """A walk over the components, by the rule of the stack: a caller further up ends the deeper ones."""
    workers = [name for name, kind in kinds.items() if kind == "worker"]
    instances = [name for name in kinds if name not in STORES]
    often = st.sampled_from((True, True, True, False))
    stack = [draw(st.sampled_from(["client", "client", *workers]))]
    obtained: list[str] = []
    hops = []
    for _ in range(draw(st.sampled_from((1, 2, 3, 3, 4, 5)))):
        caller = draw(st.sampled_from([*reversed(stack), stack[-1], stack[-1]]))
        while stack[-1] != caller:
            stack.pop()
        provider = draw(st.sampled_from(instances if caller == "client" and draw(often) else list(kinds)))
        verb = draw(st.sampled_from(VERBS[kinds[provider]]))
        subject = draw(st.sampled_from(SUBJECTS))
        hops.append({f"{caller} {verb} {provider}": subject + draw(_using(obtained))})
        if verb in OBTAINS:
            obtained += [subject, f"{provider}/{subject}"]
        if verb in ("calls", "forwards"):
            stack.append(provider)
    return hops


@st.composite
def _errand(draw: DrawFn, kinds: dict[str, str]) -> list[dict[str, str]]:
    """A client takes something from one place to another: what spans that quick requests do not see."""
    source, goal = draw(st.permutations([name for name in kinds if name != "redis"] * 2))[:2]
    obtain = {"database": "reads", "broker": "consumes"}.get(kinds[source], "calls")
    deliver = {"database": "writes", "broker": "publishes"}.get(kinds[goal], "calls")
    subject, other = draw(st.permutations(SUBJECTS))
    hops = [{f"client {obtain} {source}": subject}]
    return [*hops, {f"client {deliver} {goal}": f"{other} using {source}/{subject}"}]


REQUESTS = (_request, _request, _errand)


@st.composite
def _using(draw: DrawFn, obtained: list[str]) -> str:
    count = draw(st.sampled_from((1, 1, 0, 1, 1, 2))) if obtained else 0
    sources = [draw(st.sampled_from(obtained)) for _ in range(count)]
    return "".join([" using", *(f" {source}" for source in dict.fromkeys(sources))]) if sources else ""


# Changes and flags


@st.composite
def _changes(draw: DrawFn, met: list[str], kinds: dict[str, str], *, by_verb: bool) -> dict[str, Data]:
    changes: dict[str, Data] = {}
    stored = 0
    for contract in met:
        provider, _, subject = contract.partition("/")
        weight = WEIGHTS.get(kinds[provider], 0)
        if stored + weight > MOST_STORED or not draw(st.sampled_from((True, True, True, True, False))):
            continue
        stored += weight
        alone = not any(other != contract and other.startswith(f"{provider}/") for other in met)
        wildcard = alone and draw(st.sampled_from((False, False, False, True)))
        changes[f"{provider}/{'*' if wildcard else subject}"] = draw(
            _change(kinds[provider], by_verb=by_verb)
        )
    return changes


@st.composite
def _change(draw: DrawFn, kind: str, *, by_verb: bool) -> Data:
    breaks = draw(st.sampled_from(BREAKS))
    kept = kind == "database" and draw(st.booleans())
    if draw(st.sampled_from((False, False, True))):
        known = [a for a in ASPECTS[kind] if kept or (kind, a) != ("database", "content")]
        aspects = draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
        breaks = {aspect: draw(st.sampled_from(BREAKS)) for aspect in aspects}
        if by_verb:
            breaks = {aspect: {_verb(draw, kind, aspect): pairs} for aspect, pairs in breaks.items()}
    change: Data = {"breaks": breaks}
    severity = draw(st.sampled_from((None, None, "error", "corruption", "degraded")))
    if severity is not None:
        change["severity"] = severity
    if kept:
        change["rows"] = "kept"
    return change


def _verb(draw: DrawFn, kind: str, aspect: str) -> str:
    return draw(st.sampled_from([verb for verb in VERBS[kind] if verb in SPOKEN[aspect]]))


@st.composite
def _flags(draw: DrawFn, met: list[str]) -> dict[str, Data]:
    """Up to two flags; each contract has at most one."""
    guards: dict[str, list[str]] = {}
    for name in ("dark", "new-cart")[: draw(st.sampled_from((0, 0, 1, 1, 2)))]:
        guards[name] = []
    for contract in met if guards else []:
        flag = draw(st.sampled_from((*guards, *guards, None)))
        if flag is not None:
            guards[flag].append(contract)
    return {name: {"guards": contracts} for name, contracts in guards.items() if contracts}


# The pipeline


@st.composite
def _pipeline(
    draw: DrawFn, kinds: dict[str, str], met: list[str], changes: dict[str, Data], flags: list[str]
) -> list[Any]:
    """Most of what the release needs, in any order, with anything else between, cut into steps."""
    started: list[str] = []
    steps: list[list[str]] = []
    for needed in draw(st.permutations(draw(_needed(kinds, met, flags)))):
        how = draw(st.sampled_from(("{}", "{}", "{}", "{}", "start {}", None)))
        actions = [how.format(needed)] if how else []
        started += needed.split()[1:] if how == "start {}" else []
        if draw(st.sampled_from((False, False, True))):
            actions.append(draw(_action(_choices(kinds, met, changes, flags, started), started)))
        for action in actions:
            gap = draw(st.sampled_from((1, 1, 1, 0, 1, 2)))
            full = not steps or len(steps[-1]) == MOST_ACTIONS
            steps += [[] for _ in range(max(gap, full))]
            steps[-1].append(action)
    # What is cut off is the end, so no await loses its start.
    named = enumerate(steps[:MOST_STEPS] or [[]], start=1)
    return [{f"Step_{n}": actions} if actions else f"Step_{n}" for n, actions in named]


@st.composite
def _needed(draw: DrawFn, kinds: dict[str, str], met: list[str], flags: list[str]) -> list[str]:
    """The actions that bring everything to the new version."""
    instances = [name for name in kinds if name not in STORES]
    together = draw(st.sampled_from((False, False, False, True)))
    needed = ["deploy " + " ".join(instances)] if together else [f"deploy {name}" for name in instances]
    stores = (("migrate", "database"), ("reconfigure", "rabbit"), ("sync", "redis"))
    needed += [f"{verb} {store}" for verb, store in stores if _named(store, kinds, met)]
    return needed + [f"enable {flag}" for flag in flags]


@st.composite
def _action(draw: DrawFn, choices: list[tuple[str, list[str]]], started: list[str]) -> str:
    """Any action; what it starts in the background is added to `started`."""
    verb, candidates = draw(st.sampled_from(choices))
    count = draw(st.sampled_from((1, 1, 2))) if len(candidates) > 1 else 1
    targets = list(dict.fromkeys(draw(st.sampled_from(candidates)) for _ in range(count)))
    action = " ".join([verb, *_without_overlap(targets)])
    if verb != "await" and draw(st.sampled_from((False, False, False, True))):
        started += _without_overlap(targets)
        return f"start {action}"
    return action


def _choices(
    kinds: dict[str, str],
    met: list[str],
    changes: dict[str, Data],
    flags: list[str],
    started: list[str],
) -> list[tuple[str, list[str]]]:
    """(verb, what it can be said of), the frequent ones more than once."""
    workers = [name for name, kind in kinds.items() if kind == "worker"]
    stores = {kind: _named(name, kinds, met) for name, kind in STORES.items()}
    kept = [name for name, change in changes.items() if change.get("rows") == "kept"]
    backfilled = ["database", *(name for name in kept if name in met)] if kept else []
    choices = [
        ("deploy", [name for name in kinds if name not in STORES]),
        ("migrate", stores["database"]),
        ("reconfigure", stores["broker"]),
        ("sync", stores["cache"]),
        ("backfill", backfilled),
        ("suspend", workers),
        ("resume", workers),
        ("enable", flags),
        ("disable", flags),
        ("drain", stores["broker"]),
        ("purge", stores["cache"] + stores["broker"]),
        ("await", started),
    ]
    return [(verb, names) for verb, names in choices if names]


def _named(store: str, kinds: dict[str, str], met: list[str]) -> list[str]:
    """How an action can name a store that requests meet: whole, or one contract of it."""
    contracts = [contract for contract in met if contract.startswith(f"{store}/")]
    return [store, *contracts] if store in kinds and contracts else []


def _without_overlap(targets: Iterable[str]) -> list[str]:
    """The targets, without contracts of a store that is named as a whole."""
    named = list(targets)
    return [name for name in named if "/" not in name or name.partition("/")[0] not in named]
