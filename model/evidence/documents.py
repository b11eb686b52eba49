"""Contracts in YAML and JSON: values with their places, and references that never leave the folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from ..language.document import Document, Scalar, Sequence, YamlNode, parse_document
from .judgement import Spot
from .sides import Side, Tree, UnjudgedError, normalise

Json = Any
"""None, a truth, a number, a text, a list of these, or a mapping from texts to these."""

Pointer = tuple[str | int, ...]

MAX_REFERENCES = 100
"""References that follow each other without anything between."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MAX_DIGITS = 400
"""Of a number; Python reads longer ones in quadratic time."""


class Node(Struct, frozen=True, eq=False):
    """A value in a document; equal to itself alone, and known by `key`."""

    library: Library
    path: str
    pointer: Pointer
    value: Json

    @property
    def key(self) -> tuple[str, Pointer]:
        """Which value it is among all of a library."""
        return self.path, self.pointer

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return Spot(self.path, self.library.find_line(self.path, self.pointer))

    def get(self, name: str) -> Node | None:
        """The value under a key, references followed; None where there is none."""
        if not isinstance(self.value, dict) or name not in self.value:
            return None
        return self._child(name, self.value[name]).resolve()

    def has(self, name: str) -> bool:
        """Whether something stands under the key."""
        return isinstance(self.value, dict) and name in self.value

    def read(self, name: str, default: Json = None) -> Json:
        """The plain value under a key; of a mapping alone."""
        return self.value.get(name, default) if isinstance(self.value, dict) else default

    def entries(self, name: str) -> Mapping[str, Node]:
        """What stands in the mapping under a key, references followed; nothing if it is none."""
        below = self.get(name)
        if below is None or not isinstance(below.value, dict):
            return {}
        return {str(key): below._child(str(key), value).resolve() for key, value in below.value.items()}

    def items(self, name: str) -> tuple[Node, ...]:
        """What stands in the list under a key, references followed; nothing if it is none."""
        below = self.get(name)
        if below is None or not isinstance(below.value, list):
            return ()
        return tuple(below._child(index, value).resolve() for index, value in enumerate(below.value))

    def raw(self, name: str) -> Iterator[tuple[str, Node]]:
        """The members of the mapping under a key, references as they are; none if it is no mapping."""
        value = self.read(name)
        if isinstance(value, dict):
            inside = self._child(name, value)
            yield from ((str(key), inside._child(str(key), item)) for key, item in value.items())

    def members(self, name: str) -> tuple[Node, ...]:
        """The members of the list under a key, references as they are; none if it is no list."""
        value = self.read(name)
        inside = self._child(name, value)
        several = enumerate(value) if isinstance(value, list) else ()
        return tuple(inside._child(index, item) for index, item in several)

    def _child(self, name: str | int, value: Json) -> Node:
        return Node(self.library, self.path, (*self.pointer, name), value)

    @property
    def reference(self) -> str | None:
        """What it refers to, if it is a reference."""
        target = self.read("$ref")
        return target if isinstance(target, str) else None

    def resolve(self) -> Node:
        """The value that it stands for, over references to references. Raises `UnjudgedError`."""
        node = self
        for _ in range(MAX_REFERENCES):
            if node.reference is None:
                return node
            node = node.library.refer(node, node.reference)
        raise UnjudgedError(f"`$ref: {self.reference}` leads in a circle", *_at(self))

    def alone(self) -> Node:
        """The same reference with nothing beside it; only for one that is a reference."""
        return Node(self.library, self.path, self.pointer, {"$ref": self.reference})

    def follow(self) -> Node:
        """What its own reference leads to; only for one that is a reference. Raises `UnjudgedError`."""
        assert self.reference is not None, "no reference stands here"
        return self.library.refer(self, self.reference)


def _at(node: Node) -> tuple[str, int]:
    spot = node.spot
    return spot.file, spot.line


