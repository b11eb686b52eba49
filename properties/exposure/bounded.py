"""At most so many requests that take time fail, in a rollout that is too large to be followed with a walker.

Each hop of a request happens at its rate at any time, however long the request takes. It can fail there only
while what the lookup asks of the deployment holds. The instance on which the request stands, if its version
is asked for, is there, or has gone since the request called it: then it was under way at that moment, as are
so many as come within the time that it takes. The same goes for each retirement that cuts requests off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod

from ...model.compiler.life_variables import Standing as Place
from ...model.compiler.system import State
from ...model.compiler.task import Task
from ...model.compiler.walker import Walker
from ...model.deployment import Drain, Request
from ...model.deployment.timing import HOP
from ...model.names import Held, VariableKind, instances_of
from ..lookups.listing import list_hop_lookups
from .apart import TimedStay
from .quadrature import compute_integrals

WITHIN = 1e-6
"""How exactly the mean over a piece of time is found."""

Window = tuple[tuple[int, frozenset[int]], ...]
"""Places in a state of the deployment with the ranks that each may have, for one hop to fail."""


def limit_failures(task: Task, request: Request, rate: Fraction, stays: Sequence[TimedStay]) -> float:
    """How many of a request are expected to fail at most."""
    walker = Walker(task.vocabulary, request)
    timing = task.deployment.timing
    lengths = [float(timing.seconds(hop.provider, HOP) or 0) for hop in request.hops]
    total = 0.0
    for number in range(1, len(request.hops) + 1):
        windows = list(dict.fromkeys(_list_windows(task, walker, number)))
        if not windows:
            continue
        before = sum(lengths[: number - 1])
        for one in stays:
            seconds = _expect_open(one, windows)
            total += float(rate) * (seconds + (before if seconds or one.stay.clusters else 0.0))
    retired = sum(_count_cutting(task, walker, one) for one in stays)
    return total + float(rate) * sum(lengths) * retired


def _list_windows(task: Task, walker: Walker, number: int) -> Iterator[Window]:
    system = task.alone.system
    for lookup in list_hop_lookups(task.vocabulary, walker, number):
        if not lookup.is_broken:
            continue
        places: dict[int, frozenset[int]] = {}
        for key, allowed in lookup.guard.items():
            if key in task.vocabulary.lives:
                at, wanted = system.index(key), allowed
            elif key.kind is VariableKind.FRAME and isinstance(key.subject, Held):
                at = system.index(instances_of(key.subject.component))
                wanted = frozenset(_list_there(task, walker, key.subject, allowed))
            else:
                continue
            ranks = frozenset(n for n, value in enumerate(system.variables[at].domain) if value in wanted)
            places[at] = places.get(at, ranks) & ranks
        yield tuple(sorted(places.items()))


def _list_there(task: Task, walker: Walker, held: Held, versions: frozenset[object]) -> Iterator[Place]:
    """How the instances of a component can stand where one of these versions is there."""
    key = instances_of(held.component)
    rollout, pulled = (
        task.vocabulary.rollouts[held.component],
        walker.is_pulled(walker.called_at.get(held.born) or walker.caller(1)),
    )
    for value in task.alone.system.variables[task.alone.system.index(key)].domain:
        assert isinstance(value, Place)
        if any(rollout.remains(value.state, str(version), pulled=pulled) for version in versions if version):
            yield value


def _expect_open(one: TimedStay, windows: Sequence[Window]) -> float:
    """At most so long (seconds) some of the windows is open."""
    rest = sum(_is_open(one.stay.end, window) for window in windows)
    open_at_rest = float(min(1, rest))
    seconds = open_at_rest * float(one.stay.rests)
    if not one.until:
        return seconds
    parts = [one.split(window) for window in windows]

    def look(time: float) -> list[float]:
        shares, over = one.look_at_parts(time)
        met = sum(
            prod(sum(shares[c][m] for m in members) for c, members in part)
            for part in parts
            if part is not None
        )
        return [max(0.0, min(1.0, met) - over * open_at_rest)]

    pieces = [0.0, *(one.until / 2**halved for halved in range(6, -1, -1))]
    return seconds + compute_integrals(look, pieces, WITHIN)[0][0]


def _is_open(state: State, window: Window) -> bool:
    return all(state[place] in ranks for place, ranks in window)


def _count_cutting(task: Task, walker: Walker, one: TimedStay) -> int:
    """How many instances that cut requests off are retired at most while a stay lasts."""
    names = {frame.component for frame in walker.stack.frames} & task.vocabulary.rollouts.keys()
    system = task.alone.system
    moving = {system.variables[place].key for cluster in one.stay.clusters for place in cluster.places}
    abrupt = (name for name in names if task.deployment.components[name].drain is Drain.ABRUPT)
    return sum(
        max(sum(counts.values()) for counts in task.vocabulary.rollouts[name].present.values())
        for name in abrupt
        if instances_of(name) in moving
    )
