"""RabbitMQ: a real broker, and AMQP 0-9-1 between an instance and it.

What is published goes through the real broker, by its real exchanges and bindings, and is then taken out of
the queues that it came to and kept form by form, as in process. What is consumed is delivered from there: in
the form that the run lets the consumer find, when the run comes to that hop, and not before.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import pika
from pika import frame as frames
from pika import spec

from ....model.names import Contract
from ..errors import HarnessError, ServiceError, Waiting
from ..lines import Line
from ..parts import find_subject
from ..store import Entry
from .amqp import Message, Publishing, read_frames, write_content
from .brokers import BrokerAddress

if TYPE_CHECKING:
    from ..wires import Wires
    from ..world import World
    from .brokers import RabbitMQ

CONFIRM_S = 10.0


class RefusedError(ServiceError):
    """A message that its consumer did not acknowledge."""


class RabbitServer:
    """A broker that serves one run at a time. `queues` and `exchanges` are all that was declared; `holds` is
    a connection that keeps other harnesses away, and is closed last."""

    def __init__(self, part: RabbitMQ, address: BrokerAddress, holds: Any = None) -> None:
        self.part, self.address, self._holds = part, address, holds
        self.queues: set[str] = set()
        self.exchanges: set[str] = set()
        self.dialogues: list[Dialogue] = []
        self._lock = Lock()

    @property
    def url(self) -> str:
        return self.address.url()

    def begin(self, run: str, source: str | None) -> None:  # noqa: ARG002 - what lay there comes from the store
        self.dialogues.clear()
        self.drain()

    def end(self, run: str) -> None:
        """Nothing: the next run begins clean."""

    def close(self) -> None:
        """Deletes what the versions have declared: the next trial's may declare it otherwise."""
        gone = suppress(pika.exceptions.AMQPError, OSError)  # a server that is gone keeps nothing
        if self.queues or self.exchanges:
            with gone:
                self._delete_all()
        if self._holds is not None:
            with gone:
                self._holds.close()

    def _delete_all(self) -> None:
        with closing(pika.BlockingConnection(self.address.parameters())) as connection:
            channel = connection.channel()
            for queue in self.queues:
                channel.queue_delete(queue)
            for exchange in self.exchanges:
                channel.exchange_delete(exchange)

    def pack(self, key: str, value: bytes) -> Entry:
        """The entry of a plain body, as published to the queue itself."""
        return Entry(key, Message("", key, b"".join(spec.BasicProperties().encode()), value).pack())

    def drain(self) -> list[tuple[str, Message]]:
        """Takes out all that lies in the queues: queue and message. A queue that is gone is forgotten."""
        found: list[tuple[str, Message]] = []
        if not self.queues:
            return found
        with self._lock, closing(pika.BlockingConnection(self.address.parameters())) as connection:
            for queue in sorted(self.queues):
                channel = connection.channel()
                try:
                    while (taken := channel.basic_get(queue, auto_ack=True))[0] is not None:
                        method, properties, body = taken
                        encoded = b"".join(properties.encode())
                        found.append((queue, Message(method.exchange, method.routing_key, encoded, body)))
                except pika.exceptions.ChannelClosedByBroker:
                    self.queues.discard(queue)
        return found

    def speak(self, line: Line, client: socket.socket) -> None:
        upstream = socket.create_connection((self.address.host, self.address.port))
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with closing(upstream), line.joined(upstream):
            dialogue = Dialogue(self, line, client, upstream)
            self.dialogues.append(dialogue)
            dialogue.run()

    def subject(self, queue: str, where: str) -> str:
        """The subject of what lies in a queue."""
        return find_subject(self.part.topics, queue, where) or queue

    def work(self, world: World, wires: Wires, provider: str, subject: str, look: Callable[[], None]) -> None:
        """Lets the instance take a message, and waits until it is done with it. `look` may raise.

        Raises `Waiting` if there is none of that form, and `RefusedError` if it is not acknowledged.
        """
        while True:
            for dialogue in [d for d in self.dialogues if d.line.wires is wires and not d.is_over]:
                if dialogue.work_on(world, provider, subject, look):
                    return
            look()
            time.sleep(0.01)


class _Subscription(NamedTuple):
    """Who waits for messages of a queue."""

    channel: int
    tag: str
    queue: str


