"""The oracle: a naive full search of the semantics, the judge of every engine of skewproof.

It is written from DESIGN and docs/semantics.md (paragraphs in brackets) alone and imports nothing
of skewproof. It enumerates every state of the deployment, and every state of the deployment with
each request; so it is for small deployments of exactly two versions, and for the kinds service,
worker, database, cache, broker and the anonymous `client`, with rolling deploys and graceful drains.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from support.oracle_deployment import (
    Deployment,
    first_state,
    is_complete,
    move_events,
    pipeline_event,
    traffic_events,
)
from support.oracle_hop import IDLE, Finding, Walker, held_by, hop_outcomes, is_in_flight, names_of
from support.oracle_parse import OBTAINS, OLD, Plan, Request, read_plan

NOTHING_HELD: frozenset[tuple[str, int]] = frozenset()


class HazardKey(NamedTuple):
    """What tells one hazard from another (24); `hop` counts from 1."""

    request: str
    hop: int
    kind: str
    aspect: str | None
    consumer_version: str | None
    provider_version: str | None


@dataclass(frozen=True, slots=True)
class Hazard:
    """What is told of a hazard (25 to 28); `length` counts every event, the failing hop included."""

    window: frozenset[str]
    inevitable: bool
    span: int
    length: int
    severity: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The whole answer; `states` are those of the deployment and of it with each request."""

    verdict: str
    hazards: Mapping[HazardKey, Hazard]
    avoidable: bool
    residue: frozenset[str]
    unjudged: frozenset[str]
    never_mixed: frozenset[str]
    interleavings: int
    states: int


@dataclass
class _Sighting:
    """What the search has seen of one hazard so far."""

    window: set[str]
    span: int
    length: int


@dataclass
class _Watch:
    """What the searches of all requests have seen."""

    sightings: dict[HazardKey, _Sighting] = field(default_factory=dict)
    mixed: set[str] = field(default_factory=set)
    states: int = 0


def judge(data: Mapping[str, Any], *, pessimistic: bool = False) -> Judgement:
    """The judgement of a deployment, given as `yaml.safe_load` gives its file."""
    plan = read_plan(data, pessimistic=pessimistic)
    names = data["versions"]
    watch = _Watch()
    for request in plan.requests:
        _search(plan, request, names, watch)
    space = _reach(first_state(plan), lambda state: _deployment_events(plan, state))
    complete = {state for state in space if is_complete(plan, state)}
    bare = {state: state._replace(position=0, ended=frozenset()) for state in space}  # hops see no more
    hits_of_bare = {state: _hits(plan, state, names) for state in set(bare.values())}
    hits = {state: hits_of_bare[bare[state]] for state in space}
    nothing_given = not pessimistic and data.get("changes") is None
    return Judgement(
        "unknown" if nothing_given else "unsafe" if watch.sightings else "safe",
        {key: _hazard(plan, key, seen, space, hits, complete) for key, seen in watch.sightings.items()},
        _can_complete(space, complete, lambda state: not hits[state]),
        _residue(plan, complete),
        _unjudged(plan),
        frozenset(plan.changes) - watch.mixed,
        _interleavings(plan),
        watch.states + len(space),
    )


# The search with a request under watch


def _search(plan: Plan, request: Request, names: list[str], watch: _Watch) -> None:
    """Breadth first, so that the first sight of a hazard is its shortest story (27)."""
    start = (first_state(plan), IDLE)
    distance = {start: 0}
    level = [start]
    while level:
        following = []
        for here in level:
            for there in _events(plan, request, here, distance[here] + 1, names, watch):
                if there not in distance:
                    distance[there] = distance[here] + 1
                    following.append(there)
        level = following
    watch.states += len(distance)


def _events(
    plan: Plan,
    request: Request,
    here: tuple[Deployment, Walker],
    length: int,
    names: list[str],
    watch: _Watch,
) -> Iterator[tuple[Deployment, Walker]]:
    """Every next state; notes what the next hop meets. Nothing more happens to a request that is done."""
    state, walker = here
    if walker.hop == len(request.hops):
        return
    held = held_by(request, walker)
    for after in pipeline_event(plan, state, held):
        yield from _enter(plan, request, walker, after)
    for after in (*move_events(plan, state, held), *traffic_events(plan, state)):
        yield after, walker
    for findings, there in hop_outcomes(plan, request, state, walker):
        _note(plan, request, here, findings, length, names, watch)
        if there is not None:
            yield there


def _enter(
    plan: Plan, request: Request, walker: Walker, after: Deployment
) -> Iterator[tuple[Deployment, Walker]]:
    """The pipeline's event: one that begins a step counts for a request in flight (26)."""
    step, before = plan.steps[after.position], plan.steps[after.position - 1]
    begins = step not in (before, "(after)") and is_in_flight(request, walker)
    if not begins:
        yield after, walker
    elif plan.max_span is None or walker.begun < plan.max_span:
        yield after, walker._replace(begun=walker.begun + 1)


