"""The alternatives of a schema: `oneOf`, `anyOf`, and those that a discriminator tells apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from ..documents import Node
from ..sides import UnjudgedError
from .flattening import Parts, flatten
from .shapes import Case

MAX_CASES = 256
"""Of one schema: `oneOf` and `anyOf` that stand side by side multiply."""


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
        labels = _list_labels(part, member) if name else [None]
        for case, label in product(_expand(flatten((member,)), depth + 1), labels):
            branch = {(part.key, index)} if word == "oneOf" else set()
            called = case.name if member.reference is None else name_schema(member.reference)
            chosen = name or case.discriminator
            found.append(Case(case.parts, case.branches | branch, label or case.label, chosen, called))
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


def _list_labels(part: Node, member: Node) -> list[str | None]:
    """The values of the discriminator that choose an alternative: mapped to it, or else the schema's name."""
    if member.reference is None:
        return [None]
    told = part.read("discriminator")
    mapping = told.get("mapping") if isinstance(told, dict) else None
    names = (member.reference, name_schema(member.reference))
    mapped = mapping.items() if isinstance(mapping, dict) else ()
    return [str(label) for label, target in mapped if target in names] or [names[1]]


def name_schema(reference: str) -> str:
    """What a schema is called to which a reference leads."""
    return reference.rsplit("/", 1)[-1]