class Dialogue:
    """One connection of an instance to the broker.

    Nothing is delivered to it but by `work_on` and, where it asks itself, `basic.get`.
    """

    def __init__(
        self, server: RabbitServer, line: Line, client: socket.socket, upstream: socket.socket
    ) -> None:
        self._server, self.line, self._client, self._upstream = server, line, client, upstream
        self._subscriptions: list[_Subscription] = []
        self._publishing: dict[int, Publishing] = {}
        self._asked: dict[int, spec.Basic.Consume | spec.Basic.Get] = {}
        self._own_confirms: set[int] = set()
        self._confirming: set[int] = set()
        self._transacted: set[int] = set()
        self._confirmed = Event()
        self._tags: dict[int, int] = {}
        self._in_hand: dict[tuple[int, int], str] = {}
        self._settled: list[bool] = []
        self._sending, self._receiving = Lock(), Lock()
        self.is_over = False

    # --- passing on ---

    def run(self) -> None:
        Thread(target=self._read_server, daemon=True).start()
        try:
            read_frames(self._client, self._from_client)
        finally:
            self.is_over = True
            self._confirmed.set()

    def _read_server(self) -> None:
        try:
            read_frames(self._upstream, self._from_server)
        except OSError:
            pass
        finally:
            self._confirmed.set()
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_WR)

    def _to_server(self, raw: bytes) -> None:
        with self._sending:
            self._upstream.sendall(raw)

    def _to_client(self, raw: bytes) -> None:
        with self._receiving:
            self._client.sendall(raw)

    def _tell_client(self, channel: int, method: Any) -> None:
        self._to_client(frames.Method(channel, method).marshal())

    def _tell_server(self, channel: int, method: Any) -> None:
        self._to_server(frames.Method(channel, method).marshal())

    # --- from the client ---

    def _from_client(self, found: Any, raw: bytes) -> None:
        if isinstance(found, frames.Header | frames.Body) and found.channel_number in self._publishing:
            if self._publishing[found.channel_number].add(found, raw):
                self._publish(found.channel_number, self._publishing.pop(found.channel_number))
            return
        method = found.method if isinstance(found, frames.Method) else None
        if method is None or not self._takes(found.channel_number, method, raw):
            self._to_server(raw)

    def _takes(self, channel: int, method: Any, raw: bytes) -> bool:
        """Whether the method is not to be passed on as it is."""
        if isinstance(method, spec.Basic.Publish):
            self._publishing[channel] = Publishing(method, raw)
        elif isinstance(method, spec.Basic.Consume | spec.Basic.Get):
            self._asked[channel] = method  # the broker says whether there is such a queue
            self._tell_server(channel, spec.Queue.Declare(queue=method.queue, passive=True))
        elif isinstance(method, spec.Basic.Ack | spec.Basic.Nack | spec.Basic.Reject):
            self._settle(channel, method)
        elif isinstance(method, spec.Basic.Cancel):
            self._subscriptions = [s for s in self._subscriptions if s.tag != method.consumer_tag]
            if not method.nowait:
                self._tell_client(channel, spec.Basic.CancelOk(consumer_tag=method.consumer_tag))
        else:
            self._note(channel, method)
            return False
        return True

    def _note(self, channel: int, method: Any) -> None:
        if isinstance(method, spec.Confirm.Select):
            self._confirming.add(channel)
        elif isinstance(method, spec.Tx.Select):
            self._transacted.add(channel)
        elif isinstance(method, spec.Queue.Declare) and method.queue:
            self._server.queues.add(method.queue)
        elif isinstance(method, spec.Exchange.Declare) and not method.passive:
            self._server.exchanges.add(method.exchange)
        elif isinstance(method, spec.Channel.Close | spec.Channel.CloseOk):
            self._forget(channel)

    def _forget(self, channel: int) -> None:
        self._subscriptions = [s for s in self._subscriptions if s.channel != channel]
        for kept in (self._own_confirms, self._confirming, self._transacted):
            kept.discard(channel)
        self._tags.pop(channel, None)

    def _publish(self, channel: int, publishing: Publishing) -> None:
        """A whole message: a hop, then the broker's own routing, then what lies in the queues is kept."""
        method, line = publishing.method, self.line
        is_hop = line.session is not None
        if not is_hop:
            self._to_server(b"".join(publishing.raw))
            return
        place = f"{method.exchange}/{method.routing_key}" if method.exchange else method.routing_key
        subject = find_subject(self._server.part.topics, place, line.provider)
        cross = lambda: line.world.leave(line.wires.component, "publishes", line.provider, subject)  # noqa: E731
        contract, form = line.hop(cross, self._client)
        if channel in self._transacted:
            line.hop(lambda: _refuse_transaction(line), self._client)
        if channel not in self._confirming and channel not in self._own_confirms:
            self._own_confirms.add(channel)
            self._tell_server(channel, spec.Confirm.Select(nowait=True))
        self._confirmed.clear()
        self._to_server(b"".join(publishing.raw))
        self._confirmed.wait(CONFIRM_S)
        self._keep(contract, form)

    def _keep(self, contract: Contract, form: str) -> None:
        world = self.line.world
        for queue, message in self._server.drain():
            if self._server.subject(queue, self.line.provider) == contract.subject:
                world.store.put(contract, form, Entry(queue, message.pack()))

    # --- from the broker ---

    def _from_server(self, found: Any, raw: bytes) -> None:
        method = found.method if isinstance(found, frames.Method) else None
        channel = found.channel_number
        if isinstance(method, spec.Queue.DeclareOk):
            self._server.queues.add(method.queue)
            if channel in self._asked:
                self._begin_soon(channel, self._asked.pop(channel), method.queue)
                return
        elif isinstance(method, spec.Basic.Ack | spec.Basic.Nack):
            self._confirmed.set()
            if channel in self._own_confirms:
                return
        elif isinstance(method, spec.Channel.Close):
            self._asked.pop(channel, None)
            self._forget(channel)
            self._confirmed.set()
        self._to_client(raw)

    def _begin_soon(self, channel: int, method: spec.Basic.Consume | spec.Basic.Get, queue: str) -> None:
        """In a thread of its own, for a hop stops, and the broker's frames go on meanwhile."""
        begin = lambda: self._begin(channel, method, queue)  # noqa: E731
        Thread(target=self.line.guard, args=(begin,), daemon=True).start()

    def _begin(self, channel: int, method: spec.Basic.Consume | spec.Basic.Get, queue: str) -> None:
        """The queue is there: the client waits for messages, or asks for one now."""
        if isinstance(method, spec.Basic.Get):
            self._get(channel, queue)
            return
        tag = method.consumer_tag or f"ctag-{channel}-{len(self._subscriptions) + 1}"
        if not method.nowait:
            self._tell_client(channel, spec.Basic.ConsumeOk(consumer_tag=tag))
        self._subscriptions.append(_Subscription(channel, tag, queue))
        if method.no_ack:
            self._in_hand[channel, 0] = "no_ack"

    # --- deliveries ---

    def work_on(self, world: World, provider: str, subject: str, look: Callable[[], None]) -> bool:
        """Whether the instance took a message here, and is done with it. See `RabbitServer.work`."""
        waiting = [s for s in self._subscriptions if self._server.subject(s.queue, provider) == subject]
        if not waiting and not self._in_hand and not self._settled:
            return False
        if waiting and not self._settled:
            if (waiting[0].channel, 0) in self._in_hand:
                raise HarnessError(
                    f"`{self.line.wires.component}` consumes `{waiting[0].queue}` without acknowledging, so "
                    "that nobody sees when it is done; turn automatic acknowledgement off"
                )
            contract, form = world.find(self.line.wires.component, "consumes", provider, subject)
            message = _find_message(world, contract, form, waiting[0].queue)
            tag = self._next_tag(waiting[0].channel, waiting[0].queue)
            self._deliver(waiting[0], tag, message)
        while not self._settled:
            look()
            if self.is_over:
                raise RefusedError("its connection to the broker ended while it had the message")
            time.sleep(0.005)
        if not self._settled.pop():
            raise RefusedError("it refused the message")
        return True

    def _get(self, channel: int, queue: str) -> None:
        line, session = self.line, self.line.session
        if session is None or not session.expects(line.wires.component, "consumes", line.provider):
            self._tell_client(channel, spec.Basic.GetEmpty())
            return
        subject = self._server.subject(queue, line.provider)
        component, world = line.wires.component, line.world

        def cross() -> Message:
            contract, form = world.find(component, "consumes", line.provider, subject)
            return _find_message(world, contract, form, queue)

        message = line.hop(cross, self._client)
        tag = self._next_tag(channel, queue)
        told = spec.Basic.GetOk(tag, False, message.exchange, message.routing_key, 0)
        self._to_client(write_content(channel, told, message))

    def _next_tag(self, channel: int, queue: str) -> int:
        self._tags[channel] = self._tags.get(channel, 0) + 1
        self._in_hand[channel, self._tags[channel]] = queue
        return self._tags[channel]

    def _deliver(self, waiting: _Subscription, tag: int, message: Message) -> None:
        told = spec.Basic.Deliver(waiting.tag, tag, False, message.exchange, message.routing_key)
        self._to_client(write_content(waiting.channel, told, message))

    def _settle(self, channel: int, method: Any) -> None:
        """What is acknowledged was delivered by us, and so the broker knows nothing of it."""
        multiple = getattr(method, "multiple", False)
        done = [
            key
            for key in self._in_hand
            if key[0] == channel
            and key[1]
            and (key[1] == method.delivery_tag or (multiple and key[1] <= method.delivery_tag))
        ]
        for key in done:
            del self._in_hand[key]
            self._settled.append(isinstance(method, spec.Basic.Ack))


def _find_message(world: World, contract: Contract, form: str | None, queue: str) -> Message:
    body = world.store.find(contract, form, queue)
    if body is None:
        raise Waiting(f"`{contract}` holds no message in `{queue}`")
    return Message.unpack(body)


def _refuse_transaction(line: Line) -> None:
    raise HarnessError(
        f"`{line.wires.component}` publishes to `{line.provider}` in a transaction, which is not driven; use "
        "publisher confirms"
    )
