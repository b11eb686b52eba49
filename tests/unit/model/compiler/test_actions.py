"""What each action of a pipeline makes its component do, when, and what ends it."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.actions import find_unwanted
from skewproof.model.compiler.causes import MoveCause
from skewproof.model.deployment import Instruction, Kind
from support.tiny import everything, places, walk

STORES = """
components: {{a: {{kind: service}}, w: {{kind: worker}}, db: {{kind: database}}, c: {{kind: cache}}}}
requests:
  ask: [client calls a: x, a reads db: t, a reads c: k]
  job: [w reads db: t, w writes c: k]
versions: {versions}
pipeline: {pipeline}
changes: {changes}
"""


def stores(
    pipeline: str,
    changes: str = "{db/t: {breaks: none}, c/k: {breaks: none}}",
    versions: str = "[V1, V2]",
) -> str:
    return STORES.format(pipeline=pipeline, changes=changes, versions=versions)


# --- instances ---


def test_a_deploy_happens_only_at_its_step() -> None:
    start = walk(stores("[One: [deploy a], Two]"), traffic=False)
    assert start.can == ["One begins: deploy a"]
    over = start.go("One begins", "spawn V2", "retire V1")
    assert over.can == ["Two begins"]
    assert over["up a"] == "1×V2"


def test_a_foreground_deploy_holds_the_pipeline_until_it_is_over() -> None:
    half = walk(stores("[One: [deploy a], Two]"), traffic=False).go("One begins", "spawn V2")
    assert half.can == ["a: retire V1 (1×V2)"]


def test_a_background_deploy_holds_nobody_up_and_goes_on_later() -> None:
    begun = walk(stores("[One: [start deploy a], Two]"), traffic=False).go("One begins")
    assert begun.can == ["Two begins"], "it begins when the pipeline leaves it"
    after = begun.go("Two begins")
    assert after.can == ["the pipeline is over", "a: spawn V2 (1×V1 1×V2)"]
    assert not after.go("pipeline is over").is_complete
    assert after.go("pipeline is over", "spawn", "retire").is_complete


def test_await_waits_for_what_was_started() -> None:
    waiting = walk(stores("[One: [start deploy a], Two: [await a], Three]"), traffic=False).go("One", "Two")
    assert waiting.can == ["a: spawn V2 (1×V1 1×V2)"]
    assert waiting.go("spawn", "retire").can == ["Three begins"]


def test_await_of_one_waits_for_no_other() -> None:
    pipeline = "[One: [start deploy a, start deploy w], Two: [await w], Three]"
    waiting = walk(stores(pipeline), traffic=False).go("One", "next", "Two")
    assert waiting.go("w: spawn", "w: retire").can[0] == "Three begins"


def test_a_deploy_waits_for_its_condition_before_each_instance() -> None:
    text = stores("[Stop: [start suspend w], One: [deploy a when w.suspended], Go]")
    at = walk(text, traffic=False).go("Stop", "One begins")
    assert at.can == ["w suspended"]
    assert at.go("w suspended").can == ["a: spawn V2 (1×V1 1×V2)"]


def test_an_instance_becomes_ready_when_its_predicate_holds() -> None:
    text = stores("[One: [start migrate db, deploy a], End]").replace(
        "a: {kind: service}", "a: {kind: service, readiness: {V2: db.version == V2}}"
    )
    begun = walk(text, traffic=False).go("One begins", "next", "spawn V2")
    assert begun["up a"] == "1×V1 1×V2 starting"
    assert begun.can == ["db/t: schema V1 → V2"]
    assert begun.go("schema").can == ["a: ready V2 (1×V1 1×V2)"]


def test_a_canary_becomes_ready_by_the_same_predicate() -> None:
    text = stores("[One: [start migrate db, deploy a], End]").replace(
        "a: {kind: service}",
        "a: {kind: service, strategy: {canary: 1}, readiness: {V2: db.version == V2}}",
    )
    begun = walk(text, traffic=False).go("One begins", "next", "spawn canary V2")
    assert begun.can == ["db/t: schema V1 → V2"]
    assert begun.go("schema").can == ["a: ready canary V2 (1×V1 1×V2)"]


def test_a_rollback_goes_one_version_back() -> None:
    text = stores("[One: [deploy a], Two: [rollback a]]")
    back = walk(text, traffic=False).go("One", "spawn V2", "retire V1", "Two")
    assert back.can == ["a: spawn V1 (1×V1 1×V2)"]
    assert back.go("spawn V1", "retire V2")["up a"] == "1×V1"


# --- the request that is on an instance ---

CHAIN = """
components: {{a: {{kind: service{drain}}}, b: {{kind: service}}}}
requests: {{ask: [client calls a: x, a calls b: y]}}
pipeline: [One: [deploy a b]]
changes: {{}}
"""


def on_the_old_one(drain: str) -> tuple[str, list[str]]:
    here = walk(CHAIN.format(drain=drain), "ask").go("client calls a V1", "One begins", "a: spawn V2")
    return here["frame 1 a"], here.can


def test_the_last_instance_of_a_version_waits_for_the_request_on_it() -> None:
    frame, can = on_the_old_one("")
    assert frame == "V1"
    assert "a: retire V1 (1×V2)" not in can


def test_it_is_retired_once_the_request_has_gone() -> None:
    here = walk(CHAIN.format(drain=""), "ask").go("client calls a V1", "One begins", "a: spawn V2")
    assert "a: retire V1 (1×V2)" in here.go("a V1 calls b V1").can


def test_an_instance_of_many_can_go_while_the_request_is_on_another() -> None:
    here = walk(CHAIN.format(drain=", replicas: 2"), "ask").go("client calls a V1", "One begins")
    assert "a: retire V1 (1×V1 1×V2)" in here.go("a: spawn V2").can


def test_an_abrupt_drain_cuts_the_request_off() -> None:
    here = walk(CHAIN.format(drain=", drain: abrupt"), "ask")
    here = here.go("client calls a V1", "One begins", "a: spawn V2")
    event = here.event("a: retire V1")
    assert event.cut is not None
    assert (event.cut.born, event.cut.version) == (1, "V1")
    gone = here.go("a: retire V1")
    assert (gone["request"], gone["frame 1 a"]) == ("2", "None"), "the request is over and holds nobody"


def test_an_abrupt_drain_of_one_of_many_may_spare_the_request() -> None:
    here = walk(CHAIN.format(drain=", replicas: 2, drain: abrupt"), "ask")
    here = here.go("client calls a V1", "One begins", "a: spawn V2")
    cuts = [e.cut for e, _ in here.compiled.system.successors(here.state) if "a: retire V1" in e.text]
    assert len(cuts) == 2
    assert cuts.count(None) == 1


# --- schemas ---

THREE = "[V1, V2, V3]"


def test_migrations_go_version_by_version() -> None:
    text = stores("[One: [migrate db to V3]]", versions=THREE)
    one = walk(text, traffic=False).go("One")
    assert one.can == ["db/t: schema V1 → V2"]
    assert one.go("schema").can == ["db/t: schema V2 → V3"]
    assert one.go("schema", "schema").can == ["the pipeline is over"]


def test_each_migration_aims_at_one_version_more() -> None:
    text = stores("[One: [migrate db], Two: [migrate db]]", versions=THREE)
    over = walk(text, traffic=False).go("One", "schema V1 → V2")
    assert over.can == ["Two begins: migrate db"]
    assert over.go("Two").can == ["db/t: schema V2 → V3"]


def test_a_revert_goes_back() -> None:
    text = stores("[One: [migrate db], Two: [revert db]]")
    assert walk(text, traffic=False).go("One", "schema", "Two").can == ["db/t: schema V2 → V1"]


def test_a_migration_that_is_done_is_over_at_once() -> None:
    text = stores("[One: [migrate db to V1], Two]")
    assert walk(text, traffic=False).go("One").can == ["Two begins"]


def test_a_broker_is_reconfigured() -> None:
    text = """
    components: {a: {kind: service}, q: {kind: broker}}
    requests: {put: [client calls a: x, a publishes q: m]}
    pipeline: [One: [reconfigure q]]
    changes: {q/m: {breaks: none}}
    """
    assert walk(text, traffic=False).go("One").can == ["q/m: configuration V1 → V2"]


def test_what_does_not_exist_any_more_takes_its_content_with_it() -> None:
    changes = "{db/t: {breaks: none, rows: kept, exists: [V1]}}"
    here = walk(stores("[One: [migrate db]]", changes), traffic=False).go("One", "schema")
    assert (here["schema db/t"], here["content db/t"]) == ("V2", "empty")


def test_what_goes_on_to_exist_keeps_its_content() -> None:
    changes = "{db/t: {breaks: none, rows: kept}}"
    here = walk(stores("[One: [migrate db]]", changes), traffic=False).go("One", "schema")
    assert here["content db/t"] == "V1"


def test_what_does_not_exist_yet_is_empty() -> None:
    changes = "{db/t: {breaks: none, rows: kept, exists: [V2]}}"
    assert walk(stores("[One: [migrate db]]", changes), traffic=False)["content db/t"] == "empty"


# --- content ---


def test_a_sync_brings_the_new_form_before_it_throws_the_old_one_away() -> None:
    one = walk(stores("[One: [sync c], Two]"), traffic=False).go("One")
    assert one.can == ["c/k: sync, content V1 → V1 + V2"]
    both = one.go("sync")
    assert both.can == ["c/k: sync, content V1 + V2 → V2"]
    assert both.go("sync").can == ["Two begins"]


def test_a_sync_that_ended_does_not_begin_again_when_a_writer_undoes_it() -> None:
    over = walk(stores("[One: [start sync c], Two: [await c], Three]")).go("One", "Two")
    over = over.go("sync, content V1 → V1 + V2", "sync, content V1 + V2 → V2")
    written = over.go("w V1 writes c/k")
    assert written["content c/k"] == "V1 + V2"
    assert written.cannot("sync")
    assert "Three begins" in written.can


def test_a_purge_throws_away_what_is_old_and_brings_nothing() -> None:
    here = walk(stores("[One: [deploy a, purge c]]"), traffic=False).go("One", "spawn", "retire", "next")
    assert here.can == ["c/k: purge, content V1 → empty"]
    assert here.go("purge").can == ["the pipeline is over"]


@pytest.mark.parametrize(
    ("action", "forms"),
    [
        ("purge c to V2", {"V1", "V3"}),
        ("expire c to V2", {"V1", "V3"}),
        ("purge c", {"V1", "V2"}),
        ("sync c to V2", {"V1"}),
        ("sync c", {"V1"}),
    ],
)
def test_unwanted_is_what_is_older_and_with_a_goal_of_its_own_all_others(
    action: str, forms: set[str]
) -> None:
    vocabulary = walk(stores(f"[One: [{action}]]", versions=THREE)).compiled.vocabulary
    (move,) = vocabulary.moves
    assert find_unwanted(vocabulary, move) == forms


def test_a_copy_takes_the_forms_that_its_source_has_now() -> None:
    changes = "{db/t: {breaks: none}, c/k: {breaks: none, from: db/t}}"
    before = walk(stores("[One: [sync c]]", changes), traffic=False).go("One")
    assert before.can == ["the pipeline is over"], "the schema and the cache are both old"
    after = walk(stores("[Zero: [migrate db], One: [sync c]]", changes), traffic=False)
    after = after.go("Zero", "schema", "One", "sync")
    assert after["content c/k"] == "V1 + V2"
    assert after.go("sync")["content c/k"] == "V2"


def test_what_expires_waits_for_the_request_that_carries_it() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
    requests: {ask: [client calls a: x, a reads c: k, a calls b: y using c/k]}
    pipeline: [One: [deploy b, expire c], Two]
    changes: {c/k: {breaks: none}, b/y: {breaks: none}}
    """
    carrying = walk(text, "ask").go(
        "client calls a", "a V1 reads c", "One begins", "spawn", "retire", "next action"
    )
    assert carrying["token c/k"] == "V1"
    gone = carrying.go("c/k: expire")
    assert gone["content c/k"] == "empty"
    assert gone.cannot("Two begins"), "the request still carries it"
    assert "Two begins" in gone.go("a V1 calls b").can


