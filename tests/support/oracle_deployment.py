"""The oracle's semantics of a deployment: its states, and every event that it can have in each.

Every function reads DESIGN 3 and docs/semantics.md (paragraphs in brackets) directly; counters
stay counters and nothing is compiled.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from support.oracle_parse import NEW, OLD, WRITES, Change, Move, Plan

T = TypeVar("T")
Table = tuple[tuple[str, T], ...]
"""A frozen mapping."""
SWITCHES = ("suspend", "resume", "enable", "disable")
Held = frozenset[tuple[str, int]]
"""The (component, version) pairs that the watched request is on."""


class Deployment(NamedTuple):
    """A state of the deployment, without the request."""

    position: int
    up: Table[tuple[int, int]]
    schema: Table[int]
    content: Table[frozenset[int]]
    suspended: frozenset[str]
    flags: frozenset[str]
    ended: frozenset[int]

    def versions_up(self, component: str) -> list[int]:
        """The versions of which an instance is up."""
        return [version for version in (OLD, NEW) if get(self.up, component)[version]]


def get(table: Table[T], key: str) -> T:
    """The value under a key that is there."""
    return next(value for name, value in table if name == key)


def put(table: Table[T], key: str, value: T) -> Table[T]:
    """The table with one value replaced."""
    return tuple((name, value if name == key else old) for name, old in table)


def first_state(plan: Plan) -> Deployment:
    """Everything old and running, every store in the old form, every flag off (DESIGN 3.4, 3.6)."""
    return Deployment(
        0,
        tuple((name, (component.replicas, 0)) for name, component in plan.components.items()),
        tuple((name, OLD) for name, change in plan.changes.items() if change.schema),
        tuple((name, frozenset({OLD})) for name, change in plan.changes.items() if change.content),
        frozenset(),
        frozenset(),
        frozenset(),
    )


# The pipeline and its moves


def pipeline_event(plan: Plan, state: Deployment, held: Held) -> Iterator[Deployment]:
    """On to the next position, once every move of this one is over (1, 3)."""
    if state.position + 1 < len(plan.steps):
        moves = plan.at(state.position)
        if all(is_over(plan, state, move, held) for move in moves):
            ended = state.ended - {move.number for move in moves}  # nobody asks for them again
            after = state._replace(position=state.position + 1, ended=ended)
            idle = {move.number for move in _begun(plan, state.position) if _goal_holds(plan, after, move)}
            yield after._replace(ended=ended | idle)


def _begun(plan: Plan, position: int) -> list[Move]:
    """The switches that begin when the pipeline leaves the position: idle ones are over (34)."""
    begun = [move for move in plan.started(position + 1) if move not in plan.started(position)]
    return [move for move in begun + list(plan.at(position + 1)) if move.verb in SWITCHES]


def move_events(plan: Plan, state: Deployment, held: Held) -> Iterator[Deployment]:
    """Every effect that a move can have now (2); what has ended has no effect any more (11)."""
    for move in plan.at(state.position) + plan.started(state.position):
        if move.number not in state.ended:
            yield from _effects(plan, state, move, held)


def is_complete(plan: Plan, state: Deployment) -> bool:
    """Past the last step, with each background move over (28)."""
    return state.position == len(plan.steps) - 1 and all(
        is_over(plan, state, move, frozenset()) for move in plan.started(state.position)
    )


def is_over(plan: Plan, state: Deployment, move: Move, held: Held) -> bool:
    """Whether a move has ended, or has nothing left to do now (3)."""
    if move.verb == "await":  # (10)
        return all(is_over(plan, state, other, held) for other in _awaited(plan, move))
    if move.verb == "suspend" and any(component == move.target for component, _ in held):  # (9)
        return False
    return move.number in state.ended or _goal_holds(plan, state, move)


def _awaited(plan: Plan, move: Move) -> list[Move]:
    return [
        other
        for other in plan.started(move.position)
        if move.target in (other.target, other.target.partition("/")[0])
    ]


def _goal_holds(plan: Plan, state: Deployment, move: Move) -> bool:
    match move.verb:
        case "deploy":  # (4)
            return get(state.up, move.target) == (0, plan.components[move.target].replicas)
        case "migrate" | "reconfigure":  # (5)
            return get(state.schema, move.target) == NEW
        case "sync" | "backfill":  # (6)
            return get(state.content, move.target) == {NEW}
        case "purge" | "drain":  # (7, 8)
            return OLD not in get(state.content, move.target)
        case "suspend" | "resume":  # (9)
            return (move.target in state.suspended) == (move.verb == "suspend")
        case "enable" | "disable":
            return (move.target in state.flags) == (move.verb == "enable")
    raise ValueError(move.verb)


def _effects(plan: Plan, state: Deployment, move: Move, held: Held) -> Iterator[Deployment]:
    """The states after each event that a move can have now."""
    if move.verb in ("await", "drain") or _goal_holds(plan, state, move):
        return
    ending = state._replace(ended=state.ended | {move.number})
    match move.verb:
        case "deploy":
            yield from _rolling(plan, state, move.target, held)
        case "migrate" | "reconfigure":
            yield state._replace(schema=put(state.schema, move.target, NEW))
        case "sync" | "backfill":
            yield from _sync(state, ending, move.target)
        case "purge":
            forms = get(state.content, move.target) - {OLD}
            yield ending._replace(content=put(state.content, move.target, forms))
        case "suspend":
            yield ending._replace(suspended=state.suspended | {move.target})
        case "resume":
            yield ending._replace(suspended=state.suspended - {move.target})
        case "enable":
            yield ending._replace(flags=state.flags | {move.target})
        case "disable":
            yield ending._replace(flags=state.flags - {move.target})


def _rolling(plan: Plan, state: Deployment, name: str, held: Held) -> Iterator[Deployment]:
    """DESIGN 3.1: spawn a new instance, or retire an old one that is not the last in use (3.3)."""
    component = plan.components[name]
    old, new = get(state.up, name)
    if new < component.replicas and old + new < component.most:
        yield state._replace(up=put(state.up, name, (old, new + 1)))
    if old and old + new > component.least and not (old == 1 and (name, OLD) in held):
        yield state._replace(up=put(state.up, name, (old - 1, new)))


def _sync(state: Deployment, ending: Deployment, contract: str) -> Iterator[Deployment]:
    """First the new form comes, then the old one goes; the event that leaves just the new ends it (6)."""
    forms = get(state.content, contract)
    after = forms | {NEW} if NEW not in forms else frozenset({NEW})
    base = ending if after == {NEW} else state
    yield base._replace(content=put(state.content, contract, after))


# The traffic of others


def traffic_events(plan: Plan, state: Deployment) -> Iterator[Deployment]:
    """Other requests write, and messages are used up (19)."""
    for contract, forms in state.content:
        change = plan.changes[contract]
        for form in _written_forms(plan, state, change) - forms:
            yield state._replace(content=put(state.content, contract, forms | {form}))
        if plan.kinds[contract.partition("/")[0]] == "broker":
            for form in forms:
                yield state._replace(content=put(state.content, contract, forms - {form}))


def _written_forms(plan: Plan, state: Deployment, change: Change) -> frozenset[int]:
    """The forms that some instance which is up may add to a contract now (19)."""
    return frozenset(
        form_of(plan, state, change.contract, version)
        for request in plan.requests
        if not request.job or request.hops[0].caller not in state.suspended
        for hop in request.hops
        if hop.verb in WRITES and hop.contract == change.contract and hop.caller in plan.components
        for version in state.versions_up(hop.caller)
    )


def form_of(plan: Plan, state: Deployment, contract: str, version: int) -> int:
    """The form in which an instance behaves on a contract (22)."""
    flag = plan.guards.get(contract)
    return OLD if flag is not None and flag not in state.flags else version
