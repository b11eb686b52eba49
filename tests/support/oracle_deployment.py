"""The oracle's semantics of a deployment: its states, and every event of its pipeline and its moves.

Every function reads DESIGN 3 and docs/semantics.md (paragraphs in brackets) directly; counters
stay counters and nothing is compiled.
"""

from collections.abc import Iterator

from support.oracle_aims import CLEANS, ROLLS, SCHEMAS, SYNCS
from support.oracle_parse import provider_of
from support.oracle_plan import Move, Plan, Position
from support.oracle_predicate import holds
from support.oracle_rollout import first_instances, gone_events, is_rolled, restart_events, rollout_events
from support.oracle_state import EMPTY_GRIP, FLAG_OFF, FLAG_ON, Deployment, Event, Grip, get, put
from support.oracle_traffic import traffic_events

SWITCHES = ("suspend", "resume", "enable", "disable")


def first_state(plan: Plan) -> Deployment:
    """All of the first version and running, what stores begin with (75), flags off (DESIGN 3.4, 3.6)."""
    return Deployment(
        plan.start,
        tuple((name, first_instances(plan, component)) for name, component in plan.components.items()),
        tuple((name, 0) for name, change in plan.changes.items() if change.schema),
        tuple(plan.first.items()),
        frozenset(),
        tuple((flag, FLAG_OFF) for flag in plan.flags),
        frozenset(),
        tuple((contract, frozenset()) for contract in plan.first if contract in plan.redelivers),
        leaders=tuple((name, 0 if plan.components[name].replicas else None) for name in plan.led),
    )


# The pipeline


def pipeline_events(plan: Plan, state: Deployment, grip: Grip) -> Iterator[Deployment]:
    """Of one pipeline: on to the next position, once every move of this one is over (1, 3); or a failure
    (58)."""
    for number in state.positions:
        position = plan.positions[number]
        if position.after is not None and _can_be_left(plan, state, position, grip):
            yield _arrive(plan, state, position, plan.positions[position.after])
        if position.fails is not None:
            yield _moved(state, position, position.fails)


def _can_be_left(plan: Plan, state: Deployment, position: Position, grip: Grip) -> bool:
    """Each move over; and what an action without effects waits for (51)."""
    action = position.action
    waits = action is not None and action.verb in ("await", "drain") and not action.background
    if waits and action is not None and not holds(plan, state, action.when):
        return False
    return all(is_over(plan, state, move, grip) for move in position.moves)


def _moved(state: Deployment, position: Position, number: int) -> Deployment:
    """The state with its pipeline at another position; nobody asks any more what the foreground's moves have
    done."""
    ended = state.ended - {move.number for move in position.moves}
    positions = tuple(number if here == position.number else here for here in state.positions)
    return state._replace(positions=positions, ended=ended)


def _arrive(plan: Plan, state: Deployment, position: Position, after: Position) -> Deployment:
    """At the next position: idle switches are over (34), and what is overtaken (38)."""
    arrived = _moved(state, position, after.number)
    ended = set(arrived.ended)
    earlier = list(position.running)
    for move in (*position.starts, *after.moves):
        if move.verb in SWITCHES and _goal_holds(plan, arrived, move):
            ended.add(move.number)
        ended.update(other.number for other in earlier if _overtakes(move, other))
        earlier += [move] if move in position.starts else []
    return arrived._replace(ended=frozenset(ended))


def _overtakes(move: Move, earlier: Move) -> bool:
    alike = any(move.verb in kind and earlier.verb in kind for kind in (ROLLS, SCHEMAS))
    same = (alike and move.target == earlier.target) or (
        earlier.verb in SCHEMAS and earlier.target in move.migrates
    )
    return same and not move.idle and move.goal != earlier.goal


# When a move is over


def is_complete(plan: Plan, state: Deployment) -> bool:
    """Each pipeline past its last step, also of a rollback (58, 101), all background moves over or held (28,
    77), and nobody terminating (85)."""
    if any(get(state.flags, flag) != FLAG_OFF for flag in plan.afterwards):  # (72)
        return True
    if any(instances.terminating for _, instances in state.up):
        return False
    if not all(plan.positions[number].is_end for number in state.positions):
        return False
    return all(
        is_over(plan, state, move, EMPTY_GRIP) or _is_settled(plan, state, move)
        for move in _running(plan, state)
    )


