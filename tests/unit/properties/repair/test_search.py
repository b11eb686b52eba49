"""The search for cheapest plans, against oracles that are made up: what helps alone, only jointly, or not
always."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from skewproof.model.deployment import Deployment, Flag, RemedyKind
from skewproof.model.language import loads
from skewproof.properties.repair.edits import AddFlag, Remedy, Subject
from skewproof.properties.repair.judging import BudgetSpentError, Oracle, Spending, TrialOutcome
from skewproof.properties.repair.search import Searched, Warrant, search
from skewproof.properties.repair.trials import Trials

DEPLOYMENT = loads("""
components: {web: {kind: service}}
requests: {visit: [client calls web: page]}
pipeline: [Roll: [deploy web]]
changes: {web/page: {breaks: none}}
""")
Wrong = Callable[[set[str]], set[str]]
"""From the remedies that are taken to what is wrong then."""


class MadeUp(Oracle):
    """Says what is wrong by the flags that remedies have added."""

    def __init__(self, wrong: Wrong, most: int = 1_000) -> None:
        self._wrong, self._most = wrong, most
        self._spending = Spending()

    def judge(self, deployment: Deployment, free: frozenset[Subject] = frozenset()) -> TrialOutcome:
        self._spending.checks += 1
        if self.checks > self._most:
            raise BudgetSpentError(f"{self._most} checks")
        return TrialOutcome(frozenset(self._wrong({flag.name for flag in deployment.flags})))


def remedies(**prices: int) -> list[Remedy]:
    """Remedies that add a flag of their own name, each of another kind."""
    return [
        Remedy(kind, price, name, (AddFlag(Flag(name, frozenset())),), frozenset({"h", "k"}))
        for (name, price), kind in zip(prices.items(), RemedyKind, strict=False)
    ]


def run(wrong: Wrong, most: int = 1_000, **prices: int) -> tuple[list[tuple[str, ...]], Searched]:
    """The plans, as names of remedies."""
    given = remedies(**prices)
    found = search(Trials(DEPLOYMENT, given, MadeUp(wrong, most), wrong(set())))
    return [tuple(given[index].told for index in sorted(plan)) for plan in found.plans], found


def left(*gone: tuple[str, set[str]]) -> Wrong:
    """Each hazard is there unless all remedies of one of its sets are taken."""
    names = {name for name, _ in gone}
    return lambda taken: {n for n in names if not any(m == n and needed <= taken for m, needed in gone)}


def test_the_cheapest_remedy_comes_first_and_then_those_of_other_kinds() -> None:
    plans, found = run(left(("h", {"a"}), ("h", {"b"})), a=5, b=2, c=1)
    assert plans == [("b",), ("a",)]
    assert (found.warrant, found.spent, found.untouched) == (Warrant.MONOTONE, None, frozenset())


def test_one_remedy_for_two_hazards_is_cheaper_than_two() -> None:
    plans, _ = run(left(("h", {"a"}), ("k", {"b"}), ("h", {"c"}), ("k", {"c"})), a=2, b=2, c=3)
    assert plans[0] == ("c",)


def test_what_helps_only_jointly_is_found() -> None:
    plans, _ = run(left(("h", {"a", "b"})), a=1, b=1, c=1, d=1)
    assert plans == [("a", "b")]


def test_what_helps_jointly_can_be_cheaper_than_what_helps_alone() -> None:
    plans, found = run(left(("h", {"a"}), ("h", {"b", "c"})), a=9, b=1, c=1)
    assert plans[0] == ("b", "c")
    assert found.warrant is Warrant.MONOTONE


def test_where_remedies_of_one_kind_alone_help_dearer_pairs_of_others_are_shown_too() -> None:
    plans, _ = run(left(("h", {"b"}), ("h", {"a", "c"}), ("k", {"a"}), ("k", {"b"})), a=20, b=10, c=2)
    assert plans == [("b",), ("a", "c")]


def test_a_remedy_that_makes_another_hazard_needs_its_own_remedy() -> None:
    def wrong(taken: set[str]) -> set[str]:
        return ({"h"} - ({"h"} if "a" in taken else set())) | (
            {"new"} if "a" in taken and "b" not in taken else set()
        )

    plans, _ = run(wrong, a=1, b=1, c=1)
    assert plans == [("a", "b")]


def test_where_remedies_are_not_monotone_what_is_cheaper_is_judged() -> None:
    def wrong(taken: set[str]) -> set[str]:
        helps = taken == {"a"} or "d" in taken
        return set() if helps else {"h"}

    plans, found = run(wrong, a=2, b=1, c=1, d=9)
    assert plans[0] == ("a",)
    assert found.warrant in (Warrant.MONOTONE, Warrant.ENUMERATED)


def test_where_nothing_helps_that_is_told_and_each_set_was_judged() -> None:
    plans, found = run(lambda taken: {"h"}, a=1, b=1)
    assert (plans, found.untouched, found.warrant) == ([], frozenset({"h"}), Warrant.ENUMERATED)


@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_budget_that_ends_warrants_nothing(most: int) -> None:
    plans, found = run(left(("h", {"a", "b", "c"})), most, a=1, b=1, c=1)
    assert (plans, found.warrant, found.spent) == ([], Warrant.NONE, f"{most} checks")


def test_a_remedy_helps_also_against_a_hazard_for_which_nobody_proposed_it() -> None:
    given = [
        Remedy(RemedyKind.ORDER, 1, "a", (AddFlag(Flag("a", frozenset())),), frozenset({"h"})),
        Remedy(RemedyKind.BARRIER, 1, "b", (AddFlag(Flag("b", frozenset())),), frozenset({"k"})),
    ]
    wrong = left(("h", {"a"}), ("k", {"a"}))
    assert search(Trials(DEPLOYMENT, given, MadeUp(wrong), {"h", "k"})).plans == (frozenset({0}),)


def test_what_was_judged_on_the_way_and_leaves_nothing_wrong_is_a_plan_though_the_budget_is_spent() -> None:
    """The second of three remedies does it alone; the budget ends before anything is chosen."""
    plans, found = run(left(("h", {"b"})), most=2, a=1, b=30, c=2)
    assert plans == [("b",)]
    assert found.spent == "2 checks"
    assert found.warrant is Warrant.NONE


def test_of_many_remedies_all_of_a_kind_are_judged_first() -> None:
    """Two contracts have to be tolerant, and the budget ends among thirty orders that do not help."""
    names = {f"o{number:02}": RemedyKind.ORDER for number in range(30)}
    names |= dict.fromkeys(("t1", "t2", "t3"), RemedyKind.TOLERANCE)
    given = [
        Remedy(kind, 2, name, (AddFlag(Flag(name, frozenset())),), frozenset({"h", "k"}))
        for name, kind in names.items()
    ]
    wrong = left(("h", {"t1"}), ("k", {"t2"}))
    found = search(Trials(DEPLOYMENT, given, MadeUp(wrong, 10), wrong(set())))
    assert [[given[index].told for index in sorted(plan)] for plan in found.plans] == [["t1", "t2"]]
    assert found.spent is not None
