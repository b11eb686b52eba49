"""Actions on whole stores, contract by contract, so that one contract can go before another: a migration
that adds a column and drops one is two migrations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...model.compiler.moves import list_subjects
from ...model.deployment import Action, Deployment, Instruction
from ...model.names import Contract, Target

SPREAD = frozenset({Instruction.MIGRATE, Instruction.RECONFIGURE, Instruction.SYNC, Instruction.BACKFILL})
"""What can be written contract by contract, and does the same then."""


def spread(deployment: Deployment) -> Deployment:
    """The same deployment, in which such actions name each contract that they move."""
    return _with_actions(deployment, lambda action: replace(action, targets=_spread(deployment, action)))


def gather(deployment: Deployment, original: Deployment) -> Deployment:
    """The deployment with whole stores where all of their contracts stand side by side again. An action that
    the original has stays as it is."""
    kept = {action for step in original.pipeline for action in step.actions}

    def write(action: Action) -> Action:
        if action in kept or action.instruction not in SPREAD:
            return action
        return replace(action, targets=_gather(deployment, action))

    return _with_actions(deployment, write)


def _with_actions(deployment: Deployment, write: Callable[[Action], Action]) -> Deployment:
    steps = tuple(replace(step, actions=tuple(map(write, step.actions))) for step in deployment.pipeline)
    return deployment if steps == deployment.pipeline else replace(deployment, pipeline=steps)


def _spread(deployment: Deployment, action: Action) -> tuple[Target, ...]:
    if action.instruction not in SPREAD:
        return action.targets
    return tuple(one for target in action.targets for one in _list_parts(deployment, action, target))


def _list_parts(deployment: Deployment, action: Action, target: Target) -> tuple[Target, ...]:
    """The target contract by contract, where there are several."""
    if target.subject is not None:
        return (target,)
    found = list_subjects(deployment, action.instruction, target)
    parts = tuple(Target(one.provider, one.subject) for one in found if isinstance(one, Contract))
    return parts if len(parts) > 1 else (target,)


def _gather(deployment: Deployment, action: Action) -> tuple[Target, ...]:
    kept: list[Target] = []
    left = list(action.targets)
    while left:
        whole = Target(left[0].name)
        parts = _list_parts(deployment, action, whole)
        if set(parts) <= set(left):
            left = [one for one in left if one not in parts]
            kept.append(whole)
        else:
            kept.append(left.pop(0))
    return tuple(kept)
