"""Redis: a real server, and RESP between an instance and it.

What lies there is kept form by form, as in process: before a reader's command goes through, the server holds
the contract's entries in the form that the run lets it find; after a writer's, what it left is kept as its
form. The server tells itself which keys a command names, and whether it writes.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from ....model.names import Contract
from ....model.resources.children import find_program
from ..errors import HarnessError, MissingPackageError
from ..lines import Line
from ..parts import KeyStore, find_subject
from ..store import Entry
from .spawning import LOOPBACK, NotReadyError, reserve_port

if TYPE_CHECKING:
    from ..site import Site
    from ..world import World

START_S = 20.0
CHUNK = 65536

_OWN_FLOW = frozenset((b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE", b"MONITOR", b"SYNC", b"PSYNC"))
"""Commands after which a connection is no dialogue any more."""


class Redis(KeyStore, frozen=True):
    """A Redis cache. `keys`: from patterns of keys to subjects.

    The server is one of this machine, started for the test, or `server`, the URL of one that runs and of a
    database there that is empty and that nobody else uses (`redis://:password@host:6379/9`): it is emptied
    before each run and at the end. A command is a hop at the subject of its first key; one that names no key
    is none, and neither is what passes on a connection that has subscribed. Whichever database an instance
    selects, all see the same one.
    """

    server: str = ""

    @property
    def only_one(self) -> str:
        """What of it there is only once, so that no two worlds can have it."""
        return "a server that is given, which serves one run at a time" if self.server else ""

    def open(self, name: str, site: Site) -> RedisServer:
        """The server, ready. Raises `HarnessError` that says what is missing."""
        try:
            import hiredis  # noqa: F401 - asked for here, so that it is missed in words
            import redis  # noqa: F401 - as above
        except ImportError as error:
            raise MissingPackageError(name, "Redis", error.name) from error
        if self.server:
            given = RedisServer(self, _open_given(name, self.server))
            given.refuse_shared(name)
            return given
        program = find_program("redis-server")
        if program is None:
            raise HarnessError(
                f"`{name}` needs a Redis server on this machine (Debian: `apt-get install redis-server`), or "
                "the URL of one: Redis(server=…)"
            )
        words = [str(program), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"]
        with reserve_port() as port:
            try:
                server = site.ward.spawn(name, [*words, "--port", str(port)], {}, site.ward.folder)
                server.wait_until(lambda: _is_up(port, server.pid), START_S, "nobody listens")
                site.ward.keep(server)
            except NotReadyError as error:
                raise HarnessError(f"the Redis server of `{name}` does not start: {error}") from error
        return RedisServer(self, RedisAddress(LOOPBACK, port))


def _is_up(port: int, pid: int) -> bool:
    """Whether the server of that process answers there, and no other."""
    import redis

    try:
        told: Any = redis.Redis(LOOPBACK, port).info("server")
    except redis.RedisError:
        return False
    return bool(told["process_id"] == pid)


class RedisAddress(NamedTuple):
    """Where a server listens, which of its databases is ours, and as whom it is reached."""

    host: str
    port: int
    database: int = 0
    user: str = ""
    password: str = ""

    def url(self) -> str:
        secret = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.password else ""
        return f"redis://{secret}{self.host}:{self.port}/{self.database}"

    def greet(self) -> Iterator[list[bytes]]:
        """What is said first on each connection."""
        if self.password:
            yield [b"AUTH", *([self.user.encode()] if self.user else []), self.password.encode()]
        if self.database:
            yield [b"SELECT", str(self.database).encode()]


def _open_given(name: str, url: str) -> RedisAddress:
    """The address of a database that is empty. Raises `HarnessError`: what lies there is somebody's."""
    import redis

    address = _read_url(url)
    try:
        held: Any = redis.Redis.from_url(address.url()).dbsize()
    except redis.RedisError as error:
        raise HarnessError(f"the Redis server of `{name}`: {error}") from error
    if held:
        raise HarnessError(
            f"database {address.database} of the Redis server of `{name}` is not empty (keys: {held}), and a "
            f"run begins clean; give one that nobody else uses, as in redis://{address.host}:{address.port}/9"
        )
    return address


