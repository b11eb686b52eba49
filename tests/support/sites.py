"""Hypothesis strategy: random deployments in which services that are alike stand in two pipelines and share a
store, so that what is met of one is told of others."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

STRATEGIES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"strategy": "recreate"},
    {"max_surge": 0, "max_unavailable": 1},
    {"readiness": "event"},
)
VERBS = {
    "cache": ("reads", "writes"),
    "database": ("reads", "writes"),
    "broker": ("consumes", "publishes"),
}
AFTER = {
    "cache": ["sync hot"],
    "database": ["migrate hot", "backfill hot"],
    "broker": ["purge hot"],
}
BREAKS: tuple[Any, ...] = (["V1 -> V2"], ["V2 -> V1"], "both", "none")


@st.composite
def sites(draw: DrawFn) -> dict[str, Any]:
    """Three or four services, each in one of two pipelines, that use one store in the same way."""
    names = [f"s{number}" for number in range(draw(st.integers(3, 4)))]
    site_of = {name: draw(st.sampled_from(("one", "two"))) for name in names}
    kind, strategy = draw(st.sampled_from(tuple(VERBS))), draw(st.sampled_from(STRATEGIES))
    find, leave = VERBS[kind]
    uses = draw(st.sampled_from(([find, leave], [leave, find], [find])))
    requests = {
        f"{name} uses": [f"client calls {name}: use", *(f"{name} {verb} hot: row" for verb in uses)]
        for name in names
    }
    requests["fill"] = ["client calls s0: use", f"s0 {leave} hot: row"]
    changes: dict[str, Any] = {"hot/row": {"breaks": draw(st.sampled_from(BREAKS))}}
    if kind == "database":
        changes["hot/row"]["rows"] = "kept"
    pipelines: dict[str, Any] = {}
    for site in ("one", "two"):
        mine = " ".join(name for name in names if site_of[name] == site)
        roll = [{"Roll": [f"{draw(st.sampled_from(('deploy', 'start deploy')))} {mine}"]}] if mine else []
        after = [{"After": AFTER[kind]}] if site == "one" and draw(st.booleans()) else []
        pipelines[site] = [*roll, *after] or [{"Nothing": []}]
    return {
        "components": {
            **{name: {"kind": "service", **strategy} for name in names},
            "hot": {"kind": kind},
        },
        "requests": requests,
        "pipelines": pipelines,
        "changes": changes,
    }
