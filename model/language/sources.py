"""The section `sources`: where a team already says what its contracts are."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import replace

from ..deployment import ContractFormat, ContractSource, RegistryLevel, ResultTool
from ..names import Contract
from .components import Components
from .contracts import Contracts, expand_keys
from .document import Scalar, Sequence, YamlNode
from .keys import SOURCE_KEYS
from .reader import Reader, join_words, quote


def read_sources(
    reader: Reader, components: Components, contracts: Contracts, node: YamlNode
) -> Table[Contract, ContractSource]:
    """The source of each contract that has one, wildcards expanded."""
    section = reader.mapping(node, "`sources`", "write `provider/subject: {openapi: api.yaml}`")
    if section is None:
        return {}
    owner = expand_keys(reader, components, contracts, [key for key, _ in section.entries])
    read = {key.text: _source(reader, key, value) for key, value in section.entries}
    return {
        contract: _named(contract, source)
        for contract, key in owner.items()
        if (source := read[key.text]) is not None
    }


def _named(contract: Contract, source: ContractSource) -> ContractSource:
    """The source of one of the contracts that an entry names; `*` in its pointer stands for the subject."""
    return replace(source, contract=contract, pointer=source.pointer.replace("*", contract.subject))


def _source(reader: Reader, key: Scalar, node: YamlNode) -> ContractSource | None:
    what = f"the source of {quote(key.text)}"
    values = reader.record(node, SOURCE_KEYS, what, key)
    if values is None:
        return None
    formats = [one for one in ContractFormat if one in values]
    results = [one for one in ResultTool if one in values]
    if len(formats) > 1:
        message = f"{what} has two formats, {quote(formats[0])} and {quote(formats[1])}"
        reader.report("does-not-fit", message, values[formats[1]], "leave out one of them")
    if not formats and not results and "registry" not in values:
        fix = f"write one of {join_words(f'`{one}: PATH`' for one in ContractFormat)}"
        reader.report("missing-key", f"{what} says no format and no results", key, fix)
    told = _text(reader, values[formats[0]], f"`{formats[0]}`") if formats else ""
    path, _, pointer = told.partition("#")
    return ContractSource(
        Contract("", ""),
        formats[0] if formats else None,
        path,
        pointer,
        {one: _text(reader, values[one], f"`{one}`") for one in results},
        _paths(reader, values["queries"]) if "queries" in values else (),
        _text(reader, values["dialect"], "`dialect`") if "dialect" in values else None,
        _text(reader, values["repo"], "`repo`") if "repo" in values else None,
        _text(reader, values["override"], "`override`") if "override" in values else None,
        _level(reader, values["registry"]) if "registry" in values else None,
        key.place,
    )


def _level(reader: Reader, node: YamlNode) -> RegistryLevel | None:
    level = reader.choice(node, "level", [*map(str, RegistryLevel)])
    return RegistryLevel(level) if level else None


def _text(reader: Reader, node: YamlNode, what: str) -> str:
    scalar = reader.scalar(node, what, "a path" if what != "`override`" else "a reason")
    return scalar.text if scalar is not None else ""


def _paths(reader: Reader, node: YamlNode) -> tuple[str, ...]:
    items = node.items if isinstance(node, Sequence) else (node,)
    return tuple(_text(reader, item, "a path of `queries`") for item in items)
