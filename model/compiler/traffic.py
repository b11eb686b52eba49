"""The traffic of others: what other requests than the watched one can do at any time (DESIGN 3.4)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct
from msgspec.structs import replace

from ..deployment import Deployment, Kind, Request, Verb
from ..names import Contract, content_of
from .causes import Delivery, DeliveryCause, LossCause, RelayCause, WriteCause
from .deliveries import build_delivery_events
from .derived import list_readable_forms
from .elections import build_election_events
from .hops import list_additions
from .stack import build_stack
from .system import Effect, Event, Guard, conjoin
from .variables import Vocabulary
from .walker import find_sources


class Hand(Struct, frozen=True):
    """Somebody of the traffic: a component, by one of the jobs `roots` (none: by any request). `pulls`: the
    hop is the worker's own in a job that it pulls, so that it need only run; `leads`: of its instances only
    the leader runs it."""

    component: str
    roots: tuple[str, ...] = ()
    pulls: bool = False
    leads: bool = False


def build_traffic_events(vocabulary: Vocabulary) -> Iterator[Event]:
    """The events of other requests: writes, messages passed on, messages used up, entries that expire; and
    elections."""
    yield from _build_writes(vocabulary)
    yield from _build_relays(vocabulary)
    yield from _build_losses(vocabulary)
    yield from build_election_events(vocabulary)


# --- who ---


def hand_of(deployment: Deployment, request: Request, number: int) -> Hand | None:
    """Who runs hop `number` (from 1) for others; None for an anonymous client."""
    hop = request.hops[number - 1]
    component = deployment.components.get(hop.consumer)
    if component is None or not component.kind.has_instances:
        return None
    root = deployment.components.get(request.root)
    is_job = root is not None and root.kind is Kind.WORKER
    pulls = hop.consumer == request.root and deployment.pulls(request)
    own = pulls and build_stack(request.hops).callers[number - 1] == 0
    return Hand(hop.consumer, (request.root,) if is_job else (), own, hop.by_leader)


def is_running(vocabulary: Vocabulary, hand: Hand, version: str) -> Guard:
    """The states in which an instance of the version could run the hop."""
    able = vocabulary.could_act(hand.component, version, pulls=hand.pulls)
    return {**able, **(vocabulary.leads(hand.component, version) if hand.leads else {})}  # two variables


def _is_going_on(vocabulary: Vocabulary, hand: Hand) -> Iterator[Guard]:
    """When the requests come by which it acts: a guard for each job, or one that always holds."""
    yield from (vocabulary.running(root) for root in hand.roots or ("",))


def list_hands(
    deployment: Deployment, contract: Contract, verbs: Collection[Verb]
) -> dict[Hand, frozenset[str]]:
    """The traffic that does one of these verbs at the contract, with the versions that do. Where a component
    does it for requests of clients, it makes no difference that jobs do it too."""
    found: dict[tuple[Hand, str], dict[str, None]] = {}
    for request, number in deployment.hops_at.get(contract, ()):
        hop, hand = request.hops[number - 1], hand_of(deployment, request, number)
        if hop.verb in verbs and hand is not None:
            for version in deployment.versions:
                if deployment.runs(version, hop):
                    key = replace(hand, roots=()), version
                    found.setdefault(key, {}).update(dict.fromkeys(hand.roots or ("",)))
    told: dict[Hand, list[str]] = {}
    for (hand, version), jobs in found.items():
        told.setdefault(replace(hand, roots=() if "" in jobs else tuple(jobs)), []).append(version)
    return {hand: frozenset(versions) for hand, versions in told.items()}


def list_consumers(deployment: Deployment, contract: Contract) -> dict[Hand, frozenset[str]] | None:
    """Who uses messages up, with the versions that do. None: they vanish at any time, for an anonymous client
    consumes them, or nobody is said to (paragraph 79 of docs/semantics.md)."""
    hops = [(r, n) for r, n in deployment.hops_at.get(contract, ()) if r.hops[n - 1].verb is Verb.CONSUMES]
    if not hops or any(hand_of(deployment, request, number) is None for request, number in hops):
        return None
    return list_hands(deployment, contract, (Verb.CONSUMES,))


# --- what they do ---


def _build_writes(vocabulary: Vocabulary) -> Iterator[Event]:
    """Instances write and publish at any time, in their form."""
    for contract in vocabulary.changed:
        if not vocabulary.has_content(contract):
            continue
        for hand, versions in list_hands(
            vocabulary.deployment, contract, (Verb.WRITES, Verb.PUBLISHES)
        ).items():
            for version in vocabulary.deployment.versions:
                if version in versions:
                    yield from _written(vocabulary, contract, hand, version)


def _written(vocabulary: Vocabulary, contract: Contract, hand: Hand, version: str) -> Iterator[Event]:
    for view, seen in vocabulary.views(contract):
        form = vocabulary.form(contract, version, view)
        for going_on in _is_going_on(vocabulary, hand):
            guards = is_running(vocabulary, hand, version), going_on, seen
            for content, guard, effect in _list_additions(vocabulary, contract, form, *guards):
                yield Event(WriteCause(contract, hand.component, version, content), guard, effect)


def _list_additions(
    vocabulary: Vocabulary, contract: Contract, form: str, *guards: Guard
) -> Iterator[tuple[str, Guard, Effect]]:
    """For each content that the form can come to: what it is then, when, and the effect."""
    for reached, lacking, effect in list_additions(vocabulary, contract, frozenset({form})):
        guard = conjoin(*guards, lacking)
        if guard is not None:
            yield reached, guard, effect


def _build_relays(vocabulary: Vocabulary) -> Iterator[Event]:
    """Messages are passed on, in a form that their source has now."""
    deployment = vocabulary.deployment
    for request in deployment.requests:
        for number, hop in enumerate(request.hops, start=1):
            if hop.verb is not Verb.RELAYS or not vocabulary.has_content(hop.contract):
                continue
            hand = hand_of(deployment, request, number)
            going_on = next(_is_going_on(vocabulary, hand)) if hand is not None else {}
            for up in list_passers(vocabulary, request, number):
                for source in find_sources(deployment, request.hops, number):
                    for form, there in list_obtainable_forms(vocabulary, source):
                        for content, guard, effect in _list_additions(
                            vocabulary, hop.contract, form, up, going_on, there
                        ):
                            yield Event(RelayCause(hop.contract, hop.consumer, content), guard, effect)


def list_passers(vocabulary: Vocabulary, request: Request, number: int) -> list[Guard]:
    """When somebody is there who runs the hop; an anonymous client always is."""
    hand = hand_of(vocabulary.deployment, request, number)
    if hand is None:
        return [{}]
    return [there for _, there in list_runners(vocabulary, request, number)]


def list_runners(vocabulary: Vocabulary, request: Request, number: int) -> list[tuple[str, Guard]]:
    """The versions of which an instance could run the hop, and runs it, each with when (paragraph 68); of an
    anonymous client none."""
    deployment = vocabulary.deployment
    hand, hop = hand_of(deployment, request, number), request.hops[number - 1]
    versions = (v for v in deployment.versions if hand is not None and deployment.runs(v, hop))
    return [(version, is_running(vocabulary, hand, version)) for version in versions if hand is not None]


def list_obtainable_forms(vocabulary: Vocabulary, source: Contract) -> Iterator[tuple[str, Guard]]:
    """Each form in which the source can be obtained, with when."""
    if source.provider not in vocabulary.rollouts:
        for forms, guard in list_readable_forms(vocabulary, source):
            yield from ((form, guard) for form in sorted(forms))
        return
    for version in vocabulary.deployment.versions:
        for view, seen in vocabulary.views(source):
            there = conjoin(vocabulary.up(source.provider, version), seen)
            if there is not None:
                yield vocabulary.form(source, version, view), there


def _build_losses(vocabulary: Vocabulary) -> Iterator[Event]:
    """Messages are used up; entries expire where the change says so."""
    changes = vocabulary.deployment.changed
    for contract in vocabulary.changed:
        if not vocabulary.has_content(contract):
            continue
        is_queue = vocabulary.deployment.components[contract.provider].kind is Kind.BROKER
        comes_back, expires = contract in vocabulary.deployment.redelivered, changes[contract].expires
        whenever: list[Guard] = [{}]
        if comes_back:
            done = whenever if expires else _consumed(vocabulary, contract)
            yield from build_delivery_events(vocabulary, contract, list_used_up(vocabulary, contract), done)
        if expires or (is_queue and not comes_back):
            lost = whenever if expires else list_used_up(vocabulary, contract)
            yield from _used_up(vocabulary, contract, lost, is_queue=is_queue)


def list_used_up(vocabulary: Vocabulary, contract: Contract) -> list[Guard]:
    """When messages of the contract can be used up: each way in which somebody can who does not terminate."""
    found = list_consumers(vocabulary.deployment, contract)
    if found is None:
        return [{}]
    ways = [
        conjoin(vocabulary.any_of(hand.component, taking, pulls=hand.pulls), leading, going_on)
        for hand, versions in found.items()
        for taking, leading in _list_takers(vocabulary, hand, versions)
        for going_on in _is_going_on(vocabulary, hand)
    ]
    return [way for way in ways if way is not None]


def _list_takers(
    vocabulary: Vocabulary, hand: Hand, versions: Collection[str]
) -> list[tuple[Collection[str], Guard]]:
    """The versions of those who take messages; of a leader each with when it leads."""
    if not hand.leads:
        return [(versions, {})]
    return [((version,), vocabulary.leads(hand.component, version)) for version in sorted(versions)]


def _consumed(vocabulary: Vocabulary, contract: Contract) -> list[Guard]:
    """When somebody is there who consumes messages of the contract, terminating or not, suspended or not."""
    found = list_consumers(vocabulary.deployment, contract)
    if found is None:
        return [{}]
    return [
        vocabulary.could_act(hand.component, *versions, pulls=hand.pulls) for hand, versions in found.items()
    ]


def _used_up(
    vocabulary: Vocabulary, contract: Contract, when: list[Guard], *, is_queue: bool
) -> Iterator[Event]:
    life = vocabulary.lives[content_of(contract)]
    for arrow in life.life.transitions:
        if not arrow.trigger.startswith("use up "):
            continue
        form = arrow.trigger.removeprefix("use up ")
        cause = LossCause(contract, form, is_queue, arrow.target)
        for value in life.domain:
            if value.state == arrow.source:
                effect = {life.key: value._replace(state=arrow.target)}
                for way in when:
                    guard = {**way, life.key: frozenset({value})}
                    yield Event(cause, guard, effect)


def takes_away(event: Event) -> bool:
    """Whether the event is one of the traffic by which a form goes."""
    cause = event.cause
    return isinstance(cause, LossCause) or (isinstance(cause, DeliveryCause) and cause.deed is Delivery.TAKEN)
