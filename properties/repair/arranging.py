"""Makes edits: a deployment and the edits of some remedies in, the deployment with all of them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...model.deployment import Change, Deployment, Pair
from ...model.names import Contract
from .edits import AddedWait, AddFlag, Amend, Configure, Edit, Insert, Omit, Order, Tolerate, Understand
from .line import DoesNotFitError, EditLine
from .rewrites import tolerate


def arrange(deployment: Deployment, edits: Iterable[Edit]) -> Deployment | None:
    """The deployment with all of the edits, in whatever order they are given; None where two of them exclude
    each other. Orders come first, then what is new, so that what is new finds its anchor at its last
    place."""
    given = tuple(dict.fromkeys(edits))
    line = EditLine(deployment)
    orders = sorted((one for one in given if isinstance(one, Order)), key=lambda one: (one.pairs, one.before))
    try:
        for order in orders:
            line.order(order)
        for insert in sorted((one for one in given if isinstance(one, Insert)), key=repr):
            line.insert(insert)
        for amendment in sorted((one for one in given if isinstance(one, Amend)), key=repr):
            line.amend(amendment)
        for wait in sorted((one for one in given if isinstance(one, AddedWait)), key=repr):
            line.wait(wait)
        _omit(line, tuple(one for one in given if isinstance(one, Omit)))
    except DoesNotFitError:
        return None
    gone = {unit for one in given if isinstance(one, Omit) for unit in one.units}
    pairs = [pair for order in orders for pair in order.pairs if not gone & {*pair}]
    if not all(line.is_over_before(*pair) for pair in pairs):
        return None
    if not line.keeps_sequences():
        return None
    steps = line.steps()
    lost = {step.name for step in deployment.pipeline} - {step.name for step in steps}
    if lost & _list_steps_spoken_of(deployment):
        return None
    return _with_settings(_with_changes(replace(deployment, pipeline=steps), given), given)


def _omit(line: EditLine, omissions: tuple[Omit, ...]) -> None:
    """Each unit once. Raises `DoesNotFitError` where something else is about what goes."""
    for one in sorted(omissions, key=lambda one: one.units):
        line.omit(one)


def _with_changes(deployment: Deployment, edits: tuple[Edit, ...]) -> Deployment:
    """What breaks no longer, and flags of which the code understands both forms."""
    tolerated: dict[Contract, frozenset[Pair]] = {}
    for one in (one for one in edits if isinstance(one, Tolerate)):
        tolerated[one.contract] = tolerated.get(one.contract, frozenset()) | one.pairs
    changes: dict[Contract, Change] = {**deployment.changed}
    for contract, pairs in tolerated.items():
        fields: dict[str, Any] = tolerate(changes[contract], pairs)
        changes[contract] = replace(changes[contract], **fields)
    understood = {one.flag for one in edits if isinstance(one, Understand)}
    flags = tuple(replace(one, tolerant=True) if one.name in understood else one for one in deployment.flags)
    return replace(deployment, changes=changes, flags=flags) if tolerated or understood else deployment


def _list_steps_spoken_of(deployment: Deployment) -> set[str]:
    """The steps that something besides the pipeline names, or may name."""
    entries = (name for one in deployment.accept for name in one.within or ())
    spoken = [str(action.when) for action in deployment.actions if action.when is not None]
    spoken += [str(one.formula) for one in deployment.properties]
    readiness = (one.readiness for one in deployment.components.values() if one.readiness)
    spoken += [str(predicate) for one in readiness for _, predicate in one.when]
    names = {step.name for step in deployment.pipeline}
    return {*entries, *(name for name in names if any(name in text for text in spoken))}


def _with_settings(deployment: Deployment, edits: tuple[Edit, ...]) -> Deployment | None:
    settings: dict[tuple[str, str], object] = {}
    for one in (one for one in edits if isinstance(one, Configure)):
        if settings.setdefault((one.component, one.setting), one.value) != one.value:
            return None
    components = dict(deployment.components)
    for (component, setting), value in settings.items():
        fields: dict[str, Any] = {setting: value}
        components[component] = replace(components[component], **fields)
    flags = tuple(sorted((one.flag for one in edits if isinstance(one, AddFlag)), key=lambda flag: flag.name))
    if len({flag.name for flag in flags}) < len(flags) or _guard_twice(flags):
        return None
    return replace(deployment, components=components, flags=(*deployment.flags, *flags))


def _guard_twice(flags: tuple[Any, ...]) -> bool:
    guarded = [contract for flag in flags for contract in flag.guards]
    return len(set(guarded)) < len(guarded)
