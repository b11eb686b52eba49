"""Remedies that bring something new: pauses, cleanings, flags, stops, what was forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model.deployment import (
    Action,
    Aspect,
    Deployment,
    Flag,
    Instruction,
    Kind,
    RemedyKind,
)
from ...model.names import Contract, Target
from ..verdict import HopHazard
from .concern import Concern, contracts_of
from .edits import AddFlag, Insert, Remedy, Subject, Unit, name_of, tell_units

LEAPING = frozenset({Instruction.DEPLOY, Instruction.MIGRATE, Instruction.RECONFIGURE})
"""What can go over a version without a stop there."""

MOVING = {Kind.DATABASE: Instruction.MIGRATE, Kind.BROKER: Instruction.RECONFIGURE}
"""What moves the schema of a store."""


def list_suspensions(about: Concern) -> Iterator[Remedy]:
    """A worker starts no jobs from before one unit until after another."""
    units = about.heads
    for component in about.with_instances:
        if component.kind is not Kind.WORKER or _is_suspended_by_the_file(about.deployment, component.name):
            continue
        target = (Target(component.name),)
        for index, first in enumerate(units):
            for last in units[index:]:
                if not about.is_one_release(first, last):
                    continue
                edits = (
                    Insert((Action(Instruction.SUSPEND, target),), first, before=True),
                    Insert((Action(Instruction.RESUME, target),), last, before=False),
                )
                one, other = tell_units(about.deployment, first), tell_units(about.deployment, last)
                around = f"`{one}`" if first == last else f"`{one}` … `{other}`"
                yield from about.remedy(
                    [RemedyKind.SUSPEND], f"suspend {component.name} around {around}", *edits
                )


def _is_suspended_by_the_file(deployment: Deployment, worker: str) -> bool:
    return any(
        action.instruction is Instruction.SUSPEND and worker in {one.name for one in action.targets}
        for action in deployment.actions
    )


def list_cleanings(about: Concern) -> Iterator[Remedy]:
    """What is old is away before a unit, or at the end."""
    for kind, action in _list_cleaning(about):
        yield from _before_or_last(about, [kind], action, ())


def _before_or_last(
    about: Concern, kinds: Iterable[RemedyKind], action: Action, ends: Iterable[Subject]
) -> Iterator[Remedy]:
    given, may_end = [*kinds], [*ends]
    for unit in about.breaking():
        told = f"`{action}` before `{tell_units(about.deployment, unit)}`"
        yield from about.remedy(given, told, Insert((action,), unit, before=True), ends=may_end)
    if not about.deployment.pipelines:
        yield from about.remedy(given, f"`{action}` at the end", Insert((action,)), ends=may_end)


def _list_cleaning(about: Concern) -> Iterator[tuple[RemedyKind, Action]]:
    if about.hop is None or about.hop.aspect not in (Aspect.CONTENT, Aspect.TOKEN):
        return
    for contract in about.contracts:
        target = (Target(contract.provider, contract.subject),)
        match about.deployment.components[contract.provider].kind:
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


def list_flags(about: Concern) -> Iterator[Remedy]:
    """New code behaves in the old form until all is rolled out and awaited."""
    deployment = about.deployment
    if about.hop is None or about.hop.aspect is None or deployment.pipelines:
        return
    contract = about.hop.contract
    if contract in deployment.flag_of or contract not in deployment.changed:
        return
    name = _name_flag(deployment, contract)
    enable = Action(Instruction.ENABLE, (Target(name),))
    flag = AddFlag(Flag(name, frozenset({contract})))
    edits = (flag, Insert((*_list_awaits(about), enable)))
    yield from about.remedy(
        [RemedyKind.FLAG], f"{contract} behind a flag, enabled when all is rolled out", *edits
    )
    for last in _list_ends_of_releases(about):
        release = about.deployment.pipeline[last.step].release or 0
        told = f"{contract} behind a flag, enabled at the end of release {release + 1}"
        yield from about.remedy([RemedyKind.FLAG], told, flag, Insert((enable,), last, before=False))


def _list_ends_of_releases(about: Concern) -> Iterator[Unit]:
    """The last unit of each release but the last: a later one may change the contract again, and code of that
    is to find the flag as it leaves it."""
    found: dict[int | None, Unit] = {}
    for unit in about.pipeline.units:
        found[about.deployment.pipeline[unit.step].release] = unit
    yield from list(found.values())[:-1]


def _list_awaits(about: Concern) -> Iterator[Action]:
    """What runs on in the background, and no later action waits for."""
    units = [unit for unit in about.units if about.action(unit).background]
    actions = [action for step in about.deployment.pipeline for action in step.actions]
    for name in dict.fromkeys(name_of(about.deployment, unit) for unit in units):
        begun = max(index for index, one in enumerate(actions) if one.background and _speaks_of(one, name))
        later = actions[begun + 1 :]
        if not any(one.instruction is Instruction.AWAIT and _speaks_of(one, name) for one in later):
            yield Action(Instruction.AWAIT, (Target(name),))


def list_stops(about: Concern) -> Iterator[Remedy]:
    """Where an action leaps over versions: a stop at one of these before it, or before what comes earlier;
    with the schemas that nothing else takes there."""
    versions = about.deployment.versions
    reached: dict[Target, int] = {}
    since: dict[Target, Unit] = {}
    for unit in about.units:
        action = about.action(unit)
        if action.instruction not in LEAPING or action.to is None:
            continue
        target = action.targets[unit.target]
        before, goal = reached.get(target, 0), versions.index(action.to)
        for version in versions[before + 1 : goal]:
            stop = Action(action.instruction, (target,), to=version)
            for anchor in _list_places(about, since.get(target), unit):
                yield from _stop(about, stop, anchor, version)
        reached[target], since[target] = goal, unit


def _list_places(about: Concern, since: Unit | None, unit: Unit) -> Iterator[Unit]:
    """The unit, and what comes before it, but not before what moved the same."""
    yield unit
    for other in about.heads:
        if (since is None or since < other) and other[:2] < unit[:2] and about.is_one_release(other, unit):
            yield other


def _stop(about: Concern, stop: Action, anchor: Unit, version: str) -> Iterator[Remedy]:
    told = f"`{stop}` before `{tell_units(about.deployment, anchor)}`"
    yield from about.remedy([RemedyKind.RELEASE], told, Insert((stop,), anchor, before=True))
    for other, ends in _list_forgotten(about, version):
        both = f"`{stop}`, then `{other}`, before `{tell_units(about.deployment, anchor)}`"
        edit = Insert((stop, other), anchor, before=True)
        yield from about.remedy([RemedyKind.RELEASE, RemedyKind.ACTION], both, edit, ends=ends)


def list_forgotten(about: Concern) -> Iterator[Remedy]:
    """What no action of the file moves goes along, before a unit or at the end."""
    versions = about.deployment.versions
    for version in versions[1:]:
        for action, ends in _list_forgotten(about, None if len(versions) == 2 else version):
            yield from _before_or_last(about, [RemedyKind.ACTION], action, ends)


def _list_forgotten(about: Concern, version: str | None) -> Iterator[tuple[Action, tuple[Subject, ...]]]:
    """The actions that would move what takes part and nothing moves, with what they move."""
    moved = about.pipeline.moved
    contracts = about.contracts
    for name, component in about.deployment.components.items():
        if name not in about.names:
            continue
        if component.kind.has_instances and component.machine is None and name not in moved:
            yield Action(Instruction.DEPLOY, (Target(name),), to=version), (name,)
        contracts_there = contracts_of(about.deployment, name)
        for contract in contracts_there:
            is_asked = contract in contracts or not isinstance(about.hazard, HopHazard)
            if contract in moved or not is_asked:
                continue
            target = (Target(name, contract.subject if len(contracts_there) > 1 else None),)
            if component.kind in MOVING:
                yield Action(MOVING[component.kind], target, to=version), (contract,)
            elif component.kind is Kind.CACHE:
                yield Action(Instruction.SYNC, target), (contract,)


def _speaks_of(action: Action, name: str) -> bool:
    return any(target.name == name for target in action.targets)


def _name_flag(deployment: Deployment, contract: Contract) -> str:
    """A name that says what it guards, and that nothing has."""
    plain = "".join(char if char.isalnum() and char.isascii() else "-" for char in contract.subject)
    base = f"new-{'-'.join(part for part in plain.split('-') if part) or contract.provider}"[:100]
    taken = {*deployment.components, *(flag.name for flag in deployment.flags), *deployment.versions}
    tries = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in tries if name not in taken)
