"""Two rollouts against each other: each state of the one with each of the other, and what breaks there.

Every order of the two is a staircase through the grid. (Progress graphs: Dijkstra, "Cooperating sequential
processes", 1968; Carson, Reynolds, "The geometry of semaphore programs", 1987.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from ...model.compiler.system import Guard, conjoin
from ...model.compiler.variables import SUSPENDED, Vocabulary
from ...model.deployment import Aspect, Change, Deployment, Hop, Kind, Verb
from ...model.names import VariableKey, VariableKind, instances_of, jobs_of, schema_of
from ...properties.coverage.occurrences import Placing
from ...properties.lookups.breaking import breaks
from ...properties.verdict import HopHazard

MOST_STATES = 9
"""A rollout of more states is shown by the versions that are met, not by how many instances each has."""

Cell = tuple[int, int]
"""The consumer's state and the provider's, by their places on the axes."""


class GridStop(Struct, frozen=True):
    """A state of a rollout, or some that are alike: what it is called, and which versions are met in it."""

    label: str
    versions: frozenset[str]
    guard: Guard


class ProgressGrid(Struct, frozen=True):
    """The grid of a hop's two ends. `broken` has for each cell how many directions break in it (no entry:
    none), `met` are the cells that the pipeline comes to (None: not known), `struck` those of the broken ones
    in which a quick request meets the pair, as the answer says, `order` is a staircase from the first to the
    last cell that passes no broken one, if there is any."""

    hop: Hop
    across: tuple[GridStop, ...]
    up: tuple[GridStop, ...]
    broken: dict[Cell, int]
    met: frozenset[Cell] | None
    struck: frozenset[Cell]
    order: tuple[Cell, ...] | None


def list_hops_to_map(deployment: Deployment) -> Iterator[tuple[Hop, Aspect]]:
    """Hops at whose contract a pair breaks, between what rolls out: each consumer and contract once. What a
    flag guards is left out, since there the versions do not say how code behaves."""
    seen = set()
    for hop in (hop for request in deployment.requests for hop in request.hops):
        change = deployment.change_of(hop.contract)
        consumer = deployment.components.get(hop.consumer)
        aspect = Aspect.CALL if hop.verb.is_call else Aspect.SCHEMA
        if change is None or consumer is None or hop.consumer == hop.provider:
            continue
        if not consumer.kind.has_instances or hop.contract in deployment.flag_of:
            continue
        if _can_break(change, aspect, hop.verb) and (hop.consumer, hop.contract) not in seen:
            seen.add((hop.consumer, hop.contract))
            yield hop, aspect


def _can_break(change: Change, aspect: Aspect, verb: Verb) -> bool:
    """Whether two versions can fail each other there; who passes something on does not read it, and can only
    find that nobody is there to take it."""
    can_lack = aspect is Aspect.SCHEMA and change.exists is not None
    return can_lack or (not _passes_on(verb) and bool(change.pairs_in(aspect, verb)))


def _passes_on(verb: Verb) -> bool:
    return verb in (Verb.FORWARDS, Verb.RELAYS)


def find_progress(
    vocabulary: Vocabulary,
    hop: Hop,
    aspect: Aspect,
    placing: Placing | None,
    hazards: Iterable[HopHazard],
) -> ProgressGrid | None:
    """The grid of the hop; None where one of its ends stays as it is. `hazards` are those of the answer.
    Raises `LimitError`."""
    keys = instances_of(hop.consumer), _provider(hop, aspect)
    if any(key not in vocabulary.lives for key in keys):
        return None
    across, up = (_axis(vocabulary, key) for key in keys)
    if min(len(across), len(up)) < 2:
        return None
    cells = [(x, y) for x in range(len(across)) for y in range(len(up))]
    broken = {
        (x, y): number
        for x, y in cells
        if (number := _directions(vocabulary, hop, aspect, across[x].versions, up[y].versions))
    }

    def comes_to(cell: Cell, also: Guard) -> bool:
        both = conjoin(across[cell[0]].guard, up[cell[1]].guard, also)
        return placing is None or (both is not None and bool(placing.positions((both,))))

    mine, working = _list_pairs(hop, aspect, hazards), _working(vocabulary, hop)
    struck = frozenset(
        cell
        for cell in broken
        if any((c is None or c in across[cell[0]].versions) and p in up[cell[1]].versions for c, p in mine)
        and comes_to(cell, working)
    )
    met = None if placing is None else frozenset(cell for cell in cells if comes_to(cell, {}))
    return ProgressGrid(hop, across, up, broken, met, struck, _order(len(across), len(up), broken))


def _list_pairs(
    hop: Hop, aspect: Aspect, hazards: Iterable[HopHazard]
) -> list[tuple[str | None, str | None]]:
    """The pairs that quick requests meet at the hop; no consumer's version where it is hit in any."""
    return [
        (hazard.consumer_version, hazard.provider_version)
        for hazard in hazards
        if (hazard.consumer, hazard.contract, hazard.aspect) == (hop.consumer, hop.contract, aspect)
        and hazard.span == 0
    ]


