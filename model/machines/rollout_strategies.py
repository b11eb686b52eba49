"""The strategies: how a component's instances go from one version to another, as machines.

Each strategy says which single events a fleet of instances can have; the machine is what can be reached
by them. The rules are paragraphs 41 to 46 of docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import assert_never

from msgspec import structs

from ..deployment import Component, Instruction, Readiness, Strategy
from ..kernel.graph import find_reachable
from .fleets import Fleet, FleetReader, FleetStep, add_instances
from .machine import Transition, build
from .rollouts import Goal, Rollout


def build_rollout(component: Component, versions: tuple[str, ...], goals: tuple[Goal, ...]) -> Rollout:
    """The life of a component by its own strategy, as far as these goals can take it.

    Components that live alike share one machine.
    """
    readiness = None if component.readiness is None else _EVENT
    migrates = ("",) if component.migrates else ()  # whichever databases
    plain = replace(
        component, name="", image=None, place=None, version_names=(), readiness=readiness, migrates=migrates
    )
    return _rollout(plain, versions, goals)


_EVENT = Readiness()


@cache
def _rollout(component: Component, versions: tuple[str, ...], goals: tuple[Goal, ...]) -> Rollout:
    moves, read = _FleetMoves(component, versions), FleetReader(component, versions)
    onward: dict[Fleet, list[FleetStep]] = {}

    def reached_from(fleet: Fleet) -> Iterator[Fleet]:
        moved = (moves.left(fleet, step) for goal in goals for step in moves.steps(fleet, goal))
        onward[fleet] = list(dict.fromkeys((*moved, *moves.restarted(fleet), *moves.ended(fleet))))
        return (reached for _, reached in onward[fleet])

    seen = {fleet: read.name(fleet) for fleet in find_reachable([moves.initial], reached_from)}
    arrows = [Transition(why, seen[f], seen[after]) for f, steps in onward.items() for why, after in steps]
    counts = {name: read.counts(fleet) for fleet, name in seen.items()}
    rollout = Rollout(
        build(seen.values(), seen[moves.initial], arrows),
        {name: frozenset(up) for name, up in counts.items()},
        counts,
        {name: read.present(fleet) for fleet, name in seen.items()},
        {name: read.running(fleet) for fleet, name in seen.items()},
        {name: read.writing(fleet) for fleet, name in seen.items()},
        {goal: frozenset(moves.triggers(goal)) for goal in goals},
        every={name: read.every(fleet) for fleet, name in seen.items()},
    )
    if component.restarts:
        rollout = moves.with_restarts(rollout, seen)
    if component.migrates:
        starting = {name: read.starting(fleet) for fleet, name in seen.items()}
        rollout = structs.replace(rollout, starting=starting)
    if component.terminates_later:
        rollout = moves.with_endings(rollout, seen)
    sized = any(goal.count is not None for goal in goals)
    waits = component.restarts or component.terminates_later or sized
    return moves.with_ends(rollout, seen, goals) if waits else rollout


class _FleetMoves:
    """What can happen to the fleet of a component."""

    def __init__(self, component: Component, versions: tuple[str, ...]) -> None:
        self._component, self._versions = component, versions
        self._read = FleetReader(component, versions)
        none = (0,) * len(versions)
        is_blue_green = component.strategy is Strategy.BLUE_GREEN
        start = 1 if component.stays else component.replicas
        self.initial = Fleet((start, *none[1:]), none, none, 0 if is_blue_green else None)

    def steps(self, fleet: Fleet, goal: Goal) -> Iterator[FleetStep]:
        """Each event that a move towards the goal can have."""
        if goal.count is not None:
            sized = _FleetMoves(self._component.sized(goal.count), self._versions)
            for why, after in (
                *sized.steps(fleet, structs.replace(goal, count=None)),
                *sized.surplus(fleet, goal),
            ):
                yield why + goal.suffix, after
            return
        version = self._versions.index(goal.version)
        if goal.instruction is Instruction.SCALE:
            yield from self._scaled(fleet, version)
            return
        if self._component.stays:
            yield from self._published(fleet, version)
            return
        if self._is_canary(goal):
            yield from self._canary(fleet, version)
            return
        yield from self._started(fleet, version)
        yield from self._stopped(fleet, version)
        match self._component.strategy:
            case Strategy.RECREATE:
                yield from self._recreate(fleet, version)
            case Strategy.BLUE_GREEN:
                yield from self._blue_green(fleet, version)
            case Strategy.ROLLING | Strategy.CANARY:
                yield from self._rolling(fleet, version)
            case _:
                assert_never(self._component.strategy)

    def surplus(self, fleet: Fleet, goal: Goal) -> Iterator[FleetStep]:
        """What is too many of the goal's own version goes as well: ready ones while there are enough of them,
        else others."""
        if self._is_canary(goal) or goal.instruction is Instruction.SCALE:
            return
        version = self._versions.index(goal.version)
        if fleet.ready[version] > self._component.replicas:
            yield self._retired(fleet, version, "retire surplus")
        elif fleet.of(version) > self._component.replicas:
            yield from self._cut_short(fleet, version, "stop surplus")

    def _scaled(self, fleet: Fleet, aim: int) -> Iterator[FleetStep]:
        """So many in all: more of the version aimed at, fewer of any. To stop one that starts because it is
        not aimed at is another event than to stop it because there are too many."""
        wanted = self._component.replicas
        for why, after in self._started(fleet, aim):
            yield (f"{why} for {self._versions[aim]}" if why.startswith("stop") else why), after
        if fleet.all < wanted:
            yield self._spawn(fleet, aim)
        if sum(fleet.ready) > wanted:
            yield from (self._retired(fleet, version) for version, count in enumerate(fleet.ready) if count)
        elif fleet.all > wanted:
            for version in range(len(self._versions)):
                yield from self._cut_short(fleet, version)

    def _retired(self, fleet: Fleet, version: int, verb: str = "retire") -> FleetStep:
        drained = fleet.drained - {version} if fleet.ready[version] == 1 else fleet.drained
        fewer = structs.replace(fleet, ready=add_instances(fleet.ready, version, -1), drained=drained)
        return f"{verb} {self._versions[version]}", fewer

    def _cut_short(self, fleet: Fleet, version: int, verb: str = "stop") -> Iterator[FleetStep]:
        """One that is not ready goes."""
        name = self._versions[version]
        if fleet.starting[version]:
            yield (
                f"{verb} {name}",
                structs.replace(fleet, starting=add_instances(fleet.starting, version, -1)),
            )
        if fleet.down[version]:
            yield (
                f"{verb} restarting {name}",
                structs.replace(fleet, down=add_instances(fleet.down, version, -1)),
            )

    def _is_canary(self, goal: Goal) -> bool:
        return self._component.strategy is Strategy.CANARY and goal.instruction is Instruction.DEPLOY

    def _canary(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        """It stops nobody, and is over with enough instances, whatever else is starting."""
        wanted = min(self._component.canary, self._component.replicas)
        if fleet.of(goal) < wanted:
            yield self._spawn(fleet, goal, "spawn canary")
        if fleet.starting[goal] and fleet.done(goal) < wanted:
            yield self._ready(fleet, goal, "ready canary")

    def _published(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        """A version comes out; the users of others stay."""
        if not fleet.ready[goal]:
            yield (
                f"publish {self._versions[goal]}",
                structs.replace(fleet, ready=add_instances(fleet.ready, goal, 1)),
            )

    def _started(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        """Instances that are starting become ready; those of another version are stopped."""
        for version, count in enumerate(fleet.starting):
            if not count:
                continue
            if version == goal:
                yield self._ready(fleet, version)
            else:
                fewer = structs.replace(fleet, starting=add_instances(fleet.starting, version, -1))
                yield f"stop {self._versions[version]}", fewer

    def _stopped(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        """Instances of other versions that are down by a restart go where ready ones would, counted as such;
        of the goal those count that are ready. So moves to two goals do not share it."""
        component = self._component
        rolls = component.strategy in (Strategy.ROLLING, Strategy.CANARY)
        counted = fleet.all - fleet.starting[goal] - fleet.down[goal]
        if rolls and counted <= component.replicas - component.max_unavailable:
            return
        for version, count in enumerate(fleet.down):
            if count and version != goal and (version != fleet.live or fleet.live == goal):
                fewer = structs.replace(fleet, down=add_instances(fleet.down, version, -1))
                yield f"stop restarting {self._versions[version]} for {self._versions[goal]}", fewer

    def restarted(self, fleet: Fleet) -> Iterator[FleetStep]:
        """An instance goes down, or comes back, of itself."""
        if sum(fleet.down) < self._component.restarts:
            for version, count in enumerate(fleet.ready):
                if count:
                    drained = fleet.drained - {version} if count == 1 else fleet.drained
                    ready, down = (
                        add_instances(fleet.ready, version, -1),
                        add_instances(fleet.down, version, 1),
                    )
                    after = structs.replace(fleet, ready=ready, down=down, drained=drained)
                    yield f"restart {self._versions[version]}", after
        for version, count in enumerate(fleet.down):
            if count:
                ready, down = add_instances(fleet.ready, version, 1), add_instances(fleet.down, version, -1)
                yield f"return {self._versions[version]}", structs.replace(fleet, ready=ready, down=down)

    def with_restarts(self, rollout: Rollout, fleets: Mapping[Fleet, str]) -> Rollout:
        """The rollout with what it says of restarts."""
        return structs.replace(
            rollout,
            restarts={f"restart {version}": version for version in self._versions},
            returns={f"return {version}": version for version in self._versions},
            restarting={name: self._read.restarting(fleet) for fleet, name in fleets.items()},
        )

    def left(self, before: Fleet, step: FleetStep) -> FleetStep:
        """What a step takes away is terminating first, if it may have something to finish: it took calls, or
        drained, or pulls jobs."""
        why, after = step
        if not self._component.terminates_later:
            return step
        busy = (
            version
            for version in range(len(self._versions))
            if after.of(version) < before.of(version)
            if self._read.pulls
            or (after.ready[version] < before.ready[version] and before.has_served(version))
        )
        return why, structs.replace(after, terminating=after.terminating.union(busy))

    def ended(self, fleet: Fleet) -> Iterator[FleetStep]:
        """What terminates of a version is gone."""
        for version in sorted(fleet.terminating):
            yield self._ending(version), structs.replace(fleet, terminating=fleet.terminating - {version})

    def _ending(self, version: int) -> str:
        return f"{self._versions[version]} is gone"

    def with_endings(self, rollout: Rollout, fleets: Mapping[Fleet, str]) -> Rollout:
        """The rollout with what it says of instances that terminate."""
        return structs.replace(
            rollout,
            terminating={name: self._read.terminating(fleet) for fleet, name in fleets.items()},
            endings={self._ending(version): name for version, name in enumerate(self._versions)},
        )

    def with_ends(self, rollout: Rollout, fleets: Mapping[Fleet, str], goals: Iterable[Goal]) -> Rollout:
        """The rollout with what it says of when a move is over."""
        over = {
            goal: frozenset(name for fleet, name in fleets.items() if self._is_over(fleet, goal))
            for goal in goals
        }
        return structs.replace(rollout, over=over)

    def _is_over(self, fleet: Fleet, goal: Goal) -> bool:
        wanted = self._component.replicas if goal.count is None else goal.count
        if goal.instruction is Instruction.SCALE:
            return sum(fleet.ready) + sum(fleet.down) == wanted == fleet.all
        done = fleet.done(self._versions.index(goal.version))
        if self._is_canary(goal):
            return done >= min(self._component.canary, wanted)
        return done == wanted == fleet.all

    def _ready(self, fleet: Fleet, version: int, verb: str = "ready") -> FleetStep:
        starting, ready = add_instances(fleet.starting, version, -1), add_instances(fleet.ready, version, 1)
        return f"{verb} {self._versions[version]}", structs.replace(fleet, starting=starting, ready=ready)

    def _rolling(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        component = self._component
        if fleet.of(goal) < component.replicas and fleet.all < component.replicas + component.max_surge:
            yield self._spawn(fleet, goal)
        if sum(fleet.ready) > component.replicas - component.max_unavailable:
            yield from self._retire(fleet, goal)

    def _recreate(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        yield from self._retire(fleet, goal)
        is_alone = fleet.all == fleet.of(goal) and fleet.terminating <= {goal}
        if is_alone and fleet.of(goal) < self._component.replicas:
            yield self._spawn(fleet, goal)

    def _blue_green(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        live = fleet.live
        assert live is not None
        yield from self._retire(fleet, goal, live)
        if live != goal and fleet.of(goal) < self._component.replicas:
            yield self._spawn(fleet, goal)
        elif live != goal and fleet.ready[goal] == self._component.replicas:
            drains = {live} if fleet.ready[live] else set[int]()  # what comes back later was called by nobody
            drained = (fleet.drained | drains) - {goal}
            yield f"switch to {self._versions[goal]}", structs.replace(fleet, live=goal, drained=drained)

    def _spawn(self, fleet: Fleet, version: int, verb: str = "spawn") -> FleetStep:
        trigger = f"{verb} {self._versions[version]}"
        if self._component.readiness is None:
            return trigger, structs.replace(fleet, ready=add_instances(fleet.ready, version, 1))
        return trigger, structs.replace(fleet, starting=add_instances(fleet.starting, version, 1))

    def _retire(self, fleet: Fleet, *kept: int) -> Iterator[FleetStep]:
        for version, count in enumerate(fleet.ready):
            if count and version not in kept:
                yield self._retired(fleet, version)

    def triggers(self, goal: Goal) -> Iterator[str]:
        """What a move towards the goal makes happen."""
        if goal.count is not None:
            surplus = ("retire surplus", "stop surplus", "stop surplus restarting")
            own = ("retire", "stop", "stop restarting") if goal.instruction is Instruction.SCALE else surplus
            several = self.triggers(structs.replace(goal, count=None))
            yield from (why + goal.suffix for why in (*several, *(f"{verb} {goal.version}" for verb in own)))
            return
        if self._is_canary(goal):
            yield from (f"{verb} canary {goal.version}" for verb in ("spawn", "ready"))
            return
        others = [version for version in self._versions if version != goal.version]
        if goal.instruction is Instruction.SCALE:
            for version in others:
                yield from (f"stop restarting {version}", f"stop {version} for {goal.version}")
        for version in others:
            yield from (f"stop {version}", f"stop restarting {version} for {goal.version}")
        yield from (f"{verb} {goal.version}" for verb in ("spawn", "ready", "switch to", "publish"))
        yield from (f"retire {version}" for version in others)
