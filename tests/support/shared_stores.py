"""Hypothesis strategy: deployments in which several services and workers write and consume one store."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

Data = dict[str, Any]

ROLLING: tuple[Data, ...] = (
    {},
    {},
    {},
    {"max_surge": 0, "max_unavailable": 1},
    {"strategy": "recreate"},
    {"strategy": "recreate"},
    {"strategy": "blue-green"},
    {"readiness": "event"},
)
STORES = (("c", "cache"), ("d", "database"), ("q", "broker"))
BREAKS: tuple[Any, ...] = ("none", ["V1 -> V2"], ["V2 -> V1"], "both")
PUTS = {"cache": "writes", "database": "writes", "broker": "publishes"}
SELDOM = st.sampled_from((False, False, True))
TAKES = {"cache": "reads", "database": "reads", "broker": "consumes"}


@st.composite
def redelivering(draw: DrawFn) -> Data:
    """The same at one queue, from which messages come back when one of those who take them has gone."""
    data = draw(shared_stores(STORES[2:]))
    data["components"]["q"]["redelivers"] = True
    going: tuple[Data, ...] = ({}, {}, {"drain": "abrupt"}, {"terminates": "later"}, {"restarts": True})
    for name, spec in data["components"].items():
        spec |= draw(st.sampled_from(going)) if name != "q" else {}
    return data


@st.composite
def shared_stores(draw: DrawFn, kinds: tuple[tuple[str, str], ...] = STORES) -> Data:
    """Two to four writers at one store, or at two; with two versions or three."""
    versions = ["V1", "V2", *draw(st.sampled_from(([], [], ["V3"])))]
    count = draw(st.sampled_from((2, 3) if len(versions) == 3 else (2, 3, 3, 4)))
    same = draw(st.sampled_from((*ROLLING, None)))
    names = [f"s{number}" for number in range(count)]
    components: dict[str, Data] = {}
    for name in names:
        kind = draw(st.sampled_from(("service", "service", "service", "worker")))
        own = same if same is not None else draw(st.sampled_from(ROLLING))
        components[name] = {"kind": kind} | own
    stores = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=1 + (count < 3), unique=True))
    components |= {name: {"kind": kind} for name, kind in stores}
    requests = {f"r{number}": draw(_request(name, components, stores)) for number, name in enumerate(names)}
    if draw(st.booleans()):
        name = draw(st.sampled_from(names))
        requests["more"] = draw(_request(name, components, stores))
    data: Data = {"system": "stores", "versions": versions, "components": components, "requests": requests}
    data["pipeline"] = draw(_pipeline(names, components, stores, len(versions)))
    data["changes"] = {f"{name}/x": draw(_change(kind, versions)) for name, kind in stores}
    if draw(st.sampled_from((True, False, False))):
        data["changes"]["s0/a"] = {"breaks": draw(st.sampled_from(BREAKS))}
    if draw(st.sampled_from((True, *[False] * 5))):
        data["flags"] = {"f": {"guards": [f"{stores[0][0]}/x"]}}
        data["pipeline"].append({"On": ["enable f"]})
    if draw(st.sampled_from((True, *[False] * 5))):
        data["assume"] = {"max_span": draw(st.sampled_from((0, 1)))}
    met = {
        f"{hop.split()[2]}/{said.split()[0]}"
        for hops in requests.values()
        for one in hops
        for hop, said in one.items()
    }
    data["changes"] = {contract: change for contract, change in data["changes"].items() if contract in met}
    if "flags" in data and f"{stores[0][0]}/x" not in met:
        del data["flags"]
        data["pipeline"].pop()
    return data


@st.composite
def _request(
    draw: DrawFn, name: str, components: dict[str, Data], stores: list[tuple[str, str]]
) -> list[Data]:
    """Who writes, who takes, who does both; by a client's request, by a job, or on the way to another; now
    and then with something obtained before."""
    is_job = components[name]["kind"] == "worker" and draw(st.sampled_from((True, True, False)))
    hops: list[Data] = [] if is_job else [{f"client calls {name}": "a"}]
    stack = [name]
    obtained = [] if is_job else [f"{name}/a"]
    for _ in range(draw(st.sampled_from((1, 1, 2, 2, 3)))):
        at = draw(st.sampled_from((stack[-1], stack[-1], *stack)))
        del stack[stack.index(at) + 1 :]
        others = [one for one, spec in components.items() if spec["kind"] == "service" and one not in stack]
        is_using, is_calling = draw(SELDOM), draw(SELDOM)
        using = f" using {draw(st.sampled_from(obtained))}" if obtained and is_using else ""
        if others and is_calling:
            other = draw(st.sampled_from(others))
            hops.append({f"{at} calls {other}": "a" + using})
            stack.append(other)
            obtained.append(f"{other}/a")
            continue
        store, kind = draw(st.sampled_from(stores))
        verb = draw(st.sampled_from((PUTS[kind], PUTS[kind], TAKES[kind])))
        hops.append({f"{at} {verb} {store}": "x" + using})
        if verb == TAKES[kind]:
            obtained.append(f"{store}/x")
    return hops


@st.composite
def _pipeline(
    draw: DrawFn, names: list[str], components: dict[str, Data], stores: list[tuple[str, str]], versions: int
) -> list[Data]:
    waves: list[str] = []
    for _ in range(versions - 1):
        waves += draw(_wave(names))
    waves += draw(st.lists(st.sampled_from([f"rollback {name}" for name in names]), max_size=1))
    for name, kind in stores:
        does = {
            "cache": ("sync {}", "purge {}", None),
            "database": ("backfill {}", "backfill {}", None),
            "broker": ("drain {}", "purge {}", None),
        }[kind]
        action = draw(st.sampled_from(does))
        if action:
            waves.insert(draw(st.integers(0, len(waves))), action.format(name))
        if kind != "cache":
            schema = ("migrate {}" if kind == "database" else "reconfigure {}").format(name)
            waves.insert(draw(st.integers(0, len(waves))), draw(st.sampled_from((schema, "start " + schema))))
    for name in names:
        if components[name]["kind"] == "worker" and draw(st.booleans()):
            place = draw(st.integers(0, len(waves)))
            waves.insert(place, f"suspend {name}")
            waves.insert(draw(st.integers(place + 1, len(waves))), f"resume {name}")
    return [{f"Step_{number}": [action]} for number, action in enumerate(waves)]


@st.composite
def _wave(draw: DrawFn, names: list[str]) -> list[str]:
    """All in one step, or one after the other, some of them in the background."""
    if draw(st.booleans()):
        return [draw(st.sampled_from(("", "", "", "start "))) + "deploy " + " ".join(names)]
    some = draw(st.permutations(names))
    return [draw(st.sampled_from(("", "", "", "start "))) + f"deploy {name}" for name in some]


@st.composite
def _change(draw: DrawFn, kind: str, versions: list[str]) -> Data:
    change: Data = {"breaks": draw(st.sampled_from(BREAKS))}
    if kind == "database" and draw(st.sampled_from((True, True, True, False))):
        change["rows"] = "kept"
    if kind == "cache" and draw(st.sampled_from((True, False, False))):
        change["expires"] = True
    if (kind != "database" or "rows" in change) and draw(st.sampled_from((True, False, False))):
        change["starts"] = draw(st.sampled_from(("empty", ["V1"], versions[-1:])))
    return change
