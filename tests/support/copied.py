"""Hypothesis strategies: random deployments in which copies are made of one contract by an action or more."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

BREAKS: tuple[Any, ...] = ("none", "none", ["V1 -> V2"], ["V2 -> V1"])
SYNCS: tuple[list[str], ...] = (
    ["sync c"],
    ["sync c"],
    ["sync c e"],
    ["start sync c", "await c"],
    ["start sync c", "await c/k0"],
    ["start sync c"],
    ["sync c when all s at V2"],
    ["sync c", "purge c"],
    ["sync c/k0", "sync c"],
    ["sync c/k0 c/k1", "sync c/k2"],
    ["purge c/k1", "sync c"],
    ["start sync c", "await c", "sync c"],
)


@st.composite
def copied(draw: DrawFn) -> dict[str, Any]:
    """A service that writes a table or a cache, another that reads some of its copies, and one that rolls out
    at last, so that stories go past all copies."""
    count = draw(st.integers(2, 4))
    source = draw(st.sampled_from(("db", "db", "near", "far")))  # rows, the content of a cache, a schema
    copies = [f"c/k{number}" for number in range(count)] + draw(st.sampled_from(([], [], ["e/k9"])))
    met = draw(st.lists(st.sampled_from(copies), unique=True, max_size=2))
    also = draw(st.sampled_from(([], [], [], ["s writes c: k1"], ["s writes c: k0", "s writes c: k1"])))
    uses = {"db": ["s writes db: t"], "near": ["s writes near: t"], "far": ["s writes far: t"]}[source]
    requests = {
        "put": ["client calls s: put", *uses, *also],
        "get": ["client calls r: get", *(f"r reads {copy.replace('/', ': ')}" for copy in met)],
        "look": [f"client reads {copy.replace('/', ': ')}" for copy in copies],
        "last": ["client calls r: get", "r calls z: last"],
    }
    kinds = {"s": "service", "r": "service", "z": "service", "c": "cache", "e": "cache", "near": "cache"}
    components: dict[str, Any] = {name: {"kind": kind} for name, kind in kinds.items()}
    components |= {"db": {"kind": "database"}, "far": {"kind": "database"}}
    if draw(st.booleans()):
        components["s"]["strategy"] = "recreate"
    changes: dict[str, Any] = {
        name: {"breaks": draw(st.sampled_from(BREAKS)), "from": f"{source}/t"} for name in copies
    }
    for name in copies:
        changes[name] |= draw(st.sampled_from(({}, {}, {}, {}, {}, {"expires": True}, {"starts": ["V2"]})))
    changes[f"{source}/t"] = {"breaks": "none", **({"rows": "kept"} if source == "db" else {})}
    changes["z/last"] = {"breaks": draw(st.sampled_from(("none", ["V2 -> V1"], ["V1 -> V2"])))}
    fill = {"db": ["backfill db"], "near": ["sync near"], "far": ["migrate far"]}[source]
    sync = [one.replace(" e", "") if "e/k9" not in copies else one for one in draw(st.sampled_from(SYNCS))]
    if count == 2:
        sync = [one for one in sync if "k2" not in one]
    steps = draw(st.permutations([["deploy s r"], draw(st.sampled_from(([], fill))), sync]))
    data: dict[str, Any] = {
        "components": components,
        "requests": requests,
        "pipeline": [
            *({f"Step {number}": list(actions)} for number, actions in enumerate(steps) if actions),
            {"Last": ["deploy z"]},
        ],
        "changes": changes,
    }
    if draw(st.booleans()):
        data["rollback"] = [{"Back": draw(st.sampled_from((["rollback s"], ["rollback s r z", "sync c"])))}]
    return data
