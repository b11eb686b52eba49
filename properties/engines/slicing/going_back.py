"""Which failures several pipelines can come back from only by meeting a hazard (paragraph 59): part by part.

A hazard is held against a rollback if it is met while this pipeline alone has failed. Of the pipelines of the
hop's part that is seen there. Each other one can stand anywhere beside the part, so in its rollback, too; so
what the part meets while none of its own has failed is held against all failures of those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ....model.compiler.system import search
from ....model.compiler.variables import Vocabulary
from ....model.names import VariableKey, pipeline_of
from ....model.resources.limits import Limits
from ...lookups.lookup import HazardKey
from ...temporal.way_back import (
    list_breaking,
    list_failed,
    list_going_back,
    list_stops_before,
    list_stops_that_reach,
)
from .hop_part import HopPart


def list_met_going_back(
    vocabulary: Vocabulary, met: Iterable[tuple[HopPart, Collection[HazardKey]]], limits: Limits
) -> Iterator[int]:
    """The stops, by index, in whose rollback one of these hazards of a part is met. Raises `LimitError`."""
    for part, keys in met:
        if keys:
            yield from _list_in_part(vocabulary, part, keys, limits)


def _list_in_part(
    vocabulary: Vocabulary, part: HopPart, keys: Collection[HazardKey], limits: Limits
) -> Iterator[int]:
    compiled = part.product
    reached = search(compiled.system, limits)
    bad = list_breaking(compiled, reached, lambda lookup: lookup.key in keys)
    yield from list_stops_that_reach(compiled, reached, bad)
    if not all(list_failed(compiled, (reached.states[number] for number in bad))):
        yield from _list_elsewhere(vocabulary, part.keys)


def _list_elsewhere(vocabulary: Vocabulary, keys: Collection[VariableKey]) -> Iterator[int]:
    """The stops that lead to a rollback of a pipeline that is not in the part."""
    for here in list_going_back(vocabulary).values():
        if pipeline_of(here.pipeline) not in keys:
            yield from list_stops_before(vocabulary, here)
