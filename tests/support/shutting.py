"""Hypothesis strategy: deployments in which calls have to wait for components that can be down."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

Data = dict[str, Any]

ROLLING: tuple[Data, ...] = (
    {"strategy": "recreate"},
    {"strategy": "recreate"},
    {"max_surge": 0, "max_unavailable": 1},
    {"max_unavailable": 1},
    {"readiness": "event", "max_unavailable": 1},
    {"strategy": "recreate", "readiness": "event"},
    {},
)
BREAKS: tuple[Any, ...] = ("none", ["V1 -> V2"], ["V2 -> V1"], "both")


@st.composite
def shutting(draw: DrawFn) -> Data:
    """Three or four services in a chain or a tree, most of which are down for a while."""
    count = draw(st.sampled_from((3, 3, 4)))
    names = [f"s{number}" for number in range(count)]
    components: dict[str, Data] = {}
    for name in names:
        kind = "worker" if name == "s0" and draw(st.sampled_from((True, *[False] * 4))) else "service"
        components[name] = {"kind": kind} | draw(st.sampled_from(ROLLING))
    cached = draw(st.sampled_from((True, False, False)))
    if cached:
        components["c"] = draw(st.sampled_from(({"kind": "cache"}, {"kind": "broker"})))
    requests = {
        f"r{number}": draw(_walk(names, components)) for number in range(draw(st.sampled_from((1, 1, 2))))
    }
    changes = {
        f"{name}/a": {"breaks": draw(st.sampled_from(BREAKS))} for name in names if draw(st.booleans())
    }
    if cached:
        changes["c/x"] = {"breaks": draw(st.sampled_from(BREAKS))}
    data: Data = {"system": "shutting", "versions": ["V1", "V2"], "components": components}
    data |= {"requests": requests, "pipeline": draw(_pipeline(names, cached, components)), "changes": changes}
    met = {
        f"{hop.split()[2]}/{said.split()[0]}"
        for hops in requests.values()
        for one in hops
        for hop, said in one.items()
    }
    data["changes"] = {contract: change for contract, change in changes.items() if contract in met}
    if draw(st.sampled_from((True, *[False] * 5))):
        data["assume"] = {"max_span": draw(st.sampled_from((0, 1)))}
    return data


@st.composite
def _walk(draw: DrawFn, names: list[str], components: dict[str, Data]) -> list[Data]:
    """Each calls the next, or somebody before it does; now and then one is called again, or a token used."""
    first = components[names[0]]["kind"] == "worker" and draw(st.booleans())
    stack = [names[0]] if first else ["client"]
    hops: list[Data] = []
    obtained: list[str] = []
    for name in names[1:] if first else names:
        caller = draw(st.sampled_from((stack[-1], stack[-1], stack[-1], *stack)))
        while stack[-1] != caller:
            stack.pop()
        using = ""
        if obtained and draw(st.sampled_from((True, *[False] * 5))):
            using = f" using {draw(st.sampled_from(obtained))}"
        hops.append({f"{caller} calls {name}": "a" + using})
        obtained.append(f"{name}/a")
        stack.append(name)
        if "c" in components and draw(st.sampled_from((True, False, False))):
            verbs = ("writes", "reads") if components["c"]["kind"] == "cache" else ("publishes", "consumes")
            hops.append({f"{name} {draw(st.sampled_from(verbs))} c": "x"})
    return hops


@st.composite
def _pipeline(draw: DrawFn, names: list[str], cached: bool, components: dict[str, Data]) -> list[Data]:
    how = draw(st.sampled_from(("all", "all", "each", "some")))
    if how == "all":
        waves = [draw(st.sampled_from(("", "", "start "))) + "deploy " + " ".join(names)]
    elif how == "each":
        waves = [
            draw(st.sampled_from(("", "", "start "))) + f"deploy {name}"
            for name in draw(st.permutations(names))
        ]
    else:
        place = draw(st.integers(1, len(names) - 1))
        waves = ["deploy " + " ".join(part) for part in (names[:place], names[place:])]
    if draw(st.sampled_from((True, False, False))):
        waves.append(f"rollback {draw(st.sampled_from(names))}")
    if cached:
        does = ("sync c", "purge c") if components["c"]["kind"] == "cache" else ("purge c", "drain c")
        waves.insert(draw(st.integers(0, len(waves))), draw(st.sampled_from(does)))
    if components[names[0]]["kind"] == "worker" and draw(st.booleans()):
        waves = [f"suspend {names[0]}", *waves, f"resume {names[0]}"]
    return [{f"Step_{number}": [action]} for number, action in enumerate(waves)]
