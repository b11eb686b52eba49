"""Whom a cause of hazards concerns: between which components it lies, in words and by name."""

from __future__ import annotations

from typing import NamedTuple

from ..model.deployment import Aspect, Deployment
from ..properties.verdict import Answer, Hazard, HazardCause, HopHazard, PropertyHazard, group_by_cause
from .wording import find_failing_hop, tell_failure, tell_sides


class Ends(NamedTuple):
    """The components at the two ends of a cause; a token comes from where it was obtained. Of a property, and
    of a client without a version, there is none."""

    consumer: str | None
    provider: str | None


def list_met_hazards(answer: Answer) -> tuple[Hazard, ...]:
    """All that can be met, what the team accepts last: a picture does not hide it."""
    return (*answer.hazards, *(one.hazard for one in answer.accepted))


def list_met_causes(answer: Answer) -> tuple[HazardCause, ...]:
    """The causes of the answer, and behind them those of what is accepted."""
    return (*answer.causes, *group_by_cause(one.hazard for one in answer.accepted))


def find_ends(deployment: Deployment, cause: HazardCause) -> Ends:
    """The ends of the worst hazard of the cause, as far as they are declared components."""
    return find_hazard_ends(deployment, cause.hazards[0])


def find_hazard_ends(deployment: Deployment, hazard: Hazard) -> Ends:
    """The same of any hazard."""
    if isinstance(hazard, PropertyHazard):
        return Ends(None, None)
    hop = find_failing_hop(deployment, hazard)
    consumer = hop.using[0].provider if hazard.aspect is Aspect.TOKEN and hop.using else hop.consumer
    return Ends(*(name if name in deployment.components else None for name in (consumer, hop.provider)))


def name_cause(deployment: Deployment, cause: HazardCause) -> str:
    """`zed V1 → database V2`, or the property."""
    hazard = cause.hazards[0]
    if isinstance(hazard, HopHazard):
        left, right = tell_sides(hazard, deployment)
        return f"{left} → {right}"
    return hazard.property


def describe_cause(cause: HazardCause, answer: Answer | None = None) -> str:
    """What fails, how badly, whether timing avoids it, and whose requests: `cart_item, schema · error`."""
    hazard = cause.hazards[0]
    said = [] if isinstance(hazard, PropertyHazard) else [tell_failure(hazard)]
    said.append(str(hazard.severity))
    said.append("every timing" if any(one.inevitable for one in cause.hazards) else "some timings")
    if any(one.for_ever for one in cause.hazards):
        said.append("for ever")
    requests = list(dict.fromkeys(one.subject for one in cause.hazards if isinstance(one, HopHazard)))
    if requests:
        said.append(", ".join(requests[:2]) + (f" and {len(requests) - 2} more" if len(requests) > 2 else ""))
    accepted = {one.hazard.id for one in answer.accepted} if answer is not None else set()
    if accepted and all(one.id in accepted for one in cause.hazards):
        said.append("accepted")
    return " · ".join(said)
