"""The symbolic engine: sets of states as binary decision diagrams, whole, without slices.

It answers what the reference engine answers, and must agree with it in everything; it is for
deployments whose states are too many to list. Reachability is chained; layers are computed only
where a hazard wants its shortest story, and graded, so that they are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from msgspec import Struct

from ....model.compiler.compile import Compiled
from ....model.compiler.system import search
from ....model.compiler.task import Task
from ....model.resources.limits import Limits
from ...acceptance import is_lookup_accepted
from ...lookups.lookup import HazardKey, HazardKind
from ...temporal.answers import Answers
from ...temporal.questions import Questions
from ...verdict import Beside
from ..protocol import Engine, EngineUnavailableError, Extras, HopFinding, Judgement, RequestJudgement
from ..registry import ENGINES
from .alone import DeploymentStates
from .encoding import Manager
from .going_back import list_stops_that_reach
from .library import Bdd, import_oxidd
from .limits import Watch, limit_memory
from .order import order_variables
from .product import Product, ReachableLookup
from .temporal import answer_questions

LISTED_STATES = 100_000
"""Interleavings are counted by listing the states of the deployment's own moves, at most so many."""


class Symbolic(Struct, frozen=True):
    """The engine."""

    name: str = "symbolic"
    summary: str = ENGINES["symbolic"].summary

    def refuses(self, task: Task) -> str | None:  # noqa: ARG002 - the library can be missing, and nothing else
        try:
            import_oxidd()
        except EngineUnavailableError as missing:
            return str(missing)
        return None

    def judge(self, task: Task) -> Judgement:
        with limit_memory(task.limits):
            return judge(task)

    def answer(self, task: Task, questions: Questions) -> Answers:
        return answer_questions(task.alone, questions, task.limits)


ENGINE: Engine = Symbolic()


def judge(task: Task) -> Judgement:
    """Everything about the deployment, by diagrams of all of it.

    Raises `EngineUnavailableError` where `oxidd` is missing. `states` and `transitions` are exact up to
    2**53, beyond it to the nearest float; `interleavings` is None where the own moves have more
    states than are listed: diagrams count states, not paths.
    """
    limits, extras = task.limits, Extras(task.limits)
    watch, requests = Watch(limits), task.products
    systems = [*(product.system for product in requests), task.alone.system]
    manager = Manager(order_variables(systems), limits.memory_left_mib())
    alone = DeploymentStates(task.alone, manager, watch)
    products = [Product(product, manager, watch) for product in requests]
    hazards = [_find_hazards(product, alone) for product in products]
    avoidable = alone.is_passable(
        alone.encoding.any(one.hits[key] for one in hazards for key in one.counting)
    )
    found = [found for one in limits.progress.each(hazards) for found in _found(alone, one, avoidable)]
    return Judgement(
        engine="symbolic",
        found=tuple(found),
        avoidable=avoidable,
        residue=extras.ask(Beside.RESIDUE, lambda: tuple(alone.residue())) or (),
        mixed=frozenset().union(*(product.mixed for product in products)),
        states=sum(product.states for product in products),
        transitions=sum(product.transitions for product in products),
        interleavings=extras.ask(Beside.INTERLEAVINGS, lambda: _interleavings(task, manager)),
        left_open=extras.left_open,
        met_going_back=_list_met_going_back(task, alone, hazards),
    )


def _list_met_going_back(
    task: Task, alone: DeploymentStates, hazards: Iterable[ProductHazards]
) -> frozenset[int] | None:
    """The stops in whose rollback a hazard is met that counts; None where nobody asks."""
    if not (task.deployment.failures and task.deployment.rollback):
        return None
    counting = ((one.product, [met for key in one.counting for met in one.by_key[key]]) for one in hazards)
    return frozenset(
        stop
        for product, mets in counting
        if mets
        for stop in list_stops_that_reach(product, _union(alone, mets))
    )


def judge_request(alone: Compiled, product: Compiled, limits: Limits) -> RequestJudgement:
    """The hazards of the request that `product` watches, in the deployment `alone`; both may be parts of one.
    Raises `LimitError`, and `EngineUnavailableError` where `oxidd` is missing."""
    with limit_memory(limits):
        watch = Watch(limits)
        manager = Manager(order_variables([product.system, alone.system]), limits.memory_left_mib())
        one, states = Product(product, manager, watch), DeploymentStates(alone, manager, watch)
        found = tuple(_found(states, _find_hazards(one, states), avoidable=False))
        return RequestJudgement(found, one.mixed, one.states, one.transitions)


