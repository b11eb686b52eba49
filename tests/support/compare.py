"""What two engines must agree in: everything but which of several shortest stories is told."""

from __future__ import annotations

from typing import Any

from skewproof.model.deployment import Deployment
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.engines.choice import engine
from skewproof.properties.engines.protocol import Judgement
from skewproof.properties.engines.slicing.engine import Slicer
from skewproof.properties.engines.slicing.plan import Plan

MAX_STATES = 1_000_000


def told(judgement: Judgement) -> dict[str, Any]:
    """The judgement in plain values, but for the counts of states."""
    return {
        "hazards": {
            (f.compiled.walker and f.compiled.walker.request.name, f.lookup.hop, *_pair(f.lookup)): (
                sorted(f.window),
                f.inevitable,
                f.span,
                len(f.story),
                f.for_ever,
            )
            for f in judgement.found
        },
        "order": [(f.lookup.hop, *_pair(f.lookup)) for f in judgement.found],
        "avoidable": judgement.avoidable,
        "residue": judgement.residue,
        "mixed": judgement.mixed,
        "interleavings": judgement.interleavings,
    }


def _pair(lookup: Any) -> tuple[str, ...]:
    pair = lookup.kind, lookup.aspect, lookup.consumer_version, lookup.provider_version
    return tuple(map(str, pair))


def sliced(deployment: Deployment) -> tuple[Judgement, int]:
    """The judgement by slices, and how many of them had to be widened."""
    slicer = Slicer(Plan(deployment, {}), Limits(MAX_STATES))
    return slicer.judge(), slicer.widened


def agree(deployment: Deployment) -> None:
    """Slices say what the enumeration of everything says; stories replay, and no slice was widened."""
    judgement, widened = sliced(deployment)
    assert told(judgement) == told(engine("reference")(deployment, None, Limits(MAX_STATES)))
    assert widened == 0
    check(deployment, engine=lambda *_: judgement)  # replays every story
