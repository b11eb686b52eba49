"""What a schema says of a property: by its name, by a pattern of names, or as of all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..documents import Node
from .flattening import Parts, flatten
from .patterns import fits_pattern

if TYPE_CHECKING:
    from .shapes import Case


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
    for part, heard in list_unevaluated(case, "unevaluatedProperties"):
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
    for part, heard in list_unevaluated(case, "unevaluatedProperties"):
        if any(one.has("additionalProperties") for one in heard):
            continue
        if part.read("unevaluatedProperties") is False:
            return None
        said.append(_child(part, "unevaluatedProperties"))
    return tuple(said)


def list_patterns(case: Case) -> dict[str, Node]:
    """The schemas for names of a pattern, but for those of which another part allows none."""
    return {
        name: schema
        for part in case.parts
        if part.has("patternProperties") and not _is_shut_out(case, part)
        for name, schema in part.raw("patternProperties")
    }


def _is_shut_out(case: Case, part: Node) -> bool:
    """Whether another part takes no property that it does not name."""
    others = [one for one in case.parts if one.key != part.key and not one.has("patternProperties")]
    if any(one.read("additionalProperties") is False for one in others):
        return True
    return any(
        one.read("unevaluatedProperties") is False
        and not any(heard.has("patternProperties") or heard.has("additionalProperties") for heard in several)
        for one, several in list_unevaluated(case, "unevaluatedProperties")
    )


def list_unevaluated(case: Case, word: str) -> Iterator[tuple[Node, Parts]]:
    """The parts of a case that speak of what nothing else looked at (JSON Schema 2020-12, Core, 11), each
    with the parts that it hears of: itself, and what stands below it, not what stands above or beside."""
    asking = [part for part in case.parts if part.read(word) is False or isinstance(part.read(word), dict)]
    for part in asking:
        below = {one.key for one in flatten((part,))}
        whole = {one.key for one in flatten((case.parts[0],))}
        yield part, tuple(one for one in case.parts if one.key in below or one.key not in whole)


def _list_own(part: Node, name: str) -> Iterator[Node]:
    """What one part says of a name under `properties` and `patternProperties`."""
    named = part.read("properties")
    if isinstance(named, dict) and name in named:
        yield Node(part.library, part.path, (*part.pointer, "properties", name), named[name])
    yield from (schema for pattern, schema in part.raw("patternProperties") if fits_pattern(name, pattern))


def _child(part: Node, word: str) -> Node:
    return Node(part.library, part.path, (*part.pointer, word), part.read(word))
