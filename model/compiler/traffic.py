"""The traffic of others: what other requests than the watched one can do at any time (DESIGN 3.4)."""

from __future__ import annotations

from collections.abc import Iterator

from ..deployment import Deployment, Hop, Kind, Request, Verb
from ..names import Contract, content_of
from .causes import LossCause, RelayCause, WriteCause
from .derived import forms_now
from .hops import additions
from .system import Effect, Event, Guard, conjoin
from .variables import Vocabulary
from .walker import sources

Writer = tuple[str, str, Contract]
"""A component, one of its versions, and where it writes."""


def traffic_events(vocabulary: Vocabulary) -> Iterator[Event]:
    """Writes, messages passed on, messages used up, entries that expire."""
    yield from _writes(vocabulary)
    yield from _relayed(vocabulary)
    yield from _vanishing(vocabulary)


def _writes(vocabulary: Vocabulary) -> Iterator[Event]:
    """Instances write and publish at any time, in their form."""
    for (component, version, contract), roots in _writers(vocabulary).items():
        for view, seen in vocabulary.views(contract):
            form = vocabulary.form(contract, version, view)
            for root in roots:
                guards = vocabulary.writes(component, version), vocabulary.running(root), seen
                for content, guard, effect in _added(vocabulary, contract, form, *guards):
                    yield Event(WriteCause(contract, component, version, content), guard, effect)


def _added(
    vocabulary: Vocabulary, contract: Contract, form: str, *guards: Guard
) -> Iterator[tuple[str, Guard, Effect]]:
    """For each content that the form can come to: what it is then, when, and the effect."""
    for reached, lacking, effect in additions(vocabulary, contract, frozenset({form})):
        guard = conjoin(*guards, lacking)
        if guard is not None:
            yield reached, guard, effect


def _writers(vocabulary: Vocabulary) -> dict[Writer, tuple[str, ...]]:
    """Who writes where; with the workers one of which must be running, or ("",) for no condition."""
    deployment = vocabulary.deployment
    roots: dict[Writer, dict[str, None]] = {}
    for request, hop in _hops(deployment):
        if (
            hop.consumer in vocabulary.rollouts
            and hop.verb.leaves_content
            and vocabulary.has_content(hop.contract)
        ):
            for version in deployment.versions:
                if deployment.runs(version, hop):
                    roots.setdefault((hop.consumer, version, hop.contract), {})[_job(deployment, request)] = (
                        None
                    )
    return {writer: ("",) if "" in jobs else tuple(jobs) for writer, jobs in roots.items()}


def _hops(deployment: Deployment) -> Iterator[tuple[Request, Hop]]:
    return ((request, hop) for request in deployment.requests for hop in request.hops)


def _job(deployment: Deployment, request: Request) -> str:
    """The worker that must be running for the request to come, or "" for none."""
    root = deployment.components.get(request.root)
    return request.root if root is not None and root.kind is Kind.WORKER else ""


def _relayed(vocabulary: Vocabulary) -> Iterator[Event]:
    """Messages are passed on, in a form that their source has now."""
    deployment = vocabulary.deployment
    for request in deployment.requests:
        for number, hop in enumerate(request.hops, start=1):
            if hop.verb is not Verb.RELAYS or not vocabulary.has_content(hop.contract):
                continue
            running = vocabulary.running(_job(deployment, request))
            for up in passers(vocabulary, hop):
                for source in sources(deployment, request.hops, number):
                    for form, there in obtainable(vocabulary, source):
                        for content, guard, effect in _added(
                            vocabulary, hop.contract, form, up, running, there
                        ):
                            yield Event(RelayCause(hop.contract, hop.consumer, content), guard, effect)


def passers(vocabulary: Vocabulary, hop: Hop) -> list[Guard]:
    """When somebody is there who runs the hop; an anonymous client always is."""
    if hop.consumer not in vocabulary.rollouts:
        return [{}]
    versions = (v for v in vocabulary.deployment.versions if vocabulary.deployment.runs(v, hop))
    return [vocabulary.writes(hop.consumer, version) for version in versions]


def obtainable(vocabulary: Vocabulary, source: Contract) -> Iterator[tuple[str, Guard]]:
    """Each form in which the source can be obtained, with when."""
    if source.provider not in vocabulary.rollouts:
        for forms, guard in forms_now(vocabulary, source):
            yield from ((form, guard) for form in sorted(forms))
        return
    for version in vocabulary.deployment.versions:
        for view, seen in vocabulary.views(source):
            there = conjoin(vocabulary.up(source.provider, version), seen)
            if there is not None:
                yield vocabulary.form(source, version, view), there


def _vanishing(vocabulary: Vocabulary) -> Iterator[Event]:
    """Messages are used up; entries expire where the change says so."""
    changes = vocabulary.deployment.changed
    for contract in vocabulary.changed:
        is_queue = vocabulary.deployment.components[contract.provider].kind is Kind.BROKER
        if not (is_queue or (changes[contract].expires and vocabulary.has_content(contract))):
            continue
        life = vocabulary.lives[content_of(contract)]
        for arrow in life.life.transitions:
            if not arrow.trigger.startswith("use up "):
                continue
            form = arrow.trigger.removeprefix("use up ")
            cause = LossCause(contract, form, is_queue, arrow.target)
            for value in life.domain:
                if value.state == arrow.source:
                    effect = {life.key: value._replace(state=arrow.target)}
                    yield Event(cause, {life.key: frozenset({value})}, effect)
