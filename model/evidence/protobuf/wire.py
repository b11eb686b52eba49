"""What of one field of a message is on the wire, and what a reader with another type makes of it.

Source: "Updating A Message Type" in https://protobuf.dev/programming-guides/proto3/#updating
"""

from __future__ import annotations

from collections.abc import Iterator

from ..judgement import Grade
from .descriptors import Told

_VARINTS = {
    "bool": range(2),
    "int32": range(-(2**31), 2**31),
    "uint32": range(2**32),
    "int64": range(-(2**63), 2**63),
    "uint64": range(2**64),
    "enum": range(-(2**31), 2**31),
}
"""What a reader of each type keeps; all are written in the same way."""
_WIRE = {
    **dict.fromkeys((*_VARINTS, "sint32", "sint64"), "varint"),
    **dict.fromkeys(("fixed32", "sfixed32", "float"), "32 bits"),
    **dict.fromkeys(("fixed64", "sfixed64", "double"), "64 bits"),
    **dict.fromkeys(("string", "bytes", "message"), "bytes"),
    "group": "group",
}

Difference = tuple[Grade, str, str]
"""A grade, a rule, and words."""


def compare_types(given: Told, known: Told) -> Iterator[Difference]:
    """What a reader makes of a field of another type or label."""
    written, read = _find_type(given), _find_type(known)
    if written != read:
        yield from _compare_scalars(written, read)
    yield from _compare_labels(given, known, written, read)


def _find_type(told: Told) -> str:
    """The type of a field; a message between marks is what older syntax calls a group."""
    if told["type"] == "TYPE_MESSAGE" and told["features"].get("messageEncoding") == "DELIMITED":
        return "group"
    return str(told["type"]).removeprefix("TYPE_").lower()


def _compare_scalars(written: str, read: str) -> Iterator[Difference]:
    rule = "FIELD_WIRE_COMPATIBLE_TYPE"
    said = f"{written} is written and {read} is read"
    if _WIRE.get(written) != _WIRE.get(read):
        yield Grade.BREAKS, rule, f"{said}: another wire type, the value is passed over"
    elif written in _VARINTS and read in _VARINTS:
        given, kept = _VARINTS[written], _VARINTS[read]
        if given.start < kept.start or given.stop > kept.stop:
            yield Grade.MAY_BREAK, rule, f"{said}: some values become others"
        elif read == "enum":
            yield Grade.MAY_BREAK, rule, f"{said}: a value may be none that the reader lists"
    elif {written, read} == {"sint32", "sint64"}:
        if read == "sint32":
            yield Grade.MAY_BREAK, rule, f"{said}: some values become others"
    elif {written, read} in ({"fixed32", "sfixed32"}, {"fixed64", "sfixed64"}):
        yield Grade.MAY_BREAK, rule, f"{said}: some values become others"
    elif {written, read} == {"string", "bytes"}:
        if read == "string":
            yield Grade.MAY_BREAK, rule, f"{said}: not all bytes are a text"
    elif "message" in (written, read):
        yield Grade.BREAKS, rule, f"{said}: the bytes of one are none of the other"
    else:
        yield Grade.SILENT, rule, f"{said}: the same bytes mean another number"


def _compare_labels(given: Told, known: Told, written: str, read: str) -> Iterator[Difference]:
    many = [one.get("label") == "LABEL_REPEATED" for one in (given, known)]
    if many[0] and not many[1]:
        if _WIRE.get(written) == "bytes" and _WIRE.get(read) == "bytes":
            yield Grade.MAY_BREAK, "FIELD_SAME_LABEL", "several are written, and the reader keeps the last"
        else:
            yield Grade.BREAKS, "FIELD_SAME_LABEL", "a list is written, and the reader takes one"
