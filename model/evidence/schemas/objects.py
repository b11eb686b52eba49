"""Objects: what must be there, what is known, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..documents import Node
from ..judgement import Flow, Grade, Mismatch
from .flattening import Parts, flatten
from .members import find_others, find_said, list_patterns
from .patterns import are_apart, covers
from .shapes import Case, is_among

if TYPE_CHECKING:
    from .containment import Containment


def compare_objects(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """Properties by name, those that no name is known of, and how they depend on each other."""
    yield from _compare_required(asked, writer, reader, path)
    yield from _compare_passed_over(asked, writer, reader, path)
    for name, wanted in reader.properties.items():
        if not _is_passed_over(asked, wanted):
            yield from _compare_property(asked, writer, reader, name, path)
    for name, given in writer.properties.items():
        if name not in reader.properties and not _is_passed_over(asked, given):
            yield from _compare_unread(asked, reader, given, name, path)
    yield from _compare_others(asked, writer, reader, path)
    yield from asked.limit(writer, reader, "minProperties", path)
    yield from asked.limit(writer, reader, "maxProperties", path)
    yield from _compare_dependencies(asked, writer, reader, path)


def _is_passed_over(asked: Containment, schemas: Parts) -> bool:
    """What is read-only is no part of a request, and what is write-only none of an answer."""
    word = {Flow.REQUEST: "readOnly", Flow.RESPONSE: "writeOnly"}.get(asked.flow)
    return word is not None and any(part.read(word) is True for part in flatten(schemas))


def _compare_required(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    passed_over = {name for name, said in writer.properties.items() if _is_passed_over(asked, said)}
    for name in sorted(reader.required - (writer.required - passed_over)):
        if _is_passed_over(asked, reader.properties.get(name, ())):
            continue
        how = "may be left out" if name in writer.properties.keys() - passed_over else "is never written"
        text = f"{path}/{name}: the reader needs it, and it {how}"
        at = reader.at("required")
        yield asked.note(Grade.BREAKS, "required", text, _find_property(writer, name), at)


def _compare_passed_over(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """Properties that a newer version made read-only or write-only, of which the older one cannot know."""
    for name in sorted(writer.properties.keys() & reader.properties.keys()):
        unsent, unread = (_is_passed_over(asked, case.properties[name]) for case in (writer, reader))
        if asked.flow is Flow.REQUEST and unread and not unsent and not asked.writer_is_newer:
            text = f"{path}/{name}: the older writer sends it, and the reader passes it over (`readOnly`)"
        elif asked.flow is Flow.RESPONSE and unsent and not unread and asked.writer_is_newer:
            text = f"{path}/{name}: the older reader knows it, and it is never written any more (`writeOnly`)"
        else:
            continue
        given, wanted = writer.properties[name][0], reader.properties[name][0]
        yield asked.note(Grade.MAY_BREAK, "property-removed", text, given, wanted)


def _compare_property(
    asked: Containment, writer: Case, reader: Case, name: str, path: str
) -> Iterator[Mismatch]:
    wanted, given = reader.properties[name], writer.properties.get(name)
    below = f"{path}/{name}"
    if given is not None:
        if not _is_passed_over(asked, given):
            yield from asked.compare(given, wanted, below)
            if name not in writer.required:
                yield from compare_defaults(asked, given, wanted, below)
        return
    others = find_said(writer, name)
    if others:  # the writer may put one of its own under the name
        yield from asked.compare(others, wanted, below)
    elif name not in reader.required and asked.writer_is_newer and asked.flow is not Flow.REQUEST:
        text = f"{below}: the older reader knows it, and it is never written any more"
        yield asked.note(Grade.MAY_BREAK, "property-removed", text, writer.node, _find_property(reader, name))


def compare_defaults(asked: Containment, writer: Parts, reader: Parts, path: str) -> Iterator[Mismatch]:
    """What is left out of a request or message means to the reader what its default says."""
    if asked.flow is Flow.RESPONSE:
        return
    meant = [part.read("default") for part in flatten(writer) if part.has("default")]
    taken = [part.read("default") for part in flatten(reader) if part.has("default")]
    if meant[:1] == taken[:1] and (not meant or is_among(meant[0], taken)):
        return
    shown = [f"`{str(values[0])[:60]}`" if values else "nothing" for values in (meant, taken)]
    text = f"{path}: left out, it means {shown[0]} to the writer and {shown[1]} to the reader"
    yield asked.note(Grade.SILENT, "default", text, writer[0], reader[0])


def _compare_unread(
    asked: Containment, reader: Case, given: Parts, name: str, path: str
) -> Iterator[Mismatch]:
    """A property that the reader does not name."""
    below = f"{path}/{name}"
    others = find_said(reader, name)
    if others is None:
        text = f"{below}: it can be written, and the reader takes no property that it does not name"
        yield asked.note(Grade.BREAKS, "additionalProperties", text, given[0], reader.node)
    elif others:
        yield from asked.compare(given, others, below)
    elif asked.flow is Flow.REQUEST and not asked.writer_is_newer:
        text = f"{below}: the older writer sends it, and the reader does not know it any more"
        yield asked.note(Grade.MAY_BREAK, "property-removed", text, given[0], reader.node)


def _compare_others(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """Properties that neither side names; and schemas for names of a pattern, and for names themselves."""
    yield from _compare_open(asked, writer, reader, path)
    yield from _compare_read_patterns(asked, writer, reader, path)
    yield from _compare_written_patterns(asked, writer, reader, path)
    wanted, given = reader.read("propertyNames"), writer.read("propertyNames")
    if not wanted or wanted == [True] or wanted == given:
        return
    if reader.below("propertyNames") and writer.below("propertyNames"):
        below = f"{path} (propertyNames)"
        yield from asked.compare(writer.below("propertyNames"), reader.below("propertyNames"), below)
    else:
        text = f"{path}: the reader has `propertyNames`, of which the writer knows nothing"
        yield asked.note(Grade.BREAKS, "propertyNames", text, writer.node, reader.node)


def _compare_open(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    given, wanted = find_others(writer), find_others(reader)
    below = f"{path}/*"
    if given is None:
        return
    if wanted is None:
        grade = Grade.BREAKS if given or True in writer.read("additionalProperties") else Grade.MAY_BREAK
        text = f"{below}: the reader takes no property that it does not name, the writer may send some"
        yield asked.note(grade, "additionalProperties", text, writer.node, reader.node)
    elif given and wanted:
        yield from asked.compare(given, wanted, below)
    elif wanted and any(part.value for part in flatten(wanted)):
        text = f"{below}: the writer may send anything, the reader has a schema for it"
        yield asked.note(Grade.MAY_BREAK, "additionalProperties", text, writer.node, reader.node)


def _compare_read_patterns(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """Names of which the reader has a pattern; those that the writer names are looked at one by one."""
    given = list_patterns(writer)
    is_closed = find_others(writer) is None
    for pattern, schemas in list_patterns(reader).items():
        below = f"{path}/({pattern[:60]})"
        if pattern in given:
            yield from asked.compare(given[pattern], schemas, below)
        elif not is_closed:
            text = f"{below}: the reader has a schema for such names, of which the writer knows nothing"
            yield asked.note(Grade.BREAKS, "patternProperties", text, writer.node, schemas[0])
        elif not all(are_apart(pattern, other) or covers(pattern, other) for other in given):
            text = f"{below}: the reader has a schema for such names, the writer for names of other patterns"
            yield asked.note(Grade.MAY_BREAK, "patternProperties", text, writer.node, schemas[0])


def _compare_written_patterns(
    asked: Containment, writer: Case, reader: Case, path: str
) -> Iterator[Mismatch]:
    """Names of which the writer has a pattern, and the reader has not: to it they are like all others."""
    known, others = list_patterns(reader), find_others(reader)
    for pattern, schemas in list_patterns(writer).items():
        if pattern in known or any(one.value is False for one in schemas):
            continue
        below = f"{path}/({pattern[:60]})"
        if wider := [one for other, several in known.items() if covers(other, pattern) for one in several]:
            yield from asked.compare(schemas, tuple(wider), below)
        elif others is None:
            text = f"{below}: such names can be written, and the reader takes none that it does not name"
            yield asked.note(Grade.BREAKS, "patternProperties", text, schemas[0], reader.node)
        elif others:
            yield from asked.compare(schemas, others, below)


def _compare_dependencies(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    for word in ("dependentRequired", "dependentSchemas", "dependencies"):
        wanted, given = reader.read(word), writer.read(word)
        for one in wanted:
            if isinstance(one, dict) and not any(
                _keeps(other, one, writer.required) for other in (*given, {})
            ):
                text = f"{path}: the reader has `{word}` that the writer does not keep"
                yield asked.note(Grade.BREAKS, word, text, writer.node, reader.node)


def _keeps(given: object, wanted: dict[str, object], always: frozenset[str]) -> bool:
    """Whether who keeps one set of dependencies, and writes some properties always, keeps the other."""
    if not isinstance(given, dict):
        return False
    for name, needed in wanted.items():
        has = given.get(name, [])
        if has == needed:
            continue
        if (
            not isinstance(has, list)
            or not isinstance(needed, list)
            or any(one not in has and one not in always for one in needed)
        ):
            return False
    return True


def _find_property(case: Case, name: str) -> Node:
    return case.properties[name][0] if name in case.properties else case.node
