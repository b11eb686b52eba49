"""AsyncAPI 2 and 3: messages by channel and name, their payloads and headers as JSON Schema.

The consumer reads what a provider of another version published, whichever of them the document calls what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct

from .documents import Json, Node, open_side
from .judgement import Finding, Flow, Grade
from .schemas.containment import Budget, Comparison
from .sides import Options, Side, UnjudgedError

_JSON_FORMATS = ("schema+json", "schema+yaml", "aai/asyncapi", "vnd.aai.asyncapi", "vnd.oai.openapi")


def compare(consumer: Side, provider: Side, options: Options) -> list[Finding]:
    """What of a provider's messages the consumer does not understand. Raises `UnjudgedError`."""
    documents = [open_side(Side(side.tree, side.path)) for side in (consumer, provider)]
    for document in documents:
        if not str(document.read("asyncapi", "")).startswith(("2.", "3.")):
            raise UnjudgedError("no AsyncAPI 2 or 3: it has no `asyncapi` of that version", document.path, 1)
    known, written = (
        dict(list_messages(document, side.pointer))
        for document, side in zip(documents, (consumer, provider), strict=True)
    )
    if not known and not written:
        raise UnjudgedError(f"no message stands at `#{consumer.pointer}` on either side", consumer.path)
    usual = tuple(str(one.read("defaultContentType") or "application/json") for one in documents)
    writer_is_newer = provider.rank > consumer.rank
    judged = _Judged(known, written, writer_is_newer, (usual[1], usual[0]))
    found = [*compare_addresses(documents[0], documents[1], writer_is_newer), *judged.compare_messages()]
    return list(dict.fromkeys(found))


def compare_addresses(known: Node, written: Node, writer_is_newer: bool) -> Iterator[Finding]:
    """Where the channels of one name really are (AsyncAPI 3)."""
    theirs = written.entries("channels")
    for name, channel in known.entries("channels").items():
        other = theirs.get(name)
        addresses = [str(one.read("address") or name) for one in (channel, other) if one is not None]
        if other is not None and addresses[0] != addresses[1]:
            text = f"{name}: it is written at `{addresses[1]}` and read at `{addresses[0]}`"
            yield Finding(Grade.BREAKS, "address", text, (other if writer_is_newer else channel).spot)


def list_messages(document: Node, pointer: str = "") -> Iterator[tuple[str, Node]]:
    """The messages of all channels by the channel's name and their own, those at or below a pointer alone."""
    for channel, node in document.entries("channels").items():
        own = f"/channels/{channel.replace('~', '~0').replace('/', '~1')}"
        if not (own + "/").startswith(pointer.rstrip("/") + "/") and not pointer.startswith(own + "/"):
            continue
        for name, message in _list_of_channel(node):
            yield f"{channel} {name}".strip(), message


def _list_of_channel(channel: Node) -> Iterator[tuple[str, Node]]:
    yield from channel.entries("messages").items()
    for word in ("publish", "subscribe"):
        operation = channel.get(word)
        message = operation.get("message") if operation else None
        if message is None:
            continue
        several = message.items("oneOf")
        for one in several or (message,):
            yield str(one.read("name") or one.read("messageId") or _name_of(one) or ""), one


def _name_of(message: Node) -> str:
    """What a message that stands among the components is called there."""
    return str(message.pointer[-1]) if message.pointer[:2] == ("components", "messages") else ""


@dataclass
class _Judged:
    known: dict[str, Node]
    written: dict[str, Node]
    writer_is_newer: bool
    usual: tuple[str, str]
    """What messages of the writer, and of the reader, are where they do not say so."""
    budget: Budget = field(default_factory=Budget)

    def compare_messages(self) -> Iterator[Finding]:
        """What is written, message by message."""
        for name, message in self.written.items():
            if name in self.known:
                yield from self._compare_message(name, message, self.known[name])
            else:
                text = f"{name}: the consumer does not know this message"
                yield Finding(Grade.MAY_BREAK, "message-unknown", text, message.spot)
        for name, message in self.known.items():
            if name not in self.written and self.writer_is_newer:
                text = f"{name}: the older consumer knows this message, and it is never sent any more"
                yield Finding(Grade.MAY_BREAK, "message-removed", text, message.spot)

    def _compare_message(self, name: str, written: Node, known: Node) -> Iterator[Finding]:
        given, wanted = (
            _Message.read(node, usual) for node, usual in zip((written, known), self.usual, strict=True)
        )
        newer = written if self.writer_is_newer else known
        if given.content_type != wanted.content_type:
            text = f"{name}: `{given.content_type}` is written, `{wanted.content_type}` is read"
            yield Finding(Grade.BREAKS, "content-type", text, newer.spot)
        if given.correlation != wanted.correlation:
            text = f"{name}: what correlates messages stands at `{given.correlation}` to who writes"
            text += f", at `{wanted.correlation}` to who reads"
            yield Finding(Grade.MAY_BREAK, "correlation-id", text, newer.spot)
        yield from self._compare_part(f"{name} headers", given.headers, wanted.headers)
        yield from self._compare_part(f"{name} key", given.key, wanted.key)
        formats = given.format, wanted.format
        if any(said and not any(word in said for word in _JSON_FORMATS) for said in formats):
            same = given.payload.value == wanted.payload.value and formats[0] == formats[1]
            if not same:
                text = f"{name}: its payload is {formats[0] or formats[1]}, which is not judged here"
                yield Finding(Grade.UNKNOWN, "schema-format", text, written.spot)
            return
        yield from self._compare_part(f"{name} payload", given.payload, wanted.payload)

    def _compare_part(self, path: str, written: Node, known: Node) -> Iterator[Finding]:
        asked = Comparison(Flow.MESSAGE, self.writer_is_newer, budget=self.budget)
        yield from asked.compare((written,), (known,), path)


class _Message(Struct, frozen=True):
    """A message with its traits, and with the schema of its payload taken out of its format."""

    payload: Node
    headers: Node
    key: Node
    format: str
    content_type: str
    correlation: str | None

    @classmethod
    def read(cls, node: Node, usual: str) -> _Message:
        told = _with_traits(node)
        content_type = str(told.read("contentType") or usual).partition(";")[0].strip().lower()
        payload, form = told.get("payload"), str(told.read("schemaFormat", ""))
        inner = payload.get("schema") if payload is not None and payload.has("schemaFormat") else None
        if payload is not None and inner is not None:
            payload, form = inner, str(payload.read("schemaFormat"))
        bindings = told.get("bindings")
        kafka = bindings.get("kafka") if bindings is not None else None
        correlation = told.get("correlationId")
        return cls(
            payload or _anything(told, "payload"),
            told.get("headers") or _anything(told, "headers"),
            (kafka.get("key") if kafka is not None else None) or _anything(told, "key"),
            form,
            content_type,
            str(correlation.read("location")) if correlation is not None else None,
        )


def _anything(node: Node, word: str) -> Node:
    return Node(node.library, node.path, (*node.pointer, word), {})


def _with_traits(message: Node) -> Node:
    """The message over its traits, as RFC 7386 merges them."""
    value = message.value if isinstance(message.value, dict) else {}
    for trait in reversed(message.items("traits")):
        value = _merge(trait.value, value)
    return Node(message.library, message.path, message.pointer, value)


def _merge(below: Json, over: Json) -> Json:
    if not isinstance(below, dict) or not isinstance(over, dict):
        return over
    merged = dict(below)
    for key, value in over.items():
        merged[key] = _merge(below[key], value) if key in below else value
    return merged
