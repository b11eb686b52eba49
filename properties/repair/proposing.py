"""Remedies for hazards: what could help, asked of what takes part in each, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ...model.deployment import Deployment
from ..verdict import Answer
from .additions import list_cleanings, list_flags, list_forgotten, list_stops, list_suspensions
from .by_contract import spread
from .concern import Concern, PipelineUnits
from .edits import Edit, Remedy
from .orders import Group, list_impatience, list_orders, list_pairs, list_waits
from .rewrites import list_leniencies, list_omissions, list_tolerances
from .settings import list_settings

PROPOSING = (
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
    pipeline, proposals = PipelineUnits(spread(deployment)), _Proposals()
    for hazard in answer.hazards:
        about = Concern(pipeline, hazard)
        proposals.add_orders(about)
        for proposing in PROPOSING:
            for remedy in proposing(about):
                proposals.add(remedy, {hazard.id})
    return tuple(sorted(proposals.list_all(), key=lambda one: one.price))


class _Proposals:
    """Remedies in the order in which they are found, with the hazards for which they are proposed. Orders are
    made once for each pair: many hazards can have all pairs of many units in common."""

    def __init__(self) -> None:
        self._found: dict[tuple[Edit, ...], Remedy] = {}
        self._touched: dict[tuple[Edit, ...], list[set[str]]] = {}
        self._by_pair: dict[tuple[Group, Group], set[str]] = {}

    def add_orders(self, about: Concern) -> None:
        for pair in list_pairs(about):
            if (ids := self._by_pair.get(pair)) is not None:
                ids.add(about.hazard.id)
                continue
            self._by_pair[pair] = ids = {about.hazard.id}
            for remedy in list_orders(about, *pair):
                self.add(remedy, ids)

    def add(self, remedy: Remedy, ids: set[str]) -> None:
        """Where the edits are known, the cheaper of the two is kept. The set of the ids may grow."""
        known = self._found.get(remedy.edits)
        if known is None or remedy.price < known.price:
            self._found[remedy.edits] = remedy
        self._touched.setdefault(remedy.edits, []).append(ids)

    def list_all(self) -> Iterator[Remedy]:
        for edits, remedy in self._found.items():
            yield replace(remedy, touches=frozenset().union(*self._touched[edits]))
