"""`exposure`: what a rollout costs in requests that fail."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from msgspec import Struct, structs

from ...model.compiler.compile import Compiled
from ...model.compiler.space import find_step
from ...model.compiler.task import Task
from ...model.deployment import Deployment, Hop
from ...model.errors import InvalidDeploymentError
from ...model.machines.rollouts import Rollout
from ...model.resources.alarm import alarm
from ...model.resources.limits import LimitError, Limits, as_limit
from ..lookups.lookup import Lookup
from .chain import Chain, NeverOverError, build_chain, expect_spared, expect_visits, follow
from .quick import QuickRequest
from .rates import find_rates

TAIL = 3
"""The worst moment is looked for within so many times the expected length of the rollout."""


class HazardExposure(Struct, frozen=True):
    """A hazard with the requests that are expected to fail at it, in all and by step."""

    id: str
    request: str
    hop: Hop
    lookup: Lookup
    expected: Fraction
    by_step: Mapping[str, Fraction]


class Exposure(Struct, frozen=True):
    """What a rollout costs. Times are seconds, `expected` are failed requests, `spared` is the probability
    that none fails, `worst` the moment at which most do and how many a second, `curve` how many do at each
    moment that was looked at. `for_ever` is how many a
    second fail when all is over. `not_counted` says what is in no figure. `reason`: nothing is known, and
    why."""

    system: str
    seconds: Fraction = Fraction(0)
    at_risk: Fraction = Fraction(0)
    expected: Fraction = Fraction(0)
    spared: Fraction = Fraction(1)
    worst: tuple[float, float] = (0.0, 0.0)
    curve: tuple[tuple[float, float], ...] = ()
    for_ever: Fraction = Fraction(0)
    hazards: tuple[HazardExposure, ...] = ()
    by_step: Mapping[str, Fraction] = {}
    not_counted: tuple[str, ...] = ()
    states: int = 0
    reason: str = ""


def expose(
    deployment: Deployment,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    limits: Limits | None = None,
) -> Exposure:
    """What the rollout costs in requests that fail. Where a limit is hit nothing is known. Raises
    `InvalidDeploymentError` where nobody says how long a move takes."""
    limits = limits or Limits()
    known = Exposure(deployment.system)
    if deployment.changes is None:
        return structs.replace(known, reason="nothing was given to judge: the file says of no changes")
    try:
        with alarm(limits):
            return _expose(Task(deployment, rollouts, limits), known)
    except (LimitError, MemoryError) as ended:
        limit = as_limit(ended, limits)
        return structs.replace(known, reason=f"{limit} ({limit.option}); {limit.advice}")
    except NeverOverError:
        return structs.replace(known, reason="the rollout can go round for ever, and is never over")


def find_exposure(deployment: Deployment, limits: Limits) -> Exposure:
    """The same for who can do without: where nobody says how long a move takes, that is the `reason`."""
    try:
        return expose(deployment, limits=limits)
    except InvalidDeploymentError as error:
        return Exposure(deployment.system, reason=error.problems[0].message)


def _expose(task: Task, known: Exposure) -> Exposure:
    alone, deployment = task.alone, task.deployment
    rates = find_rates(alone)
    chain = build_chain(alone, rates, task.limits)
    visits = expect_visits(chain)
    times = [
        count / leaving if leaving else Fraction(0)
        for count, leaving in zip(visits, chain.leaving, strict=True)
    ]
    steps = _list_steps(alone, chain)
    failing = [Fraction(0)] * len(chain.states)
    hazards: list[HazardExposure] = []
    not_counted = [f"{name}: {why}" for name, why in rates.left_out.items()]
    for request in deployment.requests:
        rate = deployment.timing.traffic.get(request.name)
        if rate is None:
            not_counted.append(f"{request.name}: nobody says how often it comes (`traffic`)")
            continue
        quick = QuickRequest(task.product(request), rates.unknown)
        not_counted += [
            f"{request.name}: what it finds at {one} is not known" for one in sorted(quick.left_out)
        ]
        by: dict[str, dict[str, Fraction]] = {}
        for number, state in enumerate(chain.states):
            if chain.leaving[number] is None:
                continue
            found = quick.in_state(state)
            failing[number] += rate * found.total
            for key, likely in found.by_hazard.items():
                spread = by.setdefault(key, {})
                spread[steps[number]] = spread.get(steps[number], Fraction(0)) + times[number] * rate * likely
        for key, spread in by.items():
            lookup = quick.lookups[key]
            hop, expected = request.hops[lookup.hop - 1], sum(spread.values(), Fraction(0))
            hazards.append(HazardExposure(key, request.name, hop, lookup, expected, spread))
    total = {step: Fraction(0) for step in dict.fromkeys(steps)}
    for number, step in enumerate(steps):
        total[step] += times[number] * failing[number]
    seconds = sum(times, Fraction(0))
    curve = follow(chain, failing, float(seconds) * TAIL)
    ends = (visits[n] * failing[n] for n, leaving in enumerate(chain.leaving) if leaving == 0)
    return structs.replace(
        known,
        seconds=seconds,
        at_risk=sum((time for time, rate in zip(times, failing, strict=True) if rate), Fraction(0)),
        expected=sum(total.values(), Fraction(0)),
        spared=expect_spared(chain, failing),
        worst=max(curve, key=lambda moment: (moment[1], -moment[0])),
        curve=curve,
        for_ever=sum(ends, Fraction(0)),
        hazards=tuple(sorted(hazards, key=lambda one: (-one.expected, one.id))),
        by_step=total,
        not_counted=tuple(dict.fromkeys(not_counted)),
        states=len(chain.states),
    )


def _list_steps(alone: Compiled, chain: Chain) -> list[str]:
    return [find_step(alone, state) for state in chain.states]
