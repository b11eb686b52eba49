"""The formats of contracts: the word in `sources:`, what judges it, and where its evidence counts."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from msgspec import Struct

from ..deployment import ContractFormat
from .judgement import ContractFinding
from .sides import ContractSide, Options

Differ = Callable[[ContractSide, ContractSide, Options], list[ContractFinding]]


class KnownFormat(Struct, frozen=True):
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
        KnownFormat(ContractFormat.OPENAPI, "openapi", "OpenAPI 3.0 or 3.1", (".yaml", ".yml", ".json")),
        KnownFormat(ContractFormat.PROTO, "protobuf", "protocol buffers", (".proto",)),
        KnownFormat(ContractFormat.AVRO, "avro", "an Avro schema", (".avsc",)),
        KnownFormat(ContractFormat.JSON_SCHEMA, "json_schema", "JSON Schema", (".json", ".yaml", ".yml")),
        KnownFormat(ContractFormat.ASYNCAPI, "asyncapi", "AsyncAPI 2 or 3", (".yaml", ".yml", ".json")),
        KnownFormat(ContractFormat.GRAPHQL, "graphql", "a GraphQL schema", (".graphql", ".graphqls", ".gql")),
        KnownFormat(ContractFormat.SQL, "sql", "migrations in SQL", (".sql",)),
        KnownFormat(ContractFormat.ASSETS, "assets", "a manifest of built assets", (".json",)),
        KnownFormat(ContractFormat.PYTHON, "signatures", "signatures and classes in Python", (".py",)),
    )
}
"""Each format by its word."""
