"""The oracle's plan of a deployment: everything that does not change while it runs, first of all
the positions at which its pipeline can stand and the moves that it can make there.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from support.oracle_actions import Action, actions_of, pipelines_of, read_action, releases_of, steps_of
from support.oracle_aims import AIMING, CLEANS, ROLLS, SCHEMAS, SYNCS, Aims
from support.oracle_changes import read_changes, read_guards
from support.oracle_parse import (
    STORES,
    Change,
    Component,
    Flag,
    Request,
    provider_of,
    read_component,
    read_request,
    sizes_of,
)
from support.oracle_start import first_contents


@dataclass(frozen=True)
class Move:
    """One action's move on one component, contract or flag; `goal` is a version where it has one.

    `migrates` are the contracts that what a deploy starts takes along (90).
    With `only` a cleaning leaves the goal and nothing else (81). What is `idle` takes nothing back (78).
    """

    number: int
    verb: str
    target: str
    goal: int
    per_instance: bool
    when: str
    only: bool = False
    idle: bool = False
    migrates: tuple[str, ...] = ()

    def wants(self, form: int) -> bool:
        """Whether a cleaning lets this form be (36, 81)."""
        return form == self.goal if self.only else form >= self.goal


@dataclass(frozen=True)
class Position:
    """Where the pipeline can stand.

    `step` is how its step is told, `entry` what its step is (equal for positions of one step),
    `moves` the foreground's, `starts` what begins in the background when it is left, `running` what
    began before; `after` and `fails` are the next positions. `failed` is the position whose failure
    led here, None in the pipeline itself; `wanted` is how many instances there should be (84).
    `pipeline` counts the pipelines of the file; numbers are those of all their positions together (101).
    """

    number: int
    step: str
    entry: tuple[Any, ...]
    action: Action | None
    moves: tuple[Move, ...]
    starts: tuple[Move, ...]
    running: tuple[Move, ...]
    after: int | None = None
    fails: int | None = None
    failed: int | None = None
    is_stop: bool = False
    wanted: Mapping[str, int] = field(default_factory=dict)
    pipeline: int = 0

    @property
    def is_end(self) -> bool:
        """Whether this is an `(after)`."""
        return self.entry == ("(after)",)


@dataclass(frozen=True)
class Plan:
    """A deployment, read.

    `redelivers` are the contracts of which messages come back, `taking` the components that consume those
    (88), `led` those that have a leader (92). `first` is what each content holds at the start (75),
    `possible` every move of the file, also of rollbacks (71), `afterwards` the flags that somebody enables
    after the end (72); `settled` remembers which states stay complete (77).
    """

    versions: tuple[str, ...]
    components: Mapping[str, Component]
    requests: tuple[Request, ...]
    changes: Mapping[str, Change]
    guards: Mapping[str, Flag]
    flags: tuple[str, ...]
    positions: tuple[Position, ...]
    """Those of all pipelines, one after the other."""
    pipelines: tuple[str, ...]
    with_rollback: frozenset[int]
    """The pipelines, by number, that have one."""
    max_span: int | None
    kinds: Mapping[str, str]
    first: Mapping[str, frozenset[int]]
    possible: tuple[Move, ...]
    afterwards: tuple[str, ...]
    redelivers: frozenset[str] = frozenset()
    taking: frozenset[str] = frozenset()
    led: tuple[str, ...] = ()
    settled: dict[Any, bool] = field(default_factory=dict, compare=False)

    def component_at(self, positions: tuple[int, ...], name: str) -> Component:
        """The component as it should be while the pipelines stand there (84, 101)."""
        wanted = [self.positions[number].wanted.get(name) for number in positions]
        changed = [count for count in wanted if count is not None]
        return self.components[name].sized(changed[0]) if changed else self.components[name]

    @property
    def start(self) -> tuple[int, ...]:
        """Where the pipelines stand at first, each at its `(before)`."""
        return tuple(
            next(p.number for p in self.positions if p.pipeline == number)
            for number in range(len(self.pipelines))
        )

    def sized_as(self, positions: tuple[int, ...]) -> tuple[int, ...]:
        """The first positions of the pipelines at which as many are wanted of each component (84)."""
        own = [self.positions[number] for number in positions]
        return tuple(
            next(p.number for p in self.positions if (p.pipeline, p.wanted) == (mine.pipeline, mine.wanted))
            for mine in own
        )

    def steps_at(self, positions: tuple[int, ...]) -> frozenset[str]:
        """The steps in which the pipelines stand (25, 101)."""
        return frozenset(self.positions[number].step for number in positions)


def read_plan(data: Mapping[str, Any], *, pessimistic: bool = False, failures: bool = False) -> Plan:
    """The deployment of `data`, as `yaml.safe_load` gives it."""
    versions = data["versions"]
    components = data["components"]
    kinds = {name: spec["kind"] for name, spec in components.items()}
    requests = tuple(
        read_request(name, hops, components, versions) for name, hops in data["requests"].items()
    )
    met = list(dict.fromkeys(hop.contract for request in requests for hop in request.hops))
    changes = read_changes(data, requests, kinds, pessimistic=pessimistic)
    flags = data.get("flags") or {}
    sizes = {name: sizes_of(c, versions) for name, c in components.items() if kinds[name] not in STORES}
    every = _Pipeline(versions, changes, sizes).positions(data, failures=True)
    redelivers = frozenset(c for c in changes if components[provider_of(c)].get("redelivers"))
    return Plan(
        tuple(versions),
        {
            name: read_component(name, c, versions)
            for name, c in components.items()
            if kinds[name] not in STORES
        },
        requests,
        changes,
        read_guards(flags, met, versions),
        tuple(flags),
        tuple(_Pipeline(versions, changes, sizes).positions(data, failures=failures)),
        tuple(name for name, _ in pipelines_of(data)),
        frozenset(number for number, (_, own) in enumerate(pipelines_of(data)) if "rollback" in own),
        (data.get("assume") or {}).get("max_span"),
        kinds,
        first_contents(data, requests, changes),
        tuple(move for position in every for move in position.moves + position.starts),
        _never_enabled(data, flags),
        redelivers,
        frozenset(
            hop.caller
            for request in requests
            for hop in request.hops
            if hop.verb == "consumes" and hop.contract in redelivers and hop.caller in components
        ),
        tuple(name for name in components if any(name in _leading(request) for request in requests)),
    )


def _leading(request: Request) -> set[str]:
    """The components of whose leader a request speaks (92)."""
    own = {hop.caller for hop in request.hops if hop.by_leader}
    return own | {provider_of(hop.contract) for hop in request.hops if hop.to_leader}


def _never_enabled(data: Mapping[str, Any], flags: Mapping[str, Any]) -> tuple[str, ...]:
    """The flags that guard something and that no action of the file enables (72)."""
    enabled = {flag for action in actions_of(data) if action.verb == "enable" for flag in action.targets}
    return tuple(flag for flag, spec in flags.items() if spec.get("guards") and flag not in enabled)


# Steps and actions, as they are written


@dataclass(frozen=True)
class _Line:
    """One position as it is written: the step as told, what it is, the release, the action."""

    step: str
    entry: tuple[Any, ...]
    release: int
    action: Action | None


def _lines(data: Mapping[str, Any], versions: list[str]) -> list[_Line]:
    """The pipeline's lines with both ends (1), release after release (37)."""
    named = releases_of(data)
    often = [name for _, pipeline in named for name in {step for step, _ in steps_of(pipeline)}]
    lines = [_Line("(before)", ("(before)",), -1, None)]
    for release, (name, pipeline) in enumerate(named):
        for number, (step, actions) in enumerate(steps_of(pipeline)):
            told = f"{name}: {step}" if often.count(step) > 1 else step
            lines += _step_lines(told, ("pipeline", release, number), release, actions, versions)
    return [*lines, _Line("(after)", ("(after)",), -1, None)]


