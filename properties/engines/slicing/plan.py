"""A deployment, indexed for slicing: who calls whom, who writes where, which actions concern what.

A unit is what can be kept or cut as a whole, a part of the deployment with a life of its own: nothing but
the pipeline, the traffic and the request connects one with another. It is called by its variable: the
instances of a component (of a worker with its switch, `jobs`), a flag, a schema, a content.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from ....model.compiler.life_variables import Standing, find_variable
from ....model.compiler.moves import Move, Position, has_content, list_awaited_moves
from ....model.compiler.start import find_starting_forms
from ....model.compiler.system import Value
from ....model.compiler.task import Compilation, Task
from ....model.compiler.traffic import Hand, list_consumers, list_hands
from ....model.deployment import Deployment, Instruction, Kind, Verb
from ....model.deployment.predicate import Leads, Predicate, list_atoms
from ....model.machines.rollouts import Rollout
from ....model.names import (
    Contract,
    VariableKey,
    VariableKind,
    content_of,
    flag_of,
    instances_of,
    jobs_of,
    leader_of,
    schema_of,
    unacknowledged_of,
)
from .copies import list_copies_alike, list_mere_copies
from .lines import PositionLine, list_lines
from .settled import Settled
from .stretches import count_steps
from .ties import Cluster, join_clusters, list_named
from .whole_system import RunsAlone, Traffic, WholeSystem, group_traffic

if TYPE_CHECKING:
    from .alike_lines import AlikeLines
    from .presence import Presences
    from .profile import PlacedProfile, Profile

ONLY_WAITING = frozenset({Instruction.AWAIT, Instruction.DRAIN})
"""Actions without effects of their own: their `when` holds up the pipeline."""


CLEANED_AT_ONCE = frozenset({Instruction.PURGE, Instruction.EXPIRE})
"""Actions on a queue that need nobody who takes its messages."""


class Party(Struct, frozen=True):
    """Somebody of the traffic writes the contract, or (`consumes`) uses up what lies there."""

    contract: Contract
    hand: Hand
    consumes: bool = False

    @property
    def components(self) -> tuple[str, ...]:
        """Those on which it depends: who does it, and the workers one of which must not be suspended."""
        return (self.hand.component, *self.hand.roots)


class SlicePlan(Struct, frozen=True, dict=True):
    """The index of one line. `rollouts` are the lives that were given in place of the strategies'; without
    `chosen` it is the main line."""

    deployment: Deployment
    rollouts: Mapping[str, Rollout]
    given: Compilation | None = None
    chosen: PositionLine | None = None
    main: SlicePlan | None = None
    """The index that this was made from."""

    @classmethod
    def of(cls, task: Task) -> SlicePlan:
        """The index of the task's main line; the same for all who ask."""
        indexes = task.compilation.indexes
        found = indexes.get(cls) or cls(task.deployment, task.rollouts or {}, task.compilation)
        assert isinstance(found, SlicePlan)
        indexes[cls] = found
        return found

    @cached_property
    def whole(self) -> Compilation:
        """The whole, compiled; as it was given, if it was."""
        return self.given or Compilation(self.deployment, self.rollouts)

    @cached_property
    def lines(self) -> tuple[PositionLine, ...]:
        """All lines of the course, the main line first."""
        return tuple(list_lines(self.whole.vocabulary.course))

    @cached_property
    def line(self) -> PositionLine:
        """The line that this is the index of."""
        return self.chosen or self.lines[0]

    def on(self, line: PositionLine) -> SlicePlan:
        """The index of one of the lines; the same for all who ask."""
        passed = tuple(line.place_of)
        if passed == tuple(self.line.place_of):
            return self
        if passed not in self._others:
            self._others[passed] = SlicePlan(self.deployment, self.rollouts, self.whole, line, self)
        return self._others[passed]

    @cached_property
    def _others(self) -> dict[tuple[int, ...], SlicePlan]:
        """The indexes of other lines, by the positions that these pass."""
        return {}

    @cached_property
    def alike_lines(self) -> AlikeLines:
        """Which lines of the course look the same to whom."""
        from .alike_lines import AlikeLines

        return AlikeLines(self) if self.main is None else self.main.alike_lines

    @cached_property
    def profiled(self) -> dict[VariableKey, PlacedProfile]:
        """What was found of units of this line alone, whoever asked for it."""
        return {}

    @cached_property
    def profiled_alone(self) -> dict[Hashable, Profile]:
        """The same of slices of one unit, on whichever line."""
        return {} if self.main is None else self.main.profiled_alone

    @cached_property
    def too_large(self) -> dict[frozenset[VariableKey], int]:
        """Units that are tied together and had more states than this, on whichever line."""
        return {} if self.main is None else self.main.too_large

    @cached_property
    def present_alone(self) -> dict[Hashable, Presences]:
        """What components can be present for, by their slices, on whichever line."""
        return {} if self.main is None else self.main.present_alone

    @cached_property
    def traffic(self) -> Traffic:
        """The events of the traffic, and what is enabled after the end, by the variable that they change."""
        return group_traffic(self.whole.vocabulary)

    @cached_property
    def alone(self) -> WholeSystem:
        """The whole with no request under watch."""
        return WholeSystem(self.whole.vocabulary, None, self.traffic)

    @property
    def positions(self) -> tuple[Position, ...]:
        """Those of the line, in their order; a place is a number in it."""
        return self.line.positions

    @cached_property
    def place_of(self) -> Mapping[Value, int]:
        """The place of each position, by the pipeline's value there."""
        return {Standing(position.name): place for place, position in enumerate(self.positions)}

    @cached_property
    def begun(self) -> tuple[int, ...]:
        """How many steps have begun by each place."""
        return count_steps(self.positions)

    @cached_property
    def changed(self) -> frozenset[Contract]:
        return frozenset(self.deployment.contracts) & frozenset(self.deployment.changed)

    def has_instances(self, name: str) -> bool:
        component = self.deployment.components.get(name)
        return component is not None and component.kind.has_instances

    def has_content(self, contract: Contract) -> bool:
        return has_content(self.deployment, contract)

    def has_schema(self, contract: Contract) -> bool:
        return contract in self.changed and self.deployment.components[contract.provider].kind.has_schema

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
        for hand in list_hands(self.deployment, contract, (Verb.WRITES, Verb.PUBLISHES)):
            yield Party(contract, hand)

    def consumers(self, contract: Contract) -> tuple[Party, ...] | None:
        """Who uses up the messages of a broker's contract; None where they can go at any time."""
        if contract not in self._consumers:
            self._consumers[contract] = self._find_consumers(contract)
        return self._consumers[contract]

    @cached_property
    def _consumers(self) -> dict[Contract, tuple[Party, ...] | None]:
        return {} if self.main is None else self.main._consumers

    def _find_consumers(self, contract: Contract) -> tuple[Party, ...] | None:
        if self.deployment.components[contract.provider].kind is not Kind.BROKER:
            return None
        found = list_consumers(self.deployment, contract)
        return None if found is None else tuple(Party(contract, hand, consumes=True) for hand in found)

    def versions_of(self, party: Party) -> frozenset[str]:
        """The versions of its component that do it."""
        verbs = (Verb.CONSUMES,) if party.consumes else (Verb.WRITES, Verb.PUBLISHES)
        key = party.contract, party.consumes
        if key not in self._hands:
            self._hands[key] = list_hands(self.deployment, party.contract, verbs)
        return self._hands[key][party.hand]

    @cached_property
    def _hands(self) -> dict[tuple[Contract, bool], dict[Hand, frozenset[str]]]:
        return {} if self.main is None else self.main._hands

    def is_drained(self, contract: Contract) -> bool:
        """Whether the pipeline ever waits for its messages to be used up."""
        places = self.actions.get(content_of(contract), ())
        actions = (self.positions[index].action for index in places)
        return any(action is not None and action.instruction not in CLEANED_AT_ONCE for action in actions)

    def is_plain(self, contract: Contract) -> bool:
        """Whether more that lies there only makes more hazards, and nothing waits for it: the contract exists
        in each version, nobody passes its subject on, nothing is derived from it, and nothing comes back."""
        return contract not in self._intricate

    @cached_property
    def _intricate(self) -> frozenset[Contract]:
        """The contracts that are not plain."""
        changed = self.deployment.changed
        hops = (hop for request in self.deployment.requests for hop in request.hops)
        found = {hop.contract for hop in hops if hop.verb is Verb.RELAYS}
        found.update(c for c, change in changed.items() if change.source or change.exists is not None)
        found.update(self.sources)
        found.update(self.deployment.redelivered)
        return frozenset(found)

    @cached_property
    def sources(self) -> frozenset[Contract]:
        """The contracts of which others are copies."""
        every = (change.source for change in self.deployment.changed.values())
        return frozenset(source for source in every if source is not None)

    def looked_at_by(self, unit: VariableKey) -> Cluster:
        """What a unit that is `alike` others, and they, have to do with: the pods that migrate the schema, or
        what the copy is made of."""
        contract = unit.contract
        if unit.kind is VariableKind.SCHEMA:
            return tuple(map(instances_of, self.deployment.migrators[contract]))
        source = self.source_of(contract)
        assert source is not None, "only copies are alike"
        return (content_of(source) if self.has_content(source) else schema_of(source),)

    def starts(self, contract: Contract) -> frozenset[str]:
        """What lies there at the start."""
        found = self._starts.get(contract)
        if found is None:
            found = self._starts[contract] = find_starting_forms(self.deployment, contract)
        return found

    @cached_property
    def _starts(self) -> dict[Contract, frozenset[str]]:
        return {} if self.main is None else self.main._starts

    # --- which actions concern what ---

    @cached_property
    def actions(self) -> dict[VariableKey, tuple[int, ...]]:
        """The places at which a move of the unit begins or is waited for, or at which the pipeline waits
        for a predicate that names it; units without any are missing."""
        targeted = self.targeted.items()
        found = {unit: dict.fromkeys(places) for unit, places in targeted if self.is_unit(unit)}
        for place, position in enumerate(self.positions):
            action, when = position.action, self.settled.condition(place)
            if action is not None and when is not None and action.instruction in ONLY_WAITING:
                for unit in self._named_by(when) if position.waits else ():
                    found.setdefault(unit, {})[place] = None
        return {unit: tuple(sorted(places)) for unit, places in found.items()}

    def is_unit(self, unit: VariableKey) -> bool:
        """Whether there is such a unit: what expires need not have any content."""
        return unit.kind is not VariableKind.CONTENT or self.has_content(unit.contract)

    @cached_property
    def expired(self) -> frozenset[Contract]:
        """The contracts that the pipeline makes expire: who carries an old form may hold it up."""
        return frozenset(
            move.subject
            for move in self.line.moves
            if move.instruction is Instruction.EXPIRE and isinstance(move.subject, Contract)
        )

    @cached_property
    def counts(self) -> tuple[Mapping[str, int], ...]:
        """By place how many instances are wanted of those of which the number changes."""
        counts = self.whole.vocabulary.course.counts
        return tuple(counts[position.index] for position in self.positions)

    @cached_property
    def resized_at(self) -> Mapping[str, tuple[int, ...]]:
        """The places at which another number of instances is wanted than before."""
        both = list(enumerate(pairwise(self.counts), start=1))
        return {
            name: tuple(place for place, (before, after) in both if before[name] != after[name])
            for name in self.deployment.resized
        }

    @cached_property
    def targeted(self) -> dict[VariableKey, tuple[int, ...]]:
        """The places at which a move of the unit begins, or is waited for."""
        found: dict[VariableKey, dict[int, None]] = {}
        for place, position in enumerate(self.positions):
            for move in (*self._beginning.get(position.index, ()), *self._awaited(position)):
                found.setdefault(unit_of(move), {})[place] = None
        return {unit: tuple(places) for unit, places in found.items()}

    # --- who looks at whom ---

    @cached_property
    def settled(self) -> Settled:
        """What is known of flags, schemas and instances by where the pipeline stands."""
        return Settled(self.whole.vocabulary, self.positions, self.moves_of)

    @cached_property
    def clusters(self) -> Mapping[VariableKey, Cluster]:
        """The cluster of each unit that is tied to others, or looks at itself; of others none."""
        return join_clusters(self._ties())

    def cluster_of(self, unit: VariableKey) -> Cluster:
        """What is kept or cut with the unit."""
        return self.clusters.get(unit, (unit,))

    @cached_property
    def mere_copies(self) -> Mapping[VariableKey, Hashable]:
        """Copies that may be alike others, each with what becomes of it."""
        return dict(list_mere_copies(self)) if self.main is None else self.main.mere_copies

    @cached_property
    def alike(self) -> dict[VariableKey, Cluster]:
        """Units of which one can stand for the others, each with all those like it."""
        groups = (*self._schemas_alike(), *list_copies_alike(self))
        return {unit: group for group in groups for unit in group}

    @cached_property
    def alike_beside(self) -> dict[VariableKey, list[tuple[int, Cluster]]]:
        """By what they have to do with the groups of units that are alike, each with its place among all."""
        found: dict[VariableKey, list[tuple[int, Cluster]]] = {}
        groups = {id(group): group for group in self.alike.values()}
        for place, group in enumerate(groups.values()):
            for unit in self.looked_at_by(group[0]):
                found.setdefault(unit, []).append((place, group))
        return found

    def _schemas_alike(self) -> Iterator[Cluster]:
        """Schemas that the same pods migrate as they start, that nothing else moves, and that no predicate
        and no content looks at."""
        named = {unit for predicate in self.predicates() for unit in self._named_by(predicate)}
        groups: dict[tuple[str, ...], list[VariableKey]] = {}
        for contract, pods in self.deployment.migrators.items():
            unit = schema_of(contract)
            is_plain = self.has_schema(contract) and self.is_plain(contract)
            if is_plain and unit not in named and unit not in self.moves_of:
                groups.setdefault(pods, []).append(unit)
        yield from map(tuple, groups.values())

    def leaders(self, units: Iterable[VariableKey]) -> Iterator[VariableKey]:
        """The first unit with actions of each of the clusters that these belong to."""
        found: dict[VariableKey, None] = {}
        for unit in units:
            moving = (one for one in self.cluster_of(unit) if one in self.actions)
            found.update(dict.fromkeys([next(moving)] if unit in self.actions else ()))
        yield from found

    @cached_property
    def movers(self) -> tuple[Mover, ...]:
        """The clusters that have actions, in order."""
        return tuple(self._mover(leader, self.cluster_of(leader)) for leader in self.leaders(self.actions))

    def _mover(self, leader: VariableKey, units: Cluster) -> Mover:
        lives = self.whole.vocabulary.lives
        variables = tuple(name for unit in units for name in variables_of(unit) if name in lives)
        return Mover(
            leader,
            units,
            first=min(self.actions[unit][0] for unit in units if unit in self.actions),
            variables=variables,
            components=tuple(unit.owner for unit in units if unit.kind is VariableKind.INSTANCES),
            alike={name: self.alike[name] for name in variables if name in self.alike},
        )

    @cached_property
    def run_alone(self) -> RunsAlone:
        """As `WholeSystem.runs`, of clusters that look at what is settled on this line."""
        return RunsAlone()

    def is_tied(self, name: str) -> bool:
        """Whether a predicate names the component, or it waits for one."""
        return instances_of(name) in self.clusters

    def is_whole(self, name: str) -> bool:
        """Whether more of its states is looked at than a request and the traffic see: by a predicate, by how
        many are wanted, by who leads or by messages that come back. Then its machine is not reduced."""
        deployment = self.deployment
        return self.is_tied(name) or name in {*deployment.resized, *deployment.led, *self.takers}

    @cached_property
    def watched_leaders(self) -> frozenset[str]:
        """The components of which something waits for who leads."""
        every = (atom for predicate in self.predicates() for atom in list_atoms(predicate))
        return frozenset(atom.component for atom in every if isinstance(atom, Leads))

    def predicates(self) -> Iterator[Predicate]:
        """What something waits for on the line."""
        said = (self.settled.condition(place) for place in range(len(self.positions)))
        yield from (when for when in said if when is not None)
        for component in self.deployment.components.values():
            yield from (
                predicate for _, predicate in (component.readiness.when if component.readiness else ())
            )

    @cached_property
    def takers(self) -> frozenset[str]:
        """Who consumes messages that come back when an instance of it has gone."""
        return frozenset(name for names in self.deployment.redelivered.values() for name in names or ())

    def _ties(self) -> Iterator[list[VariableKey]]:
        for place, position in enumerate(self.positions):
            if (when := self.settled.condition(place)) is not None:
                moves = (*self._beginning.get(position.index, ()), *self._awaited(position))
                yield [*filter(self.is_unit, map(unit_of, moves)), *self._named_by(when)]
        yield from self._standing_ties

    @cached_property
    def _standing_ties(self) -> tuple[list[VariableKey], ...]:
        """Those that are the same on every line."""
        return tuple(self._list_standing_ties()) if self.main is None else self.main._standing_ties

    def _list_standing_ties(self) -> Iterator[list[VariableKey]]:
        for contract in self._intricate:
            yield from self._ties_of_content(contract)
        for component in self.deployment.components.values():
            for _, predicate in component.readiness.when if component.readiness else ():
                yield [instances_of(component.name), *self._named_by(predicate)]
        for contract, names in self.deployment.migrators.items():
            yield [schema_of(contract), *map(instances_of, names)]

    def _ties_of_content(self, contract: Contract) -> Iterator[list[VariableKey]]:
        """Of what comes and goes with its schema, and of what is derived from another: with the flags that
        say in which form it is written."""
        change = self.deployment.changed.get(contract)
        if change is None or not self.has_content(contract):
            return
        content, flag = content_of(contract), self.deployment.flag_of.get(contract)
        flags = [] if flag is None else [flag_of(flag.name)]
        if change.exists is not None and self.has_schema(contract):
            yield [content, schema_of(contract), *flags]
        source = self.source_of(contract)
        if source is not None:
            yield [content, content_of(source) if self.has_content(source) else schema_of(source), *flags]
        elif any(self.source_of(other) == contract for other in self._intricate):
            yield [content, *flags]

    def source_of(self, contract: Contract) -> Contract | None:
        """The contract that it is a copy of, if that has anything to be copied."""
        source = self.deployment.changed[contract].source if contract in self.changed else None
        is_one = source is not None and (self.has_content(source) or self.has_schema(source))
        return source if is_one else None

    def _named_by(self, predicate: Predicate) -> list[VariableKey]:
        """The units that it looks at."""
        return list(list_named(self.deployment, predicate))

    @cached_property
    def _beginning(self) -> dict[int, list[Move]]:
        found: dict[int, list[Move]] = {}
        for move in self.line.moves:
            found.setdefault(move.position, []).append(move)
        return found

    def _awaited(self, position: Position) -> tuple[Move, ...]:
        is_await = position.action is not None and position.action.instruction is Instruction.AWAIT
        return list_awaited_moves(position, self.line.moves) if is_await else ()

    @cached_property
    def moves_of(self) -> dict[VariableKey, tuple[Move, ...]]:
        """The moves of each unit, in the order of the line."""
        found: dict[VariableKey, list[Move]] = {}
        for move in self.line.moves:
            found.setdefault(unit_of(move), []).append(move)
        return {unit: tuple(moves) for unit, moves in found.items()}

    def is_awaited(self, unit: VariableKey) -> bool:
        """Whether the pipeline ever waits for a move of the unit."""
        places = (self.positions[index].action for index in self.actions.get(unit, ()))
        return any(action is not None and not action.background for action in places)


class Mover(Struct, frozen=True):
    """A cluster that has actions: its `leader`, its `units`, the `first` place at which one concerns it, its
    variables, its components, and those of its variables that are `alike`, with all others that are."""

    leader: VariableKey
    units: Cluster
    first: int
    variables: tuple[VariableKey, ...]
    components: tuple[str, ...]
    alike: Mapping[VariableKey, Cluster]


def variables_of(unit: VariableKey) -> tuple[VariableKey, ...]:
    """The variables that belong to a unit."""
    match unit.kind:
        case VariableKind.INSTANCES:
            return unit, jobs_of(unit.owner), leader_of(unit.owner)
        case VariableKind.CONTENT:
            return unit, unacknowledged_of(unit.contract)
    return (unit,)


def unit_of(move: Move) -> VariableKey:
    """The unit that moves."""
    name = find_variable(move)
    return instances_of(name.owner) if name.kind is VariableKind.JOBS else name
