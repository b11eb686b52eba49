"""The life of a component with instances, and what the pipeline can want of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from ..deployment import Instruction
from .machine import Machine, UnsupportedMachineError, read

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
