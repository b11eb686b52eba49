"""One hazard of a deployment, and what of the deployment takes part in it: whom a remedy can be about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from ...model.compiler.moves import list_changed_contracts
from ...model.deployment import Action, Component, Deployment, Hop, Instruction, RemedyKind
from ...model.deployment.predicate import list_atoms
from ...model.names import Contract, Target
from ..lookups.lookup import HazardKind
from ..verdict import Hazard, HopHazard, PropertyHazard
from .edits import Edit, Remedy, Subject, Unit, action_of, list_units, name_of, subjects_of
from .line import EditLine

RESTING = frozenset({Instruction.SUSPEND, Instruction.RESUME, Instruction.SCALE})
"""What brings nobody to another version."""


class PipelineUnits:
    """What is asked of a deployment whatever its hazard: its `units`, where each stands (`line`, which nobody
    edits), what is `moved` (by any action of the file, or by instances that take it along), and who is
    `called`, and not as a leader."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment, self.units = deployment, list_units(deployment)
        self.line = EditLine(deployment)
        self._units_of: dict[str, list[Unit]] = {}
        for unit in self.units:
            self._units_of.setdefault(name_of(deployment, unit), []).append(unit)
        moved = {subject for unit in self.units for subject in subjects_of(deployment, unit)}
        self.moved: frozenset[Subject] = frozenset(moved | {*deployment.migrators})
        hops = [hop for request in deployment.requests for hop in request.hops]
        self.called = frozenset(one.provider for one in hops if one.verb.is_call and not one.to_leader)

    def list_units_of(self, names: Iterable[str]) -> tuple[Unit, ...]:
        """What the pipeline does with any of these components and flags, in order."""
        return tuple(sorted(unit for name in names for unit in self._units_of.get(name, ())))


class Concern:
    """A hazard with what takes part in it: `names` are components and flags, `sides` those of the failing
    hop, `contracts` its own and those it draws on, `units` what the pipeline does with any of the names."""

    def __init__(self, pipeline: PipelineUnits, hazard: Hazard) -> None:
        deployment = pipeline.deployment
        self.pipeline, self.deployment, self.hazard = pipeline, deployment, hazard
        self.names = list_names(deployment, hazard)
        self.units = pipeline.list_units_of(self.names)
        self.sides = list_sides(deployment, hazard)
        self.contracts = list_contracts(deployment, hazard)

    @property
    def hop(self) -> HopHazard | None:
        """The hazard, where it is one of a hop."""
        return self.hazard if isinstance(self.hazard, HopHazard) else None

    def is_kind(self, kind: HazardKind) -> bool:
        return self.hop is not None and self.hop.kind is kind

    def action(self, unit: Unit) -> Action:
        return action_of(self.deployment, unit)

    @cached_property
    def moving(self) -> tuple[Unit, ...]:
        """The units that do something; an `await` is put where it is needed."""
        return tuple(unit for unit in self.units if self.action(unit).instruction is not Instruction.AWAIT)

    @cached_property
    def heads(self) -> tuple[Unit, ...]:
        """Of the contracts of one store that an action moves one alone: that of the failing hop, if it is
        among them."""
        found: dict[tuple[int, int, str], Unit] = {}
        for unit in self.moving:
            key = (unit.step, unit.action, name_of(self.deployment, unit))
            if key not in found or self.is_about(unit):
                found[key] = unit
        return tuple(found.values())

    def breaking(self) -> tuple[Unit, ...]:
        """The units that bring the sides of the failing hop to other versions."""
        sides = {self.hop.consumer, self.hop.provider} if self.hop is not None else set()
        return tuple(unit for unit in self.heads if name_of(self.deployment, unit) in sides)

    def is_about(self, unit: Unit) -> bool:
        """Whether it moves a contract of the failing hop, or no contract alone."""
        subject = self.action(unit).targets[unit.target].subject
        name = name_of(self.deployment, unit)
        return subject is None or Contract(name, subject) in self.contracts

    def is_side(self, unit: Unit) -> bool:
        """Whether it brings a side of the failing hop to another version; of a property anything may."""
        if self.hop is None:
            return True
        is_resting = self.action(unit).instruction in RESTING
        return name_of(self.deployment, unit) in self.sides and self.is_about(unit) and not is_resting

    def is_one_release(self, one: Unit, other: Unit) -> bool:
        """Whether they may change places: they are of one release, and of one pipeline."""
        here, there = self.deployment.pipeline[one.step], self.deployment.pipeline[other.step]
        return (here.release, here.pipeline) == (there.release, there.pipeline)

    @cached_property
    def with_instances(self) -> tuple[Component, ...]:
        components = self.deployment.components
        found = (components[name] for name in components if name in self.names)
        return tuple(one for one in found if one.kind.has_instances and one.machine is None)

    def remedy(
        self, kinds: Iterable[RemedyKind], told: str, *edits: Edit, ends: Iterable[Subject] = ()
    ) -> Iterator[Remedy]:
        """A remedy for the hazard, of the first of these kinds at the price of all; none where one of them is
        out of the question."""
        given = [*kinds]
        prices = [self.deployment.prices.of(kind) for kind in given]
        known = [price for price in prices if price is not None]
        if len(known) == len(prices):
            yield Remedy(given[0], sum(known), told, edits, frozenset({self.hazard.id}), frozenset(ends))


