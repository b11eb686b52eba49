"""Web applications called in process: WSGI and ASGI, without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.util import setup_testing_defaults

from msgspec import Struct, field


class HttpRequest(Struct, frozen=True):
    """One request: `path` with its query, `headers` by name, `body` as bytes."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def query(self) -> str:
        return urlsplit(self.path).query

    @property
    def place(self) -> str:
        """The path without its query, decoded."""
        return unquote(urlsplit(self.path).path)


class HttpResponse(Struct, frozen=True):
    """One response; `headers` in their order, a name may come twice."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError`."""
        return json.loads(self.body)


class NoAnswer(HttpResponse, frozen=True):
    """What a gateway answers where nobody is up (503), or who was asked is gone (502)."""


def call_wsgi(app: Callable[..., Iterable[bytes]], request: HttpRequest) -> HttpResponse:
    """The application's response (PEP 3333). Raises whatever the application raises."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.place.encode("utf-8").decode("latin-1"),
        "QUERY_STRING": request.query,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": BytesIO(request.body),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    setup_testing_defaults(environ)
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
        started.append((status, headers))
        return written.append

    chunks = app(environ, start_response)
    try:
        written.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return HttpResponse(int(status.split()[0]), tuple(headers), b"".join(written))


def call_asgi(app: Callable[..., Any], request: HttpRequest) -> HttpResponse:
    """The application's response (ASGI 3). Raises whatever the application raises.

    It has an event loop of its own; called from inside a running loop, a thread of its own too,
    for which the caller waits. The lifespan protocol is not spoken.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_ask(app, request))
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(copy_context().run, asyncio.run, _ask(app, request)).result()


async def _ask(app: Callable[..., Any], request: HttpRequest) -> HttpResponse:
    headers = {**request.headers, "content-length": str(len(request.body))}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.place,
        "raw_path": urlsplit(request.path).path.encode(),
        "query_string": request.query.encode(),
        "root_path": "",
        "headers": [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
        "client": ("harness", 0),
        "server": ("harness", 80),
    }
    events = iter([{"type": "http.request", "body": request.body, "more_body": False}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(events, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    pairs = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in start.get("headers", ()))
    return HttpResponse(start["status"], pairs, body)
