"""The formats of contracts: the word in `sources:`, what judges it, and where its evidence counts."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from msgspec import Struct

from ..deployment import ContractFormat
from .judgement import Mismatch
from .sides import Options, Side

Differ = Callable[[Side, Side, Options], list[Mismatch]]


class FormatEntry(Struct, frozen=True):
    """One format; `module` is imported when a contract of it is judged. `suffixes` are those of its files."""

    word: ContractFormat
    module: str
    about: str
    suffixes: tuple[str, ...]

    @property
    def differ(self) -> Differ:
        """What judges a consumer's side against a provider's."""
        found: Differ = import_module(f"{__package__}.{self.module}").compare
        return found


FORMATS = {
    one.word: one
    for one in (
        FormatEntry(ContractFormat.OPENAPI, "openapi", "OpenAPI 3.0 or 3.1", (".yaml", ".yml", ".json")),
        FormatEntry(ContractFormat.PROTO, "protobuf", "protocol buffers", (".proto",)),
        FormatEntry(ContractFormat.AVRO, "avro", "an Avro schema", (".avsc",)),
        FormatEntry(ContractFormat.JSON_SCHEMA, "json_schema", "JSON Schema", (".json", ".yaml", ".yml")),
        FormatEntry(ContractFormat.ASYNCAPI, "asyncapi", "AsyncAPI 2 or 3", (".yaml", ".yml", ".json")),
        FormatEntry(ContractFormat.GRAPHQL, "graphql", "a GraphQL schema", (".graphql", ".graphqls", ".gql")),
        FormatEntry(ContractFormat.SQL, "sql", "migrations in SQL", (".sql",)),
        FormatEntry(ContractFormat.ASSETS, "assets", "a manifest of built assets", (".json",)),
        FormatEntry(ContractFormat.PYTHON, "signatures", "signatures and classes in Python", (".py",)),
    )
}
"""Each format by its word."""
