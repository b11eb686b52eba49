"""The oracle's strategies: the events by which instances come and go, counter by counter.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterator

from support.oracle_parse import Component, provider_of
from support.oracle_plan import Move, Plan
from support.oracle_predicate import holds
from support.oracle_state import Deployment, Event, Grip, Instances, get, put


def first_instances(plan: Plan, component: Component) -> Instances:
    """As many of the first version as there should be, ready and live."""
    none = (0,) * len(plan.versions)
    live = 0 if component.strategy == "blue-green" else None
    return Instances((component.replicas, *none[1:]), none, live, frozenset(), none)


def is_rolled(component: Component, instances: Instances, move: Move) -> bool:
    """Whether a deploy, promote or rollback has nothing left to do (41 to 43, 46); it does not wait for
    one that restarts (86)."""
    if move.verb == "scale":  # (84)
        return sum(instances.ready) + sum(instances.down) == component.replicas == sum(instances.there)
    ready = instances.ready[move.goal] + instances.down[move.goal]
    if component.stays:
        return ready > 0
    if component.strategy == "canary" and move.verb == "deploy":
        return ready >= component.canaries
    return ready == component.replicas == sum(instances.there)


def rollout_events(plan: Plan, state: Deployment, move: Move, grip: Grip) -> Iterator[Event]:
    """Every event of a move on instances, but those that the watched request holds up (44)."""
    name = move.target
    component, instances = plan.component_at(state.positions, name), get(state.up, name)
    for version, after in _events(plan, state, component, instances, move):
        if version is not None and component.lingers:
            lingering = _lingering(component, instances, after, version)
            yield Event(_moved(plan, state, name, instances, lingering))  # nothing holds it up (85)
            continue
        up = _moved(plan, state, name, instances, after)
        event = Event(up) if version is None else _taking(up, (name, version), instances, after)
        if component.abrupt or _spares(event, grip):
            yield event


def _taking(up: Deployment, taken: tuple[str, int], before: Instances, after: Instances) -> Event:
    version = taken[1]
    was_ready = after.ready[version] < before.ready[version]
    return Event(up, taken, was_ready, after.ready[version] > 0, after.there[version] > 0)


def _lingering(component: Component, before: Instances, after: Instances, version: int) -> Instances:
    """What goes is terminating, if it may have something to finish (85)."""
    was_ready = after.ready[version] < before.ready[version]
    busy = was_ready and (before.live in (None, version) or version in before.drained)
    return after._replace(terminating=after.terminating | {version}) if busy or component.pulls else after


def _moved(plan: Plan, state: Deployment, name: str, before: Instances, after: Instances) -> Deployment:
    """The state with these instances. It knows whether one went that may have taken a message (88); with the
    last ready one of its version a leader is none any more (92)."""
    fewer = any(a < b for a, b in zip(after.ready, before.ready, strict=True))
    fewer = fewer or (plan.components[name].pulls and sum(after.there) < sum(before.there))
    fewer = fewer or not before.terminating <= after.terminating
    departed = state.departed | {name} if fewer and name in plan.taking else state.departed
    moved = state._replace(up=put(state.up, name, after), departed=departed)
    leader = dict(state.leaders).get(name)
    if leader is None or after.ready[leader]:
        return moved
    return moved._replace(leaders=put(state.leaders, name, None))


def gone_events(plan: Plan, state: Deployment, grip: Grip) -> Iterator[Event]:
    """What terminates of a version is gone (85), unless the watched request holds it up (44)."""
    for name, instances in state.up:
        for version in sorted(instances.terminating):
            after = instances._replace(terminating=instances.terminating - {version})
            up = _moved(plan, state, name, instances, after)
            event = Event(
                up, (name, version), True, instances.ready[version] > 0, instances.there[version] > 0
            )
            if plan.components[name].abrupt or _spares(event, grip):
                yield event


def _spares(event: Event, grip: Grip) -> bool:
    return all(
        event.spares(pulled=pulled)
        for held, pulled in ((grip.on, False), (grip.pulled, True))
        if event.taken in held
    )


def _events(
    plan: Plan, state: Deployment, component: Component, instances: Instances, move: Move
) -> Iterator[tuple[int | None, Instances]]:
    """(version of which an instance is taken away, the instances after it) of each event."""
    goal = move.goal
    if move.verb == "scale":
        yield from _scaling(plan, state, component, instances, goal)
        return
    yield from _surplus(component, instances, move)
    if component.stays:  # (46)
        yield None, instances._replace(ready=_add(instances.ready, goal, 1))
        return
    if _may_spawn(component, instances, move):
        yield None, _spawned(component, instances, goal)
    if component.readiness is not None:
        yield from _starting_events(plan, state, component, instances, move)
    yield from _stops(component, instances, move)
    beside = component.strategy == "blue-green" and instances.live != goal
    if beside and instances.ready[goal] == component.replicas:
        yield None, _switched(instances, goal)
    for version, count in enumerate(instances.ready):
        if version != goal and count and _may_retire(component, instances, version, move):
            yield version, _retired(instances, version)


def _can_be_ready(plan: Plan, state: Deployment, component: Component, version: int) -> bool:
    """Its predicate holds (43), and what it migrates is done (90)."""
    migrated = all(now >= version for c, now in state.schema if provider_of(c) in component.migrates)
    return migrated and (component.readiness is None or holds(plan, state, component.readiness[version]))


def _scaling(
    plan: Plan, state: Deployment, component: Component, instances: Instances, goal: int
) -> Iterator[tuple[int | None, Instances]]:
    """As many as there should be, of whatever version; new ones of the version aimed at (84)."""
    total, ready, starting = sum(instances.there), instances.ready, instances.starting
    if total < component.replicas:
        yield None, _spawned(component, instances, goal)
    for version in range(len(ready)):
        if ready[version] and sum(ready) > component.replicas:
            yield version, _retired(instances, version)
        above = total > component.replicas >= sum(ready)
        if starting[version] and (above or version != goal):
            yield version, instances._replace(starting=_add(starting, version, -1))
        if instances.down[version] and above:
            yield version, instances._replace(down=_add(instances.down, version, -1))
    if starting[goal] and _can_be_ready(plan, state, component, goal):
        yield None, instances._replace(ready=_add(ready, goal, 1), starting=_add(starting, goal, -1))


def _surplus(
    component: Component, instances: Instances, move: Move
) -> Iterator[tuple[int | None, Instances]]:
    """More of the goal than are wanted: one goes, a ready one if there are too many of these (84)."""
    goal = move.goal
    if component.strategy == "canary" and move.verb == "deploy":
        return
    if instances.ready[goal] > component.replicas:
        yield goal, _retired(instances, goal)
    elif instances.there[goal] > component.replicas:
        if instances.starting[goal]:
            yield goal, instances._replace(starting=_add(instances.starting, goal, -1))
        if instances.down[goal]:
            yield goal, instances._replace(down=_add(instances.down, goal, -1))


def _may_spawn(component: Component, instances: Instances, move: Move) -> bool:
    of_goal, total = instances.there[move.goal], sum(instances.there)
    match component.strategy:
        case "canary" if move.verb == "deploy":  # (42)
            return of_goal < component.canaries
        case "recreate":
            others = instances.terminating - {move.goal}  # (85)
            return of_goal < component.replicas and total == of_goal and not others
        case "blue-green":
            return of_goal < component.replicas and instances.live != move.goal
    return of_goal < component.replicas and total < component.most


def _spawned(component: Component, instances: Instances, goal: int) -> Instances:
    if component.readiness is None:
        return instances._replace(ready=_add(instances.ready, goal, 1))
    return instances._replace(starting=_add(instances.starting, goal, 1))


def _may_retire(component: Component, instances: Instances, version: int, move: Move) -> bool:
    match component.strategy:
        case "canary" if move.verb == "deploy":  # (42)
            return False
        case "recreate":
            return True
        case "blue-green":
            return version != instances.live or instances.live == move.goal
    return sum(instances.ready) > component.least  # ready ones only (43)


def _starting_events(
    plan: Plan, state: Deployment, component: Component, instances: Instances, move: Move
) -> Iterator[tuple[int | None, Instances]]:
    """One of the goal becomes ready; one of another version is stopped (43)."""
    assert component.readiness is not None
    goal, starting = move.goal, instances.starting
    if starting[goal] and _can_be_ready(plan, state, component, goal):
        ready = _add(instances.ready, goal, 1)
        yield None, instances._replace(ready=ready, starting=_add(starting, goal, -1))
    stops = not (component.strategy == "canary" and move.verb == "deploy")
    for version, count in enumerate(starting):
        if stops and version != goal and count:
            yield version, instances._replace(starting=_add(starting, version, -1))


def _stops(component: Component, instances: Instances, move: Move) -> Iterator[tuple[int, Instances]]:
    """One of another version that restarts is stopped, where it might be retired if all but those of the goal
    were ready (86)."""
    ready = tuple(
        instances.ready[version] if version == move.goal else count
        for version, count in enumerate(instances.there)
    )
    were_ready = instances._replace(ready=ready)
    for version, count in enumerate(instances.down):
        if count and version != move.goal and _may_retire(component, were_ready, version, move):
            yield version, instances._replace(down=_add(instances.down, version, -1))


def restart_events(plan: Plan, state: Deployment, grip: Grip) -> Iterator[Deployment]:
    """The states after an instance goes down, or comes back (86)."""
    for name, _ in state.up:
        for after in _restarted(plan, state, plan.components[name], grip):
            yield _moved(plan, state, name, get(state.up, name), after)


def _restarted(plan: Plan, state: Deployment, component: Component, grip: Grip) -> Iterator[Instances]:
    instances = get(state.up, component.name)
    ready, down = instances.ready, instances.down
    for version, count in enumerate(ready if sum(down) < component.restarts else ()):
        others = count > 1 or version in instances.terminating
        if count and (others or (component.name, version) not in grip.on):
            without = _retired(instances, version)
            yield without._replace(down=_add(down, version, 1))
    for version, count in enumerate(down):
        if count and _can_be_ready(plan, state, component, version):
            yield instances._replace(ready=_add(ready, version, 1), down=_add(down, version, -1))


def _switched(instances: Instances, goal: int) -> Instances:
    """The goal takes the calls; what was live drains, if any of it is ready (41)."""
    assert instances.live is not None
    drains = frozenset({instances.live} if instances.ready[instances.live] else ())
    return instances._replace(live=goal, drained=(instances.drained | drains) - {goal})


def _retired(instances: Instances, version: int) -> Instances:
    ready = _add(instances.ready, version, -1)
    drained = frozenset(v for v in instances.drained if ready[v])
    return instances._replace(ready=ready, drained=drained)


def _add(counts: tuple[int, ...], version: int, number: int) -> tuple[int, ...]:
    return tuple(count + number if v == version else count for v, count in enumerate(counts))