def _read_url(url: str) -> RedisAddress:
    found = urlsplit(url)
    number = found.path.strip("/") or "0"
    if found.scheme != "redis" or not found.hostname or not (number.isascii() and number.isdigit()):
        raise HarnessError("`server` of Redis is a URL, `redis://:password@host:port/number`")
    user, password = unquote(found.username or ""), unquote(found.password or "")
    return RedisAddress(found.hostname, found.port or 6379, int(number), user, password)


class _Crossing(NamedTuple):
    """A command that is a hop: its keys, and what is written in which form; None for what is read."""

    keys: tuple[str, ...]
    written: tuple[Contract, str] | None


class RedisServer:
    """A server that serves one run at a time."""

    def __init__(self, part: Redis, address: RedisAddress) -> None:
        import redis

        self._part, self._address = part, address
        self._sign = f"skewproof-{address.database}"
        self._own: Any = redis.Redis.from_url(address.url(), client_name=self._sign)
        self._flags: dict[bytes, frozenset[str]] = {}

    @property
    def url(self) -> str:
        return self._address.url()

    def refuse_shared(self, name: str) -> None:
        """Raises `HarnessError` if another harness is connected to the database: each would empty it."""
        import redis

        clients: list[dict[str, str]] = []
        with suppress(redis.ResponseError):  # who may not ask cannot know
            clients = self._own.client_list()
        if sum(client["name"] == self._sign for client in clients) > 1:
            self._own.close()
            raise HarnessError(
                f"another harness uses database {self._address.database} of the Redis server of `{name}`; "
                "give each one of its own"
            )

    def begin(self, run: str, source: str | None) -> None:  # noqa: ARG002 - what lay there comes from the store
        self._own.flushdb()

    def end(self, run: str) -> None:
        """Nothing: the next run begins clean."""

    def close(self) -> None:
        import redis

        with suppress(redis.RedisError):  # a server that is gone keeps nothing
            self._own.flushdb()
        self._own.close()

    # --- what lies there ---

    def pack(self, key: str, value: bytes) -> Entry:
        """The entry of a plain string."""
        self._own.set(key, value)
        entry = self._dump(key)
        self._own.delete(key)
        assert entry is not None
        return entry

    def _dump(self, key: str) -> Entry | None:
        """The key's value of any type, with the milliseconds that it still lives (0 for ever)."""
        body: Any = self._own.dump(key)
        left: Any = self._own.pttl(key)
        return None if body is None else Entry(key, struct.pack("!q", max(0, left)) + body)

    def stage(self, world: World, contract: Contract, form: str | None) -> None:
        """Puts the contract's entries there in that form, and throws away those in any other."""
        held = {
            entry.key: entry
            for version in world.deployment.versions
            for entry in world.store.entries(contract, version)
        }
        if held:
            self._own.delete(*held)
        for entry in world.store.entries(contract, form) if form is not None else ():
            (left,) = struct.unpack("!q", entry.body[:8])
            self._own.restore(entry.key, left, entry.body[8:], replace=True)

    def keep(self, world: World, crossing: _Crossing) -> None:
        """Keeps what a writer has left under each of its keys."""
        assert crossing.written is not None
        contract, form = crossing.written
        for key in crossing.keys:
            entry = self._dump(key)
            if entry is None:
                world.store.drop_key(contract, key)
            else:
                world.store.put(contract, form, entry)

    # --- RESP ---

    def speak(self, line: Line, client: socket.socket) -> None:
        """Passes on one command after the other, each with its whole reply."""
        address = self._address.host, self._address.port
        with closing(socket.create_connection(address)) as server, line.joined(server):
            dialogue = _Dialogue(self, line, client, server)
            dialogue.greet(self._address)
            dialogue.run()

    def cross(self, line: Line, command: list[bytes]) -> _Crossing | None:
        """Takes the hop that the command is, None if it is none."""
        world, component = line.world, line.wires.component
        if not self.flags(command[0]) & {"readonly", "write"}:
            return None
        keys = self._keys(command)
        if not keys:
            return None
        subject = find_subject(self._part.keys, keys[0], line.provider)
        if "write" in self.flags(command[0]):
            return _Crossing(keys, world.leave(component, "writes", line.provider, subject))
        contract, found = world.find(component, "reads", line.provider, subject)
        self.stage(world, contract, found)
        return _Crossing(keys, None)

    def flags(self, name: bytes) -> frozenset[str]:
        """What the server says of a command: `readonly`, `write` …"""
        word = name.upper()
        if word not in self._flags:
            told: Any = self._own.execute_command("COMMAND INFO", word)
            self._flags[word] = frozenset(_flags_of(told))
        return self._flags[word]

    def _keys(self, command: list[bytes]) -> tuple[str, ...]:
        import redis

        try:
            found: Any = self._own.execute_command("COMMAND GETKEYS", *command)
        except redis.ResponseError:  # it names none
            return ()
        return tuple(
            key if isinstance(key, str) else key.decode("utf-8", errors="surrogateescape") for key in found
        )


