"""What breaks, as a deployment file has it: behind the key `breaks` of a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ..deployment import Aspect, Change, Declaration


def write_breaks(change: Change, declared: Iterable[Declaration]) -> str:
    """The declarations of one key, by aspect and verb where they are so declared, each pair with its grade
    where any has one; without a grade of its own a pair is as bad as the change says."""
    said = list(declared)
    if not said:
        return "none"
    if said[0].aspect is None:
        return _write_pairs(change, said[0])
    by_aspect = groupby(said, key=lambda one: one.aspect)
    told = (f"{aspect}: {_write_aspect(change, list(own))}" for aspect, own in by_aspect)
    return f"{{{', '.join(told)}}}"


def _write_aspect(change: Change, declared: Sequence[Declaration]) -> str:
    if declared[0].verb is None:
        return _write_pairs(change, declared[0])
    return f"{{{', '.join(f'{one.verb}: {_write_pairs(change, one)}' for one in declared)}}}"


def _write_pairs(change: Change, one: Declaration) -> str:
    graded = ", ".join(f"{pair}: {grade}" for pair, grade in _list_graded(change, one))
    if one.severities or one.unknown:
        return f"{{{graded}}}"
    return f"[{', '.join(pair for pair, _ in _list_graded(change, one))}]"


def _list_graded(change: Change, one: Declaration) -> Iterator[tuple[str, str]]:
    grades = dict(one.severities)
    usual = change.severity if one.aspect is None else change.severity_in(Aspect(one.aspect))
    for cell in sorted(one.cells, key=str):
        grade = "unknown" if cell in one.unknown else str(grades.get(cell, usual))
        yield f"{cell[0]} -> {cell[1]}", grade
