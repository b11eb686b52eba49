"""PostgreSQL's message flow between an instance and the server, and where a hop begins in it."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

from ..lines import CutError, Line
from ..statements import classify_statement


def end_sending(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)


_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102
_ENDS_BATCH = frozenset((b"Q", b"S", b"H", b"F", b"X", b"p", b"d", b"c", b"f"))
"""Messages after which a client waits for the server, and those of which none is a hop."""


class Opening:
    """What a client says first (PostgreSQL's manual, "Message Flow: Start-up")."""

    def __init__(self, client: socket.socket, user: str, database: str) -> None:
        self._client, self._user, self._database = client, user, database

    def read(self) -> bytes:
        """The start-up message, of our user and for the run's own database."""
        while True:
            (length,) = struct.unpack("!I", receive_exactly(self._client, 4))
            body = receive_exactly(self._client, length - 4)
            (code,) = struct.unpack("!I", body[:4])
            if code in (_SSL, _GSS):
                self._client.sendall(b"N")
            elif code == _CANCEL:
                return struct.pack("!I", length) + body
            else:
                return self._ours(body)

    def _ours(self, body: bytes) -> bytes:
        words = body[4:].rstrip(b"\0").split(b"\0")
        told = dict(zip(words[::2], words[1::2], strict=False))
        told[b"user"], told[b"database"] = self._user.encode(), self._database.encode()
        inner = body[:4] + b"".join(k + b"\0" + v + b"\0" for k, v in told.items()) + b"\0"
        return struct.pack("!I", len(inner) + 4) + inner


class MessageFlow:
    """From the client to the server, batch by batch: simple queries, and extended ones up to their Sync.

    A statement is a hop where it is parsed, for there it meets the schema, and where it runs.
    """

    def __init__(self, line: Line, client: socket.socket, server: socket.socket) -> None:
        self._line, self._client, self._server = line, client, server
        self._statements: dict[bytes, str] = {}
        self._portals: dict[bytes, bytes] = {}

    def run(self) -> None:
        batch: list[bytes] = []
        statements: list[str] = []
        for kind, message in read_messages(self._client):
            batch.append(message)
            statements += self._read(kind, message[5:])
            if kind in _ENDS_BATCH:
                self._stop(statements)
                self._server.sendall(b"".join(batch))
                batch, statements = [], []

    def _read(self, kind: bytes, body: bytes) -> list[str]:
        """The statements that the message parses or runs."""
        if kind == b"Q":
            return split(body.rstrip(b"\0").decode("utf-8", errors="replace"))
        if kind == b"P":
            name, sql, _ = body.split(b"\0", 2)
            self._statements[name] = sql.decode("utf-8", errors="replace")
            return [self._statements[name]]
        if kind == b"B":
            portal, name, _ = body.split(b"\0", 2)
            self._portals[portal] = name
        elif kind == b"E":
            sql_of = self._portals.get(body.split(b"\0", 1)[0])
            return [self._statements[sql_of]] if sql_of in self._statements else []
        return []

    def _stop(self, statements: list[str]) -> None:
        for statement in statements:
            hop = classify_statement(statement)
            if hop is not None and self._line.session is not None:
                self._cross(*hop)

    def _cross(self, operation: str, table: str) -> None:
        line = self._line
        line.hop(
            lambda: line.world.cross_table(line.wires.component, operation, line.provider, table),
            self._client,
        )


_TEXT = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/|(;)", re.DOTALL)


def split(text: str) -> list[str]:
    """The statements of a simple query; a `;` in a text or a comment ends none."""
    ends = [found.start() for found in _TEXT.finditer(text) if found[2]]
    return [text[begin:end].strip(" ;\n") for begin, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def read_messages(connection: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """Each message with its kind, until the connection ends."""
    while kind := connection.recv(1):
        head = receive_exactly(connection, 4)
        (length,) = struct.unpack("!I", head)
        yield kind, kind + head + receive_exactly(connection, length - 4)


def receive_exactly(connection: socket.socket, count: int) -> bytes:
    """So many bytes. Raises `CutError` if the connection ends before."""
    found = bytearray()
    while len(found) < count:
        chunk = connection.recv(count - len(found))
        if not chunk:
            raise CutError
        found += chunk
    return bytes(found)
