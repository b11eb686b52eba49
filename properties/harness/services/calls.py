"""HTTP between parts: each request is a hop, and the rollout says who answers it."""

from __future__ import annotations

import socket

from ..http import HttpRequest, HttpResponse
from ..lines import Line
from .exchange import serve


def speak_http(line: Line, client: socket.socket) -> None:
    """Answers on one connection what its instance asks of the part.

    While no request stands on the instance, nobody answers it: a 503, as a gateway gives it.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if line.session is None:
            return HttpResponse(503, (), b"no request runs in the harness now")
        return line.hop(lambda: line.wires.http(line.provider).send(request), client)

    serve(client, answer)
