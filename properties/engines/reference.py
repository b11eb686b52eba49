"""The reference engine: every state of every request's product, enumerated. Obviously right, not
fast; the judge of every engine that is faster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from ...model.compiler.compile import Compiled, Placement, compile_deployment
from ...model.compiler.space import Space, explore
from ...model.compiler.system import Event, Reached, State, Value, conjoin, passes, search
from ...model.compiler.task import Task
from ...model.deployment import Deployment, Request
from ...model.kernel.graph import find_reachable
from ...model.names import REQUEST, Contract
from ...model.resources.limits import CHECKED_EVERY, Limits
from ...model.resources.sharing import share
from ..acceptance import is_lookup_accepted
from ..lookups.listing import list_lookups
from ..lookups.lookup import HazardKey, HazardKind, Lookup, MixedPair
from ..temporal import judge as temporal
from ..temporal.answers import Answers
from ..temporal.questions import Questions
from ..verdict import Beside
from .protocol import Engine, Extras, HopFinding, Judgement
from .registry import ENGINES
from .spans import compute_spans, find_hits


@dataclass(slots=True)
class HazardCandidate:
    """A hazard while it is being found: where first (a state's index), by what, and where the pipelines stand
    in each state that meets it."""

    first: int
    lookup: Lookup
    bit: int
    span: int
    places: set[Placement] = field(default_factory=set)
    for_ever: bool = False


class Findings(Struct, frozen=True):
    """All hazards of one request, with what a request served at once meets in each state (nothing: no
    entries)."""

    product: Reached
    by_key: Mapping[HazardKey, HazardCandidate]
    hit: Mapping[State, int]
    mixed: frozenset[MixedPair]


class RequestResult(Struct, frozen=True):
    """What is kept of one request's product: its hazards, each with its story, and the sizes."""

    found: tuple[tuple[HazardCandidate, tuple[Event, ...]], ...]
    hit: Mapping[State, int]
    mixed: frozenset[MixedPair]
    states: int
    transitions: int


RequestJob = tuple[Deployment, Request]


class Reference(Struct, frozen=True):
    """The engine."""

    name: str = "reference"
    summary: str = ENGINES["reference"].summary

    def refuses(self, task: Task) -> None:  # noqa: ARG002 - whatever compiles can be listed
        return None

    def judge(self, task: Task) -> Judgement:
        return judge(task)

    def answer(self, task: Task, questions: Questions) -> Answers:
        return temporal.answer_questions(task.alone, questions, task.limits)


ENGINE: Engine = Reference()


def judge(task: Task) -> Judgement:
    """Everything about the deployment, by enumerating all of it. Raises `LimitError`."""
    deployment, limits, extras = task.deployment, task.limits, Extras(task.limits)
    space = explore(task.alone, limits)
    compiled = task.products
    if task.rollouts is None and limits.workers.hire is not None:
        requests = _judge_requests(deployment, limits)
    else:
        requests = [judge_request(one, limits) for one in limits.progress.each(compiled)]
    pairs = zip(compiled, requests, strict=True)
    counting = [(one.hit, mask) for product, one in pairs if (mask := _counting(product, one))]
    anything = {state: any(hit[state] & mask for hit, mask in counting) for state in space.graph}
    return Judgement(
        engine="reference",
        found=tuple(
            found
            for one, request in zip(compiled, requests, strict=True)
            for found in list_found(space, one, request)
        ),
        avoidable=is_passable(space, anything, 1),
        residue=tuple(find_residue(space)),
        mixed=frozenset().union(*(one.mixed for one in requests)),
        states=sum(one.states for one in requests),
        transitions=sum(one.transitions for one in requests),
        interleavings=extras.ask(
            Beside.INTERLEAVINGS, lambda: search(task.own_moves.system, limits).maximal_paths()
        ),
        left_open=extras.left_open,
    )


def _judge_requests(deployment: Deployment, limits: Limits) -> list[RequestResult]:
    """Each request by some worker. A user's own machines stay here: they need not be fit to be pickled."""
    jobs: list[RequestJob] = [(deployment, request) for request in deployment.requests]
    limits.progress.total = len(jobs)
    requests = []
    for one in share(_request_job, jobs, limits):
        requests.append(one)
        limits.progress.done = len(requests)
    return requests


def _request_job(job: RequestJob, limits: Limits) -> RequestResult:
    deployment, request = job
    return judge_request(compile_deployment(deployment, request), limits)


def judge_request(compiled: Compiled, limits: Limits) -> RequestResult:
    """All hazards of the watched request, by enumerating the states of the product. Raises `LimitError`."""
    findings = find_hazards(compiled, limits)
    by_key, product = findings.by_key, findings.product
    in_order = [by_key[key] for key in sorted(by_key, key=lambda key: (key[0], *map(str, key[1:])))]
    return RequestResult(
        found=tuple((finding, tuple(product.story(finding.first))) for finding in in_order),
        hit=findings.hit,
        mixed=findings.mixed,
        states=len(product.states),
        transitions=product.transitions,
    )


def _counting(compiled: Compiled, request: RequestResult) -> int:
    """The bits of the hazards that are not accepted."""
    assert compiled.walker is not None
    vocabulary, watched = compiled.vocabulary, compiled.walker.request
    return sum(
        one.bit
        for one, _ in request.found
        if not is_lookup_accepted(vocabulary, watched, one.lookup, one.places)
    )


def list_found(space: Space, compiled: Compiled, request: RequestResult) -> Iterator[HopFinding]:
    """The hazards of the request, with what is so on all runs of the deployment, whose states are `space`."""
    for finding, story in request.found:
        yield HopFinding(
            compiled=compiled,
            lookup=finding.lookup,
            story=story,
            window=frozenset().union(*finding.places),
            together=compiled.tell_together(finding.places),
            span=finding.span,
            inevitable=not is_passable(space, request.hit, finding.bit),
            for_ever=finding.for_ever,
        )


def find_hazards(compiled: Compiled, limits: Limits) -> Findings:
    """Every hazard of the watched request."""
    product = search(compiled.system, limits)
    at = compiled.system.index(REQUEST)
    by_hop: dict[Value, list[tuple[Lookup, tuple[tuple[int, int], ...], MixedPair | None]]] = {}
    domain = compiled.system.variables[at].domain
    hops = compiled.walker.request.hops if compiled.walker else ()
    for lookup in list_lookups(compiled):
        if lookup.is_broken or lookup.is_mixed:
            test = compiled.system.test(lookup.guard)
            pair = lookup.mixed_at(hops[lookup.hop - 1].contract)
            for stands in lookup.stands or domain:
                by_hop.setdefault(stands, []).append((lookup, test, pair))
    by_key: dict[HazardKey, HazardCandidate] = {}
    mixed: set[MixedPair] = set()
    own = [0] * len(product.states)
    span: list[int] = []
    for number, state in enumerate(product.states):
        if not number % CHECKED_EVERY:
            limits.check(0)
        for lookup, test, pair in by_hop.get(state[at], ()):
            if not passes(state, test):
                continue
            if pair is not None:
                mixed.add(pair)
            if lookup.is_broken:
                key = lookup.key
                if key not in by_key:
                    span = span or compute_spans(product)
                    by_key[key] = HazardCandidate(number, lookup, 1 << len(by_key), span[number])
                finding = by_key[key]
                finding.places.add(compiled.place(state))
                finding.span = min(finding.span, span[number])
                finding.for_ever = finding.for_ever or compiled.is_complete(state)
                if lookup.kind is not HazardKind.INTERRUPTED:  # served at once, a request meets no retirement
                    own[number] |= finding.bit
    return Findings(product, by_key, find_hits(compiled, product, own) if by_key else {}, frozenset(mixed))


# --- what must happen -------------------------------------------------------------------------


def is_passable(space: Space, closed: Mapping[State, int], mask: int) -> bool:
    """Whether some run of the deployment is complete without a state that hits one of `mask`."""
    start = space.initial
    if closed[start] & mask:
        return False

    def onward(state: State) -> Iterator[State]:
        return (reached for reached in space.graph.successors(state) if not closed[reached] & mask)

    return any(state in space.complete for state in find_reachable([start], onward, deepest_first=True))


def find_residue(space: Space) -> Iterator[Contract]:
    """The contracts that can hold an old form when all is over and no old instance is up."""
    vocabulary, system = space.compiled.vocabulary, space.compiled.system
    last = vocabulary.deployment.versions[-1]
    renewed = conjoin(*(vocabulary.only_up(name, last) for name in vocabulary.rollouts))
    ends = [state for state in space.complete if renewed is not None and system.holds(state, renewed)]
    for contract in vocabulary.changed:
        if vocabulary.has_content(contract):
            older = vocabulary.deployment.versions[:-1]
            if any(system.holds(state, vocabulary.holds(contract, form)) for state in ends for form in older):
                yield contract
