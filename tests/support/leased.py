"""Hypothesis strategies: random deployments in which requests carry what the pipeline waits for to expire."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

BREAKS: tuple[Any, ...] = ("none", ["V1 -> V2"], ["V2 -> V1"])
SOURCES = {
    "queue": ("w", "consumes queue", "queue"),
    "near": ("s", "reads near", "near"),
    "db": ("s", "reads db", "db"),
    "rows": ("s", "reads rows", "rows"),
    "back": ("s", "calls back", "back"),
}
"""Who obtains it, how, and from where: messages, a cache, a schema, rows that stay, and a call."""
STEPS = ("deploy s", "deploy w", "deploy back", "deploy z", "migrate db", "migrate rows", "backfill rows")


@st.composite
def leased(draw: DrawFn) -> dict[str, Any]:
    """One request obtains something, does other things, uses it now and then, and ends with a call; the
    pipeline makes what it carries expire."""
    source = draw(st.sampled_from(tuple(SOURCES)))
    who, obtains, provider = SOURCES[source]
    root = [] if who == "w" else ["client calls s: ask"]
    between = st.sampled_from(
        (
            f"{who} calls z: use using {provider}/k",
            f"{who} calls z: use",
            f"{who} writes db: t using {provider}/k",
            f"{who} writes db: t",
            f"{who} reads near: m",
            f"{who} {obtains}: k",
        )
    )
    hops = [*root, f"{who} {obtains}: k", *draw(st.lists(between, min_size=1, max_size=3))]
    last = draw(st.sampled_from((f"{who} calls z: use using {provider}/k", f"{who} calls z: end")))
    hops = list(dict.fromkeys([*hops, last]))
    puts = {"queue": "s publishes queue: k", "near": "s writes near: k", "rows": "s writes rows: k"}
    requests = {
        "ask": hops,
        "put": ["client calls s: ask", puts.get(source, "s writes near: m"), "s calls z: use"],
    }
    kinds = {
        "s": "service",
        "w": "worker",
        "z": "service",
        "back": "service",
        "near": "cache",
        "queue": "broker",
    }
    components: dict[str, Any] = {name: {"kind": kind} for name, kind in kinds.items()}
    components |= {"db": {"kind": "database"}, "rows": {"kind": "database"}}
    for name in draw(st.lists(st.sampled_from("swz"), unique=True, max_size=2)):
        components[name] |= draw(
            st.sampled_from(({"strategy": "recreate"}, {"drain": "abrupt"}, {"readiness": "event"}))
        )
    if source == "queue" and draw(st.booleans()):
        components["queue"]["redelivers"] = True
    expire = draw(
        st.sampled_from(([f"expire {provider}"], [f"start expire {provider}", f"await {provider}"]))
    )
    some = draw(st.lists(st.sampled_from(STEPS), unique=True, min_size=1, max_size=4))
    steps = draw(st.permutations([*some, *expire]))
    if len(expire) > 1 and steps.index(expire[1]) < steps.index(expire[0]):
        steps = [*some, *expire]
    met = {contract: contract for contract in (f"{provider}/k", "z/use", "z/end", "db/t", "near/m")}
    said = str([*requests.values()])
    changes: dict[str, Any] = {}
    for contract in met:
        name, subject = contract.split("/")
        if f"{name}: {subject}" in said:
            changes[contract] = {"breaks": draw(st.sampled_from(BREAKS))}
    if "rows/k" in changes:
        changes["rows/k"]["rows"] = "kept"
    data: dict[str, Any] = {
        "components": components,
        "requests": requests,
        "pipeline": [{f"Step {number}": [action]} for number, action in enumerate(steps)],
        "changes": changes,
    }
    if draw(st.booleans()):
        data["rollback"] = [
            {"Back": ["rollback s w z back", *draw(st.sampled_from(([], [f"expire {provider}"])))]}
        ]
    return data
