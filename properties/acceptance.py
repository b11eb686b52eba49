"""Which hazards a team lives with: paragraph 93 of docs/semantics.md, for engines, answers and proofs alike.

An entry of `accept` speaks of hazards, and of the steps in which they may be met. A hazard is accepted where
each step of its window is named by an entry that agrees with it; of several pipelines, where at each place in
which they stand together when it is met one of their steps is. A pipeline that can stand anywhere beside the
others is left out of such places: what is met there has nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ..model.compiler.compile import Placement
from ..model.compiler.moves import AFTER, BEFORE
from ..model.compiler.variables import Vocabulary
from ..model.deployment import Acceptance, Aspect, Deployment, HazardWord, Request, name_step
from ..model.names import Contract
from .lookups.lookup import HazardKind, Lookup, identify_lookup
from .temporal.questions import find_component
from .verdict import AcceptedHazard, Hazard, HopHazard, JudgedAcceptance


class HazardTraits(Struct, frozen=True):
    """What an entry is held against; what does not apply is None. `component` is the provider of the hop, of
    an interruption whose instance goes, of a `min_available` whose it is."""

    id: str
    kind: HazardWord
    component: str | None = None
    contract: Contract | None = None
    request: str | None = None
    property: str | None = None
    aspect: Aspect | None = None
    versions: tuple[str | None, str | None] = (None, None)


def describe_lookup(request: Request, lookup: Lookup) -> HazardTraits:
    """The hazard that is told of a hop's lookup."""
    hop = request.hops[lookup.hop - 1]
    is_root = lookup.kind is HazardKind.INTERRUPTED and lookup.consumer_version is not None
    return HazardTraits(
        id=identify_lookup(request.name, request.hops, lookup),
        kind=HazardWord(lookup.kind),
        component=request.root if is_root else hop.provider,
        contract=hop.contract,
        request=request.name,
        aspect=lookup.aspect,
        versions=(lookup.consumer_version, lookup.provider_version),
    )


def describe_question(deployment: Deployment, hazard: str, name: str) -> HazardTraits:
    """The hazard, by its id, of what is asked of the deployment alone under that name."""
    component = find_component(deployment, hazard)
    return HazardTraits(hazard, HazardWord.PROPERTY, component=component, property=name)


def list_agreeing(deployment: Deployment, hazard: HazardTraits) -> tuple[Acceptance, ...]:
    """The entries that agree with the hazard, wherever it can be met."""
    return tuple(entry for entry in deployment.accept if _agrees(entry, hazard))


def _agrees(entry: Acceptance, hazard: HazardTraits) -> bool:
    """Whether each key that the entry gives is as the hazard has it."""
    pairs = (
        (entry.hazard, hazard.id),
        (entry.kind, hazard.kind),
        (entry.component, hazard.component),
        (entry.request, hazard.request),
        (entry.property, hazard.property),
        (entry.aspect, hazard.aspect),
        (entry.versions, hazard.versions),
    )
    is_of_contract = entry.contract is None or hazard.contract in entry.contracts
    return is_of_contract and all(asked in (None, found) for asked, found in pairs)


Where = tuple[str, ...]
"""The steps in which the pipelines stand together; of one pipeline one."""


def list_outside(
    deployment: Deployment, entries: Iterable[Acceptance], places: Iterable[Where]
) -> tuple[Where, ...]:
    """The places of which none of the entries names a step. A place need not tell of a pipeline that can
    stand anywhere beside it: of such a one a step is named wherever it stands if all of its steps are."""
    named = set[str]()
    for entry in entries:
        if entry.within is None:
            return ()
        named.update(entry.within)
    if any(steps <= named for steps in _list_steps(deployment)):
        return ()
    return tuple(place for place in places if named.isdisjoint(place))


def _list_steps(deployment: Deployment) -> Iterator[frozenset[str]]:
    """The steps of each pipeline in which it can stand."""
    steps = (*deployment.pipeline, *((deployment.rollback or ()) if deployment.failures else ()))
    for name in deployment.pipelines or (None,):
        ends = (name_step(name, BEFORE), name_step(name, AFTER))
        yield frozenset((*ends, *(step.name for step in steps if step.pipeline == name)))


def _names(entry: Acceptance, place: Where) -> bool:
    return entry.within is None or not set(place).isdisjoint(entry.within)


# --- for engines ------------------------------------------------------------------------------


def is_lookup_accepted(
    vocabulary: Vocabulary, request: Request, lookup: Lookup, places: Iterable[Placement]
) -> bool:
    """Whether the hazard is accepted that the lookup is told as; `places` are those at which it is met."""
    deployment = vocabulary.deployment
    if not deployment.accept:
        return False
    met = {tuple(vocabulary.positions[index].step for index in place) for place in places}
    agreeing = list_agreeing(deployment, describe_lookup(request, lookup))
    return bool(agreeing) and not list_outside(deployment, agreeing, met)


def is_meeting_accepted(deployment: Deployment, request: Request, lookup: Lookup, place: Where) -> bool:
    """Whether it is accepted that the hazard of the lookup is met while the pipelines stand there."""
    if not deployment.accept:
        return False
    agreeing = list_agreeing(deployment, describe_lookup(request, lookup))
    return bool(agreeing) and not list_outside(deployment, agreeing, [place])


# --- for answers ------------------------------------------------------------------------------


def split_hazards(
    deployment: Deployment, hazards: Iterable[Hazard]
) -> tuple[tuple[Hazard, ...], tuple[AcceptedHazard, ...]]:
    """The hazards that count, and those that are accepted, each in their order."""
    if not deployment.accept:  # nor need the story be told, which says who is retired
        return tuple(hazards), ()
    counting, accepted = [], []
    for hazard in hazards:
        agreeing = list_agreeing(deployment, _describe(deployment, hazard))
        if not agreeing or list_outside(deployment, agreeing, hazard.places_met):
            counting.append(hazard)
        else:
            by = (entry for entry in agreeing if any(_names(entry, place) for place in hazard.places_met))
            accepted.append(AcceptedHazard(hazard, tuple(by)))
    return tuple(counting), tuple(accepted)


def judge_entries(
    deployment: Deployment, void: Iterable[Acceptance], hazards: Iterable[Hazard]
) -> Iterator[JudgedAcceptance]:
    """What became of each entry of the deployment, and of those that are `void`; of all its hazards."""
    counted = hazards if deployment.accept else ()
    met = [(hazard, list_agreeing(deployment, _describe(deployment, hazard))) for hazard in counted]
    outside = [
        (hazard, by, tuple(map(_tell, list_outside(deployment, by, hazard.places_met)))) for hazard, by in met
    ]
    for entry in deployment.accept:
        own = [(hazard, steps) for hazard, by, steps in outside if entry in by]
        accepted = tuple(hazard for hazard, steps in own if not steps)
        yield JudgedAcceptance(entry, accepted, tuple(pair for pair in own if pair[1]))
    for entry in void:
        yield JudgedAcceptance(entry, is_void=True)


def _tell(place: Where) -> str:
    return " + ".join(place) or "every step"


def _describe(deployment: Deployment, hazard: Hazard) -> HazardTraits:
    if not isinstance(hazard, HopHazard):
        return describe_question(deployment, hazard.id, hazard.property)
    return HazardTraits(
        id=hazard.id,
        kind=HazardWord(hazard.kind),
        component=hazard.retired.component if hazard.retired is not None else hazard.provider,
        contract=hazard.contract,
        request=hazard.request,
        aspect=hazard.aspect,
        versions=(hazard.consumer_version, hazard.provider_version),
    )
