"""Two schemas of GraphQL, where the rules of `graphql-core` say too little or too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..judgement import Grade

Told = tuple[Grade, str, str]
"""A grade, a rule, and words."""


@dataclass
class Schemas:
    """A client's schema and a server's."""

    library: Any
    own: Any
    other: Any

    def compare(self) -> Iterator[Told]:
        """What the library does not find."""
        graphql = self.library
        for name, own in self.own.type_map.items():
            other = self.other.type_map.get(name)
            if other is None or type(own) is not type(other) or name.startswith("__"):
                continue
            match own:
                case graphql.GraphQLInputObjectType():
                    yield from self._compare_inputs(name, own, other)
                case graphql.GraphQLEnumType():
                    yield from self._compare_values(name, own, other)
                case graphql.GraphQLScalarType():
                    yield from _compare_scalars(name, own, other)
                case graphql.GraphQLObjectType() | graphql.GraphQLInterfaceType():
                    yield from self._compare_arguments(name, own, other)
            if isinstance(own, graphql.GraphQLInterfaceType):
                yield from self._compare_members(name, own, other)

    def is_harmless(self, rule: str, text: str) -> bool:
        """Whether the library tells of what no operation can name."""
        words = text.rstrip(".").split()
        match rule:
            case "TYPE_REMOVED":
                return text.startswith("Standard scalar")  # one of the schemas does not use it
            case "VALUE_REMOVED_FROM_ENUM":
                return words[2].partition(".")[0] not in self._inputs
        return False

    @cached_property
    def _inputs(self) -> frozenset[str]:
        """The types that stand in arguments of either schema."""
        schemas = (self.own, self.other)
        return frozenset(name for schema in schemas for name in self._list_inputs(schema))

    def _list_inputs(self, schema: Any) -> Iterator[str]:
        graphql = self.library
        for directive in schema.directives:
            yield from (graphql.get_named_type(one.type).name for one in directive.args.values())
        for type_ in schema.type_map.values():
            if isinstance(type_, graphql.GraphQLInputObjectType):
                yield from (graphql.get_named_type(one.type).name for one in type_.fields.values())
            elif isinstance(type_, graphql.GraphQLObjectType | graphql.GraphQLInterfaceType):
                arguments = [one for field in type_.fields.values() for one in field.args.values()]
                yield from (graphql.get_named_type(one.type).name for one in arguments)

    def _is_output(self, name: str) -> bool:
        graphql = self.library
        owners = (graphql.GraphQLObjectType, graphql.GraphQLInterfaceType)
        fields = (
            field
            for type_ in self.other.type_map.values()
            if isinstance(type_, owners)
            for field in type_.fields.values()
        )
        return any(graphql.get_named_type(field.type).name == name for field in fields)

    # --- what is sent ---

    def _compare_arguments(self, name: str, own: Any, other: Any) -> Iterator[Told]:
        for field, sent in own.fields.items():
            if field in other.fields:
                known = other.fields[field].args
                yield from self._compare_sent(f"{name}.{field}", sent.args, known, "ARG", "({}:)")

    def _compare_inputs(self, name: str, own: Any, other: Any) -> Iterator[Told]:
        yield from self._compare_sent(name, own.fields, other.fields, "INPUT_FIELD", ".{}")
        if getattr(other, "is_one_of", False) and not getattr(own, "is_one_of", False):
            yield Grade.BREAKS, "ONE_OF", f"{name} takes one of its fields alone (`@oneOf`)"

    def _compare_sent(
        self, owner: str, sent: Mapping[str, Any], known: Mapping[str, Any], kind: str, form: str
    ) -> Iterator[Told]:
        """Arguments, or fields of an input: what they mean where they are left out."""
        for name in [name for name in sent if name in known]:
            own, other = self._read_default(sent[name]), self._read_default(known[name])
            at = owner + form.format(name)
            is_needed = isinstance(known[name].type, self.library.GraphQLNonNull)
            if own is not None and other is None and is_needed:
                yield Grade.BREAKS, f"REQUIRED_{kind}", f"{at} has a default for the client, and is needed"
            elif own != other and not (
                own is None and isinstance(sent[name].type, self.library.GraphQLNonNull)
            ):
                text = f"{at} left out means {own or 'nothing'} to the client"
                text += f" and {other or 'nothing'} to the server"
                yield Grade.SILENT, f"{kind}_DEFAULT_VALUE_CHANGE", text

    def _read_default(self, one: Any) -> str | None:
        """The default of an argument or input field, as it is written."""
        node = one.ast_node.default_value if one.ast_node is not None else None
        return self.library.print_ast(node) if node is not None else None

    # --- what is answered ---

    def _compare_values(self, name: str, own: Any, other: Any) -> Iterator[Told]:
        new = [value for value in other.values if value not in own.values]
        if new and self._is_output(name):
            text = f"{name}.{new[0]} can be answered, which the client does not know"
            yield Grade.MAY_BREAK, "VALUE_ADDED_TO_ENUM", text

    def _compare_members(self, name: str, own: Any, other: Any) -> Iterator[Told]:
        known = {one.name for one in self.own.get_possible_types(own)}
        new = [one.name for one in self.other.get_possible_types(other) if one.name not in known]
        if new:
            text = f"{name} can be a {new[0]}, which the client does not know"
            yield Grade.MAY_BREAK, "IMPLEMENTED_INTERFACE_ADDED", text


def _compare_scalars(name: str, own: Any, other: Any) -> Iterator[Told]:
    if own.specified_by_url != other.specified_by_url:
        text = f"{name} is specified by `{own.specified_by_url}` and by `{other.specified_by_url}`"
        yield Grade.MAY_BREAK, "SPECIFIED_BY", text
