"""The section `assume`."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import Aspect
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.properties import Safe, Unknown, check

FILE = """
components: {web: {kind: service}, db: {kind: database}}
requests: {get: [client calls web: get, web reads db: a]}
pipeline: [{Roll: [deploy web]}]
changes: {db/a: {breaks: {schema: [V1 -> V2]}}}
"""


def test_what_is_never_met_is_read() -> None:
    (one,) = loads(f"{FILE}assume: {{never: [db/a schema V1 -> V2]}}").never
    assert (str(one.contracts[0]), one.aspect, one.pair) == ("db/a", Aspect.SCHEMA, ("V1", "V2"))


def test_an_assumption_takes_an_idle_declaration_out() -> None:
    assert isinstance(check(loads(FILE)).verdict, Unknown)
    for said in ("db/a schema V1 -> V2", "db/a V1 -> V2"):
        answer = check(loads(f"{FILE}assume: {{never: [{said}]}}"))
        assert isinstance(answer.verdict, Safe)
        assert [(one.text, one.is_broken) for one in answer.assumptions] == [(said, False)]


def test_an_assumption_that_is_wrong_is_told() -> None:
    text = FILE.replace("deploy web", "migrate db")
    answer = check(loads(f"{text}assume: {{never: [db/a schema V1 -> V2]}}"))
    assert answer.hazards
    assert [one.is_broken for one in answer.assumptions] == [True]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("db/a schema V2 -> V1", "no change says that V2 -> V1 breaks at `db/a`"),
        ("db/a call V1 -> V2", "no change says that V1 -> V2 breaks at `db/a`"),
        ("db/a shape V1 -> V2", "unknown aspect `shape`"),
        ("db/a V1", "what is never met must be a contract, an aspect and a pair"),
        ("db/a schema V1 -> V9", "unknown version `V9`"),
        ("db/nosuch schema V1 -> V2", "no request meets `db/nosuch`"),
    ],
)
def test_an_assumption_about_nothing_is_an_error_of_the_file(said: str, words: str) -> None:
    with pytest.raises(InvalidDeploymentError) as refused:
        loads(f"{FILE}assume: {{never: [{said}]}}")
    assert words in str(refused.value)
