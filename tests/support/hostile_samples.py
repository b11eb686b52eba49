"""A deployment, a hazard and a view in which every name is chosen to do harm."""

from __future__ import annotations

from msgspec.structs import replace

from skewproof.model.compiler.stepview import ComponentView, StepView, Suspension
from skewproof.model.deployment import (
    Aspect,
    Change,
    Component,
    Deployment,
    Hop,
    Kind,
    Request,
    Step,
    Verb,
)
from skewproof.model.names import Place, instances_of
from skewproof.properties.verdict import HopHazard

from .output_samples import BOTH, hop, move, passing, placed, schema_hazard

HOSTILE_NAMES = (
    "[red]x[/red]",
    "\u202eevil\u202c שלום",
    "a\x1b[31m\x07\r\nb",
    "x" * 200,
    '<b>&amp;</b> \\N "q" \\',
    "../../etc/passwd",
    ":boom: 世界",
    "\ud800",
)


def hostile() -> tuple[Deployment, HopHazard, StepView]:
    """Everything that a file can name is named to do harm."""
    names = HOSTILE_NAMES
    request = Request(
        names[2],
        tuple(
            Hop(a, Verb.CALLS, b, c) for a, b, c in zip(names, names[1:], names[2:] + names[:1], strict=False)
        ),
    )
    last = request.hops[1]
    change = Change(
        last.contract, {Aspect.CALL: BOTH}, note=names[0] + names[2], place=Place(names[0] + names[1], 1, 1)
    )
    deployment = Deployment(
        system=names[0] + names[2],
        versions=(names[0], names[4]),
        components={name: Component(name, Kind.SERVICE) for name in names},
        requests=(request,),
        pipeline=tuple(Step(name) for name in names),
        changes={last.contract: change},
        release=names[4],
    )
    hazard = replace(
        schema_hazard(),
        id="hostile",
        request=request.name,
        hop=2,
        consumer=last.consumer,
        provider=last.provider,
        contract=last.contract,
        consumer_version=names[0],
        provider_version=names[4],
        aspect=Aspect.CALL,
        window=(names[0], names[3]),
        trace=(
            *passing(*names),
            replace(
                move(names[2], names[3], f"{names[3]}: {names[4]}", (names[0], names[1])),
                values=((instances_of(names[2]), f"1×{names[0]}"),),
            ),
            hop(names[3], request.name, 2, " ".join(names)),
        ),
    )
    hazard = placed(hazard, deployment)
    views = {name: ComponentView((names[0], names[4]), Suspension.MAYBE) for name in names}
    return deployment, hazard, StepView(names[0], 1, len(names), views)
