"""Where a team already says what contracts are: the section `sources`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from ..frozen import dataclass
from ..names import Contract, Place


class ContractFormat(StrEnum):
    """What a contract is written in, as `sources` names it."""

    OPENAPI = "openapi"
    PROTO = "proto"
    AVRO = "avro"
    JSON_SCHEMA = "jsonschema"
    ASYNCAPI = "asyncapi"
    GRAPHQL = "graphql"
    SQL = "sql"
    PYTHON = "python"
    ASSETS = "assets"


class RegistryLevel(StrEnum):
    """What a schema registry enforces of a subject (Confluent, "Schema Evolution and Compatibility")."""

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    FORWARD = "FORWARD"
    FULL = "FULL"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"


class ResultTool(StrEnum):
    """Whose results are read as they are, as `sources` names it."""

    OASDIFF = "oasdiff"
    BUF = "buf"
    SQUAWK = "squawk"
    MIGCHECK = "migcheck"
    PACT = "pact"


@dataclass(frozen=True, slots=True)
class ContractSource:
    """Where the versions of one contract are written: a file or folder at `path`, and what part of it
    (`pointer`) the contract is; and files with what tools have said of them.

    `repo` is another folder or repository than that of the deployment file. `override` is why what is
    declared holds although what is derived says otherwise. `registry` is what a schema registry enforces.
    """

    contract: Contract
    format: ContractFormat | None = None
    path: str = ""
    pointer: str = ""
    results: Mapping[ResultTool, str] = field(default_factory=dict)
    queries: tuple[str, ...] = ()
    dialect: str | None = None
    repo: str | None = None
    override: str | None = None
    registry: RegistryLevel | None = None
    place: Place | None = field(default=None, compare=False)
