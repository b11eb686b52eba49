"""All kinds of hazards with their explanations, which kind a hazard is of, and what helps against it."""

from __future__ import annotations

from ...model.deployment import Deployment
from ...properties.verdict import Hazard, HazardCause, HopHazard
from .explanation import Explanation, OneWay


def list_explanations() -> tuple[Explanation, ...]:
    """All of them, in the order of their codes; their texts are loaded when somebody asks."""
    from .asked import ASKED
    from .calls import CALLS
    from .pairs import PAIRS

    return (*PAIRS, *CALLS, *ASKED)


def explain_code(code: str) -> tuple[Explanation, ...]:
    """The kinds of that code (`SKW101`), or the one of that name (`SKW101-schema`); none if unknown."""
    asked = code.upper()
    return tuple(one for one in list_explanations() if asked in (str(one.code), one.name.upper()))


def explain_hazard(hazard: Hazard) -> Explanation:
    """The kind that the hazard is of; of the code alone where it has none of its aspects."""
    aspect = hazard.aspect if isinstance(hazard, HopHazard) else None
    kinds = [one for one in list_explanations() if one.code == hazard.code]
    return next((one for one in kinds if one.aspect == aspect), kinds[0])


def tell_help(cause: HazardCause, deployment: Deployment) -> str:
    """What was checked to help against the cause; where nothing was, what usually does, named as such."""
    return str(cause.advice) if cause.advice is not None else tell_remedy(cause.hazards[0], deployment)


def tell_remedy(hazard: Hazard, deployment: Deployment) -> str:
    """What usually helps with hazards of this kind, named as such in a line. Nobody has checked it."""
    kind = explain_hazard(hazard)
    way = at = None
    if isinstance(hazard, HopHazard):
        way, at = _direction(hazard, deployment), deployment.components[hazard.provider].kind
    usual = next(remedy for remedy in kind.remedies if remedy.fits(way, at))
    return f"usual remedy, unchecked: {usual.name} (skewproof explain {kind.name})"


def _direction(hazard: HopHazard, deployment: Deployment) -> OneWay | None:
    """In which direction the two versions break; None where an order does not help: they do in both, or it is
    a component that meets itself."""
    pair, change = hazard.incompatible_pair, deployment.change_of(hazard.contract)
    if pair is None or change is None or hazard.consumer == hazard.provider:
        return None
    if (pair.provider, pair.consumer) in change.breaks.get(pair.aspect, ()):
        return None
    if set(hazard.window) <= {step.name for step in deployment.rollback or ()}:
        return OneWay.ON_THE_WAY_BACK
    ranks = [
        deployment.versions.index(one) for one in (pair.consumer, pair.provider) if one in deployment.versions
    ]
    if len(ranks) < 2 or ranks[0] == ranks[1]:
        return None
    return OneWay.NEW_MEETS_OLD if ranks[0] > ranks[1] else OneWay.OLD_MEETS_NEW
