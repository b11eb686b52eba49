"""A file that says nothing of what its release changes: judged for what goes wrong whatever that is."""

from __future__ import annotations

import pytest

from skewproof.diagrams.statements import list_statements
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.certificate.verify import NOTHING_JUDGED, list_left_open
from skewproof.properties.verdict import Safe, Unknown, Unsafe

BEGIN = "components: {web: {kind: service%s}, api: {kind: service}}\n"
END = "requests: {buy: [client calls web: b, web calls api: x]}\npipeline: [D: [deploy web]]\n"


@pytest.mark.parametrize(
    ("setting", "more"),
    [
        (", strategy: recreate", ""),
        (", drain: abrupt", ""),
        (", replicas: 2, max_surge: 0, max_unavailable: 1, min_available: 2", ""),
        ("", "properties: {p: never web.up(V2)}\n"),
        (", readiness: api.version == V2", ""),
    ],
    ids=["unavailable", "interrupted", "min_available", "property", "stall"],
)
def test_what_needs_no_change_to_go_wrong_is_found(setting: str, more: str) -> None:
    found = loads(BEGIN % setting + END + more)
    answer = check(found)
    assert isinstance(answer.verdict, Unsafe)
    declared = [one.text for one in list_statements(answer, found) if one.label == "declared"]
    assert declared == ["nothing: no contract is given as changed, so this says nothing of a release"]


@pytest.mark.parametrize("more", ["", "properties: {p: eventually web.up(V2)}\n"])
def test_where_nothing_goes_wrong_there_is_no_verdict(more: str) -> None:
    answer = check(loads(BEGIN % "" + END + more))
    assert isinstance(answer.verdict, Unknown)
    assert answer.verdict.reason == "nothing was given to judge"


ALONE = """\
components: {web: {kind: service}%s}
requests: {buy: [client calls web: b%s]}
pipeline: [D: [deploy web]]
"""


def test_where_only_clients_without_a_version_call_nothing_is_judged() -> None:
    alone = loads(ALONE % ("", "")).pessimistic()
    answer = check(alone)
    assert isinstance(answer.verdict, Unknown)
    assert answer.verdict.reason == "nothing was judged: only clients without a version use web/b"
    assert list_left_open(alone)[-1] == NOTHING_JUDGED


@pytest.mark.parametrize(
    "deployment",
    [
        loads(ALONE % ("", "") + "changes: {web/b: {breaks: none}}\n"),
        loads(ALONE % (", db: {kind: database}", ", web reads db: d") + "changes: {db/d: {breaks: none}}\n"),
    ],
    ids=["said to break nothing", "something else is judged"],
)
def test_what_is_said_to_break_nothing_needs_no_judge(deployment: Deployment) -> None:
    assert isinstance(check(deployment).verdict, Safe)


def test_one_contract_that_is_judged_is_enough() -> None:
    both = loads(ALONE % (", api: {kind: service}", ", web calls api: x")).pessimistic()
    assert isinstance(check(both).verdict, Unsafe)
