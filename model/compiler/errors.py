"""What cannot be compiled."""

from __future__ import annotations

from ..names import Place
from ..resources.limits import LimitError


class TooManyCasesError(LimitError):
    """A predicate of which there is no guard of a size that can be handled; `place` is where it stands."""

    option = "no option raises it"

    def __init__(self, number: int, limit: int, place: Place | None = None) -> None:
        super().__init__(number, limit, place)
        self.number, self.limit, self.place = number, limit, place

    def __str__(self) -> str:
        at = f"{self.place}: " if self.place else ""
        return f"{at}a predicate needs too many cases to be a guard: {self.number:,}, at most {self.limit:,}"

    @property
    def advice(self) -> str:
        return "say it of fewer components or instances, or in predicates of their own"
