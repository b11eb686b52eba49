"""Whether what is written can fit several alternatives of a `oneOf`, which takes what fits one alone."""

from __future__ import annotations

from ..documents import Json, Node
from ..judgement import Grade, Mismatch
from .alternatives import list_cases, name_schema
from .members import find_said
from .shapes import Case, is_among

Tried = tuple[Case, list[Mismatch]]
"""One of the reader's alternatives, and what of the writer's values it does not understand."""

Group = tuple[str, tuple[str | int, ...]]


def grade_ambiguity(writer: Case, tried: list[Tried]) -> Grade | None:
    """How bad it is that values of the writer's case can fit more than one alternative of a `oneOf` of the
    reader's; None if none is known to. A discriminator tells alternatives apart."""
    for group, cases in _group(tried).items():
        if any(not found and group not in dict(case.branches) for case, found in tried):
            continue  # it is taken elsewhere
        fitting = [index for index, case, found in cases if _fits(found)]
        if len({*fitting}) > 1:
            known = _find_known(writer, "oneOf", cases, group)
            if not known.issuperset(fitting):
                return Grade.BREAKS
        known = _find_known(writer, "anyOf", cases, group)
        both = [(index, case) for index, case, _ in cases if index in known]
        if any(i != j and not _are_apart(one, other) for i, one in both for j, other in both):
            return Grade.MAY_BREAK
    return None


def _group(tried: list[Tried]) -> dict[Group, list[tuple[int, Case, list[Mismatch]]]]:
    """The alternatives without a label, by the `oneOf` in which they stand."""
    groups: dict[Group, list[tuple[int, Case, list[Mismatch]]]] = {}
    for case, found in tried:
        for group, index in case.branches if case.label is None else ():
            groups.setdefault(group, []).append((index, case, found))
    return groups


def _find_known(
    writer: Case, word: str, cases: list[tuple[int, Case, list[Mismatch]]], group: Group
) -> set[int]:
    """Which alternatives of the reader's are among those from which the writer chooses as well: by the schema
    that both refer to by one name, or word by word. What fits two alternatives of the writer's own `oneOf` is
    never written."""
    members = [member for part in writer.parts for member in part.members(word)]
    names = {name_schema(member.reference) for member in members if member.reference is not None}
    known = set()
    for index, case, _ in cases if members else ():
        own = _find_member(case, group, index)
        if own is not None and _is_among(own, members, names):
            known.add(index)
    return known


def _is_among(own: Node, members: list[Node], names: set[str]) -> bool:
    if own.reference is not None and name_schema(own.reference) in names:
        return True
    return any(own.resolve().value == member.resolve().value for member in members)


def _find_member(case: Case, group: Group, index: int) -> Node | None:
    return next((part.members("oneOf")[index] for part in case.parts if part.key == group), None)


def _fits(found: list[Mismatch]) -> bool:
    """Whether a value of the writer's is one of the reader's, if with properties that it does not name."""
    return all(one.rule == "property-removed" for one in found)


def _are_apart(one: Case, other: Case) -> bool:
    """Whether surely no value is of both: one of them needs a property that the other does not allow, or both
    need one that has no value in common."""
    if not one.types & other.types:
        return True
    if _lack(one.values, other.values):
        return True
    if any(find_said(other, name) is None for name in one.required):
        return True
    if any(find_said(one, name) is None for name in other.required):
        return True
    both = one.required & other.required & one.properties.keys() & other.properties.keys()
    return any(_are_apart_at(one, other, name) for name in both)


def _are_apart_at(one: Case, other: Case, name: str) -> bool:
    several = [list_cases(case.properties[name]) for case in (one, other)]
    return all(not a.types & b.types or _lack(a.values, b.values) for a in several[0] for b in several[1])


def _lack(one: list[Json] | None, other: list[Json] | None) -> bool:
    """Whether both list values, and none in common."""
    return one is not None and other is not None and not any(is_among(value, other) for value in one)
