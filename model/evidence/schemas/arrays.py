"""Arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..documents import Node
from ..judgement import Flow, Grade, Mismatch
from .flattening import Parts
from .shapes import Case

if TYPE_CHECKING:
    from .containment import Containment


def compare_arrays(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """Items, their number, and what of them must be there."""
    yield from asked.limit(writer, reader, "minItems", path)
    yield from asked.limit(writer, reader, "maxItems", path)
    if True in reader.read("uniqueItems") and True not in writer.read("uniqueItems"):
        grade = Grade.MAY_BREAK if asked.flow is Flow.RESPONSE else Grade.BREAKS
        text = f"{path}: the reader takes no item twice"
        yield asked.note(grade, "uniqueItems", text, writer.node, reader.at("uniqueItems"))
    yield from _compare_positions(asked, writer, reader, path)
    items = _list_rest(reader)
    if items and not _ends(writer):
        yield from asked.compare(_list_rest(writer) or _anything(writer), items, f"{path}[]")
    elif _ends(reader) and not _ends(writer):
        text = f"{path}: the reader takes no more items than it names"
        yield asked.note(Grade.BREAKS, "items", text, writer.node, reader.node)
    yield from _compare_contains(asked, writer, reader, path)
    yield from _compare_unevaluated(asked, writer, reader, path)


def _compare_unevaluated(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """What `contains` looked at is evaluated as well (JSON Schema 2020-12, 11.2): no rule knows that."""
    words = ("unevaluatedItems", "contains", "prefixItems", "items")
    is_mixed = reader.read("unevaluatedItems") and reader.read("contains")
    if is_mixed and any(reader.read(word) != writer.read(word) for word in words):
        text = f"{path}: the reader has `unevaluatedItems` beside `contains`, of which no rule knows"
        yield asked.note(Grade.UNKNOWN, "unevaluatedItems", text, writer.node, reader.node)


def _compare_positions(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    given, wanted = _list_positions(writer), _list_positions(reader)
    for index, schema in enumerate(wanted[: len(given)] if _ends(writer) else wanted):
        written = (given[index],) if index < len(given) else _list_rest(writer) or _anything(writer)
        yield from asked.compare(written, (schema,), f"{path}[{index}]")
    for index in range(len(wanted), len(given)):
        rest = _list_rest(reader)
        if rest:
            yield from asked.compare((given[index],), rest, f"{path}[{index}]")
        elif _ends(reader):
            text = f"{path}[{index}]: the reader takes no item there"
            yield asked.note(Grade.BREAKS, "prefixItems", text, writer.node, reader.at("items"))
        elif wanted and asked.flow is not Flow.RESPONSE:
            text = f"{path}[{index}]: the reader no longer says what stands there"
            yield asked.note(Grade.MAY_BREAK, "prefixItems", text, writer.node, reader.node)


def _list_positions(case: Case) -> list[Node]:
    """The schemas of the first items: `prefixItems`, or, in drafts before 2020-12, a list under `items`."""
    for part in case.parts:
        if part.has("prefixItems"):
            return list(part.members("prefixItems"))
        if isinstance(part.read("items"), list):
            return list(part.members("items"))
    return []


def _list_rest(case: Case) -> Parts:
    """The schemas of all other items; beside a list under `items` they stand under `additionalItems`."""
    words = [(part, _name_rest(part)) for part in case.parts]
    words += [(part, "unevaluatedItems") for part in _list_unevaluated(case)]
    return tuple(
        Node(part.library, part.path, (*part.pointer, word), part.read(word))
        for part, word in words
        if isinstance(part.read(word), dict)
    )


def _ends(case: Case) -> bool:
    """Whether there are no other items."""
    if any(part.read("unevaluatedItems") is False for part in _list_unevaluated(case)):
        return True
    return any(part.read(_name_rest(part)) is False for part in case.parts)


def _list_unevaluated(case: Case) -> list[Node]:
    """The parts whose `unevaluatedItems` speaks of some item."""
    return [
        part for part, heard in case.unevaluated_items if not any(one.has(_name_rest(one)) for one in heard)
    ]


def _name_rest(part: Node) -> str:
    return "additionalItems" if isinstance(part.read("items"), list) else "items"


def _compare_contains(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    wanted = reader.below("contains")
    if not wanted:
        return
    given = writer.below("contains")
    if not given:
        text = f"{path}: the reader wants an item (`contains`) that need not be written"
        yield asked.note(Grade.BREAKS, "contains", text, writer.node, reader.node)
        return
    yield from asked.compare(given, wanted, f"{path} (what it contains)")
    yield from asked.limit(writer, reader, "minContains", path)
    yield from asked.limit(writer, reader, "maxContains", path)


def _anything(case: Case) -> Parts:
    """The schema that allows anything, where a case stands."""
    return (Node(case.node.library, case.node.path, (*case.node.pointer, "items"), {}),)
