"""`breaks` by verb: what is read, and what is refused (paragraph 87 of docs/semantics.md)."""

from __future__ import annotations

import json

import pytest

from skewproof.model.deployment import Aspect, Deployment, Verb
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.verdict import Unknown

TEXT = """
components: {{web: {{kind: service}}, db: {{kind: database}}, q: {{kind: broker}}}}
requests: {{get: [client calls web: get, web reads db: a], put: [client calls web: put, web writes db: a]}}
pipeline: [A: [migrate db, deploy web]]
changes: {{db/a: {{breaks: {breaks}}}}}
"""


def load(breaks: str) -> Deployment:
    return loads(TEXT.format(breaks=breaks))


def test_pairs_by_verb() -> None:
    (change,) = load("{schema: {writes: [V1 -> V2], reads: none}, token: both}").changed.values()
    assert change.pairs_in(Aspect.SCHEMA, Verb.WRITES) == {("V1", "V2")}
    assert change.pairs_in(Aspect.SCHEMA, Verb.READS) == set()
    assert change.pairs_in(Aspect.SCHEMA) == {("V1", "V2")}
    assert change.pairs_in(Aspect.TOKEN, Verb.READS) == {("V1", "V2"), ("V2", "V1")}
    assert [one.says for one in change.declared] == ["breaks schema writes", "breaks token"]


def test_only_the_writers_break() -> None:
    (hazard,) = check(load("{schema: {writes: [V1 -> V2]}}")).at_hops
    assert (hazard.request, hazard.hop, hazard.consumer_version) == ("put", 2, "V1")


def test_it_is_told_by_verb_whether_it_could_be_met() -> None:
    text = TEXT.replace("put: [client calls web: put, web writes db: a]", "more: [client calls web: get]")
    answer = check(loads(text.format(breaks="{schema: {writes: [V1 -> V2]}}")))
    assert isinstance(answer.verdict, Unknown)
    assert "no hop that writes at db/a is judged by schema" in answer.verdict.reason


@pytest.mark.parametrize(
    ("breaks", "message"),
    [
        ("{writes: [V1 -> V2]}", "`writes` is a verb, and stands below the aspect that it is said of"),
        ("{schema: {publishes: both}}", "`schema` is never judged of `publishes` at a database"),
        ("{schema: {deletes: both}}", "unknown verb `deletes`"),
        ("{schema: {writes: [V1 -> V3]}}", "unknown version `V3`"),
    ],
)
def test_what_is_refused(breaks: str, message: str) -> None:
    with pytest.raises(InvalidDeploymentError) as refused:
        load(breaks)
    assert message in str(refused.value)


def test_the_schema_has_it() -> None:
    from skewproof.model.language.schema import json_schema

    assert '"writes": {"$ref": "#/$defs/pairs"}' in json.dumps(json_schema())


@pytest.mark.parametrize("verb", ["calls", "xx"])
def test_a_verb_of_an_aspect_that_is_never_judged_there_is_told_and_no_more(verb: str) -> None:
    text = TEXT.replace("db/a:", "web/get:").format(breaks=f"{{schema: {{{verb}: both}}}}")
    with pytest.raises(InvalidDeploymentError) as told:
        loads(text)
    assert "`schema` is never judged at a service" in str(told.value)
    assert f"`{verb}`" in str(told.value)
