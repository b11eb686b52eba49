"""PostgreSQL by its own parser (libpg_query, through `pgparse`); what it does not know is opaque."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from msgspec import Struct

from ..judgement import Spot
from ..programs import load_library
from ..sides import UnjudgedError
from .besides import HARMLESS_OF_SEQUENCES, NEW, list_copied, list_granted, runs_function
from .operations import (
    AddColumn,
    AlterColumn,
    Bound,
    Column,
    Constrain,
    CreateTable,
    DropColumn,
    DropTable,
    Enumerate,
    Lasting,
    Opaque,
    Operation,
    Partition,
    Release,
    RenameColumn,
    RenameEnum,
    RenameTable,
)
from .transactions import Transaction

Told = dict[str, Any]

_WITHOUT_EFFECT = frozenset(
    {
        "UpdateStmt",
        "DeleteStmt",
        "VariableSetStmt",
        "VariableShowStmt",
        "CommentStmt",
        "CreateSchemaStmt",
        "VacuumStmt",
        "ExplainStmt",
        "ReindexStmt",
        "ClusterStmt",
        "CheckPointStmt",
        "NotifyStmt",
        "LockStmt",
        "CreateStatsStmt",
        "CopyStmt",
        "AlterDefaultPrivilegesStmt",
        "TruncateStmt",
    }
)
"""Statements that change no table's shape."""
_BINDING = {"CONSTR_PRIMARY": "primary key", "CONSTR_UNIQUE": "unique", "CONSTR_CHECK": "check",
            "CONSTR_FOREIGN": "foreign key", "CONSTR_EXCLUSION": "exclusion"}  # fmt: skip
_TYPES = {"int4": "int", "int8": "bigint", "int2": "smallint", "float4": "real", "float8": "double precision",
          "bool": "boolean", "bpchar": "char", "serial4": "serial", "serial8": "bigserial"}  # fmt: skip
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


def read_operations(text: str, file: str) -> Iterator[Operation]:
    """What the statements of a text do, in their order. Raises `UnjudgedError` for what is no PostgreSQL."""
    library = load_library("pgparse", "pgparse")
    try:
        statements = library.parse(text)
    except (library.PGQueryError, RecursionError) as error:
        raise UnjudgedError(f"no PostgreSQL: {str(error)[:200]}", file) from None
    source = text.encode()
    transaction, reader = Transaction(), _Statement(source, file, 0, 0)
    for one in statements:
        reader = _Statement(source, file, int(one.get("stmt_location", 0)), int(one.get("stmt_len", 0)))
        for kind, told in one["stmt"].items():
            if kind == "TransactionStmt":
                unknown = reader.opaque("what becomes of a transaction")
                transaction.control(told["kind"], told.get("savepoint_name", ""), unknown)
                if told.get("chain"):
                    transaction.control("BEGIN", "", unknown)
            else:
                transaction.done += reader.read(kind, told)
    yield from transaction.end(reader.opaque("a transaction that nobody ends"))