def _running(plan: Plan, state: Deployment) -> list[Move]:
    """What has begun in the background, of every pipeline."""
    return [move for number in state.positions for move in plan.positions[number].running]


def _is_settled(plan: Plan, start: Deployment, move: Move) -> bool:
    """Whether the move is held here, and over or held in all that can be reached from here (77)."""
    if (start, move.number) not in plan.settled:
        plan.settled.update({(state, move.number): found for state, found in _settled(plan, start, move)})
    return plan.settled[start, move.number]


def _settled(plan: Plan, start: Deployment, move: Move) -> list[tuple[Deployment, bool]]:
    """The same with each state that is like it, if so; what can be reached from those was looked at."""
    reached, todo = {start}, [start]
    while todo:
        state = todo.pop()
        if not is_over(plan, state, move, EMPTY_GRIP) and not _is_held(plan, state, move):
            return [(start, False)]
        own = [event.after for event in move_events(plan, state, EMPTY_GRIP)]
        own += [event.after for event in gone_events(plan, state, EMPTY_GRIP)]
        own += [*restart_events(plan, state, EMPTY_GRIP), *migration_events(plan, state)]
        fresh = {after for after in (*own, *traffic_events(plan, state)) if after not in reached}
        reached |= fresh
        todo.extend(fresh)
    return [(state, True) for state in reached]


def _is_held(plan: Plan, state: Deployment, move: Move) -> bool:
    """Whether its predicate stands in its way; one without has none (77)."""
    return not holds(plan, state, move.when)


def afterwards_events(plan: Plan, state: Deployment) -> Iterator[Deployment]:
    """The states after somebody enables what no action of the file enables (72)."""
    for flag in plan.afterwards if is_complete(plan, state) else ():
        if get(state.flags, flag) == FLAG_OFF:
            yield state._replace(flags=put(state.flags, flag, FLAG_ON))


def is_over(plan: Plan, state: Deployment, move: Move, grip: Grip) -> bool:
    """Whether a move has ended, or has nothing left to do now (3)."""
    if move.idle:  # (78)
        return True
    if move.verb == "await":  # (10)
        running = _running(plan, state)
        return all(is_over(plan, state, other, grip) for other in running if _is_awaited(move, other))
    if move.verb == "suspend" and move.target in {component for component, _ in grip.on | grip.pulled}:  # (9)
        return False
    if move.verb == "expire" and any(c == move.target and not move.wants(f) for c, f in grip.tokens):  # (53)
        return False
    return move.number in state.ended or _goal_holds(plan, state, move)


def _is_awaited(move: Move, other: Move) -> bool:
    return move.target in (other.target, other.target.partition("/")[0])


def _goal_holds(plan: Plan, state: Deployment, move: Move) -> bool:
    if move.verb in (*ROLLS, "scale"):  # (4, 41, 42, 84)
        component = plan.component_at(state.positions, move.target)
        return is_rolled(component, get(state.up, move.target), move)
    if move.verb in SCHEMAS:  # (5)
        return get(state.schema, move.target) == move.goal
    if move.verb in SYNCS:  # (6, 54)
        return _is_synced(plan, state, move, get(state.content, move.target))
    if move.verb in CLEANS:  # (7, 8, 53)
        taken = state.taken(move.target) if move.verb == "expire" else ()  # (88)
        return all(map(move.wants, (*state.forms(move.target), *taken)))
    if move.verb in ("suspend", "resume"):  # (9)
        return (move.target in state.suspended) == (move.verb == "suspend")
    return get(state.flags, move.target) == (FLAG_ON if move.verb == "enable" else FLAG_OFF)


# What a move does


def move_events(plan: Plan, state: Deployment, grip: Grip) -> Iterator[Event]:
    """Every effect that a move can have now (2, 51); what has ended has no effect any more (11)."""
    foreground = [move for number in state.positions for move in plan.positions[number].moves]
    for move in (*foreground, *_running(plan, state)):
        idle = move.idle or move.number in state.ended or move.verb in ("await", "drain")
        if not idle and not _goal_holds(plan, state, move) and holds(plan, state, move.when):
            if move.verb in (*ROLLS, "scale"):
                yield from rollout_events(plan, state, move, grip)
            elif move.verb in SYNCS:
                yield from (Event(after) for after in _sync_events(plan, state, move))
            else:
                yield Event(_effect(plan, state, move))


