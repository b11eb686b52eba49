"""How many ways systems that have nothing to do with each other can be run at once."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb

from ....model.kernel.graph import sort_from_ends


def count_lengths(rows: list[list[int]]) -> dict[int, int] | None:
    """How many maximal paths there are of each length; None where some path has no end."""
    order = sort_from_ends(rows)
    if order is None:
        return None
    lengths: list[dict[int, int]] = [{} for _ in rows]
    for here in order:
        for there in rows[here]:
            for length, number in lengths[there].items():
                lengths[here][length + 1] = lengths[here].get(length + 1, 0) + number
        if not rows[here]:
            lengths[here][0] = 1
    return lengths[0]


def shuffle(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    """The paths of two systems at once: of k and l events binomial(k + l, k) for each pair."""
    found: dict[int, int] = {}
    for k, many in one.items():
        for length, more in other.items():
            found[k + length] = found.get(k + length, 0) + many * more * comb(k + length, k)
    return found