class _Statement(Struct, frozen=True):
    source: bytes
    file: str
    begin: int
    length: int

    def spot(self, told: Told | None = None) -> Spot:
        """The line of a part, or of the statement's first word."""
        at = int((told or {}).get("location", -1))
        at = self._find_start() if at < 0 else at
        return Spot(self.file, self.source.count(b"\n", 0, at) + 1)

    def _find_start(self) -> int:
        """Where the first word stands."""
        at = self.begin
        while at < len(self.source) and self.source[at : at + 1].isspace():
            at += 1
        while self.source[at : at + 2] == b"--":  # a comment belongs to no statement
            end = self.source.find(b"\n", at)
            at = len(self.source) if end < 0 else end + 1
            while at < len(self.source) and self.source[at : at + 1].isspace():
                at += 1
        return at

    @property
    def text(self) -> str:
        end = self.begin + self.length if self.length else len(self.source)
        return self.source[self._find_start() : end].decode("utf-8", "replace").strip()

    def opaque(self, what: str, table: str | None = None, lasting: Lasting = Lasting.CHANGED) -> Opaque:
        return Opaque(what, self.text, table, self.spot(), lasting)

    def rights(self, what: str, table: str | None, lasting: Lasting) -> Opaque:
        return Opaque(what, self.text, table, self.spot(), lasting, is_about_rights=True)

    def read(self, kind: str, told: Told) -> Iterator[Operation]:
        """What one statement does."""
        match kind:
            case "CreateStmt":
                yield self._create(told)
            case "AlterTableStmt":
                yield from self._alter(told)
            case "RenameStmt":
                yield from self._rename(told)
            case "DropStmt":
                yield from self._drop(told)
            case "CreateEnumStmt":
                values = tuple(one["String"]["sval"] for one in told.get("vals", ()))
                yield Enumerate(_last_name(told["typeName"]), values, self.spot())
            case "AlterEnumStmt" if "oldVal" in told:
                yield RenameEnum(_last_name(told["typeName"]), told["newVal"], self.spot(), told["oldVal"])
            case "AlterEnumStmt":
                yield Enumerate(_last_name(told["typeName"]), (told["newVal"],), self.spot(), added=True)
            case "IndexStmt":
                if told.get("unique"):
                    columns = [one["IndexElem"].get("name", "?") for one in told.get("indexParams", ())]
                    name = str(told.get("idxname", ""))
                    bound = Bound("unique", ", ".join(columns), name, _show_condition(told))
                    yield Constrain(_relation(told), bound, self.spot())
            case "ViewStmt":
                lasting = Lasting.CHANGED if told.get("replace") else Lasting.MADE
                yield self.opaque("a view", told["view"]["relname"], lasting)
            case "CreateTableAsStmt" if _is_temporary(told["into"], "rel"):
                table = _relation(told["into"], "rel")
                yield CreateTable(table, (), (), self.spot(), is_temporary=True)
            case "CreateTableAsStmt":
                yield self.opaque("a table made of others", _relation(told["into"], "rel"), Lasting.MADE)
            case "CreateFunctionStmt" if not told.get("replace"):
                yield self.opaque("a function", None, Lasting.MADE)
            case "CreateSeqStmt":
                yield self.opaque("a sequence", None, Lasting.MADE)
            case _ if kind in NEW:
                yield self.opaque(f"what is made ({NEW[kind]})", None, Lasting.MADE)
            case "AlterSeqStmt":
                options = {one["DefElem"]["defname"] for one in told.get("options", ())}
                if options - HARMLESS_OF_SEQUENCES:
                    yield self.opaque("a change of a sequence")
            case "GrantStmt" | "GrantRoleStmt":
                yield from self._grant(told)
            case "InsertStmt":
                yield from list_copied(told)
            case "SelectStmt":
                if runs_function(told):
                    yield self.opaque("a function that is run")
            case "CreateTrigStmt" | "RuleStmt":
                yield self.opaque("a trigger or rule", _relation(told))
            case _ if kind not in _WITHOUT_EFFECT:
                yield self.opaque(f"a statement ({kind.removesuffix('Stmt')})")

    def _grant(self, told: Told) -> Iterator[Operation]:
        """Who may do more, or less, is not known to be the code."""
        if told.get("is_grant"):
            yield from (
                self.rights("what is allowed now (GRANT)", table, Lasting.WIDENED)
                for table in list_granted(told)
            )
        elif not told.get("grant_option"):
            yield from (
                self.rights("what is no longer allowed (REVOKE)", table, Lasting.GONE)
                for table in list_granted(told)
            )

    def _create(self, told: Told) -> Operation:
        table = _relation(told)
        if "partbound" in told:
            whole = _relation({"relation": told["inhRelations"][0]["RangeVar"]})
            return Partition(table, whole, self.opaque("a partition", whole, Lasting.WIDENED))
        if told.get("inhRelations") or told.get("ofTypename"):
            return self.opaque("a table made after another one", table, Lasting.MADE)
        columns: list[tuple[str, Column]] = []
        bound: list[Bound] = []
        for element in told.get("tableElts", ()):
            if "ColumnDef" in element:
                column = element["ColumnDef"]
                columns.append((column["colname"], self._column(column)))
                bound += _list_bound(column)
            elif "Constraint" in element:
                bound += _read_constraint(element["Constraint"])
            else:
                return self.opaque("a table made like another one", table, Lasting.MADE)
        keys = {name.strip() for one in bound if one.kind == "primary key" for name in one.what.split(",")}
        columns = [(name, _as_key(one) if name in keys else one) for name, one in columns]
        there, is_temporary = bool(told.get("if_not_exists")), _is_temporary(told)
        return CreateTable(table, tuple(columns), tuple(bound), self.spot(), there, is_temporary)

    def _column(self, told: Told) -> Column:
        nullable, default, generated, computed = True, None, False, False
        for one in told.get("constraints", ()):
            constraint = one["Constraint"]
            kind = constraint["contype"]
            if kind in ("CONSTR_NOTNULL", "CONSTR_PRIMARY"):
                nullable = False
            elif kind == "CONSTR_DEFAULT":
                default = _show(constraint.get("raw_expr"))
            elif kind in ("CONSTR_IDENTITY", "CONSTR_GENERATED"):
                nullable = nullable and kind == "CONSTR_GENERATED"
                generated, computed = True, constraint.get("generated_when") == "a"
        type_ = _show_type(told["typeName"])
        generated = generated or type_.endswith("serial")
        return Column(type_, nullable, default, generated, computed, self.spot(told))

    def _alter(self, told: Told) -> Iterator[Operation]:
        table = _relation(told)
        if told.get("objtype") != "OBJECT_TABLE":
            yield self.opaque("a change of what is no table", table)
            return
        for one in told["cmds"]:
            yield from self._command(table, one["AlterTableCmd"])

    def _command(self, table: str, command: Told) -> Iterator[Operation]:
        kind, name = command["subtype"], command.get("name", "")
        below = command.get("def", {})
        match kind:
            case "AT_AddColumn":
                column = below["ColumnDef"]
                told, there = self._column(column), bool(command.get("missing_ok"))
                yield AddColumn(table, column["colname"], told, self.spot(column), there)
                for bound in _list_bound(column):
                    yield Constrain(table, bound, self.spot(column))
            case "AT_AddIdentity":
                is_always = below["Constraint"].get("generated_when") == "a"
                yield from self._identify(table, name, is_filled=True, is_always=is_always)
            case "AT_SetIdentity":
                options = [one["DefElem"] for one in below["List"]["items"]]
                when = [one["arg"]["Integer"]["ival"] for one in options if one["defname"] == "generated"]
                if when:
                    yield from self._identify(table, name, is_filled=True, is_always=when[-1] == ord("a"))
                if any(one["defname"] not in ("generated", *HARMLESS_OF_SEQUENCES) for one in options):
                    yield self.opaque("a change of a sequence", table)
            case "AT_DropIdentity" | "AT_DropExpression":
                yield from self._identify(table, name, is_filled=False, is_always=False)
            case "AT_ChangeOwner":
                yield self.rights("another owner", table, Lasting.CHANGED)
            case "AT_DropColumn":
                yield DropColumn(table, name, self.spot())
            case "AT_SetNotNull" | "AT_DropNotNull":
                yield AlterColumn(table, name, "nullable", kind == "AT_DropNotNull", self.spot())
            case "AT_ColumnDefault":
                yield AlterColumn(table, name, "default", _show(below) if below else None, self.spot())
            case "AT_AlterColumnType":
                type_ = _show_type(below["ColumnDef"]["typeName"])
                yield AlterColumn(table, name, "type_", type_, self.spot())
            case "AT_AddConstraint":
                for bound in _read_constraint(below["Constraint"]):
                    yield Constrain(table, bound, self.spot())
            case "AT_DropConstraint":
                yield Release(table, name, self.spot())
            case _ if kind not in _HARMLESS:
                yield self.opaque(f"a change of the table ({kind.removeprefix('AT_')})", table)

    def _identify(self, table: str, name: str, *, is_filled: bool, is_always: bool) -> Iterator[Operation]:
        """A column that the database fills, always or where it is left out."""
        yield AlterColumn(table, name, "generated", is_filled, self.spot())
        yield AlterColumn(table, name, "computed", is_always, self.spot())

    def _rename(self, told: Told) -> Iterator[Operation]:
        kind, name = told["renameType"], told["newname"]
        if kind == "OBJECT_TYPE":
            yield RenameEnum(_last_name(told["object"]["List"]["items"]), name, self.spot())
        elif kind == "OBJECT_COLUMN" and told.get("relationType") == "OBJECT_TABLE":
            yield RenameColumn(_relation(told), told["subname"], name, self.spot())
        elif kind == "OBJECT_TABLE":
            yield RenameTable(_relation(told), name, self.spot())
        elif kind == "OBJECT_TABCONSTRAINT":
            yield self.opaque("a constraint under a new name", _relation(told))
        elif kind != "OBJECT_INDEX":
            yield self.opaque("something under a new name")

    def _drop(self, told: Told) -> Iterator[Operation]:
        kind = told["removeType"]
        if kind in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"):
            for one in told["objects"]:
                yield DropTable(_last_name(one["List"]["items"]), self.spot())
        elif kind == "OBJECT_INDEX":
            yield from (
                Release(None, _last_name(one["List"]["items"]), self.spot(), is_index=True)
                for one in told["objects"]
            )
        elif kind != "OBJECT_STATISTIC_EXT":
            lasting = Lasting.CHANGED if kind in ("OBJECT_TRIGGER", "OBJECT_RULE") else Lasting.GONE
            yield self.opaque(f"what goes ({kind.removeprefix('OBJECT_').lower()})", None, lasting)


