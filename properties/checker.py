"""The checker: a deployment in, an `Answer` out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..model.compiler.compile import Compiled
from ..model.compiler.replay import ReplayError, replay
from ..model.compiler.system import Event
from ..model.compiler.walker import sources
from ..model.deployment import Deployment, Hop, Kind
from ..model.machines.rollout_strategies import Rollout
from ..model.names import Contract
from ..model.resources.alarm import alarm
from ..model.resources.limits import LimitError, Limits, Progress
from .engines import reference
from .engines.choice import AUTO, Violated, violated
from .engines.protocol import Engine, Found, Judgement
from .lookups import Lookup, severity
from .story import tell
from .temporal.questions import properties_of
from .temporal.way_back import ways_back
from .verdict import Answer, Covered, Hazard, Safe, Statistics, Unknown, Unsafe, Verdict


def check(
    deployment: Deployment,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    limits: Limits | None = None,
    engine: Engine = reference.judge,
    failures: bool = False,
) -> Answer:
    """The verdict on a deployment, with all that is told beside it.

    `rollouts` gives components a life of their own (`skewproof.model.own_rollout`). Where one of the
    `limits` is hit the verdict is `Unknown`, never `Safe`. `engine` finds (`properties.engines.choice`).
    With `failures` every awaited action may fail. Raises `ReplayError`, a fault of skewproof, if a
    story does not replay, and `EngineUnavailableError`.
    """
    if deployment.changes is None:
        advice = (
            "say what the release changes (`changes:` in the file, or --changes FILE), or give --pessimistic"
        )
        return _bare(deployment, Unknown("nothing was given to judge", advice))
    deployment = replace(deployment, failures=failures or deployment.failures)
    limits = limits or Limits()
    try:
        with alarm(limits):
            judgement = engine(deployment, rollouts, limits)
            by = AUTO if judgement.choice else judgement.engine
            alone = violated(by, deployment, rollouts, limits)
            back = ways_back(deployment, rollouts, limits)
            return replace(_answer(deployment, judgement, alone), ways_back=back)
    except LimitError as limit:
        return _bare(deployment, _stopped(limit, limits.progress, len(deployment.requests)))


def _stopped(limit: LimitError, progress: Progress, requests: int) -> Unknown:
    """No verdict: which limit was hit, and what had been covered by then."""
    covered = Covered(limit.option, progress.states, progress.done)
    explored = f"explored {covered.states:,} states, judged {covered.requests} of {requests} requests"
    reason = f"{limit} ({limit.option}): {explored}"
    return Unknown(reason, f"raise {limit.option}, or judge fewer requests and services at once", covered)


def _answer(deployment: Deployment, judgement: Judgement, alone: Violated) -> Answer:
    found = tuple(map(_hazard, judgement.found))
    hazards = (*found, *alone.hazards)
    broken_hops = {(hazard.request, hazard.hop) for hazard in found}
    hops = sum(len(request.hops) for request in deployment.requests)
    statistics = Statistics(
        engine=judgement.engine,
        requests=len(deployment.requests),
        hops=hops,
        hops_proven=hops - len(broken_hops),
        states=judgement.states,
        transitions=judgement.transitions,
        interleavings=judgement.interleavings,
        never_mixed=tuple(c for c in _named(deployment) if c not in judgement.mixed),
        choice=judgement.choice,
        properties=len(properties_of(deployment)),
        in_slices=alone.in_slices,
    )
    return replace(
        _bare(deployment, Unsafe(hazards) if hazards else Safe()),
        avoidable=judgement.avoidable,
        residue=judgement.residue,
        statistics=statistics,
    )


def _bare(deployment: Deployment, verdict: Verdict) -> Answer:
    """An answer with what is known without any search."""
    return Answer(
        system=deployment.system,
        release=deployment.release,
        verdict=verdict,
        avoidable=None,
        unchanged=_unchanged(deployment),
        unjudged=_unjudged(deployment),
        max_span=deployment.max_span,
        residue=(),
        statistics=None,
        images=_images(deployment),
        enabled_after=deployment.enabled_after,
    )


def _images(deployment: Deployment) -> dict[str, str]:
    return {name: c.image for name, c in deployment.components.items() if c.image is not None}


def _unchanged(deployment: Deployment) -> tuple[Contract, ...]:
    return tuple(c for c in deployment.contracts if c not in (deployment.changes or {}))


def _unjudged(deployment: Deployment) -> tuple[Contract, ...]:
    """Changed contracts at which only an anonymous client stands, with nothing else to judge."""
    judged = {
        hop.contract
        for request in deployment.requests
        for number, hop in enumerate(request.hops, start=1)
        if hop.consumer in deployment.components or _holds_tokens(deployment, request.hops, number)
    }
    return tuple(contract for contract in _named(deployment) if contract not in judged)


def _named(deployment: Deployment) -> Iterator[Contract]:
    """The contracts that the release itself changes, not only as sources of what a hop is using."""
    changes = deployment.changes or {}
    return (c for c in deployment.contracts if c in changes and not changes[c].implied)


def _holds_tokens(deployment: Deployment, hops: tuple[Hop, ...], number: int) -> bool:
    """Whether the hop is held against what an earlier one obtained."""
    is_cache = deployment.components[hops[number - 1].provider].kind is Kind.CACHE
    return not is_cache and bool(sources(deployment, hops, number))


def _hazard(found: Found) -> Hazard:
    """The hazard as it is told, its story replayed."""
    compiled, lookup, story = found.compiled, found.lookup, list(found.story)
    assert compiled.walker is not None
    request = compiled.walker.request
    hop = request.hops[lookup.hop - 1]
    _replay(compiled, story, lookup)
    return Hazard(
        id=_identity(request.name, request.hops, lookup),
        kind=lookup.kind,
        request=request.name,
        hop=lookup.hop,
        consumer=hop.consumer,
        consumer_instance=_instance(lookup.instance, lookup.consumer_version),
        consumer_version=lookup.consumer_version,
        provider=hop.provider,
        provider_instance=_instance(lookup.callee, lookup.provider_version),
        provider_version=lookup.provider_version,
        contract=hop.contract,
        aspect=lookup.aspect,
        severity=severity(compiled.vocabulary, hop.contract, lookup.aspect),
        inevitable=found.inevitable,
        span=found.span,
        window=_window(compiled, found.window),
        for_ever=found.for_ever,
        trace=tell(compiled, story, lookup),
    )


def _replay(compiled: Compiled, story: list[Event], lookup: Lookup) -> None:
    """Nobody is shown a story that does not happen on the machines, or does not end in the hazard."""
    state = replay(compiled, story)
    if not compiled.system.holds(state, lookup.guard):
        raise ReplayError(f"the story of hop {lookup.hop} does not end where the hop breaks")


def _identity(request: str, hops: tuple[Hop, ...], lookup: Lookup) -> str:
    """A name that depends on what the hazard is, not on where it stands in the file."""
    hop = hops[lookup.hop - 1]
    occurrence = hops[: lookup.hop].count(hop)
    parts = (
        request,
        hop,
        occurrence,
        lookup.kind,
        lookup.aspect,
        lookup.consumer_version,
        lookup.provider_version,
    )
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


def _instance(version: str | None, form: str | None) -> str | None:
    """The version that runs, where a flag makes it differ from the form."""
    return version if version != form else None


def _window(compiled: Compiled, positions: frozenset[int]) -> tuple[str, ...]:
    """The steps of the positions, in the order of the pipeline."""
    places = compiled.vocabulary.positions
    return tuple(dict.fromkeys(places[index].step for index in sorted(positions)))
