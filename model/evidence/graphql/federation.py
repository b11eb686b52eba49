"""Subgraphs of a federation: parts of a schema that other services complete.

Source: Apollo, "Federation Subgraph Schema Specification" (directives, `extend type`, `@key`). What a
subgraph extends, and does not define, stands elsewhere; it is read as if it began here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..judgement import Grade
from .schemas import Told

_PRELUDE = """
scalar FieldSet scalar federation__FieldSet scalar _FieldSet scalar link__Import scalar federation__Scope
scalar federation__Policy
directive @link(url: String, as: String, for: String, import: [link__Import]) repeatable on SCHEMA
directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @requires(fields: String!) on FIELD_DEFINITION
directive @provides(fields: String!) on FIELD_DEFINITION
directive @external(reason: String) on OBJECT | FIELD_DEFINITION
directive @extends on OBJECT | INTERFACE
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
directive @override(from: String!, label: String) on FIELD_DEFINITION
directive @interfaceObject on OBJECT
directive @composeDirective(name: String!) repeatable on SCHEMA
directive @authenticated on ENUM | FIELD_DEFINITION | INTERFACE | OBJECT | SCALAR
directive @requiresScopes(scopes: [[String!]!]!) on ENUM | FIELD_DEFINITION | INTERFACE | OBJECT | SCALAR
directive @policy(policies: [[String!]!]!) on ENUM | FIELD_DEFINITION | INTERFACE | OBJECT | SCALAR
directive @tag(name: String!) repeatable on FIELD_DEFINITION | INTERFACE | OBJECT | UNION | SCALAR | ENUM
  | ARGUMENT_DEFINITION | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA
directive @inaccessible on FIELD_DEFINITION | INTERFACE | OBJECT | UNION | SCALAR | ENUM
  | ARGUMENT_DEFINITION | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
"""
"""What each subgraph may use without saying what it is."""
_WORDS = {
    "requires": Grade.UNKNOWN,
    "provides": Grade.UNKNOWN,
    "external": Grade.UNKNOWN,
    "authenticated": Grade.BREAKS,
    "requiresScopes": Grade.BREAKS,
    "policy": Grade.BREAKS,
}
"""Directives of fields by which a router goes, and what it is to meet one that it does not know."""


def complete(library: Any, document: Any) -> Any:
    """A document as one that stands by itself: types that are only extended are defined, what a federation
    knows of itself is said, and what is inaccessible is left out. One that is no subgraph stays as it is."""
    if not _is_subgraph(library, document):
        return document
    visible = _hide(library, document)
    defined = {_name(one) for one in visible.definitions if not _is_extension(one)}
    told = []
    for one in visible.definitions:
        if _is_extension(one) and _name(one) not in defined:
            defined.add(_name(one))
            one = _define(library, one)
        told.append(one)
    known = {(one.kind, _name(one)) for one in told}
    own = [one for one in _list_prelude(library) if (one.kind, _name(one)) not in known]
    return library.DocumentNode(definitions=(*told, *own))


def _list_prelude(library: Any) -> Any:
    return library.parse(_PRELUDE, no_location=True).definitions


def _is_subgraph(library: Any, document: Any) -> bool:
    """Whether a document extends what it does not define, or has directives of a federation."""
    defined = {_name(one) for one in document.definitions if not _is_extension(one)}
    if any(_is_extension(one) and _name(one) not in defined for one in document.definitions):
        return True
    known = {_name(one) for one in _list_prelude(library)} - defined
    used: set[str | None] = set()
    _visit(library, document, lambda node: used.add(_name(node)) if node.kind == "directive" else None)
    return bool(used & known)


def _hide(library: Any, document: Any) -> Any:
    """The document without what clients do not see."""
    return _visit(library, document, lambda node: library.REMOVE if _has(node, "inaccessible") else None)


def _visit(library: Any, document: Any, enter: Callable[[Any], object]) -> Any:
    visitor = library.Visitor()
    visitor.enter = lambda node, *_: enter(node)
    return library.visit(document, visitor)


def _has(node: Any, word: str) -> bool:
    return any(_name(one) == word for one in getattr(node, "directives", None) or ())


def compare_federated(library: Any, own: Any, other: Any) -> Iterator[Told]:
    """What a router that knows one version of a subgraph cannot ask of the other one."""
    for name, type_ in own.type_map.items():
        there = other.type_map.get(name)
        if there is None or not hasattr(type_, "fields") or not hasattr(there, "fields"):
            continue
        for key in sorted(_list_keys(type_) - _list_keys(there)):
            text = f"{name} cannot be looked up by `{key}` (`@key`)"
            yield Grade.BREAKS, "KEY", text
        for field in type_.fields.keys() & there.fields.keys():
            yield from _compare_fields(library, f"{name}.{field}", type_.fields[field], there.fields[field])


def _compare_fields(library: Any, name: str, own: Any, other: Any) -> Iterator[Told]:
    known, there = (_read_directives(library, one) for one in (own, other))
    for word, grade in _WORDS.items():
        asked = known if word == "provides" else there
        if word in asked and known.get(word) != there.get(word):
            yield grade, f"@{word}", f"{name}: `@{word}` is not the same to both"


def _list_keys(type_: Any) -> set[str]:
    """The fields by which a router may look an object up."""
    found = set()
    for node in (type_.ast_node, *(type_.extension_ast_nodes or ())):
        for one in (node.directives or ()) if node is not None else ():
            told = {
                argument.name.value: getattr(argument.value, "value", None)
                for argument in one.arguments or ()
            }
            if one.name.value == "key" and told.get("resolvable") is not False:
                found.add(" ".join(str(told.get("fields", "")).split()))
    return found


def _read_directives(library: Any, field: Any) -> dict[str, str]:
    node = field.ast_node
    told = node.directives if node is not None else None
    return {one.name.value: library.print_ast(one) for one in told or ()}


def _name(one: Any) -> str | None:
    name = getattr(one, "name", None)
    return None if name is None else str(name.value)


def _is_extension(one: Any) -> bool:
    return bool(one.kind.endswith("_type_extension"))


def _define(library: Any, extension: Any) -> Any:
    """An extension of a type as its definition."""
    class_ = getattr(library, type(extension).__name__.replace("Extension", "Definition"))
    told = {key: getattr(extension, key, None) for key in extension.keys if key != "description"}
    return class_(**told)
