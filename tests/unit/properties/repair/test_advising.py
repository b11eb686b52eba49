"""Advice beside a verdict: checked, within its budget, and silent where nothing was found."""

from __future__ import annotations

from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.repair.advising import advise
from skewproof.properties.repair.judging import TrialBudget

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


def test_without_a_budget_there_is_none() -> None:
    deployment = loads(TEXT)
    answer = check(deployment)
    assert advise(deployment, answer, budget=TrialBudget(checks=0)).advice == ()
    assert answer.causes == advise(deployment, answer, budget=TrialBudget(checks=0)).causes
