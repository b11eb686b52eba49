"""Hypothesis strategy: deployments in which the pods of services migrate several tables as they start."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

Data = dict[str, Any]

ROLLING: tuple[Data, ...] = (
    {},
    {},
    {"max_surge": 0, "max_unavailable": 1},
    {"strategy": "recreate"},
    {"strategy": "blue-green"},
    {"restarts": True},
)
BREAKS: tuple[Any, ...] = (
    "none",
    {"schema": ["V1 -> V2"]},
    {"schema": ["V2 -> V1"]},
    {"schema": {"writes": ["V2 -> V1"]}},
)
SELDOM = st.sampled_from((True, False, False, False))


@st.composite
def migrating(draw: DrawFn) -> Data:
    """Two or three tables of one database, or of two, that one service migrates or two do; perhaps the
    pipeline migrates, waits for one of them, or goes back; a third service calls them and stays, or rolls."""
    versions = ["V1", "V2", *draw(st.sampled_from(([], [], ["V3"])))]
    pods = ["a", "b"][: draw(st.sampled_from((1, 1, 2)))]
    stores = ["d", "e"][: draw(st.sampled_from((1, 1, 2)))]
    components: dict[str, Data] = {store: {"kind": "database"} for store in stores}
    for name in pods:
        mine = stores if draw(st.booleans()) else stores[:1]
        replicas = draw(st.sampled_from((1, 2))) if len(pods) == 1 else 1
        components[name] = {"kind": "service", "replicas": replicas, "migrates": mine}
        components[name] |= draw(st.sampled_from(ROLLING if len(versions) == 2 else ROLLING[:5]))
    components["c"] = {"kind": "service", "replicas": 1} | draw(st.sampled_from(ROLLING[:4]))
    count = draw(st.sampled_from((2, 3, 3)))
    tables = [(draw(st.sampled_from(stores)), f"t{number}") for number in range(count)]
    requests = {f"r{number}": draw(_request(pods, table)) for number, table in enumerate(tables)}
    if draw(st.booleans()):
        requests["all"] = [{"client calls a": "x"}, *({f"a reads {store}": name} for store, name in tables)]
    changes: Data = {f"{store}/{name}": {"breaks": draw(st.sampled_from(BREAKS))} for store, name in tables}
    if draw(SELDOM):
        store, name = tables[0]
        changes[f"{store}/{name}"]["rows"] = "kept"
    data: Data = {
        "system": "migrating",
        "versions": versions,
        "components": components,
        "requests": requests,
        "pipeline": draw(_pipeline([*pods, "c"], tables, len(versions))),
        "changes": changes,
    }
    if draw(SELDOM):
        data["rollback"] = [{"Back": ["rollback " + " ".join(pods)]}]
    if draw(SELDOM):
        data["assume"] = {"max_span": draw(st.sampled_from((0, 1)))}
    return data


@st.composite
def _request(draw: DrawFn, pods: list[str], table: tuple[str, str]) -> list[Data]:
    store, name = table
    user = draw(st.sampled_from((*pods, "c")))
    verbs = draw(st.sampled_from((("writes",), ("reads",), ("writes", "reads"))))
    before = draw(st.sampled_from(([], [{"client calls c": "x"}]))) if user != "c" else []
    calls = {f"c calls {user}": "x"} if before else {f"client calls {user}": "x"}
    return [*before, calls, *({f"{user} {verb} {store}": name} for verb in verbs)]


@st.composite
def _pipeline(draw: DrawFn, names: list[str], tables: list[tuple[str, str]], versions: int) -> list[Data]:
    actions: list[str] = []
    for _ in range(versions - 1):
        together = draw(st.booleans())
        order = draw(st.permutations(names))
        actions += ["deploy " + " ".join(order)] if together else [f"deploy {name}" for name in order]
    store, name = draw(st.sampled_from(tables))
    if draw(SELDOM):
        actions.insert(draw(st.integers(0, len(actions))), f"migrate {store}/{name}")
    if draw(SELDOM):
        actions.append(f"revert {store}/{name}")
    if draw(SELDOM):
        actions.append(f"await {names[0]}" if draw(st.booleans()) else f"rollback {names[0]}")
    if draw(SELDOM):
        place = draw(st.integers(0, len(actions) - 1))
        if actions[place] == "deploy c":
            actions[place] += f" when {store}/{name}.version >= V2"
    return [{f"Step_{number}": [action]} for number, action in enumerate(actions)]
