"""What a schema says of a property: by its name, by a pattern of names, or as of all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..documents import Node
from ..sides import UnjudgedError
from .flattening import Parts, flatten
from .patterns import are_apart, fits_pattern

if TYPE_CHECKING:
    from .shapes import Case

MAX_MATCHES = 20_000
"""Names that are held against patterns in one question; each takes milliseconds at worst."""


def find_said(case: Case, name: str) -> Parts | None:
    """What the parts of a case say of a property; None if one of them allows none of that name. Raises
    `UntriedPatternError`."""
    said: list[Node] = []
    for part in case.parts:
        own = [*_list_own(part, name)]
        others = part.read("additionalProperties")
        if own:
            said += own
        elif others is False:
            return None
        elif isinstance(others, dict):
            said.append(_child(part, "additionalProperties"))
    for part, heard in case.unevaluated_properties:
        if any(one.has("additionalProperties") or any(_list_own(one, name)) for one in heard):
            continue
        if part.read("unevaluatedProperties") is False:
            return None
        said.append(_child(part, "unevaluatedProperties"))
    return tuple(said)


def find_others(case: Case) -> Parts | None:
    """What a case says of properties that it neither names nor has a pattern for; None if it allows none."""
    said: list[Node] = []
    for part in case.parts:
        others = part.read("additionalProperties")
        if others is False:
            return None
        if isinstance(others, dict):
            said.append(_child(part, "additionalProperties"))
    for part, heard in case.unevaluated_properties:
        if any(one.has("additionalProperties") for one in heard):
            continue
        if part.read("unevaluatedProperties") is False:
            return None
        said.append(_child(part, "unevaluatedProperties"))
    return tuple(said)


def list_patterns(case: Case) -> dict[str, Parts]:
    """What is said of names of each pattern, but for those of which another part allows none: by the pattern,
    and by parts that have none for such names, as of all others."""
    found: dict[str, Parts] = {}
    for part in case.parts:
        for pattern, schema in part.raw("patternProperties"):
            if not _is_shut_out(case, part, pattern):
                said = (schema, *_list_besides(case, part, pattern))
                found[pattern] = (*found.get(pattern, ()), *said)
    return found


def _list_besides(case: Case, part: Node, pattern: str) -> Iterator[Node]:
    for one in case.parts:
        others = one.read("additionalProperties")
        if one.key != part.key and isinstance(others, dict) and _lacks(one, pattern):
            yield _child(one, "additionalProperties")


def _is_shut_out(case: Case, part: Node, pattern: str) -> bool:
    """Whether another part takes no property of such a name."""
    others = [one for one in case.parts if one.key != part.key]
    if any(one.read("additionalProperties") is False and _lacks(one, pattern) for one in others):
        return True
    return any(
        one.read("unevaluatedProperties") is False
        and not any(heard.has("additionalProperties") or not _lacks(heard, pattern) for heard in several)
        for one, several in case.unevaluated_properties
    )


def _lacks(part: Node, pattern: str) -> bool:
    """Whether a part surely has no pattern for names of another one."""
    return all(are_apart(own, pattern) for own, _ in part.raw("patternProperties"))


def list_unevaluated(case: Case, word: str) -> Iterator[tuple[Node, Parts]]:
    """The parts of a case that speak of what nothing else looked at (JSON Schema 2020-12, Core, 11), each
    with the parts that it hears of: itself, and what stands below it, not what stands above or beside."""
    asking = [part for part in case.parts if part.read(word) is False or isinstance(part.read(word), dict)]
    for part in asking:
        below = _find_below(part)
        yield part, tuple(one for one in case.parts if one.key in below)


def _find_below(part: Node) -> set[tuple[str, tuple[str | int, ...]]]:
    """The schemas that stand in the place of one: what it refers to, `allOf`, and all alternatives."""
    found: set[tuple[str, tuple[str | int, ...]]] = set()
    todo = [part]
    while todo:
        for one in flatten((todo.pop(),)):
            if one.key not in found:
                found.add(one.key)
                todo += [*one.members("oneOf"), *one.members("anyOf")]
    return found


def _list_own(part: Node, name: str) -> Iterator[Node]:
    """What one part says of a name under `properties` and `patternProperties`."""
    named = part.read("properties")
    if isinstance(named, dict) and name in named:
        yield Node(part.library, part.path, (*part.pointer, "properties", name), named[name])
    for pattern, schema in part.raw("patternProperties"):
        part.library.matches += 1
        if part.library.matches > MAX_MATCHES:
            raise UnjudgedError(f"more than {MAX_MATCHES:,} names are held against patterns", part.path)
        if fits_pattern(name, pattern):
            yield schema


def _child(part: Node, word: str) -> Node:
    return Node(part.library, part.path, (*part.pointer, word), part.read(word))
