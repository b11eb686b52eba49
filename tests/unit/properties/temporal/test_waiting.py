"""What a stalled pipeline waits for: in words, and how it goes on to there."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.causes import PipelineCause
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.engines.protocol import EngineRefusesError
from skewproof.properties.engines.registry import ENGINES
from skewproof.properties.temporal import waiting
from skewproof.properties.verdict import PropertyHazard

HEAD = """
components:
  web: {kind: service, replicas: 2%s}
  api: {kind: service}
  w: {kind: worker}
  u: {kind: worker}
  db: {kind: database}
  q: {kind: broker}
requests:
  get: [client calls web: get, web reads db: a, web publishes q: m]
  look: [client calls api: look]
  job: [w consumes q: m]
changes: {db/a: {breaks: none}, q/m: {breaks: none}}
flags: {f: {guards: [db/a]}}
"""


def stall(pipeline: str, more: str = "", engine: str = "auto") -> PropertyHazard:
    text = f"{HEAD % more}\npipeline: {pipeline}\n"
    [hazard] = (h for h in check(loads(text), engine=engine).of_properties if h.kind == "stall")
    return hazard


WHY = [
    (
        "[A: [deploy web], B: [migrate db]]",
        ", readiness: {V2: api.up >= 1 and db.version == V2}",
        "gets no further than A: it waits for `deploy web`; an instance of web at V2 is ready only while "
        "`api.up and db.version == V2`, and `db.version == V2` stays false",
    ),
    (
        "[A: [deploy web]]",
        ", readiness: {V2: w.suspended}",
        "an instance of web at V2 is ready only while `w.suspended`, and that stays false",
    ),
    (
        "[A: [deploy web, scale web to 3]]",
        ", readiness: {V2: w.suspended}",
        "waits for `deploy web`; an instance of web at V2 is ready only while `w.suspended`, "
        "and that stays false",
    ),
    (
        "[A: [scale web to 3]]",
        ", readiness: {V1: w.suspended}",
        "waits for `scale web to 3`; an instance of web at V1 is ready only while `w.suspended`, "
        "and that stays false",
    ),
    (
        "[A: [deploy web], B: [enable f when w.suspended and (api.up and f.on)]]",
        "",
        "no further than B: it waits for `enable f when w.suspended and (api.up and f.on)`; "
        "`w.suspended` and `f.on` stay false",
    ),
    (
        "[A: [enable f when web.up(V2) == 1 and web.up(V1) == 0]]",
        "",
        "`web.up(V2) == 1` and `web.up(V1) == 0` stay false",
    ),
    (
        "[A: [migrate db when V1 in q/m and not V1 in q/m]]",
        "",
        "the parts of `V1 in q/m and not V1 in q/m` never hold together",
    ),
    (
        "[A: [suspend w], B: [deploy web], C: [drain q], D: [resume w]]",
        "",
        "no further than C: it waits for `drain q`; messages of V1 stay in q/m: w, who would take them, is "
        "suspended",
    ),
    (
        "[A: [start migrate db when f.on], B: [await db]]",
        "",
        "no further than B: it waits for `await db`; "
        "`start migrate db when f.on` is held, and that stays false",
    ),
    (
        "[A: [await db when f.on]]",
        "",
        "it waits for `await db when f.on`; `f.on` stays false",
    ),
]


@pytest.mark.parametrize(("pipeline", "more", "why"), WHY)
def test_what_is_waited_for_is_named(pipeline: str, more: str, why: str) -> None:
    assert stall(pipeline, more).explanation.endswith(why)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("pipeline", "more", "why"), WHY)
def test_each_engine_tells_the_same(pipeline: str, more: str, why: str, engine: str) -> None:
    try:
        assert stall(pipeline, more, engine).explanation.endswith(why)
    except EngineRefusesError:
        assert engine == "slice"


def test_it_goes_on_to_where_it_waits() -> None:
    """No event makes it worse than it was at the start, and still there is something to see."""
    hazard = stall("[A: [deploy web], B: [migrate db]]", ", readiness: {V2: db.version == V2}")
    assert hazard.trace == ()
    assert [event.text for event in hazard.onward] == [
        "A begins: deploy web",
        "web: spawn V2 (2×V1 1×V2 starting)",
    ]
    assert (hazard.turn, hazard.ends) == (0, False)


def test_a_story_goes_on_after_its_end() -> None:
    hazard = stall("[A: [suspend w], B: [deploy web], C: [drain q], D: [resume w]]")
    assert hazard.trace[-1].text == "w suspended"
    causes = [event.cause for event in hazard.onward if isinstance(event.cause, PipelineCause)]
    assert causes[-1].there.step == "C"


def test_what_could_come_is_not_told_as_false() -> None:
    """Somebody else's move makes it true at some time: it is no reason."""
    hazard = stall("[A: [start deploy api, migrate db when api.up(V2) == 1, await u when f.on]]")
    assert "api.up" not in hazard.explanation
    assert hazard.explanation.endswith("`f.on` stays false")


def test_what_is_too_large_to_show_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_STATES", 0)
    hazard = stall("[A: [enable f when w.suspended]]")
    assert hazard.explanation.endswith("no further than A: it waits for `enable f when w.suspended`")


def test_a_loop_of_moves_is_not_gone_round_for_ever() -> None:
    """A rollback in the background that a later deploy overtakes; the way on ends."""
    hazard = stall("[A: [start deploy web], B: [start rollback web], C: [await web when w.suspended]]")
    assert len(hazard.onward) <= waiting.MOST_EVENTS
    assert "`w.suspended` stays false" in hazard.explanation


def test_the_end_that_never_comes_names_the_moves() -> None:
    hazard = stall("[A: [start deploy web]]", ", readiness: {V2: w.suspended}")
    assert hazard.explanation == (
        "from here on `start deploy web` is never over; an instance of web at V2 is ready only while "
        "`w.suspended`, and that stays false"
    )


def test_what_instances_of_other_versions_wait_for_is_no_reason() -> None:
    told = stall("[A: [deploy web]]", ", readiness: {V1: f.on, V2: w.suspended}").explanation
    assert told.endswith("an instance of web at V2 is ready only while `w.suspended`, and that stays false")
    assert "at V1" not in told


def test_of_several_pipelines_those_that_are_over_are_not_told() -> None:
    pipelines = "{front: [A: [await w when f.on and api.up(V2)]], back: [B: [deploy api]]}"
    text = f"{HEAD % ''}\npipelines: {pipelines}\n"
    [hazard] = (found for found in check(loads(text)).of_properties if found.kind == "stall")
    assert hazard.explanation == (
        "from here on front gets no further than front: A: it waits for `await w when f.on and api.up(V2)`; "
        "`f.on` stays false"
    )
