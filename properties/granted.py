"""What a deployment's file could say and does not: it is taken for granted, and told with every verdict."""

from __future__ import annotations

from ..model.deployment import Component, Deployment
from .verdict import Granted


def find_granted(deployment: Deployment) -> dict[Granted, tuple[str, ...]]:
    """What is taken for granted, of which components; what is of none is missing."""
    steady = (name for name, component in deployment.components.items() if _could_restart(component))
    found = {Granted.RESTARTS: tuple(steady)}
    return {what: names for what, names in found.items() if names}


def _could_restart(component: Component) -> bool:
    """Its instances could restart, and nothing is said of that."""
    is_own = component.machine is not None or component.stays
    return component.kind.has_instances and not is_own and not component.restarts
