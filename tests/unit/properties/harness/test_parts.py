"""The adapters of the harness: two versions of a package, web applications, SQL, stores."""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from flask import Flask, request
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from skewproof.model.names import Contract
from skewproof.properties.harness import Code, HarnessError, HttpRequest, Run
from skewproof.properties.harness.http import call_asgi, call_wsgi
from skewproof.properties.harness.parts import find_subject
from skewproof.properties.harness.session import EVIDENCE_WIDTH, cut_to_line
from skewproof.properties.harness.sqlite import connect, migrate
from skewproof.properties.harness.statements import classify_statement
from skewproof.properties.harness.store import Entry, Store

# --- two versions of a package ------------------------------------------------------------------


def write_package(folder: Path, version: str) -> Path:
    package = folder / version / "app"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "names.py").write_text(f"VERSION = {version!r}\nclass Order: version = {version!r}\n")
    (package / "main.py").write_text(
        dedent(
            """
            import importlib
            from app.names import VERSION
            def at_import(): return VERSION
            def absolute():
                import app.names
                return app.names.VERSION
            def relative():
                from .names import VERSION
                return VERSION
            def dynamic(): return importlib.import_module("app.names").VERSION
            """
        )
    )
    return folder / version


@pytest.fixture
def versions(tmp_path: Path) -> dict[str, Code]:
    return {version: Code(write_package(tmp_path, version), "app") for version in ("V1", "V2")}


@pytest.mark.parametrize("how", ["at_import", "absolute", "relative", "dynamic"])
def test_each_version_finds_its_own_modules_however_it_imports(versions: dict[str, Code], how: str) -> None:
    modules = {version: code.module("app.main") for version, code in versions.items()}
    for version in ("V1", "V2", "V1"):
        with versions[version].active():
            assert getattr(modules[version], how)() == version


def test_a_version_called_by_another_hands_back(versions: dict[str, Code]) -> None:
    old, new = (versions[version].module("app.main") for version in ("V1", "V2"))
    with versions["V1"].active():
        with versions["V2"].active():
            assert new.absolute() == "V2"
            with versions["V1"].active():
                assert old.absolute() == "V1"
            assert new.dynamic() == "V2"
        assert old.dynamic() == "V1"


def test_modules_are_loaded_once_however_calls_nest(versions: dict[str, Code]) -> None:
    with versions["V1"].active(), versions["V1"].active(), versions["V2"].active(), versions["V1"].active():
        first = versions["V1"].module("app.names")
    with versions["V1"].active():
        assert versions["V1"].module("app.names") is first


def test_a_pickle_becomes_an_object_of_the_version_that_reads_it(versions: dict[str, Code]) -> None:
    with versions["V1"].active():
        body = pickle.dumps(versions["V1"].module("app.names").Order())
    with versions["V2"].active():
        versions["V2"].module("app.names")
        assert pickle.loads(body).version == "V2"


def test_nothing_of_a_version_is_left_behind(versions: dict[str, Code]) -> None:
    path = list(sys.path)
    versions["V1"].module("app.main")
    assert not [name for name in sys.modules if name.partition(".")[0] == "app"]
    assert sys.path == path


def test_a_module_from_elsewhere_is_refused(versions: dict[str, Code]) -> None:
    with pytest.raises(ImportError, match="not under"):
        versions["V1"].module("json")


# --- web applications ---------------------------------------------------------------------------


def flask_app() -> Flask:
    app = Flask("test")

    @app.post("/say/<word>")
    def say(word: str) -> Any:
        told = {
            "word": word,
            "to": request.args["to"],
            "body": request.get_json(),
            "h": request.headers["X-H"],
        }
        return told, 201, {"X-Answer": "yes"}

    return app


async def say(request: Request) -> JSONResponse:
    told = {
        "word": request.path_params["word"],
        "to": request.query_params["to"],
        "body": await request.json(),
        "h": request.headers["X-H"],
    }
    return JSONResponse(told, 201, {"X-Answer": "yes"})


ASKED = HttpRequest(
    "POST", "/say/gr%C3%BCn?to=a%26b", {"X-H": "1", "Content-Type": "application/json"}, b"[1]"
)


def starlette_app() -> Starlette:
    return Starlette(routes=[Route("/say/{word}", say, methods=["POST"])])


def test_wsgi_and_asgi_pass_on_the_same_request() -> None:
    for response in (call_wsgi(flask_app(), ASKED), call_asgi(starlette_app(), ASKED)):
        assert response.status == 201
        assert {name.lower(): value for name, value in response.headers}["x-answer"] == "yes"
        assert response.json() == {"word": "grün", "to": "a&b", "body": [1], "h": "1"}


