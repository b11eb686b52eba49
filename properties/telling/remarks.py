"""What is told beside the verdict and follows from the hazards: what is left over breaks, which mixed pairs
were taken for compatible, what stands at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace as replace_limits
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ...model.compiler.task import Task
from ...model.compiler.walker import find_sources
from ...model.deployment import Aspect, Deployment, list_bare_aspects
from ...model.names import Contract
from ...model.resources.alarm import alarm
from ...model.resources.limits import LimitError, StateLimitError, as_limit
from ..coverage.ending import find_end
from ..coverage.occurrences import Occurrences
from ..coverage.standings import MOST_STATES
from ..engines.ends import find_ends
from ..engines.protocol import Judgement
from ..lookups.breaking import breaks
from ..lookups.lookup import MixedPair
from ..temporal.answers import Answers
from ..verdict import (
    Answer,
    Beside,
    End,
    Hazard,
    HopHazard,
    LeftOpen,
    PropertyKind,
    list_hop_hazards,
    list_incompatible_pairs,
)

if TYPE_CHECKING:
    from ..coverage.judge import MetCell


def list_met_cells(deployment: Deployment, found: Iterable[HopHazard]) -> list[MetCell]:
    """The pairs that are hazards."""
    hops = {request.name: request.hops for request in deployment.requests}
    return [
        (
            pair.contract,
            pair.aspect,
            pair.consumer,
            pair.provider,
            hops[hazard.request][hazard.hop - 1].verb.written,
        )
        for hazard, pair in list_incompatible_pairs(found)
    ]


def find_residue_breaks(
    deployment: Deployment, residue: tuple[Contract, ...], hazards: tuple[Hazard, ...]
) -> dict[Contract, tuple[str, ...]]:
    """What the old forms break that may be left over: the hazards for ever that meet one."""
    lasting = [hazard for hazard in list_hop_hazards(hazards) if hazard.for_ever]
    found = {
        contract: tuple(hazard.id for hazard in lasting if _meets_old_form(deployment, hazard, contract))
        for contract in residue
    }
    return {contract: ids for contract, ids in found.items() if ids}


def _meets_old_form(deployment: Deployment, hazard: HopHazard, contract: Contract) -> bool:
    """Whether the hazard is of an old form that was found at the contract, there or later in the request."""
    last = deployment.versions[-1]
    if hazard.aspect is Aspect.CONTENT:
        return hazard.contract == contract and hazard.provider_version != last
    hops = next(request.hops for request in deployment.requests if request.name == hazard.request)
    carries = hazard.aspect is Aspect.TOKEN and hazard.consumer_version != last
    return carries and contract in find_sources(deployment, hops, hazard.hop)


def list_compatible(
    deployment: Deployment, judgement: Judgement, hazards: tuple[Hazard, ...]
) -> tuple[MixedPair, ...]:
    """The mixed pairs that are met and are no hazard, in the order of the file."""
    broken = frozenset(cell[:4] for cell in list_met_cells(deployment, list_hop_hazards(hazards)))
    contracts = {contract: rank for rank, contract in enumerate(deployment.contracts)}
    aspects, version = list(Aspect), deployment.versions.index

    def order(pair: MixedPair) -> tuple[int, ...]:
        sides = version(pair.consumer), version(pair.provider)
        return contracts[pair.contract], aspects.index(pair.aspect), *sides

    compatible = (pair for pair in judgement.mixed - broken if _is_judged(deployment, pair))
    return tuple(sorted(compatible, key=order))


def list_forgiven(deployment: Deployment, compatible: Iterable[MixedPair]) -> tuple[MixedPair, ...]:
    """Those of the compatible pairs that the file declares to break, and a flag forgives: code that knows it
    understands both forms of what it guards (paragraph 22 of docs/semantics.md)."""
    guarded = (pair for pair in compatible if pair.contract in deployment.flag_of)
    return tuple(pair for pair in guarded if _is_declared(deployment, pair))


def _is_declared(deployment: Deployment, pair: MixedPair) -> bool:
    change = deployment.changed[pair.contract]
    return breaks(deployment.versions, change, pair.aspect, (pair.consumer, pair.provider))


def _is_judged(deployment: Deployment, pair: MixedPair) -> bool:
    """Whether a pair of that aspect is anybody's concern: the configuration of a queue is one only where
    something moves it, or the release speaks of it (paragraph 76 of docs/semantics.md)."""
    change, kind = deployment.changed[pair.contract], deployment.components[pair.contract.provider].kind
    comes_and_goes = change.exists is not None and change.exists < frozenset(deployment.versions)
    speaks = change.breaks.get(pair.aspect) or (pair.aspect is Aspect.SCHEMA and comes_and_goes)
    return bool(speaks) or pair.aspect in list_bare_aspects(pair.contract, kind, deployment.actions)


def find_end_within(
    task: Task, occurrences: Occurrences, answers: Answers, violated: Iterable[Hazard]
) -> End | LimitError:
    """What is told of the end; the limit that kept it from being known.

    Where the pipeline can stall, or nobody knows, parts of the deployment show more than the whole can reach,
    and all states are listed. What `occurrences` has searched is not searched again.
    """
    stalls = (hazard.kind is PropertyKind.STALL for hazard in violated)
    try:
        with alarm(task.limits):
            whole = answers.left_open.stall or any(stalls) or occurrences.is_known(())
            if whole != occurrences.whole:
                occurrences = Occurrences(task, whole=whole)
            few = replace_limits(task.limits, max_states=task.limits.max_states or MOST_STATES)
            return find_end(occurrences, None if whole else find_ends(task, few))
    except (LimitError, MemoryError) as ended:
        return as_limit(ended, task.limits)


def with_end(answer: Answer, end: End | LimitError) -> Answer:
    """The answer with what is told of the end, and what is left open of it."""
    if isinstance(end, LimitError):
        return replace(answer, left_open=(*answer.left_open, LeftOpen(Beside.END, str(end), end.option)))
    if end.left_open:
        limit = StateLimitError(end.most_states)
        open_units = LeftOpen(Beside.END, str(limit), limit.option, end.left_open)
        return replace(answer, end=end, left_open=(*answer.left_open, open_units))
    return replace(answer, end=end)
