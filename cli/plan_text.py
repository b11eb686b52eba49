"""A plan for people and for programs: its waves, and what asks for them; or the circle of what cannot be
together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..diagrams.wording import count, tell_hazard, tell_sides
from ..model.deployment import Deployment
from ..properties.ordering.actions import PlannedAction, Waves
from ..properties.ordering.planner import Plan
from ..properties.ordering.requirements import Requirement
from ..properties.verdict import HopHazard

MANY = 4
"""So many ways to satisfy a requirement are named; the rest is counted."""


def tell_plan(found: Plan, deployment: Deployment) -> Iterator[str]:
    """What was found, line by line."""
    if found.reason:
        yield f"? UNKNOWN: {found.reason}"
    elif found.waves is not None:
        waves = count(len(found.waves), "wave")
        yield f"SAFE in {waves}, of {count(len(found.actions), 'action')} ({found.judged} plans judged)"
        yield from _tell_waves(found.waves)
        yield from _tell_reasons(found, deployment)
    else:
        yield f"NO SAFE ORDER of these {count(len(found.actions), 'action')} ({found.judged} plans judged)"
        yield from _tell_contradiction(found, deployment)
    if any(action.to for action in found.actions):
        yield "each stops at each version: plans that leap over one are not looked for"
    for name in found.left_out:
        yield f"left out: `{name}` speaks of steps of a pipeline that plays no part here"


def _tell_waves(waves: Waves, indent: str = "  ") -> Iterator[str]:
    for number, wave in enumerate(waves, start=1):
        yield f"{indent}wave {number}: {'; '.join(map(str, wave))}"


def _tell_reasons(found: Plan, deployment: Deployment) -> Iterator[str]:
    """The requirements of single pairs: those that the plan cannot do without."""
    single = [one for one in found.needed if len(one.pairs) == 1]
    if single:
        yield "because"
    for one in single:
        yield f"  {_tell_pair(one.pairs[0])}: {_why(one, deployment)}"


def _tell_contradiction(found: Plan, deployment: Deployment) -> Iterator[str]:
    if found.cycle:
        yield "these go round in a circle"
        yield from draw_cycle(found.cycle, deployment)
    else:
        yield "these cannot be had together"
        for one in found.contradiction:
            ways = " or ".join(_tell_pair(pair) for pair in one.pairs[:MANY])
            more = f" or {len(one.pairs) - MANY} other ways" if len(one.pairs) > MANY else ""
            yield f"  {ways or 'no order helps'}{more}: {_why(one, deployment)}"
    for split in found.splits:
        named = " and ".join(map(str, split.contracts))
        yield f"split {named} in two releases, expand and contract: with it compatible both ways this one is"
        yield "safe as"
        yield from _tell_waves(split.waves)
    if found.paused is not None:
        yield "or drain, purge or pause besides: safe as"
        yield from _tell_waves(found.paused)
    if not found.splits:
        yield "and splitting the contracts that are named here does not help"


def draw_cycle(cycle: Iterable[Requirement], deployment: Deployment) -> Iterator[str]:
    """The circle, each arrow with its reason: what is over first stands above."""
    every = tuple(cycle)
    for one in every:
        yield f"  {one.pairs[0][0]}"
        yield f"    | must be over before `{one.pairs[0][1]}` begins: {_why(one, deployment)}"
        yield "    v"
    yield f"  {every[0].pairs[0][0]} (again)"


def _tell_pair(pair: tuple[PlannedAction, PlannedAction]) -> str:
    return f"`{pair[0]}` before `{pair[1]}`"


def _why(one: Requirement, deployment: Deployment) -> str:
    hazard = one.hazard
    if hazard is None:
        return "it is the next of the same"
    if not isinstance(hazard, HopHazard):
        return f"else {hazard.property}: {hazard.explanation}"
    left, right = tell_sides(hazard, deployment)
    return (
        f"else {left} meets {right} ({hazard.contract}); {hazard.request}: {tell_hazard(hazard, deployment)}"
    )


def plan_to_json(found: Plan, deployment: Deployment) -> dict[str, Any]:
    """The same for programs: `skewproof-plan/1`."""
    verdict = "unknown" if found.reason else "no order" if found.waves is None else "safe"
    return {
        "format": "skewproof-plan/1",
        "system": deployment.system,
        "verdict": verdict,
        "reason": found.reason or None,
        "actions": list(map(str, found.actions)),
        "waves": None if found.waves is None else _waves(found.waves),
        "requirements": [_requirement(one, deployment) for one in found.needed],
        "contradiction": [_requirement(one, deployment) for one in found.contradiction],
        "cycle": [str(one.pairs[0][0]) for one in found.cycle],
        "splits": [
            {"contracts": list(map(str, split.contracts)), "waves": _waves(split.waves)}
            for split in found.splits
        ],
        "paused": None if found.paused is None else _waves(found.paused),
        "judged": found.judged,
        "left_out": list(found.left_out),
    }


def _waves(waves: Waves) -> list[list[str]]:
    return [list(map(str, wave)) for wave in waves]


def _requirement(one: Requirement, deployment: Deployment) -> dict[str, Any]:
    return {
        "before": [[str(first), str(then)] for first, then in one.pairs],
        "hazard": None if one.hazard is None else one.hazard.id,
        "why": _why(one, deployment),
    }
