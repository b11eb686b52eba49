"""Remedies for hazards: what could help, asked of what takes part in each, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ...model.deployment import Deployment
from ..verdict import Answer
from .additions import list_cleanings, list_flags, list_forgotten, list_stops, list_suspensions
from .by_contract import spread
from .concern import Concern, Layout
from .edits import Edit, Remedy
from .orders import list_impatience, list_orders, list_waits
from .rewrites import list_leniencies, list_omissions, list_tolerances
from .settings import list_settings

PROPOSING = (
    list_orders,
    list_waits,
    list_settings,
    list_suspensions,
    list_cleanings,
    list_flags,
    list_stops,
    list_forgotten,
    list_impatience,
    list_leniencies,
    list_omissions,
    list_tolerances,
)


def propose(deployment: Deployment, answer: Answer) -> tuple[Remedy, ...]:
    """The remedies for all hazards of the answer, each once, the cheapest first; their units are those of the
    deployment as `spread` writes it. What has no price is out of the question, and not among them."""
    found: dict[tuple[Edit, ...], Remedy] = {}
    layout = Layout(spread(deployment))
    for hazard in answer.hazards:
        for remedy in _list_for(Concern(layout, hazard)):
            known = found.get(remedy.edits)
            touches = remedy.touches | (known.touches if known else frozenset())
            kept = remedy if known is None or remedy.price < known.price else known
            found[remedy.edits] = replace(kept, touches=touches)
    return tuple(sorted(found.values(), key=lambda one: one.price))


def _list_for(about: Concern) -> Iterator[Remedy]:
    for proposing in PROPOSING:
        yield from proposing(about)
