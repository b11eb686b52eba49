"""Names, types and expressions of PostgreSQL's parse trees, as text that can be compared."""

from __future__ import annotations

from typing import Any

Told = dict[str, Any]
"""A node of the tree as JSON has it."""

_TYPES = {"int4": "int", "int8": "bigint", "int2": "smallint", "float4": "real", "float8": "double precision",
          "bool": "boolean", "bpchar": "char", "serial4": "serial", "serial8": "bigserial"}  # fmt: skip


def relation_of(told: Told, word: str = "relation") -> str:
    return str(told[word]["relname"])


def is_temporary(told: Told, word: str = "relation") -> bool:
    return bool(told[word].get("relpersistence") == "t")


def last_name_of(names: list[Told]) -> str:
    return str(names[-1]["String"]["sval"])


def show_type(told: Told) -> str:
    name = last_name_of(told["names"])
    sizes = [str(_find_number(one)) for one in told.get("typmods", ())]
    many = "[]" * len(told.get("arrayBounds", ()))
    return _TYPES.get(name, name) + (f"({', '.join(sizes)})" if sizes else "") + many


def _find_number(told: Told) -> object:
    value = told.get("A_Const", {}).get("ival", {})
    return value.get("ival", 0) if isinstance(value, dict) else "?"


def show(told: Told | list[Told] | None) -> str:
    """An expression without its places, so that two of them can be compared."""
    return repr(_without_places(told))


def _without_places(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _without_places(value) for key, value in told.items() if key != "location"}
    return [_without_places(one) for one in told] if isinstance(told, list) else told
