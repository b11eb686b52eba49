"""The real thing follows the model: hops, content, flags, schemas, web applications."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from skewproof.properties.harness import (
    Asgi,
    Comparison,
    HarnessError,
    Part,
    Sqlite,
    Trial,
    Wires,
    Wsgi,
    learn,
)
from skewproof.properties.harness.runs import RolloutDirector, drive
from skewproof.properties.harness.tour import find_tour
from support.harness_samples import (
    BOTH,
    DEPLOYMENT,
    RENAME,
    Made,
    Sample,
    ask_back,
    compared,
    listen,
    old_column,
    read_row,
    said,
)


@pytest.fixture
def sample(tmp_path: Path) -> Made:
    return lambda **parts: Sample(tmp_path, **parts)


# --- the real code against the declared hops ----------------------------------------------------


def test_a_hop_that_is_not_declared_is_told(sample: Made) -> None:
    def peeks(version: str, wires: Wires) -> Any:
        wires.cache("cache").get("note")
        return ask_back(version, wires)

    with Trial(sample(front=peeks)) as trial:
        texts = [str(failure) for failure in trial.alone]
    assert texts[0].startswith(
        "V1 alone does not serve `ask`: the code takes the hop `front reads cache: note`"
    )
    assert "declares `front calls back: value`" in texts[0]


def test_no_handler_can_keep_an_undeclared_hop_to_itself(sample: Made) -> None:
    def hides(version: str, wires: Wires) -> Any:
        try:
            wires.cache("cache").get("note")
        except Exception:
            return 7
        return ask_back(version, wires)

    with Trial(sample(front=hides)) as trial:
        assert {failure.request for failure in trial.alone} == {"ask"}


def test_only_in_a_mix_an_undeclared_hop_fails_the_comparison(sample: Made) -> None:
    def peeks(version: str, wires: Wires) -> Any:
        note = wires.call("back", "value", {})
        if wires.version == "V1" and note != 7:
            wires.cache("cache").get("note")
        return 7

    comparison = compared(sample(front=peeks, back=lambda v, w: read_row(v, w) + (v == "V2")))
    assert comparison.unpredicted
    assert all(wrong.result.undeclared for wrong in comparison.unpredicted)


def test_a_handler_may_end_early_and_repeat_a_hop(sample: Made) -> None:
    def twice(version: str, wires: Wires) -> Any:
        wires.call("back", "value", 1)
        return wires.call("back", "value", 2)

    assert compared(sample(front=twice, back=lambda *_: 7)).unpredicted == []


# --- the rollout on the real thing --------------------------------------------------------------


def test_content_is_real_bytes_of_the_version_that_wrote_it(sample: Made) -> None:
    found: set[tuple[str, bytes]] = set()

    def listens(version: str, wires: Wires) -> Any:
        found.add((version, listen(version, wires)))

    compared(sample(jobs=listens))
    for reader in ("V1", "V2"):
        assert {body for version, body in found if version == reader} >= {b"V1V1", b"V1V2", b"V2V1"}


def test_a_queue_that_a_configuration_does_not_have_fails_there(sample: Made) -> None:
    text = DEPLOYMENT.replace("[migrate db]", "[migrate db, reconfigure queue]")
    with Trial(sample(text=text, topics={"news": ("V1",)})) as trial:
        assert "no topic `news` in the configuration V2" in str(trial.alone)


def test_new_code_writes_the_old_form_while_its_flag_is_off(sample: Made) -> None:
    text = DEPLOYMENT + "  - Switch: [enable new]\nflags: {new: {guards: [cache/note]}}\n"
    with Trial(sample(text=text)) as trial:
        course = Comparison(trial).courses["tell"]
        for stop in find_tour(course).stops:
            if stop.encounter.hop != 2:
                continue
            with trial.world() as world:
                director = RolloutDirector(course, trial, world, stop.run.choices)
                trial.run(world, course.request, director)
                is_on = world.switches.flags["new"]
                bodies = {
                    form: [e.body for e in world.store.entries(course.request.hops[1].contract, form)]
                    for form in ("V1", "V2")
                }
            if stop.encounter.caller == "V2":
                assert bodies["V2" if is_on else "V1"] == [b"V2"]


def test_a_migration_that_a_transaction_holds_up_is_no_failure(sample: Made) -> None:
    text = DEPLOYMENT.replace("back reads db: row", "back writes db: row\n    - back reads db: row")

    def holds(_: str, wires: Wires) -> Any:
        connection = wires.connect("db")
        connection.execute("UPDATE rows SET id = 7")
        value = connection.execute("SELECT id FROM rows").fetchone()[0]
        connection.commit()
        return value

    with Trial(sample(text=text, back=holds)) as trial:
        comparison = Comparison(trial)
        course = comparison.courses["ask"]
        results = [drive(trial, course, stop.run) for stop in find_tour(course).stops]
    assert any(result.impossible for result in results)
    assert not any(result.is_bad for result in results)


def test_a_migration_that_fails_is_told(sample: Made) -> None:
    with pytest.raises(HarnessError, match="the migration of `db/row` to V2: OperationalError: near"):
        Trial(sample(migration="ALTER TABEL rows"))


def test_an_instance_that_does_not_start_is_a_failure_of_the_call(sample: Made) -> None:
    class Picky(Sample):
        def start_back(self, version: str, wires: Wires) -> Any:
            wires.connect("db").execute("SELECT id FROM rows" if version == "V1" else "SELECT more FROM rows")
            return super().start_back(version, wires)

    harness = sample()
    text = DEPLOYMENT.replace("[migrate db]", "[deploy back]").replace("[deploy back front]", "[migrate db]")
    comparison = compared(Picky(harness.folder, text=text))
    assert "back V2 does not start: OperationalError: no such column: more" in said(comparison)[0]


# --- web applications ---------------------------------------------------------------------------


class Web(Sample):
    """The front is Starlette, the back Flask; the back answers 503 to a caller of another version."""

    def parts(self) -> Mapping[str, Part]:
        front = Asgi(self.start_front, {"GET /page": "page"})
        return {**super().parts(), "front": front, "back": Wsgi(self.start_flask, {"POST /*": "value"})}

    def start_front(self, version: str, wires: Wires) -> Any:
        async def page(_: Request) -> JSONResponse:
            answer = wires.http("back").request("POST", "/value", json={"version": version})
            return JSONResponse({"status": answer.status})

        return Starlette(routes=[Route("/page", page)])

    def start_flask(self, version: str, wires: Wires) -> Any:
        app = Flask("back")

        @app.post("/value")
        def value() -> Any:
            if request.get_json() != {"version": version}:
                return "not my version\n", 503
            return {"value": read_row(version, wires)}

        return app

    def perform(self, request: str, root: Any) -> Any:
        return root.http("front").request("GET", "/page")


WEB = DEPLOYMENT.partition("  tell:")[0] + "pipeline:\n  - Deploy: [deploy back front]\n"


def test_a_status_of_a_server_error_is_a_failure_even_if_the_caller_copes(tmp_path: Path) -> None:
    comparison = compared(Web(tmp_path, text=WEB))
    failures = {wrong.result.failure for wrong in comparison.unpredicted}
    assert {(f.hop, f.evidence, f.is_corruption) for f in failures if f} == {
        (2, "HTTP 503: not my version", False)
    }


# --- hops of some versions only, the way back ---------------------------------------------------

SINCE = DEPLOYMENT.replace(
    "    - back reads db: row\n", "    - back reads db: row\n    - front reads cache: note since V2\n"
)


def since_v2(version: str, wires: Wires) -> Any:
    value = ask_back(version, wires)
    if version == "V2":
        wires.cache("cache").get("note")
    return value


def test_only_the_versions_that_take_a_hop_take_it(sample: Made) -> None:
    comparison = compared(sample(text=SINCE, front=since_v2))
    assert (comparison.seen, comparison.unpredicted) == ({}, [])
    course = comparison.courses["ask"]
    met = {(s.encounter.caller, s.encounter.found) for s in find_tour(course).stops if s.encounter.hop == 4}
    assert met == {("V2", "V1"), ("V2", "V2")}


def test_a_version_that_takes_a_hop_that_it_should_pass_over_is_told(sample: Made) -> None:
    def always(version: str, wires: Wires) -> Any:
        value = ask_back(version, wires)
        wires.cache("cache").get("note")
        return value

    with Trial(sample(text=SINCE, front=always)) as trial:
        assert {failure.version for failure in trial.alone if failure.request == "ask"} == {"V1"}


def test_a_component_that_only_new_code_calls_is_passed_over_with_its_hops(sample: Made) -> None:
    text = DEPLOYMENT.replace(
        "    - front calls back: value\n", "    - front calls back: value since V2\n"
    ).replace("    - back reads db: row\n", "    - back reads db: row\n    - front reads cache: note\n")

    def front(version: str, wires: Wires) -> Any:
        if version == "V2":
            ask_back(version, wires)
        return wires.cache("cache").get("note") is not None

    comparison = compared(sample(text=text, front=front))
    assert (comparison.seen, comparison.unpredicted) == ({}, [])
    with Trial(sample(text=text, front=front)) as trial:
        assert {
            (lesson.trait.hop, lesson.finding) for lesson in learn(trial) if lesson.trait.request == "ask"
        } == {
            (2, "works"),
            (3, "works"),
            (4, "works"),
        }


def test_a_schema_goes_back_as_the_harness_says(sample: Made) -> None:
    text = DEPLOYMENT.replace("pipeline:", "pipeline:\n  - Try: [migrate db, revert db]")
    harness = sample(text=text, back=old_column, migration=RENAME, changes_text=BOTH)
    with (
        Trial(harness) as trial,
        pytest.raises(HarnessError, match="goes back to V1, and `reverts` does not"),
    ):
        Comparison(trial).tour()
    part = harness.parts()["db"]
    assert isinstance(part, Sqlite)
    back = replace(part, reverts={"V1": {"row": "ALTER TABLE rows RENAME COLUMN number TO id"}})
    parts = {**harness.parts(), "db": back}
    harness.parts = lambda: parts  # type: ignore[method-assign]
    comparison = compared(harness)
    assert comparison.unpredicted == []
    assert comparison.seen
