"""A schema as the sum of its cases: each a conjunction of parts, with `allOf` and references taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct

from ..documents import Json, Node
from .flattening import Parts
from .members import find_said, list_unevaluated

TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")

_OBJECT_WORDS = ("properties", "required", "additionalProperties", "patternProperties", "propertyNames")
_ARRAY_WORDS = ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains")


class Case(Struct, frozen=True, eq=False, dict=True):
    """One of the alternatives of a schema. `branches` are those of a `oneOf` that it took, `label` the value
    of the discriminator that chooses it, `discriminator` the name of that; `name` is what the schema of the
    alternative is called, if it is a reference."""

    parts: Parts
    branches: frozenset[tuple[tuple[str, tuple[str | int, ...]], int]] = frozenset()
    label: str | None = None
    discriminator: str | None = None
    name: str | None = None

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of its values; a number includes integers."""
        found = frozenset(TYPES)
        for part in self.parts:
            found &= _list_types(part)
        if not self._says_type:
            found &= self._guessed
        return found

    @cached_property
    def _says_type(self) -> bool:
        return any(part.has("type") for part in self.parts)

    @cached_property
    def _guessed(self) -> frozenset[str]:
        """Of a schema without `type` that speaks of objects (arrays) alone: people mean these."""
        if any(part.has(word) for part in self.parts for word in _OBJECT_WORDS):
            return frozenset({"object"})
        if any(part.has(word) for part in self.parts for word in _ARRAY_WORDS):
            return frozenset({"array"})
        return frozenset(TYPES)

    @cached_property
    def values(self) -> list[Json] | None:
        """The values of `enum` and `const`, those that all parts list; None if no part lists any."""
        found: list[Json] | None = None
        for part in self.parts:
            for listed in _list_values(part):
                found = listed if found is None else [one for one in found if is_among(one, listed)]
        return found

    def read(self, word: str) -> list[Json]:
        """What its parts say under a keyword."""
        return [part.read(word) for part in self.parts if part.has(word)]

    def find(self, word: str) -> Node | None:
        """The first part that has the keyword."""
        return next((part for part in self.parts if part.has(word)), None)

    def at(self, word: str) -> Node:
        """Where a keyword stands; the case itself if none of its parts has it."""
        part = self.find(word)
        if part is None:
            return self.node
        return Node(part.library, part.path, (*part.pointer, word), part.read(word))

    @property
    def node(self) -> Node:
        """Where it is told that it stands."""
        return self.parts[0]

    @cached_property
    def properties(self) -> dict[str, Parts]:
        """Each property that is named and allowed, with what all parts say of it: a part that does not name
        it says what it says of all others."""
        named = dict.fromkeys(name for part in self.parts for name, _ in part.raw("properties"))
        found = {name: find_said(self, name) for name in named}
        return {name: said for name, said in found.items() if said is not None}

    @cached_property
    def unevaluated_properties(self) -> tuple[tuple[Node, Parts], ...]:
        """The parts with `unevaluatedProperties`, each with those of which it hears."""
        return tuple(list_unevaluated(self, "unevaluatedProperties"))

    @cached_property
    def unevaluated_items(self) -> tuple[tuple[Node, Parts], ...]:
        """The parts with `unevaluatedItems`, each with those of which it hears."""
        return tuple(list_unevaluated(self, "unevaluatedItems"))

    @cached_property
    def required(self) -> frozenset[str]:
        """The properties that must be there."""
        names = (name for listed in self.read("required") if isinstance(listed, list) for name in listed)
        return frozenset(name for name in names if isinstance(name, str))

    def below(self, word: str) -> Parts:
        """The schemas under a keyword that takes one schema (`items`, `additionalProperties`)."""
        nodes = []
        for part in self.parts:
            if isinstance(part.read(word), dict):
                nodes += [Node(part.library, part.path, (*part.pointer, word), part.read(word))]
        return tuple(nodes)


def _list_types(part: Node) -> frozenset[str]:
    if part.value is False:
        return frozenset()
    said = part.read("type")
    if said is None:
        return frozenset(TYPES)
    names = {name for name in (said if isinstance(said, list) else [said]) if isinstance(name, str)}
    if "number" in names:
        names.add("integer")
    if _is_nullable(part):
        names.add("null")
    return frozenset(names & {*TYPES})


def _is_nullable(part: Node) -> bool:
    """Whether a schema of OpenAPI 3.0 takes null besides."""
    if part.read("nullable") is not True:
        return False
    part.library.has_nullable = True
    return part.library.heeds_nullable


def _list_values(part: Node) -> Iterator[list[Json]]:
    listed = part.read("enum")
    if isinstance(listed, list):
        # OpenAPI 3.0 wants null in the list of a nullable enum; most files leave it out and mean it.
        yield [*listed, None] if _is_nullable(part) and None not in listed else listed
    if part.has("const"):
        yield [part.read("const")]


def is_among(value: Json, listed: Iterable[Json]) -> bool:
    """Whether JSON has the value among others: true is not 1, and 1.0 is 1."""
    return any(isinstance(value, bool) == isinstance(other, bool) and value == other for other in listed)


def find_type(value: Json) -> str:
    """The JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