# --- switches ---


def test_a_worker_is_suspended_and_resumed() -> None:
    text = stores("[One: [suspend w], Two: [resume w]]")
    one = walk(text, traffic=False).go("One")
    assert one.can == ["w suspended"]
    assert one.go("w suspended", "Two").can == ["w running"]


def test_a_suspension_is_over_when_the_last_job_is() -> None:
    text = stores("[One: [suspend w], Two]")
    busy = walk(text, "job", traffic=False).go("w V1 reads", "One begins", "w suspended")
    assert busy.cannot("Two begins")
    assert "Two begins" in busy.go("w V1 writes").can


FLAG = """
components: {a: {kind: service}}
requests: {ask: [client calls a: x]}
flags: {f: {guards: [a/x]}}
pipeline: PIPELINE
changes: {a/x: {breaks: none}}
"""


def test_a_flag_is_thrown_at_once() -> None:
    one = walk(FLAG.replace("PIPELINE", "[One: [enable f], Two: [disable f]]")).go("One")
    assert one.can == ["flag f on"]
    assert one.go("flag f on", "Two").can == ["flag f off"]


def test_instances_take_a_flag_up_one_by_one() -> None:
    one = walk(FLAG.replace("PIPELINE", "[One: [enable f per instance]]")).go("One")
    assert one.can == ["flag f partly on"]
    assert one.go("flag f").can == ["flag f on"]


