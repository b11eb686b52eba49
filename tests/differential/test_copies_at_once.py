"""Several copies made by one action, whose ways to be over are kept choice by choice: against the oracle."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from skewproof.model.compiler import advances
from skewproof.model.language import loads
from skewproof.properties import check
from support.oracle import judge
from support.oracle_search import TooManyStatesError
from support.told import told_by_the_checker, told_by_the_oracle

FEW = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=1000, derandomize=False)
MOST_STATES = 20_000
BREAKS: tuple[Any, ...] = ("none", ["V1 -> V2"], ["V2 -> V1"])


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two events of one way are too many to be listed."""
    monkeypatch.setattr(advances, "MOST_SINGLE", 1)


@st.composite
def copies(draw: DrawFn) -> dict[str, Any]:
    """A service that writes a table or two, and two copies of these, which one action makes anew."""
    tables = draw(st.sampled_from((["t"], ["t", "u"])))
    origins = [draw(st.sampled_from(tables)) for _ in "kl"]
    writes = [{"s writes db": table} for table in tables]
    copied = {f"c/{copy}": origin for copy, origin in zip("kl", origins, strict=True)}
    also = draw(st.sampled_from(([], [], [{"s writes c": "k"}])))
    requests = {
        "put": [{"client calls s": "put"}, *writes, *also],
        "get": [{"client calls s": "get"}, *({"s reads c": copy} for copy in "kl")],
    }
    sync = draw(
        st.sampled_from(
            (["sync c"], ["sync c"], ["start sync c", "await c"], ["start sync c"], ["sync c/k", "sync c/l"])
        )
    )
    roll = ["deploy s"]
    fill = draw(st.sampled_from(([], ["backfill db"])))
    steps = draw(st.permutations([roll, [*fill, *sync]]))
    data: dict[str, Any] = {
        "versions": ["V1", "V2"],
        "components": {
            "s": {"kind": "service", **draw(st.sampled_from(({}, {"strategy": "recreate"})))},
            "db": {"kind": "database"},
            "c": {"kind": "cache"},
        },
        "requests": requests,
        "pipeline": [{"Move": ["migrate db"]}, {"One": steps[0]}, {"Two": steps[1]}],
        "changes": {
            **{f"db/{table}": {"breaks": "none", "rows": "kept"} for table in tables},
            **{
                name: {"breaks": draw(st.sampled_from(BREAKS)), "from": f"db/{table}"}
                for name, table in copied.items()
            },
        },
    }
    if draw(st.booleans()):
        back = draw(st.sampled_from((["rollback s"], ["rollback s", "revert db"])))
        data["rollback"] = [{"Back": back}]
    return data


def agree(data: dict[str, Any], engine: str) -> None:
    failures = "rollback" in data
    try:
        judged = judge(data, failures=failures, most_states=MOST_STATES)
    except TooManyStatesError:
        return
    answer = check(loads(yaml.safe_dump(data, sort_keys=False)), engine=engine, failures=failures)
    assert told_by_the_checker(answer) == told_by_the_oracle(judged)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_copies_at_once_against_the_oracle(engine: str) -> None:
    @FEW
    @given(copies())
    def run(data: dict[str, Any]) -> None:
        agree(data, engine)

    run()


PROPERTIES = {
    "comes": "eventually V2 in c/k",
    "clean": "always (done implies not V1 in c/l)",
    "follows": "(V2 in db/t) leads to (V2 in c/l)",
}


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_what_is_stated_is_judged_as_if_all_were_listed(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @FEW
    @given(copies())
    def run(data: dict[str, Any]) -> None:
        stated = loads(yaml.safe_dump(data | {"properties": PROPERTIES}, sort_keys=False))
        told = []
        for most in (1, 10**6):
            monkeypatch.setattr(advances, "MOST_SINGLE", most)
            answer = check(stated, engine=engine, failures="rollback" in data)
            told.append((told_by_the_checker(answer), answer.left_open))
        assert told[0] == told[1]

    run()


@pytest.mark.exhaustive
@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_many_copies_at_once_against_the_oracle(engine: str) -> None:
    @MANY
    @given(copies())
    def run(data: dict[str, Any]) -> None:
        agree(data, engine)

    run()
