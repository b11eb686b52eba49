"""YAML text as a tree of nodes that know their places: the one door to PyYAML.

The tree is built from the stream of events, without recursion, so that no nesting overflows a
stack; all plain scalars stay text, and nothing in a file ever becomes code. What YAML allows and
a deployment file does not (tags, merge keys, duplicate keys, several documents) is a problem with
a place. Three sizes are limited: the file, its nesting, and its nodes with aliases expanded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct, field

from ..errors import Problem
from ..escapes import make_printable
from ..names import Place
from .suggestions import find_likely
from .syntax import explain
from .text import (
    MAX_BYTES,
    UnreadableFileError,
    decode,
    read_bytes,
    refuse_control_characters,
    report_too_large,
    split_lines,
)

MAX_DEPTH = 100
MAX_NODES = 500_000
"""Nodes of one document, each alias counted as all that it stands for."""

# The loader in C is ten times as fast; both give the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Scalar(Struct, frozen=True):
    """A text; `length` counts its characters in the source, within the first line of it."""

    text: str
    place: Place
    length: int = 1
    plain: bool = True

    @property
    def is_null(self) -> bool:
        """Nothing was written, or a word of YAML for nothing."""
        return self.plain and self.text in _NULLS

    @property
    def column_of_text(self) -> int | None:
        """The column at which `text` stands as it is; None if it is escaped, folded or anchored."""
        quote = 0 if self.plain else 1
        return self.place.column + quote if self.length == len(self.text) + 2 * quote else None


class Sequence(Struct, frozen=True):
    """A list."""

    items: tuple[YamlNode, ...]
    place: Place
    length: int = 1


class Mapping(Struct, frozen=True):
    """Keys with values, in the order of the file; no key comes twice.

    `complete` is false if an entry was refused, so that nobody complains of a key that is missing.
    """

    entries: tuple[tuple[Scalar, YamlNode], ...]
    place: Place
    complete: bool = True
    length: int = 1


YamlNode = Scalar | Sequence | Mapping


class Document(Struct, frozen=True):
    """One file; `root is None` if it could not be read, and then `problems` says why."""

    file: str
    root: Mapping | None
    lines: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_document(path: str | Path) -> Document:
    """The document in a file; never reads more than the limit, nor anything but a regular file."""
    file = str(path)
    try:
        return parse_document(read_bytes(Path(path)), file)
    except UnreadableFileError as refused:
        return Document(file, None, (), (refused.problem,))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        told = f"{make_printable(file)}: {reason.lower()}"
        meant = _find_meant(Path(path)) if isinstance(error, FileNotFoundError) else None
        fix = None if meant is None else f"did you mean `{make_printable(meant)}`?"
        return Document(file, None, (), (Problem("unreadable-file", told, fix=fix),))


def _find_meant(path: Path) -> str | None:
    """A file of YAML in the same folder whose name, but for its ending, is like this one's."""
    try:
        there = {one.stem: one.name for one in path.parent.iterdir() if one.suffix in (".yaml", ".yml")}
    except OSError:
        return None
    likely = find_likely(path.stem, there)
    return None if likely is None else str(path.with_name(there[likely]))


def parse_document(source: str | bytes, file: str, foreign: bool = False) -> Document:
    """The document in a text; the file is only named in places.

    A `foreign` one is of another format than ours: merge keys are expanded, tags are passed over.
    """
    lines: tuple[str, ...] = ()
    try:
        if len(source) > MAX_BYTES:
            raise UnreadableFileError(report_too_large(file))
        text = decode(source, file) if isinstance(source, bytes) else source.removeprefix("\ufeff")
        lines = split_lines(text)
        refuse_control_characters(text, file)
        builder = _TreeBuilder(file, lines, foreign)
        return Document(file, builder.build(text), lines, tuple(builder.problems))
    except UnreadableFileError as refused:
        return Document(file, None, lines, (refused.problem,))


class Stream(Struct, frozen=True):
    """All documents of a file of another format; empty ones are left out.

    `tags` are those that stand before values, by the place of the value.
    """

    file: str
    roots: tuple[YamlNode, ...]
    lines: tuple[str, ...]
    tags: dict[Place, str]
    problems: tuple[Problem, ...]