def _flags_of(told: Any) -> Iterator[str]:
    """The flags in an answer to COMMAND INFO, in whichever form the driver puts it."""
    for entry in told.values() if isinstance(told, dict) else told:
        flags = entry.get("flags", ()) if isinstance(entry, dict) else entry[2] if entry else ()
        yield from (flag.decode() if isinstance(flag, bytes) else str(flag) for flag in flags)


class _Dialogue:
    """One connection: command, reply, command, reply, however they were sent."""

    def __init__(
        self, server: RedisServer, line: Line, client: socket.socket, upstream: socket.socket
    ) -> None:
        import hiredis

        self._server, self._line, self._client, self._upstream = server, line, client, upstream
        self._commands, self._replies = hiredis.Reader(), hiredis.Reader(replyError=Exception)
        self._queued: list[_Crossing] | None = None

    def greet(self, address: RedisAddress) -> None:
        """Says who we are, and goes to our database."""
        for command in address.greet():
            self._upstream.sendall(_write(command))
            self._read_reply()

    def run(self) -> None:
        while (command := self._next_command()) is not None:
            name = command[0].upper()
            if name == b"SELECT":  # what is kept form by form lies in one database
                self._client.sendall(b"+OK\r\n")
                continue
            if name in _OWN_FLOW:
                self._upstream.sendall(_write(command))
                self._pass_all()
                return
            self._answer(name, command)

    def _next_command(self) -> list[bytes] | None:
        while (found := self._commands.gets()) is False:
            chunk = self._client.recv(CHUNK)
            if not chunk:
                return None
            self._commands.feed(chunk)
        return [part if isinstance(part, bytes) else str(part).encode() for part in found]

    def _answer(self, name: bytes, command: list[bytes]) -> None:
        crossing = None
        if self._line.session is not None:
            crossing = self._line.hop(lambda: self._server.cross(self._line, command), self._client)
        self._upstream.sendall(_write(command))
        reply = self._read_reply()
        self._note(name, crossing)
        self._client.sendall(reply)

    def _note(self, name: bytes, crossing: _Crossing | None) -> None:
        """Keeps what was written: at once, or in a transaction when it is over."""
        if name == b"MULTI":
            self._queued = []
        elif name in (b"EXEC", b"DISCARD"):
            done, self._queued = self._queued or [], None
            for one in done if name == b"EXEC" else ():
                self._server.keep(self._line.world, one)
        elif crossing is not None and crossing.written is not None:
            if self._queued is not None:
                self._queued.append(crossing)
            else:
                self._server.keep(self._line.world, crossing)

    def _read_reply(self) -> bytes:
        whole = bytearray()
        while self._replies.gets() is False:
            chunk = self._upstream.recv(CHUNK)
            if not chunk:
                break
            whole += chunk
            self._replies.feed(chunk)
        return bytes(whole)

    def _pass_all(self) -> None:
        from threading import Thread

        def back() -> None:
            while chunk := self._upstream.recv(CHUNK):
                self._client.sendall(chunk)

        Thread(target=_quietly, args=(back,), daemon=True).start()
        while chunk := self._client.recv(CHUNK):
            self._upstream.sendall(chunk)


def _quietly(what: Any) -> None:
    with suppress(OSError):
        what()


def _write(command: list[bytes]) -> bytes:
    """The command as RESP has it: an array of bulk strings."""
    parts = [b"$%d\r\n%s\r\n" % (len(part), part) for part in command]
    return b"*%d\r\n" % len(command) + b"".join(parts)