def _note(
    plan: Plan,
    request: Request,
    here: tuple[Deployment, Walker],
    findings: list[Finding],
    length: int,
    names: list[str],
    watch: _Watch,
) -> None:
    """Keep what a hop met: which contracts are ever mixed (32), and each hazard's sighting."""
    state, walker = here
    for finding in findings:
        if None not in (finding.consumer, finding.provider) and finding.consumer != finding.provider:
            watch.mixed.add(request.hops[walker.hop].contract)
        if finding.broken:
            key = _key(request, walker.hop, finding, names)
            seen = watch.sightings.setdefault(key, _Sighting(set(), walker.begun, length))
            seen.window.add(plan.steps[state.position])
            seen.span = min(seen.span, walker.begun)


def _key(request: Request, hop: int, finding: Finding, names: list[str]) -> HazardKey:
    kind = "unavailable" if finding.aspect is None else "incompatible"
    consumer = None if finding.consumer is None else names[finding.consumer]
    provider = None if finding.provider is None else names[finding.provider]
    return HazardKey(request.name, hop + 1, kind, finding.aspect, consumer, provider)


# The deployment alone

Space = Mapping[Deployment, list[Deployment]]


def _deployment_events(plan: Plan, state: Deployment) -> list[Deployment]:
    return [*_own_events(plan, state), *traffic_events(plan, state)]


def _own_events(plan: Plan, state: Deployment) -> list[Deployment]:
    """The pipeline's and the moves' events, while no request holds anything."""
    return [*pipeline_event(plan, state, NOTHING_HELD), *move_events(plan, state, NOTHING_HELD)]


def _reach(start: Deployment, events: Callable[[Deployment], list[Deployment]]) -> Space:
    """Every reachable state, with its successors."""
    space = {start: events(start)}
    todo = [start]
    while todo:
        for state in space[todo.pop()]:
            if state not in space:
                space[state] = events(state)
                todo.append(state)
    return space


def _hits(plan: Plan, state: Deployment, names: list[str]) -> frozenset[HazardKey]:
    """The hazards that some request which comes now and is served at once meets (28)."""
    met: set[HazardKey] = set()
    for request in plan.requests:
        served = {(state, IDLE)}
        for hop in range(len(request.hops)):
            outcomes = [outcome for here in served for outcome in hop_outcomes(plan, request, *here)]
            met.update(
                _key(request, hop, finding, names)
                for findings, _ in outcomes
                for finding in findings
                if finding.broken
            )
            served = {there for _, there in outcomes if there is not None}
    return frozenset(met)


def _hazard(
    plan: Plan,
    key: HazardKey,
    seen: _Sighting,
    space: Space,
    hits: Mapping[Deployment, frozenset[HazardKey]],
    complete: set[Deployment],
) -> Hazard:
    inevitable = not _can_complete(space, complete, lambda state: key not in hits[state])
    request = next(request for request in plan.requests if request.name == key.request)
    change = plan.changes.get(request.hops[key.hop - 1].contract)
    severity = "error" if change is None else change.severity
    return Hazard(frozenset(seen.window), inevitable, seen.span, seen.length, severity)


def _can_complete(space: Space, complete: set[Deployment], allowed: Callable[[Deployment], bool]) -> bool:
    """Whether a path of allowed states leads from the start to a complete one, both included (28, 29)."""
    start = next(iter(space))
    if not allowed(start):
        return False
    reached = {start}
    todo = [start]
    while todo:
        state = todo.pop()
        if state in complete:
            return True
        fresh = {after for after in space[state] if after not in reached and allowed(after)}
        reached |= fresh
        todo.extend(fresh)
    return False


def _residue(plan: Plan, complete: set[Deployment]) -> frozenset[str]:
    """Contracts that can end with an old form, all moves over and no old instance up (30)."""
    return frozenset(
        contract
        for state in complete
        if all(old == 0 for _, (old, _) in state.up)
        for contract, forms in state.content
        if OLD in forms
    )


def _unjudged(plan: Plan) -> frozenset[str]:
    """Changed contracts at which only an anonymous client stands, with no token to judge (32)."""
    met: set[str] = set()
    judged: set[str] = set()
    for request in plan.requests:
        obtained: set[str] = set()
        for hop in request.hops:
            met.add(hop.contract)
            token = obtained & set(hop.using) and plan.kinds[hop.provider] != "cache"
            if hop.caller in plan.kinds or token:
                judged.add(hop.contract)
            if hop.verb in OBTAINS and hop.contract in plan.changes:
                obtained |= names_of(hop.contract)
    return frozenset(plan.changes) & frozenset(met - judged)


def _interleavings(plan: Plan) -> int:
    """Maximal paths of the deployment's own moves (31); its own events never lead back."""
    space = _reach(first_state(plan), lambda state: _own_events(plan, state))
    paths: dict[Deployment, int] = {}

    def count(state: Deployment) -> int:
        if state not in paths:
            paths[state] = sum(map(count, space[state])) if space[state] else 1
        return paths[state]

    return count(first_state(plan))
