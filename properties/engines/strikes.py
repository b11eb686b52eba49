"""Where a hazard strikes: the states of the deployment alone in which a request can meet it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.system import State, passes, search
from ...model.deployment import Deployment
from ...model.machines.rollout_strategies import Rollout
from ...model.resources.limits import Limits
from ..lookups import Lookup, lookups
from ..verdict import Hazard


def struck_states(
    deployment: Deployment, hazard: Hazard, limits: Limits, rollouts: Mapping[str, Rollout] | None = None
) -> frozenset[State]:
    """The states of the deployment's space in which the hazard's hop can fail as the hazard says, at least
    for some request that was begun before. `rollouts` are those that the hazard was found with.

    Raises `LimitError` where the request's product is too large to be listed, `LookupError` if the hazard
    is no request's.
    """
    return Strikes(deployment, limits, rollouts).states(hazard)


class Strikes:
    """The struck states of one hazard after the other; the product of a request is listed but once for its
    hazards, if they follow each other."""

    def __init__(
        self, deployment: Deployment, limits: Limits, rollouts: Mapping[str, Rollout] | None = None
    ) -> None:
        self._deployment, self._limits, self._rollouts = deployment, limits, rollouts
        self._request: str | None = None
        self._compiled: Compiled
        self._states: Collection[State]

    def states(self, hazard: Hazard) -> frozenset[State]:
        """As `struck_states`."""
        if hazard.request is None:
            raise LookupError(f"{hazard.kind} {hazard.property!r} strikes no request")
        self._list(hazard.request)
        compiled, system = self._compiled, self._compiled.system
        broken = [one.guard for one in lookups(compiled) if one.is_broken and _is_of(one, hazard)]
        tests = [system.test(guard) for guard in broken]
        return frozenset(
            state[: compiled.own_variables]
            for state in self._states
            if any(passes(state, test) for test in tests)
        )

    def _list(self, name: str) -> None:
        """Lists the product of the request of that name."""
        if name != self._request:
            request = next(one for one in self._deployment.requests if one.name == name)
            self._compiled = compile_deployment(self._deployment, request, rollouts=self._rollouts)
            self._states = search(self._compiled.system, self._limits).states
            self._request = name


def _is_of(lookup: Lookup, hazard: Hazard) -> bool:
    said = lookup.hop, lookup.kind, lookup.aspect, lookup.consumer_version, lookup.provider_version
    return said == (hazard.hop, hazard.kind, hazard.aspect, hazard.consumer_version, hazard.provider_version)
