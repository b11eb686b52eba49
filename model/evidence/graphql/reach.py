"""What of a schema of GraphQL an operation can name at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_EXECUTABLE = frozenset({"QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION",
                         "FRAGMENT_SPREAD", "INLINE_FRAGMENT", "VARIABLE_DEFINITION"})  # fmt: skip
"""Where a directive can stand in an operation (GraphQL specification, "Type System", directives)."""


def keep_reachable(library: Any, schema: Any) -> Any:
    """The schema without what no operation can name: types to which no field, argument, union or interface
    leads from the root types, and directives of the type system. One without a root type stays as it is:
    the rest of it stands elsewhere."""
    told = schema.to_kwargs()
    if not any(told[root] for root in ("query", "mutation", "subscription")):
        return schema
    told["directives"] = [*_list_executable(library, schema)]
    types = [one for one in schema.type_map.values() if _is_entity(one)]
    while True:
        found = library.GraphQLSchema(**{**told, "types": types})
        more = [one for one in _list_implementing(library, schema, found) if one.name not in found.type_map]
        if not more:
            return found
        types += more


def _list_executable(library: Any, schema: Any) -> Iterator[Any]:
    for directive in schema.directives:
        places = [one for one in directive.locations if one.name in _EXECUTABLE]
        if places:
            yield library.GraphQLDirective(**{**directive.to_kwargs(), "locations": places})


def _list_implementing(library: Any, schema: Any, found: Any) -> Iterator[Any]:
    """The types of which a fragment can speak where an interface is answered that can be reached."""
    for name, type_ in found.type_map.items():
        if isinstance(type_, library.GraphQLInterfaceType):
            below = schema.get_implementations(schema.type_map[name])
            yield from (*below.objects, *below.interfaces)


def _is_entity(type_: Any) -> bool:
    """Whether other schemas of a federation refer to the type (`@key`, in Apollo's specification)."""
    nodes = (getattr(type_, "ast_node", None), *(getattr(type_, "extension_ast_nodes", None) or ()))
    return any(one.name.value == "key" for node in nodes if node is not None for one in node.directives or ())
