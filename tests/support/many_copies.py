"""Hypothesis strategy: copies of tables that one action makes, beside others who roll out, in one pipeline or
two; with formulas about them, and rollbacks. Small enough for a list of all states."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from support.rich_pipelines import Data, chance, pick

BREAKS: tuple[Any, ...] = ("none", ["V1 -> V2"], ["V2 -> V1"])
PROPERTIES = {
    "ends": "eventually done",
    "comes": "eventually V2 in c/k",
    "clean": "always (done implies not V1 in c/l)",
    "never": "never (done and V1 in c/k)",
    "follows": "(V2 in db/t) leads to (V2 in c/l)",
    "over": "s.up(V2) leads to done",
    "until": "not done until all s at V2",
    "all": "eventually all s at V2",
}
SYNC = (*(["sync c"],) * 3, ["start sync c", "await c"], ["start sync c"], ["sync c/k", "sync c/l"])
WHEN = ("", "", "", " when s.up(V2)", " when V2 in c/k", " when not s.up(V1)")


@st.composite
def many_copies(draw: DrawFn, *, several: bool) -> Data:
    """A service that writes a table or two, copies of these, and another service, `several`: of two
    pipelines."""
    tables = pick(draw, ["t"], ["t", "u"], ["t", "u"])
    names = pick(draw, "kl", "kl", "klm")
    changes: Data = {f"db/{table}": {"breaks": "none", "rows": "kept"} for table in tables}
    changes |= {f"c/{n}": {"breaks": pick(draw, *BREAKS), "from": f"db/{pick(draw, *tables)}"} for n in names}
    also = [{"s writes c": "k"}] if chance(draw, 3) else []
    data: Data = {
        "versions": ["V1", "V2"],
        "components": {
            "s": {"kind": "service", **pick(draw, {}, {"strategy": "recreate"}, {"replicas": 2})},
            "db": {"kind": "database"},
            "c": {"kind": "cache"},
        },
        "requests": {
            "put": [{"client calls s": "put"}, *({"s writes db": table} for table in tables), *also],
            "get": [{"client calls s": "get"}, *({"s reads c": copy} for copy in names)],
        },
        "changes": changes,
    }
    sync, fill = pick(draw, *SYNC), pick(draw, [], ["backfill db"])
    rest = draw(st.permutations([["deploy s"], [*fill, *sync]]))
    steps = [*([["migrate db"]] if chance(draw, 2) else []), *rest]
    whose = _add_another(draw, data, steps, several=several)
    if chance(draw, 3):
        _add_rollback(draw, data, whose)
    chosen = {name: said for name, said in PROPERTIES.items() if chance(draw, 3)}
    return {**data, **({"properties": chosen} if chosen else {})}


def _add_another(draw: DrawFn, data: Data, steps: list[list[str]], *, several: bool) -> dict[str, list[Any]]:
    """Another service, that uses a copy or calls the first; the steps by their pipeline."""
    data["components"]["w"] = {"kind": "service"}
    uses = pick(draw, {"w reads c": "k"}, {"w calls s": "get"})
    data["requests"]["web"] = [{"client calls w": "y"}, uses]
    if chance(draw, 2):
        data["changes"]["s/get"] = {"breaks": pick(draw, *BREAKS)}
    when = pick(draw, *WHEN, *([" when a done", " when not a done"] if several else []))
    own = [f"deploy w{when}"]
    if not several:
        steps.insert(pick(draw, *range(len(steps) + 1)), own)
        data["pipeline"] = [{f"A{number}": step} for number, step in enumerate(steps)]
        return {"": steps}
    beside = [steps.pop(pick(draw, *range(len(steps))))] if len(steps) > 1 and chance(draw, 3) else []
    whose = {"a": steps, "b": pick(draw, [*beside, own], [own, *beside])}
    data["pipelines"] = {
        name: [{f"{name}{number}": step} for number, step in enumerate(found)]
        for name, found in whose.items()
    }
    return whose


def _add_rollback(draw: DrawFn, data: Data, whose: dict[str, list[Any]]) -> None:
    back = pick(draw, ["rollback s"], ["rollback s", "revert db"])
    name = next(name for name, steps in whose.items() if any("deploy s" in step for step in steps))
    if not any("migrate db" in step for step in whose[name]):
        back = ["rollback s"]
    data["rollback"] = [{"Back": back}] if name == "" else {name: [{"Back": back}]}
