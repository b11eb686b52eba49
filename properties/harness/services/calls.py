"""HTTP between parts: each request is a hop, and the rollout says who answers it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from time import monotonic, sleep

from ..errors import HarnessError
from ..http import HttpRequest, HttpResponse, NoAnswer
from ..lines import Client, CutError, Line, reset
from .exchange import serve


def speak_http(line: Line, client: socket.socket) -> None:
    """Answers on one connection what its instance asks of the part, in HTTP/1.1 or HTTP/2.

    While no request stands on the instance, nobody answers it: a 503, as a gateway gives it.
    """
    if isinstance(client, Client) and _begins_http2(client):
        try:
            from .http2 import ServingStream
        except ImportError as error:
            raise HarnessError(
                f"`{line.provider}` is called in HTTP/2, and the package {error.name} is missing; install "
                "`skewproof[services]`"
            ) from error
        ServingStream(client, lambda request, is_gone: _answer(line, client, request, is_gone), line).run()
    else:
        serve(client, lambda request: _answer(line, client, request))


def _answer(
    line: Line, client: socket.socket, request: HttpRequest, is_gone: Callable[[], bool] | None = None
) -> HttpResponse:
    if line.session is None:
        return HttpResponse(503, (), b"no request runs in the harness now")
    response = line.hop(lambda: line.wires.http(line.provider).send(request), client, is_gone)
    if isinstance(response, NoAnswer) and not line.has_gateway:
        reset(client)
        raise CutError
    return response


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client of HTTP/2 says first (RFC 9113, section 3.4)."""

PREFACE_S = 1.0
"""So long the rest of it may take."""


def _begins_http2(client: Client) -> bool:
    """Whether the client speaks HTTP/2; nothing is taken of what it says."""
    end = monotonic() + PREFACE_S
    while (said := client.peek(len(PREFACE))) and PREFACE.startswith(said):
        if said == PREFACE:
            return True
        if monotonic() > end:
            break
        sleep(0.001)
    return False
