"""The oracle's view of the deployment alone, without a request: its states, its complete runs, what
cannot be taken back, and the ways back.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from support.oracle_actions import Place
from support.oracle_aims import ROLLS, SCHEMAS
from support.oracle_deployment import (
    afterwards_events,
    first_state,
    migration_events,
    move_events,
    pipeline_events,
)
from support.oracle_plan import Move, Plan, Position
from support.oracle_predicate import passed
from support.oracle_rollout import gone_events, restart_events
from support.oracle_search import TooManyStatesError
from support.oracle_state import EMPTY_GRIP, FLAG_OFF, Deployment, get
from support.oracle_traffic import traffic_events

Space = Mapping[Deployment, list[Deployment]]


class PropertyKey(NamedTuple):
    """An irreversible action, and a later one that would take something back; where they stand in the
    file, for they may read like others (60)."""

    irreversible: str
    later: str
    places: tuple[Place, Place]


def deployment_space(plan: Plan, most_states: int | None = None) -> Space:
    """Every reachable state of the deployment with its successors, the first one first."""
    return _reach(
        first_state(plan),
        lambda state: [
            *_own_events(plan, state),
            *traffic_events(plan, state),
            *restart_events(plan, state, EMPTY_GRIP),
            *afterwards_events(plan, state),
        ],
        most_states,
    )


def _own_events(plan: Plan, state: Deployment) -> list[Deployment]:
    """The pipeline's and the moves' events, while no request holds anything."""
    moves = [event.after for event in move_events(plan, state, EMPTY_GRIP)]
    moves += [event.after for event in gone_events(plan, state, EMPTY_GRIP)]
    return [*pipeline_events(plan, state, EMPTY_GRIP), *moves, *migration_events(plan, state)]


def _reach(
    start: Deployment, events: Callable[[Deployment], list[Deployment]], most_states: int | None = None
) -> Space:
    space = {start: events(start)}
    todo = [start]
    while todo:
        for state in space[todo.pop()]:
            if state not in space:
                space[state] = events(state)
                todo.append(state)
        if most_states is not None and len(space) > most_states:
            raise TooManyStatesError
    return space


def can_complete(space: Space, complete: set[Deployment], allowed: Callable[[Deployment], bool]) -> bool:
    """Whether a path of allowed states leads from the start to a complete one, both included (28, 29)."""
    start = next(iter(space))
    if not allowed(start):
        return False
    reached = {start}
    todo = [start]
    while todo:
        state = todo.pop()
        if state in complete:
            return True
        fresh = {after for after in space[state] if after not in reached and allowed(after)}
        reached |= fresh
        todo.extend(fresh)
    return False


def distances(space: Space) -> Mapping[Deployment, int]:
    """By state, the fewest events that lead to it, nearest first."""
    start = next(iter(space))
    distance = {start: 0}
    level = [start]
    while level:
        following = []
        for state in level:
            for after in space[state]:
                if after not in distance:
                    distance[after] = distance[state] + 1
                    following.append(after)
        level = following
    return distance


def interleavings(plan: Plan) -> int | None:
    """Maximal paths of the deployment's own moves (31); None where they lead back, as what instances migrate
    and a revert takes back (90)."""
    space = _reach(first_state(plan), lambda state: _own_events(plan, state))
    behind = dict.fromkeys(space, 0)
    for following in space.values():
        for after in following:
            behind[after] += 1
    order = [state for state, count in behind.items() if not count]
    for state in order:  # grows while it is gone through
        for after in space[state]:
            behind[after] -= 1
            if not behind[after]:
                order.append(after)
    if len(order) < len(space):
        return None
    paths: dict[Deployment, int] = {}
    for state in reversed(order):
        paths[state] = sum(paths[after] for after in space[state]) if space[state] else 1
    return paths[first_state(plan)]


# What cannot be taken back (60)


def properties_met(plan: Plan, state: Deployment) -> frozenset[PropertyKey]:
    """The irreversible actions whose effect holds where the pipeline would take something back now."""
    return frozenset(
        key for number in state.positions for key in _met_at(plan, state, plan.positions[number])
    )


def _met_at(plan: Plan, state: Deployment, here: Position) -> frozenset[PropertyKey]:
    """Those of one pipeline, whose later actions alone take back what its own did (101)."""
    if here.action is None or here.action.verb not in ("rollback", "revert", "disable"):
        return frozenset()
    moves = here.moves + here.starts
    if moves and all(move.idle for move in moves):  # (78)
        return frozenset()
    return frozenset(
        PropertyKey(earlier.action.text, here.action.text, (earlier.action.place, here.action.place))
        for earlier in passed(plan, here)
        if earlier.action is not None and earlier.action.irreversible
        if here.action.verb != "disable" or _is_flag_of(earlier, here)
        if any(_has_effect(plan, state, move) for move in earlier.moves + earlier.starts)
    )


def _is_flag_of(earlier: Position, here: Position) -> bool:
    assert earlier.action is not None
    taken_back = {move.target for move in here.moves + here.starts if not move.idle}
    return earlier.action.verb == "enable" and bool(set(earlier.action.targets) & taken_back)


def _has_effect(plan: Plan, state: Deployment, move: Move) -> bool:
    if move.verb == "enable":
        return get(state.flags, move.target) != FLAG_OFF
    if move.verb in SCHEMAS:
        return get(state.schema, move.target) >= move.goal
    if move.verb in ROLLS:
        migrated = any(get(state.schema, contract) >= move.goal for contract in move.migrates)  # (90)
        return migrated or any(
            get(state.up, move.target).ready[move.goal :]
        )  # one that starts is not there yet
    return all(map(move.wants, state.forms(move.target)))


# The ways back (59)


def ways_back(
    plan: Plan,
    space: Space,
    complete: set[Deployment],
    met_at: set[tuple[int, ...]],
    accepted: frozenset[PropertyKey] = frozenset(),
) -> Mapping[str, bool]:
    """By step of a pipeline with a rollback, whether each failure in it is rolled back without any hazard.
    Requests meet theirs where the pipelines stand at `met_at`; what is accepted is none."""
    met = met_at | {state.positions for state in space if properties_met(plan, state) - accepted}
    stops = {p.number for p in plan.positions if p.is_stop}
    going_on = {state: [a for a in after if not stops & set(a.positions)] for state, after in space.items()}
    bad = met | {state.positions for state in space.keys() - backwards(going_on, complete)}
    unsafe = {here for positions in bad for here in _failed_alone(plan, positions)}
    safe: dict[str, bool] = {}
    for position in plan.positions:
        has_back = position.pipeline in plan.with_rollback
        if has_back and position.failed is None and not position.is_end and position.number not in plan.start:
            back = [p.number for p in plan.positions if p.failed == position.number and not p.is_stop]
            safe[position.step] = safe.get(position.step, True) and not unsafe & set(back)
    return safe


def _failed_alone(plan: Plan, positions: tuple[int, ...]) -> list[int]:
    """The position of each pipeline than which no other has failed (101)."""
    failed = [number for number in positions if plan.positions[number].failed is not None]
    return [number for number in positions if not set(failed) - {number}]


def backwards(space: Space, goals: set[Deployment]) -> set[Deployment]:
    """The states from which a goal can be reached."""
    before: dict[Deployment, list[Deployment]] = {state: [] for state in space}
    for state, following in space.items():
        for after in following:
            before[after].append(state)
    reached = set(goals)
    todo = list(goals)
    while todo:
        fresh = [state for state in before[todo.pop()] if state not in reached]
        reached.update(fresh)
        todo.extend(fresh)
    return reached
