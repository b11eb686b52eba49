"""Properties of a deployment's own: what violates them, by which run, where, and what cannot."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.system import System, search
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, Unknown, check
from skewproof.properties.telling import tell_formula
from skewproof.properties.temporal.judge import TemporalJudge
from skewproof.properties.temporal.stall import cannot_stall
from skewproof.properties.verdict import Answer, PropertyHazard, PropertyKind

BASE = """
components:
  glue: {kind: service, replicas: 2}
  cron: {kind: worker}
  db: {kind: database}
  redis: {kind: cache}
  mq: {kind: broker}
requests:
  buy: [client calls glue: cart, glue reads db: item, glue publishes mq: m, glue writes redis: r]
  job: [cron consumes mq: m]
changes: {db/item: {breaks: none}, mq/m: {breaks: none}, redis/r: {breaks: none}}
"""
PIPELINE = (
    "pipeline: [Stop: [suspend cron], Install: [start migrate db], Roll: [deploy glue, resume cron], End]\n"
)


def judged(formula: str, pipeline: str = PIPELINE, base: str = BASE) -> Answer:
    return check(loads(f"{base}{pipeline}properties:\n  p: {formula}\n"))


def violation(formula: str, pipeline: str = PIPELINE, base: str = BASE) -> PropertyHazard:
    (hazard,) = judged(formula, pipeline, base).hazards
    assert isinstance(hazard, PropertyHazard)
    assert (hazard.property, hazard.kind) == ("p", PropertyKind.PROPERTY)
    return hazard


def story(hazard: PropertyHazard) -> list[str]:
    return [event.text for event in hazard.trace]


HOLD = [
    "always glue.up >= 2",
    "always glue.up(V1) or glue.up(V2)",
    "never glue.up >= 4",
    "never V1 in redis and redis is empty",
    "eventually done",
    "eventually db.version == V2",
    "eventually glue.version == V2 and not cron.suspended",
    "cron.suspended leads to not cron.suspended",
    "glue.up(V2) leads to all glue at V2",
    "false leads to false",
    "after Install leads to db.version == V2",
    "cron.suspended before db.version == V2",
    "cron.suspended before glue.up(V2)",
    "not cron.suspended until in Stop",
    "true until done",
    "true before false",
    "false before false",
    "done before glue.up >= 4",
    "before Roll until in Roll",
]


@pytest.mark.parametrize("formula", HOLD)
def test_property_holds_for_every_timing(formula: str) -> None:
    answer = judged(formula)
    assert answer.verdict == Safe()
    assert answer.statistics is not None
    assert answer.statistics.properties == 1


def test_always_is_violated_by_a_shortest_run() -> None:
    hazard = violation("always glue.up <= 2")
    assert hazard.explanation == "`glue.up <= 2` does not hold"
    assert story(hazard)[-2:] == ["Roll begins: deploy glue", "glue: spawn V2 (2×V1 1×V2)"]
    assert len(hazard.trace) == 5
    assert (hazard.window, hazard.inevitable, hazard.loop) == (("Roll",), True, None)
    assert not hazard.for_ever


def test_never_can_be_avoided_by_some_timing() -> None:
    hazard = violation("never in End and db.version == V1")
    assert hazard.explanation == "`in End and db.version == V1` holds"
    assert (hazard.window, hazard.inevitable) == (("End",), False)


def test_what_holds_at_the_start_alone_is_told_without_an_event() -> None:
    hazard = violation("never glue.version == V1")
    assert (hazard.trace, hazard.window[0]) == ((), "(before)")
    assert hazard.inevitable


def test_eventually_needs_the_fair_end_of_moves() -> None:
    """Nothing brings V2 to cron: the run stands still at its end."""
    hazard = violation("eventually cron.version == V2")
    assert hazard.explanation == "`cron.version == V2` never comes"
    assert hazard.loop == len(hazard.trace)
    assert hazard.window == ("(after)",)
    assert hazard.for_ever
    assert hazard.inevitable


def test_traffic_is_not_fair() -> None:
    """Nobody needs to write or to use messages up, and whoever does may do so for ever."""
    hazard = violation("eventually mq is empty")
    assert hazard.loop == len(hazard.trace)
    assert not hazard.inevitable
    assert violation("eventually V2 in redis").loop is not None


def test_leads_to_is_violated_only_if_the_second_never_comes_after() -> None:
    hazard = violation("after Stop leads to cron.suspended and before Roll")
    assert hazard.explanation == "`after Stop` has held, and `cron.suspended and before Roll` never comes"
    assert "End" not in hazard.window
    pipeline = "pipeline: [Stop: [suspend cron], End]\n"
    assert violation("cron.suspended leads to not cron.suspended", pipeline).window == ("(after)",)


def test_a_loop_of_traffic_does_not_excuse_a_move() -> None:
    """While messages come and go the background migration is enabled all the time: it happens."""
    assert judged("after Install leads to db.version == V2").verdict == Safe()
    pipeline = "pipeline: [Wait: [drain mq], Go: [start migrate db]]\n"
    hazard = violation("eventually db.version == V2", pipeline)
    assert hazard.window == ("Wait",)
    assert story(hazard) == ["Wait begins: drain mq"]
    assert hazard.loop == 1, "the drain waits for traffic, which may never come"


def test_before_is_about_who_comes_first() -> None:
    hazard = violation("db.version == V2 before glue.up(V2)")
    assert hazard.explanation == "`glue.up(V2)` holds, and `db.version == V2` has never held"
    assert story(hazard)[-1] == "glue: spawn V2 (2×V1 1×V2)"
    assert (hazard.window, hazard.inevitable) == (("Roll", "End", "(after)"), False)


def test_until_fails_by_losing_the_first_or_by_waiting_for_the_second() -> None:
    lost = violation("not cron.suspended until glue.up(V2)")
    assert lost.explanation == "`not cron.suspended` does not hold, and `glue.up(V2)` has not come"
    assert (lost.loop, lost.inevitable) == (None, True)
    waits = violation("true until cron.version == V2")
    assert waits.explanation == "`cron.version == V2` never comes"
    assert waits.loop == len(waits.trace)


LOOPING = """
components:
  s: {kind: service}
  q: {kind: broker}
