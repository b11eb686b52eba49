"""The number of interleavings of a deployment's own moves, without a look at each of their states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import replace
from functools import reduce
from itertools import chain
from math import comb, lgamma, log

from msgspec import Struct

from ....model.compiler.compile import compile_deployment
from ....model.compiler.system import EventKind, Reached, search
from ....model.names import PIPELINE
from ....model.resources.limits import Limits, StateLimitError
from .keep import Keep, SliceNames
from .plan import SlicePlan
from .restrict import Restriction
from .slice import Slice

LISTED_STATES = 20_000
"""Where the units do not move apart from each other, so many states of all of them are listed."""
FAILING_STATES = 5_000
"""The same where actions can fail, or wait for each other: there soon are more."""
MOST_BITS = 200_000
"""Nobody reads a number with more digits than that (60,000); then it is not counted."""

Lengths = dict[int, int]
"""How many paths there are of each length."""
STILL: Lengths = {0: 1}
"""Nothing moves: one empty path. It shuffles with others to these."""


class PositionPaths(Struct, frozen=True):
    """What a unit does while the pipeline stands at one position: its paths, and whether it lets go on."""

    paths: Lengths
    lets_go_on: bool


UnitPaths = list[tuple[range, PositionPaths]]
"""What a unit does at each position of its slice, and the positions of the whole which that covers."""


def count_interleavings(plan: SlicePlan, restriction: Restriction, limits: Limits) -> int | None:
    """The maximal paths of the deployment's own moves, exactly; None where that is not found cheaply.

    Without background moves a unit moves only between the arrival of the pipeline at a position and the
    moment in which the action is over; units that are tied are one here. If it begins and ends there in one
    state only, what it does at one position is independent of what it did before, and of all other units. So
    the paths are the product, over the positions, of the ways to shuffle the paths of the units that move
    there: of two with k and l events, binomial(k + l, k).
    """
    if plan.deployment.failures:
        return _count_by_listing(plan, limits, FAILING_STATES)
    components = plan.deployment.components.values()
    moves_of_itself = any(component.terminates_later or component.migrates for component in components)
    if moves_of_itself or any(
        action.background for step in plan.deployment.pipeline for action in step.actions
    ):
        return _count_by_listing(plan, limits)
    alike: dict[Hashable, list[PositionPaths] | None] = {}  # by the slice's own positions
    units: list[UnitPaths] = []
    for unit in plan.leaders(plan.actions):
        keep = Keep()
        keep.add(unit)
        part = restriction.build(keep, SliceNames())
        if _stands_for_others(part):  # of whom each counts
            return _count_by_listing(plan, limits)
        if part.key not in alike:
            alike[part.key] = _stages(part, limits)
        stages = alike[part.key]
        if stages is None:
            return _count_by_listing(plan, limits)
        units.append([(part.stretches.covers(index), stage) for index, stage in enumerate(stages)])
    return _product(units)


def _stands_for_others(part: Slice) -> bool:
    return bool(part.alike)


def _product(units: Iterable[UnitPaths]) -> int | None:
    """Over the positions up to the one at which some unit holds the pipeline, of those at which something
    moves: the ways to shuffle what moves there."""
    moving: dict[int, list[Lengths]] = {}
    last: list[int] = []
    for covered, stage in chain.from_iterable(units):
        for index in covered if stage.paths != STILL else ():
            moving.setdefault(index, []).append(stage.paths)
        if not stage.lets_go_on:
            last.append(covered.start)
    total = 1
    for index in sorted(moving):
        if index > min(last):
            break
        if least_bits(moving[index]) > MOST_BITS:
            return None
        total *= sum(reduce(shuffle, moving[index]).values())
        if total.bit_length() > MOST_BITS:
            return None
    return total


def least_bits(here: list[Lengths]) -> float:
    """A lower bound for the digits, in binary: the shortest paths, shuffled."""
    shortest = [min(paths) for paths in here]
    return (lgamma(sum(shortest) + 1) - sum(lgamma(length + 1) for length in shortest)) / log(2)


def shuffle(some: Lengths, others: Lengths) -> Lengths:
    found: Lengths = {}
    for k, ways in some.items():
        for length, more in others.items():
            found[k + length] = found.get(k + length, 0) + ways * more * comb(k + length, k)
    return found


def _count_by_listing(plan: SlicePlan, limits: Limits, most: int = LISTED_STATES) -> int | None:
    most = min(limits.listed_states, most)
    if _count_least(plan) > most:  # to compile them all takes long
        return None
    compiled = plan.whole.own_moves
    try:
        return search(compiled.system, replace(limits, max_states=most)).maximal_paths()
    except StateLimitError:
        return None


def _count_least(plan: SlicePlan) -> int:
    """So many states there are at least: each move leads to one, and of units that set out at one position
    each has done so, or not yet."""
    moves = (plan.moves_of.get(unit) for unit in plan.leaders(plan.actions))
    setting_out = Counter(own[0].position for own in moves if own)
    return max(len(plan.whole.vocabulary.moves), 1 << max(setting_out.values(), default=0))


def _stages(part: Slice, limits: Limits) -> list[PositionPaths] | None:
    """What a unit does at each position that the pipeline comes to, on its full machine."""
    rollouts = {name: reduced.full for name, reduced in part.quotients.items()}
    small = replace(part.deployment, max_span=None)
    alone = compile_deployment(small, rollouts=rollouts, traffic=False, course=part.course)
    reached = search(alone.system, limits)
    at = reached.system.index(PIPELINE)
    stages: list[PositionPaths] = []
    entry: set[int] = {0}
    while len(entry) == 1:
        (start,) = entry
        paths, ends = _paths(reached, start)
        if len(ends) != 1:
            return None
        onward = {there for event, there in reached.edges[ends.pop()] if event.kind is EventKind.PIPELINE}
        stages.append(PositionPaths(paths, bool(onward)))
        if not onward:
            return stages
        assert all(reached.states[there][at] == len(stages) for there in onward)
        entry = onward
    return None


def _paths(reached: Reached, start: int) -> tuple[Lengths, set[int]]:
    """The paths by moves alone, by their lengths, and the states in which no move is left."""
    ends: set[int] = set()
    total: Lengths = {}
    layer = {start: 1}
    length = 0
    while layer and length <= len(reached.states):  # a longer one goes round in a circle
        onward: dict[int, int] = {}
        for here, count in layer.items():
            moves = [there for event, there in reached.edges[here] if event.kind is EventKind.MOVE]
            if not moves:
                ends.add(here)
                total[length] = total.get(length, 0) + count
            for there in moves:
                onward[there] = onward.get(there, 0) + count
        layer, length = onward, length + 1
    return total, set() if layer else ends
