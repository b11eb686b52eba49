"""AsyncAPI 2 and 3: messages by channel and name, their payloads and headers as JSON Schema.

The consumer reads what a provider of another version published, whichever of them the document calls what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .documents import Node, open_side
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
    judged = _Judged(known, written, provider.rank > consumer.rank)
    return list(dict.fromkeys(judged.compare_messages()))


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
        formats = [str(node.read("schemaFormat", "")) for node in (written, known)]
        if any(said and not any(word in said for word in _JSON_FORMATS) for said in formats):
            same = written.read("payload") == known.read("payload") and formats[0] == formats[1]
            if not same:
                text = f"{name}: its payload is {formats[0] or formats[1]}, which is not judged here"
                yield Finding(Grade.UNKNOWN, "schema-format", text, written.spot)
            return
        for word in ("payload", "headers"):
            asked = Comparison(Flow.MESSAGE, self.writer_is_newer, budget=self.budget)
            pair = [
                Node(node.library, node.path, (*node.pointer, word), node.read(word, {}))
                for node in (written, known)
            ]
            yield from asked.compare((pair[0],), (pair[1],), f"{name} {word}")
