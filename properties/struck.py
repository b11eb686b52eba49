"""Where a hazard strikes: the states of the deployment alone in which a request can meet it."""

from __future__ import annotations

from collections.abc import Mapping

from ..model.compiler import compile_deployment
from ..model.deployment import Deployment
from ..model.limits import Limits
from ..model.search import search
from ..model.strategies import Rollout
from ..model.system import State, passes
from .lookups import Lookup, lookups
from .verdict import Hazard


def struck_states(
    deployment: Deployment, hazard: Hazard, limits: Limits, rollouts: Mapping[str, Rollout] | None = None
) -> frozenset[State]:
    """The states of the deployment's space in which the hazard's hop can fail as the hazard says, at least
    for some request that was begun before. `rollouts` are those that the hazard was found with.

    Raises `LimitError` where the request's product is too large to be listed, `LookupError` if the hazard
    is no request's.
    """
    request = next((one for one in deployment.requests if one.name == hazard.request), None)
    if request is None:
        raise LookupError(f"{hazard.kind} {hazard.property!r} strikes no request")
    compiled = compile_deployment(deployment, request, rollouts=rollouts)
    product, system = search(compiled, limits), compiled.system
    broken = [one.guard for one in lookups(compiled) if one.is_broken and _is_of(one, hazard)]
    tests = [system.test(guard) for guard in broken]
    return frozenset(
        state[: compiled.own_variables]
        for state in product.states
        if any(passes(state, test) for test in tests)
    )


def _is_of(lookup: Lookup, hazard: Hazard) -> bool:
    said = lookup.hop, lookup.kind, lookup.aspect, lookup.consumer_version, lookup.provider_version
    return said == (hazard.hop, hazard.kind, hazard.aspect, hazard.consumer_version, hazard.provider_version)