def parse_stream(source: str | bytes, file: str) -> Stream:
    """The documents in a text of another format; the limits of one document hold for all together."""
    lines: tuple[str, ...] = ()
    try:
        if len(source) > MAX_BYTES:
            raise UnreadableFileError(report_too_large(file))
        text = decode(source, file) if isinstance(source, bytes) else source.removeprefix("\ufeff")
        lines = split_lines(text)
        refuse_control_characters(text, file)
        builder = _StreamBuilder(file, lines)
        roots = builder.build_all(text)
        return Stream(file, roots, lines, builder.tags, tuple(builder.problems))
    except UnreadableFileError as refused:
        return Stream(file, (), lines, {}, (refused.problem,))


class _Open(Struct):
    """A collection whose end has not come yet."""

    event: yaml.CollectionStartEvent
    place: Place
    children: list[YamlNode] = field(default_factory=list)
    size: int = 1  # nodes, aliases expanded, itself included
    height: int = 1  # of the tallest child, itself included

    def add(self, node: YamlNode, size: int, height: int) -> None:
        self.children.append(node)
        self.size += size
        self.height = max(self.height, height + 1)


class _TreeBuilder:
    """Builds the tree of one document from its events."""

    def __init__(self, file: str, lines: tuple[str, ...], foreign: bool = False) -> None:
        self.file = file
        self.lines = lines
        self.foreign = foreign
        self.problems: list[Problem] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[YamlNode, int, int] | None] = {}  # None: still open
        self.nodes = 0
        self.root: YamlNode | None = None

    def build(self, text: str) -> Mapping:
        """The top-level mapping."""
        self._read(text)
        if isinstance(self.root, Mapping):
            return self.root
        if self.root is None or (isinstance(self.root, Scalar) and self.root.is_null):
            raise UnreadableFileError(Problem("empty-file", "the file is empty", Place(self.file, 1, 1)))
        kind = "list" if isinstance(self.root, Sequence) else "text"
        message = f"the file must be a mapping (`key: value` lines), not a {kind}"
        raise self._refusal("not-a-mapping", message, self.root.place)

    def _read(self, text: str) -> None:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            raise UnreadableFileError(self._syntax_problem(error)) from None
        except (yaml.YAMLError, ValueError, OverflowError) as error:  # the pure loader, on odd escapes
            place = Place(self.file, 1, 1)
            raise UnreadableFileError(self._problem("not-yaml", f"not valid YAML: {error}", place)) from None

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event), 1, 0, event.anchor)
            case yaml.AliasEvent():
                self._add(*self._anchored(event), None)
            case yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.CollectionEndEvent():
                self._end()
            case yaml.DocumentStartEvent() if self.root is not None:
                message = "a second document begins here; a file holds one"
                raise self._refusal("several-documents", message, self._place(event.start_mark))

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        self._check_tag(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open(event, self._place(event.start_mark)))
        self._check_depth(len(self.open))

    def _end(self) -> None:
        done = self.open.pop()
        node: YamlNode
        if isinstance(done.event, yaml.MappingStartEvent):
            node = self._mapping(done)
        else:
            node = Sequence(tuple(done.children), done.place)
        self.nodes -= done.size - 1  # `_add` counts them again, as part of this node
        self._add(node, done.size, done.height, done.event.anchor)

    def _add(self, node: YamlNode, size: int, height: int, anchor: str | None) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            message = f"more than {MAX_NODES:,} values, aliases counted as what they stand for"
            raise self._refusal("too-many-values", message, node.place)
        self._check_depth(len(self.open) + height)
        if anchor is not None:
            self.anchors[anchor] = (node, size, height)
        if self.open:
            self.open[-1].add(node, size, height)
        else:
            self.root = node

    def _anchored(self, event: yaml.AliasEvent) -> tuple[YamlNode, int, int]:
        place = self._place(event.start_mark)
        if event.anchor not in self.anchors:
            raise self._refusal("unknown-alias", f"no anchor `&{event.anchor}` stands above this", place)
        found = self.anchors[event.anchor]
        if found is None:
            message = f"the alias `*{event.anchor}` stands inside of what it stands for"
            raise self._refusal("recursive-alias", message, place)
        return found

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        self._check_tag(event)
        start: Any = event.start_mark
        end: Any = event.end_mark
        place = self._place(start)
        stop = end.column if end.line == start.line else len(self.lines[start.line])
        return Scalar(event.value, place, stop - start.column, not event.style)

    def _mapping(self, done: _Open) -> Mapping:
        entries: dict[str, tuple[Scalar, YamlNode]] = {}
        merged: list[YamlNode] = []
        complete = True
        for key, value in zip(done.children[::2], done.children[1::2], strict=True):
            if self.foreign and isinstance(key, Scalar) and key.plain and key.text == "<<":
                merged.append(value)
                continue
            problem = self._key_problem(key, entries)
            if problem is not None:
                self.problems.append(problem)
                complete = False
            elif isinstance(key, Scalar):
                entries[key.text] = (key, value)
        for name, entry in _list_merged(merged):
            entries.setdefault(name, entry)
        return Mapping(tuple(entries.values()), done.place, complete)

    def _key_problem(self, key: YamlNode, entries: dict[str, tuple[Scalar, YamlNode]]) -> Problem | None:
        if not isinstance(key, Scalar):
            return self._problem("key-not-text", "a key must be a text", key.place)
        if key.plain and key.text == "<<":
            fix = "write the keys out, or use an alias for the whole mapping"
            return self._problem("merge-key", "merge keys `<<` are not allowed", key.place, key.length, fix)
        if key.text in entries:
            first = entries[key.text][0].place
            message = (
                f"the key `{key.text}` stands here again; first in line {first.line}, column {first.column}"
            )
            return self._problem("duplicate-key", message, key.place, key.length)
        return None

    def _check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None and not self.foreign:
            place = self._place(event.start_mark)
            message = f"the tag `{event.tag}` is not allowed; a deployment file has no tags"
            self.problems.append(self._problem("tag", message, place))

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
            raise self._refusal("too-deep", message, self.open[-1].place)

    def _syntax_problem(self, error: yaml.MarkedYAMLError) -> Problem:
        found = explain(error, self.lines)
        place = Place(self.file, found.line + 1, found.column + 1)
        if found.is_tab:
            return self._problem("tab", found.message, place, fix=found.fix)
        return self._problem("not-yaml", f"not valid YAML: {found.message}", place, fix=found.fix)

    def _place(self, mark: Any) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1)

    def _problem(
        self, code: str, message: str, place: Place, length: int = 1, fix: str | None = None
    ) -> Problem:
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else None
        return Problem(code, message, place, line, length, fix)

    def _refusal(self, code: str, message: str, place: Place) -> UnreadableFileError:
        return UnreadableFileError(self._problem(code, message, place))


class _StreamBuilder(_TreeBuilder):
    """Builds the trees of all documents of a foreign text."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        super().__init__(file, lines, foreign=True)
        self.roots: list[YamlNode] = []
        self.tags: dict[Place, str] = {}

    def build_all(self, text: str) -> tuple[YamlNode, ...]:
        """The roots of the documents that are not empty."""
        self._read(text)
        return tuple(self.roots)

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentEndEvent):
            if self.root is not None and not (isinstance(self.root, Scalar) and self.root.is_null):
                self.roots.append(self.root)
            self.root = None
            self.anchors.clear()  # they end with their document
        else:
            super()._take(event)

    def _check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            self.tags[self._place(event.start_mark)] = event.tag


def _list_merged(values: list[YamlNode]) -> Iterator[tuple[str, tuple[Scalar, YamlNode]]]:
    """The entries that merge keys bring in, the first of a name before others (YAML 1.1, "merge")."""
    for value in values:
        for source in value.items if isinstance(value, Sequence) else (value,):
            if isinstance(source, Mapping):
                yield from ((key.text, (key, node)) for key, node in source.entries)
