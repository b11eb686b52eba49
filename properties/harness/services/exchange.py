"""HTTP/1.1 over a socket of loopback, whole messages at a time."""

from __future__ import annotations

import socket
from collections.abc import Callable

import h11

from ..http import HttpRequest, HttpResponse
from .spawning import LOOPBACK

POLL_S = 0.05
SEND_S = 30.0
CHUNK = 65536

_OF_ONE_CONNECTION = frozenset(
    ("connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade", "expect", "trailer")
)
"""Headers that speak of one connection, or of how a body is sent on it."""


class ExchangeError(Exception):
    """The other side of a connection did not keep to HTTP, or went away."""


def ask(port: int, request: HttpRequest, look: Callable[[], None]) -> HttpResponse:
    """The response of who listens at the port. `look` is called again and again while nothing comes, and may
    raise. Raises `ExchangeError`, and `OSError` if nobody listens."""
    wire = h11.Connection(h11.CLIENT)
    with socket.create_connection((LOOPBACK, port), SEND_S) as connection:
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in _OF_ONE_CONNECTION]
        if not any(name.lower() == "host" for name, _ in headers):
            headers.append(("Host", f"{LOOPBACK}:{port}"))
        headers += [("Connection", "close"), ("Content-Length", str(len(request.body)))]
        parts = (
            h11.Request(method=request.method, target=request.path, headers=headers),
            h11.Data(data=request.body),
            h11.EndOfMessage(),
        )
        connection.sendall(b"".join(wire.send(part) or b"" for part in parts))
        connection.settimeout(POLL_S)
        return _read_response(connection, wire, look)


def _read_response(connection: socket.socket, wire: h11.Connection, look: Callable[[], None]) -> HttpResponse:
    status, body = 0, []
    headers: tuple[tuple[str, str], ...] = ()
    while True:
        try:
            event = wire.next_event()
            if event is h11.NEED_DATA:
                wire.receive_data(_receive(connection, look))
        except (h11.RemoteProtocolError, ConnectionError) as error:
            is_closed = wire.trailing_data[1] or isinstance(error, ConnectionError)
            what = (
                "the connection was closed before a whole answer came" if is_closed else f"no HTTP: {error}"
            )
            raise ExchangeError(what) from error
        if isinstance(event, h11.Response):
            status, headers = (
                event.status_code,
                tuple((k.decode(), v.decode("latin-1")) for k, v in event.headers),
            )
        elif isinstance(event, h11.Data):
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            return HttpResponse(status, headers, b"".join(body))
        elif isinstance(event, h11.ConnectionClosed):
            raise ExchangeError("the connection was closed before a whole answer came")


def _receive(connection: socket.socket, look: Callable[[], None]) -> bytes:
    while True:
        try:
            return connection.recv(CHUNK)
        except TimeoutError:
            look()


def serve(connection: socket.socket, answer: Callable[[HttpRequest], HttpResponse]) -> None:
    """Answers each request that comes on the connection, until it is closed. Raises what `answer` raises."""
    wire = h11.Connection(h11.SERVER)
    while (request := _read_request(connection, wire)) is not None:
        response = answer(request)
        connection.sendall(_write_response(wire, request, response))
        if wire.our_state is h11.MUST_CLOSE:
            return
        wire.start_next_cycle()


def _read_request(connection: socket.socket, wire: h11.Connection) -> HttpRequest | None:
    head, body = None, []
    while True:
        try:
            event = wire.next_event()
        except h11.RemoteProtocolError:
            return None
        if event is h11.NEED_DATA:
            if wire.they_are_waiting_for_100_continue:
                connection.sendall(wire.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            wire.receive_data(connection.recv(CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return HttpRequest(head.method.decode(), head.target.decode(), _headers(head), b"".join(body))
        else:
            return None


def _headers(head: h11.Request) -> dict[str, str]:
    """By name; of a name that comes twice the values in one line, as RFC 9110, section 5.2, has it."""
    told: dict[str, str] = {}
    for raw_name, raw_value in head.headers:
        name, value = raw_name.decode(), raw_value.decode("latin-1")
        if name.lower() not in _OF_ONE_CONNECTION:
            told[name] = f"{told[name]}, {value}" if name in told else value
    return told


def _write_response(wire: h11.Connection, request: HttpRequest, response: HttpResponse) -> bytes:
    headers = [(k, v) for k, v in response.headers if k.lower() not in _OF_ONE_CONNECTION]
    has_body = request.method != "HEAD" and response.status not in (204, 304)
    if has_body:
        headers.append(("Content-Length", str(len(response.body))))
    parts: list[h11.Event] = [
        h11.Response(status_code=response.status, headers=headers),
        *([h11.Data(data=response.body)] if has_body and response.body else []),
        h11.EndOfMessage(),
    ]
    return b"".join(wire.send(part) or b"" for part in parts)
