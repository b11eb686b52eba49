"""A deployment, indexed for slicing: who calls whom, who writes where, which actions concern what.

A unit is what can be kept or cut as a whole, a part of the deployment with a life of its own: nothing but
the pipeline, the traffic and the request connects one with another. It is called by its variable: the
instances of a component (of a worker with its switch, `jobs`), a flag, a schema, a content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ....model.compiler.course import Course, build_course
from ....model.compiler.moves import SCHEMAS, SYNCS, Position, has_content, list_changed_contracts
from ....model.compiler.stack import Stack, build_stack
from ....model.compiler.start import starting_forms
from ....model.compiler.system import Event
from ....model.compiler.traffic import Hand, build_traffic_events, consumers, hands
from ....model.deployment import Action, Deployment, Instruction, Kind, Request, Verb
from ....model.machines.rollout_strategies import Rollout
from ....model.names import Contract, VariableKey, content_of, flag_of, instances_of, schema_of
from ...task import Compilation

CLEANING = frozenset({Instruction.PURGE, Instruction.DRAIN})
CONTENT = SYNCS | CLEANING
SWITCH = frozenset({Instruction.ENABLE, Instruction.DISABLE})


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody of the traffic writes the contract, or (`consumes`) uses up what lies there."""

    contract: Contract
    hand: Hand
    consumes: bool = False

    @property
    def components(self) -> tuple[str, ...]:
        """Those on which it depends: who does it, and the workers one of which must not be suspended."""
        return (self.hand.component, *self.hand.roots)


