"""HTTP/2 between the two halves that the harness has of it, over loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from skewproof.properties.harness.http import HttpRequest, HttpResponse
from skewproof.properties.harness.services.exchange import ExchangeError
from skewproof.properties.harness.services.http2 import ServingStream, ask_http2

LARGE = bytes(range(256)) * 4_000
"""A megabyte: more than the window of a stream."""

Answer = Callable[[HttpRequest], HttpResponse]


class Streams:
    """The streams on which a caller has begun to speak."""

    def note_stream(self, stream: object) -> None:
        """Nobody looks."""

    def end_stream(self, stream: object) -> None:
        """Nobody looks."""


@contextmanager
def served(answer: Answer, connections: int = 1) -> Iterator[int]:
    """The port at which so many connections are served, each to its end."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            for _ in range(connections):
                connection, _address = door.accept()
                with connection:
                    ServingStream(connection, lambda request, _: answer(request), Streams()).run()

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield int(door.getsockname()[1])
        thread.join(5)
        assert not thread.is_alive()


def nothing() -> None:
    """Looks at nothing."""


@pytest.mark.parametrize("body", [b"", b"x", LARGE], ids=["none", "small", "large"])
def test_a_call_comes_through_whole(body: bytes) -> None:
    heard: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        heard.append(request)
        return HttpResponse(200, (("Content-Type", "application/grpc"),), body, (("grpc-status", "0"),))

    with served(answer) as port:
        response = ask_http2(port, HttpRequest("POST", "/a.B/C?d=%20", {"TE": "trailers"}, body), nothing)
    assert response == HttpResponse(
        200, (("content-type", "application/grpc"),), body, (("grpc-status", "0"),)
    )
    (asked,) = heard
    assert (asked.method, asked.path, asked.body, asked.is_http2) == ("POST", "/a.B/C?d=%20", body, True)
    assert asked.headers["te"] == "trailers"


def test_a_status_alone_is_an_answer() -> None:
    with served(lambda _: HttpResponse(503, (), b"")) as port:
        assert ask_http2(port, HttpRequest("POST", "/"), nothing) == HttpResponse(503)


def test_who_waits_is_looked_after() -> None:
    """What `look` raises ends the wait."""

    def look() -> None:
        raise TimeoutError("enough")

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError, match="enough"):
        ask_http2(silent.getsockname()[1], HttpRequest("POST", "/"), look)


def test_what_is_no_http2_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def speak_another() -> None:
            connection, _ = door.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1000):  # who closes with anything unread resets the connection
                    pass

        thread = Thread(target=speak_another, daemon=True)
        thread.start()
        with pytest.raises(ExchangeError, match="the connection was closed before a whole answer came"):
            ask_http2(door.getsockname()[1], HttpRequest("POST", "/"), nothing)
        thread.join(5)


def test_a_client_that_speaks_nonsense_is_left() -> None:
    with served(lambda _: HttpResponse(200)) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(5)
        data_on_stream_0 = b"\0\0\1" + b"\0" * 6 + b"x"
        settings = b"\0\0\0\4" + b"\0" * 5
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + data_on_stream_0)
        while client.recv(1000):
            pass


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (HttpResponse(200, trailers=(("grpc-status", "2"), ("grpc-message", "no%20luck"))), "gRPC UNKNOWN"),
        (HttpResponse(200, (("grpc-status", "14"),)), "gRPC UNAVAILABLE"),
        (HttpResponse(200, trailers=(("grpc-status", "5"),)), None),  # NOT_FOUND is an answer
        (HttpResponse(200, trailers=(("grpc-status", "0"),)), None),
        (HttpResponse(503), "HTTP 503"),
        (HttpResponse(404), None),
    ],
)
def test_what_is_a_fault_of_the_server(response: HttpResponse, fault: str | None) -> None:
    assert response.fault == fault


def test_a_fault_says_why() -> None:
    assert HttpResponse(200, trailers=(("grpc-message", "no%20luck%0Aat all"),)).excuse == "no luck at all"
    assert HttpResponse(500, (), b"see the log").excuse == "see the log"