def _relation(told: Told, word: str = "relation") -> str:
    return str(told[word]["relname"])


def _is_temporary(told: Told, word: str = "relation") -> bool:
    return bool(told[word].get("relpersistence") == "t")


def _last_name(names: list[Told]) -> str:
    return str(names[-1]["String"]["sval"])


def _list_bound(column: Told) -> Iterator[Bound]:
    constraints = [one["Constraint"] for one in column.get("constraints", ())]
    for index, bare in enumerate(constraints):
        told = bare | _list_attributes(constraints[index + 1 :])
        if told["contype"] in _BINDING:
            name = told.get("conname", "")
            yield Bound(_BINDING[told["contype"]], column["colname"], name, _show_rule(told))


def _list_attributes(after: list[Told]) -> Told:
    """At a column stands behind a constraint when it is looked at."""
    found: Told = {}
    for one in after:
        word = _ATTRIBUTES.get(one["contype"])
        if word is None:
            break
        found |= word
    return found


_ATTRIBUTES: dict[str, Told] = {
    "CONSTR_ATTR_DEFERRABLE": {"deferrable": True},
    "CONSTR_ATTR_NOT_DEFERRABLE": {},
    "CONSTR_ATTR_DEFERRED": {"deferrable": True, "initdeferred": True},
    "CONSTR_ATTR_IMMEDIATE": {},
}


