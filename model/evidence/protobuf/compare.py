"""Two versions of services and messages: what one writes on the wire, and what the other reads there.

The wire has numbers and a few types, no names (https://protobuf.dev/programming-guides/encoding/): a value of
another wire type is passed over as an unknown field, and one that moved to another number is read as what
stands there, or not at all. Requests flow from consumer to provider, answers back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ..judgement import Finding, Flow, Grade, Spot
from ..sides import Options, Side, UnjudgedError
from .descriptors import Descriptors, Told, read_descriptors
from .wire import compare_types

MAX_PAIRS = 100_000
"""Of messages that are compared in one question."""


def compare(consumer: Side, provider: Side, options: Options) -> list[Finding]:  # noqa: ARG001
    """What a consumer of one version and a provider of another do not understand. Raises `UnjudgedError`,
    and `MissingToolError` without buf."""
    judged = _Judged(
        read_descriptors(consumer), read_descriptors(provider), consumer.rank > provider.rank, consumer.path
    )
    return list(dict.fromkeys(judged.compare_part(consumer.pointer or provider.pointer)))


@dataclass
class _Judged:
    consumer: Descriptors
    provider: Descriptors
    consumer_is_newer: bool
    path: str

    def compare_part(self, pointer: str) -> Iterator[Finding]:
        """All, or one service, method or message by its name (`package.Service/Method`)."""
        name, _, method = pointer.strip("/").partition("/")
        full = f".{name}" if name else ""
        if full and not any(full in side.services or full in side.messages for side in self._sides):
            raise UnjudgedError(f"no service and no message `{name}` is on either side", self.path)
        for service in self.consumer.services:
            if full in ("", service):
                yield from self._compare_service(service, method)
        called = find_types(self.consumer, self.consumer.services)
        for message in self.consumer.messages:
            if message == full or (not full and not self._is_below_another(message, called)):
                yield from self._compare_message(message)
        if not full:
            yield from self._compare_enums(called)
        if not full:
            yield from self._compare_packages()

    @property
    def _sides(self) -> tuple[Descriptors, Descriptors]:
        return self.consumer, self.provider

    def _is_below_another(self, message: str, called: Collection[str]) -> bool:
        """Whether it is judged as a part of something else: of a call, or of the message about it."""
        return message in called or message.rpartition(".")[0] in self.consumer.messages

    def _missing(self, rule: str, what: str, spot: Spot, gone_from: Spot) -> Finding:
        """Of what has gone there is no line; it is told at what it has gone from."""
        gone = "is not there yet" if self.consumer_is_newer else "is gone"
        at = spot if self.consumer_is_newer else gone_from
        return Finding(Grade.BREAKS, rule, f"{what} {gone} at the provider", at)

    def _compare_enums(self, called: Collection[str]) -> Iterator[Finding]:
        """Enums that no call has, each by itself."""
        flowing = _Flowing(self.provider, self.consumer, Flow.MESSAGE, not self.consumer_is_newer)
        for name, enum in self.consumer.enums.items():
            if name in called:
                continue
            if name in self.provider.enums:
                yield from flowing.compare_enums(name, name, name[1:])
            else:
                yield self._missing("ENUM_NO_DELETE", f"enum {name[1:]}", enum.spot, enum.spot)

    def _compare_packages(self) -> Iterator[Finding]:
        """The package is a part of every name in a file."""
        for file, (package, spot) in self.consumer.packages.items():
            other, there = self.provider.packages.get(file, (package, spot))
            if other != package:
                text = f"{file}: package `{package}` to the consumer, `{other}` to the provider"
                newer = spot if self.consumer_is_newer else there
                yield Finding(Grade.BREAKS, "FILE_SAME_PACKAGE", text, newer)

    def _compare_service(self, name: str, only: str) -> Iterator[Finding]:
        own, other = self.consumer.services[name], self.provider.services.get(name)
        if other is None:
            yield self._missing("SERVICE_NO_DELETE", f"service {name[1:]}", own.spot, own.spot)
            return
        offered = {method["name"]: method for method in other.told.get("method", ())}
        for method in own.told.get("method", ()):
            if only and method["name"] != only:
                continue
            spot = self.consumer.spots[name, method["name"]]
            if method["name"] not in offered:
                yield self._missing("RPC_NO_DELETE", f"call {name[1:]}/{method['name']}", spot, other.spot)
            else:
                yield from self._compare_call(name, method, offered[method["name"]], spot)

    def _compare_call(self, service: str, wanted: Told, offered: Told, spot: Spot) -> Iterator[Finding]:
        call = f"{service[1:]}/{wanted['name']}"
        for word in ("clientStreaming", "serverStreaming"):
            if wanted.get(word, False) != offered.get(word, False):
                text = f"{call}: `{word}` is not the same on both sides"
                yield Finding(Grade.BREAKS, "RPC_SAME_STREAMING", text, spot)
        there = _Flowing(self.consumer, self.provider, Flow.REQUEST, self.consumer_is_newer)
        yield from there.compare(wanted["inputType"], offered["inputType"], f"{call} request")
        back = _Flowing(self.provider, self.consumer, Flow.RESPONSE, not self.consumer_is_newer)
        yield from back.compare(offered["outputType"], wanted["outputType"], f"{call} answer")

    def _compare_message(self, name: str) -> Iterator[Finding]:
        """A message by itself: the consumer reads what a provider of the other version wrote."""
        own = self.consumer.messages[name]
        if name not in self.provider.messages:
            yield self._missing("MESSAGE_NO_DELETE", f"message {name[1:]}", own.spot, own.spot)
            return
        flowing = _Flowing(self.provider, self.consumer, Flow.MESSAGE, not self.consumer_is_newer)
        yield from flowing.compare(name, name, name[1:])
        for nested in self.consumer.messages:
            if nested.startswith(f"{name}."):
                yield from self._compare_nested(flowing, nested)

    def _compare_nested(self, flowing: _Flowing, nested: str) -> Iterator[Finding]:
        if nested in self.provider.messages:
            yield from flowing.compare(nested, nested, nested[1:])
        elif not self.consumer_is_newer:
            outer = self.provider.messages.get(nested.rpartition(".")[0], self.consumer.messages[nested])
            text = f"message {nested[1:]} is gone at the provider"
            yield Finding(Grade.MAY_BREAK, "MESSAGE_NO_DELETE", text, outer.spot)


def find_types(side: Descriptors, services: Iterable[str]) -> frozenset[str]:
    """The messages and enums that calls of these services send, and all that stands in them."""
    methods = [method for name in services for method in side.services[name].told.get("method", ())]
    todo = [method[word] for method in methods for word in ("inputType", "outputType")]
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [one["typeName"] for one in side.list_fields(name).values() if "typeName" in one]
    return frozenset(found)


@dataclass
class _Flowing:
    """Messages on their way from who wrote them to who reads them."""

    writer: Descriptors
    reader: Descriptors
    flow: Flow
    writer_is_newer: bool
    seen: set[tuple[str, str]] = field(default_factory=set)

    def compare(self, written: str, read: str, path: str) -> Iterator[Finding]:
        """What the reader of a message makes of the writer's; each pair of messages once."""
        if (written, read) in self.seen:
            return
        self.seen.add((written, read))
        if len(self.seen) > MAX_PAIRS:
            raise UnjudgedError(f"more than {MAX_PAIRS:,} messages", path)
        if written not in self.writer.messages or read not in self.reader.messages:
            if written != read:
                text = (
                    f"{path}: `{written[1:]}` is written and `{read[1:]}` is read, and neither is described"
                )
                yield Finding(Grade.UNKNOWN, "FIELD_SAME_TYPE", text, Spot(""))
            return
        given, known = self.writer.list_fields(written), self.reader.list_fields(read)
        for number, field_ in given.items():
            below = f"{path}/{field_['name']}"
            if number in known:
                yield from self._compare_field(written, read, field_, known[number], below)
            else:
                yield from self._unread(written, read, field_, below)
        for number, field_ in known.items():
            if number not in given:
                yield from self._unwritten(written, read, field_, f"{path}/{field_['name']}")
        yield from self._compare_choices(written, read, path)

    def _spot(self, written: str, read: str, number: int) -> Spot:
        """Where a field stands at the newer side, or else its message; if that has gone, at the older."""
        newer = (self.writer, written) if self.writer_is_newer else (self.reader, read)
        spot = newer[0].spots.get((newer[1], number))
        return spot or newer[0].messages[newer[1]].spot

    def _find_by_name(self, side: Descriptors, message: str, name: str) -> int | None:
        fields = side.list_fields(message).values()
        return next((int(one["number"]) for one in fields if one["name"] == name), None)

    # --- one field ---

    def _compare_field(
        self, written: str, read: str, given: Told, known: Told, path: str
    ) -> Iterator[Finding]:
        spot = self._spot(written, read, int(given["number"]))
        for grade, rule, text in compare_types(given, known):
            yield Finding(grade, rule, f"{path}: {text}", spot)
        yield from self._compare_names(written, read, given, known, path)
        if _is_required(known) and not _is_required(given):
            text = f"{path}: the reader needs it, and it may be left out"
            yield Finding(Grade.BREAKS, "FIELD_SAME_LABEL", text, spot)
        if given.get("defaultValue") != known.get("defaultValue") and not _is_required(given):
            text = f"{path}: left out, it means another value to the reader"
            yield Finding(Grade.SILENT, "FIELD_SAME_DEFAULT", text, spot)
        if given["type"] == known["type"] == "TYPE_ENUM":
            yield from self.compare_enums(given["typeName"], known["typeName"], path)
        if given["type"] == known["type"] and given["type"] in ("TYPE_MESSAGE", "TYPE_GROUP"):
            yield from self.compare(given["typeName"], known["typeName"], path)

    def _compare_names(
        self, written: str, read: str, given: Told, known: Told, path: str
    ) -> Iterator[Finding]:
        """The same number under another name: a new name for the same, or another meaning."""
        if given["name"] == known["name"]:
            yield from self._compare_json_names(written, read, given, known, path)
            return
        number = int(given["number"])
        spot = self._spot(written, read, number)
        moved = self._find_by_name(self.reader, read, given["name"])
        came = self._find_by_name(self.writer, written, known["name"])
        if moved is not None or came is not None:
            text = f"{path}: number {number} is `{given['name']}` to the writer"
            text += f" and `{known['name']}` to the reader"
            yield Finding(Grade.SILENT, "FIELD_SAME_NUMBER", text, spot)
            return
        text = (
            f"{path}: number {number} is called `{known['name']}` by the reader; on the wire that is the same"
        )
        yield Finding(Grade.MAY_BREAK, "FIELD_SAME_NAME", f"{text}, in JSON it is not", spot)

    def _compare_json_names(
        self, written: str, read: str, given: Told, known: Told, path: str
    ) -> Iterator[Finding]:
        if given.get("jsonName") != known.get("jsonName"):
            text = f"{path}: in JSON it is `{given.get('jsonName')}` to the writer"
            text += f" and `{known.get('jsonName')}` to the reader"
            spot = self._spot(written, read, int(given["number"]))
            yield Finding(Grade.MAY_BREAK, "FIELD_SAME_JSON_NAME", text, spot)

    def _unread(self, written: str, read: str, given: Told, path: str) -> Iterator[Finding]:
        """A number that the reader does not know: passed over."""
        number = int(given["number"])
        spot = self._spot(written, read, number)
        moved = self._find_by_name(self.reader, read, given["name"])
        if moved is not None:
            text = f"{path}: it is written as number {number} and read as number {moved}"
            yield Finding(Grade.SILENT, "FIELD_SAME_NUMBER", text, spot)
        elif not self.writer_is_newer and self.flow is Flow.REQUEST:
            text = f"{path}: the older writer sends it, and the reader does not know it any more"
            yield Finding(Grade.MAY_BREAK, "FIELD_NO_DELETE", text, spot)

    def _unwritten(self, written: str, read: str, known: Told, path: str) -> Iterator[Finding]:
        """A number that the writer does not know: read as if it had been left out."""
        spot = self._spot(written, read, int(known["number"]))
        if self._find_by_name(self.writer, written, known["name"]) is not None:
            return  # it is told of where it is written
        if _is_required(known):
            text = f"{path}: the reader needs it, and it is never written"
            yield Finding(Grade.BREAKS, "FIELD_NO_DELETE", text, spot)
        elif self.writer_is_newer:
            text = f"{path}: the older reader knows it, and it is never written any more"
            yield Finding(Grade.MAY_BREAK, "FIELD_NO_DELETE", text, spot)

    # --- enums and oneofs ---

    def compare_enums(self, written: str, read: str, path: str) -> Iterator[Finding]:
        """The values that are written, by number, and what the reader calls them."""
        one, other = self.writer.enums.get(written), self.reader.enums.get(read)
        if one is None or other is None:
            return
        known: dict[int, set[str]] = {}
        for value in other.told.get("value", ()):
            known.setdefault(int(value.get("number", 0)), set()).add(value["name"])
        elsewhere = {name: number for number, names in known.items() for name in names}
        if other.closed and not one.closed:
            text = f"{path}: the writer may send a value that nobody listed, the reader drops it"
            spot = one.spot if self.writer_is_newer else other.spot
            yield Finding(Grade.MAY_BREAK, "ENUM_SAME_TYPE", text, spot)
        for value in one.told.get("value", ()):
            number, name = int(value.get("number", 0)), str(value["name"])
            spot = self._spot_of_value(written, read, name, one.spot, other.spot)
            if number not in known:
                text = f"{path}: the reader does not know the value `{name}` ({number})"
                yield Finding(Grade.MAY_BREAK, "ENUM_VALUE_NO_DELETE", text, spot)
            elif name not in known[number]:
                shown = ", ".join(f"`{one}`" for one in sorted(known[number]))
                text = f"{path}: the value {number} is `{name}` to the writer and {shown} to the reader"
                renamed = name not in elsewhere and _is_renamed(name, known[number])
                grade = Grade.MAY_BREAK if renamed else Grade.SILENT
                yield Finding(grade, "ENUM_VALUE_SAME_NAME", text, spot)

    def _spot_of_value(self, written: str, read: str, name: str, one: Spot, other: Spot) -> Spot:
        newer = (self.writer, written, one) if self.writer_is_newer else (self.reader, read, other)
        return newer[0].spots.get((newer[1], name), newer[2])

    def _compare_choices(self, written: str, read: str, path: str) -> Iterator[Finding]:
        """Fields of which the reader keeps the last one (`oneof`) and the writer may send several."""
        given, known = self.writer.list_fields(written), self.reader.list_fields(read)
        for index, choice in enumerate(self.reader.messages[read].told.get("oneofDecl", ())):
            among = [
                number
                for number, one in known.items()
                if one.get("oneofIndex") == index and not one.get("proto3Optional") and number in given
            ]
            groups = {given[number].get("oneofIndex", -number) for number in among}
            if len(groups) > 1:
                text = (
                    f"{path}: the reader keeps one of those in `{choice['name']}`, and several can be written"
                )
                yield Finding(Grade.MAY_BREAK, "FIELD_SAME_ONEOF", text, self._spot(written, read, among[0]))


def _is_required(field_: Told) -> bool:
    return bool(field_.get("label") == "LABEL_REQUIRED")


def _is_renamed(name: str, others: set[str]) -> bool:
    """Whether a value was only called otherwise: in capitals or with another prefix."""
    own = name.lower().split("_")
    return any(own[-1] == other.lower().split("_")[-1] for other in others)
