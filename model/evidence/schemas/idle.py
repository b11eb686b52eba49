"""Words to which a format gives no meaning, and which who wrote them meant all the same."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from ..judgement import Grade, Mismatch

Judged = tuple[list[Mismatch], bool]
"""What was found, and whether words without a meaning were seen."""


def compare_as_meant(compare: Callable[[bool], Judged], idle: str) -> list[Mismatch]:
    """What is found where words without a meaning are passed over, and what would be if they counted: that
    may break. `compare` is told whether to pass over them; `idle` says which they are."""
    found, has_idle_words = compare(False)
    if not has_idle_words:
        return found
    plain, _ = compare(True)
    return [*plain, *(_soften(one, idle) for one in found if one not in plain)]


def _soften(found: Mismatch, idle: str) -> Mismatch:
    grade = max(found.grade, Grade.MAY_BREAK, key=lambda one: one.rank)
    text = f"{found.message} (if words count that have no meaning there: {idle})"
    return structs.replace(found, grade=grade, message=text)
