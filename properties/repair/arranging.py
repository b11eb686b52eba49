"""Makes edits: a deployment and the edits of some remedies in, the deployment with all of them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...model.deployment import Deployment
from .edits import AddFlag, Configure, Edit, Insert, Order, Wait
from .line import DoesNotFitError, Line


def arrange(deployment: Deployment, edits: Iterable[Edit]) -> Deployment | None:
    """The deployment with all of the edits, in whatever order they are given; None where two of them exclude
    each other. Orders come first, then what is new, so that what is new finds its anchor at its last
    place."""
    given = tuple(dict.fromkeys(edits))
    line = Line(deployment)
    orders = sorted((one for one in given if isinstance(one, Order)), key=lambda one: (one.pairs, one.before))
    try:
        for order in orders:
            line.order(order)
        for insert in sorted((one for one in given if isinstance(one, Insert)), key=repr):
            line.insert(insert)
        for wait in sorted((one for one in given if isinstance(one, Wait)), key=repr):
            line.wait(wait)
    except DoesNotFitError:
        return None
    if not all(line.is_over_before(*pair) for order in orders for pair in order.pairs):
        return None
    steps = line.steps()
    gone = {step.name for step in deployment.pipeline} - {step.name for step in steps}
    if gone & _list_steps_spoken_of(deployment):
        return None
    return _with_settings(replace(deployment, pipeline=steps), given)


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
