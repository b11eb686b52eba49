"""Hypothesis strategy: small deployments whose pipelines matter to each other: services that call each other,
moved by two or three pipelines, most with a rollback."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

SERVICES = ("web", "api", "pay")
BREAKS = ("V2 -> V1", "V1 -> V2", "both", "none")


@st.composite
def crossing_pipelines(draw: DrawFn) -> dict[str, Any]:
    """A chain of calls; each pipeline deploys one service or two, and may wait for another pipeline."""
    own = draw(
        st.sampled_from([(("web",), ("api", "pay")), (("api",), ("web", "pay")), (("web",), ("api",))])
    )
    names = ("front", "back")[: len(own)]
    called = [name for name in SERVICES if any(name in some for some in own)]
    hops = [f"{one} calls {other}: x" for one, other in zip(["client", *called], called, strict=False)]
    data: dict[str, Any] = {
        "components": {
            name: {"kind": "service", "replicas": draw(st.sampled_from([1, 1, 2]))} for name in called
        },
        "requests": {"walk": hops},
        "pipelines": {
            name: [{f"{name} {one}": [f"deploy {one}"]} for one in some]
            for name, some in zip(names, own, strict=True)
        },
        "changes": {f"{name}/x": {"breaks": draw(st.sampled_from(BREAKS))} for name in called},
    }
    back = {
        name: [{"Undo": [f"rollback {' '.join(reversed(some))}"]}]
        for name, some in zip(names, own, strict=True)
        if draw(st.integers(0, 3))
    }
    if back:
        data["rollback"] = back
    if draw(st.booleans()):
        waiting, other = draw(st.permutations(names))
        (actions,) = data["pipelines"][waiting][-1].values()
        actions[0] += f" when {other} done"
    return data
