"""Two versions of services and messages: what one writes on the wire, and what the other reads there.

The wire has numbers and a few types, no names (https://protobuf.dev/programming-guides/encoding/): a value of
another wire type is passed over as an unknown field, and one that moved to another number is read as what
stands there, or not at all. Requests flow from consumer to provider, answers back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from msgspec import structs

from ...kernel.graph import find_reachable
from ..judgement import Flow, Grade, Mismatch, Spot
from ..sides import Options, Side, UnjudgedError
from .descriptors import Descriptors, Told, read_descriptors
from .messages import Flowing


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """What a consumer of one version and a provider of another do not understand. Raises `UnjudgedError`,
    and `MissingToolError` without buf."""
    judged = _Judged(
        read_descriptors(consumer),
        read_descriptors(provider),
        consumer.rank > provider.rank,
        consumer.path,
        options.is_called,
    )
    return list(dict.fromkeys(judged.compare_part(consumer.pointer or provider.pointer)))


_ANY = ".google.protobuf.Any"
_DETAIL = re.compile(r"(Error|Failure|Fault|Violation|Problem|Exception|Rejection|Detail)s?(Info|Details?)?$")
"""How messages are called that are sent as details of errors (compare google/rpc/error_details.proto)."""


@dataclass
class _Judged:
    consumer: Descriptors
    provider: Descriptors
    consumer_is_newer: bool
    path: str
    is_called: bool

    def compare_part(self, pointer: str) -> Iterator[Mismatch]:
        """All, or one service, method or message by its name (`package.Service/Method`)."""
        name, _, method = pointer.strip("/").partition("/")
        full = f".{name}" if name else ""
        if full and not any(full in side.services or full in side.messages for side in self._sides):
            raise UnjudgedError(f"no service and no message `{name}` is on either side", self.path)
        for service in self.consumer.services:
            if full in ("", service):
                yield from self._compare_service(service, method)
        called = find_types(self.consumer, self.consumer.services)
        for message in [full] if full in self.consumer.messages else self._list_alone(called, full):
            yield from self._compare_message(message)
        for message in self._list_details(called) if not full else ():
            yield from map(_as_detail, self._compare_detail(message))
        if not full:
            yield from self._compare_enums(called)
        if not full:
            yield from self._compare_packages()

    @property
    def _sides(self) -> tuple[Descriptors, Descriptors]:
        return self.consumer, self.provider

    def _list_alone(self, called: Collection[str], full: str) -> list[str]:
        """The messages that are judged by themselves: neither as a part of a call, nor of the message about
        them; what buf knows by itself is never gone. Where calls say all that is sent none is: not at a
        topic, and not where one of them has an `Any`, which can hold each message."""
        if full or self._are_all_calls:
            return []
        messages = self.consumer.messages
        own = [
            name for name in messages if name in self.provider.messages or name not in self.consumer.imported
        ]
        return [name for name in own if name not in called and name.rpartition(".")[0] not in messages]

    @property
    def _are_all_calls(self) -> bool:
        """Whether all that is sent is told by calls."""
        sent = [find_types(side, side.services) for side in self._sides]
        return self.is_called and any(sent) and not any(_ANY in one for one in sent)

    def _list_details(self, called: Collection[str]) -> list[str]:
        """The messages that no call has and that are called like errors: gRPC sends such in the details of a
        status (`google.rpc.Status`), of which no call says anything."""
        outer = [
            name for name in self.consumer.messages if name.rpartition(".")[0] not in self.consumer.messages
        ]
        return [
            name
            for name in outer
            if self._are_all_calls
            and name not in called
            and name not in self.consumer.imported
            and _DETAIL.search(name)
        ]

    def _missing(self, rule: str, what: str, spot: Spot, gone_from: Spot) -> Mismatch:
        """Of what has gone there is no line; it is told at what it has gone from."""
        gone = "is not there yet" if self.consumer_is_newer else "is gone"
        at = spot if self.consumer_is_newer else gone_from
        return Mismatch(Grade.BREAKS, rule, f"{what} {gone} at the provider", at)

    def _compare_enums(self, called: Collection[str]) -> Iterator[Mismatch]:
        """Enums that no call has, each by itself: where numbers stand for their values. One that is gone is
        told where a field has it, or is read and written by nobody."""
        flowing = Flowing(self.provider, self.consumer, Flow.MESSAGE, not self.consumer_is_newer)
        for name in self.consumer.enums:
            if name not in called and name in self.provider.enums:
                yield from flowing.compare_enums(name, name, name[1:])

    def _compare_packages(self) -> Iterator[Mismatch]:
        """The package is a part of every name in a file."""
        for file, (package, spot) in self.consumer.packages.items():
            other, there = self.provider.packages.get(file, (package, spot))
            if other != package:
                text = f"{file}: package `{package}` to the consumer, `{other}` to the provider"
                newer = spot if self.consumer_is_newer else there
                yield Mismatch(Grade.BREAKS, "FILE_SAME_PACKAGE", text, newer)

    def _compare_service(self, name: str, only: str) -> Iterator[Mismatch]:
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

    def _compare_call(self, service: str, wanted: Told, offered: Told, spot: Spot) -> Iterator[Mismatch]:
        call = f"{service[1:]}/{wanted['name']}"
        for word in ("clientStreaming", "serverStreaming"):
            if wanted.get(word, False) != offered.get(word, False):
                text = f"{call}: `{word}` is not the same on both sides"
                yield Mismatch(Grade.BREAKS, "RPC_SAME_STREAMING", text, spot)
        there = Flowing(self.consumer, self.provider, Flow.REQUEST, self.consumer_is_newer)
        yield from there.compare(wanted["inputType"], offered["inputType"], f"{call} request")
        back = Flowing(self.provider, self.consumer, Flow.RESPONSE, not self.consumer_is_newer)
        yield from back.compare(offered["outputType"], wanted["outputType"], f"{call} answer")

    def _compare_message(self, name: str) -> Iterator[Mismatch]:
        """A message by itself: the consumer reads what a provider of the other version wrote; of a call the
        provider reads the consumer's as well, and which of both it is nothing tells."""
        own = self.consumer.messages[name]
        if name not in self.provider.messages:
            yield self._missing("MESSAGE_NO_DELETE", f"message {name[1:]}", own.spot, own.spot)
            return
        flowing = Flowing(self.provider, self.consumer, Flow.MESSAGE, not self.consumer_is_newer)
        yield from flowing.compare(name, name, name[1:])
        if self.is_called:
            sent = Flowing(self.consumer, self.provider, Flow.REQUEST, self.consumer_is_newer)
            yield from sent.compare(name, name, name[1:])
        for nested in self.consumer.messages:
            if nested.startswith(f"{name}."):
                yield from self._compare_nested(flowing, nested)

    def _compare_detail(self, name: str) -> Iterator[Mismatch]:
        """A message that a provider sends with errors, if at all."""
        if name not in self.provider.messages:
            spot = self.consumer.messages[name].spot
            yield self._missing("MESSAGE_NO_DELETE", f"message {name[1:]}", spot, spot)
        else:
            back = Flowing(self.provider, self.consumer, Flow.RESPONSE, not self.consumer_is_newer)
            yield from back.compare(name, name, name[1:])

    def _compare_nested(self, flowing: Flowing, nested: str) -> Iterator[Mismatch]:
        if nested in self.provider.messages:
            yield from flowing.compare(nested, nested, nested[1:])
        elif not self.consumer_is_newer:
            outer = self.provider.messages.get(nested.rpartition(".")[0], self.consumer.messages[nested])
            text = f"message {nested[1:]} is gone at the provider"
            yield Mismatch(Grade.MAY_BREAK, "MESSAGE_NO_DELETE", text, outer.spot)


def _as_detail(found: Mismatch) -> Mismatch:
    """What is found of a message that is sent with errors, if it is sent at all."""
    grade = max(found.grade, Grade.MAY_BREAK, key=lambda one: one.rank)
    text = f"{found.message} (no call has it; errors may send it in their details)"
    return structs.replace(found, grade=grade, message=text)


def find_types(side: Descriptors, services: Iterable[str]) -> frozenset[str]:
    """The messages and enums that calls of these services send, and all that stands in them."""
    methods = [method for name in services for method in side.services[name].told.get("method", ())]
    sent = [method[word] for method in methods for word in ("inputType", "outputType")]

    def list_parts(name: str) -> list[str]:
        return [one["typeName"] for one in side.list_fields(name).values() if "typeName" in one]

    return frozenset(find_reachable(sent, list_parts))
