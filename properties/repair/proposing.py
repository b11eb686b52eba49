"""Remedies for hazards: what could help, asked of what takes part in each, and of nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import permutations

from ...model.deployment import (
    Action,
    Aspect,
    Component,
    Deployment,
    Drain,
    Flag,
    Hop,
    Instruction,
    Kind,
    RemedyKind,
    Route,
    Strategy,
)
from ...model.deployment.predicate import AllAt, Gone
from ...model.names import Contract, Target
from ..lookups.lookup import HazardKind
from ..verdict import Answer, Hazard, HopHazard, PropertyHazard
from .edits import (
    AddFlag,
    Configure,
    Edit,
    Insert,
    Order,
    Remedy,
    Unit,
    Wait,
    action_of,
    list_units,
    name_of,
    tell_units,
)
from .line import Line


def propose(deployment: Deployment, answer: Answer) -> tuple[Remedy, ...]:
    """The remedies for all hazards of the answer, each once, the cheapest first. What has no price is out of
    the question, and not among them; nor is anything of several pipelines, which are no line to edit."""
    if deployment.pipelines:
        return ()
    found: dict[tuple[Edit, ...], Remedy] = {}
    for hazard in answer.hazards:
        for remedy in _For(deployment, hazard).list():
            known = found.get(remedy.edits)
            touches = remedy.touches | (known.touches if known else frozenset())
            kept = remedy if known is None or remedy.price < known.price else known
            found[remedy.edits] = Remedy(kept.kind, kept.price, kept.told, kept.edits, touches)
    return tuple(sorted(found.values(), key=lambda one: one.price))


def list_sides(deployment: Deployment, hazard: Hazard) -> frozenset[str]:
    """Whose versions meet at the failing hop: consumer and provider, who writes what is found there, from
    whom it has what it is using, and the flags that guard it."""
    names: set[str] = set()
    for contract in _list_contracts(deployment, hazard):
        names.add(contract.provider)
        hops = (request.hops[number - 1] for request, number in deployment.hops_at.get(contract, ()))
        names |= {hop.consumer for hop in hops if hop.verb.leaves_content}
    if isinstance(hazard, HopHazard):
        names |= {hazard.consumer, hazard.provider}
        names |= {flag.name for flag in deployment.flags if hazard.contract in flag.guards}
    return frozenset(names)


def list_names(deployment: Deployment, hazard: Hazard) -> frozenset[str]:
    """The components and flags that take part in a hazard: its sides, who begins the request, and whoever
    makes a needed event of its story."""
    known = {*deployment.components, *(flag.name for flag in deployment.flags)}
    events = (event for event in hazard.whole_story if event.is_needed)
    names = {event.owner.partition("/")[0] for event in events} | list_sides(deployment, hazard)
    if isinstance(hazard, HopHazard):
        names |= {request.root for request in deployment.requests if request.name == hazard.request}
    else:
        names |= set(_list_words(deployment, hazard))
    return frozenset(names & known)


def _list_words(deployment: Deployment, hazard: PropertyHazard) -> Iterator[str]:
    """The words of what is violated, and of the conditions on actions: names are among them."""
    texts = [str(one.formula) for one in deployment.properties if one.name == hazard.property]
    texts += [str(action.when) for action in deployment.actions if action.when is not None]
    for text in (hazard.property, *texts):
        yield from re.findall(r"[^\s()\"<>=!+/*.]+", text)


def _list_contracts(deployment: Deployment, hazard: Hazard) -> tuple[Contract, ...]:
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


LEAPING = frozenset({Instruction.DEPLOY, Instruction.MIGRATE, Instruction.RECONFIGURE})
"""What can go over a version without a stop there."""

RESTING = frozenset({Instruction.SUSPEND, Instruction.RESUME, Instruction.SCALE})
"""What brings nobody to another version."""

Group = tuple[Unit, ...]
"""Units of one action."""


class _For:
    """What could help against one hazard."""

    def __init__(self, deployment: Deployment, hazard: Hazard) -> None:
        self._deployment, self._hazard = deployment, hazard
        self._names = list_names(deployment, hazard)
        self._units = tuple(
            unit for unit in list_units(deployment) if name_of(deployment, unit) in self._names
        )
        self._line = Line(deployment)
        self._sides = list_sides(deployment, hazard)

    def list(self) -> Iterator[Remedy]:
        yield from self._orders()
        yield from self._waits()
        yield from self._settings()
        yield from self._suspensions()
        yield from self._cleanings()
        yield from self._flags()
        yield from self._stepping_stones()

    # --- orders and barriers ---

    def _orders(self) -> Iterator[Remedy]:
        """What is not over before another begins, of two of which one brings a side of the hazard elsewhere:
        either of them moves, all that an action does or a side of it alone."""
        for first, then in permutations(self._groups(), 2):
            if {*first} & {*then} or not self._is_about_a_side(first, then):
                continue
            if not self._is_over(first, then) and self._is_one_release(first[0], then[0]):
                yield from self._order(first, then)

    def _order(self, first: Group, then: Group) -> Iterator[Remedy]:
        is_started = action_of(self._deployment, first[0]).background
        one, other = tell_units(self._deployment, *first), tell_units(self._deployment, *then)
        early, late = Order(first, then[0], before=True), Order(then, first[0], before=False)
        if first[0][:2] < then[0][:2]:
            yield from self._remedy([RemedyKind.BARRIER], f"await what `{one}` began before `{other}`", early)
            return
        kinds = [RemedyKind.ORDER, *([RemedyKind.BARRIER] if is_started else [])]
        end = ", and is awaited" if is_started else ""
        yield from self._remedy(kinds, f"`{one}` goes before `{other}`{end}", early)
        end = ", which is awaited" if is_started else ""
        yield from self._remedy(kinds, f"`{other}` goes behind `{one}`{end}", late)

    def _groups(self) -> tuple[Group, ...]:
        """What can move: all that takes part of an action, and each unit of one that is a side alone."""
        whole: dict[tuple[int, int], list[Unit]] = {}
        for unit in self._moving():
            whole.setdefault(unit[:2], []).append(unit)
        alone = [(u,) for units in whole.values() for u in units if len(units) > 1 and self._is_side(u)]
        return (*(tuple(units) for units in whole.values()), *alone)

    def _is_over(self, first: Group, then: Group) -> bool:
        return all(self._line.is_over_before(one, other) for one in first for other in then)

    def _is_about_a_side(self, *groups: Group) -> bool:
        return any(self._is_side(unit) for group in groups for unit in group)

    def _is_side(self, unit: Unit) -> bool:
        """Whether it brings a side of the failing hop to another version; of a property anything may."""
        if not isinstance(self._hazard, HopHazard):
            return True
        is_resting = action_of(self._deployment, unit).instruction in RESTING
        return name_of(self._deployment, unit) in self._sides and not is_resting

    def _moving(self) -> tuple[Unit, ...]:
        """The units that do something; an `await` is put where it is needed."""
        waits = Instruction.AWAIT
        return tuple(u for u in self._units if action_of(self._deployment, u).instruction is not waits)

    def _is_one_release(self, one: Unit, other: Unit) -> bool:
        steps = self._deployment.pipeline
        return steps[one.step].release == steps[other.step].release

    def _waits(self) -> Iterator[Remedy]:
        """A condition on an action: until nobody old is left, until all are new."""
        newest = self._deployment.versions[-1]
        for unit in self._moving():
            action = action_of(self._deployment, unit)
            if action.when is not None:
                continue
            for component in self._with_instances():
                if component.name == name_of(self._deployment, unit):
                    continue
                told = tell_units(self._deployment, unit)
                if component.terminates_later:
                    for version in self._old_versions():
                        yield from self._remedy(
                            [RemedyKind.BARRIER],
                            f"`{told}` when no instance of {component.name} {version} is left",
                            Wait(unit, Gone(component.name, version)),
                        )
                if action.instruction is Instruction.ENABLE:
                    yield from self._remedy(
                        [RemedyKind.BARRIER],
                        f"`{told}` when all of {component.name} is at {newest}",
                        Wait(unit, AllAt(component.name, newest)),
                    )

    def _old_versions(self) -> tuple[str, ...]:
        if not isinstance(self._hazard, HopHazard):
            return self._deployment.versions[:-1]
        met = {self._hazard.consumer_version, self._hazard.provider_version}
        return tuple(version for version in self._deployment.versions[:-1] if version in met)

    # --- components ---

    def _with_instances(self) -> tuple[Component, ...]:
        components = self._deployment.components
        found = (components[name] for name in components if name in self._names)
        return tuple(one for one in found if one.kind.has_instances and one.machine is None)

    def _settings(self) -> Iterator[Remedy]:
        for component in self._with_instances():
            yield from self._for_requests(component)
            if component.strategy is Strategy.ROLLING and not component.stays:
                if component.name not in self._deployment.led:
                    yield from self._configure(
                        component, RemedyKind.BLUE_GREEN, "strategy", Strategy.BLUE_GREEN
                    )
                yield from self._configure(component, RemedyKind.DOWNTIME, "strategy", Strategy.RECREATE)
            if self._hazard_is(HazardKind.INTERRUPTED) and component.drain is Drain.ABRUPT:
                yield from self._configure(component, RemedyKind.SETTINGS, "drain", Drain.GRACEFUL)
            if not self._hazard_is(HazardKind.INCOMPATIBLE):
                yield from self._for_room(component)

    def _for_requests(self, component: Component) -> Iterator[Remedy]:
        """The calls of one request keep to one version."""
        is_led = component.name in self._deployment.led
        if isinstance(self._hazard, HopHazard) and component.route is Route.NONE and not is_led:
            is_called = any(
                hop.verb.is_call and hop.provider == component.name and not hop.to_leader
                for request in self._deployment.requests
                for hop in request.hops
            )
            carries = self._hazard.aspect is Aspect.TOKEN
            routes = (Route.SESSION, *([Route.CARRIED] if carries else []))
            for route in routes if is_called else ():
                yield from self._configure(component, RemedyKind.SESSION, "route", route)

    def _for_room(self, component: Component) -> Iterator[Remedy]:
        if component.strategy is Strategy.RECREATE:
            yield from self._configure(component, RemedyKind.SETTINGS, "strategy", Strategy.ROLLING)
        if component.sizes:
            told = f"{component.name}: `replicas: {component.replicas}`, whatever the version"
            yield from self._remedy([RemedyKind.SETTINGS], told, Configure(component.name, "sizes", ()))
        if component.max_unavailable > 0:
            edits = [Configure(component.name, "max_unavailable", 0)]
            if component.max_surge == 0:
                edits.append(Configure(component.name, "max_surge", 1))
            yield from self._remedy(
                [RemedyKind.SETTINGS], f"{component.name}: a new instance is up before one goes", *edits
            )

    def _configure(
        self, component: Component, kind: RemedyKind, setting: str, value: object
    ) -> Iterator[Remedy]:
        yield from self._remedy(
            [kind], f"{component.name}: `{setting}: {value}`", Configure(component.name, setting, value)
        )

    # --- what is new in the pipeline ---

    def _suspensions(self) -> Iterator[Remedy]:
        """A worker starts no jobs from before one unit until after another."""
        units = self._moving()
        for component in self._with_instances():
            if component.kind is not Kind.WORKER or self._is_suspended_by_the_file(component.name):
                continue
            target = (Target(component.name),)
            for index, first in enumerate(units):
                for last in units[index:]:
                    if not self._is_one_release(first, last):
                        continue
                    edits = (
                        Insert((Action(Instruction.SUSPEND, target),), first, before=True),
                        Insert((Action(Instruction.RESUME, target),), last, before=False),
                    )
                    one, other = tell_units(self._deployment, first), tell_units(self._deployment, last)
                    about = f"`{one}`" if first == last else f"`{one}` … `{other}`"
                    yield from self._remedy(
                        [RemedyKind.SUSPEND], f"suspend {component.name} around {about}", *edits
                    )

    def _is_suspended_by_the_file(self, worker: str) -> bool:
        return any(
            action.instruction is Instruction.SUSPEND and worker in {one.name for one in action.targets}
            for action in self._deployment.actions
        )

    def _cleanings(self) -> Iterator[Remedy]:
        """What is old is away before a unit, or at the end."""
        for kind, action in self._list_cleaning():
            for unit in self._breaking():
                insert = Insert((action,), unit, before=True)
                told = f"`{action}` before `{tell_units(self._deployment, unit)}`"
                yield from self._remedy([kind], told, insert)
            yield from self._remedy([kind], f"`{action}` at the end", Insert((action,)))

    def _breaking(self) -> tuple[Unit, ...]:
        """The units that bring the sides of the failing hop to other versions."""
        sides = (
            {self._hazard.consumer, self._hazard.provider} if isinstance(self._hazard, HopHazard) else set()
        )
        return tuple(unit for unit in self._moving() if name_of(self._deployment, unit) in sides)

    def _list_cleaning(self) -> Iterator[tuple[RemedyKind, Action]]:
        if not isinstance(self._hazard, HopHazard) or self._hazard.aspect not in (
            Aspect.CONTENT,
            Aspect.TOKEN,
        ):
            return
        for contract in _list_contracts(self._deployment, self._hazard):
            target = (Target(contract.provider, contract.subject),)
            match self._deployment.components[contract.provider].kind:
                case Kind.BROKER:
                    yield RemedyKind.DRAIN, Action(Instruction.DRAIN, target)
                    yield RemedyKind.PURGE, Action(Instruction.PURGE, target)
                    yield RemedyKind.EXPIRE, Action(Instruction.EXPIRE, target)
                case Kind.CACHE:
                    yield RemedyKind.PURGE, Action(Instruction.PURGE, target)
                    yield RemedyKind.EXPIRE, Action(Instruction.EXPIRE, target)
                case Kind.DATABASE:
                    yield RemedyKind.PURGE, Action(Instruction.BACKFILL, target)
                    yield RemedyKind.EXPIRE, Action(Instruction.EXPIRE, target)
                case Kind.SERVICE | Kind.WORKER | Kind.CLIENT:
                    yield RemedyKind.EXPIRE, Action(Instruction.EXPIRE, target)

    def _flags(self) -> Iterator[Remedy]:
        """New code behaves in the old form until all is rolled out and awaited."""
        if not isinstance(self._hazard, HopHazard) or self._hazard.aspect is None:
            return
        contract = self._hazard.contract
        if contract in self._deployment.flag_of or contract not in self._deployment.changed:
            return
        name = _name_flag(self._deployment, contract)
        flag = Flag(name, frozenset({contract}))
        enable = Action(Instruction.ENABLE, (Target(name),))
        edits = (AddFlag(flag), Insert((*self._list_awaits(), enable)))
        yield from self._remedy(
            [RemedyKind.FLAG], f"{contract} behind a flag, enabled when all is rolled out", *edits
        )

    def _list_awaits(self) -> Iterator[Action]:
        """What runs on in the background, and no later action waits for."""
        units = [
            unit for unit in list_units(self._deployment) if action_of(self._deployment, unit).background
        ]
        actions = [action for step in self._deployment.pipeline for action in step.actions]
        for name in dict.fromkeys(name_of(self._deployment, unit) for unit in units):
            if name not in self._names:
                continue
            begun = max(
                index for index, one in enumerate(actions) if one.background and _speaks_of(one, name)
            )
            later = actions[begun + 1 :]
            if not any(one.instruction is Instruction.AWAIT and _speaks_of(one, name) for one in later):
                yield Action(Instruction.AWAIT, (Target(name),))

    def _stepping_stones(self) -> Iterator[Remedy]:
        """Where an action leaps over versions: a stop at one of these before it."""
        versions = self._deployment.versions
        reached: dict[Target, int] = {}
        for unit in list_units(self._deployment):
            action = action_of(self._deployment, unit)
            if action.instruction not in LEAPING or action.to is None:
                continue
            target = action.targets[unit.target]
            before, goal = reached.get(target, 0), versions.index(action.to)
            reached[target] = goal
            for version in versions[before + 1 : goal] if unit in self._units else ():
                stone = Action(action.instruction, (target,), to=version)
                told = f"`{stone}` before `{tell_units(self._deployment, unit)}`"
                yield from self._remedy([RemedyKind.RELEASE], told, Insert((stone,), unit, before=True))

    def _hazard_is(self, kind: HazardKind) -> bool:
        return isinstance(self._hazard, HopHazard) and self._hazard.kind is kind

    def _remedy(self, kinds: Iterable[RemedyKind], told: str, *edits: Edit) -> Iterator[Remedy]:
        given = [*kinds]
        prices = [self._deployment.prices.of(kind) for kind in given]
        known = [price for price in prices if price is not None]
        if len(known) == len(prices):
            yield Remedy(given[0], sum(known), told, edits, frozenset({self._hazard.id}))


def _speaks_of(action: Action, name: str) -> bool:
    return any(target.name == name for target in action.targets)


def _name_flag(deployment: Deployment, contract: Contract) -> str:
    """A name that says what it guards, and that nothing has."""
    plain = "".join(char if char.isalnum() and char.isascii() else "-" for char in contract.subject)
    base = f"new-{'-'.join(part for part in plain.split('-') if part) or contract.provider}"[:100]
    taken = {*deployment.components, *(flag.name for flag in deployment.flags), *deployment.versions}
    tries = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in tries if name not in taken)
