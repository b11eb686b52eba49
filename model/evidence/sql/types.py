"""Types of columns: what code that expects one of them makes of another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..judgement import Access, Grade

_WIDTHS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 8}
_SERIALS = {"smallserial": "smallint", "serial": "int", "bigserial": "bigint"}
_FLOATS = {"real": 4, "float": 4, "double": 8, "double precision": 8}
_TEXTS = frozenset({"text", "varchar", "char", "character varying", "nvarchar", "varchar2",
                    "nvarchar2", "tinytext", "mediumtext",
                    "longtext", "string", "citext", "clob"})  # fmt: skip
_PADDED = frozenset({"char"})
"""Texts of one length (PostgreSQL, "Character Types"; MySQL takes the blanks away when it is read)."""
_SIZE = re.compile(r"^([a-z_][a-z_0-9 ]*?)\s*(?:\(([\d, ]+)\))?(\[\])*$")

_VALUE = re.compile(r"'((?:[^']|'')*)'")
"""Of a list that stands at a column itself, as MySQL has it."""

Difference = tuple[Grade, Access, str]

Enums = Mapping[str, tuple[str, ...]]


def compare_types(own: str | None, other: str | None, known: Enums, there: Enums) -> Iterator[Difference]:
    """What code that knows a column as `own` can do where it is `other`."""
    if own is None and other is None:
        return
    if own is None or other is None:  # one version speaks of the type, the other says nothing of it
        yield Grade.UNKNOWN, Access.ANY, f"is `{other or own}`, and what it was before is not known"
        return
    if own in known and other == own and own in there:
        yield from _compare_enums(known[own], there[other])
    elif own.lower().startswith("enum(") and other.lower().startswith("enum("):
        listed = [tuple(_VALUE.findall(one)) for one in (own, other)]
        yield from _compare_enums(listed[0], listed[1])
    elif own != other:
        yield from _compare_names(own, other)


def _compare_enums(known: tuple[str, ...], there: tuple[str, ...]) -> Iterator[Difference]:
    new, gone = [[one for one in a if one not in b] for a, b in ((there, known), (known, there))]
    if new:
        yield Grade.MAY_BREAK, Access.READS, f"may hold `{new[0]}`, which the code does not know"
    if gone:
        yield Grade.BREAKS, Access.WRITES, f"does not take `{gone[0]}`"


def _compare_names(own: str, other: str) -> Iterator[Difference]:
    said = f"is `{other}`, the code knows `{own}`"
    names, sizes = zip(*(_split(one) for one in (own, other)), strict=True)
    if names[0] in _TEXTS and names[1] in _TEXTS:
        if _PADDED & {*names} and (names[0] != names[1] or sizes[0] != sizes[1]):
            yield Grade.MAY_BREAK, Access.READS, f"{said}: blanks fill up what is shorter in one of them"
        own_size, other_size = (int(size) if size.isdigit() else None for size in sizes)
        if other_size is not None and (own_size is None or other_size < own_size):
            grade = Grade.MAY_BREAK if own_size is None else Grade.BREAKS
            yield grade, Access.WRITES, f"{said}: longer texts are refused"
        return
    for widths in (_WIDTHS, _FLOATS):
        if names[0] in widths and names[1] in widths:
            if widths[names[1]] < widths[names[0]]:
                yield Grade.MAY_BREAK, Access.WRITES, f"{said}: larger numbers are refused"
            elif widths[names[1]] > widths[names[0]]:
                yield Grade.MAY_BREAK, Access.READS, f"{said}: numbers may be larger"
            return
    if names[0] == names[1]:
        yield Grade.MAY_BREAK, Access.ANY, said
    else:
        yield Grade.BREAKS, Access.ANY, said


def _split(type_: str) -> tuple[str, str]:
    found = _SIZE.match(type_)
    if found is None or type_.endswith("[]"):
        return type_, ""
    name = found[1].strip()
    return _SERIALS.get(name, name), (found[2] or "").strip()
