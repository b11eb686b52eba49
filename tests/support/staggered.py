"""Hypothesis strategies: deployments of several services that roll out one after the other, and go back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Data = dict[str, Any]
STORES = {"db": "database", "c": "cache", "q": "broker"}
VERBS = {"db": ("reads", "writes"), "c": ("reads", "writes"), "q": ("publishes", "consumes")}
BREAKS = st.lists(st.sampled_from(["V1 -> V2", "V2 -> V1"]), max_size=2, unique=True)


@st.composite
def staggered(draw: st.DrawFn, most: int = 4) -> Data:
    """Up to `most` services, each in an action of its own, and a store that some of them use; nearly every
    action can fail, and the rollback takes back what the draw says, in any order."""
    names = [f"s{number}" for number in range(1, draw(st.integers(2, most)) + 1)]
    data: Data = {
        "components": {name: draw(_service()) for name in names},
        "requests": {f"call {name}": [f"client calls {name}: a"] for name in names},
        "changes": {f"{name}/a": {"breaks": draw(BREAKS)} for name in names},
    }
    store = draw(st.sampled_from([None, *STORES]))
    for number in range(draw(st.integers(1, 3))):
        data["requests"][f"r{number}"] = draw(_request(names, store))
    if store is not None:
        data["components"][store] = {"kind": STORES[store]}
        data["requests"]["use"] = [f"client calls {names[0]}: a", f"{names[0]} {VERBS[store][0]} {store}: x"]
        kept = {"rows": "kept"} if store == "db" else {}
        data["changes"][f"{store}/x"] = {"breaks": draw(BREAKS), **kept}
    flag = draw(st.booleans())
    if flag:
        guards = draw(st.sampled_from([f"{name}/a" for name in names]))
        data["flags"] = {"f": {"guards": [guards]} if draw(st.booleans()) else {}}
    data["pipeline"] = draw(_pipeline(names, store, flag))
    data["rollback"] = draw(_rollback(names, store, flag))
    if draw(st.integers(0, 9)) == 0:
        data["assume"] = {"max_span": draw(st.integers(0, 2))}
    return data


@st.composite
def _service(draw: st.DrawFn) -> Data:
    kind = draw(st.sampled_from(["service"] * 4 + ["worker"]))
    own: Data = {"kind": kind, "replicas": draw(st.sampled_from([1, 1, 2]))}
    strategy = draw(st.sampled_from([None, None, None, "recreate", "blue-green", "canary"]))
    if strategy is not None:
        own["strategy"] = strategy
    if draw(st.integers(0, 7)) == 0:
        own["restarts"] = True
    if draw(st.integers(0, 9)) == 0:
        own["drain"] = "abrupt"
    return own


@st.composite
def _request(draw: st.DrawFn, names: list[str], store: str | None) -> list[str]:
    path = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    hops = [f"{one} calls {two}: a" for one, two in zip(["client", *path], path, strict=False)]
    if store is not None:
        verbs = draw(st.lists(st.sampled_from(VERBS[store]), max_size=2))
        hops += [f"{path[-1]} {verb} {store}: x" for verb in verbs]
    return hops


@st.composite
def _pipeline(draw: st.DrawFn, names: list[str], store: str | None, flag: bool) -> list[Data]:
    actions = [f"deploy {name}" for name in names]
    actions += {None: [], "db": ["migrate db", "backfill db"], "c": ["sync c"], "q": ["purge q"]}[store]
    actions += ["enable f"] if flag else []
    actions = draw(st.permutations(actions))
    said = [draw(_worded(action, names, flag)) for action in actions]
    return [{f"Step {number}": [action]} for number, action in enumerate(said)]


@st.composite
def _rollback(draw: st.DrawFn, names: list[str], store: str | None, flag: bool) -> list[Data]:
    actions = [f"rollback {name}" for name in names]
    actions += ["revert db"] if store == "db" else []
    actions += ["disable f"] if flag else []
    taken = draw(st.lists(st.sampled_from(actions), min_size=1, unique=True))
    said = [draw(_worded(action, names, flag)) for action in taken]
    return [{f"Back {number}": [action]} for number, action in enumerate(said)]


@st.composite
def _worded(draw: st.DrawFn, action: str, names: list[str], flag: bool) -> str:
    """Some go on in the background, or wait for others."""
    if action.startswith("deploy") and draw(st.integers(0, 6)) == 0:
        return f"start {action}"
    if draw(st.integers(0, 6)) == 0:
        name = draw(st.sampled_from(names))
        asked = [f"{name}.up(V2) >= 1", f"all {name} at V1", *(["f.on"] if flag else [])]
        return f"{action} when {draw(st.sampled_from(asked))}"
    return action
