"""Hypothesis strategy: larger deployments than `deployments` draws: four to six components that call each
other in chains and trees, roll out together or one after another, in the foreground or behind it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

Data = dict[str, Any]

ROLLING: tuple[Data, ...] = (
    {"max_unavailable": 1},
    {"max_surge": 0, "max_unavailable": 1},
    {"replicas": 2},
    {"replicas": 2, "max_surge": "100%"},
    {"replicas": 2, "max_surge": 0, "max_unavailable": 1},
    {"strategy": "recreate"},
    {"strategy": "blue-green"},
    {"strategy": {"canary": 1}, "replicas": 2},
    {"readiness": "event"},
)
BREAKS: tuple[Any, ...] = ("none", ["V1 -> V2"], ["V2 -> V1"], "both")
STORES = {"db": "database", "cache": "cache"}


@st.composite
def chains(draw: DrawFn) -> Data:
    """A random deployment of four to six services with at most one store."""
    count = draw(st.sampled_from((4, 4, 5, 5, 6)))
    services = [f"s{number}" for number in range(count)]
    components: dict[str, Data] = {name: {"kind": "service"} | draw(_rolling()) for name in services}
    if draw(st.sampled_from((True, False, False, False))):
        components["w"] = {"kind": "worker"}
    store = draw(st.sampled_from((None, None, None, *STORES)))
    if store is not None:
        components[store] = {"kind": STORES[store]}
    requests = {"walk": draw(_walk(services, store, "w" if "w" in components else None))}
    met = list(dict.fromkeys(f"{next(iter(hop)).split()[2]}/x" for hop in requests["walk"]))
    changes = {contract: {"breaks": draw(st.sampled_from(BREAKS))} for contract in met}
    data: Data = {"system": "chain", "versions": ["V1", "V2"], "components": components}
    data |= {"requests": requests, "pipeline": draw(_pipeline(components, services, store, met))}
    data["changes"] = changes
    max_span = draw(st.sampled_from((None, None, None, 0, 1)))
    if max_span is not None:
        data["assume"] = {"max_span": max_span}
    return data


@st.composite
def _rolling(draw: DrawFn) -> Data:
    plain = draw(st.sampled_from((True, True, True, False)))
    return {} if plain else draw(st.sampled_from(ROLLING))


@st.composite
def _walk(draw: DrawFn, services: list[str], store: str | None, worker: str | None) -> list[dict[str, str]]:
    """Mostly one call deeper; sometimes from further up the stack, or back to who was called before."""
    stack = [worker or "client"]
    hops = []
    fresh = list(services)
    for _ in range(draw(st.integers(3, len(services)))):
        for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
            if len(stack) > 1:
                stack.pop()
        is_store = store is not None and stack[-1] != "client" and draw(st.sampled_from((True, False, False)))
        if is_store:
            verb = draw(st.sampled_from(("reads", "writes")))
            hops.append({f"{stack[-1]} {verb} {store}": "x"})
            continue
        again = draw(st.sampled_from((True, False, False, False, False, False)))
        callee = draw(st.sampled_from(services)) if again or not fresh else fresh.pop(0)
        has_source = any(" writes " not in next(iter(hop)) for hop in hops)
        using = " using x" if has_source and draw(st.sampled_from((True, False, False, False))) else ""
        hops.append({f"{stack[-1]} calls {callee}": f"x{using}"})
        stack.append(callee)
    return hops


def _again(component: Data) -> st.SearchStrategy[str]:
    """What else can be said of a component that was deployed."""
    is_canary = isinstance(component.get("strategy"), dict)
    return st.sampled_from(("promote", "rollback") if is_canary else ("deploy", "rollback"))


@st.composite
def _pipeline(
    draw: DrawFn, components: dict[str, Data], services: list[str], store: str | None, met: list[str]
) -> list[dict[str, list[str]]]:
    """The services in one to three deploys, some behind the pipeline and waited for or not."""
    order = draw(st.permutations(services))
    cuts = sorted(draw(st.lists(st.integers(1, len(order)), max_size=2)))
    parts = [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    actions = []
    for part in filter(None, parts):
        how = draw(st.sampled_from(("", "", "", "start ")))
        actions.append(f"{how}deploy {' '.join(part)}")
        if draw(st.sampled_from((False, False, False, True))):
            actions.append(f"{draw(_again(components[part[0]]))} {part[0]}")
        if how and draw(st.booleans()):
            actions.append(f"await {draw(st.sampled_from(part))}")
    if store is not None and f"{store}/x" in met:
        actions.insert(draw(st.integers(0, len(actions))), {"db": "migrate db", "cache": "sync cache"}[store])
    if "w" in components:
        actions.insert(draw(st.integers(0, len(actions))), "suspend w")
        actions.append(draw(st.sampled_from(("resume w", "deploy w"))))
    steps: list[list[str]] = []
    for action in actions:
        steps += [[]] * draw(st.sampled_from((0, 0, 0, 1, 3, 4)))
        if steps and draw(st.sampled_from((True, False, False))):
            steps[-1] = [*steps[-1], action]
        else:
            steps.append([action])
    steps += [[]] * draw(st.sampled_from((0, 0, 2)))
    return [{f"Step_{number}": actions} for number, actions in enumerate(steps, start=1)]
