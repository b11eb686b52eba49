"""A whole deployment: what its file says, and what follows from that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from ..frozen import dataclass
from ..kernel.graph import find_reachable
from ..names import Contract
from .acceptance import Acceptance
from .actions import Action, Instruction, Step
from .changes import Assumption, Change, Declaration, Flag, list_bare_aspects
from .components import Component, Kind
from .prices import Prices
from .requests import Hop, Request, Verb, list_obtained
from .sources import ContractSource
from .timing import Timing

if TYPE_CHECKING:
    from .formula import Property


@dataclass(frozen=True)
class Deployment:
    """A whole deployment file, checked: every name is known and every verb fits.

    `changes is None` means that nothing was given to judge. Wildcards (`zed/*`) are expanded. Releases
    stand in `pipeline` one after the other, and so do several pipelines, told apart by their steps.
    `rollback` is the pipeline to run after a failure (None: there is none), or those of several; with
    `failures` every awaited action may fail. `nameless` are wildcards of which every contract has an entry of
    its own, `never` what the file says can not be met, `accept` hazards that fail nothing, `overridden` the
    file's own changes that lose something by those of a second file, `sources` where contracts are written,
    `prices` what remedies cost, `timing` how long things take; no verdict depends on these.
    """

    system: str
    versions: tuple[str, ...]
    components: Mapping[str, Component]
    requests: tuple[Request, ...]
    pipeline: tuple[Step, ...]
    changes: Mapping[Contract, Change] | None = None
    flags: tuple[Flag, ...] = ()
    max_span: int | None = None
    release: str | None = None
    file: str = ""
    properties: tuple[Property, ...] = ()
    rollback: tuple[Step, ...] | None = None
    failures: bool = False
    nameless: tuple[Declaration, ...] = ()
    never: tuple[Assumption, ...] = ()
    overridden: tuple[Change, ...] = ()
    accept: tuple[Acceptance, ...] = ()
    sources: Mapping[Contract, ContractSource] = field(default_factory=dict, compare=False)
    prices: Prices = field(default_factory=Prices, compare=False)
    timing: Timing = field(default_factory=Timing, compare=False)

    def __post_init__(self) -> None:
        if self.changes is not None:
            object.__setattr__(self, "changes", self._with_sources(self.changes))

    def _with_sources(self, changes: Mapping[Contract, Change]) -> Mapping[Contract, Change]:
        """The changes, and one that breaks nothing for each contract from which a hop on a changed one has
        what it is using (paragraph 73)."""
        met = {*find_reachable(changes, self._list_sources)} - {*changes}
        implied = (contract for contract in self.contracts if contract in met)
        return {**changes, **{contract: Change(contract, implied=True) for contract in implied}}

    def _list_sources(self, contract: Contract) -> Iterator[Contract]:
        """The contracts from which hops on this one have what they are using."""
        for request, number in self.hops_at.get(contract, ()):
            yield from list_obtained(request.hops, number)

    @cached_property
    def declarations(self) -> Mapping[Declaration, tuple[Contract, ...]]:
        """What the release declares, each with the contracts that it speaks of (of `nameless` ones: none)."""
        found: dict[Declaration, list[Contract]] = {one: [] for one in self.nameless}
        for contract in self.contracts:
            change = (self.changes or {}).get(contract)
            for one in change.declared if change else ():
                found.setdefault(one, []).append(contract)
        return {one: tuple(contracts) for one, contracts in found.items()}

    @cached_property
    def pipelines(self) -> tuple[str, ...]:
        """The names of the pipelines, in the order of the file; none where there is only one."""
        return tuple(dict.fromkeys(step.pipeline for step in self.pipeline if step.pipeline is not None))

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        """Every contract that a hop meets, in the order of the file."""
        hops = (hop for request in self.requests for hop in request.hops)
        return tuple(dict.fromkeys(hop.contract for hop in hops))

    @cached_property
    def changed_at(self) -> Mapping[str, tuple[Contract, ...]]:
        """The changed contracts of each provider that has some, in the order of the file."""
        found: dict[str, list[Contract]] = {}
        for contract in self.contracts:
            if contract in self.changed:
                found.setdefault(contract.provider, []).append(contract)
        return {provider: tuple(contracts) for provider, contracts in found.items()}

    @cached_property
    def hops_at(self) -> Mapping[Contract, tuple[tuple[Request, int], ...]]:
        """The hops that meet each contract: a request, and a number (from 1)."""
        found: dict[Contract, list[tuple[Request, int]]] = {}
        for request in self.requests:
            for number, hop in enumerate(request.hops, start=1):
                found.setdefault(hop.contract, []).append((request, number))
        return {contract: tuple(hops) for contract, hops in found.items()}

    def name_version(self, component: str, version: str) -> str:
        """What people are told of a version of the component: its own name for it, if it has one."""
        known = self.components.get(component)
        return known.name_version(version) if known is not None else version

    @cached_property
    def version_names(self) -> Mapping[str, Mapping[str, str]]:
        """The components whose versions have names of their own, with these."""
        return {name: dict(c.version_names) for name, c in self.components.items() if c.version_names}

    def change_of(self, contract: Contract) -> Change | None:
        """What the release changes of a contract; None where it changes nothing, or none are given."""
        return self.changes.get(contract) if self.changes is not None else None

    @property
    def changed(self) -> Mapping[Contract, Change]:
        """The changes that are given, by contract; empty also where none are given."""
        return self.changes or {}

    def steps_about(self, window: Collection[str]) -> tuple[str, ...]:
        """The names of the steps in their order; those of the rollback where the window holds one."""
        forward = tuple(step.name for step in self.pipeline)
        back = tuple(step.name for step in self.rollback or ())
        return forward + back if set(back) & set(window) else forward

    def runs(self, version: str, hop: Hop) -> bool:
        """Whether a caller of the version runs the hop."""
        rank = self.versions.index(version)
        first = self.versions.index(hop.since) if hop.since else 0
        last = self.versions.index(hop.until) if hop.until else len(self.versions) - 1
        return first <= rank <= last

    def pulls(self, request: Request) -> bool:
        """Whether it is a job that its worker takes from a queue as soon as it runs, ready or not."""
        root = self.components.get(request.root)
        begins = request.hops[0].verb is Verb.CONSUMES
        return begins and root is not None and root.kind is Kind.WORKER and not root.pulls_when_ready

    @cached_property
    def enabled_after(self) -> tuple[str, ...]:
        """The flags that guard something and that no action of the file enables: somebody does, after the end
        (paragraph 72 of docs/semantics.md)."""
        actions = (action for step in (*self.pipeline, *(self.rollback or ())) for action in step.actions)
        enabling = (action for action in actions if action.instruction is Instruction.ENABLE)
        enabled = {target.name for action in enabling for target in action.targets}
        return tuple(flag.name for flag in self.flags if flag.guards and flag.name not in enabled)

    @cached_property
    def facts(self) -> frozenset[str]:
        """The flags that guard nothing: they are read by predicates alone."""
        return frozenset(flag.name for flag in self.flags if not flag.guards)

    @cached_property
    def flag_of(self) -> Mapping[Contract, Flag]:
        """The flag that guards a contract; contracts without one are missing."""
        return {contract: flag for flag in self.flags for contract in flag.guards}

    @cached_property
    def redelivered(self) -> Mapping[Contract, tuple[str, ...] | None]:
        """The changed contracts of which messages can come back, each with the components that consume them.
        None: they come back at any time, for an anonymous client consumes them, or nobody is said to."""
        found: dict[Contract, tuple[str, ...] | None] = {}
        for contract in (contract for contract in self.contracts if contract in self.changed):
            if self.components[contract.provider].redelivers:
                hops = (request.hops[number - 1] for request, number in self.hops_at[contract])
                names = tuple(dict.fromkeys(hop.consumer for hop in hops if hop.verb is Verb.CONSUMES))
                is_known = names and all(name in self.components for name in names)
                found[contract] = names if is_known else None
        return found

    @cached_property
    def led(self) -> tuple[str, ...]:
        """The components that have a leader: hops speak of it."""
        hops = [hop for request in self.requests for hop in request.hops]
        named = {hop.consumer for hop in hops if hop.by_leader}
        named |= {hop.provider for hop in hops if hop.to_leader}
        return tuple(name for name in self.components if name in named)

    @cached_property
    def migrators(self) -> Mapping[Contract, tuple[str, ...]]:
        """The components whose instances migrate each changed contract while they start."""
        who: dict[str, list[str]] = {}
        for name, component in self.components.items():
            for store in dict.fromkeys(component.migrates):
                who.setdefault(store, []).append(name)
        changed = (contract for contract in self.contracts if contract in self.changed)
        return {one: tuple(who[one.provider]) for one in changed if one.provider in who}

    @cached_property
    def resized(self) -> frozenset[str]:
        """The components of which the number of instances that is wanted changes."""
        scaled = (action for action in self.actions if action.instruction is Instruction.SCALE)
        named = {target.name for action in scaled for target in action.targets}
        return frozenset(named | {name for name, component in self.components.items() if component.sizes})

    @cached_property
    def can_be_shut(self) -> frozenset[str]:
        """The components of which, now or at some other time, every instance that is wanted can be down at
        once without any release."""
        counts = {name: [one.replicas, *dict(one.sizes).values()] for name, one in self.components.items()}
        for action in self.actions:
            if action.count is not None:
                for target in action.targets:
                    counts[target.name].append(action.count)
        wanted = ((name, count) for name, some in counts.items() for count in some)
        return frozenset(name for name, count in wanted if 0 < count <= self.components[name].restarts)

    def on(self, day: date | None = None) -> Deployment:
        """The same deployment with the entries of `accept` that hold on that day; None: today, in UTC."""
        now = day or datetime.now(UTC).date()
        return replace(self, accept=tuple(one for one in self.accept if one.holds_on(now)))

    def pessimistic(self) -> Deployment:
        """The same deployment with every contract broken both ways that no change names, or of which one says
        nothing of pairs."""
        both = frozenset((x, y) for x in self.versions for y in self.versions if x != y)
        named = {name: change for name, change in self.changed.items() if not change.implied}
        for contract in self.contracts:
            kind = self.components[contract.provider].kind
            aspects = list_bare_aspects(contract, kind, self.actions)
            change = named.get(contract, Change(contract, open=True))
            if change.open:
                named[contract] = replace(change, breaks=dict.fromkeys(aspects, both), open=False)
        return replace(self, changes=named)

    @property
    def actions(self) -> Iterator[Action]:
        """Every action of the file, those of the rollback too."""
        return (action for step in (*self.pipeline, *(self.rollback or ())) for action in step.actions)
