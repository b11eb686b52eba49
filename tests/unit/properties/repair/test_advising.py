"""Advice beside a verdict: checked, within its budget, and silent where nothing was found."""

from __future__ import annotations

from typing import Any

import pytest

from skewproof.model.deployment import Deployment, RemedyKind
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.repair import judging
from skewproof.properties.repair.advising import advise
from skewproof.properties.repair.judging import TrialBudget
from skewproof.properties.repair.proposing import propose
from skewproof.properties.verdict import Answer

TEXT = """
components: {web: {kind: service}, api: {kind: service}, db: {kind: database}}
requests: {save: [client calls web: form, web calls api: x, api writes db: t]}
pipeline: [Migrate: [migrate db], Api: [deploy api], Web: [deploy web]]
changes: {db/t: {breaks: {schema: [V1 -> V2]}}, api/x: {breaks: {call: [V1 -> V2]}}}
"""


def test_advice_takes_its_cause_away_and_says_whether_anything_is_left() -> None:
    deployment = loads(TEXT)
    advised = advise(deployment, check(deployment))
    told = {str(cause.contract): str(cause.advice) for cause in advised.causes}
    assert told == {
        "db/t": "what would help: `deploy api` goes before `migrate db` "
        "(verified: this goes, and nothing else comes)",
        "api/x": "what would help: `deploy web` goes before `deploy api` "
        "(verified: this goes, and nothing else comes)",
    }


def test_it_says_safe_only_of_what_is() -> None:
    deployment = loads(TEXT.replace("{call: [V1 -> V2]}", "none"))
    (cause,) = advise(deployment, check(deployment)).causes
    assert cause.advice is not None
    assert (cause.advice.is_safe, cause.advice.steps) == (True, 0)
    assert str(cause.advice).endswith("(verified safe)")


def test_what_helps_is_found_behind_many_cheaper_remedies() -> None:
    """None of them does, and there are more of them than the budget has checks for."""
    names = [f"s{number}" for number in range(5)]
    each = (f"{name}: [client calls {name}: a, {name} writes c: x, {name} reads c: x]" for name in names)
    deployment = loads(
        f"""
components: {{{", ".join(f"{name}: {{kind: service}}" for name in names)}, c: {{kind: cache}}}}
requests: {{{", ".join(each)}}}
pipeline: [{", ".join(f"{name}: [deploy {name}]" for name in names)}]
changes: {{c/x: {{breaks: {{content: [V2 -> V1]}}}}}}
"""
    )
    answer = check(deployment)
    before = [one.kind for one in propose(deployment, answer)].index(RemedyKind.FLAG)
    budget = TrialBudget(checks=20)
    assert before > 2 * budget.checks
    (cause,) = advise(deployment, answer, budget=budget).causes
    assert "c/x behind a flag" in str(cause.advice)


def test_few_of_the_remedies_are_judged_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole: list[Deployment] = []

    def look(deployment: Deployment, **asked: Any) -> Answer:
        whole.append(deployment)
        return check(deployment, **asked)

    monkeypatch.setattr(judging, "check", look)
    deployment = loads(TEXT)
    answer = check(deployment)
    assert len(advise(deployment, answer).advice) == 2
    assert len(whole) < len(propose(deployment, answer)) / 2


def test_without_a_budget_there_is_none() -> None:
    deployment = loads(TEXT)
    answer = check(deployment)
    assert advise(deployment, answer, budget=TrialBudget(checks=0)).advice == ()
    assert answer.causes == advise(deployment, answer, budget=TrialBudget(checks=0)).causes
