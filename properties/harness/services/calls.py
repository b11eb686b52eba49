"""HTTP between parts: each request is a hop, and the rollout says who answers it."""

from __future__ import annotations

import socket

from ..http import HttpRequest, HttpResponse, NoAnswer
from ..lines import CutError, Line, reset
from .exchange import serve


def speak_http(line: Line, client: socket.socket) -> None:
    """Answers on one connection what its instance asks of the part.

    While no request stands on the instance, nobody answers it: a 503, as a gateway gives it.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if line.session is None:
            return HttpResponse(503, (), b"no request runs in the harness now")
        response = line.hop(lambda: line.wires.http(line.provider).send(request), client)
        if isinstance(response, NoAnswer) and not line.has_gateway:
            reset(client)
            raise CutError
        return response

    serve(client, answer)
