"""What a trial keeps running through all its runs: the servers of real stores, and who ends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from .errors import HarnessError
from .parts import HttpService
from .store import Entry

if TYPE_CHECKING:
    import socket

    from .lines import Line, Speaker
    from .parts import Migration, Part
    from .rows import Image
    from .services.postgres import PostgresServer
    from .services.spawning import Ward


class Server(Protocol):
    """A server of a real store, with a place of its own for each run."""

    @property
    def url(self) -> str:
        """What reaches it, past all hops."""

    def begin(self, run: str, source: str | None) -> None:
        """Makes the place of a run: empty, or as `source` left its own."""

    def end(self, run: str) -> None:
        """Throws the place away."""

    def close(self) -> None:
        """Leaves nothing of the trial's at a server that goes on."""

    def speak(self, line: Line, client: socket.socket) -> None:
        """Passes on what is said on one connection, and stops at its hops."""


@runtime_checkable
class Served(Protocol):
    """A part that needs a server."""

    def open(self, name: str, site: Site) -> Server:
        """The server, ready. Raises `HarnessError` that says what is missing on this machine."""


@runtime_checkable
class Packs(Protocol):
    """A server whose entries are more than plain bytes."""

    def pack(self, key: str, value: bytes) -> Entry:
        """The entry of plain content."""


class Site:
    """The servers of a trial that works in `folder`. Nothing is started that no part needs."""

    def __init__(self, parts: Mapping[str, Part], folder: Path) -> None:
        self._parts, self._folder = parts, folder
        self.servers: dict[str, Server] = {}

    @cached_property
    def ward(self) -> Ward:
        """Starts programs, and sees to it that they end. Raises `HarnessError` without what it needs."""
        try:
            from .services.spawning import Ward
        except ImportError as error:
            raise HarnessError(
                f"processes need the package `{error.name}`; install `skewproof[services]`"
            ) from error
        return Ward(self._folder)

    def open(self) -> None:
        """Starts the servers that the parts need."""
        for name, part in self._parts.items():
            if isinstance(part, Served):
                self.servers[name] = part.open(name, self)

    def close(self) -> None:
        """Ends everything that was started."""
        try:
            for server in self.servers.values():
                server.close()
        finally:
            if "ward" in self.__dict__:
                self.ward.close()

    def need_servers(self) -> None:
        """Raises `HarnessError` if a server that was started has ended: what fails then shows nothing."""
        if "ward" in self.__dict__:
            self.ward.need_servers()

    def begin(self, run: str, source: str | None) -> None:
        self.need_servers()
        for server in self.servers.values():
            server.begin(run, source)

    def end(self, run: str) -> None:
        self.need_servers()
        for server in self.servers.values():
            server.end(run)

    def pack(self, name: str, key: str, body: bytes) -> Entry:
        """Plain content as an entry of the part's store."""
        server = self.servers.get(name)
        return server.pack(key, body) if isinstance(server, Packs) else Entry(key, body)

    def rows(self, name: str, run: str, statement: str) -> list[Any]:
        """What a statement gives in a run's database."""
        return self._database(name).rows(run, statement)

    def read_rows(self, name: str, run: str, tables: Sequence[str]) -> Image:
        """What lies in those of the tables that are there."""
        return self._database(name).read_rows(run, tables)

    def put_rows(self, name: str, run: str, image: Image) -> None:
        """Puts these rows in place of those that lie there. Raises `BusyError` if a lock is in its way."""
        self._database(name).put_rows(run, image)

    def migrate(self, name: str, run: str, script: Migration, version: str) -> None:
        """Changes the schema of a run's database. Raises `BusyError`, and what says why it fails."""
        self._database(name).migrate(run, script, version)

    def _database(self, name: str) -> PostgresServer:
        from .services.postgres import PostgresServer

        server = self.servers[name]
        assert isinstance(server, PostgresServer)
        return server

    def speaker(self, name: str, part: Part) -> Speaker:
        """Who speaks the part's protocol. Raises `HarnessError` if it has none outside of our process."""
        if isinstance(part, HttpService):
            from .services.calls import speak_http

            return speak_http
        if name in self.servers:
            return self.servers[name].speak
        raise HarnessError(
            f"`{name}` is a {type(part).__name__}, which lives in this process; another process reaches a "
            "Process, Wsgi, Asgi, Postgres, Redis or RabbitMQ part"
        )
