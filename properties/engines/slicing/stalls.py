"""Stalls, seen on reduced machines: large deployments need not be listed, nor their machines, for this."""

from __future__ import annotations

from ....model.compiler.compile import compile_deployment
from ...task import Task
from ...temporal.stall import cannot_stall
from .plan import Plan
from .restrict import Restriction
from .scope import NotSliceableError, refuse_rollouts, refuse_unknown


def plainly_cannot_stall(task: Task) -> bool:
    """Whether it is plain that the pipeline cannot stall (`stall.cannot_stall`); False: unknown.

    That a complete state can be reached from each state is the same question on the quotients: states of a
    class can reach the same classes, and whether a move is over is a matter of the class.
    """
    deployment, rollouts = task.deployment, task.rollouts
    try:
        refuse_unknown(deployment)
        refuse_rollouts(rollouts or {})
    except NotSliceableError:
        return False
    restriction = Restriction(Plan(deployment, rollouts or {}))
    fleets = (name for name, component in deployment.components.items() if component.kind.has_instances)
    reduced = {name: restriction.quotient_of(name).rollout for name in fleets}
    return cannot_stall(compile_deployment(deployment, rollouts=reduced), task.limits)
