"""What makes each request of a deployment: a call of a client's, a message, or a job."""

from __future__ import annotations

from typing import Any

from ....model.deployment import Kind, Request, Verb
from .application import Application
from .writing import Blank, Called, write_text


def is_of_client(application: Application, request: Request) -> bool:
    root = application.deployment.components.get(request.root)
    return root is None or root.kind is Kind.CLIENT


def propose_request(application: Application, request: Request) -> Any:
    hop = request.hops[0]
    if not is_of_client(application, request):
        return _propose_job(application, request)
    if not application.deployment.components[hop.provider].kind.has_instances:
        return Blank(f"what the client does at `{hop.provider}` in `{request.name}`")
    call = application.find_call(hop.provider, hop.subject, request.name)
    asked = f"root.http({write_text(hop.provider)}).request"
    if call is None or call.missing:
        why = f" ({call.missing})" if call is not None else ""
        words = f'method and path that begin `{request.name}`, as in "GET", "/products/1"{why}'
        return Called(asked, (Blank(words, is_spread=True),))
    named = {"json": call.body} if call.has_body else {}
    return Called(asked, (call.method, call.path), named)


def _propose_job(application: Application, request: Request) -> Any:
    hop = request.hops[0]
    if hop.verb is Verb.CONSUMES and application.store_of(hop.provider) == "RabbitMQ":
        return Called("root.take_message")
    if application.ports_of(request.root):
        path = Blank(f"the path at which `{request.root}` is asked to do `{request.name}`")
        return Called("root.request", ("POST", path))
    words = (
        f"the words that make the program of `{request.root}` do `{request.name}` once, and end, as in "
        '"refresh": its command is run with them added'
    )
    return Called("root.run", (Blank(words),))
