"""The way back: for each step, whether a failure in it still leaves a safe rollback (paragraph 59 of
docs/semantics.md). Judged on all states, each request's and the deployment's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Reached, passes, search
from ...model.kernel.graph import find_leading_to, find_reachable
from ...model.names import PIPELINE
from ...model.resources.limits import LimitError, StateLimitError
from ..lookups import list_lookups
from ..task import Task
from .judge import TemporalJudge


@dataclass(frozen=True, slots=True)
class WaysBack:
    """Each step of the pipeline, and whether there is a safe way back from it; None: unknown, because
    `limit` was hit."""

    steps: tuple[tuple[str, bool | None], ...] = ()
    limit: LimitError | None = None


def find_ways_back(task: Task) -> WaysBack:
    """The ways back; none without failures and a rollback. A step that a search has shown to have none has
    none, whatever limit another search hits."""
    deployment = task.deployment
    if not deployment.failures or deployment.rollback is None:
        return WaysBack()
    lost: set[int] = set()
    limit: LimitError | None = None
    for search_one in _searches(task):
        try:
            lost |= search_one()
        except StateLimitError as hit:  # others may have fewer states
            limit = limit or hit
        except LimitError as hit:
            limit = hit
            break
    failing = {task.vocabulary.positions[index].step for index in lost}
    has_way_back = None if limit is not None else True
    steps = ((step.name, False if step.name in failing else has_way_back) for step in deployment.pipeline)
    return WaysBack(tuple(steps), limit)


def _searches(task: Task) -> Iterator[Callable[[], set[int]]]:
    """Searches of the positions at which the pipeline has stopped and can come to something bad: one for
    the deployment alone, one for each request."""

    def alone() -> set[int]:
        judge = TemporalJudge(task.alone, task.limits)
        return _stops_that_reach(task.alone, judge.reached, judge.violating())

    def with_request(compiled: Compiled) -> set[int]:
        product = search(compiled.system, task.limits)
        return _stops_that_reach(compiled, product, _breaking(compiled, product))

    yield alone
    for request in task.deployment.requests:
        yield partial(with_request, task.product(request))


def _breaking(compiled: Compiled, product: Reached) -> Iterable[int]:
    """The states in which a hazard of the request is met."""
    tests = [compiled.system.test(lookup.guard) for lookup in list_lookups(compiled) if lookup.is_broken]
    states = enumerate(product.states)
    return (number for number, state in states if any(passes(state, test) for test in tests))


def _stops_that_reach(compiled: Compiled, reached: Reached, bad: Iterable[int]) -> set[int]:
    """The positions at which the pipeline has stopped and can go on, by a rollback, to a bad state of it."""
    positions = compiled.vocabulary.positions
    at, back = compiled.system.index(PIPELINE), _rollback_positions(compiled)
    met = (number for number in bad if reached.states[number][at] in back)
    places = {reached.states[number][at] for number in find_leading_to(met, reached.arrows())}
    return {place for place in places if positions[place].is_stopped}


def _rollback_positions(compiled: Compiled) -> set[int]:
    """The positions of rollbacks: those that a stop leads to, and what follows them."""
    onward, positions = compiled.vocabulary.course.onward, compiled.vocabulary.positions
    starts = (there for here in positions if here.is_stopped for there in onward[here.index])
    return set(find_reachable(starts, onward.__getitem__))
