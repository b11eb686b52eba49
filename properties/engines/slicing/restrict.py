"""A slice is a smaller deployment: what is kept, under names that do not depend on the whole.

So everything that is true of deployments is true of slices: the compiler compiles them, and two slices
that differ only in names are one and the same value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from ....model.compiler.moves import ROLLOUTS
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
    flag_of,
    instances_of,
    jobs_of,
    schema_of,
    session_of,
    token_of,
    unacknowledged_of,
)
from .holdings import Holding
from .keep import DARK, QUEUE, STUB, Keep, SliceNames
from .plan import SlicePlan
from .quotient import Quotient, build_quotient, keep_whole
from .short_course import ShortCourse, shorten_course
from .slice import BESIDE_INSTANCES, Renaming, Slice, key_of_course, key_of_deployment
from .sliced_traffic import SlicedTraffic
from .ties import Cluster
from .ties import Renaming as Rename


class SlicedRequest(Struct, frozen=True):
    """The request under watch, in the slice's names; without hops there is none.

    `numbers[i]` is the hop of the whole request (from 1) that hop i + 1 is, `frames` the whole's names for
    those of the frames. `judged` is the hop of the whole that is judged, `calls` the changed contracts of
    instances whose form is of interest. With `is_at_once` only a request that is served at once is.
    `cut_off` is a component (by its name in the whole) on which the request may be cut off, with the hop
    that calls it (0: the request began there): of that one each retirement is kept. Behind the hops that have
    `numbers` there may be one more, which is not run.
    """

    hops: tuple[Hop, ...] = ()
    numbers: tuple[int, ...] = ()
    frames: Renaming = {}
    judged: Hop | None = None
    calls: tuple[Contract, ...] = ()
    is_at_once: bool = False
    cut_off: tuple[str, int] | None = None
    carried: tuple[Contract, ...] = ()
    """What it may hold up the pipeline with, which waits until it has expired."""
    holdings: tuple[Holding, ...] = ()
    """How far, by the places of the line, what was cut lets the pipeline come."""

    def is_cut_off_on(self, name: str) -> bool:
        return self.cut_off is not None and self.cut_off[0] == name

    @property
    def cut_off_call(self) -> int | None:
        return None if self.cut_off is None else self.cut_off[1]


NOTHING_WATCHED = SlicedRequest()


class Restriction:
    """Builds slices of one deployment."""

    def __init__(self, plan: SlicePlan) -> None:
        self.plan = plan

    def build(self, keep: Keep, names: SliceNames, watched: SlicedRequest = NOTHING_WATCHED) -> Slice:
        """The slice that keeps this, and what is tied to it."""
        keep = keep.copy()
        keep.close(self.plan)
        return SliceBuilder(self, keep, names, watched, alike=keep.represent(self.plan)).build()

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


class SliceBuilder(Struct, frozen=True):
    """Builds one slice. The names are given in the order in which they are asked for: equal slices, which are
    solved once, are known by that, so the order of what follows is part of their key."""

    restriction: Restriction
    keep: Keep
    names: SliceNames
    watched: SlicedRequest
    alike: Mapping[VariableKey, Cluster]

    @property
    def _plan(self) -> SlicePlan:
        return self.restriction.plan

    @property
    def _whole(self) -> Deployment:
        return self._plan.deployment

    @property
    def _stores(self) -> tuple[Contract, ...]:
        return tuple(dict.fromkeys((*self.keep.schemas, *self.keep.contents)))

    def build(self) -> Slice:
        led = (name for name in self.keep.components if name in self._plan.watched_leaders)
        self.keep.led |= dict.fromkeys(led)
        requests = self._requests()
        quotients = {short: self._quotient(name) for name, short in self.names.components.items()}
        components = self._components()
        changes = self._changes()
        reduced = self._course()
        small = Deployment(
            system="slice",
            versions=self._whole.versions,
            components=components,
            requests=requests,
            pipeline=(),
            changes=changes,
            flags=tuple(self._flags()),
            max_span=self._whole.max_span,
            rollback=(Step("enabled", tuple(self._enabling())),) if self.names.flags else None,
        )
        return self._name(small, quotients, reduced)

    def _name(self, small: Deployment, quotients: dict[str, Quotient], reduced: ShortCourse) -> Slice:
        """The slice, with what its parts are called in the whole."""
        names, watched = self.names, self.watched
        stand_ins = tuple(names.component(name) for name in self.keep.stand_ins)
        alike = {
            VariableKey(unit.kind, names.store(unit.contract)): units for unit, units in self.alike.items()
        }
        counts = tuple((short, len(units)) for short, units in alike.items())
        holdings = tuple(one.shorten(reduced.stretches) for one in watched.holdings)
        own = *key_of_deployment(small, quotients), *key_of_course(reduced.course)
        key = *own, stand_ins, counts, holdings
        return Slice(
            deployment=small,
            course=reduced.course,
            moves=reduced.numbers,
            quotients=quotients,
            units=self._units(),
            lives=self._lives(small),
            stretches=reduced.stretches,
            parties=tuple(self.keep.parties),
            hops=watched.numbers,
            frames=watched.frames,
            sessions={session_of(short): session_of(name) for name, short in names.components.items()},
            tokens={token_of(short): token_of(contract) for contract, short in names.contracts.items()},
            is_at_once=watched.is_at_once,
            holdings=holdings,
            stand_ins=tuple(self.keep.stand_ins),
            alike=alike,
            cut_off=watched.cut_off_call,
            key=(watched.is_at_once, watched.cut_off_call, len(watched.numbers), *key),
            key_of_parts=key,
        )

    def _requests(self) -> tuple[Request, ...]:
        """All requests, after which everything that is kept has its name."""
        names, traffic = self.names, SlicedTraffic(self._plan, self.keep, self.names)
        requests: tuple[Request, ...] = (Request("r", self.watched.hops),) if self.watched.hops else ()
        requests += tuple(traffic.of_parties())
        for name in self.keep.components:
            names.component(name)
        for flag in self.keep.flags:
            names.flag(flag)
        for contract in self._stores:
            names.store(contract)
        requests += tuple(traffic.mentions(self._stores, requests))
        return requests + tuple(traffic.mentions_of_leaders())

    # --- components ---

    def _components(self) -> dict[str, Component]:
        components = {STUB: Component(STUB, Kind.DATABASE), QUEUE: Component(QUEUE, Kind.BROKER)}
        components |= {short: self._component(name, short) for name, short in self.names.components.items()}
        for contract in self._stores:
            store = self.names.store(contract).provider
            redelivers = contract in self.keep.contents and contract in self._whole.redelivered
            components[store] = Component(store, self._store_kind(contract), redelivers=redelivers)
        return components

    def _component(self, name: str, short: str) -> Component:
        full = self._whole.components[name]
        return Component(
            short,
            full.kind,
            replicas=full.replicas,
            readiness=self._readiness(full),
            pulls_when_ready=full.pulls_when_ready,
            restarts=full.restarts,
            terminates_later=full.terminates_later,
            migrates=self._migrates(name),
            route=_route(full, short, self.watched.hops),
            drain=Drain.ABRUPT if self.watched.is_cut_off_on(name) else Drain.GRACEFUL,
        )

    def _quotient(self, name: str) -> Quotient:
        if self.watched.is_cut_off_on(name) or name in self.keep.whole:
            return keep_whole(self.restriction.rollout_of(name))
        return self.restriction.quotient_of(name)

    def _store_kind(self, contract: Contract) -> Kind:
        """A broker of which nobody looks at the messages is as good as a database."""
        kind = self._whole.components[contract.provider].kind
        return Kind.DATABASE if kind is Kind.BROKER and contract not in self.keep.contents else kind

    def _migrates(self, name: str) -> tuple[str, ...]:
        """Each contract has a store of its own."""
        migrators = self._whole.migrators
        mine = (contract for contract in self.keep.schemas if name in migrators.get(contract, ()))
        return tuple(self.names.store(contract).provider for contract in mine)

    def _readiness(self, full: Component) -> Readiness | None:
        """What its instances wait for, where they wait for anything."""
        if full.readiness is None or not full.readiness.when:
            return None
        rename = self._renaming()
        return Readiness(tuple((version, rename(one)) for version, one in full.readiness.when))

    # --- changes, flags, the pipeline ---

    def _changes(self) -> dict[Contract, Change]:
        contracts = dict.fromkeys((*self._stores, *self.watched.calls))
        changes = (self._change(contract) for contract in contracts)
        return {change.contract: change for change in changes}

    def _change(self, contract: Contract) -> Change:
        """Only the contract that is judged breaks for any pair, as it does for that hop."""
        change, judged = self._whole.changed[contract], self.watched.judged
        is_kept = contract in self.keep.contents
        source = self._plan.source_of(contract) if is_kept else None
        return Change(
            self.names.contracts[contract],
            _list_breaks(change, judged.verb) if judged and contract == judged.contract else {},
            rows_kept=is_kept and change.rows_kept,
            expires=is_kept and change.expires,
            starts=self._plan.starts(contract) if is_kept else None,
            exists=change.exists,
            source=source and self.names.contracts[source],
        )

    def _flags(self) -> Iterator[Flag]:
        contracts = self.names.contracts
        for flag in self._whole.flags:
            if flag.name in self.keep.flags:
                guards = frozenset(contracts[c] for c in flag.guards if c in contracts)
                if flag.name in self._whole.enabled_after:
                    guards |= {DARK}
                yield Flag(self.names.flag(flag.name), guards, since=flag.since, tolerant=flag.tolerant)

    def _enabling(self) -> Iterator[Action]:
        """Somewhere in the whole file these are enabled, perhaps in a rollback that the slice does not run;
        the others by somebody after the end."""
        for flag, short in self.names.flags.items():
            if flag not in self._whole.enabled_after:
                yield Action(Instruction.ENABLE, (Target(short),))

    def _course(self) -> ShortCourse:
        shorts = self.names.components
        resized = {short: name for name, short in shorts.items() if name in self._whole.resized}
        turns = {place for one in self.watched.holdings for place in one.list_turns()}
        return shorten_course(self._plan, dict(self._targets()), self._renaming(), resized, turns)

    def _targets(self) -> Iterator[tuple[VariableKey, Target]]:
        """What acts on each unit acts on this in the slice."""
        for name, short in self.names.components.items():
            yield instances_of(name), Target(short)
        for name, short in self.names.flags.items():
            yield flag_of(name), Target(short)
        for contract in self.keep.schemas:
            yield schema_of(contract), Target(self.names.store(contract).provider)
        for contract in self.keep.contents:
            yield content_of(contract), Target(self.names.store(contract).provider)
        for contract in self.watched.carried:
            if not self._plan.has_content(contract):
                is_call = self._plan.has_instances(contract.provider)
                own = self.names.call(contract) if is_call else self.names.store(contract)
                yield content_of(contract), Target(own.provider, own.subject)

    def _renaming(self) -> Rename:
        stores = {contract: self.names.store(contract).provider for contract in self.keep.schemas}
        return Rename(self._whole, self.names.component, self.names.flag, stores)

    # --- what it holds ---

    def _units(self) -> tuple[VariableKey, ...]:
        """What the slice holds in fact, which may be more than was to be kept."""
        units = [*map(instances_of, self.names.components), *map(flag_of, self.names.flags)]
        for contract in self._stores:
            units += [schema_of(contract)] if contract in self.keep.schemas else []
            units += [content_of(contract)] if contract in self.keep.contents else []
        return tuple(units)

    def _lives(self, small: Deployment) -> Renaming:
        """Each of the slice's variables with the one in the whole."""
        lives = {PIPELINE: PIPELINE}
        for name, short in self.names.components.items():
            lives[instances_of(short)] = instances_of(name)
            if small.components[short].kind is Kind.WORKER:
                lives[jobs_of(short)] = jobs_of(name)
            lives |= {of(short): of(name) for of in BESIDE_INSTANCES}
        for name, short in self.names.flags.items():
            lives[flag_of(short)] = flag_of(name)
        for contract in self._stores:
            store = self.names.store(contract)
            if contract in self.keep.schemas:
                lives[schema_of(store)] = schema_of(contract)
            if contract in self.keep.contents:
                lives[content_of(store)] = content_of(contract)
                lives[unacknowledged_of(store)] = unacknowledged_of(contract)
        return lives


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
