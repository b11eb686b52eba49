"""Tables of PostgreSQL: how they are made, and altered."""

from __future__ import annotations

from collections.abc import Iterator

from ..besides import HARMLESS_OF_SEQUENCES
from ..operations import (
    AddColumn,
    AlterColumn,
    Bound,
    Column,
    Constrain,
    CreateTable,
    DropColumn,
    Lasting,
    Operation,
    Partition,
    ReleaseBound,
)
from .constraints import list_bound, read_constraint
from .expressions import Told, is_temporary, relation_of, show, show_type
from .statement import PostgresStatement

_HARMLESS = frozenset(
    {
        "AT_SetStatistics",
        "AT_SetStorage",
        "AT_ClusterOn",
        "AT_SetRelOptions",
        "AT_ResetRelOptions",
        "AT_ValidateConstraint",
        "AT_SetLogged",
        "AT_SetUnLogged",
        "AT_SetTableSpace",
        "AT_ReplicaIdentity",
        "AT_SetOptions",
    }
)


def create_table(statement: PostgresStatement, told: Told) -> Operation:
    """`CREATE TABLE`, a partition too."""
    table = relation_of(told)
    if "partbound" in told:
        whole = relation_of({"relation": told["inhRelations"][0]["RangeVar"]})
        return Partition(table, whole, statement.opaque("a partition", whole, Lasting.WIDENED))
    if told.get("inhRelations") or told.get("ofTypename"):
        return statement.opaque("a table made after another one", table, Lasting.MADE)
    columns: list[tuple[str, Column]] = []
    bound: list[Bound] = []
    for element in told.get("tableElts", ()):
        if "ColumnDef" in element:
            column = element["ColumnDef"]
            columns.append((column["colname"], _column(statement, column)))
            bound += list_bound(column)
        elif "Constraint" in element:
            bound += read_constraint(element["Constraint"])
        else:
            return statement.opaque("a table made like another one", table, Lasting.MADE)
    keys = {name.strip() for one in bound if one.kind == "primary key" for name in one.what.split(",")}
    columns = [(name, one.as_key() if name in keys else one) for name, one in columns]
    there, ends = bool(told.get("if_not_exists")), is_temporary(told)
    return CreateTable(table, tuple(columns), tuple(bound), statement.spot(), there, ends)


def _column(statement: PostgresStatement, told: Told) -> Column:
    nullable, default, generated, computed = True, None, False, False
    for one in told.get("constraints", ()):
        constraint = one["Constraint"]
        kind = constraint["contype"]
        if kind in ("CONSTR_NOTNULL", "CONSTR_PRIMARY"):
            nullable = False
        elif kind == "CONSTR_DEFAULT":
            default = show(constraint.get("raw_expr"))
        elif kind in ("CONSTR_IDENTITY", "CONSTR_GENERATED"):
            nullable = nullable and kind == "CONSTR_GENERATED"
            generated, computed = True, constraint.get("generated_when") == "a"
    type_ = show_type(told["typeName"])
    generated = generated or type_.endswith("serial")
    return Column(type_, nullable, default, generated, computed, statement.spot(told))


def alter_table(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    """`ALTER TABLE`, and of what else it is written."""
    table = relation_of(told)
    if told.get("objtype") != "OBJECT_TABLE":
        yield statement.opaque("a change of what is no table", table)
        return
    for one in told["cmds"]:
        yield from _command(statement, table, one["AlterTableCmd"])


def _command(statement: PostgresStatement, table: str, command: Told) -> Iterator[Operation]:
    kind = command["subtype"]
    match kind:
        case "AT_AddColumn":
            yield from _add_column(statement, table, command)
        case "AT_AddConstraint":
            for bound in read_constraint(command["def"]["Constraint"]):
                yield Constrain(table, bound, statement.spot())
        case "AT_DropConstraint":
            yield ReleaseBound(table, command["name"], statement.spot())
        case "AT_ChangeOwner":
            yield statement.rights("another owner", table, Lasting.CHANGED)
        case "AT_AddIdentity" | "AT_SetIdentity" | "AT_DropIdentity" | "AT_DropExpression":
            yield from _change_identity(statement, table, command)
        case _ if kind in _OF_COLUMNS:
            yield _change_column(statement, table, command)
        case _ if kind not in _HARMLESS:
            yield statement.opaque(f"a change of the table ({kind.removeprefix('AT_')})", table)


def _add_column(statement: PostgresStatement, table: str, command: Told) -> Iterator[Operation]:
    column = command["def"]["ColumnDef"]
    told, there = _column(statement, column), bool(command.get("missing_ok"))
    yield AddColumn(table, column["colname"], told, statement.spot(column), there)
    for bound in list_bound(column):
        yield Constrain(table, bound, statement.spot(column))


_OF_COLUMNS = ("AT_DropColumn", "AT_SetNotNull", "AT_DropNotNull", "AT_ColumnDefault", "AT_AlterColumnType")


def _change_column(statement: PostgresStatement, table: str, command: Told) -> Operation:
    kind, name, below = command["subtype"], command["name"], command.get("def")
    if kind == "AT_DropColumn":
        return DropColumn(table, name, statement.spot())
    if kind == "AT_ColumnDefault":
        return AlterColumn(table, name, "default", show(below) if below else None, statement.spot())
    if kind == "AT_AlterColumnType":
        type_ = show_type(command["def"]["ColumnDef"]["typeName"])
        return AlterColumn(table, name, "type_", type_, statement.spot())
    return AlterColumn(table, name, "nullable", kind == "AT_DropNotNull", statement.spot())


def _change_identity(statement: PostgresStatement, table: str, command: Told) -> Iterator[Operation]:
    """A column that the database fills, by a sequence or by an expression."""
    kind, name, below = command["subtype"], command["name"], command.get("def", {})
    if kind == "AT_AddIdentity":
        is_always = below["Constraint"].get("generated_when") == "a"
        yield from _identify(statement, table, name, is_filled=True, is_always=is_always)
    elif kind != "AT_SetIdentity":
        yield from _identify(statement, table, name, is_filled=False, is_always=False)
    else:
        options = [one["DefElem"] for one in below["List"]["items"]]
        when = [one["arg"]["Integer"]["ival"] for one in options if one["defname"] == "generated"]
        if when:
            yield from _identify(statement, table, name, is_filled=True, is_always=when[-1] == ord("a"))
        if any(one["defname"] not in ("generated", *HARMLESS_OF_SEQUENCES) for one in options):
            yield statement.opaque("a change of a sequence", table)


def _identify(
    statement: PostgresStatement, table: str, name: str, *, is_filled: bool, is_always: bool
) -> Iterator[Operation]:
    """A column that the database fills, always or where it is left out."""
    yield AlterColumn(table, name, "generated", is_filled, statement.spot())
    yield AlterColumn(table, name, "computed", is_always, statement.spot())
