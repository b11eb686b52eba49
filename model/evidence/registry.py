"""The formats of contracts: the word in `sources:`, what judges it, and where its evidence counts."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from msgspec import Struct

from ..deployment import ContractFormat
from .judgement import Finding
from .sides import Options, Side

Differ = Callable[[Side, Side, Options], list[Finding]]


class Format(Struct, frozen=True):
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
        Format(ContractFormat.OPENAPI, "openapi", "OpenAPI 3.0 or 3.1", (".yaml", ".yml", ".json")),
        Format(ContractFormat.PROTO, "protobuf", "protocol buffers", (".proto",)),
        Format(ContractFormat.AVRO, "avro", "an Avro schema", (".avsc",)),
        Format(ContractFormat.JSON_SCHEMA, "json_schema", "JSON Schema", (".json", ".yaml", ".yml")),
        Format(ContractFormat.ASYNCAPI, "asyncapi", "AsyncAPI 2 or 3", (".yaml", ".yml", ".json")),
        Format(ContractFormat.GRAPHQL, "graphql", "a GraphQL schema", (".graphql", ".graphqls", ".gql")),
        Format(ContractFormat.SQL, "sql", "migrations in SQL", (".sql",)),
        Format(ContractFormat.ASSETS, "assets", "a manifest of built assets", (".json",)),
        Format(ContractFormat.PYTHON, "signatures", "signatures and classes in Python", (".py",)),
    )
}
"""Each format by its word."""
