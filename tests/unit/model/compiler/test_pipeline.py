"""How the pipeline goes on: when it is left, how it fails, how it goes back, and what it is called."""

from __future__ import annotations

from support.tiny import Walk, walk

TEXT = """
components: {{a: {{kind: service}}, w: {{kind: worker}}, q: {{kind: broker}}, db: {{kind: database}}}}
requests:
  put: [client calls a: x, a publishes q: m]
  take: [w consumes q: m, w writes db: t]
pipeline: {pipeline}
changes: {{q/m: {{breaks: none}}, db/t: {{breaks: none}}}}
"""
BACK = "rollback: [R: [rollback a], S]\n"


def begun(pipeline: str, more: str = "", *, failures: bool = False, traffic: bool = True) -> Walk:
    return walk(TEXT.format(pipeline=pipeline) + more, failures=failures, traffic=traffic)


def pipeline_of(here: Walk) -> list[str]:
    """The events of the pipeline that can happen."""
    events = (event for event, _ in here.compiled.system.successors(here.state))
    return [event.text for event in events if event.owner == "pipeline"]


def test_the_words_of_the_pipeline() -> None:
    here = begun("[One: [deploy a, deploy w], Two]", traffic=False)
    assert here.can == ["One begins: deploy a"]
    here = here.go("One", "a: spawn", "a: retire")
    assert here.can == ["next action: deploy w"]
    here = here.go("next", "w: spawn", "w: retire")
    assert here.can == ["Two begins"]
    assert here.go("Two").can == ["the pipeline is over"]
    assert here.go("Two", "over").can == []


def test_an_empty_step_is_left_at_any_time() -> None:
    assert pipeline_of(begun("[One, Two]").go("One")) == ["Two begins"]


def test_a_drain_waits_until_no_old_message_is_left() -> None:
    here = begun("[One: [deploy a], Two: [drain q], Three]").go("One", "spawn", "retire", "Two")
    assert pipeline_of(here) == []
    assert pipeline_of(here.go("no V1 message")) == ["Three begins"]
    new = here.go("a V2 writes q/m")
    assert pipeline_of(new) == []
    assert pipeline_of(new.go("no V1 message")) == ["Three begins"], "new ones may lie there"


def test_an_await_with_a_condition_waits_for_it_too() -> None:
    pipeline = "[One: [start deploy a, start suspend w], Two: [await a when w.suspended], Three]"
    here = begun(pipeline, traffic=False).go("One", "next", "Two")
    deployed = here.go("a: spawn", "a: retire")
    assert pipeline_of(deployed) == []
    assert pipeline_of(deployed.go("w suspended")) == ["Three begins"]


def test_a_drain_in_the_background_is_not_waited_for() -> None:
    for when in ("", " when false"):
        pipeline = f"[One: [start drain q{when}], Two]"
        assert pipeline_of(begun(pipeline, traffic=False).go("One")) == ["Two begins"]


def test_a_deploy_with_a_condition_is_left_when_it_is_over() -> None:
    pipeline = "[Zero: [suspend w], One: [deploy a when w.suspended], Two]"
    here = begun(pipeline, traffic=False).go("Zero", "w suspended", "One", "a: spawn", "a: retire")
    assert pipeline_of(here) == ["Two begins"]


def test_a_deploy_that_is_over_is_left_whatever_became_of_its_condition() -> None:
    pipeline = "[Zero: [suspend w, start resume w], One: [deploy a when w.suspended], Two]"
    here = begun(pipeline, traffic=False).go("Zero", "w suspended", "next", "One", "a: spawn", "a: retire")
    assert "Two begins" in pipeline_of(here.go("w running"))


def test_the_pipeline_is_a_unit_of_fairness() -> None:
    here = begun("[One: [deploy a], Two]", traffic=False)
    assert here.event("One begins").fair


# --- failures ---


def test_an_awaited_action_can_fail_at_any_time_and_must_not() -> None:
    here = begun("[One: [deploy a], Two]", BACK, failures=True, traffic=False).go("One")
    assert set(here.can) == {"One fails: deploy a", "a: spawn V2 (1×V1 1×V2)"}
    assert not here.event("One fails").fair
    assert here.event("spawn").fair


def test_where_it_has_failed_nothing_in_the_foreground_goes_on() -> None:
    here = begun("[One: [deploy a], Two]", BACK, failures=True, traffic=False)
    failed = here.go("One begins", "a: spawn", "One fails")
    assert failed.can == ["the rollback begins: R: rollback a"]
    assert not failed.event("rollback begins").fair


def test_a_rollback_undoes_what_was_done_and_ends_the_pipeline() -> None:
    here = begun("[One: [deploy a], Two]", BACK, failures=True, traffic=False)
    back = here.go("One begins", "a: spawn", "One fails", "the rollback begins")
    assert back.can == ["a: retire V2 (1×V1)"]
    over = back.go("a: retire V2", "S begins", "the pipeline is over")
    assert over["up a"] == "1×V1"
    assert over.is_complete


