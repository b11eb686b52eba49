"""How many interleavings there are: where they are not even tried to be listed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import interleavings
from skewproof.properties.engines.slicing.interleavings import _count_least
from skewproof.properties.engines.slicing.plan import SlicePlan


def roll_out(services: int, *, ready: str = "") -> str:
    names = [f"s{number}" for number in range(services)]
    components = "\n".join(f"  {name}: {{kind: service{ready}}}" for name in names)
    return f"""
components:
{components}
requests: {{r: [client calls s0: x]}}
pipeline: [Roll: [deploy {" ".join(names)}]]
rollback: [Back: [rollback {" ".join(names)}]]
changes: {{s0/x: {{breaks: none}}}}
"""


def test_those_that_set_out_at_once_have_done_so_or_not() -> None:
    plan = SlicePlan.of(Task(replace(loads(roll_out(12)), failures=True)))
    assert _count_least(plan) == 2**12


def test_those_that_wait_for_each_other_set_out_as_one() -> None:
    tied = roll_out(12, ready=", readiness: {V2: s0.up(V2)}").replace(
        "s0: {kind: service, readiness: {V2: s0.up(V2)}}", "s0: {kind: service}"
    )
    plan = SlicePlan.of(Task(replace(loads(tied), failures=True)))
    assert _count_least(plan) == len(plan.whole.vocabulary.moves) < 2**5


def test_what_is_too_much_to_list_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    def count(services: int) -> int | None:
        return engine("slice").judge(Task(replace(loads(roll_out(services)), failures=True))).interleavings

    assert (
        count(3) == engine("reference").judge(Task(replace(loads(roll_out(3)), failures=True))).interleavings
    )
    monkeypatch.delattr(interleavings, "search")
    assert count(13) is None