requests: {put: [client calls s: x, s publishes q: m]}
changes: {q/m: {breaks: none}}
"""


def test_a_loop_that_must_leave_a_state_is_told_event_by_event() -> None:
    """In the drain the pipeline can go on whenever the queue is empty, so it cannot stand still there: the
    messages must come back each time."""
    pipeline = "pipeline: [Wait: [drain q], End]\n"
    hazard = violation("eventually done", pipeline, LOOPING)
    assert story(hazard) == ["Wait begins: drain q"]
    assert hazard.loop == 1
    hazard = violation("q is empty leads to done", pipeline, LOOPING)
    assert hazard.loop is not None
    texts = story(hazard)[hazard.loop :]
    assert texts == [
        "other traffic: s V1 writes q/m (V1)",
        "other traffic: no V1 message is left in q/m (empty)",
    ]


def test_several_formulas_of_one_name_are_judged_each() -> None:
    answer = judged("[always glue.up >= 2, never done, eventually cron.version == V2]")
    assert [h.explanation for h in answer.of_properties] == [
        "`done` holds",
        "`cron.version == V2` never comes",
    ]
    assert len({h.id for h in answer.hazards}) == 2
    assert answer.statistics is not None
    assert (answer.statistics.properties, answer.statistics.hops_proven) == (3, 5)


def test_an_id_says_what_is_violated_not_where_it_stands() -> None:
    one = violation("never  done")
    assert violation("[never (done)]").id == one.id
    assert violation("always not done").id != one.id


@pytest.mark.parametrize(
    ("keys", "fewest"),
    [
        ("replicas: 4, min_available: 4", None),
        ("replicas: 4, min_available: 4, max_unavailable: 1", "3×V1"),
        ("replicas: 4, min_available: 75%, max_unavailable: 1", None),
        ("replicas: 4, min_available: 3, max_unavailable: 2, max_surge: 0", "2×V1"),
        ("replicas: 4, min_available: 51%, max_unavailable: 2", "2×V1"),  # 2.04 is rounded up to 3
        ("replicas: 4, min_available: 50%, max_unavailable: 2", None),
        ("replicas: 4, min_available: 0, max_surge: 0, max_unavailable: 4", None),
    ],
)
def test_min_available_counts_what_serves(keys: str, fewest: str | None) -> None:
    base = BASE.replace("kind: service, replicas: 2", f"kind: service, {keys}")
    hazards = check(loads(base + PIPELINE)).of_properties
    told = [(h.property, h.trace[-1].text.split("(")[1].rstrip(")")) for h in hazards]
    assert told == ([("min_available of glue", fewest)] if fewest else [])


def test_a_limit_is_no_proof() -> None:
    deployment = loads(f"{BASE}{PIPELINE}properties: {{p: always true}}\n")
    assert isinstance(check(deployment, limits=Limits(max_states=20)).verdict, Unknown)


# --- the pipeline can stall ---------------------------------------------------------------------


def compiled(pipeline: str, without: str = "nothing", base: str = BASE) -> Compiled:
    """The deployment, in which no event whose text contains `without` can happen."""
    whole = compile_deployment(loads(base + pipeline))
    events = tuple(event for event in whole.system.events if without not in event.text)
    return replace(whole, system=System(whole.system.variables, events))


ROLL = "pipeline: [A: [start migrate db, start sync redis], B: [drain mq, deploy glue cron, await db], End]\n"


def test_most_pipelines_cannot_stall_for_a_reason_seen_in_parts() -> None:
    """Moves, waiting for background moves, and drains, which traffic can always end."""
    assert cannot_stall(compiled(ROLL), Limits(100))
    assert TemporalJudge(compiled(ROLL), Limits()).stall() is None
    assert len(search(compiled(ROLL).system).states) > 100, "the whole has more states than were looked at"


def told_stall(whole: Compiled) -> PropertyHazard:
    found = TemporalJudge(whole, Limits()).stall()
    assert found is not None
    return tell_formula(whole, found)


@pytest.mark.parametrize(
    ("without", "action"),
    [
        ("db/item: schema", "`await db`"),
        ("glue: retire", "`deploy glue cron`"),
        ("no V1 message", "`drain mq`"),
    ],
)
def test_a_pipeline_that_can_never_go_on_stalls_from_the_start(without: str, action: str) -> None:
    stuck = compiled(ROLL, without)
    assert not cannot_stall(stuck, Limits(10_000))
    hazard = told_stall(stuck)
    assert hazard.property == "the pipeline can stall"
    waits = f"from here on the pipeline gets no further than B: it waits for {action}"
    assert hazard.explanation.split("; ")[0] == waits
    assert (hazard.trace, hazard.inevitable, hazard.window) == ((), True, ("(before)", "A", "B"))


def test_background_moves_that_are_never_over_are_a_stall_at_the_end() -> None:
    stuck = compiled(ROLL, "redis/r: sync")
    hazard = told_stall(stuck)
    assert hazard.explanation == "from here on `start sync redis` is never over"
    assert "(after)" in hazard.window


def test_the_story_of_a_stall_ends_where_there_is_no_way_out() -> None:
    """Without the second half of the sync: a writer that was too quick spoils it for good."""
    pipeline = "pipeline: [Roll: [deploy glue], Sync: [sync redis], End]\n"
    stuck = compiled(pipeline, "sync, content V1 + V2")
    assert not cannot_stall(stuck, Limits(10_000))
    hazard = told_stall(stuck)
    assert hazard.inevitable


def test_a_move_that_must_come_first_stalls_where_the_other_was_quicker() -> None:
    """The old worker can be stopped only while old instances of glue are there to take over."""
    whole = compile_deployment(loads(BASE + "pipeline: [Roll: [deploy glue cron], End]\n"))
    old = whole.vocabulary.up("glue", "V1")
    events = tuple(
        replace(event, guard={**event.guard, **old}) if event.text.startswith("cron: retire") else event
        for event in whole.system.events
    )
    tied = replace(whole, system=System(whole.system.variables, events))
    assert not cannot_stall(tied, Limits(10_000))
    hazard = told_stall(tied)
    assert [event.text for event in hazard.trace][-1] == "glue: retire V1 (2×V2)"
    assert len(hazard.trace) == 5
    assert (hazard.inevitable, hazard.window) == (False, ("Roll",))


WAITING = """
components: {s: {kind: service, replicas: 2}, w: {kind: worker}, db: {kind: database}}
requests: {r: [client calls s: x, s reads db: y], job: [w reads db: y]}
changes: {db/y: {breaks: none}}
"""


def test_an_action_that_waits_for_a_later_one_stalls() -> None:
    hazard = stall_of("pipeline: [Roll: [deploy s when w.suspended], Stop: [suspend w]]\n")
    assert hazard is not None
    waits = "from here on the pipeline gets no further than Roll: it waits for `deploy s when w.suspended`"
    waits += "; `w.suspended` stays false"
    assert (hazard.explanation, hazard.inevitable) == (waits, True)
    assert stall_of("pipeline: [Stop: [suspend w], Roll: [deploy s when w.suspended]]\n") is None


def test_a_race_with_a_background_action_can_stall() -> None:
    """The roll-out waits for running jobs, which the background action may have stopped before."""
    hazard = stall_of("pipeline: [Stop: [start suspend w], Roll: [deploy s when not w.suspended], End]\n")
    assert hazard is not None
    assert (hazard.trace[-1].text, hazard.inevitable, hazard.window) == ("w suspended", False, ("Roll",))


def test_a_readiness_that_never_comes_stalls() -> None:
    base = WAITING.replace("replicas: 2", "replicas: 2, readiness: db.version == V2")
    assert stall_of("pipeline: [Roll: [deploy s], Install: [migrate db]]\n", base) is not None
    assert stall_of("pipeline: [Install: [migrate db], Roll: [deploy s]]\n", base) is None


def test_what_is_starting_is_not_available() -> None:
    base = WAITING.replace(
        "replicas: 2", "replicas: 2, readiness: event, min_available: 2, strategy: recreate"
    )
    hazards = check(loads(base + "pipeline: [Roll: [deploy s]]\n")).of_properties
    assert [hazard.property for hazard in hazards] == ["min_available of s"]


ROLLBACK = (
    "pipeline: [A: [migrate db], B: [deploy s], C: [deploy w]]\nrollback: [R: [rollback s, revert db]]\n"
)


def failing(formula: str, pipeline: str = ROLLBACK) -> list[PropertyHazard]:
    deployment = loads(f"{WAITING}{pipeline}properties: {{p: {formula}}}\n")
    return list(check(deployment, failures=True).of_properties)


def test_a_stop_after_a_failure_is_no_stall_and_no_end() -> None:
    (hazard,) = failing("eventually done")
    assert hazard.property == "p"
    assert story(hazard)[-1] == "A fails: migrate db"
    assert hazard.loop == len(hazard.trace), "it can be for good"
    assert failing("always before R or in R or done") == []


def test_a_rollback_that_waits_for_ever_is_a_stall() -> None:
    (hazard,) = failing("always true", ROLLBACK.replace("revert db", "revert db when w.suspended"))
    assert hazard.property == "the pipeline can stall"
    waits = "no further than R: it waits for `revert db when w.suspended`; `w.suspended` stays false"
    assert hazard.explanation.endswith(waits)
    assert hazard.window[-1] == "R"
    assert not hazard.inevitable


def test_a_step_of_the_rollback_is_never_entered_without_failures() -> None:
    deployment = loads(
        f"{WAITING}{ROLLBACK}properties: {{p: [never in R, always before R, never after R]}}\n"
    )
    assert check(deployment).verdict == Safe()
    assert failing("never in R")


def test_before_and_after_a_step_follow_the_way_that_was_taken() -> None:
    """With failures too: after A is where the pipeline has left A, before it where it has not been."""
    assert failing("after A before s.up(V2)") == []
    assert failing("before A until in A") == []
    assert failing("never before B and s.up(V2)") == []


def test_a_flag_that_is_partly_on_is_neither_on_nor_off() -> None:
    base = WAITING + "flags: {f: {guards: [db/y]}}\n"
    answer = judged(
        "[always f.on or f.off, never f.on and f.off]", "pipeline: [On: [enable f per instance]]\n", base
    )
    assert [hazard.explanation for hazard in answer.of_properties] == ["`f.on or f.off` does not hold"]


def stall_of(pipeline: str, base: str = WAITING) -> PropertyHazard | None:
    """The stall that is told; without one, the quick proof alone is enough."""
    deployment = loads(base + pipeline)
    found = [
        hazard for hazard in check(deployment).of_properties if hazard.property == "the pipeline can stall"
    ]
    assert cannot_stall(compile_deployment(deployment), Limits()) is not bool(found)
    return found[0] if found else None
