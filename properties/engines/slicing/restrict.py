"""A slice is a smaller deployment: what is kept, under names that do not depend on the whole.

So everything that is true of deployments is true of slices: the compiler compiles them, and two slices
that differ only in names are one and the same value.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import groupby, pairwise

from msgspec import Struct, field

from ....model.compiler.compile import Compiled, compile_deployment
from ....model.compiler.moves import ROLLOUTS, Course
from ....model.deployment import (
    Action,
    Aspect,
    Change,
    Component,
    Deployment,
    Drain,
    Flag,
    Hop,
    Instruction,
    Kind,
    Pair,
    Readiness,
    Request,
    Route,
    Step,
    Verb,
)
from ....model.machines.rollout_strategies import build_rollout
from ....model.machines.rollouts import Rollout
from ....model.names import (
    PIPELINE,
    Contract,
    Target,
    VariableKey,
    content_of,
    departed_of,
    flag_of,
    instances_of,
    jobs_of,
    leader_of,
    schema_of,
    session_of,
    token_of,
    unacknowledged_of,
)
from .keep import DARK, QUEUE, STUB, UNCHANGED, Keep, SliceNames
from .plan import Party, SlicePlan
from .quotient import Quotient, build_quotient, keep_whole
from .short_course import shorten_course
from .stretches import Stretches
from .ties import Cluster
from .ties import Renaming as Rename

BESIDE_INSTANCES = (leader_of, departed_of)
"""What is remembered of a component beside its instances, where the slice asks for it."""
Renaming = Mapping[VariableKey, VariableKey]
"""For variables of a slice those of the whole."""


class Slice(Struct, frozen=True, dict=True):
    """A part of a deployment as a deployment of its own, with the names that it had in the whole.

    Where the content of a store is kept and its schema is not, the compiler gives it one all the same; it
    is no unit of the slice, stays as it is, and nobody looks at it. `course` is the line that the slice was
    cut from, `moves[i]` the number in the whole of its move i. `lives`, `frames`, `tokens` and `sessions` map
    the slice's variables to those of the whole. `hops[i]` is the hop of the whole request (from 1) that hop
    i + 1 of the slice's is; `stretches` say which positions of the whole the slice's are. With `is_at_once`
    only a request that is served at once is of interest. Whether a hazard is met does not depend on the
    `stand_ins` (components, by their names in the whole). `key` is equal for slices that are equal up to
    names and the lengths of their stretches, `key_of_parts` also where it matters when a request is served.
    """

    deployment: Deployment
    course: Course
    moves: tuple[int, ...]
    quotients: Mapping[str, Quotient]
    units: tuple[VariableKey, ...]
    lives: Renaming
    stretches: Stretches
    parties: tuple[Party, ...] = ()
    hops: tuple[int, ...] = ()
    frames: Renaming = field(default_factory=dict)
    tokens: Renaming = field(default_factory=dict)
    sessions: Renaming = field(default_factory=dict)
    is_at_once: bool = False
    cut_off: int | None = None
    """The hop that calls who may be cut off (0: who started the request); None: hops are judged."""
    stand_ins: tuple[str, ...] = ()
    alike: Mapping[VariableKey, Cluster] = field(default_factory=dict)
    """For schemas of the slice all those of the whole for which one stands: the oldest of them."""
    key: Hashable = None
    key_of_parts: Hashable = None

    @property
    def rollouts(self) -> dict[str, Rollout]:
        return {name: reduced.rollout for name, reduced in self.quotients.items()}

    def compile(self) -> Compiled:
        """The slice with no request under watch."""
        return compile_deployment(self.deployment, rollouts=self.rollouts, course=self.course)

    @property
    def bearing(self) -> frozenset[VariableKey]:
        """The slice's variables on which it can depend whether a hazard is met."""
        return frozenset(short for short, name in self.lives.items() if name not in self._beside)

    @property
    def bearing_units(self) -> Iterator[VariableKey]:
        """The units on which it can depend whether a hazard is met."""
        return (unit for unit in self.units if unit not in self._beside)

    @cached_property
    def _beside(self) -> frozenset[VariableKey]:
        kinds = (instances_of, jobs_of, *BESIDE_INSTANCES)
        return frozenset(of(name) for name in self.stand_ins for of in kinds).union(
            self.lives[short] for short in self.alike
        )

    @property
    def weights(self) -> dict[VariableKey, Mapping[tuple[str, str], int]]:
        steps = list(pairwise(self.deployment.versions))
        found = {instances_of(name): reduced.weights for name, reduced in self.quotients.items()}
        return found | {short: dict.fromkeys(steps, len(units)) for short, units in self.alike.items()}


