"""The oracle's search with one request under watch: every state of the deployment with it.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from support.oracle_deployment import (
    afterwards_events,
    first_state,
    is_complete,
    migration_events,
    move_events,
    pipeline_events,
)
from support.oracle_hop import IDLE, Finding, Walker, cut_off, grip_of, hop_outcomes, is_in_flight, is_pulled
from support.oracle_parse import Request
from support.oracle_plan import Plan
from support.oracle_rollout import gone_events, restart_events
from support.oracle_state import Deployment
from support.oracle_traffic import traffic_events

Here = tuple[Deployment, Walker]


class HazardKey(NamedTuple):
    """What tells one hazard from another (24); `hop` counts from 1."""

    request: str
    hop: int
    kind: str
    aspect: str | None
    consumer_version: str | None
    provider_version: str | None


class TooManyStatesError(Exception):
    """There are more states than the caller wants to wait for."""


MixedPair = tuple[str, str, str, str]
"""The contract, the aspect, and the forms of two versions that meet."""


@dataclass
class Sighting:
    """What the search has seen of one hazard so far."""

    window: set[str]
    span: int
    length: int
    for_ever: bool = False


@dataclass
class Watch:
    """What the searches of all requests have seen; `met_at` are hazards with where the
    pipelines stand when they are met."""

    most_states: int | None
    sightings: dict[HazardKey, Sighting] = field(default_factory=dict)
    met_at: set[tuple[HazardKey, tuple[int, ...]]] = field(default_factory=set)
    mixed: set[MixedPair] = field(default_factory=set)
    states: int = 0


def key_of(plan: Plan, request: Request, hop: int, finding: Finding) -> HazardKey:
    """The key of a broken finding; `hop` counts from 0."""
    kind = "unavailable" if finding.aspect is None else "incompatible"
    return _key(plan, request, hop + 1, kind, finding)


def _key(plan: Plan, request: Request, hop: int, kind: str, finding: Finding) -> HazardKey:
    consumer = None if finding.consumer is None else plan.versions[finding.consumer]
    provider = None if finding.provider is None else plan.versions[finding.provider]
    return HazardKey(request.name, hop, kind, finding.aspect, consumer, provider)


def search(plan: Plan, request: Request, watch: Watch) -> None:
    """Breadth first, so that the first sight of a hazard is its shortest story (27)."""
    start = (first_state(plan), IDLE)
    distance = {start: 0}
    level = [start]
    while level:
        following = []
        for here in level:
            for there in _events(plan, request, here, distance[here] + 1, watch):
                if there not in distance:
                    distance[there] = distance[here] + 1
                    following.append(there)
        level = following
        if watch.most_states is not None and watch.states + len(distance) > watch.most_states:
            raise TooManyStatesError
    watch.states += len(distance)


def _events(plan: Plan, request: Request, here: Here, length: int, watch: Watch) -> Iterator[Here]:
    """Every next state; notes what the next hop meets. Nothing more happens to a request that is done."""
    state, walker = here
    if walker.hop == len(request.hops):
        return
    for after in pipeline_events(plan, state, grip_of(request, walker)):
        yield from _enter(plan, request, here, after)
    yield from _move_events(plan, request, here, length, watch)
    restarts = restart_events(plan, state, grip_of(request, walker))
    for after in (
        *restarts,
        *migration_events(plan, state),
        *traffic_events(plan, state),
        *afterwards_events(plan, state),
    ):
        yield after, walker
    for findings, there in hop_outcomes(plan, request, state, walker):
        for finding in findings:
            consumer, provider, aspect = finding.consumer, finding.provider, finding.aspect
            if aspect and consumer is not None and provider is not None and consumer != provider:
                sides = plan.versions[consumer], plan.versions[provider]
                watch.mixed.add((request.hops[walker.hop].contract, aspect, *sides))  # (32, 98)
            if finding.broken:
                _note(plan, request, here, key_of(plan, request, walker.hop, finding), length, watch)
        if there is not None:
            yield there


def _enter(plan: Plan, request: Request, here: Here, after: Deployment) -> Iterator[Here]:
    """The pipeline's event: one that begins a step counts for a request in flight (26, 58)."""
    walker = here[1]
    (moved,) = (pair for pair in zip(here[0].positions, after.positions, strict=True) if pair[0] != pair[1])
    before, position = (plan.positions[number] for number in moved)
    begins = position.entry != before.entry and not position.is_end and is_in_flight(request, walker)
    if not begins:
        yield after, walker
    elif plan.max_span is None or walker.begun < plan.max_span:
        yield after, walker._replace(begun=walker.begun + 1)


def _move_events(plan: Plan, request: Request, here: Here, length: int, watch: Watch) -> Iterator[Here]:
    """The moves' events; what retires one of the request's version may be its own instance (44)."""
    state, walker = here
    grip = grip_of(request, walker)
    for event in (*move_events(plan, state, grip), *gone_events(plan, state, grip)):
        cut = [
            (frame, version)
            for frame, version in walker.frames
            if (request.component_of(frame), version) == event.taken
            if event.can_take(pulled=is_pulled(request, frame))
        ]
        if all(event.spares(pulled=is_pulled(request, frame)) for frame, _ in cut):
            yield event.after, walker
        if cut and event.taken is not None and plan.components[event.taken[0]].abrupt:
            for frame, version in cut:
                _note(plan, request, here, _interrupted(plan, request, frame, version), length, watch)
            yield event.after, cut_off(request, walker)


def _interrupted(plan: Plan, request: Request, frame: int, version: int) -> HazardKey:
    starts = frame == 0
    finding = Finding(None, version if starts else None, None if starts else version, broken=True)
    return _key(plan, request, max(frame, 1), "interrupted", finding)


def _note(plan: Plan, request: Request, here: Here, key: HazardKey, length: int, watch: Watch) -> None:
    """Keep what is told of a hazard that this state can meet (25 to 27, 61)."""
    state, walker = here
    seen = watch.sightings.setdefault(key, Sighting(set(), walker.begun, length))
    seen.window.update(plan.steps_at(state.positions))
    seen.span = min(seen.span, walker.begun)
    seen.for_ever = seen.for_ever or is_complete(plan, state)
    watch.met_at.add((key, state.positions))
