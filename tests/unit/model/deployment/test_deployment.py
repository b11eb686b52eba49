"""What a deployment says of itself."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import OBTAINING, Aspect, Verb
from support.tiny import deployment

TEXT = """
components: {a: {kind: service}, b: {kind: service}}
versions: [V1, V2, V3]
requests: {ask: [client calls a: x, a calls b: y since V2 until V2]}
pipeline: [One: [deploy a], Two]
rollback: [Back: [rollback a]]
changes: {a/x: {breaks: none}}
"""


@pytest.mark.parametrize(
    ("window", "steps"),
    [
        ({"One"}, ("One", "Two")),
        (set(), ("One", "Two")),
        ({"Back"}, ("One", "Two", "Back")),
        ({"One", "Back"}, ("One", "Two", "Back")),
    ],
)
def test_the_steps_of_a_rollback_are_told_where_it_matters(window: set[str], steps: tuple[str, ...]) -> None:
    assert deployment(TEXT).steps_about(window) == steps


def test_only_some_versions_run_a_hop() -> None:
    found = deployment(TEXT)
    first, second = found.requests[0].hops
    assert [found.runs(version, first) for version in found.versions] == [True, True, True]
    assert [found.runs(version, second) for version in found.versions] == [False, True, False]


def test_pessimistically_every_contract_that_no_change_names_breaks_both_ways() -> None:
    found = deployment(TEXT).pessimistic().changes or {}
    by_name = {str(contract): change for contract, change in found.items()}
    assert set(by_name) == {"a/x", "b/y"}
    assert not any(by_name["a/x"].breaks.values())
    pairs = by_name["b/y"].breaks[Aspect.CALL]
    assert len(pairs) == 6
    assert ("V1", "V1") not in pairs


def test_what_a_changed_contract_is_obtained_from_is_changed_too_through_any_request() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: worker}, c: {kind: cache}, d: {kind: cache}}
    requests:
      ask: [client reads d: n, client reads c: k, client calls a: x using c/k]
      fill: [b reads d: m, b writes c: k using d/m]
    pipeline: [One]
    changes: {a/x: {breaks: both}}
    """
    changed = deployment(text).changed
    assert {str(contract): change.implied for contract, change in changed.items()} == {
        "a/x": False,
        "c/k": True,
        "d/m": True,
    }


def test_each_verb_says_what_it_is() -> None:
    assert {verb for verb in Verb if verb.is_call} == {Verb.CALLS, Verb.FORWARDS}
    assert {verb for verb in Verb if verb.finds_content} == {Verb.READS, Verb.CONSUMES}
    assert {verb for verb in Verb if verb.leaves_content} == {Verb.WRITES, Verb.PUBLISHES}
    assert {Verb.CALLS, Verb.FORWARDS, Verb.READS, Verb.CONSUMES} == OBTAINING
