"""Where a hazard strikes: the states of the deployment alone in which a request can meet it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...model.compiler.compile import Compiled
from ...model.compiler.system import State, passes, search
from ...model.compiler.task import Task
from ...model.deployment import Deployment
from ...model.machines.rollouts import Rollout
from ...model.resources.limits import Limits
from ..lookups.listing import list_lookups
from ..verdict import HopHazard


def find_struck_states(
    deployment: Deployment, hazard: HopHazard, limits: Limits, rollouts: Mapping[str, Rollout] | None = None
) -> frozenset[State]:
    """The states of the deployment's space in which the hazard's hop can fail as the hazard says, at least
    for some request that was begun before. `rollouts` are those that the hazard was found with.

    Raises `LimitError` where the request's product is too large to be listed.
    """
    return Strikes(Task(deployment, rollouts, limits)).states(hazard)


class Strikes:
    """The struck states of one hazard after the other; the product of a request is listed but once for its
    hazards, if they follow each other."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._request: str | None = None
        self._compiled: Compiled
        self._states: Collection[State]

    def states(self, hazard: HopHazard) -> frozenset[State]:
        """As `find_struck_states`."""
        self._list(hazard.request)
        compiled, system = self._compiled, self._compiled.system
        broken = [one.guard for one in list_lookups(compiled) if one.is_broken and one.key == hazard.key]
        tests = [system.test(guard) for guard in broken]
        return frozenset(
            state[: compiled.own_variables]
            for state in self._states
            if any(passes(state, test) for test in tests)
        )

    def _list(self, name: str) -> None:
        """Lists the product of the request of that name."""
        if name != self._request:
            request = next(one for one in self._task.deployment.requests if one.name == name)
            self._compiled = self._task.product(request)
            self._states = search(self._compiled.system, self._task.limits).states
            self._request = name
