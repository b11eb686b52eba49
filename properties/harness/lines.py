"""Wires between processes: sockets of loopback that belong to one instance, and stop at each hop."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeVar

from .errors import HarnessError

if TYPE_CHECKING:
    from .session import Session
    from .wires import Wires
    from .world import World

Value = TypeVar("Value")

STOPS_MATTER = 0.1
"""The share of the time from which on stops may be what a client lost its patience with."""


QUIET_S = 5.0
"""So long is waited for what an instance has said before its answer."""


STALLED_S = 1.0
"""So long a caller says nothing more on a stream that it keeps open, and waits for what comes back."""

TLS_HELLO = b"\x16\x03"
"""What a client of TLS says first: a handshake, in some version of its record (RFC 8446, section 5.1)."""


class Client(socket.socket):
    """A connection of an instance that tells whether all that was said on it has been dealt with."""

    _is_awaiting = False

    def peek(self, size: int) -> bytes:
        """What has been said, without taking it; waits for it to begin."""
        self._wait()
        return super().recv(size, socket.MSG_PEEK)

    def _wait(self) -> None:
        self._is_awaiting = True
        waiting = select.poll()
        waiting.register(self, select.POLLIN)
        waiting.poll()
        self._is_awaiting = False  # only now is anything taken, so that who looks sees one or the other

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        if flags:
            return super().recv(size, flags)
        self._wait()
        return super().recv(size)

    def is_quiet(self) -> bool:
        """Whether nothing has been said that was not dealt with."""
        try:
            super().recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return self._is_awaiting  # asked second: what was taken before the look makes it False
        except OSError:  # it was closed: nobody will say anything
            return True
        return False


class CutError(Exception):
    """The run is over: whoever waits at this connection gets nothing any more."""


class Speaker(Protocol):
    """Speaks the protocol of a part, on one connection, until it is closed."""

    def __call__(self, line: Line, client: socket.socket) -> None: ...


class Line:
    """Where one instance reaches one part. Each connection has a thread of its own.

    `hop` is how a speaker takes a hop: it stops there, in the request on which the instance stands. What an
    instance does while no request stands on it is its own affair, and no hop.
    """

    def __init__(self, world: World, wires: Wires, provider: str, speak: Speaker) -> None:
        self.world, self.wires, self.provider = world, wires, provider
        self._speak = speak
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._is_closed = False
        self._streams: dict[object, tuple[float, float]] = {}
        self._door = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        host, port = self._door.getsockname()[:2]
        return f"{host}:{port}"

    @property
    def session(self) -> Session | None:
        """The request that stands on the instance now; none while it starts, though one waits for that."""
        if self.wires.is_starting:
            return None
        found = self.wires.owner or self.world.current
        return found if found is not None and found.includes(self.wires.component) else None

    # --- what is not understood ---

    def note_stream(self, stream: object) -> None:
        """Something was said on a stream that is not at its end: nobody hears it before."""
        session = self.session
        self._streams[stream] = monotonic(), session.stopped_s if session is not None else 0.0

    def end_stream(self, stream: object) -> None:
        """All was said on it; or it was broken off by who had more to say."""
        if not self._is_stalled(stream):
            self._streams.pop(stream, None)

    def _is_stalled(self, stream: object) -> bool:
        session = self.session
        since, stopped_s = self._streams.get(stream, (monotonic(), 0.0))
        held_s = session.stopped_s - stopped_s if session is not None else 0.0
        return monotonic() - since - held_s > STALLED_S

    def tell_stall(self) -> str | None:
        """Why what was said on a stream here was not passed on; None if all of it was."""
        if not any(map(self._is_stalled, list(self._streams))):
            return None
        return (
            f"`{self.wires.component}` keeps a stream to `{self.provider}` open and waits for an answer: "
            "streams of gRPC in which both sides wait for each other are not carried; answer when the "
            "caller has said all, or try this hop by a call of its own"
        )

    def _refuse_tls(self, client: Client) -> None:
        """Raises `HarnessError` for who begins to speak TLS."""
        if client.peek(len(TLS_HELLO)) == TLS_HELLO:
            words = (
                f"`{self.wires.component}` speaks TLS to `{self.provider}`, which the harness cannot read: "
                "let it use no TLS here (http:// in place of https://, an insecure channel of gRPC, "
                "sslmode=disable, redis://, amqp://)"
            )
            self.world.refusal = self.world.refusal or words
            raise HarnessError(words)

    @property
    def has_gateway(self) -> bool:
        """Whether a gateway answers for the part where nobody is up."""
        return self.world.has_gateway(self.provider)

    def hop(
        self, cross: Callable[[], Value], client: socket.socket, is_gone: Callable[[], bool] | None = None
    ) -> Value:
        """What `cross` gives, in the request on which the instance stands.

        Raises `CutError` if that ended the run, or if who waits at `client` had no patience for the stop:
        it has hung up, or `is_gone` knows better.
        """
        session = self.session
        assert session is not None
        since, stopped_s = monotonic(), session.stopped_s
        self.world.session = session
        session.open_hops += 1
        try:
            value = cross()
            if is_gone() if is_gone is not None else is_hung_up(client):
                self._mind_patience(session, since, stopped_s)
            return value
        except BaseException as error:
            session.end(error)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            raise CutError from error
        finally:
            self.world.session = None
            session.open_hops -= 1

    def _mind_patience(self, session: Session, since: float, stopped_s: float) -> None:
        """A client that has hung up, and may have done so because of the stops, shows nothing."""
        took_s, held_s = monotonic() - since, session.stopped_s - stopped_s
        if held_s > took_s * STOPS_MATTER:
            session.trip(
                f"`{self.wires.component}` hung up on `{self.provider}`, which took {took_s:.1f} s, for "
                f"{held_s:.1f} s of which the run was stopped at a hop: give its client a longer timeout"
            )

    @contextmanager
    def joined(self, other: socket.socket) -> Iterator[None]:
        """While it is entered, a second socket is closed with the line."""
        self._keep(other)
        try:
            yield
        finally:
            self._drop(other)

    def is_quiet(self) -> bool:
        """Whether all that the instance has said here has been dealt with."""
        with self._lock:
            return all(client.is_quiet() for client in self._open if isinstance(client, Client))

    def close(self) -> None:
        """Ends every connection."""
        with self._lock:
            self._is_closed = True
            still_open = list(self._open)
        _shut(self._door)
        for connection in still_open:
            _shut(connection)

    def _accept(self) -> None:
        with suppress(OSError):  # the door was closed
            while True:
                accepted, _ = self._door.accept()
                client = Client(fileno=accepted.detach())
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: Client) -> None:
        self._keep(client)
        try:
            self.guard(lambda: self._begin(client))
        finally:
            self._drop(client)

    def _begin(self, client: Client) -> None:
        self._refuse_tls(client)
        self._speak(self, client)

    def guard(self, speak: Callable[[], None]) -> None:
        """Runs what speaks in a thread of its own: one side may go, and the run may end.

        What is our own fault is told by the thread that waits for the answer.
        """
        try:
            speak()
        except (CutError, OSError):
            pass
        except BaseException as error:
            session = self.session
            if session is not None:
                session.end(error)

    def _keep(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
            if self._is_closed:
                _shut(connection)

    def _drop(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)
        _shut(connection)


def is_hung_up(connection: socket.socket) -> bool:
    """Whether the other side has closed the connection."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def reset(connection: socket.socket) -> None:
    """Ends the connection as the system of a process does that was killed: who waits there hears a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        connection.close()


def _shut(connection: socket.socket) -> None:
    """Wakes who waits at the socket, in any thread, and closes it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
