"""All slips of a deployment: those that can be read off it, and those that its answer tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ...model.deployment import Deployment
from ...model.machines.rollouts import Rollout
from ...model.names import Place
from ..verdict import Answer
from .answered import list_answered
from .moving import list_moving
from .slip import Slip
from .unread import list_unread

_OF_ACTIONS = ("nothing-to-move", "already-there", "in-vain")
_NOWHERE = Place("", 0, 0)


def find_slips(
    deployment: Deployment, answer: Answer | None = None, rollouts: Mapping[str, Rollout] | None = None
) -> tuple[Slip, ...]:
    """The slips, in the order of the file; those that only an answer tells are missing without one.
    `rollouts` are lives of the user's own."""
    whole = replace(deployment, failures=False)
    found = [*list_unread(whole), *list_moving(whole, rollouts)]
    if answer is not None:
        found += list_answered(answer, whole)
    found += _list_steps(whole, found)
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.place or _NOWHERE, one.word)))


def _list_steps(deployment: Deployment, found: Iterable[Slip]) -> Iterator[Slip]:
    """The steps of which every action is a slip. (A step without actions is a stage with a name.)"""
    idle = {slip.place for slip in found if slip.word in _OF_ACTIONS}
    for step in deployment.pipeline:
        if step.actions and all(action.place in idle for action in step.actions):
            text = f"no action of step `{step.name}` does anything"
            yield Slip("idle-step", step.name, text, step.place, "take it out, or mend its actions")
