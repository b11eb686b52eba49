"""What must be compatible at all: from the pipeline alone, which versions meet at which contract, and when.

Every pair is taken as broken, and each hazard is a pair that some request meets. Hazards end nothing, so one
search finds all; nothing that the release declares of pairs plays a part, but what it says of stores does
(`rows`, `from`, `exists`, `starts`, `expires`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum

from msgspec import Struct

from ..model.deployment import (
    Aspect,
    Change,
    Deployment,
    Instruction,
    Pair,
    RegistryLevel,
    list_bare_aspects,
)
from ..model.machines.rollouts import Rollout
from ..model.names import Contract
from ..model.resources.limits import Limits
from .checker import check
from .engines.registry import AUTO
from .verdict import Answer, HopHazard, Unknown, list_incompatible_pairs


class MeetingDirection(StrEnum):
    """Which of two versions is older: the consumer's, or the provider's."""

    OLD_CONSUMER = "old consumer at new provider"
    NEW_CONSUMER = "new consumer at old provider"


class RequiredPair(Struct, frozen=True):
    """Two versions that meet at a contract: the consumer's first. `steps` are those in which they can, in the
    order of the pipeline; `inevitable`: under every timing some quick request meets them."""

    contract: Contract
    pair: Pair
    aspects: tuple[Aspect, ...]
    steps: tuple[str, ...]
    inevitable: bool
    for_ever: bool


class VersionMover(Struct, frozen=True):
    """Who stands at a contract, or holds it, and the steps that bring it to another version."""

    name: str
    steps: tuple[str, ...]


class RequiredPairs(Struct, frozen=True):
    """All pairs that must be compatible, by contract; contracts without any never see two versions. `movers`
    say why: who moves when, in the order in which they begin.

    `unknown` says why that is not known (a limit was hit); then `pairs` is empty.
    """

    pairs: Mapping[Contract, tuple[RequiredPair, ...]]
    unknown: Unknown | None = None
    movers: Mapping[Contract, tuple[VersionMover, ...]] = {}


def find_required(
    deployment: Deployment,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    limits: Limits | None = None,
    engine: str = AUTO,
) -> RequiredPairs:
    """Which compatibility a deployment needs, contract by contract. Raises as `check` does."""
    answer = check(break_all(deployment), rollouts=rollouts, limits=limits, engine=engine)
    if isinstance(answer.verdict, Unknown):
        return RequiredPairs({}, answer.verdict)
    pairs = {contract: tuple(_group(deployment, contract, answer)) for contract in deployment.contracts}
    return RequiredPairs(pairs, movers={contract: list_movers(deployment, contract) for contract in pairs})


_MOVING = (
    Instruction.DEPLOY,
    Instruction.MIGRATE,
    Instruction.RECONFIGURE,
    Instruction.SYNC,
    Instruction.BACKFILL,
    Instruction.PROMOTE,
)


def list_movers(deployment: Deployment, contract: Contract) -> tuple[VersionMover, ...]:
    """Who of those that stand at a contract is brought to another version, and in which steps of the
    pipeline; who begins first comes first."""
    hops = [request.hops[number - 1] for request, number in deployment.hops_at.get(contract, ())]
    names = dict.fromkeys([*(hop.consumer for hop in hops), contract.provider])
    order = {step.name: number for number, step in enumerate(deployment.pipeline)}
    movers = [VersionMover(name, tuple(_list_moving(deployment, contract, name))) for name in names]
    return tuple(sorted((one for one in movers if one.steps), key=lambda one: order[one.steps[0]]))


def _list_moving(deployment: Deployment, contract: Contract, name: str) -> Iterator[str]:
    """The steps with an action that moves a component, or of it this contract."""
    for step in deployment.pipeline:
        targets = [one for action in step.actions if action.instruction in _MOVING for one in action.targets]
        if any(one.name == name and one.subject in (None, contract.subject) for one in targets):
            yield step.name


def break_all(deployment: Deployment) -> Deployment:
    """The deployment with every pair of every contract broken; no properties are asked of it,
    and nothing is accepted."""
    changes = {contract: _broken(deployment, contract) for contract in deployment.contracts}
    asked = replace(deployment, changes=changes, properties=(), never=(), nameless=(), overridden=())
    return replace(asked, accept=())


def _broken(deployment: Deployment, contract: Contract) -> Change:
    versions = deployment.versions
    both = frozenset((x, y) for x in versions for y in versions if x != y)
    kind = deployment.components[contract.provider].kind
    aspects = list_bare_aspects(contract, kind, deployment.actions)
    told = deployment.change_of(contract)
    bare = Change(contract) if told is None else replace(told, severities={}, implied=False)
    return replace(
        bare,
        breaks=dict.fromkeys(aspects, both),
        declared=(),
        verbs={},
        pair_severities={},
        unknown=frozenset(),
        evidence={},
    )


def _list_meetings(answer: Answer, contract: Contract) -> Iterator[tuple[Pair, HopHazard]]:
    """Where two versions meet at the contract, and do not go together; that nobody is up, or that a table is
    not there yet, needs no compatibility."""
    for hazard, broken in list_incompatible_pairs(answer.hazards):
        if broken.contract == contract and broken.versions is not None:
            yield broken.versions, hazard


def _group(deployment: Deployment, contract: Contract, answer: Answer) -> Iterable[RequiredPair]:
    found: dict[Pair, list[HopHazard]] = {}
    for pair, hazard in _list_meetings(answer, contract):
        found.setdefault(pair, []).append(hazard)
    order = {version: rank for rank, version in enumerate(deployment.versions)}
    for pair in sorted(found, key=lambda pair: (order[pair[0]], order[pair[1]])):
        hazards = found[pair]
        window = {step for hazard in hazards for step in hazard.window}
        steps = [step for step in deployment.steps_about(window) if step in window]
        outside = sorted(window - set(steps))
        yield RequiredPair(
            contract,
            pair,
            tuple(aspect for aspect in Aspect if any(one.aspect is aspect for one in hazards)),
            (*steps, *outside),
            any(one.inevitable for one in hazards),
            any(one.for_ever for one in hazards),
        )


def find_ways(deployment: Deployment, pairs: Iterable[Pair]) -> frozenset[MeetingDirection]:
    """The directions in which versions meet."""
    rank = deployment.versions.index
    return frozenset(
        MeetingDirection.OLD_CONSUMER if rank(old) < rank(new) else MeetingDirection.NEW_CONSUMER
        for old, new in pairs
    )


def find_level(deployment: Deployment, pairs: Collection[Pair]) -> RegistryLevel:
    """The level of a registry for messages: new readers of old data need BACKWARD, old readers of new data
    FORWARD; versions that lie further apart need it of all before."""
    ways, rank = find_ways(deployment, pairs), deployment.versions.index
    if not ways:
        return RegistryLevel.NONE
    word = "FULL" if len(ways) > 1 else "FORWARD" if MeetingDirection.OLD_CONSUMER in ways else "BACKWARD"
    far = any(abs(rank(old) - rank(new)) > 1 for old, new in pairs)
    return RegistryLevel(f"{word}_TRANSITIVE" if far else word)


def enforces(level: RegistryLevel, needed: RegistryLevel) -> bool:
    """Whether what a registry enforces is all that is needed."""
    if needed is RegistryLevel.NONE:
        return True
    if needed.endswith("_TRANSITIVE") and not level.endswith("_TRANSITIVE"):
        return False
    words = level.removesuffix("_TRANSITIVE"), needed.removesuffix("_TRANSITIVE")
    return words[0] in ("FULL", words[1])


def list_unenforced(deployment: Deployment, answer: Answer) -> Iterator[tuple[Contract, RegistryLevel]]:
    """The contracts of which a registry enforces less than the pairs that are met need, and what they need;
    of those that the release names."""
    for contract, source in deployment.sources.items():
        if source.registry is None:
            continue
        met = {(one.consumer, one.provider) for one in answer.compatible if one.contract == contract}
        met |= {pair for pair, _ in _list_meetings(answer, contract)}
        needed = find_level(deployment, met)
        if not enforces(source.registry, needed):
            yield contract, needed