def test_an_asgi_application_can_be_called_from_a_running_loop() -> None:
    async def outer() -> int:
        return call_asgi(starlette_app(), ASKED).status

    with ThreadPoolExecutor(1) as executor:  # another test may have left a loop in this thread (a browser's)
        assert executor.submit(asyncio.run, outer()).result() == 201


def test_what_an_application_raises_comes_out() -> None:
    async def broken(*_: Any) -> None:
        raise ValueError("asgi")

    def closing(_environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        yield b"a"
        raise ValueError("wsgi")

    with pytest.raises(ValueError, match="asgi"):
        call_asgi(broken, ASKED)
    with pytest.raises(ValueError, match="wsgi"):
        call_wsgi(closing, ASKED)


# --- SQL ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "hop"),
    [
        ("SELECT a FROM t", ("reads", "t")),
        ('  -- FROM x\n select * from "t" join u', ("reads", "t")),
        ("/* INTO x */ INSERT INTO t VALUES (1)", ("writes", "t")),
        ("insert or replace into t select * from u", ("writes", "t")),
        ("UPDATE t SET a = 1", ("writes", "t")),
        ("UPDATE OR IGNORE t SET a = 1", ("writes", "t")),
        ("DELETE FROM t", ("writes", "t")),
        ("REPLACE INTO t VALUES (1)", ("writes", "t")),
        ("WITH x AS (SELECT 1 FROM t) SELECT * FROM x", ("reads", "t")),
        ("SELECT 1", None),
        ("BEGIN", None),
        ("PRAGMA table_info(t)", None),
        ("", None),
    ],
)
def test_a_statement_is_a_hop_at_its_main_table(statement: str, hop: tuple[str, str] | None) -> None:
    assert classify_statement(statement) == hop


def test_every_way_to_run_a_statement_is_told_before_it_runs(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    plain = connect(tmp_path / "d.sqlite")
    migrate(plain, "CREATE TABLE t (a)")
    gated = connect(tmp_path / "d.sqlite", lambda verb, table: told.append((verb, table)))
    gated.execute("INSERT INTO t VALUES (?)", (1,))
    gated.executemany("INSERT INTO t VALUES (?)", [(2,), (3,)])
    gated.cursor().execute("SELECT a FROM t")
    gated.cursor().executemany("DELETE FROM t WHERE a = ?", [(2,)])
    gated.executescript("INSERT INTO t VALUES (4); SELECT a FROM t;")
    assert [verb for verb, _ in told] == ["writes", "writes", "reads", "writes", "writes", "reads"]
    with pytest.raises(sqlite3.OperationalError):
        gated.execute("SELECT b FROM t")
    assert len(told) == 7
    gated.close()
    plain.close()


# --- stores and words ---------------------------------------------------------------------------

CONTRACT = Contract("cache", "product")


def test_a_key_holds_an_entry_in_each_form_and_the_file_keeps_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.put(CONTRACT, "V1", Entry("k", b"old"))
    store.put(CONTRACT, "V2", Entry("k", b"new"))
    store.put(CONTRACT, "V1", Entry("k", b"older"))
    store.close()
    again = Store(tmp_path / "store")
    assert again.find(CONTRACT, "V1", "k") == b"older"
    assert again.find(CONTRACT, "V2", "k") == b"new"
    again.drop(CONTRACT, "V1")
    assert again.find(CONTRACT, "V1", "k") is None
    assert list(again.entries(CONTRACT, "V2")) == [Entry("k", b"new")]
    again.drop_key(CONTRACT, "k")
    assert list(again.entries(CONTRACT, "V2")) == []
    again.close()


def test_only_bytes_are_stored(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(TypeError, match="cache/product holds bytes, not dict"):
        store.put(CONTRACT, "V1", Entry("k", {"a": 1}))  # type: ignore[arg-type]
    store.close()


def test_the_first_pattern_that_fits_gives_the_subject() -> None:
    patterns = {"GET /a/*": "one", "GET /*": "other"}
    assert find_subject(patterns, "GET /a/1", "web") == "one"
    assert find_subject({}, "GET /a/1", "web") is None
    with pytest.raises(HarnessError, match=r"`web` has no subject for `POST /a`"):
        find_subject(patterns, "POST /a", "web")


def test_evidence_is_one_clean_line() -> None:
    assert cut_to_line("Traceback\n  File x\nValueError: a\x1b[31m\u2028b\n\n") == "ValueError: a [31m b"
    assert len(cut_to_line("x" * 1000)) == EVIDENCE_WIDTH
    assert cut_to_line("") == ""


def test_a_run_is_written_so_that_it_can_be_read_again() -> None:
    run = Run("buy @ home", (0, 12, 3))
    assert Run.parse(str(run)) == run
    for wrong in ("", "buy", "buy@x", "buy@1.x"):
        with pytest.raises(HarnessError, match=r"a run is written `request@0\.3\.1`"):
            Run.parse(wrong)
