"""The actions of a release that are to be ordered, and plans of them as pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from msgspec import Struct
from msgspec.structs import replace as replace_struct

from ...model.compiler.moves import has_content
from ...model.deployment import Action, Aspect, Deployment, Instruction, Kind, Step
from ...model.deployment.formula import Property
from ...model.deployment.predicate import Stands, list_atoms
from ...model.errors import InvalidDeploymentError, Problem
from ...model.names import (
    Contract,
    Target,
    VariableKey,
    content_of,
    flag_of,
    instances_of,
    jobs_of,
    schema_of,
)


class PlannedAction(Struct, frozen=True, order=True):
    """One action, and the variables that it moves, or waits for. `to` is the version at which it aims, where
    there are more than two."""

    instruction: Instruction
    name: str
    keys: frozenset[VariableKey]
    to: str = ""

    def __str__(self) -> str:
        return f"{self.instruction} {self.name}" + (f" to {self.to}" if self.to else "")


WAVE = "Wave "
"""How the steps of a plan are called, before their number from 1."""

Waves = tuple[tuple[PlannedAction, ...], ...]
"""What runs at the same time, wave by wave."""


def list_actions(deployment: Deployment) -> tuple[PlannedAction, ...]:
    """What the release has to do, in the order of the file. Raises `InvalidDeploymentError` for what cannot
    be planned."""
    _refuse(deployment)
    met = [
        hop for request in deployment.requests for hop in request.hops if hop.contract in deployment.changed
    ]
    concerned = {name for hop in met for name in (hop.consumer, hop.provider)}
    found: list[PlannedAction] = []
    for name, component in deployment.components.items():
        own = [contract for contract in deployment.contracts if contract.provider == name]
        changed = [contract for contract in own if contract in deployment.changed]
        if component.kind.has_instances and name in concerned:
            found.append(PlannedAction(Instruction.DEPLOY, name, frozenset({instances_of(name)})))
        elif changed and _moves_schema(deployment, component.kind, changed):
            is_database = component.kind is Kind.DATABASE
            instruction = Instruction.MIGRATE if is_database else Instruction.RECONFIGURE
            found.append(PlannedAction(instruction, name, frozenset(map(schema_of, changed))))
        contents = [contract for contract in changed if has_content(deployment, contract)]
        if contents and component.kind is Kind.CACHE:
            found.append(PlannedAction(Instruction.SYNC, name, frozenset(map(content_of, contents))))
        elif contents and component.kind is Kind.DATABASE:
            found.append(PlannedAction(Instruction.BACKFILL, name, frozenset(map(content_of, contents))))
    found = list(_version_by_version(deployment, found))
    switched = (one.name for one in deployment.flags if one.guards & deployment.changed.keys())
    found += (PlannedAction(Instruction.ENABLE, name, frozenset({flag_of(name)})) for name in switched)
    return tuple(found)


def _version_by_version(deployment: Deployment, actions: Sequence[PlannedAction]) -> Iterator[PlannedAction]:
    """Each action once for each version but the first, where there are more than two."""
    versions = deployment.versions[1:]
    for version in versions if len(versions) > 1 else ("",):
        yield from (replace_struct(action, to=version) for action in actions)


def list_pauses(deployment: Deployment) -> Iterator[tuple[PlannedAction, ...]]:
    """What a plan may do besides, if no order helps: each what belongs together, in its order. A drain, or
    a purge, of what lies at changed contracts of a broker or cache; a worker that starts no jobs for a
    while."""
    for name, component in deployment.components.items():
        contracts = [one for one in deployment.changed if one.provider == name]
        contents = frozenset(content_of(one) for one in contracts if has_content(deployment, one))
        if component.kind is Kind.BROKER and contents:
            yield (PlannedAction(Instruction.DRAIN, name, contents),)
        if component.kind is Kind.CACHE and contents:
            yield (PlannedAction(Instruction.PURGE, name, contents),)
        if component.kind is Kind.WORKER and _takes_part(deployment, name):
            jobs = frozenset({jobs_of(name)})
            words = (Instruction.SUSPEND, Instruction.RESUME)
            yield tuple(PlannedAction(word, name, jobs) for word in words)


def _takes_part(deployment: Deployment, name: str) -> bool:
    hops = (hop for request in deployment.requests for hop in request.hops)
    return any(name in (hop.consumer, hop.provider) and hop.contract in deployment.changed for hop in hops)


def list_successions(actions: Sequence[PlannedAction]) -> Iterator[tuple[int, int]]:
    """Which action, by number, is the next of the same: a later version, or a worker that goes on again."""
    last: dict[tuple[str, frozenset[VariableKey]], int] = {}
    for number, action in enumerate(actions):
        is_pause = action.instruction in (Instruction.SUSPEND, Instruction.RESUME)
        own = (action.name if is_pause else f"{action.instruction} {action.name}"), action.keys
        if own in last:
            yield last[own], number
        last[own] = number


def _moves_schema(deployment: Deployment, kind: Kind, changed: Sequence[Contract]) -> bool:
    """Databases always; a broker's configuration where something depends on it."""
    if kind is Kind.DATABASE:
        return True
    changes = (deployment.changed[contract] for contract in changed)
    return kind is Kind.BROKER and any(
        one.breaks.get(Aspect.SCHEMA) or one.exists is not None for one in changes
    )


def _refuse(deployment: Deployment) -> None:
    problems = []
    if deployment.changes is None:
        message = "nothing says what the release changes, so nothing has to be ordered"
        problems.append(Problem("missing-key", message, fix="give `changes:` in the file, or --changes FILE"))
    if problems:
        raise InvalidDeploymentError(problems)


def with_waves(deployment: Deployment, waves: Waves) -> Deployment:
    """The deployment with the plan in place of its pipeline. What speaks of steps of the old one is left
    out."""
    steps = tuple(
        Step(f"{WAVE}{number}", tuple(_list_actions(wave))) for number, wave in enumerate(waves, start=1)
    )
    stated = tuple(one for one in deployment.properties if not _speaks_of_steps(one))
    return replace(deployment, pipeline=steps, rollback=None, failures=False, properties=stated)


def list_left_out(deployment: Deployment) -> tuple[str, ...]:
    """The properties that speak of steps of the pipeline that is there, by name."""
    return tuple(one.name for one in deployment.properties if _speaks_of_steps(one))


def _speaks_of_steps(stated: Property) -> bool:
    atoms = (atom for part in stated.formula.predicates for atom in list_atoms(part))
    return any(isinstance(atom, Stands) for atom in atoms)


def _list_actions(wave: tuple[PlannedAction, ...]) -> Iterator[Action]:
    """One action for those with the same instruction; where there are several, all are started and
    awaited."""
    alike: dict[tuple[Instruction, str], list[Target]] = {}
    for one in wave:
        alike.setdefault((one.instruction, one.to), []).append(Target(one.name))
    together = len(alike) > 1
    for (instruction, version), targets in alike.items():
        yield Action(instruction, tuple(targets), background=together, to=version or None)
    if together:
        named = dict.fromkeys(target for targets in alike.values() for target in targets)
        yield Action(Instruction.AWAIT, tuple(named))
