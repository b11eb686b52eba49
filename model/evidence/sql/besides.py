"""Statements of PostgreSQL that change no table's shape, and matter: rights, copies, functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .operations import FillTable

Told = dict[str, Any]

NEW = {"CreateExtensionStmt": "extension", "CreateRoleStmt": "role", "CreateDomainStmt": "domain",
       "CompositeTypeStmt": "type", "CreateRangeStmt": "type", "DefineStmt": "type or operator"}  # fmt: skip
"""What was not there before, so that older code does not know it."""
HARMLESS_OF_SEQUENCES = frozenset({"owned_by", "cache", "start", "restart"})
_HARMLESS_FUNCTIONS = frozenset({"set_config", "setval", "nextval", "now", "version", "pg_sleep"})
"""And all locks (`pg_advisory_lock`, …)."""


def list_granted(told: Told) -> list[str | None]:
    """The tables of which a GRANT or REVOKE speaks; None for what is no list of tables."""
    if told.get("targtype") != "ACL_TARGET_OBJECT" or told.get("objtype") != "OBJECT_TABLE":
        return [None]
    return [str(one["RangeVar"]["relname"]) for one in told.get("objects", ())]


def list_copied(told: Told) -> Iterator[FillTable]:
    """The tables from which an INSERT takes its rows."""
    select = told.get("selectStmt", {}).get("SelectStmt", {})
    for source in select.get("fromClause", ()):
        if "RangeVar" in source:
            yield FillTable(str(told["relation"]["relname"]), str(source["RangeVar"]["relname"]))


def runs_function(select: Told) -> bool:
    """Whether a SELECT stands there for the sake of a function, which may do anything to tables."""
    columns = [one["ResTarget"].get("val", {}) for one in select.get("targetList", ())]
    names = [one["FuncCall"]["funcname"] for one in columns if "FuncCall" in one]
    called = [str(name[-1]["String"]["sval"]) for name in names]
    if any("RangeFunction" in one for one in select.get("fromClause", ())):
        return True
    return any(not (one in _HARMLESS_FUNCTIONS or one.startswith("pg_advisory")) for one in called)
