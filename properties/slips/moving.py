"""Actions that move nothing, and versions and canaries that no action brings further."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...model.compiler.moves import ROLLOUTS, SCHEMAS, SYNCS, Move, list_subjects
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Action, Deployment, Instruction, Strategy
from ...model.machines.rollouts import Rollout
from ...model.names import Contract
from .slip import Slip


def list_moving(deployment: Deployment, rollouts: Mapping[str, Rollout] | None) -> Iterator[Slip]:
    """Each of them, of a deployment in which nothing fails."""
    yield from _list_canaries(deployment)
    if deployment.changes is not None:
        yield from _list_idle(deployment)
        vocabulary = Vocabulary(deployment, rollouts)
        yield from _list_there(vocabulary)
        yield from _list_unreached(vocabulary)


def _list_idle(deployment: Deployment) -> Iterator[Slip]:
    """Actions on stores in which the release changes nothing."""
    for action in deployment.actions:
        if action.instruction is Instruction.AWAIT:
            continue
        idle = [t for t in action.targets if not any(list_subjects(deployment, action.instruction, t))]
        if idle:
            names = ", ".join(map(str, idle))
            text = (
                f"`{action}` moves nothing of {names}: the release changes nothing there that it could move"
            )
            fix = "say under `changes` what the release changes there, or leave it out"
            yield Slip("nothing-to-move", str(action), text, action.place, fix)


def _list_there(vocabulary: Vocabulary) -> Iterator[Slip]:
    """Actions whose goal is where the actions before it have taken everything already."""
    deployment, aims = vocabulary.deployment, dict[tuple[str, str | Contract], str]()
    moves: dict[int, list[tuple[Move, bool]]] = {}
    for move in vocabulary.moves:
        kind = _kind(move)
        if kind is None or move.goal is None or _is_moved_besides(deployment, move):
            continue
        key = kind, move.subject
        is_there = aims.get(key, deployment.versions[0]) == move.goal
        aims[key] = move.goal
        moves.setdefault(move.position, []).append((move, is_there))
    for together in moves.values():
        action = together[0][0].action
        if all(is_there for _, is_there in together) and len(together) >= len(action.targets):
            goal = together[0][0].goal
            text = f"`{action}` aims at {goal}, where the actions before it have aimed already"
            fix = "leave it out, or name another goal (`to V`)"
            yield Slip("already-there", str(action), text, action.place, fix)


def _kind(move: Move) -> str | None:
    """What has an aim of its own; a promotion goes on with what a canary has begun."""
    if move.instruction in ROLLOUTS and move.instruction is not Instruction.PROMOTE:
        return "instances"
    if move.instruction in SCHEMAS:
        return "schema"
    return "content" if move.instruction in SYNCS else None


def _is_moved_besides(deployment: Deployment, move: Move) -> bool:
    """Whether instances that start take the schema along, or a copy follows its source: its aim is no matter
    of actions alone."""
    if not isinstance(move.subject, Contract):
        return False
    change = deployment.change_of(move.subject)
    return move.subject in deployment.migrators or (change is not None and change.source is not None)


def _list_unreached(vocabulary: Vocabulary) -> Iterator[Slip]:
    """Versions at which no action aims, behind the last at which one does."""
    deployment = vocabulary.deployment
    goals = {move.goal for move in vocabulary.moves}
    for action in deployment.actions:
        goals.add(action.to)
    reached = [rank for rank, version in enumerate(deployment.versions) if version in goals]
    last = max(reached, default=0)
    for version in deployment.versions[last + 1 :]:
        text = f"no action brings anything to {version}"
        place = deployment.pipeline[-1].place if deployment.pipeline else None
        fix = f"add the release that brings {version}, or leave it out of `versions`"
        yield Slip("unreached-version", version, text, place, fix)


def _list_canaries(deployment: Deployment) -> Iterator[Slip]:
    """Canaries that nothing promotes or calls off."""
    own = [action for step in deployment.pipeline for action in step.actions]
    for number, action in enumerate(own):
        for target in action.targets if action.instruction is Instruction.DEPLOY else ():
            component = deployment.components[target.name]
            is_canary = component.strategy is Strategy.CANARY and component.replicas > component.canary
            if is_canary and not any(_goes_on(later, target.name) for later in own[number + 1 :]):
                text = f"`{action}` begins a canary of {target.name} that nothing promotes or calls off"
                fix = f"add `promote {target.name}` behind it"
                yield Slip("canary-left", f"{action} {target}", text, action.place, fix)


def _goes_on(action: Action, name: str) -> bool:
    is_next = action.instruction in (Instruction.PROMOTE, Instruction.ROLLBACK, Instruction.SCALE)
    return is_next and any(target.name == name for target in action.targets)
