"""Constraints of PostgreSQL: what they bind, and what they ask besides."""

from __future__ import annotations

from collections.abc import Iterator

from ..operations import Bound
from .expressions import Told, relation_of, show

_BINDING = {"CONSTR_PRIMARY": "primary key", "CONSTR_UNIQUE": "unique", "CONSTR_CHECK": "check",
            "CONSTR_FOREIGN": "foreign key", "CONSTR_EXCLUSION": "exclusion"}  # fmt: skip


def list_bound(column: Told) -> Iterator[Bound]:
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


def read_constraint(told: Told) -> Iterator[Bound]:
    if told["contype"] in _BINDING:
        name = told.get("conname", "")
        names = told.get("keys", ()) or told.get("fk_attrs", ())
        shown = ", ".join(one["String"]["sval"] for one in names) or name or show(told.get("raw_expr"))
        yield Bound(_BINDING[told["contype"]], shown, name, _show_rule(told))


def show_condition(index: Told) -> str:
    """The rows of which an index speaks, and what it computes of them."""
    elements = (one["IndexElem"] for one in index.get("indexParams", ()))
    asked = [element["expr"] for element in elements if "expr" in element]
    asked += [index["whereClause"]] if "whereClause" in index else []
    return (show(asked) if asked else "") + _show_kind(index)


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
        return show(told.get("raw_expr"))
    if told["contype"] != "CONSTR_FOREIGN":
        return _show_kind(told)
    changes = {word: _ON_CHANGE.get(told.get(f"fk_{word[:3]}_action", "")) for word in ("delete", "update")}
    on_change = (f", on {word} {what}" for word, what in changes.items() if what)
    kind = _show_kind(told)
    return f"to {relation_of(told, 'pktable')}{''.join(on_change)}{kind and f', {kind}'}"