@dataclass(frozen=True)
class Plan:
    """The index. `rollouts` are the lives that were given in place of the strategies'."""

    deployment: Deployment
    rollouts: Mapping[str, Rollout]
    given: Compilation | None = None

    @cached_property
    def whole(self) -> Compilation:
        """The whole, compiled; as it was given, if it was."""
        return self.given or Compilation(self.deployment, self.rollouts)

    @cached_property
    def course(self) -> Course:
        return build_course(self.deployment)

    @cached_property
    def traffic(self) -> dict[VariableKey, list[Event]]:
        """The events of the traffic, by the variable that they change."""
        found: dict[VariableKey, list[Event]] = {}
        for event in build_traffic_events(self.whole.vocabulary):
            for name in event.effect:
                found.setdefault(name, []).append(event)
        return found

    @property
    def positions(self) -> tuple[Position, ...]:
        return self.course.positions

    @cached_property
    def cleaned(self) -> dict[int, str]:
        """The goal of each purge and drain, by position: it depends on what else the release does."""
        moves = (move for move in self.course.moves if move.instruction in CLEANING)
        return {move.position: move.goal for move in moves if move.goal is not None}

    @cached_property
    def changed(self) -> frozenset[Contract]:
        return frozenset(self.deployment.contracts) & frozenset(self.deployment.changed)

    def has_instances(self, name: str) -> bool:
        component = self.deployment.components.get(name)
        return component is not None and component.kind.has_instances

    def is_worker(self, name: str) -> bool:
        component = self.deployment.components.get(name)
        return component is not None and component.kind is Kind.WORKER

    def has_content(self, contract: Contract) -> bool:
        return has_content(self.deployment, contract)

    def has_schema(self, contract: Contract) -> bool:
        return contract in self.changed and self.deployment.components[contract.provider].kind.has_schema

    @cached_property
    def stacks(self) -> dict[str, Stack]:
        return {request.name: build_stack(request.hops) for request in self.deployment.requests}

    # --- who writes and consumes where (semantics 19, 79) ---

    @cached_property
    def parties(self) -> dict[Contract, tuple[Party, ...]]:
        """For each contract with content, who of the traffic has to do with it."""
        return {
            contract: (*self._writers(contract), *(self.consumers(contract) or ()))
            for contract in self.deployment.contracts
            if self.has_content(contract)
        }

    def _writers(self, contract: Contract) -> Iterator[Party]:
        for hand in hands(self.deployment, contract, (Verb.WRITES, Verb.PUBLISHES)):
            yield Party(contract, hand)

    def consumers(self, contract: Contract) -> tuple[Party, ...] | None:
        """Who uses up the messages of a broker's contract; None where they can go at any time."""
        if self.deployment.components[contract.provider].kind is not Kind.BROKER:
            return None
        found = consumers(self.deployment, contract)
        return None if found is None else tuple(Party(contract, hand, consumes=True) for hand in found)

    def is_drained(self, contract: Contract) -> bool:
        """Whether the pipeline ever waits for its messages to be used up."""
        places = self.actions.get(content_of(contract), ())
        actions = (self.positions[index].action for index in places)
        return any(action is not None and action.instruction is not Instruction.PURGE for action in actions)

    def is_plain(self, contract: Contract) -> bool:
        """Whether more that lies there only makes more hazards, and nothing waits for it: the contract exists
        in each version, nobody passes its subject on, and nothing is derived from it."""
        return contract not in self._intricate

    @cached_property
    def _intricate(self) -> frozenset[Contract]:
        """The contracts that are not plain."""
        changed = self.deployment.changed
        hops = (hop for request in self.deployment.requests for hop in request.hops)
        found = {hop.contract for hop in hops if hop.verb is Verb.RELAYS}
        found.update(c for c, change in changed.items() if change.source or change.exists is not None)
        found.update(change.source for change in changed.values() if change.source)
        return frozenset(found)

    def starts(self, contract: Contract) -> frozenset[str]:
        """What lies there at the start."""
        found = self._starts.get(contract)
        if found is None:
            found = self._starts[contract] = starting_forms(self.deployment, contract)
        return found

    @cached_property
    def _starts(self) -> dict[Contract, frozenset[str]]:
        return {}

    # --- which actions concern what ---

    @cached_property
    def actions(self) -> dict[VariableKey, tuple[int, ...]]:
        """The positions whose action moves the unit or waits for it; units without any are missing."""
        found: dict[VariableKey, dict[int, None]] = {}
        for position in self.positions:
            for unit in self._concerned(position.action) if position.action else ():
                found.setdefault(unit, {})[position.index] = None
        return {unit: tuple(indices) for unit, indices in found.items()}

    def _concerned(self, action: Action) -> Iterator[VariableKey]:
        for target in action.targets:
            if action.instruction is Instruction.AWAIT:
                yield from self._named(target.name)
            elif action.instruction in SWITCH:
                yield flag_of(target.name)
            elif action.instruction in SCHEMAS:
                for contract in list_changed_contracts(self.deployment, target):
                    yield schema_of(contract)
            elif action.instruction in CONTENT:
                for contract in list_changed_contracts(self.deployment, target):
                    if self.has_content(contract):
                        yield content_of(contract)
            else:
                yield instances_of(target.name)

    def _named(self, name: str) -> Iterator[VariableKey]:
        """Everything that an `await` of the name may wait for; more does no harm."""
        if self.has_instances(name):
            yield instances_of(name)
        if any(flag.name == name for flag in self.deployment.flags):
            yield flag_of(name)
        for contract in self._changed_at.get(name, ()):
            if self.has_schema(contract):
                yield schema_of(contract)
            if self.has_content(contract):
                yield content_of(contract)

    @cached_property
    def _changed_at(self) -> dict[str, list[Contract]]:
        found: dict[str, list[Contract]] = {}
        for contract in self.deployment.contracts:
            if contract in self.changed:
                found.setdefault(contract.provider, []).append(contract)
        return found

    def is_awaited(self, unit: VariableKey) -> bool:
        """Whether the pipeline ever waits for a move of the unit."""
        places = (self.positions[index].action for index in self.actions.get(unit, ()))
        return any(action is not None and not action.background for action in places)

    def request(self, name: str) -> Request:
        return next(request for request in self.deployment.requests if request.name == name)
