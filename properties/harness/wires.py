"""What one instance, or a client, has in its hands: the other parts, as its code sees them."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .http import HttpRequest, HttpResponse
from .parts import Cache, HttpService, Plain, Queue, Sqlite, find_subject
from .store import Entry

if TYPE_CHECKING:
    import sqlite3

    import httpx

    from .session import Session
    from .world import World


class Wires:
    """The ends of the wires of `component`: give them to its code in place of what production has.

    Each use is a hop: the request stops there, the rollout may go on, and then the real thing is met.
    """

    def __init__(
        self, world: World, component: str, version: str | None, owner: Session | None = None
    ) -> None:
        self.world, self.component, self.version, self.owner = world, component, version, owner
        self.is_starting = False
        self._addresses: dict[str, str] = {}

    def http(self, provider: str) -> HttpWire:
        """Calls a `Wsgi`, `Asgi` or `Process` part."""
        return HttpWire(self.world, self.component, provider)

    def call(self, provider: str, subject: str, *arguments: Any) -> Any:
        """Calls a `Plain` part. Raises `RemoteError` if it raised anything."""
        part = self.world.part(provider, Plain)
        if part.subjects:
            subject = find_subject(part.subjects, subject, provider) or subject
        return self.world.call(
            self.component, provider, subject, lambda app: part.handle(app, subject, arguments)
        )

    def connect(self, database: str) -> sqlite3.Connection:
        """A connection of its own to a `Sqlite` part; `creator=` for SQLAlchemy."""
        self.world.part(database, Sqlite)
        return self.world.connect(self.component, database)

    def cache(self, name: str) -> CacheWire:
        """A `Cache` part."""
        return CacheWire(self.world, self.component, name)

    def queue(self, name: str) -> QueueWire:
        """A `Queue` part."""
        return QueueWire(self.world, self.component, name)

    def address(self, name: str) -> str:
        """`127.0.0.1:PORT` at which a driver, or another process, reaches the part: each use is a hop."""
        if name not in self._addresses:
            self._addresses[name] = self.world.open_line(self, name).address
        return self._addresses[name]

    def flag(self, name: str) -> bool:
        """Whether this instance sees the feature flag on now."""
        return self.world.switches.sees(self.component, self.version, name)


class HttpWire:
    """Calls one HTTP service; what raises there is a response 500 here, as from any server."""

    def __init__(self, world: World, component: str, provider: str) -> None:
        self._world, self._component, self._provider = world, component, provider

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """The response; `json` in place of `body` is serialised."""
        told = dict(headers or {})
        if json is not None:
            body = json_module.dumps(json).encode()
            told.setdefault("Content-Type", "application/json")
        return self.send(HttpRequest(method, path, told, body))

    def send(self, request: HttpRequest) -> HttpResponse:
        part = self._world.part(self._provider, HttpService)
        asked = f"{request.method} {request.place}"
        subject = find_subject(part.subjects, asked, self._provider)
        response = self._world.call(
            self._component, self._provider, subject, lambda app: part.handle(app, request)
        )
        return response if isinstance(response, HttpResponse) else HttpResponse(500, (), b"")

    def transport(self) -> httpx.BaseTransport:
        """For `httpx.Client(transport=…)`; needs httpx, which skewproof does not install."""
        import httpx

        wire = self

        class Transport(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                path = request.url.raw_path.decode("ascii")
                sent = HttpRequest(request.method, path, dict(request.headers), request.read())
                response = wire.send(sent)
                return httpx.Response(response.status, headers=list(response.headers), content=response.body)

        return Transport()


class CacheWire:
    """A cache of serialised bytes by key."""

    def __init__(self, world: World, component: str, name: str) -> None:
        self._world, self._component, self._name = world, component, name
        self._keys = world.part(name, Cache).keys

    def get(self, key: str) -> bytes | None:
        """What lies under the key in the form that this reader happens to find; None is a miss."""
        subject = find_subject(self._keys, key, self._name)
        return self._world.read(self._component, "reads", self._name, subject, key)

    def set(self, key: str, value: bytes) -> None:
        """Leaves the bytes under the key, in the form of the writer's version."""
        subject = find_subject(self._keys, key, self._name)
        self._world.write(self._component, "writes", self._name, subject, Entry(key, value))

    def delete(self, key: str) -> None:
        """Throws the entry away in every form; to the model it is a write."""
        subject = find_subject(self._keys, key, self._name)
        self._world.delete(self._component, self._name, subject, key)


class QueueWire:
    """A queue of serialised bytes; what lies there in one form stands for as many as you like."""

    def __init__(self, world: World, component: str, name: str) -> None:
        self._world, self._component, self._name = world, component, name
        self._topics = world.part(name, Queue).topics

    def publish(self, topic: str, message: bytes) -> None:
        """Leaves a message. Raises `LookupError` if the configuration now has no such topic."""
        subject = find_subject(self._topics, topic, self._name)
        self._world.write(self._component, "publishes", self._name, subject, Entry(topic, message))

    def consume(self, topic: str) -> bytes | None:
        """A message in the form that this consumer happens to find. The request waits if there is none."""
        subject = find_subject(self._topics, topic, self._name)
        return self._world.read(self._component, "consumes", self._name, subject, topic)
