"""What statements do to tables, whatever dialect and parser they come from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from ..judgement import Spot


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a migration left it; what was never said is None.

    `type_` is its type in small letters with its arguments, `default` the text of its default. The database
    fills one that is `generated`, and takes no value for one that is `computed`.
    """

    type_: str | None = None
    nullable: bool | None = None
    default: str | None = None
    generated: bool = False
    computed: bool = False
    spot: Spot = field(default=Spot(""), compare=False)

    def as_key(self) -> Column:
        """The same as a part of the primary key, which takes no NULL."""
        return replace(self, nullable=False)


class Bound(NamedTuple):
    """A constraint: its kind, what it binds, its name if it was given one, and what it asks besides: the
    condition of a check or of a unique index, the table that a foreign key refers to, and what becomes of
    rows when that changes."""

    kind: str
    what: str
    name: str = ""
    rule: str = ""

    @property
    def sense(self) -> tuple[str, str, str]:
        """All but the name."""
        return self.kind, self.what, self.rule


class CreateTable(Struct, frozen=True):
    """A table with its columns and constraints; one that `is_temporary` ends with the session."""

    table: str
    columns: tuple[tuple[str, Column], ...]
    constraints: tuple[Bound, ...]
    spot: Spot
    unless_there: bool = False
    is_temporary: bool = False


class DropTable(Struct, frozen=True):
    """A table, view or type that goes."""

    table: str
    spot: Spot


class RenameTable(Struct, frozen=True):
    """A table under a new name."""

    table: str
    to: str
    spot: Spot


class AddColumn(Struct, frozen=True):
    """A column more."""

    table: str
    name: str
    column: Column
    spot: Spot
    unless_there: bool = False


class DropColumn(Struct, frozen=True):
    """A column less."""

    table: str
    name: str
    spot: Spot


class RenameColumn(Struct, frozen=True):
    """A column under a new name."""

    table: str
    name: str
    to: str
    spot: Spot


class AlterColumn(Struct, frozen=True):
    """One trait of a column: `type_`, `nullable` or `default`, and its new value (None: it has none)."""

    table: str
    name: str
    trait: str
    value: str | bool | None
    spot: Spot


class Constrain(Struct, frozen=True):
    """A constraint more of a table."""

    table: str
    bound: Bound
    spot: Spot


class ReleaseBound(Struct, frozen=True):
    """A constraint, or an index, less by its name; of an index the table may not be told (None)."""

    table: str | None
    name: str
    spot: Spot
    is_index: bool = False


class Enumerate(Struct, frozen=True):
    """A type with listed values; with `added` these come to those that it has."""

    name: str
    values: tuple[str, ...]
    spot: Spot
    added: bool = False


class RenameEnum(Struct, frozen=True):
    """A type with listed values under a new name, or with `value` one of its values."""

    name: str
    to: str
    spot: Spot
    value: str | None = None


class Lasting(StrEnum):
    """What a statement leaves of a thing that no rule looks into."""

    CHANGED = "changed"
    MADE = "made"
    """It was not there before, so older code does not know it."""
    GONE = "gone"
    """It was there before, and newer code does not know it."""
    WIDENED = "widened"
    """More is possible than before, which harms nobody who did with less."""


class Opaque(Struct, frozen=True):
    """A statement of which no rule knows what it does; to one table or view, or (None) to any."""

    what: str
    text: str
    table: str | None
    spot: Spot
    lasting: Lasting = Lasting.CHANGED
    is_about_rights: bool = False
    """Who may use a thing: nothing that shows whether it was there before."""

    @property
    def sense(self) -> tuple[str, str, str | None]:
        """All but where it stands."""
        return self.what, self.text, self.table


class ViewColumn(NamedTuple):
    """A column of a view: its name (`*`: all columns of a table under their own), and the column of the
    table that it is; of one that is computed, or of which the table is not told, what it is made of."""

    name: str
    table: str | None
    column: str | None
    sense: str


class CreateView(Struct, frozen=True):
    """A view, or another one in its place; rows come from `relations`, by `rows` ("": each row of the one
    table once). `statement` is what it is where its tables do not have such columns."""

    table: str
    columns: tuple[ViewColumn, ...]
    rows: str
    relations: tuple[str, ...]
    is_writable: bool
    statement: Opaque
    mentions: tuple[str, ...] = ()
    """The names of all columns of which it speaks, wherever in it."""
    binds_by_name: bool = False
    """Whether it stops working when what it shows has another name."""


class FillTable(Struct, frozen=True):
    """Rows of one table that are put into another."""

    table: str
    of: str


class Partition(Struct, frozen=True):
    """A table that holds some of the rows of another one."""

    table: str
    of: str
    statement: Opaque


Operation = (
    CreateTable
    | CreateView
    | DropTable
    | RenameTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | AlterColumn
    | Constrain
    | ReleaseBound
    | Enumerate
    | RenameEnum
    | Opaque
    | FillTable
    | Partition
)
