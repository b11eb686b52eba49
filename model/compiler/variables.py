"""The variables of a deployment, and what can be said of them: the vocabulary of guards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cached_property

from ..deployment import Deployment, Instruction, Kind
from ..deployment.predicate import Predicate
from ..errors import InvalidDeploymentError, Problem
from ..machines import machine as machines
from ..machines.machine import Forms, Machine
from ..machines.rollout_strategies import build_rollout
from ..machines.rollouts import Goal, Rollout
from ..names import (
    Contract,
    VariableKey,
    VariableKind,
    content_of,
    departed_of,
    flag_of,
    instances_of,
    jobs_of,
    leader_of,
    pipeline_of,
    schema_of,
    unacknowledged_of,
)
from .course import build_course
from .life_variables import LifeVariable, Standing, find_variable, list_standings
from .moves import (
    Course,
    Move,
    MoveLine,
    Position,
    can_happen,
    group_by_line,
    has_content,
    list_awaited_moves,
)
from .start import find_starting_forms
from .system import Event, Guard

RUNNING, SUSPENDED = "running", "suspended"
OFF, PARTLY, ON = "off", "partly on", "on"
NO_LEADER = "no leader"
NOBODY_LEFT, SOMEBODY_LEFT = "nobody has left", "an instance has left"

_SWITCHED = frozenset({VariableKind.JOBS, VariableKind.FLAG})


class Vocabulary:
    """The machines of a deployment as variables, and the guards that speak of them.

    `rollouts` gives components a life of their own in place of the rolling update; `course`, of a part of
    another deployment, stands in place of what this one's steps would make.
    """

    def __init__(
        self,
        deployment: Deployment,
        rollouts: Mapping[str, Rollout] | None = None,
        course: Course | None = None,
    ) -> None:
        self.deployment = deployment
        self.course: Course = course or build_course(deployment, rollouts)
        self.positions: tuple[Position, ...] = self.course.positions
        self.moves: tuple[Move, ...] = self.course.moves
        self.rollouts: dict[str, Rollout] = {
            name: (rollouts or {}).get(name) or self._by_strategy(name)
            for name, component in deployment.components.items()
            if component.kind.has_instances
        }
        self.lives: dict[VariableKey, LifeVariable] = {life.key: life for life in self._lives()}
        self._known_events: dict[Hashable, tuple[Event, ...]] = {}

    def keep_events(self, name: Hashable, build: Callable[[], Iterable[Event]]) -> tuple[Event, ...]:
        """Events in which no watched request has a say, built once: with many requests they are most of what
        is compiled."""
        if name not in self._known_events:
            self._known_events[name] = tuple(build())
        return self._known_events[name]

    @cached_property
    def forms(self) -> Forms:
        """What can lie in a store; made only where there is one, for it is large with many versions."""
        copies = any(change.source is not None for change in (self.deployment.changes or {}).values())
        return machines.build_content_machine(self.deployment.versions, copies=copies)

    def _by_strategy(self, name: str) -> Rollout:
        component = self.deployment.components[name]
        if component.machine is not None:
            message = f"`{name}` has a machine of its own, `{component.machine}`, whose code is not loaded"
            fix = "`--allow-code` loads it: `skewproof check`, `report`, `diagram` and others have it"
            raise InvalidDeploymentError([Problem("code-not-loaded", message, component.place, fix=fix)])
        on_it = self.moves_on.get(instances_of(name), ())
        at = ((move, here) for move in on_it for here in self.places_of(move))
        goals = tuple(dict.fromkeys(self.find_goal(move, here) for move, here in at))
        return build_rollout(component, self.deployment.versions, goals)

    def find_goal(self, move: Move, here: Position) -> Goal:
        """What a move on instances wants of them while the pipeline stands there."""
        assert move.goal is not None
        return Goal(move.instruction, move.goal, self.wanted(move.target.name, here))

    def wanted(self, component: str, here: Position) -> int | None:
        """How many instances are wanted there; None where the number never changes."""
        return self.course.counts[here.index].get(component)

    def by_count(self, component: str) -> dict[int, list[Position]]:
        """The positions of the pipeline that moves it, by how many instances are wanted there."""
        replicas = self.deployment.components[component].replicas
        found: dict[int, list[Position]] = {}
        for here in self.course_of(instances_of(component)):
            wanted = self.wanted(component, here)
            found.setdefault(replicas if wanted is None else wanted, []).append(here)
        return found

    @cached_property
    def moves_on(self) -> Mapping[VariableKey, list[Move]]:
        """The moves on each variable; variables without any are missing."""
        found: dict[VariableKey, list[Move]] = {}
        for move in self.moves:
            found.setdefault(find_variable(move), []).append(move)
        return found

    @cached_property
    def rivals(self) -> Mapping[MoveLine | None, list[Move]]:
        """The moves that can overtake each other, by what they take somewhere."""
        return group_by_line(self.moves)

    @cached_property
    def moves_at(self) -> Mapping[int, list[Move]]:
        """The moves of the action at each position, by its index; positions without any are missing."""
        found: dict[int, list[Move]] = {}
        for move in self.moves:
            found.setdefault(move.position, []).append(move)
        return found

    def awaited_at(self, position: Position) -> tuple[Move, ...]:
        """The moves that must be over before the pipeline can leave its position, those of other pipelines
        once they have begun."""
        is_await = position.action is not None and position.action.instruction is Instruction.AWAIT
        return list_awaited_moves(position, self.moves if is_await else self.moves_at.get(position.index, ()))

    def places_of(self, move: Move) -> Iterable[Position]:
        """Where its pipeline stands while the move can take effect."""
        every = self.rivals[move.line]
        places = self.courses[pipeline_of(move.pipeline)] if move.background else self._place_of(move)
        return (place for place in places if can_happen(move, place, every))

    def _place_of(self, move: Move) -> tuple[Position]:
        return (self.positions[move.position],)

    @cached_property
    def courses(self) -> Mapping[VariableKey, tuple[Position, ...]]:
        """The positions of each pipeline, in the order of the file."""
        found: dict[VariableKey, list[Position]] = {}
        for position in self.positions:
            found.setdefault(pipeline_of(position.pipeline), []).append(position)
        return {key: tuple(own) for key, own in found.items()}

    @cached_property
    def own_ends(self) -> Mapping[VariableKey, Position]:
        """Where each pipeline stands when it is over and has not failed."""
        return {key: next(here for here in course if here.is_end) for key, course in self.courses.items()}

    def course_of(self, key: VariableKey) -> tuple[Position, ...]:
        """The positions of the pipeline that moves the variable; of the first where none does."""
        moves = self.moves_on.get(key)
        return self.courses[pipeline_of(moves[0].pipeline)] if moves else next(iter(self.courses.values()))

    @cached_property
    def stops(self) -> frozenset[int]:
        """The positions, by index, at which a pipeline stands that has failed."""
        return frozenset(position.index for position in self.positions if position.is_stopped)

    @cached_property
    def step_names(self) -> tuple[str, ...]:
        """Every step with the times before and after the pipeline, of one pipeline after the other."""
        return tuple(dict.fromkeys(position.step for position in self.positions))

    def list_steps(self, places: Iterable[int]) -> tuple[str, ...]:
        """The steps of these positions (by index), in their order."""
        found = {self.positions[index].step for index in places}
        return tuple(step for step in self.step_names if step in found)

    def _lives(self) -> Iterable[LifeVariable]:
        deployment = self.deployment
        for key, course in self.courses.items():
            yield self._life(key, str(key), self._pipeline_machine(course))
        for name, fleet in self.rollouts.items():
            yield self._life(instances_of(name), name, fleet.machine)
        for name, component in deployment.components.items():
            if component.kind is Kind.WORKER:
                jobs = machines.build_switch(RUNNING, SUSPENDED, "suspend", "resume")
                yield self._life(jobs_of(name), name, jobs)
        for flag in deployment.flags:
            yield self._life(flag_of(flag.name), flag.name, self._flag(flag.name))
        for contract in self.changed:
            if deployment.components[contract.provider].kind.has_schema:
                yield self._life(
                    schema_of(contract), str(contract), machines.build_ladder(deployment.versions)
                )
            if has_content(deployment, contract):
                start = self.forms.named(find_starting_forms(deployment, contract))
                yield self._life(content_of(contract), str(contract), self.forms.machine, start)
        for name in deployment.led:
            office = (NO_LEADER, *deployment.versions)
            fleet, first = self.rollouts[name], deployment.versions[0]
            is_up = first in fleet.serving[machines.read(fleet.machine).initial]
            yield self._life(
                leader_of(name), name, machines.build_choice(office, first if is_up else NO_LEADER)
            )
        for contract in deployment.redelivered:
            key = unacknowledged_of(contract)
            yield self._life(key, f"{contract}, not acknowledged", self.forms.machine, machines.EMPTY)
        takers = (name for names in deployment.redelivered.values() for name in names or ())
        for name in dict.fromkeys(takers):
            yield self._life(departed_of(name), name, machines.build_step(NOBODY_LEFT, SOMEBODY_LEFT))

    def _pipeline_machine(self, course: Sequence[Position]) -> Machine:
        first = course[0].index
        onward = tuple(tuple(there - first for there in self.course.onward[here.index]) for here in course)
        return machines.build_pipeline_machine(tuple(position.name for position in course), onward)

    def _flag(self, name: str) -> Machine:
        if any(move.action.per_instance for move in self.moves_on.get(flag_of(name), ())):
            return machines.build_gradual_switch(OFF, PARTLY, ON)
        return machines.build_switch(OFF, ON, "enable", "disable")

    def _life(
        self, key: VariableKey, subject: str, machine: Machine, start: str | None = None
    ) -> LifeVariable:
        life = machines.read(machine)
        ended = sorted(
            {done for path in self._tracked(key) for done in machines.list_subsets(path)}, key=sorted
        )
        return LifeVariable(
            key, subject, machine, life, list_standings(machine, tuple(ended)), start or life.initial
        )

    def _tracked(self, key: VariableKey) -> list[tuple[int, ...]]:
        """The moves whose end must be remembered, for each way to an end of the pipeline: writers can undo
        what a sync or a purge did, and a switch that is thrown in the background can be thrown back."""
        on_it = [m for m in self.moves_on.get(key, ()) if m.instruction is not Instruction.DRAIN]
        is_switch = key.kind in _SWITCHED and any(move.background for move in on_it)
        if not (key.kind is VariableKind.CONTENT or is_switch):
            return [()]
        ends = [position for position in self.positions if position.is_end]
        return [tuple(move.number for move in on_it if move.position in end.passed) for end in ends]

    @cached_property
    def places(self) -> Mapping[VariableKey, int]:
        """The place of each variable among all, from 0."""
        return {key: place for place, key in enumerate(self.lives)}

    def predicate(self, text: str) -> Predicate:
        """What a condition of a user's own machine says. Raises `InvalidDeploymentError`."""
        from ..language.predicates import (
            parse_predicate_for,
        )  # only machines with conditions need the grammar

        return parse_predicate_for(self.deployment, text)

    @cached_property
    def changed(self) -> tuple[Contract, ...]:
        """The contracts that the release changes, in the order of the requests."""
        return tuple(c for c in self.deployment.contracts if c in self.deployment.changed)

    # --- guards: each says one thing of a state ---

    def at(self, places: Iterable[Position]) -> Guard:
        """The pipeline of the positions stands at one of them."""
        places = tuple(places)
        key = pipeline_of(places[0].pipeline) if places else next(iter(self.courses))
        return {key: frozenset(Standing(place.name) for place in places)}

    def up(self, component: str, version: str) -> Guard:
        """An instance of the version takes calls."""
        return self._fleet(component, lambda fleet, state: version in fleet.serving[state])

    def not_up(self, component: str, version: str) -> Guard:
        return self._fleet(component, lambda fleet, state: version not in fleet.serving[state])

    def nobody_up(self, component: str) -> Guard:
        return self._fleet(component, lambda fleet, state: not fleet.serving[state])

    def only_up(self, component: str, version: str) -> Guard:
        """No instance of another version is there (nor need one of this)."""

        def holds(fleet: Rollout, state: str) -> bool:
            there = {*fleet.present[state], *fleet.restarting.get(state, ())}
            return there | fleet.list_terminating(state) <= {version}

        return self._fleet(component, holds)

    def unavailable(self, component: str) -> list[Guard]:
        """No instance takes calls, and that is not because all that there should be can have restarted."""
        most = self.deployment.components[component].restarts
        if not most:
            return [self.nobody_up(component)]

        def holds(fleet: Rollout, state: str) -> bool:
            return not fleet.serving[state] and not fleet.restarting.get(state)

        found: list[Guard] = []
        for wanted, places in self.by_count(component).items():
            down = self.nobody_up(component) if wanted > most else self._fleet(component, holds)
            found.append({**self.at(places), **down})
        return found

    def writes(self, component: str, version: str) -> Guard:
        """An instance of the version takes calls, or drains: it can write."""
        return self._fleet(component, lambda fleet, state: version in fleet.writing[state])

    def runs(self, component: str, version: str) -> Guard:
        """An instance of the version runs: it can pull jobs, whether or not it takes calls."""
        return self._fleet(component, lambda fleet, state: version in fleet.running[state])

    def could_act(self, component: str, *versions: str, pulls: bool) -> Guard:
        """An instance of one of the versions can write (`pulls`: runs), or terminates."""

        def holds(fleet: Rollout, state: str) -> bool:
            able = frozenset(fleet.running[state]) if pulls else fleet.writing[state]
            return not (able | fleet.list_terminating(state)).isdisjoint(versions)

        return self._fleet(component, holds)

    def leads(self, component: str, version: str) -> Guard:
        """The leader is of the version; so an instance of it takes calls."""
        return self.lives[leader_of(component)].in_states([version])

    def none_terminating(self, component: str) -> Guard:
        return self._fleet(component, lambda fleet, state: not fleet.list_terminating(state))

    def any_of(self, component: str, versions: Collection[str], *, pulls: bool) -> Guard:
        """An instance of one of the versions can write; `pulls`: it runs."""

        def holds(fleet: Rollout, state: str) -> bool:
            there = frozenset(fleet.running[state]) if pulls else fleet.writing[state]
            return not there.isdisjoint(versions)

        return self._fleet(component, holds)

    def _fleet(self, component: str, holds: Callable[[Rollout, str], bool]) -> Guard:
        fleet = self.rollouts[component]
        return self.lives[instances_of(component)].in_states(s for s in fleet.serving if holds(fleet, s))

    def running(self, component: str) -> Guard:
        """The component starts jobs; trivial for what is no worker."""
        life = self.lives.get(jobs_of(component))
        return life.in_states([RUNNING]) if life else {}

    def flag_is(self, flag: str, state: str) -> Guard:
        return self.lives[flag_of(flag)].in_states([state])

    def schema_is(self, contract: Contract, version: str) -> Guard:
        return self.lives[schema_of(contract)].in_states([version])

    def has_schema(self, contract: Contract) -> bool:
        return schema_of(contract) in self.lives

    def has_content(self, contract: Contract) -> bool:
        return content_of(contract) in self.lives

    def holds(self, contract: Contract, form: str) -> Guard:
        """The form lies in the contract's content."""
        return self.lives[content_of(contract)].where(lambda value: form in self.forms.held[value.state])

    def starting_forms(self, contract: Contract) -> frozenset[str]:
        """What lies in the contract's content at the start."""
        return self.forms.held[self.lives[content_of(contract)].start]

    def is_empty(self, contract: Contract) -> Guard:
        return self.lives[content_of(contract)].in_states([machines.EMPTY])

    def not_empty(self, contract: Contract) -> Guard:
        return self.lives[content_of(contract)].where(lambda value: value.state != machines.EMPTY)

    def exists(self, contract: Contract, version: str) -> bool:
        """Whether the contract is there at all in the version of its schema."""
        change = self.deployment.change_of(contract)
        return change is None or change.exists is None or version in change.exists

    def is_there(self, contract: Contract) -> Guard:
        """The schema is at a version in which the contract exists."""
        if not self.has_schema(contract):  # a cache: it says what lies there at the start
            return {}
        versions = self.deployment.versions
        there = [version for version in versions if self.exists(contract, version)]
        return self.lives[schema_of(contract)].in_states(there) if len(there) < len(versions) else {}

    # --- forms: how code of a version behaves at a contract (DESIGN 3.6) ---

    def form(self, contract: Contract, version: str, view: str | None) -> str:
        """The form of an instance of the version that sees the contract's flag as `view` (None: no flag
        guards it): new code behaves in the old form while it is off."""
        if view != OFF:
            return version
        versions, since = self.deployment.versions, self.deployment.flag_of[contract].since
        if since is None:
            return versions[max(versions.index(version) - 1, 0)]
        before = versions.index(since) - 1
        return versions[min(versions.index(version), before)]

    def views(self, contract: Contract) -> list[tuple[str | None, Guard]]:
        """How an instance can see the flag that guards the contract, each with its guard; [(None, {})] if
        none does. While the flag is partly on, each instance sees it on or off."""
        flag = self.deployment.flag_of.get(contract)
        if flag is None:
            return [(None, {})]
        life = self.lives[flag_of(flag.name)]
        return [(view, life.in_states([view, PARTLY])) for view in (OFF, ON)]

    def understands(self, contract: Contract) -> bool:
        """Code of the newer version understands both forms of the contract."""
        return contract in self.deployment.flag_of and self.deployment.flag_of[contract].tolerant