def _rollback_lines(data: Mapping[str, Any], versions: list[str]) -> list[_Line]:
    """The rollback's lines with its end; a step named like one of the pipeline is told apart (58)."""
    taken = {line.step for line in _lines(data, versions)}
    lines: list[_Line] = []
    for number, (step, actions) in enumerate(steps_of(data["rollback"])):
        told = f"rollback: {step}" if step in taken else step
        lines += _step_lines(told, ("rollback", 0, number), -1, actions, versions)
    return [*lines, _Line("(after)", ("(after)",), -1, None)]


def _step_lines(
    told: str, entry: tuple[str, int, int], release: int, actions: list[str], versions: list[str]
) -> list[_Line]:
    read: list[Action | None] = [read_action(text, (*entry, n), versions) for n, text in enumerate(actions)]
    return [_Line(told, entry, release, action) for action in read or [None]]


# Aims, moves and positions


class _Pipeline:
    """Builds the positions of a pipeline and, for failures, those of each rollback."""

    def __init__(
        self, versions: list[str], changes: Mapping[str, Change], sizes: Mapping[str, Mapping[int, int]]
    ) -> None:
        self.versions = versions
        self.changes = changes
        self.sizes = sizes
        self.data: Mapping[str, Any] = {}
        self.numbers = itertools.count()
        self.first = 0

    def positions(self, data: Mapping[str, Any], *, failures: bool) -> list[Position]:
        """The positions of all pipelines, those of each under its name (101)."""
        found: list[Position] = []
        for pipeline, (name, own) in enumerate(pipelines_of(data)):
            self.first = len(found)
            for position in self._own_positions(own, failures=failures):
                told = f"{name}: {position.step}" if name else position.step
                found.append(replace(position, step=told, pipeline=pipeline))
        return found

    def _own_positions(self, data: Mapping[str, Any], *, failures: bool) -> list[Position]:
        """The pipeline's positions, then for each that can fail its stop and its rollback's (58)."""
        self.data = data
        lines = _lines(data, self.versions)
        goals = self._release_goals(lines)
        aims = self._aims(data)
        built: list[Position] = []
        aims_after = []
        for number, line in enumerate(lines):
            if number and line.release != lines[number - 1].release:
                aims.begin_release()
            running = built[-1].running + built[-1].starts if built else ()
            built.append(self._position(self.first + number, line, running, aims, goals[line.release]))
            aims_after.append(aims.failed())
        built = [replace(p, after=p.number + 1) for p in built[:-1]] + built[-1:]
        if failures:
            for failed in [p for p in built if p.action is not None and not p.action.background]:
                place = failed.number - self.first
                goal = goals[lines[place].release]
                stop = self.first + len(built)
                built[place] = replace(failed, fails=stop)
                built += self._failure(data, failed, stop, aims_after[place], goal)
        return built

    def _aims(self, data: Mapping[str, Any]) -> Aims:
        """Where nothing has been done; sizes only of what changes its size."""
        by_version = {
            n for n, spec in data["components"].items() if isinstance(spec.get("replicas"), Mapping)
        }
        scaled = {name for action in actions_of(data) if action.verb == "scale" for name in action.targets}
        rolled = (action for action in actions_of(data) if action.verb in (*ROLLS, "scale"))
        moved = {name for action in rolled for name in action.targets}
        first = {name: self.sizes[name][0] for name in (by_version | scaled) & moved}
        sizes = {name: self.sizes[name] for name in by_version & moved}
        return Aims(
            len(self.versions),
            sizes=sizes,
            wanted=dict(first),
            wanted_at_first=first,
            migrated=self._migrated(data),
        )

    def _migrated(self, data: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
        """By component, the changed contracts whose schema its instances migrate (90)."""
        migrates = {name: spec.get("migrates", ()) for name, spec in data["components"].items()}
        return {
            name: tuple(c for c in self.changes if provider_of(c) in databases)
            for name, databases in migrates.items()
        }

    def _release_goals(self, lines: list[_Line]) -> dict[int, int]:
        """The highest version at which each release aims, else the last one (36)."""
        aims = self._aims(self.data)
        goals: dict[int, int] = {}
        for line in lines:
            for move in self._moves(line.action, aims, -1) if line.action else ():
                if move.verb in AIMING:
                    goals[line.release] = max(move.goal, goals.get(line.release, 0))
        return {line.release: goals.get(line.release, len(self.versions) - 1) for line in lines}

    def _failure(
        self, data: Mapping[str, Any], failed: Position, number: int, aims: Aims, goal: int
    ) -> list[Position]:
        """The stop after a failure, and the positions of the rollback from there."""
        stop = replace(failed, number=number, moves=(), action=None, failed=failed.number, is_stop=True)
        built = [replace(stop, after=None, fails=None)]
        if "rollback" in data:
            for line in _rollback_lines(data, self.versions):
                built[-1] = replace(built[-1], after=number + len(built))
                running = built[-1].running + built[-1].starts
                position = self._position(number + len(built), line, running, aims, goal)
                built.append(replace(position, failed=failed.number))
        return built

    def _position(
        self, number: int, line: _Line, running: tuple[Move, ...], aims: Aims, goal: int
    ) -> Position:
        moves = tuple(self._moves(line.action, aims, goal)) if line.action else ()
        background = line.action is not None and line.action.background
        here, starts = ((), moves) if background else (moves, ())
        wanted = dict(aims.wanted)
        return Position(number, line.step, line.entry, line.action, here, starts, running, wanted=wanted)

    def _moves(self, action: Action, aims: Aims, release_goal: int) -> Iterator[Move]:
        for target in self._targets(action):
            goal, idle = aims.aim(action, target)
            only = action.verb in CLEANS and action.to is not None  # (81)
            if action.verb in CLEANS:
                goal = release_goal if action.to is None else action.to
            number = next(self.numbers)
            along = aims.migrated.get(target, ()) if action.verb in ("deploy", "promote") else ()
            yield Move(number, action.verb, target, goal, action.per_instance, action.when, only, idle, along)

    def _targets(self, action: Action) -> Iterator[str]:
        """The target of each move: stores split into their changed contracts (5, 6, 7, 53)."""
        for name in action.targets:
            if action.verb in SCHEMAS:
                yield from (c.contract for c in self._contracts(name) if c.schema)
            elif action.verb in (*SYNCS, "purge", "drain"):
                yield from (c.contract for c in self._contracts(name) if c.content)
            elif action.verb == "expire":
                yield from (c.contract for c in self._contracts(name))
            else:
                yield name

    def _contracts(self, name: str) -> Iterable[Change]:
        """The changed contracts that a name stands for: all of a provider, or the one of that name."""
        return [c for c in self.changes.values() if name in (c.contract, provider_of(c.contract))]