@pytest.mark.parametrize("pipeline", ["[One: [disable f], Two]", "[One: [start disable f], Two]"])
def test_a_switch_that_is_thrown_already_is_over_at_once(pipeline: str) -> None:
    one = walk(FLAG.replace("PIPELINE", pipeline)).go("One")
    assert one.can == ["Two begins"]
    enabled = "rollback: [Back: [enable f]]\n"  # else somebody enables it after the end
    assert places(everything(FLAG.replace("PIPELINE", pipeline) + enabled), "flag f") == {"off"}


def test_a_background_switch_that_is_thrown_back_is_not_thrown_again() -> None:
    pipeline = "[One: [start enable f], Two: [await f, disable f], Three]"
    here = walk(FLAG.replace("PIPELINE", pipeline)).go("One", "Two", "flag f on", "next", "flag f off")
    assert here.can == ["Three begins"]
    assert here.go("Three").can == ["the pipeline is over"]


# --- what is overtaken ---


def test_a_later_deploy_overtakes_an_earlier_one() -> None:
    text = stores("[One: [start deploy a], Two: [rollback a], Three]")
    here = walk(text, traffic=False).go("One", "Two begins")
    assert here.can == ["Three begins"], "it is at V1 still, and nobody goes on to V2"


# --- faults ---