class ProductHazards(Struct, frozen=True):
    """The hazards of a request: for each the lookups that break, in the order of the answer, and the states
    of the deployment in which a request served at once meets it. `counting` are those not accepted."""

    product: Product
    by_key: Mapping[HazardKey, list[ReachableLookup]]
    hits: Mapping[HazardKey, Bdd]
    counting: frozenset[HazardKey]


def _find_hazards(product: Product, alone: DeploymentStates) -> ProductHazards:
    by_key = _by_key(product)
    return ProductHazards(product, by_key, _hits(product, by_key), _find_counting(alone, product, by_key))


def _by_key(product: Product) -> dict[HazardKey, list[ReachableLookup]]:
    """The lookups that break, by the hazard that they are, in the order of the answer."""
    by_key: dict[HazardKey, list[ReachableLookup]] = {}
    for met in product.met:
        if met.lookup.is_broken:
            by_key.setdefault(met.lookup.key, []).append(met)
    return dict(sorted(by_key.items(), key=lambda item: (item[0][0], *map(str, item[0][1:]))))


def _find_counting(
    alone: DeploymentStates, product: Product, by_key: Mapping[HazardKey, list[ReachableLookup]]
) -> frozenset[HazardKey]:
    """Those that are not accepted."""
    compiled = product.compiled
    if not compiled.vocabulary.deployment.accept:
        return frozenset(by_key)
    assert compiled.walker is not None
    request, places = compiled.walker.request, product.encoding.places
    return frozenset(
        key
        for key, mets in by_key.items()
        if not is_lookup_accepted(compiled.vocabulary, request, mets[0].lookup, places(_union(alone, mets)))
    )


def _union(alone: DeploymentStates, mets: list[ReachableLookup]) -> Bdd:
    states = alone.encoding.false
    for met in mets:
        states |= met.states
    return states


def _hits(product: Product, by_key: Mapping[HazardKey, list[ReachableLookup]]) -> dict[HazardKey, Bdd]:
    """For each hazard the states of the deployment in which a request served at once meets it."""
    hits = {}
    for key, mets in by_key.items():
        guards = product.encoding.false
        for met in (
            mets if key[1] is not HazardKind.INTERRUPTED else ()
        ):  # at once: no retirement comes between
            guards |= product.encoding.states(met.lookup.guard)
        hits[key] = product.hit(guards)
    return hits


def _found(alone: DeploymentStates, hazards: ProductHazards, avoidable: bool) -> Iterator[HopFinding]:
    product, by_key = hazards.product, hazards.by_key
    goals = {key: _union(alone, mets) for key, mets in by_key.items()}
    spans = product.spans(list(goals.values()))
    complete = product.encoding.satisfying(product.compiled.complete())
    for (key, goal), span in zip(goals.items(), spans, strict=True):
        story, end = product.rings.run(goal)
        yield HopFinding(
            compiled=product.compiled,
            lookup=next(
                met.lookup for met in by_key[key] if product.compiled.system.holds(end, met.lookup.guard)
            ),
            story=story,
            window=product.encoding.positions(goal),
            together=product.compiled.tell_together(product.encoding.places(goal)),
            span=span,
            # A run that meets no hazard at all meets not this one; one that is accepted it may meet.
            inevitable=not (avoidable and key in hazards.counting)
            and not alone.is_passable(hazards.hits[key]),
            for_ever=goal & complete != product.encoding.false,
        )


def _interleavings(task: Task, manager: Manager) -> int | None:
    """The maximal paths of the deployment's own moves, if the states on them are few enough to list."""
    limits, own_moves = task.limits, task.own_moves
    with limit_memory(limits):
        alone = DeploymentStates(own_moves, manager, Watch(limits))
        if alone.encoding.count(alone.reached) > LISTED_STATES:
            return None
    return search(own_moves.system, replace(limits, max_states=LISTED_STATES)).maximal_paths()
