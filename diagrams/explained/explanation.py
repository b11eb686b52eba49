"""What is said of a kind of hazard, and which kind a hazard is of."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from ...model.codes import MessageCode, find_code
from ...model.deployment import Aspect, Deployment
from ...properties.verdict import Hazard, HazardCause, HopHazard


class Direction(Enum):
    """Of a pair that breaks: who looks, to what is found there; or that only a rollback has it."""

    NEW_MEETS_OLD = "new meets old"
    OLD_MEETS_NEW = "old meets new"
    ON_THE_WAY_BACK = "on the way back"


class Remedy(Struct, frozen=True):
    """What usually helps: its name, how it is done, and what it costs. `only`: no more than where the pair
    breaks in that direction and not in the other; the remedy is an order then."""

    name: str
    how: str
    price: str
    only: Direction | None = None


class Explanation(Struct, frozen=True):
    """A kind of hazard in words. `word` is that of its code, `aspect` tells the kinds of one code apart;
    `before` and `after` are deployment files: the one has a hazard of this kind, the other has none, by the
    first of the `remedies`."""

    word: str
    aspect: Aspect | None
    title: str
    what: str
    why: str
    remedies: tuple[Remedy, ...]
    before: str
    after: str

    @property
    def code(self) -> MessageCode:
        return find_code(self.word)

    @property
    def name(self) -> str:
        """What its page is called: `SKW101-schema`."""
        return f"{self.code}-{self.aspect}" if self.aspect else str(self.code)


def list_explanations() -> tuple[Explanation, ...]:
    """All of them, in the order of their codes."""
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
    way = _direction(hazard, deployment) if isinstance(hazard, HopHazard) else None
    usual = next(remedy for remedy in kind.remedies if remedy.only in (None, way))
    return f"usual remedy, unchecked: {usual.name} (skewproof explain {kind.name})"


def _direction(hazard: HopHazard, deployment: Deployment) -> Direction | None:
    """In which direction the two versions break; None where an order does not help: they do in both, or it is
    a component that meets itself."""
    pair, change = (hazard.consumer_version, hazard.provider_version), deployment.change_of(hazard.contract)
    if hazard.aspect is None or change is None or hazard.consumer == hazard.provider:
        return None
    if pair[::-1] in change.breaks.get(hazard.aspect, ()):
        return None
    if set(hazard.window) <= {step.name for step in deployment.rollback or ()}:
        return Direction.ON_THE_WAY_BACK
    ranks = [deployment.versions.index(one) for one in pair if one in deployment.versions]
    if len(ranks) < 2 or ranks[0] == ranks[1]:
        return None
    return Direction.NEW_MEETS_OLD if ranks[0] > ranks[1] else Direction.OLD_MEETS_NEW