class Restriction:
    """Builds slices of one deployment."""

    def __init__(self, plan: SlicePlan) -> None:
        self.plan = plan

    # --- lives ---

    @cached_property
    def _quotients(self) -> dict[str, Quotient]:
        return {}

    def quotient_of(self, name: str) -> Quotient:
        """The component's rollout, reduced."""
        found = self._quotients.get(name)
        if found is None:
            build = keep_whole if self.plan.is_whole(name) else build_quotient
            found = self._quotients[name] = build(self.rollout_of(name))
        return found

    def rollout_of(self, name: str) -> Rollout:
        own = self.plan.rollouts.get(name)
        if own is not None:
            return own
        whole = self.plan.deployment
        if name in whole.resized:  # what it wants depends on where the pipeline stands
            return self.plan.whole.vocabulary.rollouts[name]
        moves = self.plan.moves_of.get(instances_of(name), ())
        start = self.plan.positions[0]  # how many are wanted of the others never changes
        find_goal = self.plan.whole.vocabulary.find_goal
        goals = dict.fromkeys(find_goal(move, start) for move in moves if move.instruction in ROLLOUTS)
        return build_rollout(whole.components[name], whole.versions, tuple(goals))

    # --- building ---

    def build(
        self,
        keep: Keep,
        names: SliceNames,
        hops: Iterable[Hop] = (),
        *,
        numbers: tuple[int, ...] = (),
        frames: Renaming | None = None,
        judged: Hop | None = None,
        calls: Iterable[Contract] = (),
        is_at_once: bool = False,
        cut_off: tuple[str, int] | None = None,
    ) -> Slice:
        """The slice; `hops` are in the slice's names already. `cut_off` is a component on which the request
        may be cut off, with the hop that calls it: of that one each retirement is kept."""
        whole = self.plan.deployment
        keep.close(self.plan)
        alike = keep.represent(self.plan)
        keep.led |= {name: None for name in keep.components if name in self.plan.watched_leaders}
        own = tuple(hops)
        requests = ((Request("r", own),) if own else ()) + tuple(self._traffic(keep, names))
        for name in keep.components:
            names.component(name)
        for flag in keep.flags:
            names.flag(flag)
        stores = list(dict.fromkeys((*keep.schemas, *keep.contents)))
        for contract in stores:
            names.store(contract)
        requests += tuple(self._mentions(stores, names, requests))
        requests += tuple(_mention_leader(names.component(name)) for name in keep.led)
        components = {STUB: Component(STUB, Kind.DATABASE), QUEUE: Component(QUEUE, Kind.BROKER)}
        quotients = {}
        for name, short in names.components.items():
            full = whole.components[name]
            is_cut_off = cut_off is not None and cut_off[0] == name
            components[short] = Component(
                short,
                full.kind,
                replicas=full.replicas,
                readiness=self._readiness(full, keep, names),
                pulls_when_ready=full.pulls_when_ready,
                restarts=full.restarts,
                terminates_later=full.terminates_later,
                migrates=self._migrates(name, keep, names),
                route=_route(full, short, own),
                drain=Drain.ABRUPT if is_cut_off else Drain.GRACEFUL,
            )
            quotients[short] = keep_whole(self.rollout_of(name)) if is_cut_off else self.quotient_of(name)
        for contract in stores:
            store = names.store(contract).provider
            redelivers = contract in keep.contents and contract in whole.redelivered
            components[store] = Component(store, self._store_kind(keep, contract), redelivers=redelivers)
        changes = self._changes(keep, names, stores, tuple(calls), judged)
        resized = {short: name for name, short in names.components.items() if name in whole.resized}
        renaming = self._renaming(keep, names)
        reduced = shorten_course(self.plan, dict(_targets(keep, names)), renaming, resized)
        small = Deployment(
            system="slice",
            versions=whole.versions,
            components=components,
            requests=requests,
            pipeline=(),
            changes=changes,
            flags=tuple(self._flags(keep, names)),
            max_span=whole.max_span,
            rollback=(Step("enabled", tuple(self._enabling(names))),) if names.flags else None,
        )
        units, lives = self._units(keep, names, small)
        stand_ins = tuple(names.component(name) for name in keep.stand_ins)
        represented = {schema_of(names.store(contract)): units for contract, units in alike.items()}
        counts = tuple((short, len(units)) for short, units in represented.items())
        parts = (*_key(small, quotients), *_key_of_course(reduced.course), stand_ins, counts)
        return Slice(
            deployment=small,
            course=reduced.course,
            moves=reduced.numbers,
            quotients=quotients,
            units=units,
            lives=lives,
            stretches=reduced.stretches,
            parties=tuple(keep.parties),
            hops=numbers,
            frames=dict(frames or {}),
            sessions={session_of(short): session_of(name) for name, short in names.components.items()},
            tokens={token_of(short): token_of(contract) for contract, short in names.contracts.items()},
            is_at_once=is_at_once,
            stand_ins=tuple(keep.stand_ins),
            alike=represented,
            cut_off=None if cut_off is None else cut_off[1],
            key=(is_at_once, cut_off and cut_off[1], *parts),
            key_of_parts=parts,
        )

    def _store_kind(self, keep: Keep, contract: Contract) -> Kind:
        """A broker of which nobody looks at the messages is as good as a database."""
        kind = self.plan.deployment.components[contract.provider].kind
        return Kind.DATABASE if kind is Kind.BROKER and contract not in keep.contents else kind

    def _changes(
        self,
        keep: Keep,
        names: SliceNames,
        stores: list[Contract],
        calls: tuple[Contract, ...],
        judged: Hop | None,
    ) -> dict[Contract, Change]:
        """The kept contracts; only the one that is judged breaks for any pair, as it does for that hop."""
        given = self.plan.deployment.changed
        changes = {}
        for contract in dict.fromkeys((*stores, *calls)):
            short = names.contracts[contract]
            change = given[contract]
            is_kept = contract in keep.contents
            breaks = _list_breaks(change, judged.verb) if judged and contract == judged.contract else {}
            rows, expires = is_kept and change.rows_kept, is_kept and change.expires
            starts = self.plan.starts(contract) if is_kept else None
            source = self.plan.source_of(contract) if is_kept else None
            changes[short] = Change(
                short,
                breaks,
                rows_kept=rows,
                expires=expires,
                starts=starts,
                exists=change.exists,
                source=source and names.contracts[source],
            )
        return changes

    def _flags(self, keep: Keep, names: SliceNames) -> Iterator[Flag]:
        for flag in self.plan.deployment.flags:
            if flag.name in keep.flags:
                guards = frozenset(names.contracts[c] for c in flag.guards if c in names.contracts)
                if flag.name in self.plan.deployment.enabled_after:
                    guards |= {DARK}
                yield Flag(names.flag(flag.name), guards, since=flag.since, tolerant=flag.tolerant)

    def _enabling(self, names: SliceNames) -> Iterator[Action]:
        """Somewhere in the whole file these are enabled, perhaps in a rollback that the slice does not run;
        the others by somebody after the end."""
        for flag, short in names.flags.items():
            if flag not in self.plan.deployment.enabled_after:
                yield Action(Instruction.ENABLE, (Target(short),))

    # --- the traffic ---

    def _traffic(self, keep: Keep, names: SliceNames) -> Iterator[Request]:
        """A request for each kept party, so that the compiler sees what it does; and one for each queue whose
        messages can go at any time."""
        for party in keep.parties:
            component, store = names.component(party.hand.component), names.store(party.contract)
            verb = Verb.CONSUMES if party.consumes else self._writes(party.contract)
            for since, until in self._spans(party):
                last = Hop(component, verb, *store, since=since, until=until, by_leader=party.hand.leads)
                for root in party.hand.roots or ("",):
                    hand = root and names.component(root), party.hand.pulls, party.hand.leads
                    told = component, store, *hand, since, until
                    first = self._coming(root, party, names)
                    yield Request(" ".join(map(str, (verb, *told))), (first, last))
        for contract in keep.contents:
            is_queue = self.plan.deployment.components[contract.provider].kind is Kind.BROKER
            if is_queue and self.plan.consumers(contract) is None:
                yield Request(
                    f"u {names.store(contract)}", (Hop("client", Verb.CONSUMES, *names.store(contract)),)
                )

    def _spans(self, party: Party) -> Iterator[tuple[str | None, str | None]]:
        """The versions that do what the party does, in rows; where all do, nothing need be said."""
        every, some = self.plan.deployment.versions, self.plan.versions_of(party)
        if len(some) == len(every):
            yield None, None
            return
        for is_in, row in groupby(every, some.__contains__):
            first, *more = row
            if is_in:
                yield first, (more or [first])[-1]

    def _writes(self, contract: Contract) -> Verb:
        kind = self.plan.deployment.components[contract.provider].kind
        return Verb.PUBLISHES if kind is Kind.BROKER else Verb.WRITES

    def _coming(self, root: str, party: Party, names: SliceNames) -> Hop:
        """The hop before: the party pulls the job, begins it otherwise, or is called."""
        component = names.component(party.hand.component)
        if party.hand.pulls:
            return Hop(component, Verb.CONSUMES, QUEUE, UNCHANGED)
        if root == party.hand.component:
            return Hop(component, Verb.READS, STUB, UNCHANGED)
        return self._called(root, party.hand.component, names)

    def _called(self, root: str, component: str, names: SliceNames) -> Hop:
        return Hop(
            names.component(root) if root else "client", Verb.CALLS, names.component(component), UNCHANGED
        )

    def _mentions(
        self, stores: list[Contract], names: SliceNames, requests: tuple[Request, ...]
    ) -> Iterator[Request]:
        """A contract exists for the compiler only where a hop meets it; an anonymous read does no harm."""
        met = {hop.contract for request in requests for hop in request.hops}
        for contract in stores:
            if names.store(contract) not in met:
                yield Request(
                    f"m {names.store(contract)}", (Hop("client", Verb.READS, *names.store(contract)),)
                )

    # --- predicates ---

    def _renaming(self, keep: Keep, names: SliceNames) -> Rename:
        stores = {contract: names.store(contract).provider for contract in keep.schemas}
        return Rename(self.plan.deployment, names.component, names.flag, stores)

    def _migrates(self, name: str, keep: Keep, names: SliceNames) -> tuple[str, ...]:
        """Each contract has a store of its own."""
        migrators = self.plan.deployment.migrators
        mine = (contract for contract in keep.schemas if name in migrators.get(contract, ()))
        return tuple(names.store(contract).provider for contract in mine)

    def _readiness(self, full: Component, keep: Keep, names: SliceNames) -> Readiness | None:
        """What its instances wait for, where they wait for anything."""
        if full.readiness is None or not full.readiness.when:
            return None
        rename = self._renaming(keep, names)
        return Readiness(tuple((version, rename(one)) for version, one in full.readiness.when))

    # --- what it holds ---

    def _units(
        self, keep: Keep, names: SliceNames, small: Deployment
    ) -> tuple[tuple[VariableKey, ...], Renaming]:
        """What the slice holds in fact, and each of its variables with the one in the whole."""
        units = []
        lives = {PIPELINE: PIPELINE}
        for name, short in names.components.items():
            units.append(instances_of(name))
            lives[instances_of(short)] = instances_of(name)
            if small.components[short].kind is Kind.WORKER:
                lives[jobs_of(short)] = jobs_of(name)
            lives |= {of(short): of(name) for of in BESIDE_INSTANCES}
        for name, short in names.flags.items():
            units.append(flag_of(name))
            lives[flag_of(short)] = flag_of(name)
        for contract in dict.fromkeys((*keep.schemas, *keep.contents)):
            store = names.store(contract)
            if contract in keep.schemas:
                units.append(schema_of(contract))
                lives[schema_of(store)] = schema_of(contract)
            if contract in keep.contents:
                units.append(content_of(contract))
                lives[content_of(store)] = content_of(contract)
                lives[unacknowledged_of(store)] = unacknowledged_of(contract)
        return tuple(units), lives