@dataclass(eq=False)
class Library:
    """The documents of one tree, each read once."""

    tree: Tree
    _documents: dict[str, _Loaded] = field(default_factory=dict)
    heirs: dict[str, dict[tuple[str, Pointer], tuple[Node, ...]]] = field(default_factory=dict)
    """Schemas by those that they extend, of each document that was asked about."""
    heeds_siblings: bool = True
    """Whether what stands beside a `$ref` counts."""
    has_siblings: bool = False
    """Whether something was seen that stands beside a `$ref` of a schema."""
    heeds_nullable: bool = True
    """Whether `nullable` counts."""
    has_nullable: bool = False
    """Whether `nullable` was seen in a schema."""
    matches: int = 0
    """How often a name was held against a pattern."""
    _following: int = 0
    """References that are being followed: one may stand on the way to what another leads to."""

    def open(self, path: str, pointer: str = "") -> Node:
        """The value at a JSON pointer of a file. Raises `UnjudgedError`."""
        node = Node(self, path, (), self._load(path).value)
        for part in _split(pointer, path):
            node = _step(node.resolve(), part, pointer)
        return node

    def refer(self, node: Node, target: str) -> Node:
        """What a reference in a node leads to; files below the root alone, and nothing on a network."""
        file, _, fragment = target.partition("#")
        if "://" in file or file.startswith("//"):
            raise UnjudgedError(f"`$ref: {target}` leads to the network, where nothing is read", *_at(node))
        path = node.path
        if file:
            path = normalise(str(PurePosixPath(node.path).parent / unquote(file)))
        if self._following >= MAX_REFERENCES:
            raise UnjudgedError(f"`$ref: {target}` leads in a circle", *_at(node))
        self._following += 1
        try:
            return self.open(path, fragment)
        finally:
            self._following -= 1

    def find_line(self, path: str, pointer: Pointer) -> int:
        """The line of a value; 0 if it has none."""
        loaded = self._documents.get(path)
        return loaded.find_line(pointer) if loaded else 0

    def _load(self, path: str) -> _Loaded:
        if path not in self._documents:
            self._documents[path] = _Loaded(_parse(self.tree.read(path), path))
        return self._documents[path]


@dataclass(eq=False)
class _Loaded:
    document: Document

    @cached_property
    def value(self) -> Json:
        return _as_value(self.document.root)

    def find_line(self, pointer: Pointer) -> int:
        node: YamlNode | None = self.document.root
        line = 1
        for part in pointer:
            node, line = _find_child(node, part, line)
        return line


def _find_child(node: YamlNode | None, part: str | int, line: int) -> tuple[YamlNode | None, int]:
    if isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
        return node.items[part], node.items[part].place.line
    if node is not None and not isinstance(node, Scalar | Sequence):
        for key, value in node.entries:
            if key.text == part:
                return value, key.place.line
    return None, line


def open_side(side: Side) -> Node:
    """The part of a file that a side of a contract is. Raises `UnjudgedError`."""
    return Library(side.tree).open(normalise(side.path), side.pointer)


def _parse(content: bytes, path: str) -> Document:
    document = parse_document(content, path, foreign=True)
    if document.problems or document.root is None:
        problem = document.problems[0]
        raise UnjudgedError(problem.message, path, problem.place.line if problem.place else 0)
    return document


def _split(pointer: str, path: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901)."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise UnjudgedError(f"`#{pointer}` in `{path}` is no JSON pointer: it must begin with `#/`", path)
    return [part.replace("~1", "/").replace("~0", "~") for part in unquote(pointer)[1:].split("/")]


def _step(node: Node, part: str, pointer: str) -> Node:
    value = node.value
    if isinstance(value, dict) and part in value:
        return node._child(part, value[part])
    if isinstance(value, list) and part.isascii() and part.isdigit() and int(part[:9]) < len(value):
        return node._child(int(part[:9]), value[int(part[:9])])
    raise UnjudgedError(f"nothing stands at `#{pointer}` in `{node.path}`", node.path)


def _as_value(node: YamlNode | None) -> Json:
    """Plain values as JSON has them; the nesting of a document is limited, so this may recurse."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return None
    if isinstance(node, Scalar):
        return _as_scalar(node.text) if node.plain else node.text
    if isinstance(node, Sequence):
        return [_as_value(item) for item in node.items]
    return {key.text: _as_value(value) for key, value in node.entries}


def _as_scalar(text: str) -> Json:
    """A plain scalar by the core schema of YAML 1.2."""
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if len(text) <= _MAX_DIGITS and _INTEGER.fullmatch(text):
        return int(text)
    if len(text) <= _MAX_DIGITS and _FLOAT.fullmatch(text):
        return float(text)
    return text
