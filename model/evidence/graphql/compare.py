"""GraphQL: operations written for one version of a schema, run by a server of another.

`graphql-core` says what breaks. Where the operations of clients are given (`queries:`), they are validated
against the server's schema, and what is gone without any of them asking for it is let go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..judgement import Grade, Mismatch, Spot
from ..programs import load_library
from ..sides import Options, Side, UnjudgedError
from .federation import compare_federated, complete
from .reach import keep_reachable
from .schemas import Schemas

MAX_TOKENS = 200_000

_SAFE_ADDITIONS = frozenset(
    {"OPTIONAL_ARG_ADDED", "OPTIONAL_INPUT_FIELD_ADDED", "IMPLEMENTED_INTERFACE_ADDED"}
)
_OURS = frozenset({"ARG_DEFAULT_VALUE_CHANGE", "INPUT_FIELD_DEFAULT_VALUE_CHANGE", "VALUE_ADDED_TO_ENUM"})
"""Judged in `schemas`: the library passes over new defaults, and does not ask where an enum is used."""
_ASKED_FOR = frozenset({"FIELD_REMOVED", "TYPE_REMOVED", "ARG_REMOVED", "REQUIRED_ARG_ADDED",
                        "DIRECTIVE_REMOVED", "TYPE_REMOVED_FROM_UNION", "VALUE_REMOVED_FROM_ENUM",
                        "REQUIRED_INPUT_FIELD_ADDED",
                        "DIRECTIVE_ARG_REMOVED", "REQUIRED_DIRECTIVE_ARG_ADDED"})  # fmt: skip
"""What validation of an operation finds by itself."""


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """What operations for the consumer's schema meet at the provider's. Raises `UnjudgedError`, and
    `MissingToolError` without the library."""
    library = load_library("graphql", "graphql-core")
    own, other = (_build(library, side) for side in (consumer, provider))
    newer = consumer if consumer.rank > provider.rank else provider
    found = [*_compare_schemas(library, own, other, newer, bool(options.queries))]
    return list(dict.fromkeys([*found, *_validate(library, other, options)]))


def _build(library: Any, side: Side) -> Any:
    texts = [side.tree.read(path) for path in side.files if path.endswith((".graphql", ".graphqls", ".gql"))]
    if not texts:
        raise UnjudgedError(f"no GraphQL schema is at `{side.path}`", side.path)
    try:
        source = b"\n".join(texts).decode("utf-8")
        document = complete(library, library.parse(source, no_location=True, max_tokens=MAX_TOKENS))
        return keep_reachable(library, library.build_ast_schema(document))
    except (library.GraphQLError, TypeError, UnicodeDecodeError, RecursionError) as error:
        raise UnjudgedError(f"no GraphQL schema: {str(error)[:200]}", side.path) from None


def _compare_schemas(
    library: Any, own: Any, other: Any, newer: Side, are_operations_given: bool
) -> Iterator[Mismatch]:
    schemas = Schemas(library, own, other)
    for change in library.find_breaking_changes(own, other):
        rule, text = str(change.type.name), str(change.description)
        if not (schemas.is_harmless(rule, text) or (are_operations_given and rule in _ASKED_FOR)):
            yield Mismatch(Grade.BREAKS, rule, text.rstrip("."), _find_spot(newer, text))
    for change in library.find_dangerous_changes(own, other):
        rule, text = str(change.type.name), str(change.description)
        if rule not in _SAFE_ADDITIONS | _OURS:
            yield Mismatch(Grade.MAY_BREAK, rule, text.rstrip("."), _find_spot(newer, text))
    for grade, rule, text in (*schemas.compare(), *compare_federated(library, own, other)):
        yield Mismatch(grade, rule, text, _find_spot(newer, text))


def _validate(library: Any, schema: Any, options: Options) -> Iterator[Mismatch]:
    for file, text in options.queries:
        try:
            document = library.parse(text, max_tokens=MAX_TOKENS)
        except (library.GraphQLError, RecursionError) as error:
            raise UnjudgedError(f"no GraphQL operations: {str(error)[:200]}", file) from None
        try:
            refusals = library.validate(schema, document)
        except TypeError as error:  # of a schema that is none
            raise UnjudgedError(f"no GraphQL schema: {str(error)[:200]}", file) from None
        for refused in refusals:
            line = refused.locations[0].line if refused.locations else 0
            yield Mismatch(Grade.BREAKS, "OPERATION", str(refused.message).rstrip("."), Spot(file, line))


def _find_spot(side: Side, text: str) -> Spot:
    """The line of the type, or better the field, of which a description speaks first (`Type.field`)."""
    named = [word.strip("'`:") for word in text.split() if "." in word.strip("'`.:")] or text.split()
    type_, _, field = named[0].partition("(")[0].partition(".")
    for path in side.files:
        lines = side.tree.read(path).decode("utf-8", "replace").splitlines()
        for number, line in enumerate(lines, start=1):
            words = line.replace("{", " ").split()
            if type_ in words[:3] and words[0] in ("type", "input", "enum", "interface", "union", "scalar"):
                return Spot(path, _find_field(lines, number, field) or number)
    return Spot(side.path, 1)


def _find_field(lines: list[str], start: int, field: str) -> int:
    for number, line in enumerate(lines[start:], start=start + 1):
        if field and line.strip().startswith((f"{field}:", f"{field}(", f"{field} ")):
            return number
        if line.strip().startswith("}"):
            break
    return 0
