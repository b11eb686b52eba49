"""A schema as the sum of its cases: each a conjunction of parts, with `allOf` and references taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import Final

from msgspec import Struct

from ..documents import Json, Node
from ..sides import UnjudgedError

TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")
MAX_CASES = 256
"""Of one schema: `oneOf` and `anyOf` that stand side by side multiply."""
MAX_PARTS = 1_000
"""Of one conjunction."""

_OBJECT_WORDS = ("properties", "required", "additionalProperties", "patternProperties", "propertyNames")
_ARRAY_WORDS = ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains")

Parts = tuple[Node, ...]
"""Schemas that must all hold; none of them is a reference or has an `allOf` that still counts."""


def flatten(nodes: Iterable[Node]) -> Parts:
    """The parts of schemas that must all hold: what they refer to and what stands in `allOf` beside it."""
    found: dict[tuple[str, tuple[str | int, ...]], Node] = {}
    todo = list(nodes)[::-1]
    while todo:
        node = todo.pop()
        if node.key in found:
            continue
        if node.reference is not None:
            node = _heed(node)
        found[node.key] = node
        if len(found) > MAX_PARTS:
            raise UnjudgedError(f"more than {MAX_PARTS:,} schemas must hold together", node.path)
        if node.reference is not None:
            todo.append(node.follow())
        todo.extend(reversed(node.members("allOf")))
    return tuple(found.values())


def _heed(reference: Node) -> Node:
    """A reference with what stands beside it, where that counts."""
    reference.library.has_siblings |= any(_says(word) for word in reference.value)
    return reference if reference.library.heeds_siblings else reference.alone()


def _says(word: str) -> bool:
    """Whether a word beside a reference asks anything of values."""
    return word not in ("$ref", "description", "summary", "title") and not word.startswith("x-")


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
        found = {name: self._list_said(name) for name in named}
        return {name: tuple(said) for name, said in found.items() if said is not None}

    def _list_said(self, name: str) -> list[Node] | None:
        """What the parts say of a property; None if one of them allows none of that name."""
        said: list[Node] = []
        for part in self.parts:
            own, others = part.read("properties"), part.read("additionalProperties")
            if isinstance(own, dict) and name in own:
                said.append(Node(part.library, part.path, (*part.pointer, "properties", name), own[name]))
            elif part.has("patternProperties"):
                continue
            elif others is False:
                return None
            elif isinstance(others, dict):
                said.append(Node(part.library, part.path, (*part.pointer, "additionalProperties"), others))
        return said

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


def list_cases(parts: Parts) -> tuple[Case, ...]:
    """The alternatives of a schema. Raises `UnjudgedError` if they are too many."""
    return tuple(_expand(flatten(parts), 0))


def _expand(parts: Parts, depth: int) -> Iterator[Case]:
    if depth > 20:
        raise UnjudgedError("`oneOf` and `anyOf` stand in each other more than 20 deep", parts[0].path)
    groups = [(part, word) for part in parts for word in ("oneOf", "anyOf") if part.members(word)]
    choices = [_list_choices(part, word, part.members(word), depth) for part, word in groups]
    choices += [
        _list_choices(part, "discriminator", subtypes, depth)
        for part in parts
        if (subtypes := _list_subtypes(part, parts))
    ]
    if not choices:
        yield Case(parts)
        return
    count = 1
    for choice in choices:
        count *= len(choice)
        if count > MAX_CASES:
            raise UnjudgedError(f"more than {MAX_CASES} alternatives of one schema", parts[0].path)
    for chosen in product(*choices):
        yield _join(parts, chosen)


def _list_subtypes(part: Node, parts: Parts) -> tuple[Node, ...]:
    """The schemas that extend one with a discriminator (OpenAPI 3.1, 4.8.25): what is written as the one is
    really one of them. None where a part is such a schema already, or where alternatives are listed."""
    if _name_discriminator(part) is None or part.members("oneOf") or part.members("anyOf"):
        return ()
    if any(_extends(one, part) for one in parts):
        return ()
    if part.path not in part.library.heirs:
        part.library.heirs[part.path] = _find_heirs(part)
    return part.library.heirs[part.path].get(part.key, ())


def _find_heirs(part: Node) -> dict[tuple[str, tuple[str | int, ...]], Parts]:
    """The schemas of a document that have others in their `allOf`, by those."""
    document = Node(part.library, part.path, (), part.library.open(part.path).value)
    components = document.get("components")
    found: dict[tuple[str, tuple[str | int, ...]], Parts] = {}
    for name, schema in components.raw("schemas") if components is not None else ():
        told = {"$ref": f"#/components/schemas/{_escape(name)}"}
        heir = Node(part.library, part.path, (*schema.pointer, "$ref"), told)
        for member in schema.members("allOf"):
            if member.reference is not None:
                key = member.follow().key
                found[key] = (*found.get(key, ()), heir)
    return found


def _extends(schema: Node, base: Node) -> bool:
    """Whether a schema has another one in its `allOf`, by reference."""
    members = schema.members("allOf")
    return any(one.reference is not None and one.follow().key == base.key for one in members)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _list_choices(part: Node, word: str, members: Parts, depth: int) -> list[Case]:
    found = []
    name = _name_discriminator(part)
    for index, member in enumerate(members):
        for case in _expand(flatten((member,)), depth + 1):
            branch = {(part.key, index)} if word == "oneOf" else set()
            label = _find_label(part, member) if name else case.label
            called = case.name if member.reference is None else name_schema(member.reference)
            found.append(Case(case.parts, case.branches | branch, label, name or case.discriminator, called))
            if len(found) > MAX_CASES:
                raise UnjudgedError(f"more than {MAX_CASES} alternatives of one schema", part.path)
    return found


def _join(parts: Parts, chosen: Iterable[Case]) -> Case:
    members = {part.key: part for part in parts}
    branches: frozenset[tuple[tuple[str, tuple[str | int, ...]], int]] = frozenset()
    label = name = called = None
    for case in chosen:
        members.update((part.key, part) for part in case.parts)
        branches |= case.branches
        label, name = label or case.label, name or case.discriminator
        called = called or case.name
    return Case(tuple(members.values()), branches, label, name, called)


def _name_discriminator(part: Node) -> str | None:
    """The property that says which alternative a value is, where a schema names one."""
    told = part.read("discriminator")
    name = told.get("propertyName") if isinstance(told, dict) else None
    return name if isinstance(name, str) else None


def _find_label(part: Node, member: Node) -> str | None:
    """The value of the discriminator that chooses an alternative: mapped to it, or the schema's name."""
    if member.reference is None:
        return None
    told = part.read("discriminator")
    mapping = told.get("mapping") if isinstance(told, dict) else None
    for label, target in mapping.items() if isinstance(mapping, dict) else ():
        if target in (member.reference, name_schema(member.reference)):
            return str(label)
    return name_schema(member.reference)


def name_schema(reference: str) -> str:
    """What a schema is called to which a reference leads."""
    return reference.rsplit("/", 1)[-1]


def _list_types(part: Node) -> frozenset[str]:
    if part.value is False:
        return frozenset()
    said = part.read("type")
    if said is None:
        return frozenset(TYPES)
    names = {name for name in (said if isinstance(said, list) else [said]) if isinstance(name, str)}
    if "number" in names:
        names.add("integer")
    if part.read("nullable") is True:
        names.add("null")
    return frozenset(names & {*TYPES})


def _list_values(part: Node) -> Iterator[list[Json]]:
    listed = part.read("enum")
    if isinstance(listed, list):
        # OpenAPI 3.0 wants null in the list of a nullable enum; most files leave it out and mean it.
        yield [*listed, None] if part.read("nullable") is True and None not in listed else listed
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