def test_a_fault_of_a_users_machine_can_happen_at_any_time() -> None:
    from skewproof.model import compile_deployment, own_rollout
    from skewproof.model.language import loads
    from skewproof.model.machines.machine import Transition, build

    arrows = [Transition("deploy", "old", "new"), Transition("crash", "old", "down")]
    life = own_rollout(
        build(["old", "new", "down"], "old", arrows),
        {"old": ["V1"], "new": ["V2"], "down": []},
        faults=["crash"],
    )
    deployment = loads(CHAIN.format(drain=""))
    compiled = compile_deployment(deployment, deployment.requests[0], rollouts={"a": life})
    system = compiled.system
    assert {e.text for e in system.enabled(system.initial)} >= {"a: crash (down)"}
    (crash,) = (e for e in system.events if e.text == "a: crash (down)" and e.cut is not None)
    assert not crash.fair
    assert (crash.cut and crash.cut.version) == "V1"
    quiet = compile_deployment(deployment, rollouts={"a": life}, traffic=False).system
    assert not any("crash" in e.text for e in quiet.events)


def test_what_expires_does_not_wait_for_who_carries_the_new_form() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
    requests: {ask: [client calls a: x, a reads c: k, a calls b: y using c/k]}
    pipeline: [One: [deploy b], Two: [sync c], Three: [expire c], Four]
    changes: {c/k: {breaks: none}, b/y: {breaks: none}}
    """
    here = walk(text, "ask").go("One", "spawn", "retire", "Two", "V1 → V1 + V2", "V1 + V2 → V2")
    carrying = here.go("client calls a", "(finds V2)", "Three begins")
    assert carrying["token c/k"] == "V2"
    assert "Four begins" in carrying.can


def test_a_cause_says_of_which_kind_a_store_is_only_where_its_schema_moves() -> None:
    system = walk(stores("[One: [migrate db, sync c, deploy a]]"), traffic=False).compiled.system
    causes = [event.cause for event in system.events if isinstance(event.cause, MoveCause)]
    assert {(cause.instruction, cause.store) for cause in causes} == {
        (Instruction.MIGRATE, Kind.DATABASE),
        (Instruction.SYNC, None),
        (Instruction.DEPLOY, None),
    }
