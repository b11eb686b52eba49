"""The actions of a release that are to be ordered, and plans of them as pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from msgspec import Struct

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
    schema_of,
)


class PlannedAction(Struct, frozen=True, order=True):
    """One action, and the variables that it moves."""

    instruction: Instruction
    name: str
    keys: frozenset[VariableKey]

    def __str__(self) -> str:
        return f"{self.instruction} {self.name}"


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
    switched = (one.name for one in deployment.flags if one.guards & deployment.changed.keys())
    found += (PlannedAction(Instruction.ENABLE, name, frozenset({flag_of(name)})) for name in switched)
    return tuple(found)


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
    if len(deployment.versions) != 2:
        message = (
            f"a plan is of one release, from one version to the next; the file has {len(deployment.versions)}"
        )
        problems.append(
            Problem("does-not-fit", message, fix="plan each release by itself: `versions: [V1, V2]`")
        )
    if problems:
        raise InvalidDeploymentError(problems)


def with_waves(deployment: Deployment, waves: Waves) -> Deployment:
    """The deployment with the plan in place of its pipeline. What speaks of steps of the old one is left
    out."""
    steps = tuple(
        Step(f"Wave {number}", tuple(_list_actions(wave))) for number, wave in enumerate(waves, start=1)
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
    alike: dict[Instruction, list[Target]] = {}
    for one in wave:
        alike.setdefault(one.instruction, []).append(Target(one.name))
    together = len(alike) > 1
    for instruction, targets in alike.items():
        yield Action(instruction, tuple(targets), background=together)
    if together:
        named = dict.fromkeys(target for targets in alike.values() for target in targets)
        yield Action(Instruction.AWAIT, tuple(named))
