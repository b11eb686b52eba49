"""The way back: for each step, whether a failure in it still leaves a safe rollback (paragraph 59 of
docs/semantics.md). Judged on all states, each request's and the deployment's own, where what is known already
does not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.moves import Position
from ...model.compiler.system import Reached, State, passes, search
from ...model.compiler.task import Task, allow_few
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Deployment, Request
from ...model.deployment.formula import Modality, Property
from ...model.kernel.graph import find_leading_to
from ...model.resources.limits import LimitError, StateLimitError
from ..lookups.listing import list_lookups
from ..lookups.lookup import Lookup
from .answers import Answers
from .finding import FormulaFinding, Question, Stall
from .questions import list_questions


class WaysBack(Struct, frozen=True):
    """Each step of the pipeline, and whether there is a safe way back from it; None: unknown, because
    `limit` was hit."""

    steps: tuple[tuple[str, bool | None], ...] = ()
    limit: LimitError | None = None


class KnownBack(Struct, frozen=True):
    """The stops, by index, whose rollback can meet a hazard: that requests meet at their hops, and that the
    deployment meets alone. None: nobody has told. What is accepted is no hazard here: `counts` says of a
    broken lookup whether it is one, `accepted` are the ids of those that the deployment meets alone."""

    hops: frozenset[int] | None = None
    alone: frozenset[int] | None = None
    counts: Callable[[Request, Lookup], bool] = lambda _, __: True
    accepted: frozenset[str] = frozenset()


def find_stops_alone(
    vocabulary: Vocabulary, answers: Answers, accepted: frozenset[str] = frozenset()
) -> frozenset[int] | None:
    """The stops whose rollback meets what the deployment meets alone, as far as the answers to what is asked
    of it tell: where several stops share a rollback they do not, nor of several pipelines, of which others
    may have failed by then, unless nothing is asked but that they come to their ends, and they do."""
    if answers.limit is not None or answers.left_open:
        return None
    if vocabulary.deployment.pipelines:
        asked = list_questions(vocabulary)
        return None if asked.stated or asked.setbacks or answers.found else frozenset()
    back = list_going_back(vocabulary)
    counting = (one for one in answers.found if _is_of_states(one.question) and not _is_spared(one, accepted))
    window = {place for one in counting for place in one.window}
    leading = [list_stops_before(vocabulary, back[place]) for place in window & back.keys()]
    if any(len(stops) > 1 for stops in leading):
        return None
    return frozenset(stop for stops in leading for stop in stops)


def _is_of_states(question: Question) -> bool:
    """Whether it is bad in some states, whatever comes before or after."""
    if isinstance(question, Property):
        return question.formula.modality in (Modality.ALWAYS, Modality.NEVER)
    return True


def _is_spared(found: FormulaFinding, accepted: frozenset[str]) -> bool:
    """Whether it is accepted; a stall keeps a rollback from its end all the same."""
    return found.id in accepted and not isinstance(found.question, Stall)


def list_going_back(vocabulary: Vocabulary) -> dict[int, Position]:
    """The positions (by index) at which a pipeline is in its rollback."""
    return {here.index: here for here in vocabulary.positions if list_stops_before(vocabulary, here)}


def list_stops_before(vocabulary: Vocabulary, here: Position) -> list[int]:
    """The stops that lead to a position of a pipeline's rollback."""
    return sorted(index for index in here.passed if index in vocabulary.stops)


def find_ways_back(task: Task, known: KnownBack | None = None) -> WaysBack:
    """The ways back; none without failures and a rollback. A step that a search has shown to have none has
    none, whatever limit another search hits."""
    deployment = task.deployment
    if not deployment.failures or deployment.rollback is None:
        return WaysBack()
    known = known or KnownBack()
    lost = {*(known.hops or ()), *(known.alone or ())}
    limit: LimitError | None = None
    for search_one in _searches(task, known):
        try:
            lost |= search_one()
        except StateLimitError as hit:  # others may have fewer states
            limit = limit or hit
        except LimitError as hit:
            limit = hit
            break
    failing = {position.step for position in task.vocabulary.positions if position.index in lost}
    has_way_back = None if limit is not None else True
    steps = list_steps_with_rollback(deployment)
    return WaysBack(tuple((step, False if step in failing else has_way_back) for step in steps), limit)


def list_steps_with_rollback(deployment: Deployment) -> tuple[str, ...]:
    """The names of the steps whose pipeline has a rollback."""
    having = {step.pipeline for step in deployment.rollback or ()} if deployment.pipelines else {None}
    return tuple(step.name for step in deployment.pipeline if step.pipeline in having)


def _searches(task: Task, known: KnownBack) -> Iterator[Callable[[], set[int]]]:
    """Searches of the positions at which the pipeline has stopped and can come to something bad: one for
    the deployment alone, one for each request, where that is not known."""

    # Of many pipelines the whole has so many states that a search would never end.
    limits = allow_few(task.limits) if task.deployment.pipelines else task.limits

    def alone() -> set[int]:
        from .judge import TemporalJudge

        judge = TemporalJudge(task.alone, limits)
        return list_stops_that_reach(task.alone, judge.reached, judge.violating(known.accepted))

    def with_request(request: Request) -> set[int]:
        compiled = task.product(request)
        product = search(compiled.system, limits)
        bad = list_breaking(compiled, product, lambda lookup: known.counts(request, lookup))
        return list_stops_that_reach(compiled, product, bad)

    if known.alone is None:
        yield alone
    for request in task.deployment.requests if known.hops is None else ():
        yield partial(with_request, request)


def list_breaking(compiled: Compiled, product: Reached, counts: Callable[[Lookup], bool]) -> list[int]:
    """The states in which a hazard of the request under watch is met that counts."""
    broken = (lookup for lookup in list_lookups(compiled) if lookup.is_broken and counts(lookup))
    tests = [compiled.system.test(lookup.guard) for lookup in broken]
    states = enumerate(product.states)
    return [number for number, state in states if any(passes(state, test) for test in tests)]


def list_failed(compiled: Compiled, states: Iterable[State]) -> list[list[Position]]:
    """For each state where the pipelines stand that have failed, stopped or in their rollback."""
    back = list_going_back(compiled.vocabulary)
    return [[here for here in compiled.where(one) if here.is_stopped or here.index in back] for one in states]


def list_stops_that_reach(compiled: Compiled, reached: Reached, bad: Iterable[int]) -> set[int]:
    """The positions at which a pipeline has stopped and can go on, by a rollback, to a bad state of it, while
    no other fails."""
    failed = list_failed(compiled, reached.states)
    alone = [some[0] if len(some) == 1 else None for some in failed]
    met = (number for number in bad if (here := alone[number]) is not None and not here.is_stopped)
    arrows = ((here, there) for here, there in reached.arrows() if alone[there] is not None)
    found = (alone[number] for number in find_leading_to(met, arrows))
    return {here.index for here in found if here is not None and here.is_stopped}
