"""What a deployment says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skewproof.model.deployment import OBTAINING, Aspect, Verb
from skewproof.model.names import Contract
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


def test_without_a_rollback_or_changes_there_is_nothing_of_them_to_tell() -> None:
    found = replace(deployment(TEXT), rollback=None, changes=None)
    assert found.steps_about({"One"}) == ("One", "Two")
    assert found.declarations == {}
    assert found.enabled_after == ()


def test_only_some_versions_run_a_hop() -> None:
    found = deployment(TEXT)
    first, second = found.requests[0].hops
    assert [found.runs(version, first) for version in found.versions] == [True, True, True]
    assert [found.runs(version, second) for version in found.versions] == [False, True, False]
    assert found.runs("V3", replace(second, until=None))
    assert found.runs("V1", replace(second, since=None))


def test_pessimistically_every_contract_that_no_change_names_breaks_both_ways() -> None:
    found = deployment(TEXT).pessimistic().changes or {}
    by_name = {str(contract): change for contract, change in found.items()}
    assert set(by_name) == {"a/x", "b/y"}
    assert not any(by_name["a/x"].breaks.values())
    pairs = by_name["b/y"].breaks[Aspect.CALL]
    assert len(pairs) == 6
    assert ("V1", "V1") not in pairs


def test_pessimistically_an_entry_without_pairs_breaks_both_ways_and_keeps_what_it_says() -> None:
    text = """
    components: {a: {kind: service}, d: {kind: database}}
    requests: {ask: [client calls a: x, a reads d: t, a reads d: u, a reads d: v]}
    pipeline: [One]
    changes: {d/t: {rows: kept}, d/u: {breaks: none, rows: kept}, d/v: {skew: {older: 1}}}
    """
    changed = deployment(text).pessimistic().changed
    kept = changed[Contract("d", "t")]
    assert kept.rows_kept
    assert kept.breaks[Aspect.CONTENT] == {("V1", "V2"), ("V2", "V1")}
    assert not any(changed[Contract("d", "u")].breaks.values())
    assert not any(changed[Contract("d", "v")].breaks.values())


def test_pessimistically_what_is_only_used_by_what_changes_breaks_too() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}}
    requests: {ask: [client reads c: k, client calls a: x using c/k]}
    pipeline: [One]
    changes: {a/x: {breaks: both}}
    """
    found = deployment(text)
    used = Contract("c", "k")
    assert not found.changed[used].breaks
    assert found.pessimistic().changed[used].breaks


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


JOBS = """
components:
  a: {kind: service}
  w: {kind: worker}
  late: {kind: worker, pulls: ready}
  app: {kind: client}
  q: {kind: broker}
requests:
  pull: [w consumes q: m]
  late: [late consumes q: m]
  app: [app consumes q: m]
  begin: [w publishes q: m, w consumes q: m]
  serve: [client calls a: x, a consumes q: m, client calls a: y, client calls a: z]
  outside: [client consumes q: m]
pipeline: [One: [enable f]]
rollback: [Back: [enable g, disable h]]
flags: {f: {guards: [a/x]}, g: {guards: [a/y]}, h: {guards: [a/z]}}
changes: {q/m: {breaks: none}}
"""


def test_only_a_worker_whose_job_begins_by_consuming_pulls() -> None:
    found = deployment(JOBS)
    assert [request.name for request in found.requests if found.pulls(request)] == ["pull"]


def test_somebody_enables_after_the_end_what_guards_something_and_no_action_enables() -> None:
    found = deployment(JOBS)
    assert found.enabled_after == ("h",)
    guarding_nothing = tuple(replace(flag, guards=frozenset()) for flag in found.flags)
    assert replace(found, flags=guarding_nothing).enabled_after == ()


def test_actions_are_those_of_the_pipeline_and_of_the_rollback() -> None:
    assert list(map(str, deployment(JOBS).actions)) == ["enable f", "enable g", "disable h"]
    assert list(map(str, deployment(TEXT.replace("rollback: [Back: [rollback a]]\n", "")).actions)) == [
        "deploy a"
    ]


def test_without_changes_nothing_is_changed() -> None:
    found = replace(deployment(TEXT), changes=None)
    assert found.changed == {}
    assert found.change_of(Contract("a", "x")) is None
    assert deployment(TEXT).change_of(Contract("b", "y")) is None
    assert deployment(TEXT).change_of(Contract("a", "x")) is not None


def test_hops_are_found_by_what_they_meet() -> None:
    found = deployment(JOBS).hops_at[Contract("q", "m")]
    assert [(request.name, number) for request, number in found] == [
        ("pull", 1),
        ("late", 1),
        ("app", 1),
        ("begin", 1),
        ("begin", 2),
        ("serve", 2),
        ("outside", 1),
    ]


def test_a_wildcard_is_one_declaration_of_each_contract_that_it_names() -> None:
    text = TEXT.replace("a/x: {breaks: none}", "'a/*': {breaks: both}").replace(
        "a calls b", "client calls a: z, a calls b"
    )
    (named,) = deployment(text).declarations.values()
    assert set(map(str, named)) == {"a/x", "a/z"}
    assert deployment(TEXT).declarations == {}
