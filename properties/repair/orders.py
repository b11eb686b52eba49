"""Remedies that let one action wait for another: orders, barriers, and waits that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from ...model.compiler.moves import ROLLOUTS
from ...model.deployment import Instruction, RemedyKind
from ...model.deployment.predicate import AllAt, Done, Gone
from ..verdict import HopHazard
from .concern import Concern
from .edits import AddedWait, Amend, Order, Remedy, Unit, name_of, tell_units

Group = tuple[Unit, ...]
"""Units of one action."""


def list_pairs(about: Concern) -> Iterator[tuple[Group, Group]]:
    """Two of which one brings a side of the hazard elsewhere: all that an action does, or a side of it
    alone."""
    groups = _groups(about)
    moves_side = {group: any(map(about.is_side, group)) for group in groups}
    for first, then in permutations(groups, 2):
        if moves_side[first] or moves_side[then]:
            yield first, then


def list_orders(about: Concern, first: Group, then: Group) -> Iterator[Remedy]:
    """What is not over before another begins: either of them moves."""
    if {*first} & {*then} or not about.is_one_release(first[0], then[0]) or _is_over(about, first, then):
        return
    is_started = about.action(first[0]).background
    one, other = tell_units(about.deployment, *first), tell_units(about.deployment, *then)
    early, late = Order(first, then[0], before=True), Order(then, first[0], before=False)
    if first[0][:2] < then[0][:2]:
        yield from about.remedy([RemedyKind.BARRIER], f"await what `{one}` began before `{other}`", early)
        return
    kinds = [RemedyKind.ORDER, *([RemedyKind.BARRIER] if is_started else [])]
    end = ", and is awaited" if is_started else ""
    yield from about.remedy(kinds, f"`{one}` goes before `{other}`{end}", early)
    end = ", which is awaited" if is_started else ""
    yield from about.remedy(kinds, f"`{other}` goes behind `{one}`{end}", late)


def _groups(about: Concern) -> tuple[Group, ...]:
    """What can move: all that takes part of an action, and each unit of one that is a side alone."""
    whole: dict[tuple[int, int], list[Unit]] = {}
    for unit in about.moving:
        whole.setdefault(unit[:2], []).append(unit)
    alone = [(u,) for units in whole.values() for u in units if len(units) > 1 and about.is_side(u)]
    return (*(tuple(units) for units in whole.values()), *alone)


def _is_over(about: Concern, first: Group, then: Group) -> bool:
    """Units of one action begin at one moment."""
    return all(about.pipeline.line.is_over_before(one, then[0]) for one in first)


def list_waits(about: Concern) -> Iterator[Remedy]:
    """A condition on an action: until nobody old is left, until all are new, until another pipeline is
    done."""
    newest = about.deployment.versions[-1]
    for unit in about.heads:
        action, told = about.action(unit), tell_units(about.deployment, unit)
        if action.when is not None:
            continue
        enables, own = action.instruction is Instruction.ENABLE, name_of(about.deployment, unit)
        awaited = [one for one in about.with_instances if enables or one.terminates_later]
        for component in (one for one in awaited if one.name != own):
            if component.terminates_later:
                for version in _old_versions(about):
                    yield from about.remedy(
                        [RemedyKind.BARRIER],
                        f"`{told}` when no instance of {component.name} {version} is left",
                        AddedWait(unit, Gone(component.name, version)),
                    )
            if enables:
                yield from about.remedy(
                    [RemedyKind.BARRIER],
                    f"`{told}` when all of {component.name} is at {newest}",
                    AddedWait(unit, AllAt(component.name, newest)),
                )
        yield from _waits_for_pipelines(about, unit)


def _waits_for_pipelines(about: Concern, unit: Unit) -> Iterator[Remedy]:
    """Of several pipelines: until what a unit of another one moves is at its last version, or until all of
    that pipeline is done."""
    deployment = about.deployment
    if not deployment.pipelines:
        return
    own = deployment.pipeline[unit.step].pipeline
    told, newest = tell_units(deployment, unit), deployment.versions[-1]
    others = [one for one in about.heads if deployment.pipeline[one.step].pipeline != own]
    for name in dict.fromkeys(name_of(deployment, one) for one in others):
        if name in deployment.components:
            wait = AddedWait(unit, AllAt(name, newest))
            yield from about.remedy([RemedyKind.BARRIER], f"`{told}` when all of {name} is at {newest}", wait)
    for pipeline in dict.fromkeys(deployment.pipeline[one.step].pipeline for one in others):
        wait = AddedWait(unit, Done(pipeline))
        yield from about.remedy([RemedyKind.ORDER], f"`{told}` when all of {pipeline} is done", wait)


def list_impatience(about: Concern) -> Iterator[Remedy]:
    """What stalls: instances that wait for what may never come go without. What only goes one way keeps its
    condition: it was put there for a reason."""
    if isinstance(about.hazard, HopHazard):
        return
    for unit in about.heads:
        action = about.action(unit)
        if action.when is not None and action.instruction in ROLLOUTS and not action.irreversible:
            told = f"`{tell_units(about.deployment, unit)}` does not wait for `{action.when}`"
            yield from about.remedy([RemedyKind.ORDER], told, Amend(unit, "when", None))


def _old_versions(about: Concern) -> tuple[str, ...]:
    old = about.deployment.versions[:-1]
    if about.hop is None:
        return old
    met = {about.hop.consumer_version, about.hop.provider_version}
    return tuple(version for version in old if version in met)
