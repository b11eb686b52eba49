"""Kinds of changes: two versions of a contract, and what is right to say of them by its specification."""

from __future__ import annotations

from typing import NamedTuple

from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options

from .contracts import Differ, grade_both, write_side


class Kind(NamedTuple):
    """One change. `forward` is the grade of an old consumer at a new provider, `backward` that of a new
    consumer at an old one; `why` says what is not plain."""

    name: str
    old: str
    new: str
    forward: Grade
    backward: Grade
    why: str = ""

    @property
    def grades(self) -> tuple[Grade, Grade]:
        return self.forward, self.backward

    def judge(self, differ: Differ, path: str, options: Options | None = None) -> tuple[Grade, Grade]:
        """What the differ says in both directions of two files of that name."""
        old, new = write_side(self.old, 0, path=path), write_side(self.new, 1, path=path)
        return grade_both(differ, old, new, options)
