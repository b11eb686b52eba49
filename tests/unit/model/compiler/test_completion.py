"""When a deployment is complete: moves that are held, and flags that others enable (28, 61, 72 and 77)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml

from skewproof.model.compiler.advances import Advance
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.completion import complete, complete_in_part
from skewproof.model.compiler.pipeline import list_advances
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.language import loads
from skewproof.model.names import instances_of
from skewproof.properties import check
from skewproof.properties.temporal.questions import STALLS
from skewproof.properties.verdict import Answer, Safe
from support.oracle import judge
from support.tiny import walk

PARTS = """
components:
  glue: {kind: service}
  zed: {kind: service}
  db: {kind: database}
  q: {kind: broker}
requests:
  ask: [client calls glue: page, glue writes db: cart]
  add: [client calls zed: cart]
  put: [client calls glue: page, glue publishes q: m]
changes: {db/cart: {breaks: {schema: [V1 -> V2]}}, q/m: {breaks: none}, zed/cart: {}}
"""
BY = pytest.mark.parametrize("by", ["reference", "symbolic", "auto"])


def told(pipeline: str, by: str = "reference", **more: Any) -> Answer:
    return check(loads(text_of(pipeline, **more)), engine=by)


def text_of(pipeline: str, **more: Any) -> str:
    """The parts with a pipeline; `more` takes the place of what stands there."""
    return yaml.safe_dump({**yaml.safe_load(PARTS), "pipeline": yaml.safe_load(pipeline), **more})


def names(answer: Answer) -> list[str]:
    at_hops = [f"{hazard.hop} {hazard.aspect}" for hazard in answer.at_hops]
    return at_hops + [hazard.property for hazard in answer.of_properties]


@BY
def test_what_never_comes_holds_up_no_end(by: str) -> None:
    answer = told("[A: [start migrate db when all zed at V2], B: [deploy glue]]", by)
    assert isinstance(answer.verdict, Safe), "zed stays V1, so the schema does"
    assert answer.avoidable


@BY
def test_what_comes_at_last_is_waited_for(by: str) -> None:
    answer = told("[A: [start deploy glue, start migrate db when all glue at V2]]", by)
    assert isinstance(answer.verdict, Safe)
    formulas = {"new at last": "done leads to all db at V2", "only then": "never done and all db at V1"}
    answer = told("[A: [start deploy glue, start migrate db when all glue at V2]]", by, properties=formulas)
    assert isinstance(answer.verdict, Safe)


@BY
def test_traffic_that_wakes_a_move_ends_no_deployment(by: str) -> None:
    """While no V1 lies there the migration is held; but old glue may publish again, so it is not for good."""
    answer = told("[A: [start migrate db when V1 in q/m], B: [await zed]]", by)
    assert names(answer) == ["2 schema"]
    assert answer.hazards[0].inevitable, "every complete run has migrated, and old glue meets it"


@BY
def test_a_queue_that_nobody_fills_again_wakes_nothing(by: str) -> None:
    """New glue publishes V2; once the last V1 is used up, the migration is held for good."""
    pipeline = "[A: [deploy glue], B: [drain q to V2], C: [start revert db when V1 in q/m, start migrate db]]"
    answer = told(pipeline, by, properties={"done at last": "done leads to not V1 in q/m"})
    assert isinstance(answer.verdict, Safe)


@BY
def test_an_await_waits_for_what_is_held(by: str) -> None:
    answer = told("[A: [start migrate db when all zed at V2], B: [await db]]", by)
    assert names(answer) == [STALLS]
    assert answer.hazards[0].inevitable


OVER_FOR_NOW = "[A: [start drain q to V2], B: [start migrate db when all zed at V2]]"


@BY
def test_a_move_that_is_over_for_now_need_not_stay_so(by: str) -> None:
    """Old glue may publish V1 again: a background `drain` is over now and then, the migration never."""
    answer = told(OVER_FOR_NOW, by)
    judgement = judge({"versions": ["V1", "V2"], **yaml.safe_load(text_of(OVER_FOR_NOW))})
    assert isinstance(answer.verdict, Safe)
    assert judgement.stall is None


def test_what_cannot_be_at_the_end_needs_no_guard() -> None:
    """Many moves that wait for what has come by then are no reason to tell many states apart."""
    steps = [f"start deploy s{n} when all zed at V2" for n in range(12)]
    services = {f"s{n}": {"kind": "service"} for n in range(12)}
    more = {"components": {**yaml.safe_load(PARTS)["components"], **services}}
    deployment = loads(text_of(yaml.safe_dump([{"A": ["deploy zed"]}, {"B": steps}]), **more))
    compiled = compile_deployment(deployment)
    assert len(complete(compiled.vocabulary)) == 1
    held = loads(text_of(yaml.safe_dump([{"A": steps}]), **more))
    (guard,) = complete(compile_deployment(held).vocabulary)
    assert len(guard) == 1, "zed is never deployed: at the end nothing is asked"


DARK = """
components: {app: {kind: client, stays: true}, api: {kind: service}, db: {kind: database}}
requests: {ask: [app calls api: x, api reads db: t]}
pipeline: [A: [deploy api, deploy app]]
flags: {f: {guards: [api/x]}}
changes: {api/x: {breaks: [V1 -> V2]}}
"""


@BY
def test_a_client_that_stays_meets_the_flag_after_the_end(by: str) -> None:
    answer = check(loads(DARK), engine=by)
    (found,) = answer.hazards
    assert (found.window, found.inevitable, found.for_ever) == (("(after)",), False, True)
    assert "flag f on, enabled after the end" in [event.text for event in found.trace]
    assert answer.enabled_after == ("f",)
    assert answer.avoidable, "nobody need enable it"


def test_what_a_rollback_enables_is_enabled_by_nobody_else() -> None:
    text = DARK + "rollback: [R: [enable f]]\n"
    assert loads(text).enabled_after == ()
    assert isinstance(check(loads(text)).verdict, Safe)
    assert isinstance(check(loads(text), engine="auto").verdict, Safe)


@BY
def test_two_flags_are_enabled_in_any_order(by: str) -> None:
    """The pair breaks only with both on; each comes after the end, though a flag is not there before it."""
    text = """
    components: {app: {kind: client, stays: true}, api: {kind: service}}
    requests: {ask: [app calls api: x, app calls api: y using api/x]}
    pipeline: [A: [start deploy api, start deploy app]]
    flags: {f: {guards: [api/x]}, g: {guards: [api/y]}}
    changes: {api/x: {breaks: none}, api/y: {breaks: [V1 -> V2]}}
    """
    assert [hazard.for_ever for hazard in check(loads(text), engine=by).hazards] == [True]


def test_what_the_request_holds_up_makes_no_break_temporary() -> None:
    text = """
    components: {job: {kind: worker}, db: {kind: database}}
    requests: {run: [job reads db: x, job reads db: t]}
    pipeline: [A: [migrate db], B: [start suspend job]]
    changes: {db/t: {breaks: {schema: [V1 -> V2]}}}
    """
    (found,) = check(loads(text)).hazards
    assert found.for_ever


# --- the condition itself ---


def ends(pipeline: str, *keys: str, **more: Any) -> list[dict[str, set[str]]]:
    """The guards of the complete states; with keys, as far as the moves on these variables go."""
    vocabulary = compile_deployment(loads(text_of(pipeline, **more))).vocabulary
    known = {str(key): key for key in vocabulary.lives}
    found = complete_in_part(vocabulary, [known[key] for key in keys]) if keys else complete(vocabulary)
    return [
        {str(key): {str(getattr(v, "state", v)) for v in values} for key, values in guard.items()}
        for guard in found
    ]


def test_a_part_asks_of_the_moves_on_its_variables_alone() -> None:
    pipeline = "[A: [start deploy glue, start deploy zed, deploy zed]]"
    over = {"pipeline": {"4 (after)"}}
    assert ends(pipeline) == [{**over, "up glue": {"1×V2"}, "up zed": {"1×V2"}}]
    assert ends(pipeline, "up glue") == [{**over, "up glue": {"1×V2"}}]
    assert ends(pipeline, "schema db/cart") == [over]


def test_a_foreground_move_is_over_at_the_end_and_not_asked() -> None:
    assert ends("[A: [deploy glue]]") == [{"pipeline": {"2 (after)"}}]


def test_a_held_move_is_over_or_its_condition_false() -> None:
    """The queue may fill and empty as long as old glue is there; here it publishes for ever."""
    pipeline = "[A: [start migrate db when q/m is empty]]"
    (only,) = ends(pipeline)
    assert only == {"pipeline": {"2 (after)"}, "schema db/cart": {"V2"}}


def test_what_waits_for_a_place_that_lies_behind_is_held_for_good() -> None:
    assert ends("[A: [start migrate db when in B], B]") == [{"pipeline": {"3 (after)"}}]
    (migrated,) = ends("[A: [start migrate db when after B], B]")
    assert migrated == {"pipeline": {"3 (after)"}, "schema db/cart": {"V2"}}


def test_a_move_that_is_over_whenever_its_condition_holds_never_wakes() -> None:
    """Once the queue is empty there is nothing left to drain, though it may be filled again."""
    assert ends("[A: [start drain q to V2 when q/m is empty]]") == [{"pipeline": {"2 (after)"}}]


FLAG = {"flags": {"f": {"guards": ["zed/cart"]}}}


def test_after_somebody_has_enabled_a_flag_all_stays_complete() -> None:
    """The flag wakes the migration; but the end was reached before."""
    enabled = {"pipeline": {"2 (after)"}, "flag f": {"on"}}
    assert enabled in ends("[A: [start migrate db when f.on]]", **FLAG)
    here = walk(text_of("[A: [start migrate db when f.on]]", **FLAG)).go("A begins", "the pipeline is over")
    assert here.is_complete
    awake = here.go("flag f on, enabled after the end")
    assert awake.is_complete
    assert awake.go("schema V1 → V2").is_complete


def test_a_part_with_the_flag_knows_that_it_may_be_enabled_and_one_without_does_not() -> None:
    pipeline = "[A: [start migrate db when f.on, start deploy glue]]"
    enabled = {"pipeline": {"3 (after)"}, "flag f": {"on"}}
    assert enabled in ends(pipeline, "schema db/cart", "flag f", **FLAG)
    assert enabled not in ends(pipeline, "up glue", **FLAG)
    assert enabled not in ends("[A: [start deploy glue], B]", "up zed", "flag f", **FLAG), "nothing is asked"


def test_the_end_of_a_rollback_asks_only_of_what_had_begun_when_it_failed() -> None:
    """If the first action fails the second has never begun: nothing is asked there but the place."""
    text = text_of("[A: [deploy zed], B: [start deploy glue]]", rollback=[{"R": []}], **FLAG)
    vocabulary = compile_deployment(replace(loads(text), failures=True)).vocabulary
    guards = [{str(key): values for key, values in guard.items()} for guard in complete(vocabulary)]
    assert sorted(sorted(guard) for guard in guards) == [
        ["flag f", "pipeline"],
        ["pipeline"],
        ["pipeline", "up glue"],
    ]
    assert [len(guard["pipeline"]) for guard in guards if "flag f" in guard] == [2], "at either end"


def test_nobody_enables_what_is_not_off_or_before_the_end() -> None:
    here = walk(text_of("[A, B]", **FLAG))
    assert here.cannot("enabled after the end")
    over = here.go("A begins", "B begins", "the pipeline is over")
    assert "flag f on, enabled after the end" in over.can
    assert over.go("flag f on").cannot("enabled after the end")


def test_what_can_happen_is_found_once_for_all_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not depend on the part; a part for each of many flags would cost the square."""
    counted: list[Vocabulary] = []

    def count(vocabulary: Vocabulary, walker: None) -> Iterator[Advance]:
        counted.append(vocabulary)
        return list_advances(vocabulary, walker)

    monkeypatch.setattr("skewproof.model.compiler.completion.list_advances", count)
    pipeline = "[Roll: [start deploy glue when zed.up(V2), start deploy zed when not glue.up(V1)]]"
    vocabulary = compile_deployment(loads(text_of(pipeline))).vocabulary
    for key in (instances_of("glue"), instances_of("zed")):
        complete_in_part(vocabulary, [key])
    complete(vocabulary)
    assert counted == [vocabulary]
