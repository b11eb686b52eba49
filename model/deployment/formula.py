"""Temporal formulas over predicates: what a user's own properties say of a run."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from msgspec import Struct

from ..frozen import dataclass
from ..names import Place
from .predicate import Predicate


class Modality(StrEnum):
    """When something must hold."""

    ALWAYS = "always"
    NEVER = "never"
    EVENTUALLY = "eventually"
    LEADS_TO = "leads to"
    BEFORE = "before"
    UNTIL = "until"

    @property
    def is_binary(self) -> bool:
        return self in (Modality.LEADS_TO, Modality.BEFORE, Modality.UNTIL)


class Formula(Struct, frozen=True):
    """What must hold of every fair run.

    `always P`: in each state. `never P`: in no state. `eventually P`: in some state. `A leads to B`: in each
    state with A, or after it, comes one with B. `A before B`: no state has B unless it or an earlier one
    has A; B need never come. `A until B`: some state has B, and each one before it has A. `right` is None
    for the first three.
    """

    modality: Modality
    left: Predicate
    right: Predicate | None = None

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        return (self.left,) if self.right is None else (self.left, self.right)

    def __str__(self) -> str:
        if self.right is None:
            return f"{self.modality} {self.left}"
        return f"{self.left} {self.modality} {self.right}"


@dataclass(frozen=True, slots=True)
class Property:
    """A formula with the name that its user gave it."""

    name: str
    formula: Formula
    place: Place | None = field(default=None, compare=False)
