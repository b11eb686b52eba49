"""Remedies that are found for each contract alone, and put together."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.checker import check
from skewproof.properties.repair import contract_by_contract
from skewproof.properties.repair.contract_by_contract import group_hazards, propose_by_contract
from skewproof.properties.repair.judging import Oracle, TrialBudget
from skewproof.properties.repair.proposing import propose
from skewproof.properties.repair.trials import Chosen, Trials

FILE = """
versions: [V1, V2, V3]
components: {web: {kind: service}, api: {kind: service}, db: {kind: database}}
requests: {ask: [client calls web: page, web calls api: x, api writes db: row]}
releases:
  - one: [{Migrate: [migrate db]}, {Roll: [deploy web, deploy api]}]
  - two: [{Migrate: [migrate db]}, {Roll: [deploy web, deploy api]}]
changes:
  db/row: {breaks: {schema: [V1 -> V2]}}
  api/x: {breaks: {call: [V1 -> V2, V2 -> V1]}}
"""


def guess(monkeypatch: pytest.MonkeyPatch, text: str, budget: TrialBudget) -> tuple[Trials, Chosen | None]:
    monkeypatch.setattr(contract_by_contract, "FEW", 3)
    deployment = loads(text)
    answer = check(deployment)
    oracle = Oracle(deployment, answer, budget, Limits())
    trials = Trials(deployment, propose(deployment, answer), oracle, [one.id for one in answer.hazards])
    return trials, propose_by_contract(deployment, answer, trials, oracle)


def test_one_remedy_for_each_of_two_contracts_is_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    trials, chosen = guess(monkeypatch, FILE, TrialBudget())
    assert chosen is not None
    assert trials.is_plan(chosen)
    assert sorted(str(trials.remedies[index].kind) for index in chosen) == ["flag", "order"]
    (flag,) = (one.told for one in (trials.remedies[i] for i in chosen) if one.kind.value == "flag")
    assert flag == "api/x behind a flag, enabled at the end of release 1", "V3 is compatible: either end does"


def test_nothing_is_guessed_of_one_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        guess(monkeypatch, FILE.replace("  db/row: {breaks: {schema: [V1 -> V2]}}\n", ""), TrialBudget())[1]
        is None
    )


def test_nothing_is_guessed_where_what_does_not_change_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    recreated = FILE.replace("web: {kind: service}", "web: {kind: service, strategy: recreate}")
    trials, chosen = guess(monkeypatch, recreated, TrialBudget())
    assert trials.wrong, "clients find no web: `web/page` fails, and no change names it"
    assert chosen is None


def test_nothing_is_guessed_without_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    assert guess(monkeypatch, FILE, TrialBudget(checks=2))[1] is None


def test_hazards_are_grouped_by_contract() -> None:
    found = group_hazards(check(loads(FILE)))
    assert {str(contract) for contract in found} == {"db/row", "api/x"}
    assert all(found.values())
