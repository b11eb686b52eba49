"""The two sides of a cell: who could meet whom at a contract, and when (paragraph 68)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from msgspec import Struct

from ...model.compiler.moves import has_content
from ...model.compiler.system import Condition, Guard, conjoin
from ...model.compiler.traffic import list_obtainable_forms, list_passers, list_runners
from ...model.compiler.variables import Vocabulary
from ...model.compiler.walker import find_sources
from ...model.deployment import Aspect, Deployment, Hop, Kind, Request, Verb
from ...model.names import Contract


class RequestHop(Struct, frozen=True):
    """A hop (from 1) of a request that is judged at a contract in some aspect."""

    request: Request
    number: int

    @property
    def hop(self) -> Hop:
        return self.request.hops[self.number - 1]


class Sides(Struct, frozen=True):
    """By form, in which states of the deployment alone each side is there. The consumer None forwards."""

    consumers: Mapping[str | None, Condition]
    providers: Mapping[str | None, Condition]


def list_judged_hops(
    deployment: Deployment, contract: Contract, aspect: Aspect, verb: Verb | None = None
) -> list[RequestHop]:
    """The hops at a changed contract that are judged in the aspect, of the verb (None: of any)."""
    hops = (
        RequestHop(request, number)
        for request, number in deployment.hops_at.get(contract, ())
        if verb in (None, request.hops[number - 1].verb.written)
    )
    return [one for one in hops if _is_judged(deployment, one, aspect)]


def _is_judged(deployment: Deployment, one: RequestHop, aspect: Aspect) -> bool:
    hop, kind = one.hop, deployment.components[one.hop.provider].kind
    if aspect is Aspect.TOKEN:
        return kind is not Kind.CACHE and bool(find_sources(deployment, one.request.hops, one.number))
    if aspect is Aspect.SCHEMA and hop.verb is Verb.RELAYS:
        change = (deployment.changes or {})[hop.contract]
        return change.exists is not None and set(change.exists) < set(deployment.versions)
    if hop.consumer not in deployment.components:
        return False
    match aspect:
        case Aspect.CALL:
            return hop.verb is Verb.CALLS
        case Aspect.SCHEMA:
            return kind.has_schema
        case Aspect.CONTENT:
            return hop.verb.finds_content and has_content(deployment, hop.contract)
    assert_never(aspect)


def find_sides(vocabulary: Vocabulary, contract: Contract, aspect: Aspect, verb: Verb | None = None) -> Sides:
    """When each form of each side of the contract's cells occurs, of the consumers those with the verb."""
    consumers = _grouped(_consumers(vocabulary, contract, aspect, verb))
    return Sides(consumers, _grouped(_providers(vocabulary, contract, aspect)))


def _grouped(found: Iterator[tuple[str | None, Guard | None]]) -> dict[str | None, Condition]:
    grouped: dict[str | None, list[Guard]] = {}
    for form, guard in found:
        if guard is not None and guard not in grouped.setdefault(form, []):
            grouped[form].append(guard)
    return {form: tuple(guards) for form, guards in grouped.items() if guards}


def _consumers(
    vocabulary: Vocabulary, contract: Contract, aspect: Aspect, verb: Verb | None
) -> Iterator[tuple[str | None, Guard | None]]:
    """Instances that could run a hop judged in the aspect, by what is looked up of them."""
    for one in list_judged_hops(vocabulary.deployment, contract, aspect, verb):
        if aspect is Aspect.TOKEN:
            for source in find_sources(vocabulary.deployment, one.request.hops, one.number):
                yield from list_obtainable_forms(vocabulary, source)
        elif one.hop.verb is Verb.RELAYS:
            yield from ((None, guard) for guard in list_passers(vocabulary, one.request, one.number))
        else:
            yield from _runners(vocabulary, one, aspect)


def _runners(
    vocabulary: Vocabulary, one: RequestHop, aspect: Aspect
) -> Iterator[tuple[str | None, Guard | None]]:
    contract = one.hop.contract
    for version, there in list_runners(vocabulary, one.request, one.number):
        if looks_at_version(vocabulary, contract, aspect):
            yield version, there
            continue
        for view, seen in vocabulary.views(contract):
            yield vocabulary.form(contract, version, view), conjoin(there, seen)


def looks_at_version(vocabulary: Vocabulary, contract: Contract, aspect: Aspect) -> bool:
    """Whether the version of a reader counts, and not its form: of content, where code understands both."""
    flag = vocabulary.deployment.flag_of.get(contract)
    return aspect is Aspect.CONTENT and (flag is None or flag.tolerant)


def _providers(
    vocabulary: Vocabulary, contract: Contract, aspect: Aspect
) -> Iterator[tuple[str | None, Guard | None]]:
    for version in vocabulary.deployment.versions:
        if aspect is Aspect.CONTENT:
            yield version, vocabulary.holds(contract, version)
        elif vocabulary.has_schema(contract):
            yield version, vocabulary.schema_is(contract, version)
        elif contract.provider in vocabulary.rollouts:
            for view, seen in vocabulary.views(contract):
                there = conjoin(vocabulary.up(contract.provider, version), seen)
                yield vocabulary.form(contract, version, view), there
