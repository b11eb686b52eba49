"""What must be compatible: for people, for programs, and as settings of the tools that enforce it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, assert_never

from ..model.deployment import Deployment, Kind, Pair
from ..model.language.writing import write_scalar
from ..model.names import Contract
from ..properties.requirement import (
    MeetingDirection,
    RequiredPair,
    RequiredPairs,
    VersionMover,
    enforces,
    find_level,
    find_ways,
)


def list_pairs(required: Iterable[RequiredPair]) -> tuple[Pair, ...]:
    """The versions alone."""
    return tuple(one.pair for one in required)


def tell_requirement(deployment: Deployment, requirement: RequiredPairs) -> Iterator[str]:
    """A line for each contract, and one for each of its pairs."""
    for contract, pairs in requirement.pairs.items():
        if not pairs:
            yield f"{contract}: nothing, no request meets two versions"
            continue
        movers = requirement.movers.get(contract, ())
        yield f"{contract}: {_headline(deployment, contract, pairs)}{_tell_reason(movers)}"
        source, needed = deployment.sources.get(contract), find_level(deployment, list_pairs(pairs))
        if source is not None and source.registry is not None and not enforces(source.registry, needed):
            yield f"  the registry enforces {source.registry}, which is not enough"
        for one in pairs:
            told = "under every timing" if one.inevitable else "under some timings"
            ever = ", and for ever after" if one.for_ever else ""
            yield f"  {' -> '.join(one.pair)}  in {', '.join(one.steps)}{ever} ({told})"


def _tell_reason(movers: tuple[VersionMover, ...]) -> str:
    """Who moves when: those who move in other steps, or bit by bit in one, meet on the way."""
    together: dict[tuple[str, ...], list[str]] = {}
    for one in movers:
        together.setdefault(one.steps, []).append(one.name)
    told = [
        f"{' and '.join(names)} {'move' if len(names) > 1 else 'moves'} in {', '.join(steps)}"
        for steps, names in together.items()
    ]
    return f", since {'; '.join(told)}" if told else ""


def _headline(deployment: Deployment, contract: Contract, pairs: tuple[RequiredPair, ...]) -> str:
    kind = deployment.components[contract.provider].kind
    if kind in (Kind.BROKER, Kind.CACHE):
        return str(find_level(deployment, list_pairs(pairs)))
    ways = find_ways(deployment, list_pairs(pairs))
    return "both ways" if len(ways) > 1 else str(next(iter(ways)))


def requirement_to_json(deployment: Deployment, requirement: RequiredPairs) -> dict[str, Any]:
    """The same for programs."""
    return {
        "format": "skewproof-requirement/1",
        "system": deployment.system,
        "versions": list(deployment.versions),
        "contracts": {
            str(contract): _contract(deployment, contract, pairs)
            | {"since": [{"moves": one.name, "in": list(one.steps)} for one in requirement.movers[contract]]}
            for contract, pairs in requirement.pairs.items()
        },
    }


def _contract(deployment: Deployment, contract: Contract, pairs: tuple[RequiredPair, ...]) -> dict[str, Any]:
    kind = deployment.components[contract.provider].kind
    level = find_level(deployment, list_pairs(pairs)) if kind in (Kind.BROKER, Kind.CACHE) else None
    return {
        "kind": str(kind),
        "ways": sorted(find_ways(deployment, list_pairs(pairs))),
        "registry": None if level is None else str(level),
        "pairs": [
            {
                "consumer": one.pair[0],
                "provider": one.pair[1],
                "aspects": [str(aspect) for aspect in one.aspects],
                "steps": list(one.steps),
                "inevitable": one.inevitable,
                "for_ever": one.for_ever,
            }
            for one in pairs
        ],
    }


class Tool(StrEnum):
    """Tools that can hold a team to what its pipeline needs."""

    REGISTRY = "registry"
    BUF = "buf"
    OASDIFF = "oasdiff"


def write_settings(tool: Tool, deployment: Deployment, requirement: RequiredPairs) -> str:
    """Settings of a tool for the contracts that it can watch."""
    match tool:
        case Tool.REGISTRY:
            lines = _registry(deployment, requirement.pairs)
        case Tool.BUF:
            lines = _buf(deployment, requirement.pairs)
        case Tool.OASDIFF:
            lines = _oasdiff(deployment, requirement.pairs)
        case _:
            assert_never(tool)
    return "\n".join(lines)


Pairs = Mapping[Contract, tuple[RequiredPair, ...]]


def _registry(deployment: Deployment, pairs: Pairs) -> Iterator[str]:
    yield "# Compatibility by subject, as a schema registry takes it (PUT /config/SUBJECT)."
    for contract, required in pairs.items():
        if deployment.components[contract.provider].kind in (Kind.BROKER, Kind.CACHE):
            subject = write_scalar(contract.subject)
            yield f"{subject}: {{compatibility: {find_level(deployment, list_pairs(required))}}} # {contract}"


def _called(deployment: Deployment, pairs: Pairs) -> Iterator[tuple[Contract, frozenset[MeetingDirection]]]:
    for contract, required in pairs.items():
        if deployment.components[contract.provider].kind.has_instances:
            yield contract, find_ways(deployment, list_pairs(required))


def _buf(deployment: Deployment, pairs: Pairs) -> Iterator[str]:
    """Rules of the wire; those of calls that are gone are of old callers alone, and no category has them."""
    ways = frozenset(way for _, some in _called(deployment, pairs) for way in some)
    yield "# buf.yaml, for what the services of this pipeline call each other by"
    yield "version: v2"
    if not ways:
        yield "# nothing to hold: no call meets two versions"
        return
    rules = ["WIRE_JSON"]
    if MeetingDirection.OLD_CONSUMER in ways:
        rules += ["RPC_NO_DELETE", "PACKAGE_SERVICE_NO_DELETE"]
        yield "# buf breaking --against DEPLOYED: what old callers need of new servers"
    if MeetingDirection.NEW_CONSUMER in ways:
        yield "# in DEPLOYED, buf breaking --against NEW: what new callers need of old servers"
    yield "breaking:"
    yield f"  use: [{', '.join(rules)}]"


def _oasdiff(deployment: Deployment, pairs: Pairs) -> Iterator[str]:
    """oasdiff judges an old client at a new server; the other direction is a run with the sides swapped."""
    for contract, ways in _called(deployment, pairs):
        yield f"# {contract}"
        if not ways:
            yield "# nothing: no request meets two versions"
        if MeetingDirection.OLD_CONSUMER in ways:
            yield "oasdiff breaking DEPLOYED NEW --fail-on ERR"
        if MeetingDirection.NEW_CONSUMER in ways:
            yield "oasdiff breaking NEW DEPLOYED --fail-on ERR"
