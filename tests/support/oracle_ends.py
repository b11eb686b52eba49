"""The oracle's answer to what stands at the end (96), and which actions do nothing (97).

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from support.oracle_deployment import is_complete, is_over
from support.oracle_parse import Component
from support.oracle_plan import Move, Plan
from support.oracle_space import deployment_space
from support.oracle_state import EMPTY_GRIP, FLAG_OFF, FLAG_ON, Deployment, Instances, get

Unit = tuple[str, str]
Stand = tuple[tuple[str, int | None], ...]
FLAGS = ("off", "partly on", "on")
WANTED = {"suspend": True, "resume": False, "enable": FLAG_ON, "disable": FLAG_OFF}


@dataclass(frozen=True)
class Ends:
    """How each unit (kind, name) can stand in a complete state at the pipeline's own end; the actions, by
    position, whose switch stands as they want it whenever the pipeline comes to them; and of each move in
    the background with a `when`, by position and target, that is not over in some such state, whether it is
    so in every one."""

    stands: Mapping[Unit, frozenset[Stand]]
    idle_switches: frozenset[tuple[int, str]]
    held: Mapping[tuple[int, str], bool]
    after_rollback: Mapping[Unit, frozenset[Stand]]
    """How each unit can stand in a complete state at the end of a rollback (100)."""


def ends(plan: Plan, most_states: int | None = None) -> Ends:
    """What is told of the end. Raises TooManyStatesError."""
    space = deployment_space(plan, most_states)
    ends = [position for position in plan.positions if position.is_end and position.failed is None]
    own = tuple(end.number for end in ends)
    over = [state for state in space if state.positions == own and is_complete(plan, state)]
    back = {p.number for p in plan.positions if p.is_end and p.failed is not None}
    undone = [state for state in space if back & set(state.positions) and is_complete(plan, state)]
    started = [(p.number, move) for p in plan.positions if p.failed is None for move in p.starts]
    held = {
        (number, move.target): [not is_over(plan, state, move, EMPTY_GRIP) for state in over]
        for number, move in started
        if move.when != "true" and any(move in end.running for end in ends)
    }
    return Ends(
        _every_stand(plan, over),
        frozenset(_idle_switches(plan, space)),
        {address: all(waits) for address, waits in held.items() if any(waits)},
        _every_stand(plan, undone),
    )


def _every_stand(plan: Plan, states: Iterable[Deployment]) -> Mapping[Unit, frozenset[Stand]]:
    found: dict[Unit, set[Stand]] = {}
    for state in states:
        for unit, stand in _stands(plan, state):
            found.setdefault(unit, set()).add(stand)
    return {unit: frozenset(stands) for unit, stands in found.items()}


def _stands(plan: Plan, state: Deployment) -> Iterator[tuple[Unit, Stand]]:
    for name, instances in state.up:
        yield ("up", name), _instances(plan, plan.components[name], instances)
    for contract, version in state.schema:
        yield ("schema", contract), ((plan.versions[version], None),)
    for contract, forms in state.content:
        yield ("content", contract), tuple((plan.versions[form], None) for form in sorted(forms))
    for name, kind in plan.kinds.items():
        if kind == "worker":
            yield ("jobs", name), (("suspended" if name in state.suspended else "running", None),)
    for flag, value in state.flags:
        yield ("flag", flag), ((FLAGS[value], None),)


def _instances(plan: Plan, component: Component, instances: Instances) -> Stand:
    return tuple(
        (plan.versions[version], None if component.stays else count)
        for version, count in enumerate(instances.there)
        if count
    )


def _idle_switches(plan: Plan, space: Iterable[Deployment]) -> Iterator[tuple[int, str]]:
    """A background one has nothing to do if that is so when the pipeline passes it."""
    states: dict[int, list[Deployment]] = {}
    for state in space:
        for number in state.positions:
            states.setdefault(number, []).append(state)
    for position in plan.positions:
        if position.failed is None:
            for move in (*position.moves, *position.starts):
                here = states.get(position.number, [])
                if move.verb in WANTED and here and all(_is_so(state, move) for state in here):
                    yield position.number, move.target


def _is_so(state: Deployment, move: Move) -> bool:
    now: Any = (
        move.target in state.suspended
        if move.verb in ("suspend", "resume")
        else get(state.flags, move.target)
    )
    return bool(now == WANTED[move.verb])
