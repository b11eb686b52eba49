"""The compatibility matrix of the failing hop: every pair of versions, and which of them break."""

from __future__ import annotations

from ...model.deployment import Aspect, Deployment, Hop
from ...properties.lookups.breaking import breaks
from ...properties.verdict import HopHazard
from ..wording import name_structure

_SIDES = {
    Aspect.CALL: ("calls as", "answers as"),
    Aspect.SCHEMA: ("acts as", "has"),
    Aspect.CONTENT: ("reads as", "holds data of"),
    Aspect.TOKEN: ("was obtained as", "is"),
}


def build_matrix(deployment: Deployment, hazard: HopHazard, hop: Hop) -> dict[str, object] | None:
    """Rows are the consumer's versions, columns the provider's; None where no pair is to blame."""
    pair, change = hazard.incompatible_pair, deployment.change_of(hazard.contract)
    if pair is None or change is None or hazard.absent is not None:  # what is absent breaks every version
        return None
    versions, aspect = deployment.versions, pair.aspect
    cells = [[breaks(versions, change, aspect, (row, column)) for column in versions] for row in versions]
    consumer = " or ".join(map(str, hop.using)) if aspect is Aspect.TOKEN else hop.consumer
    does, has = _SIDES[aspect]
    if aspect is Aspect.SCHEMA:
        has = f"has {name_structure(hop, deployment)}"
    return {
        "consumer": f"{consumer} {does}",
        "provider": f"{hop.provider} {has}",
        "versions": list(versions),
        "broken": cells,
        "met": [pair.consumer, pair.provider],
    }
