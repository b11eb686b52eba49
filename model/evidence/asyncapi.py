"""AsyncAPI 2 and 3: messages by channel and name, their payloads and headers as JSON Schema.

The consumer reads what a provider of another version published, whichever of them the document calls what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct

from .documents import Json, Node, open_side
from .judgement import Flow, Grade, Mismatch
from .schemas.containment import Containment, SchemaBudget
from .schemas.idle import Judged, compare_as_meant
from .sides import Options, Side, UnjudgedError

_JSON_FORMATS = ("schema+json", "schema+yaml", "aai/asyncapi", "vnd.aai.asyncapi", "vnd.oai.openapi")


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """What of a provider's messages the consumer does not understand. Raises `UnjudgedError`."""
    return compare_as_meant(lambda strictly: _compare(consumer, provider, strictly), _IDLE)


_IDLE = "`nullable`, which is of OpenAPI 3.0"


def _compare(consumer: Side, provider: Side, strictly: bool) -> Judged:
    documents = [open_side(Side(side.tree, side.path)) for side in (consumer, provider)]
    for document in documents:
        document.library.heeds_nullable = not strictly
        if not str(document.read("asyncapi", "")).startswith(("2.", "3.")):
            raise UnjudgedError("no AsyncAPI 2 or 3: it has no `asyncapi` of that version", document.path, 1)
    usual = tuple(str(one.read("defaultContentType") or "application/json") for one in documents)
    writer_is_newer = provider.rank > consumer.rank
    judged = _Judged(writer_is_newer, (usual[1], usual[0]))
    pairs = [*match_channels(documents[0], documents[1], (consumer.pointer, provider.pointer))]
    if not any(one.list_messages() for pair in pairs for one in pair if one is not None):
        raise UnjudgedError(f"no message stands at `#{consumer.pointer}` on either side", consumer.path)
    found = [found for known, written in pairs for found in judged.compare_channels(known, written)]
    return list(dict.fromkeys(found)), any(one.library.has_nullable for one in documents)


class Channel(Struct, frozen=True, eq=False):
    """A channel by its name in the document; `address` is what it is called in the broker, as AsyncAPI 2
    names channels and AsyncAPI 3 may say."""

    name: str
    address: str
    node: Node
    message: str = ""
    """The one message that is meant ("": all)."""

    def list_messages(self) -> dict[str, Node]:
        """Its messages by their names."""
        named = dict(_list_of_channel(self.node))
        return {self.message: named[self.message]} if self.message in named else named


def match_channels(
    known: Node, written: Node, pointers: tuple[str, str]
) -> Iterator[tuple[Channel | None, Channel | None]]:
    """The channels of both sides that are one: of one address, or else of one name. Of those at pointers, or
    at what these are on the other side, alone."""
    own, theirs = (
        [*_list_channels(side, pointer)] for side, pointer in zip((known, written), pointers, strict=True)
    )
    for word in ("address", "name"):
        for channel in list(own):
            key = getattr(channel[0], word)
            other = next((one for one in theirs if getattr(one[0], word) == key), None)
            if other is not None:
                own.remove(channel)
                theirs.remove(other)
                if channel[1] or other[1]:
                    yield channel[0], other[0]
    yield from ((one, None) for one, is_meant in own if is_meant)
    yield from ((None, one) for one, is_meant in theirs if is_meant)


def _list_channels(document: Node, pointer: str) -> Iterator[tuple[Channel, bool]]:
    """All channels, and whether each is at or below a pointer, or holds what is there."""
    for name, node in document.entries("channels").items():
        own = f"/channels/{name.replace('~', '~0').replace('/', '~1')}"
        is_meant = (own + "/").startswith(pointer.rstrip("/") + "/") or pointer.startswith(own + "/")
        message = pointer.removeprefix(f"{own}/messages/") if pointer.startswith(f"{own}/messages/") else ""
        message = message.replace("~1", "/").replace("~0", "~")
        yield Channel(name, str(node.read("address") or name), node, message), is_meant


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
    writer_is_newer: bool
    usual: tuple[str, str]
    """What messages of the writer, and of the reader, are where they do not say so."""
    budget: SchemaBudget = field(default_factory=SchemaBudget)

    def compare_channels(self, known: Channel | None, written: Channel | None) -> Iterator[Mismatch]:
        """What is written at a channel, and where that is."""
        if known is not None and written is not None and known.address != written.address:
            text = f"{known.name}: it is written at `{written.address}` and read at `{known.address}`"
            newer = written if self.writer_is_newer else known
            yield Mismatch(Grade.BREAKS, "address", text, newer.node.spot)
        own = known.list_messages() if known is not None else {}
        theirs = written.list_messages() if written is not None else {}
        if len(own) == len(theirs) == 1:  # names of messages are on no wire: it is the same one
            own = dict(zip(theirs, own.values(), strict=True))
        for channel in [one for one in (written, known) if one is not None][:1]:
            yield from self._compare_messages(channel.name, own, theirs)

    def _compare_messages(
        self, channel: str, own: dict[str, Node], theirs: dict[str, Node]
    ) -> Iterator[Mismatch]:
        """What is written, message by message."""
        for name, message in theirs.items():
            shown = f"{channel} {name}".strip()
            if name in own:
                yield from self._compare_message(shown, message, own[name])
            else:
                text = f"{shown}: the consumer does not know this message"
                yield Mismatch(Grade.MAY_BREAK, "message-unknown", text, message.spot)
        for name, message in own.items():
            if name not in theirs and self.writer_is_newer:
                text = f"{channel} {name}".strip()
                text += ": the older consumer knows this message, and it is never sent any more"
                yield Mismatch(Grade.MAY_BREAK, "message-removed", text, message.spot)

    def _compare_message(self, name: str, written: Node, known: Node) -> Iterator[Mismatch]:
        given, wanted = (
            _Message.read(node, usual) for node, usual in zip((written, known), self.usual, strict=True)
        )
        newer = written if self.writer_is_newer else known
        if given.content_type != wanted.content_type:
            text = f"{name}: `{given.content_type}` is written, `{wanted.content_type}` is read"
            yield Mismatch(Grade.BREAKS, "content-type", text, newer.spot)
        if given.correlation != wanted.correlation:
            text = f"{name}: what correlates messages stands at `{given.correlation}` to who writes"
            text += f", at `{wanted.correlation}` to who reads"
            yield Mismatch(Grade.MAY_BREAK, "correlation-id", text, newer.spot)
        yield from self._compare_part(f"{name} headers", given.headers, wanted.headers)
        yield from self._compare_part(f"{name} key", given.key, wanted.key)
        formats = given.format, wanted.format
        if any(said and not any(word in said for word in _JSON_FORMATS) for said in formats):
            same = given.payload.value == wanted.payload.value and formats[0] == formats[1]
            if not same:
                text = f"{name}: its payload is {formats[0] or formats[1]}, which is not judged here"
                yield Mismatch(Grade.UNKNOWN, "schema-format", text, written.spot)
            return
        yield from self._compare_part(f"{name} payload", given.payload, wanted.payload)

    def _compare_part(self, path: str, written: Node, known: Node) -> Iterator[Mismatch]:
        asked = Containment(Flow.MESSAGE, self.writer_is_newer, budget=self.budget)
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