def list_sides(deployment: Deployment, hazard: Hazard) -> frozenset[str]:
    """Whose versions meet at the failing hop: consumer and provider, who writes what is found there, from
    whom it has what it is using, and the flags that guard it."""
    names: set[str] = set()
    for contract in list_contracts(deployment, hazard):
        names.add(contract.provider)
        hops = (request.hops[number - 1] for request, number in deployment.hops_at.get(contract, ()))
        names |= {hop.consumer for hop in hops if hop.verb.leaves_content}
    if isinstance(hazard, HopHazard):
        names |= {hazard.consumer, hazard.provider}
        names |= {flag.name for flag in deployment.flags if hazard.contract in flag.guards}
    return frozenset(names)


def list_names(deployment: Deployment, hazard: Hazard) -> frozenset[str]:
    """The components and flags that take part in a hazard: its sides, who begins the request, whoever makes a
    needed event of its story, and what the readiness of one of them waits for."""
    known = {*deployment.components, *(flag.name for flag in deployment.flags)}
    events = (event for event in hazard.whole_story if event.is_needed)
    names = {event.owner.partition("/")[0] for event in events} | list_sides(deployment, hazard)
    if isinstance(hazard, HopHazard):
        names |= {request.root for request in deployment.requests if request.name == hazard.request}
    else:
        names |= set(_list_words(deployment, hazard))
    names |= {word for name in names & {*deployment.components} for word in _list_awaited(deployment, name)}
    return frozenset(names & known)


def _list_awaited(deployment: Deployment, component: str) -> Iterator[str]:
    """The words of the conditions under which instances become ready."""
    readiness = deployment.components[component].readiness
    for _, predicate in readiness.when if readiness else ():
        for atom in list_atoms(predicate):
            yield from _split_words(str(atom))


def _list_words(deployment: Deployment, hazard: PropertyHazard) -> Iterator[str]:
    """The words of what is violated, and of the conditions on actions: names are among them."""
    texts = [str(one.formula) for one in deployment.properties if one.name == hazard.property]
    texts += [str(action.when) for action in deployment.actions if action.when is not None]
    for text in (hazard.property, *texts):
        yield from _split_words(text)


def _split_words(text: str) -> Iterator[str]:
    yield from re.findall(r"[^\s()\"<>=!+/*.]+", text)


def list_contracts(deployment: Deployment, hazard: Hazard) -> tuple[Contract, ...]:
    """The contract of the failing hop, and those from which it has what it is using."""
    hop = _hop_of(deployment, hazard)
    if hop is None or not isinstance(hazard, HopHazard):
        return ()
    sources = [
        contract for contract in deployment.contracts for source in hop.using if source.names(contract)
    ]
    return (hazard.contract, *sources)


def _hop_of(deployment: Deployment, hazard: Hazard) -> Hop | None:
    if not isinstance(hazard, HopHazard):
        return None
    request = next(one for one in deployment.requests if one.name == hazard.request)
    return request.hops[hazard.hop - 1]


def contracts_of(deployment: Deployment, store: str) -> tuple[Contract, ...]:
    """The contracts of a store that the release changes."""
    return tuple(list_changed_contracts(deployment, Target(store)))
