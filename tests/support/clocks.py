"""Rollouts played with clocks and single requests: what the expected number of failures is judged by.

Nothing of `properties/exposure` is used: events wait for exponential times, requests come at random and pick
single instances, hop by hop, from the machines' counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from math import sqrt

from skewproof.model.compiler.causes import HopCause, MoveCause, PipelineCause
from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.system import Event, State
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Aspect
from skewproof.model.names import REQUEST, content_of, instances_of
from skewproof.properties.lookups.listing import list_lookups
from skewproof.properties.lookups.lookup import HazardKind, Lookup

Mean = Callable[[Event], float]


def play(draw: random.Random, task: Task, rates: dict[str, float], mean: Mean) -> int:
    """How many requests fail in one run of the rollout."""
    alone = task.own_moves
    state, failed = alone.system.initial, 0
    products = {
        product.walker.request.name: product for product in task.products if product.walker is not None
    }
    while not alone.is_complete(state):
        onward = [(event, there) for event, there in alone.system.successors(state) if there != state]
        at_once = [there for event, there in onward if not mean(event)]
        if at_once:
            state = draw.choice(at_once)
            continue
        clocks = [(draw.expovariate(1 / mean(event)), number) for number, (event, _) in enumerate(onward)]
        waited, first = min(clocks)
        came, name = min((draw.expovariate(rate), name) for name, rate in rates.items())
        if came < waited:  # nothing remembers how long it has waited
            is_failed, state = meet(draw, products[name], state)
            failed += is_failed
            continue
        state = onward[first][1]
    return failed


def meet(draw: random.Random, product: Compiled, own: State) -> tuple[bool, State]:
    """Whether a request that comes in this state fails, instance by instance, and how it leaves the
    deployment: with what it has written."""
    state = (*own, *product.system.initial[product.own_variables :])
    at = product.system.index(REQUEST)
    assert product.walker is not None
    broken = [
        one for one in list_lookups(product) if one.is_broken and one.kind is not HazardKind.INTERRUPTED
    ]
    while state[at] < len(product.walker.request.hops):
        met = [one for one in broken if product.system.holds(state, one.guard)]
        if any(one.kind is HazardKind.UNAVAILABLE for one in met):
            return True, state[: len(own)]
        hops = [one for one in product.system.enabled(state) if isinstance(one.cause, HopCause)]
        if not hops:
            return False, state[: len(own)]
        event = _pick(draw, product, state, hops)
        assert isinstance(event.cause, HopCause)
        found = _find_form(draw, product, state, event.cause)
        if any(_breaks(one, event.cause, found) for one in met):
            return True, state[: len(own)]
        state = product.system.successor(state, event)
    return False, state[: len(own)]


def _find_form(draw: random.Random, product: Compiled, state: State, cause: HopCause) -> str | None:
    """The form that a read finds: one of those that lie there, unless the event says which."""
    if cause.hop.verb.is_call or content_of(cause.hop.contract) not in product.vocabulary.lives:
        return None
    value = product.system.value(state, content_of(cause.hop.contract))
    assert isinstance(value, Standing)
    return cause.provider or draw.choice(value.state.split(" + "))


def _breaks(one: Lookup, cause: HopCause, found: str | None) -> bool:
    if one.aspect is Aspect.CONTENT:
        return one.provider_version == found
    return one.callee in (None, cause.provider)


def _pick(draw: random.Random, product: Compiled, state: State, hops: list[Event]) -> Event:
    """By an instance that is there."""
    hop = hops[0].cause
    assert isinstance(hop, HopCause)
    if not hop.hop.verb.is_call:
        return draw.choice(hops)
    value = product.system.value(state, instances_of(hop.hop.provider))
    assert isinstance(value, Standing)
    counts = product.vocabulary.rollouts[hop.hop.provider].counts[value.state]
    version = draw.choice([version for version, count in counts.items() for _ in range(count)])
    return draw.choice([e for e in hops if isinstance(e.cause, HopCause) and e.cause.provider == version])


def play_slow(draw: random.Random, task: Task, name: str, rate: float, mean: Mean, hop: Mean) -> int:
    """How many requests fail in one run of the rollout whose hops take so long, each with a rollout of its
    own from the moment on at which it comes; those that are under way at the beginning came before."""
    alone = task.own_moves
    state, failed = alone.system.initial, 0
    (product,) = (one for one in task.products if one.walker and one.walker.request.name == name)
    before = 60 * sum(hop(e) for e in product.system.events if isinstance(e.cause, HopCause)) + 1
    moment = -before
    while (moment := moment + draw.expovariate(rate)) < 0:
        failed += walk(draw, product, state, mean, hop, quiet=-moment)
    while not alone.is_complete(state):
        onward = [(event, there) for event, there in alone.system.successors(state) if there != state]
        at_once = [there for event, there in onward if not mean(event)]
        if at_once:
            state = draw.choice(at_once)
            continue
        waited, first = min((draw.expovariate(1 / mean(e)), number) for number, (e, _) in enumerate(onward))
        moment = 0.0
        while (moment := moment + draw.expovariate(rate)) < waited:
            failed += walk(draw, product, state, mean, hop)
        state = onward[first][1]
    return failed


def walk(
    draw: random.Random, product: Compiled, own: State, mean: Mean, hop: Mean, *, quiet: float = 0.0
) -> bool:
    """Whether a request that comes in this state fails while the rollout goes on around it; for so many
    seconds nothing else happens."""
    state = (*own, *product.system.initial[product.own_variables :])
    at = product.system.index(REQUEST)
    assert product.walker is not None
    broken = [one for one in list_lookups(product) if one.is_broken]
    broken = [one for one in broken if one.kind is not HazardKind.INTERRUPTED]
    pause, end = 0.0, len(product.walker.request.hops)
    while True:
        if quiet > 0:
            quiet, pause = quiet - pause, 0.0 if quiet > pause else pause - quiet
        moves: dict[object, list[Event]] = {}
        for event in product.system.enabled(state):
            if isinstance(event.cause, MoveCause):
                same = event.cause.variable, event.cause.source, event.cause.target
                moves.setdefault(same, []).append(event)
            elif isinstance(event.cause, PipelineCause):
                moves[event.cause] = [event]
        at_once = [events[0] for events in moves.values() if not mean(events[0])]
        waits = [
            (draw.expovariate(1 / mean(some[0])), n) for n, some in enumerate(moves.values()) if mean(some[0])
        ]
        first = min(waits, default=(float("inf"), 0))
        if quiet <= 0 and pause > 0 and at_once:
            state = product.system.successor(state, draw.choice(at_once))
            continue
        if quiet <= 0 and first[0] < pause:
            pause -= first[0]
            event = _whom(draw, product, state, list(moves.values())[first[1]])
            if event.cut is not None:
                return True
            state = product.system.successor(state, event)
            continue
        met = [one for one in broken if product.system.holds(state, one.guard)]
        if any(one.kind is HazardKind.UNAVAILABLE for one in met):
            return True
        hops = [one for one in product.system.enabled(state) if isinstance(one.cause, HopCause)]
        event = _pick(draw, product, state, hops)
        assert isinstance(event.cause, HopCause)
        if any(one.callee in (None, event.cause.provider) for one in met):
            return True
        state = product.system.successor(state, event)
        if state[at] == end:
            return False
        pause = draw.expovariate(1 / hop(event)) if hop(event) else 0.0


def _whom(draw: random.Random, product: Compiled, state: State, alike: list[Event]) -> Event:
    """One of the events by which an instance goes: the request's own, as likely as any of its version."""
    cutting = [event for event in alike if event.cut is not None]
    if not cutting or cutting[0].cut is None:
        return alike[0]
    value = product.system.value(state, alike[0].cause.variable)  # type: ignore[union-attr]
    assert isinstance(value, Standing)
    counts = product.vocabulary.rollouts[alike[0].cause.variable.owner].counts[value.state]  # type: ignore[union-attr]
    others = [event for event in alike if event.cut is None]
    return (
        draw.choice(cutting)
        if draw.random() < 1 / counts[cutting[0].cut.version] or not others
        else others[0]
    )


def estimate(
    seed: int, task: Task, rates: dict[str, float], mean: Mean, runs: int
) -> tuple[float, float, float]:
    """The mean number of failures, four times its standard error, and the share of runs without any."""
    draw = random.Random(seed)
    counts = [play(draw, task, rates, mean) for _ in range(runs)]
    average = sum(counts) / runs
    variance = sum((count - average) ** 2 for count in counts) / (runs - 1)
    return average, 4 * sqrt(variance / runs), sum(not count for count in counts) / runs


def mean_of(durations: dict[str, float]) -> Mean:
    """The mean time of an event, by the first word of what it does."""

    def mean(event: Event) -> float:
        if isinstance(event.cause, PipelineCause):
            return 0.0
        assert isinstance(event.cause, MoveCause)
        word = event.cause.trigger.split(" ")[0]
        return durations[word if word in durations else str(event.cause.instruction)]

    return mean