def _mention_leader(short: str) -> Request:
    """A component has a leader for the compiler only where a hop speaks of it; a client's does no harm."""
    return Request(f"l {short}", (Hop("client", Verb.CALLS, short, UNCHANGED, to_leader=True),))


def _list_breaks(change: Change, verb: Verb) -> dict[Aspect, frozenset[Pair]]:
    """The pairs that break for a hop of the verb, which may have another name in the slice."""
    pairs = {aspect: change.pairs_in(aspect, verb) for aspect in change.breaks}
    return {aspect: broken for aspect, broken in pairs.items() if broken}


def _route(full: Component, short: str, hops: tuple[Hop, ...]) -> Route:
    """A session matters only to a request that calls more than once, what is carried to one that uses it."""
    calls = [hop for hop in hops if hop.verb.is_call and hop.provider == short]
    if full.route is Route.CARRIED:
        return full.route if any(hop.using for hop in calls) else Route.NONE
    return full.route if len(calls) > 1 else Route.NONE


def _targets(keep: Keep, names: SliceNames) -> Iterator[tuple[VariableKey, Target]]:
    for name, short in names.components.items():
        yield instances_of(name), Target(short)
    for name, short in names.flags.items():
        yield flag_of(name), Target(short)
    for contract in keep.schemas:
        yield schema_of(contract), Target(names.store(contract).provider)
    for contract in keep.contents:
        yield content_of(contract), Target(names.store(contract).provider)


def _key_of_course(course: Course) -> Iterator[Hashable]:
    yield course.positions
    yield course.moves
    yield tuple(tuple(counts.items()) for counts in course.counts)


def _key(small: Deployment, quotients: Mapping[str, Quotient]) -> tuple[Hashable, ...]:
    """Equal for slices that are equal up to names; the names in a slice are given in a fixed order."""
    changes = tuple(
        (
            c,
            change.rows_kept,
            change.expires,
            tuple(sorted(change.starts or ())),
            *(change.exists and tuple(sorted(change.exists)), change.source),
            tuple(sorted((a, tuple(sorted(pairs))) for a, pairs in change.breaks.items())),
        )
        for c, change in small.changed.items()
    )
    components = tuple(
        (
            *(c.name, c.kind, c.replicas, c.restarts, c.terminates_later, c.migrates, c.redelivers),
            *(c.readiness, c.pulls_when_ready, c.route, c.drain),
        )
        for c in small.components.values()
    )
    reduced = tuple((name, id(q)) for name, q in quotients.items())
    return (
        components,
        reduced,
        small.requests,
        changes,
        small.flags,
        small.enabled_after,
        small.max_span,
    )
