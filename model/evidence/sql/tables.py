"""A table as migrations left it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..judgement import Spot
from .operations import Column

if TYPE_CHECKING:
    from .views import ShownView


@dataclass
class Table:
    """A table; `whole` if it was created here, so that no column of it is unknown."""

    columns: dict[str, Column] = field(default_factory=dict)
    bound: set[tuple[str, str, str]] = field(default_factory=set)
    """Constraints: their kinds, what they bind, and what they ask besides."""
    named: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Those of the constraints that were given a name."""
    whole: bool = True
    left: dict[str, str] = field(default_factory=dict)
    """Names that columns had once, and what those columns were called first."""
    first_names: dict[str, str] = field(default_factory=dict)
    """What columns were called first, of those that were renamed or made anew."""
    remade: dict[str, Spot] = field(default_factory=dict)
    """Where a name came to be that of another column."""
    first_name: str = ""
    """What the table was called first, or of which it has the rows."""
    is_remade: bool = False
    """Whether its name was that of another table, whose rows it does not have."""
    spot: Spot = field(default_factory=lambda: Spot(""))
    spots: dict[str, Spot] = field(default_factory=dict)
    """Where a column or constraint was last spoken of."""
    hidden: dict[str, Column] = field(default_factory=dict)
    """Of a view through which rows are written: columns of its table that it does not show."""
    view: ShownView | None = None

    def find_first_name(self, name: str) -> str:
        """What the column of a name was called first."""
        return self.first_names.get(name, name)

    def list_names(self) -> dict[str, str]:
        """What the columns are called now, by what they were called first."""
        return {self.find_first_name(name): name for name in self.columns}


def copy_table(table: Table) -> Table:
    """The same table, to be changed by itself; a view still refers to the tables that it did."""
    held = {word: copy(getattr(table, word)) for word in _HELD}
    return replace(table, **held)


_HELD = ("columns", "bound", "named", "left", "first_names", "remade", "spots", "hidden")


def split_names(what: str) -> set[str]:
    """The columns that a constraint binds."""
    return {name.strip() for name in what.split(",")}
