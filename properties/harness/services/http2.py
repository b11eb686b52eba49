"""HTTP/2 without TLS, as gRPC speaks it between services: each call whole, with its trailers."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RequestReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error, ProtocolError

from ..http import HttpRequest, HttpResponse
from .exchange import CHUNK, POLL_S, SEND_S, ExchangeError
from .spawning import LOOPBACK

Headers = tuple[tuple[str, str], ...]

IsGone = Callable[[], bool]
"""Whether who called does not wait for the answer any more."""


class _Wire:
    """One connection: frames go out as they are made, and what is received is acknowledged."""

    def __init__(self, connection: socket.socket, *, is_client: bool) -> None:
        self._connection = connection
        self.http = H2Connection(H2Configuration(client_side=is_client, header_encoding="latin-1"))
        self.http.initiate_connection()
        self.flush()

    def flush(self) -> None:
        made = self.http.data_to_send()
        if made:
            self._connection.sendall(made)

    def take(self, chunk: bytes) -> list[Event]:
        """What was received. Raises `ExchangeError` for what is no HTTP/2."""
        try:
            events = list(self.http.receive_data(chunk))
        except ProtocolError as error:
            self.flush()
            raise ExchangeError(f"no HTTP/2: {error}") from error
        for event in events:
            if isinstance(event, DataReceived) and event.flow_controlled_length:
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self.flush()
        return events

    def push(self, stream: int, body: bytes, *, is_end: bool) -> bytes:
        """Sends as much of the body as the other side has room for; what is left."""
        while body:
            room = min(self.http.local_flow_control_window(stream), self.http.max_outbound_frame_size)
            if room <= 0:
                break
            chunk, body = body[:room], body[room:]
            self.http.send_data(stream, chunk, end_stream=is_end and not body)
        self.flush()
        return body


# --- who asks -----------------------------------------------------------------------------------


@dataclass
class _Answer:
    """A response as far as it has come."""

    status: int = 0
    headers: Headers = ()
    body: bytearray = field(default_factory=bytearray)
    trailers: Headers = ()
    is_whole: bool = False

    def add(self, event: Event) -> None:
        """Raises `ExchangeError` for a response that is broken off."""
        match event:
            case ResponseReceived():
                told = _as_headers(event.headers)
                self.status = int(dict(told)[":status"])
                self.headers = tuple((k, v) for k, v in told if not k.startswith(":"))
            case DataReceived():
                self.body += event.data
            case TrailersReceived():
                self.trailers = _as_headers(event.headers)
            case StreamEnded():
                self.is_whole = True
            case StreamReset() | ConnectionTerminated() if not self.is_whole:
                raise ExchangeError("the call was broken off before a whole answer came")
            case _:
                pass


def ask_http2(port: int, request: HttpRequest, look: Callable[[], None]) -> HttpResponse:
    """The response of who listens at the port, on a connection of its own. `look` is called again and again
    while nothing comes, and may raise. Raises `ExchangeError`, and `OSError` if nobody listens."""
    with socket.create_connection((LOOPBACK, port), SEND_S) as connection:
        wire, answer, body = _Wire(connection, is_client=True), _Answer(), request.body
        stream = wire.http.get_next_available_stream_id()
        told = {"host": f"{LOOPBACK}:{port}", **{k.lower(): v for k, v in request.headers.items()}}
        pseudo = [(":method", request.method), (":scheme", "http"), (":path", request.path)]
        headers = [*pseudo, (":authority", told.pop("host")), *told.items()]
        wire.http.send_headers(stream, headers, end_stream=not body)
        connection.settimeout(POLL_S)
        while not answer.is_whole:
            with suppress(H2Error):  # an answer that came early takes no more of the body
                body = wire.push(stream, body, is_end=True)
            for event in wire.take(_receive(connection, look)):
                answer.add(event)
        return HttpResponse(answer.status, answer.headers, bytes(answer.body), answer.trailers)


def _receive(connection: socket.socket, look: Callable[[], None]) -> bytes:
    while True:
        try:
            chunk = connection.recv(CHUNK)
        except TimeoutError:
            look()
            continue
        if not chunk:
            raise ExchangeError("the connection was closed before a whole answer came")
        return chunk


# --- who answers --------------------------------------------------------------------------------


@dataclass
class _Asked:
    headers: Headers
    body: bytearray = field(default_factory=bytearray)

    def as_request(self) -> HttpRequest:
        told = dict(self.headers)
        own = {name: value for name, value in told.items() if not name.startswith(":")}
        own.setdefault("host", told.get(":authority", LOOPBACK))
        return HttpRequest(told[":method"], told[":path"], own, bytes(self.body), is_http2=True)


class Heard(Protocol):
    """Told of the streams on which a caller has begun to speak."""

    def note_stream(self, stream: object) -> None:
        """It has said something, and not all."""

    def end_stream(self, stream: object) -> None:
        """It has said all, or will not."""


class ServingStream:
    """Answers one call after the other on a connection: hops of a request follow each other.

    A call is answered when its caller has said all; `heard` is told of those that have not.
    """

    def __init__(
        self,
        connection: socket.socket,
        answer: Callable[[HttpRequest, IsGone], HttpResponse],
        heard: Heard,
    ) -> None:
        self._connection, self._answer, self._heard = connection, answer, heard
        self._wire = _Wire(connection, is_client=False)
        self._asked: dict[int, _Asked] = {}
        self._events: deque[Event] = deque()
        self._gone: set[int] = set()
        self._is_closed = False

    def run(self) -> None:
        """Until the connection is closed. Raises what `answer` raises."""
        while not self._is_closed:
            while self._events:
                self._follow(self._events.popleft())
            if not self._is_closed:
                self._note(self._connection.recv(CHUNK))

    def _note(self, chunk: bytes) -> None:
        """Keeps what was received for later, but for who has gone."""
        try:
            events = self._wire.take(chunk) if chunk else []
        except ExchangeError:
            events, chunk = [], b""
        self._is_closed = self._is_closed or not chunk
        for event in events:
            self._tell(event)
            if isinstance(event, StreamReset) and event.stream_id is not None:
                self._gone.add(event.stream_id)
            self._is_closed = self._is_closed or isinstance(event, ConnectionTerminated)
        self._events += events

    def _tell(self, event: Event) -> None:
        match event:
            case RequestReceived() | DataReceived():
                self._heard.note_stream((id(self), event.stream_id))
            case StreamEnded() | StreamReset():
                self._heard.end_stream((id(self), event.stream_id))
            case _:
                pass

    def _follow(self, event: Event) -> None:
        match event:
            case RequestReceived():
                self._asked[event.stream_id or 0] = _Asked(_as_headers(event.headers))
            case DataReceived():
                if event.stream_id in self._asked:
                    self._asked[event.stream_id].body += event.data
            case StreamEnded():
                asked = self._asked.pop(event.stream_id or 0, None)
                if asked is not None and event.stream_id not in self._gone:
                    stream = event.stream_id or 0
                    self._respond(stream, self._answer(asked.as_request(), lambda: self._has_gone(stream)))
            case _:
                pass

    def _has_gone(self, stream: int) -> bool:
        """Whether the call was cancelled, or its deadline has passed: the client says so in a frame."""
        with suppress(BlockingIOError):
            while not self._is_closed and stream not in self._gone:
                self._note(self._connection.recv(CHUNK, socket.MSG_DONTWAIT))
        return self._is_closed or stream in self._gone

    def _respond(self, stream: int, response: HttpResponse) -> None:
        headers = [(k.lower(), v) for k, v in response.headers if k.lower() not in _NOT_HERE]
        status = [(":status", str(response.status))]
        with suppress(H2Error):  # it has gone
            is_bare = not (response.body or response.trailers)
            self._wire.http.send_headers(stream, [*status, *headers], end_stream=is_bare)
            body = self._wire.push(stream, response.body, is_end=not response.trailers)
            while body and not self._is_closed and stream not in self._gone:
                self._note(self._connection.recv(CHUNK))
                body = self._wire.push(stream, body, is_end=not response.trailers)
            if response.trailers and not body:
                self._wire.http.send_headers(stream, list(response.trailers), end_stream=True)
        self._wire.flush()


_NOT_HERE = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"})
"""Headers of HTTP/1.1 that this version has no use for; the length is counted by frames."""


def _as_headers(headers: object) -> Headers:
    assert isinstance(headers, list)
    return tuple((_text(name), _text(value)) for name, value in headers)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
