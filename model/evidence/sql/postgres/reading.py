"""The statements of a text in PostgreSQL, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...programs import load_library
from ...sides import UnjudgedError
from ..besides import HARMLESS_OF_SEQUENCES, NEW, list_copied, list_granted, runs_function
from ..operations import (
    Bound,
    Constrain,
    CreateTable,
    DropTable,
    Enumerate,
    Lasting,
    Operation,
    ReleaseBound,
    RenameColumn,
    RenameEnum,
    RenameTable,
)
from ..transactions import Transaction
from .constraints import show_condition
from .expressions import Told, is_temporary, last_name_of, relation_of
from .statement import PostgresStatement
from .tables import alter_table, create_table
from .views import create_view

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


def read_operations(text: str, file: str) -> Iterator[Operation]:
    """What the statements of a text do, in their order. Raises `UnjudgedError` for what is no PostgreSQL."""
    library = load_library("pgparse", "pgparse")
    try:
        statements = library.parse(text)
    except (library.PGQueryError, RecursionError) as error:
        raise UnjudgedError(f"no PostgreSQL: {str(error)[:200]}", file) from None
    source = text.encode()
    transaction, statement = Transaction(), PostgresStatement(source, file, 0, 0)
    for one in statements:
        statement = PostgresStatement(
            source, file, int(one.get("stmt_location", 0)), int(one.get("stmt_len", 0))
        )
        for kind, told in one["stmt"].items():
            if kind == "TransactionStmt":
                _control(transaction, statement, told)
            else:
                transaction.done += _read(statement, kind, told)
    yield from transaction.end(statement.opaque("a transaction that nobody ends"))


def _control(transaction: Transaction, statement: PostgresStatement, told: Told) -> None:
    unknown = statement.opaque("what becomes of a transaction")
    transaction.control(told["kind"], told.get("savepoint_name", ""), unknown)
    if told.get("chain"):
        transaction.control("BEGIN", "", unknown)


def _read(statement: PostgresStatement, kind: str, told: Told) -> Iterator[Operation]:
    """What one statement does."""
    if kind in _READERS:
        yield from _READERS[kind](statement, told)
    elif kind in NEW:
        yield statement.opaque(f"what is made ({NEW[kind]})", None, Lasting.MADE)
    elif kind not in _WITHOUT_EFFECT:
        yield statement.opaque(f"a statement ({kind.removesuffix('Stmt')})")


# --- what is made ---


def _create(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    yield create_table(statement, told)


def _create_from(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    """A table of what a query gives, or a view that keeps it."""
    table = relation_of(told["into"], "rel")
    if told.get("objtype") == "OBJECT_MATVIEW":
        yield create_view(statement, told["into"]["rel"], told["query"], told["into"].get("colNames", ()))
    elif is_temporary(told["into"], "rel"):
        yield CreateTable(table, (), (), statement.spot(), is_temporary=True)
    else:
        yield statement.opaque("a table made of others", table, Lasting.MADE)


def _create_view(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    aliases, replaces = told.get("aliases", ()), bool(told.get("replace"))
    yield create_view(statement, told["view"], told["query"], aliases, replaces=replaces, is_kept=False)


def _create_enum(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    values = tuple(one["String"]["sval"] for one in told.get("vals", ()))
    yield Enumerate(last_name_of(told["typeName"]), values, statement.spot())


def _create_index(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    if told.get("unique"):
        columns = [one["IndexElem"].get("name", "?") for one in told.get("indexParams", ())]
        name = str(told.get("idxname", ""))
        bound = Bound("unique", ", ".join(columns), name, show_condition(told))
        yield Constrain(relation_of(told), bound, statement.spot())


def _create_function(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    if told.get("replace"):
        yield statement.opaque("a statement (CreateFunction)")
    else:
        yield statement.opaque("a function", None, Lasting.MADE)


def _create_sequence(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    yield statement.opaque("a sequence", None, Lasting.MADE)


def _create_trigger(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    yield statement.opaque("a trigger or rule", relation_of(told))


# --- what is changed ---


def _alter_enum(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    name = last_name_of(told["typeName"])
    if "oldVal" in told:
        yield RenameEnum(name, told["newVal"], statement.spot(), told["oldVal"])
    else:
        yield Enumerate(name, (told["newVal"],), statement.spot(), added=True)


def _alter_sequence(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    options = {one["DefElem"]["defname"] for one in told.get("options", ())}
    if options - HARMLESS_OF_SEQUENCES:
        yield statement.opaque("a change of a sequence")


def _rename(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    kind, name = told["renameType"], told["newname"]
    if kind == "OBJECT_TYPE":
        yield RenameEnum(last_name_of(told["object"]["List"]["items"]), name, statement.spot())
    elif kind == "OBJECT_COLUMN" and told.get("relationType") in _WITH_COLUMNS:
        yield RenameColumn(relation_of(told), told["subname"], name, statement.spot())
    elif kind in _WITH_COLUMNS:
        yield RenameTable(relation_of(told), name, statement.spot())
    elif kind == "OBJECT_TABCONSTRAINT":
        yield statement.opaque("a constraint under a new name", relation_of(told))
    elif kind != "OBJECT_INDEX":
        yield statement.opaque("something under a new name")


_WITH_COLUMNS = ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW")


def _drop(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    kind = told["removeType"]
    if kind in _WITH_COLUMNS:
        for one in told["objects"]:
            yield DropTable(last_name_of(one["List"]["items"]), statement.spot())
    elif kind == "OBJECT_INDEX":
        names = [last_name_of(one["List"]["items"]) for one in told["objects"]]
        yield from (ReleaseBound(None, name, statement.spot(), is_index=True) for name in names)
    elif kind != "OBJECT_STATISTIC_EXT":
        lasting = Lasting.CHANGED if kind in ("OBJECT_TRIGGER", "OBJECT_RULE") else Lasting.GONE
        yield statement.opaque(f"what goes ({kind.removeprefix('OBJECT_').lower()})", None, lasting)


# --- what is neither ---


def _grant(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    """Who may do more, or less, is not known to be the code."""
    tables = list_granted(told)
    if told.get("is_grant"):
        what = "what is allowed now (GRANT)"
        yield from (statement.rights(what, table, Lasting.WIDENED) for table in tables)
    elif not told.get("grant_option"):
        what = "what is no longer allowed (REVOKE)"
        yield from (statement.rights(what, table, Lasting.GONE) for table in tables)


def _insert(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    yield from list_copied(told)


def _select(statement: PostgresStatement, told: Told) -> Iterator[Operation]:
    if runs_function(told):
        yield statement.opaque("a function that is run")


_READERS: dict[str, Callable[[PostgresStatement, Told], Iterator[Operation]]] = {
    "CreateStmt": _create,
    "CreateTableAsStmt": _create_from,
    "ViewStmt": _create_view,
    "CreateEnumStmt": _create_enum,
    "IndexStmt": _create_index,
    "CreateFunctionStmt": _create_function,
    "CreateSeqStmt": _create_sequence,
    "CreateTrigStmt": _create_trigger,
    "RuleStmt": _create_trigger,
    "AlterTableStmt": alter_table,
    "AlterEnumStmt": _alter_enum,
    "AlterSeqStmt": _alter_sequence,
    "RenameStmt": _rename,
    "DropStmt": _drop,
    "GrantStmt": _grant,
    "GrantRoleStmt": _grant,
    "InsertStmt": _insert,
    "SelectStmt": _select,
}