def _working(vocabulary: Vocabulary, hop: Hop) -> Guard:
    """That the worker begins jobs, where its jobs alone come to the hop: others call a suspended one, too."""
    jobs = vocabulary.lives.get(jobs_of(hop.consumer))
    roots = {
        request.root
        for request in vocabulary.deployment.requests
        for one in request.hops
        if (one.consumer, one.contract) == (hop.consumer, hop.contract)
    }
    if jobs is None or roots != {hop.consumer}:
        return {}
    return jobs.where(lambda value: value.state != SUSPENDED)


def _provider(hop: Hop, aspect: Aspect) -> VariableKey:
    return instances_of(hop.provider) if aspect is Aspect.CALL else schema_of(hop.contract)


def _axis(vocabulary: Vocabulary, key: VariableKey) -> tuple[GridStop, ...]:
    """The states in the order in which a rollout to the last version passes them; by the versions that are
    met where they are no row, or too many."""
    life = vocabulary.lives[key]
    rollout = vocabulary.rollouts[key.owner] if key.kind is VariableKind.INSTANCES else None

    pulls = rollout is not None and vocabulary.deployment.components[key.owner].kind is Kind.WORKER

    def versions(state: str) -> frozenset[str]:
        if rollout is None:
            return frozenset({state})
        return rollout.serving[state] | frozenset(rollout.running[state] if pulls else ())

    states = list(dict.fromkeys(value.state for value in life.domain))
    row = _row(states, life.start, {a.source: a.target for a in life.life.transitions})
    if len(states) <= MOST_STATES and row is not None:
        return tuple(GridStop(state, versions(state), life.in_states([state])) for state in row)
    rank = {version: index for index, version in enumerate(vocabulary.deployment.versions)}
    classes: dict[frozenset[str], list[str]] = {}
    for state in states:
        classes.setdefault(versions(state), []).append(state)
    seen = sorted(filter(None, classes), key=lambda met: (sum(rank[v] for v in met) / len(met), len(met)))
    known = sorted(rank, key=rank.__getitem__)
    return tuple(
        GridStop(" + ".join(v for v in known if v in met), met, life.in_states(classes[met])) for met in seen
    )


def _row(states: Sequence[str], start: str, onward: dict[str, str]) -> list[str] | None:
    """The states, if each has one that follows it and they are passed one after the other."""
    row = [start]
    while (following := onward.get(row[-1])) is not None and following not in row:
        row.append(following)
    return row if len(row) == len(states) else None


def _directions(
    vocabulary: Vocabulary, hop: Hop, aspect: Aspect, consumers: frozenset[str], providers: frozenset[str]
) -> int:
    """In how many directions, old to new and new to old, something breaks if all of them are about: one where
    a schema lacks what is asked for."""
    lacks = aspect is Aspect.SCHEMA and not all(vocabulary.exists(hop.contract, p) for p in providers)
    change, versions = vocabulary.deployment.changed[hop.contract], vocabulary.deployment.versions
    broken = {
        versions.index(consumer) < versions.index(provider)
        for consumer in consumers
        for provider in providers
        if consumer != provider and breaks(versions, change, aspect, (consumer, provider), hop.verb)
    }
    if _passes_on(hop.verb):
        return int(lacks)
    return max(len(broken), int(lacks and bool(consumers)))


def _order(across: int, up: int, broken: dict[Cell, int]) -> tuple[Cell, ...] | None:
    """A staircase past everything that is broken, with few turns: one rollout after the other if that will
    do."""
    goal = (across - 1, up - 1)
    for first in ((0, 1), (1, 0)):
        path, step = [(0, 0)], first
        while path[-1] != goal and len(path) <= across + up:
            x, y = path[-1]
            ahead = [(x + step[0], y + step[1]), (x + step[1], y + step[0])]
            free = [c for c in ahead if c[0] <= goal[0] and c[1] <= goal[1] and _leads_on(c, goal, broken)]
            if not free:
                break
            step = (free[0][0] - x, free[0][1] - y)
            path.append(free[0])
        if path[-1] == goal and not broken.keys() & set(path):
            return tuple(path)
    return None


def _leads_on(cell: Cell, goal: Cell, broken: dict[Cell, int]) -> bool:
    """Whether some staircase leads on from the cell, itself included, to the goal."""
    reached = {cell} - broken.keys()
    for x in range(cell[0], goal[0] + 1):
        for y in range(cell[1], goal[1] + 1):
            if (x, y) not in broken and ((x - 1, y) in reached or (x, y - 1) in reached):
                reached.add((x, y))
    return goal in reached
