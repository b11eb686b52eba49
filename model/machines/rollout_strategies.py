"""The strategies: how a component's instances go from one version to another, as machines.

Each strategy says which single events a fleet of instances can have; the machine is what can be reached
by them. The rules are paragraphs 41 to 46 of docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import assert_never

from msgspec import Struct, field, structs

from ..deployment import Component, Instruction, Readiness, Strategy
from ..kernel.graph import find_reachable
from .fleets import Fleet, FleetReader, FleetStep, plus
from .machine import Machine, Transition, UnsupportedMachineError, build, read

_ROLLED, _SCALED = " of ", " towards "
"""What stands in a trigger before the number of instances wanted, where that changes."""


class Rollout(Struct, frozen=True):
    """The life of a component with instances.

    For each state of the machine: `counts` says how many instances of each version take calls, `present`
    how many are there that a request can be on which called them (they take calls, or drain), `running` how
    many a job can be on that pulls (starting ones as well), `writing` the versions that write when they are
    called. `goals` names the triggers that bring the component to each goal; `others` those of a `deploy`
    to any other (of a machine that knows no versions). A move is over in the states that none of its
    triggers leaves. `faults` are triggers that can happen at any time, or never: a crash, a failover.
    `restarts` and `returns` are those by which an instance of a version goes down and comes back at it;
    `restarting` says for each state how many of each version are down so. `over` are, by goal, the states in
    which a move is over, where it can have to wait for others than itself. `starting` are the versions of
    which an instance starts or is down, where anything depends on that. `terminating` are those of which some
    were retired and are not gone; `endings` the triggers by which they are, each with the version. `every`
    counts all others of each version, ready or not (empty: those that are `present`).
    """

    machine: Machine
    serving: Mapping[str, frozenset[str]]
    counts: Mapping[str, Mapping[str, int]]
    present: Mapping[str, Mapping[str, int]]
    running: Mapping[str, Mapping[str, int]]
    writing: Mapping[str, frozenset[str]]
    goals: Mapping[Goal, frozenset[str]]
    others: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()
    restarts: Mapping[str, str] = field(default_factory=dict)
    returns: Mapping[str, str] = field(default_factory=dict)
    restarting: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    over: Mapping[Goal, frozenset[str]] = field(default_factory=dict)
    starting: Mapping[str, frozenset[str]] = field(default_factory=dict)
    terminating: Mapping[str, frozenset[str]] = field(default_factory=dict)
    endings: Mapping[str, str] = field(default_factory=dict)
    every: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def triggers(self, goal: Goal) -> frozenset[str]:
        if goal in self.goals:
            return self.goals[goal]
        return self.others if goal.instruction is Instruction.DEPLOY else frozenset()

    def there(self, state: str, *, pulled: bool) -> Mapping[str, int]:
        """How many instances of each version a request can be on; `pulled`: as a job that pulls."""
        return self.running[state] if pulled else self.present[state]

    def lost(self, source: str, target: str, *, pulled: bool) -> Iterator[str]:
        """The versions of which an instance that a request can be on goes from one state to the other. One
        that only begins to terminate does not go."""
        before, after = self.there(source, pulled=pulled), self.there(target, pulled=pulled)
        ends, stays = self.list_terminating(source), self.list_terminating(target)
        return (
            version
            for version in dict.fromkeys((*before, *ends))
            if version not in stays and (version in ends or after.get(version, 0) < before[version])
        )

    def is_left(self, source: str, target: str) -> bool:
        """Whether, from one state to the other, an instance goes that may have taken a message."""
        kinds = (self.present, self.running)
        counts = ((of[source], of[target]) for of in kinds)
        fewer = any(after.get(v, 0) < count for before, after in counts for v, count in before.items())
        return fewer or not self.list_terminating(source) <= self.list_terminating(target)

    def remains(self, state: str, version: str, *, pulled: bool) -> bool:
        is_ending = version in self.list_terminating(state)
        return is_ending or self.there(state, pulled=pulled).get(version, 0) > 0

    def list_terminating(self, state: str) -> frozenset[str]:
        """The versions of which instances were retired and are not gone."""
        return self.terminating.get(state, frozenset())

    def list_met(self, state: str) -> frozenset[str]:
        """The versions to be met: those that take calls, and those that finish what they have begun."""
        return self.serving[state] | self.list_terminating(state)

    def is_gone(self, state: str, version: str) -> bool:
        """Whether no instance of the version is there in any way."""
        return version not in {*self.existing(state), *self.list_terminating(state)}

    def existing(self, state: str) -> Mapping[str, int]:
        """How many instances of each version there are: ready, starting, or down by a restart."""
        return self.every[state] if self.every else self.present[state]


class Goal(Struct, frozen=True):
    """What an action wants of a component: its instruction (`deploy`, `promote`, `rollback`, `scale`), the
    version, and, where the number of instances changes, how many."""

    instruction: Instruction
    version: str
    count: int | None = None

    @property
    def suffix(self) -> str:
        """What stands behind its triggers where the number changes: a move to another number has its own."""
        if self.count is None:
            return ""
        return f"{_SCALED if self.instruction is Instruction.SCALE else _ROLLED}{self.count}"


def without_number(trigger: str) -> str:
    """What happens, without how many instances are wanted."""
    return trigger.partition(_ROLLED)[0].partition(_SCALED)[0]


def own_rollout(
    machine: Machine,
    serving: Mapping[str, Iterable[str]],
    *,
    deploy: Iterable[str] = ("deploy",),
    faults: Iterable[str] = (),
) -> Rollout:
    """A component's life from a user's own `transitions` machine.

    `serving` says for each state which versions are up in it (`{"rolling": ["V1", "V2"]}`), `deploy`
    which of its triggers the pipeline's `deploy` makes, and `faults` which can happen by themselves, at any
    time or never; others never do. Conditions of its transitions are predicates on the rest of the
    deployment, as text (`conditions="database.version == V2"`). Raises `UnsupportedMachineError`.
    """
    life = read(machine)
    triggers = {arrow.trigger for arrow in life.transitions}
    if missing := set(life.states) - set(serving):
        raise UnsupportedMachineError(f"`serving` says nothing of {', '.join(sorted(missing))}")
    if unknown := set(serving) - set(life.states):
        raise UnsupportedMachineError(
            f"`serving` names no state of the machine: {', '.join(sorted(unknown))}"
        )
    if unknown := {*deploy, *faults} - triggers:
        raise UnsupportedMachineError(f"the machine has no trigger {', '.join(sorted(unknown))}")
    up = {state: frozenset(versions) for state, versions in serving.items()}
    ones = {state: dict.fromkeys(sorted(versions), 1) for state, versions in up.items()}
    return Rollout(machine, up, ones, ones, ones, up, {}, frozenset(deploy), frozenset(faults))


def build_rollout(component: Component, versions: tuple[str, ...], goals: tuple[Goal, ...]) -> Rollout:
    """The life of a component by its own strategy, as far as these goals can take it.

    Components that live alike share one machine.
    """
    readiness = None if component.readiness is None else _EVENT
    plain = replace(component, name="", image=None, place=None, version_names=(), readiness=readiness)
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
        """So many in all: more of the version aimed at, fewer of any."""
        wanted = self._component.replicas
        yield from self._started(fleet, aim)
        if fleet.all < wanted:
            yield self._spawn(fleet, aim)
        if sum(fleet.ready) > wanted:
            yield from (self._retired(fleet, version) for version, count in enumerate(fleet.ready) if count)
        elif fleet.all > wanted:
            for version in range(len(self._versions)):
                yield from self._cut_short(fleet, version)

    def _retired(self, fleet: Fleet, version: int, verb: str = "retire") -> FleetStep:
        drained = fleet.drained - {version} if fleet.ready[version] == 1 else fleet.drained
        fewer = structs.replace(fleet, ready=plus(fleet.ready, version, -1), drained=drained)
        return f"{verb} {self._versions[version]}", fewer

    def _cut_short(self, fleet: Fleet, version: int, verb: str = "stop") -> Iterator[FleetStep]:
        """One that is not ready goes."""
        name = self._versions[version]
        if fleet.starting[version]:
            yield f"{verb} {name}", structs.replace(fleet, starting=plus(fleet.starting, version, -1))
        if fleet.down[version]:
            yield f"{verb} restarting {name}", structs.replace(fleet, down=plus(fleet.down, version, -1))

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
            yield f"publish {self._versions[goal]}", structs.replace(fleet, ready=plus(fleet.ready, goal, 1))

    def _started(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        """Instances that are starting become ready; those of another version are stopped."""
        for version, count in enumerate(fleet.starting):
            if not count:
                continue
            if version == goal:
                yield self._ready(fleet, version)
            else:
                fewer = structs.replace(fleet, starting=plus(fleet.starting, version, -1))
                yield f"stop {self._versions[version]}", fewer

    def _stopped(self, fleet: Fleet, goal: int) -> Iterator[FleetStep]:
        """Instances of other versions that are down by a restart go where ready ones would, all counted."""
        component = self._component
        rolls = component.strategy in (Strategy.ROLLING, Strategy.CANARY)
        if rolls and fleet.all <= component.replicas - component.max_unavailable:
            return
        for version, count in enumerate(fleet.down):
            if count and version != goal and (version != fleet.live or fleet.live == goal):
                fewer = structs.replace(fleet, down=plus(fleet.down, version, -1))
                yield f"stop restarting {self._versions[version]}", fewer

    def restarted(self, fleet: Fleet) -> Iterator[FleetStep]:
        """An instance goes down, or comes back, of itself."""
        if sum(fleet.down) < self._component.restarts:
            for version, count in enumerate(fleet.ready):
                if count:
                    drained = fleet.drained - {version} if count == 1 else fleet.drained
                    ready, down = plus(fleet.ready, version, -1), plus(fleet.down, version, 1)
                    after = structs.replace(fleet, ready=ready, down=down, drained=drained)
                    yield f"restart {self._versions[version]}", after
        for version, count in enumerate(fleet.down):
            if count:
                ready, down = plus(fleet.ready, version, 1), plus(fleet.down, version, -1)
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
        starting, ready = plus(fleet.starting, version, -1), plus(fleet.ready, version, 1)
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
            drained = (fleet.drained | {live}) - {goal}
            yield f"switch to {self._versions[goal]}", structs.replace(fleet, live=goal, drained=drained)

    def _spawn(self, fleet: Fleet, version: int, verb: str = "spawn") -> FleetStep:
        trigger = f"{verb} {self._versions[version]}"
        if self._component.readiness is None:
            return trigger, structs.replace(fleet, ready=plus(fleet.ready, version, 1))
        return trigger, structs.replace(fleet, starting=plus(fleet.starting, version, 1))

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
        yield from (f"{verb} {version}" for version in others for verb in ("stop", "stop restarting"))
        yield from (f"{verb} {goal.version}" for verb in ("spawn", "ready", "switch to", "publish"))
        yield from (f"retire {version}" for version in others)
