"""Messages on the wire: what one version writes there, and what another reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..judgement import Flow, Grade, Mismatch, Spot
from ..sides import UnjudgedError
from .descriptors import Described, Descriptors, Told
from .wire import compare_types

MAX_PAIRS = 100_000
"""Of messages that are compared in one question."""


@dataclass
class Flowing:
    """Messages on their way from who wrote them to who reads them."""

    writer: Descriptors
    reader: Descriptors
    flow: Flow
    writer_is_newer: bool
    seen: set[tuple[str, str]] = field(default_factory=set)

    def compare(self, written: str, read: str, path: str) -> Iterator[Mismatch]:
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
                yield Mismatch(Grade.UNKNOWN, "FIELD_SAME_TYPE", text, Spot(""))
            return
        yield from self._compare_sets(written, read, path)
        yield from self._compare_type_names(written, read, path)
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

    def _compare_sets(self, written: str, read: str, path: str) -> Iterator[Mismatch]:
        """The wire of the first protocol buffers, which an option of a message keeps."""
        sides = self.writer.messages[written], self.reader.messages[read]
        told = [side.told.get("options", {}).get("messageSetWireFormat", False) for side in sides]
        if told[0] != told[1]:
            text = f"{path}: `message_set_wire_format` is not the same on both sides"
            spot = sides[0].spot if self.writer_is_newer else sides[1].spot
            yield Mismatch(Grade.BREAKS, "MESSAGE_SAME_MESSAGE_SET_WIRE_FORMAT", text, spot)

    def _compare_type_names(self, written: str, read: str, path: str) -> Iterator[Mismatch]:
        """Messages of other names: the wire does not have them, an `Any` and reflection do; a map is an
        object in JSON, and a list of its entries is none."""
        sides = self.writer.messages[written], self.reader.messages[read]
        maps = [side.told.get("options", {}).get("mapEntry", False) for side in sides]
        if written == read or all(maps):
            return
        text = f"{path}: `{written[1:]}` is written and `{read[1:]}` is read; on the wire that is the same"
        text += ", in JSON it is not" if any(maps) else ", by name (`Any`, reflection) it is not"
        spot = sides[0].spot if self.writer_is_newer else sides[1].spot
        yield Mismatch(Grade.MAY_BREAK, "FIELD_SAME_TYPE", text, spot)

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
    ) -> Iterator[Mismatch]:
        spot = self._spot(written, read, int(given["number"]))
        for grade, rule, text in compare_types(given, known):
            yield Mismatch(grade, rule, f"{path}: {text}", spot)
        yield from self._compare_names(written, read, given, known, path)
        if _is_required(known) and not _is_required(given):
            text = f"{path}: the reader needs it, and it may be left out"
            yield Mismatch(Grade.BREAKS, "FIELD_SAME_LABEL", text, spot)
        is_one = "LABEL_REPEATED" not in (given.get("label"), known.get("label"))
        if is_one and self.writer_is_newer and _is_told_apart(known) and not _is_told_apart(given):
            text = f"{path}: a zero is not written any more, and the older reader takes it for left out"
            yield Mismatch(Grade.MAY_BREAK, "FIELD_SAME_CARDINALITY", text, spot)
        if given.get("defaultValue") != known.get("defaultValue") and not _is_required(given):
            text = f"{path}: left out, it means another value to the reader"
            yield Mismatch(Grade.SILENT, "FIELD_SAME_DEFAULT", text, spot)
        if given["type"] == known["type"] == "TYPE_ENUM":
            yield from self.compare_enums(given["typeName"], known["typeName"], path)
        if given["type"] == known["type"] and given["type"] in ("TYPE_MESSAGE", "TYPE_GROUP"):
            yield from self.compare(given["typeName"], known["typeName"], path)

    def _compare_names(
        self, written: str, read: str, given: Told, known: Told, path: str
    ) -> Iterator[Mismatch]:
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
            yield Mismatch(Grade.SILENT, "FIELD_SAME_NUMBER", text, spot)
            return
        if not _are_alike(given, known):
            text = (
                f"{path}: number {number} is another field to the reader, `{known['name']}` of another type"
            )
            yield Mismatch(Grade.SILENT, "FIELD_SAME_NUMBER", text, spot)
            return
        text = (
            f"{path}: number {number} is called `{known['name']}` by the reader; on the wire that is the same"
        )
        yield Mismatch(Grade.MAY_BREAK, "FIELD_SAME_NAME", f"{text}, in JSON it is not", spot)

    def _compare_json_names(
        self, written: str, read: str, given: Told, known: Told, path: str
    ) -> Iterator[Mismatch]:
        if given.get("jsonName") != known.get("jsonName"):
            text = f"{path}: in JSON it is `{given.get('jsonName')}` to the writer"
            text += f" and `{known.get('jsonName')}` to the reader"
            spot = self._spot(written, read, int(given["number"]))
            yield Mismatch(Grade.MAY_BREAK, "FIELD_SAME_JSON_NAME", text, spot)

    def _unread(self, written: str, read: str, given: Told, path: str) -> Iterator[Mismatch]:
        """A number that the reader does not know: passed over."""
        number = int(given["number"])
        spot = self._spot(written, read, number)
        moved = self._find_by_name(self.reader, read, given["name"])
        if moved is not None:
            text = f"{path}: it is written as number {number} and read as number {moved}"
            yield Mismatch(Grade.SILENT, "FIELD_SAME_NUMBER", text, spot)
        elif not self.writer_is_newer and self.flow is Flow.REQUEST:
            text = f"{path}: the older writer sends it, and the reader does not know it any more"
            yield Mismatch(Grade.MAY_BREAK, "FIELD_NO_DELETE", text, spot)

    def _unwritten(self, written: str, read: str, known: Told, path: str) -> Iterator[Mismatch]:
        """A number that the writer does not know: read as if it had been left out."""
        spot = self._spot(written, read, int(known["number"]))
        if self._find_by_name(self.writer, written, known["name"]) is not None:
            return  # it is told of where it is written
        if _is_required(known):
            text = f"{path}: the reader needs it, and it is never written"
            yield Mismatch(Grade.BREAKS, "FIELD_NO_DELETE", text, spot)
        elif self.writer_is_newer:
            text = f"{path}: the older reader knows it, and it is never written any more"
            yield Mismatch(Grade.MAY_BREAK, "FIELD_NO_DELETE", text, spot)

    # --- enums and oneofs ---

    def compare_enums(self, written: str, read: str, path: str) -> Iterator[Mismatch]:
        """The values that are written, by number, and what the reader calls them."""
        one, other = self.writer.enums.get(written), self.reader.enums.get(read)
        if one is None or other is None:
            return
        known = _list_names(other)
        elsewhere = {name: number for number, names in known.items() for name in names}
        if other.closed and not one.closed:
            text = f"{path}: the writer may send a value that nobody listed, the reader drops it"
            spot = one.spot if self.writer_is_newer else other.spot
            yield Mismatch(Grade.MAY_BREAK, "ENUM_SAME_TYPE", text, spot)
        own = _list_names(one)
        yield from self._compare_first(one, other, path)
        for value in one.told.get("value", ()):
            number, name = int(value.get("number", 0)), str(value["name"])
            spot = self._spot_of_value(written, read, name, one.spot, other.spot)
            if number not in known:
                text = f"{path}: the reader does not know the value `{name}` ({number})"
                yield Mismatch(Grade.MAY_BREAK, "ENUM_VALUE_NO_DELETE", text, spot)
            elif not own[number] & known[number]:
                shown = ", ".join(f"`{one}`" for one in sorted(known[number]))
                text = f"{path}: the value {number} is `{name}` to the writer and {shown} to the reader"
                renamed = name not in elsewhere and _is_renamed(name, known[number])
                grade = Grade.MAY_BREAK if renamed else Grade.SILENT
                yield Mismatch(grade, "ENUM_VALUE_SAME_NAME", text, spot)

    def _compare_first(self, one: Described, other: Described, path: str) -> Iterator[Mismatch]:
        """What a field of a closed enum is where it was left out: the value that is listed first."""
        first = [int(enum.told.get("value", [{}])[0].get("number", 0)) for enum in (one, other)]
        if other.closed and first[0] != first[1]:
            text = f"{path}: left out, it is {first[0]} to the writer and {first[1]} to the reader"
            spot = one.spot if self.writer_is_newer else other.spot
            yield Mismatch(Grade.SILENT, "ENUM_FIRST_VALUE_SAME", text, spot)

    def _spot_of_value(self, written: str, read: str, name: str, one: Spot, other: Spot) -> Spot:
        newer = (self.writer, written, one) if self.writer_is_newer else (self.reader, read, other)
        return newer[0].spots.get((newer[1], name), newer[2])

    def _compare_choices(self, written: str, read: str, path: str) -> Iterator[Mismatch]:
        """Fields of which the reader keeps the last one (`oneof`) and the writer may send several."""
        given, known = self.writer.list_fields(written), self.reader.list_fields(read)
        for index, choice in enumerate(self.reader.messages[read].told.get("oneofDecl", ())):
            among = [
                number for number, one in known.items() if _find_choice(one) == index and number in given
            ]
            choices = {number: _find_choice(given[number]) for number in among}
            groups = {-number if chosen is None else chosen for number, chosen in choices.items()}
            if len(groups) > 1:
                text = (
                    f"{path}: the reader keeps one of those in `{choice['name']}`, and several can be written"
                )
                yield Mismatch(Grade.MAY_BREAK, "FIELD_SAME_ONEOF", text, self._spot(written, read, among[0]))
            new = [
                number
                for number, one in given.items()
                if number not in known and _find_choice(one) in set(choices.values()) - {None}
            ]
            for number in new:
                text = (
                    f"{path}/{given[number]['name']}: to the reader nothing of `{choice['name']}` is chosen"
                )
                yield Mismatch(Grade.MAY_BREAK, "FIELD_SAME_ONEOF", text, self._spot(written, read, number))


def _are_alike(given: Told, known: Told) -> bool:
    """Whether a field can be the same under another name: one that has another type too was given the number
    of another."""
    words = ("type", "label") if "typeName" in given or "typeName" in known else ("type",)
    return all(given.get(word) == known.get(word) for word in words)


def _list_names(enum: Described) -> dict[int, set[str]]:
    """The names of each number; with `allow_alias` they can be several."""
    found: dict[int, set[str]] = {}
    for value in enum.told.get("value", ()):
        found.setdefault(int(value.get("number", 0)), set()).add(str(value["name"]))
    return found


def _find_choice(field_: Told) -> int | None:
    """The `oneof` in which a field stands; one of an `optional` field is none."""
    return None if field_.get("proto3Optional") else field_.get("oneofIndex")


def _is_required(field_: Told) -> bool:
    presence = field_["features"].get("fieldPresence")
    return bool(field_.get("label") == "LABEL_REQUIRED" or presence == "LEGACY_REQUIRED")


def _is_told_apart(field_: Told) -> bool:
    """Whether a field that is zero is another thing than one that was left out (explicit presence)."""
    if field_["type"] in ("TYPE_MESSAGE", "TYPE_GROUP"):
        return True
    presence = field_["features"].get("fieldPresence") != "IMPLICIT"
    return presence or bool(field_.get("proto3Optional")) or "oneofIndex" in field_


def _is_renamed(name: str, others: set[str]) -> bool:
    """Whether a value was only called otherwise: in capitals or with another prefix."""
    own = name.lower().split("_")
    return any(own[-1] == other.lower().split("_")[-1] for other in others)
