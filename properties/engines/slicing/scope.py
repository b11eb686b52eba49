"""What the slicer understands: everything else a deployment may say makes it refuse, never guess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from ....model.compiler.moves import has_content, list_changed_contracts
from ....model.deployment import Aspect, Deployment, Instruction, Kind, Route, Step, Strategy, Verb
from ....model.deployment.predicate import Predicate
from ....model.machines.machine import read
from ....model.machines.rollouts import Rollout
from ..protocol import EngineRefusesError
from .ties import list_named, list_unknown

KNOWN = {
    "Deployment": "system versions components requests pipeline changes flags max_span release file "
    "rollback failures properties nameless never overridden accept sources",
    "Component": "name kind replicas max_surge max_unavailable image strategy canary readiness stays "
    "min_available pulls_when_ready restarts terminates_later route drain sizes percent "
    "migrates redelivers version_names place",
    "Request": "name hops place",
    "Hop": "consumer verb provider subject using since until by_leader to_leader place",
    "Step": "name actions release place",
    "Action": "instruction targets background to per_instance when irreversible count place",
    "Change": "contract breaks severity severities rows_kept expires starts exists source note implied "
    "declared place pair_severities unknown evidence verbs open",
    "Flag": "name guards since tolerant place",
    "Readiness": "when",
}
"""The fields that the slicer carries into a slice, or knows to be without effect on a run: properties, and
what follows an irreversible action, are judged on the deployment alone, by others; so is what a release
declares. Failures make lines (`lines`)."""
INSTRUCTIONS = (
    "deploy rollback promote migrate reconfigure revert sync backfill purge drain "
    "suspend resume enable disable await scale expire"
)
VERBS = "calls forwards reads writes publishes consumes"
KINDS = "service worker client database cache broker"
STRATEGIES = "rolling recreate blue-green canary"
ASPECTS = "call schema content token"
ROUTES = "none session carried"


class NotSliceableError(EngineRefusesError):
    """The deployment says something that the slicer cannot show to be harmless to cut."""


def refuse_unknown(deployment: Deployment) -> None:
    """Raises `NotSliceableError` for what the slicer was not written for."""
    if deployment.pipelines:  # `several` parts them first
        raise NotSliceableError("slices do not know several pipelines")
    refuse_unknown_words(deployment)
    for action in (action for step in _steps(deployment) for action in step.actions):
        if action.instruction is not Instruction.AWAIT or action.when is None:
            continue
        if not any(True for _ in list_named(deployment, action.when)):
            raise NotSliceableError("slices do not know an `await` with `when` that speaks of nobody")
    _refuse_expiring(deployment)
    for predicate in list_predicates(deployment):
        if unknown := next(list_unknown(predicate), None):
            raise NotSliceableError(f"slices do not know `{unknown}` where something waits for it")


def _refuse_expiring(deployment: Deployment) -> None:
    """What has no content has no unit that could be tied to what the action waits for."""
    for action in (action for step in _steps(deployment) for action in step.actions):
        if action.instruction is Instruction.EXPIRE and action.when is not None:
            contracts = (c for target in action.targets for c in list_changed_contracts(deployment, target))
            if not all(has_content(deployment, contract) for contract in contracts):
                raise NotSliceableError("slices do not know `expire` with `when` of what has no content")


def refuse_unknown_words(deployment: Deployment) -> None:
    """Raises `NotSliceableError` for what no slice knows, whatever is waited for."""
    for part in _parts(deployment):
        known = KNOWN[type(part).__name__].split()
        for spec in fields(part):
            if spec.name not in known and getattr(part, spec.name) != _default(spec):
                raise NotSliceableError(f"slices do not know `{spec.name}` of {type(part).__name__.lower()}")
    is_background = any(action.background for step in _steps(deployment) for action in step.actions)
    terminates = any(component.terminates_later for component in deployment.components.values())
    if deployment.enabled_after and (is_background or terminates):  # what is complete depends on all
        one = deployment.enabled_after[0]
        raise NotSliceableError(
            f"slices do not know flags that nobody enables beside `start` and `terminates`, as {one}"
        )
    _refuse_words(deployment)
    if deployment.accept and deployment.can_be_shut:
        # who avoids what by keeping everybody down, and what is let go all the same, was not thought through
        raise NotSliceableError("slices do not know `accept` beside components of which all can restart")


def has_predicates(deployment: Deployment) -> bool:
    """Whether anything waits for a predicate."""
    return any(True for _ in list_predicates(deployment))


def list_predicates(deployment: Deployment) -> Iterator[Predicate]:
    """Those that actions and instances wait for."""
    for step in _steps(deployment):
        yield from (action.when for action in step.actions if action.when is not None)
    for component in deployment.components.values():
        yield from (predicate for _, predicate in (component.readiness.when if component.readiness else ()))


def refuse_rollouts(rollouts: Mapping[str, Rollout]) -> None:
    """Raises `NotSliceableError` for machines that others have a say in, or that can fail of themselves."""
    for name, rollout in rollouts.items():
        conditional = any(arrow.conditions for arrow in read(rollout.machine).transitions)
        if conditional or rollout.faults:
            raise NotSliceableError(f"slices do not know conditions and faults, as the machine of {name} has")


def _default(spec: Field[Any]) -> object:
    return spec.default_factory() if spec.default_factory is not MISSING else spec.default


def _parts(deployment: Deployment) -> Iterator[Any]:
    yield deployment
    yield from deployment.components.values()
    yield from (c.readiness for c in deployment.components.values() if c.readiness is not None)
    yield from deployment.changed.values()
    yield from deployment.flags
    for step in _steps(deployment):
        yield step
        yield from step.actions
    for request in deployment.requests:
        yield request
        yield from request.hops


def _steps(deployment: Deployment) -> tuple[Step, ...]:
    """Those that can come about."""
    back = deployment.rollback if deployment.failures else None
    return (*deployment.pipeline, *(back or ()))


def _refuse_words(deployment: Deployment) -> None:
    instructions: set[Instruction] = {a.instruction for s in _steps(deployment) for a in s.actions}
    verbs: set[Verb] = {hop.verb for request in deployment.requests for hop in request.hops}
    kinds: set[Kind] = {component.kind for component in deployment.components.values()}
    strategies: set[Strategy] = {component.strategy for component in deployment.components.values()}
    aspects: set[Aspect] = {aspect for change in deployment.changed.values() for aspect in change.breaks}
    routes: set[Route] = {component.route for component in deployment.components.values()}
    said = (
        (routes, ROUTES),
        (instructions, INSTRUCTIONS),
        (verbs, VERBS),
        (kinds, KINDS),
        (strategies, STRATEGIES),
        (aspects, ASPECTS),
    )
    for words, known in said:
        if unknown := sorted(words - set(known.split())):  # both are sets of texts
            raise NotSliceableError(f"slices do not know `{unknown[0]}`")
