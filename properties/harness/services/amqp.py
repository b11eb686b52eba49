"""Messages and frames of AMQP 0-9-1, as they go over a connection."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from pika import frame as frames
from pika import spec

CHUNK = 65536


class Message(NamedTuple):
    """A message as it lay in a queue: where it was published, its properties as sent, its body."""

    exchange: str
    routing_key: str
    properties: bytes
    body: bytes

    def pack(self) -> bytes:
        parts = (self.exchange.encode(), self.routing_key.encode(), self.properties, self.body)
        return b"".join(struct.pack("!I", len(part)) + part for part in parts)

    @staticmethod
    def unpack(packed: bytes) -> Message:
        parts = []
        while packed:
            (length,) = struct.unpack("!I", packed[:4])
            parts.append(packed[4 : 4 + length])
            packed = packed[4 + length :]
        exchange, routing_key, properties, body = parts
        return Message(exchange.decode(), routing_key.decode(), properties, body)


class Publishing:
    """A message on its way to the broker, frame by frame."""

    def __init__(self, method: spec.Basic.Publish, raw: bytes) -> None:
        self.method, self.raw = method, [raw]
        self.missing: int | None = None

    def add(self, found: Any, raw: bytes) -> bool:
        """Whether it is whole now."""
        self.raw.append(raw)
        if isinstance(found, frames.Header):
            self.missing = found.body_size
        else:
            assert self.missing is not None
            self.missing -= len(found.fragment)
        return self.missing == 0


def write_content(channel: int, method: Any, message: Message) -> bytes:
    """The frames by which a broker hands a message over."""
    header = struct.pack("!HHQ", 60, 0, len(message.body)) + message.properties
    parts = [_frame(2, channel, header)]
    parts += [_frame(3, channel, message.body[i : i + CHUNK]) for i in range(0, len(message.body), CHUNK)]
    marshalled: bytes = frames.Method(channel, method).marshal()
    return marshalled + b"".join(parts)


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack("!BHI", kind, channel, len(payload)) + payload + b"\xce"


def read_frames(connection: socket.socket, take: Callable[[Any, bytes], None]) -> None:
    """Gives each frame with its bytes to `take`, until the connection ends."""
    buffer = b""
    while chunk := connection.recv(CHUNK):
        buffer += chunk
        while True:
            length, found = frames.decode_frame(buffer)
            if found is None:
                break
            take(found, buffer[:length])
            buffer = buffer[length:]
