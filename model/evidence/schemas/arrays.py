"""Arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..documents import Node
from ..judgement import Finding, Flow, Grade
from .shapes import Case, Parts

if TYPE_CHECKING:
    from .containment import Comparison


def compare_arrays(asked: Comparison, writer: Case, reader: Case, path: str) -> Iterator[Finding]:
    """Items, their number, and what of them must be there."""
    yield from asked.limit(writer, reader, "minItems", path)
    yield from asked.limit(writer, reader, "maxItems", path)
    if True in reader.read("uniqueItems") and True not in writer.read("uniqueItems"):
        grade = Grade.MAY_BREAK if asked.flow is Flow.RESPONSE else Grade.BREAKS
        text = f"{path}: the reader takes no item twice"
        yield asked.note(grade, "uniqueItems", text, writer.node, reader.at("uniqueItems"))
    yield from _compare_positions(asked, writer, reader, path)
    items = reader.below("items")
    if items:
        yield from asked.compare(writer.below("items") or _anything(writer), items, f"{path}[]")
    elif False in reader.read("items") and False not in writer.read("items"):
        text = f"{path}: the reader takes no more items than it names"
        yield asked.note(Grade.BREAKS, "items", text, writer.node, reader.node)
    yield from _compare_contains(asked, writer, reader, path)


def _compare_positions(asked: Comparison, writer: Case, reader: Case, path: str) -> Iterator[Finding]:
    given, wanted = _list_positions(writer), _list_positions(reader)
    ends = False in writer.read("items")
    for index, schema in enumerate(wanted[: len(given)] if ends else wanted):
        written = (given[index],) if index < len(given) else writer.below("items") or _anything(writer)
        yield from asked.compare(written, (schema,), f"{path}[{index}]")
    for index in range(len(wanted), len(given)):
        rest = reader.below("items")
        if rest:
            yield from asked.compare((given[index],), rest, f"{path}[{index}]")
        elif False in reader.read("items"):
            text = f"{path}[{index}]: the reader takes no item there"
            yield asked.note(Grade.BREAKS, "prefixItems", text, writer.node, reader.at("items"))
        elif wanted and asked.flow is not Flow.RESPONSE:
            text = f"{path}[{index}]: the reader no longer says what stands there"
            yield asked.note(Grade.MAY_BREAK, "prefixItems", text, writer.node, reader.node)


def _list_positions(case: Case) -> list[Node]:
    part = case.find("prefixItems")
    return list(part.members("prefixItems")) if part else []


def _compare_contains(asked: Comparison, writer: Case, reader: Case, path: str) -> Iterator[Finding]:
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