def migration_events(plan: Plan, state: Deployment) -> Iterator[Deployment]:
    """The states after a starting instance takes a schema that is older than itself one version on (90)."""
    for name, instances in state.up:
        starting = [v for v in range(len(plan.versions)) if instances.starting[v] or instances.down[v]]
        for contract, schema in state.schema:
            mine = provider_of(contract) in plan.components[name].migrates
            if mine and any(version > schema for version in starting):
                yield _at_schema(plan, state, contract, schema + 1)


def _effect(plan: Plan, state: Deployment, move: Move) -> Deployment:
    """The state after the one event that a move can have now, other than on instances and in syncs."""
    ending = state._replace(ended=state.ended | {move.number})
    if move.verb in SCHEMAS:
        return _with_schema(plan, state, move)
    match move.verb:
        case "purge" | "expire":
            forms = frozenset(filter(move.wants, state.forms(move.target)))
            cleaned = ending._replace(content=put(state.content, move.target, forms))
            if move.verb == "purge":
                return cleaned
            taken = frozenset(filter(move.wants, state.taken(move.target)))  # (88)
            return cleaned._replace(unacknowledged=put(state.unacknowledged, move.target, taken))
        case "suspend":
            return ending._replace(suspended=state.suspended | {move.target})
        case "resume":
            return ending._replace(suspended=state.suspended - {move.target})
        case "enable" | "disable":
            return _with_flag(state, ending, move)
    raise ValueError(move.verb)


def _with_schema(plan: Plan, state: Deployment, move: Move) -> Deployment:
    """One version nearer to the goal (35); where the contract is not there its content is gone (55)."""
    now = get(state.schema, move.target)
    return _at_schema(plan, state, move.target, now + 1 if now < move.goal else now - 1)


def _at_schema(plan: Plan, state: Deployment, contract: str, version: int) -> Deployment:
    after = state._replace(schema=put(state.schema, contract, version))
    change = plan.changes[contract]
    if change.content and version not in change.exists:
        return after._replace(
            content=put(state.content, contract, frozenset()),
            unacknowledged=put(state.unacknowledged, contract, frozenset()),
        )
    return after


def _with_flag(state: Deployment, ending: Deployment, move: Move) -> Deployment:
    """At once, or by way of partly (49)."""
    goal = FLAG_ON if move.verb == "enable" else FLAG_OFF
    if move.per_instance and abs(goal - get(state.flags, move.target)) > 1:
        return state._replace(flags=put(state.flags, move.target, 1))
    return ending._replace(flags=put(state.flags, move.target, goal))


# Syncs and backfills


def _source(plan: Plan, state: Deployment, move: Move) -> frozenset[int] | None:
    """What the source of a derived store has now; None if there is no such source (54)."""
    source = plan.changes[move.target].source
    change = plan.changes.get(source) if source is not None else None
    if change is None:
        return None
    if change.content:
        return state.forms(change.contract)
    return frozenset({get(state.schema, change.contract)}) if change.schema else None


def _is_synced(plan: Plan, state: Deployment, move: Move, forms: frozenset[int]) -> bool:
    """Whether a sync has nothing left to do once the content is this: the new form and none older (6)."""
    source = _source(plan, state, move)
    return move.goal == min(forms, default=None) if source is None else forms == source


def _sync_events(plan: Plan, state: Deployment, move: Move) -> Iterator[Deployment]:
    """The states after each event of a sync; the one that leaves nothing to do ends it (6, 54)."""
    for forms in _synced(plan, state, move):
        ended = {move.number} if _is_synced(plan, state, move, forms) else set()
        content = put(state.content, move.target, forms)
        yield state._replace(content=content, ended=state.ended | ended)


def _synced(plan: Plan, state: Deployment, move: Move) -> Iterator[frozenset[int]]:
    """The content after each event: first the new form comes, then the older ones go (6); or each form
    that the source has, in any order, then all others go (54)."""
    forms = state.forms(move.target)
    source = _source(plan, state, move)
    if source is None:
        yield forms | {move.goal} if move.goal not in forms else frozenset(f for f in forms if f >= move.goal)
    elif source <= forms:
        yield source
    else:
        yield from (forms | {form} for form in source - forms)