def _read_constraint(told: Told) -> Iterator[Bound]:
    if told["contype"] in _BINDING:
        name = told.get("conname", "")
        names = told.get("keys", ()) or told.get("fk_attrs", ())
        shown = ", ".join(one["String"]["sval"] for one in names) or name or _show(told.get("raw_expr"))
        yield Bound(_BINDING[told["contype"]], shown, name, _show_rule(told))


def _show_condition(index: Told) -> str:
    """The rows of which an index speaks, and what it computes of them."""
    elements = (one["IndexElem"] for one in index.get("indexParams", ()))
    asked = [element["expr"] for element in elements if "expr" in element]
    asked += [index["whereClause"]] if "whereClause" in index else []
    return (_show(asked) if asked else "") + _show_kind(index)


def _show_kind(unique: Told) -> str:
    """What is asked of rows at another time, or of NULL."""
    words = {
        "deferrable": "deferrable",
        "initdeferred": "initially deferred",
        "nulls_not_distinct": "NULLS NOT DISTINCT",
    }
    return ", ".join(shown for word, shown in words.items() if unique.get(word))


_ON_CHANGE = {"c": "cascade", "n": "set null", "d": "set default"}
"""What becomes of rows that refer to one that goes; by default, and by `restrict`, nothing goes."""


def _show_rule(told: Told) -> str:
    """What a constraint asks besides: the same one can ask another thing in another version."""
    if told["contype"] == "CONSTR_CHECK":
        return _show(told.get("raw_expr"))
    if told["contype"] != "CONSTR_FOREIGN":
        return _show_kind(told)
    changes = {word: _ON_CHANGE.get(told.get(f"fk_{word[:3]}_action", "")) for word in ("delete", "update")}
    on_change = (f", on {word} {what}" for word, what in changes.items() if what)
    kind = _show_kind(told)
    return f"to {_relation(told, 'pktable')}{''.join(on_change)}{kind and f', {kind}'}"


def _as_key(column: Column) -> Column:
    return replace(column, nullable=False)


def _show_type(told: Told) -> str:
    name = _last_name(told["names"])
    sizes = [str(_find_number(one)) for one in told.get("typmods", ())]
    many = "[]" * len(told.get("arrayBounds", ()))
    return _TYPES.get(name, name) + (f"({', '.join(sizes)})" if sizes else "") + many


def _find_number(told: Told) -> object:
    value = told.get("A_Const", {}).get("ival", {})
    return value.get("ival", 0) if isinstance(value, dict) else "?"


def _show(told: Told | list[Told] | None) -> str:
    """An expression without its places, so that two of them can be compared."""
    return repr(_without_places(told))


def _without_places(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _without_places(value) for key, value in told.items() if key != "location"}
    return [_without_places(one) for one in told] if isinstance(told, list) else told
