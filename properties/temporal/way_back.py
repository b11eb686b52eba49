"""The way back: for each step, whether a failure in it still leaves a safe rollback (paragraph 59 of
docs/semantics.md). Judged on all states, each request's and the deployment's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.system import Reached, passes, search
from ...model.deployment import Deployment
from ...model.kernel.graph import coming_to, reachable
from ...model.machines.rollout_strategies import Rollout
from ...model.names import PIPELINE
from ...model.resources.limits import Limits
from ..lookups import lookups
from .judge import TemporalJudge

WaysBack = tuple[tuple[str, bool], ...]
"""Each step of the pipeline, and whether there is a safe way back from it."""


def ways_back(deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits) -> WaysBack:
    """Each step with whether there is a way back; nothing without failures and a rollback.

    Raises `LimitError` where a limit is hit.
    """
    if not deployment.failures or deployment.rollback is None:
        return ()
    alone = compile_deployment(deployment, rollouts=rollouts)
    judge = TemporalJudge(alone, limits)
    lost = _stops_that_reach(alone, judge.reached, judge.violating())
    for request in deployment.requests:
        compiled = compile_deployment(deployment, request, rollouts=rollouts)
        product = search(compiled.system, limits)
        lost |= _stops_that_reach(compiled, product, _breaking(compiled, product))
    failing = {alone.vocabulary.positions[index].step for index in lost}
    return tuple((step.name, step.name not in failing) for step in deployment.pipeline)


def _breaking(compiled: Compiled, product: Reached) -> Iterable[int]:
    """The states in which a hazard of the request is met."""
    tests = [compiled.system.test(lookup.guard) for lookup in lookups(compiled) if lookup.is_broken]
    states = enumerate(product.states)
    return (number for number, state in states if any(passes(state, test) for test in tests))


def _stops_that_reach(compiled: Compiled, reached: Reached, bad: Iterable[int]) -> set[int]:
    """The positions at which the pipeline has stopped and can go on, by a rollback, to a bad state of it."""
    positions = compiled.vocabulary.positions
    at, back = compiled.system.index(PIPELINE), _rollback_positions(compiled)
    met = (number for number in bad if reached.states[number][at] in back)
    places = {reached.states[number][at] for number in coming_to(met, reached.arrows())}
    return {place for place in places if positions[place].is_stopped}


def _rollback_positions(compiled: Compiled) -> set[int]:
    """The positions of rollbacks: those that a stop leads to, and what follows them."""
    onward, positions = compiled.vocabulary.course.onward, compiled.vocabulary.positions
    starts = (there for here in positions if here.is_stopped for there in onward[here.index])
    return set(reachable(starts, onward.__getitem__))
