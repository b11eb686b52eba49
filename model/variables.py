"""The variables of a deployment, and what can be said of them: the vocabulary of guards.

A variable holds the state of one machine and, where a move on it can end and be undone later,
which moves have ended (DESIGN 2: an `await` is over when the moves have ended, whatever writers
did since). Both stand in one variable because "ended, or nothing to do" must be one conjunct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from . import machines
from .deployment import Contract, Deployment, Instruction, Kind
from .machines import Forms, Life, Machine, Rollout
from .moves import Move, Position, has_content, moves, positions
from .system import Guard, Variable

PIPELINE = "pipeline"
RUNNING, SUSPENDED = "running", "suspended"
OFF, ON = "off", "on"


class Standing(NamedTuple):
    """A value: the state of a machine, and the numbers of the moves on it that have ended."""

    state: str
    ended: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class LifeVariable:
    """A variable with its machine. `subject` is what a story calls it."""

    name: str
    subject: str
    machine: Machine
    life: Life
    domain: tuple[Standing, ...]

    def in_states(self, states: Iterable[str]) -> Guard:
        """The guard that the machine is in one of the states."""
        wanted = frozenset(states)
        return {self.name: frozenset(value for value in self.domain if value.state in wanted)}

    def where(self, holds: Callable[[Standing], bool]) -> Guard:
        return {self.name: frozenset(filter(holds, self.domain))}

    @property
    def is_tracked(self) -> bool:
        """Whether it is remembered which moves on it have ended."""
        return any(value.ended for value in self.domain)

    @property
    def variable(self) -> Variable:
        return Variable(self.name, self.domain, Standing(self.life.initial))


class Vocabulary:
    """The machines of a deployment as variables, and the guards that speak of them.

    `rollouts` gives components a life of their own in place of the rolling update.
    """

    def __init__(self, deployment: Deployment, rollouts: Mapping[str, Rollout] | None = None) -> None:
        self.deployment = deployment
        self.positions: tuple[Position, ...] = positions(deployment)
        self.moves: tuple[Move, ...] = moves(deployment)
        self.rollouts: dict[str, Rollout] = {
            name: (rollouts or {}).get(name) or _rolling(deployment, name)
            for name, component in deployment.components.items()
            if component.kind.has_instances
        }
        self.forms: Forms = machines.content(deployment.versions)
        self.lives: dict[str, LifeVariable] = {life.name: life for life in self._lives()}

    def _lives(self) -> Iterable[LifeVariable]:
        deployment = self.deployment
        names = tuple(position.name for position in self.positions)
        yield _life(PIPELINE, PIPELINE, machines.sequence(names, "advance"))
        for name, rollout in self.rollouts.items():
            yield _life(f"up {name}", name, rollout.machine)
        for name, component in deployment.components.items():
            if component.kind is Kind.WORKER:
                jobs = machines.switch(RUNNING, SUSPENDED, "suspend", "resume")
                yield _life(f"jobs {name}", name, jobs, self._tracked(f"jobs {name}"))
        for flag in deployment.flags:
            life = machines.switch(OFF, ON, "enable", "disable")
            yield _life(f"flag {flag.name}", flag.name, life, self._tracked(f"flag {flag.name}"))
        for contract in self.changed:
            if deployment.components[contract.provider].kind.has_schema:
                schema = machines.sequence(deployment.versions, "advance")
                yield _life(f"schema {contract}", str(contract), schema)
            if has_content(deployment, contract):
                tracked = self._tracked(f"content {contract}")
                yield _life(f"content {contract}", str(contract), self.forms.machine, tracked)

    def _tracked(self, name: str) -> tuple[int, ...]:
        """The moves whose end must be remembered: writers can undo what a sync or a purge did, and
        a switch that is thrown in the background can be thrown back by another action."""
        on_it = [
            move
            for move in self.moves
            if variable_of(move) == name and move.instruction is not Instruction.DRAIN
        ]
        undone = name.startswith("content ") or any(move.background for move in on_it)
        return tuple(move.number for move in on_it) if undone else ()

    @cached_property
    def changed(self) -> tuple[Contract, ...]:
        """The contracts that the release changes, in the order of the requests."""
        return tuple(c for c in self.deployment.contracts if c in (self.deployment.changes or {}))

    # --- guards: each says one thing of a state ---

    def at(self, places: Iterable[Position]) -> Guard:
        return self.lives[PIPELINE].in_states(place.name for place in places)

    def up(self, component: str, version: str) -> Guard:
        """An instance of the version is up."""
        serving = self.rollouts[component].serving
        return self.lives[f"up {component}"].in_states(s for s, up in serving.items() if version in up)

    def nobody_up(self, component: str) -> Guard:
        serving = self.rollouts[component].serving
        return self.lives[f"up {component}"].in_states(s for s, up in serving.items() if not up)

    def only_up(self, component: str, version: str) -> Guard:
        """No instance of another version is up (nor need one of this)."""
        serving = self.rollouts[component].serving
        return self.lives[f"up {component}"].in_states(s for s, up in serving.items() if up <= {version})

    def running(self, component: str) -> Guard:
        """The component starts jobs; trivial for what is no worker."""
        life = self.lives.get(f"jobs {component}")
        return life.in_states([RUNNING]) if life else {}

    def flag_is(self, flag: str, state: str) -> Guard:
        return self.lives[f"flag {flag}"].in_states([state])

    def schema_is(self, contract: Contract, version: str) -> Guard:
        return self.lives[f"schema {contract}"].in_states([version])

    def has_schema(self, contract: Contract) -> bool:
        return f"schema {contract}" in self.lives

    def has_content(self, contract: Contract) -> bool:
        return f"content {contract}" in self.lives

    def holds(self, contract: Contract, form: str) -> Guard:
        """The form lies in the contract's content."""
        return self.lives[f"content {contract}"].where(lambda value: form in self.forms.held[value.state])

    def is_empty(self, contract: Contract) -> Guard:
        return self.lives[f"content {contract}"].in_states([machines.EMPTY])

    def not_empty(self, contract: Contract) -> Guard:
        return self.lives[f"content {contract}"].where(lambda value: value.state != machines.EMPTY)

    # --- forms: how code of a version behaves at a contract (DESIGN 3.6) ---

    def form(self, version: str, flag: str | None) -> str:
        """The form of an instance of the version, where `flag` is the state of the flag that guards
        the contract (None: no flag does): new code behaves in the old form while it is off."""
        rank = self.deployment.versions.index(version)
        return self.deployment.versions[max(rank - 1, 0)] if flag == OFF else version

    def flag_states(self, contract: Contract) -> list[tuple[str | None, Guard]]:
        """The states of the flag that guards the contract, each with its guard; [(None, {})] if none does."""
        flag = self.deployment.flag_of.get(contract)
        if flag is None:
            return [(None, {})]
        return [(state, self.flag_is(flag, state)) for state in (OFF, ON)]


def variable_of(move: Move) -> str:
    """The name of the variable that the move is on."""
    match move.instruction:
        case Instruction.DEPLOY:
            return f"up {move.subject}"
        case Instruction.MIGRATE | Instruction.RECONFIGURE:
            return f"schema {move.subject}"
        case Instruction.SUSPEND | Instruction.RESUME:
            return f"jobs {move.subject}"
        case Instruction.ENABLE | Instruction.DISABLE:
            return f"flag {move.subject}"
        case _:
            return f"content {move.subject}"


def _life(name: str, subject: str, machine: Machine, tracked: tuple[int, ...] = ()) -> LifeVariable:
    life = machines.read(machine)
    ended = [frozenset(c) for size in range(len(tracked) + 1) for c in combinations(tracked, size)]
    domain = tuple(Standing(state, numbers) for state in life.states for numbers in ended)
    return LifeVariable(name, subject, machine, life, domain)


def _rolling(deployment: Deployment, name: str) -> Rollout:
    component = deployment.components[name]
    old, new = deployment.versions
    return machines.rolling(old, new, component.replicas, component.max_surge, component.max_unavailable)
