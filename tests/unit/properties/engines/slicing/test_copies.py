"""Copies of which one stands for all those alike: each condition of that, taken away."""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import Contract, VariableKey
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import copies, interleavings, keep
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.ties import Cluster
from support.compare import agree, differs

LAST = """
        components:
          s: {kind: service}
          y: {kind: service}
          z: {kind: service}
          d: {kind: database}
          c: {kind: cache}
          e: {kind: cache}
        requests:
          put: [client calls s: put, s writes d: t, s writes e: t]
          look: [client reads c: k0, client reads c: k1, client reads c: k2]
          last: [client calls y: ask, y calls z: last]
        pipeline: [Roll: [deploy s], Fill: [migrate d, backfill d], Copy: [sync c], Last: [deploy y z]]
        changes:
          z/last: {breaks: [V2 -> V1]}
          d/t: {breaks: none, rows: kept}
          e/t: {breaks: none}
          c/k0: {breaks: none, from: d/t}
          c/k1: {breaks: none, from: d/t}
          c/k2: {breaks: none, from: d/t}
        """
"""The story of the last hop goes past all copies."""


def change(old: str, new: str) -> str:
    assert old in LAST
    return LAST.replace(old, new)


VANISHING = tuple(change(f"{name}: {{", f"{name}: {{expires: true, ") for name in ("k0", "k1"))
"""Which of them is found out depends on the order of a set."""

CHANGED = {
    "one of the copies is copied again": change(
        "k2: {breaks: none, from: d/t", "k2: {breaks: none, from: c/k1"
    ),
}
APART = {
    "one is made of something else": change("k1: {breaks: none, from: d/t}", "k1: {breaks: none, from: e/t}"),
    "one holds more at the start": change("k1: {", "k1: {starts: [V2], "),
    "one is made later": change("sync c]", "sync c/k0 c/k2], Then: [sync c/k1]"),
    "one is not made": change("sync c]", "sync c/k0 c/k2]"),
    "one is waited for": change("sync c]", "start sync c, await c/k1]"),
}


@pytest.mark.parametrize(
    "text",
    [LAST, *VANISHING, *CHANGED.values(), *APART.values()],
    ids=["none", "k0 vanishes", "k1 vanishes", *CHANGED, *APART],
)
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


def test_slices_do_not_grow_with_the_copies_of_a_table() -> None:
    def judge(count: int) -> tuple[int, int]:
        names = [f"n{number}" for number in range(count)]
        reads = "".join(f", client reads c: {name}" for name in names)
        more = "".join(f"          c/{name}: {{breaks: none, from: d/t}}\n" for name in names)
        text = change("client reads c: k2", f"client reads c: k2{reads}").rstrip() + "\n" + more
        found = engine("slice").judge(Task(loads(text)))
        (hazard,) = found.found
        return found.states, len(hazard.story)

    few, many = judge(2), judge(9)
    assert many[0] == few[0]
    assert many[1] == few[1] + 7 * 2, "each copy has two events more"


def test_a_copy_that_a_hop_reads_is_its_own() -> None:
    read = change("look: [", "get: [client calls s: put, s reads c: k1]\n          look: [")
    agree(loads(read.replace("c/k1: {breaks: none", "c/k1: {breaks: [V1 -> V2]")))


# --- each condition, taken away ---


def is_copy(plan: SlicePlan, contract: Contract) -> bool:
    return plan.has_content(contract) and plan.source_of(contract) is not None


def has_no_fate(plan: SlicePlan, unit: VariableKey) -> Hashable:
    return None


@pytest.mark.parametrize("trap", CHANGED)
def test_nobody_else_may_change_a_copy_or_look_at_it(trap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_is_mere_copy", is_copy)
    assert differs(loads(CHANGED[trap]))


def test_what_lies_in_a_copy_may_not_vanish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_is_mere_copy", is_copy)
    assert any(differs(loads(text)) for text in VANISHING)


@pytest.mark.parametrize("trap", APART)
def test_what_becomes_of_copies_must_be_the_same(trap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_fate", has_no_fate)
    assert differs(loads(APART[trap]))


def test_one_that_stands_for_others_costs_as_much_as_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    represent = keep.Keep.represent

    def represent_nobody(self: keep.Keep, plan: SlicePlan) -> dict[VariableKey, Cluster]:
        return {unit: units[:1] for unit, units in represent(self, plan).items()}

    monkeypatch.setattr(keep.Keep, "represent", represent_nobody)
    assert differs(loads(LAST))


def test_copies_are_shuffled_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if one stood for the others where interleavings are counted."""
    assert not differs(loads(LAST))
    monkeypatch.setattr(interleavings, "_stands_for_others", lambda part: False)
    assert differs(loads(LAST))