def test_actions_of_a_rollback_do_not_fail() -> None:
    here = begun("[One: [deploy a], Two]", BACK, failures=True, traffic=False)
    back = here.go("One begins", "a: spawn", "One fails", "the rollback begins")
    assert back.cannot("fails")


def test_what_goes_on_in_the_background_goes_on_after_a_failure() -> None:
    here = begun("[One: [start deploy w], Two: [deploy a]]", BACK, failures=True, traffic=False)
    failed = here.go("One begins", "Two begins", "Two fails")
    assert "w: spawn V2 (1×V1 1×V2)" in failed.can


def test_it_is_not_complete_before_every_background_move_is_over() -> None:
    here = begun("[One: [start deploy a], Two: [start deploy w]]", traffic=False)
    over = here.go("One", "Two", "the pipeline is over")
    assert not over.is_complete
    half = over.go("a: spawn", "a: retire")
    assert not half.is_complete
    assert half.go("w: spawn", "w: retire").is_complete


def test_it_is_not_complete_before_the_end() -> None:
    here = begun("[One: [deploy a], Two]", traffic=False)
    assert not here.is_complete
    assert not here.go("One", "spawn", "retire", "Two").is_complete


def test_a_sync_with_nothing_to_do_at_first_is_not_over_for_good() -> None:
    text = """
    components: {w: {kind: worker}, c: {kind: cache}}
    requests: {job: [w writes c: k]}
    pipeline: [Zero: [sync c], One: [start sync c], Two, Three]
    changes: {c/k: {breaks: none}}
    """
    here = walk(text).go("Zero", "sync, content V1 → V1 + V2", "sync, content V1 + V2 → V2", "One", "Two")
    assert here.cannot("sync")
    assert "c/k: sync, content V1 + V2 → V2" in here.go("w V1 writes").can


# --- switches that find nothing to do ---

FLAG = """
components: {a: {kind: service}}
requests: {ask: [client calls a: x]}
flags: {f: {guards: [a/x]}}
pipeline: PIPELINE
rollback: [R: [enable f]]
changes: {a/x: {breaks: none}}
"""


def test_a_background_switch_that_is_on_already_does_not_switch_later() -> None:
    pipeline = "[Zero: [enable f], One: [start enable f], Two: [disable f], Three]"
    here = walk(FLAG.replace("PIPELINE", pipeline)).go(
        "Zero", "flag f on", "One", "Two", "flag f off", "Three"
    )
    assert here.can == ["the pipeline is over"]


def test_a_foreground_switch_that_is_off_already_does_not_switch_later() -> None:
    pipeline = "[One: [start enable f], Two: [disable f], Three]"
    here = walk(FLAG.replace("PIPELINE", pipeline)).go("One", "Two")
    assert set(here.can) == {"flag f on", "Three begins"}
    assert here.go("flag f on").can == ["Three begins"]


def test_of_two_switches_that_begin_together_one_may_find_nothing_to_do() -> None:
    text = FLAG.replace("ask: [client calls a: x]", "ask: [client calls a: x, client calls a: y]")
    text = text.replace("flags: {", "flags: {g: {guards: [a/y]}, ").replace(
        "enable f]]\nchanges", "enable f g]]\nchanges"
    )
    pipeline = "[Zero: [enable f], One: [start enable f g], Two: [await f g], Three]"
    here = walk(text.replace("PIPELINE", pipeline)).go("Zero", "flag f on", "One", "Two")
    assert here.can == ["flag g on"]
    assert here.go("flag g on").can == ["Three begins"]


# --- steps that begin while a request is in flight ---


def test_no_more_steps_begin_in_flight_than_the_span_allows() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}}
    requests: {ask: [client calls a: x, a calls b: y]}
    pipeline: [One: [deploy b, deploy b], Two, Three]
    changes: {b/y: {breaks: none}}
    assume: {max_span: 1}
    """
    before = walk(text, "ask")
    one = before.go("client calls a", "One begins")
    assert (before["span"], one["span"]) == ("0", "1")
    over = one.go("b: spawn", "b: retire", "next action")
    assert over["span"] == "1", "an action is no step"
    assert over.cannot("Two begins")
    assert over.go("a V1 calls b").go("Two begins", "Three begins")["span"] == "1", "it is over"
    alone = walk(text).go("One begins", "b: spawn", "b: retire", "next action", "Two begins", "Three begins")
    assert alone.can == ["the pipeline is over"], "without a request nothing is counted"
    late = before.go("One begins", "b: spawn", "b: retire", "next action", "Two begins", "client calls a")
    assert late["span"] == "0", "it had not come"
    assert late.go("Three begins")["span"] == "1"
