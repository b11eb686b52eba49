"""Integrals of several functions at once, by bisection (Gauss and Kronrod, 7 and 15 points: Piessens,
de Doncker-Kapenga, Überhuber, Kahaner, "QUADPACK", 1983)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

Function = Callable[[float], Sequence[float]]

_KRONROD = (
    (0.99145537112081263, 0.02293532201052922, 0.0),
    (0.94910791234275852, 0.06309209262997855, 0.12948496616886969),
    (0.86486442335976907, 0.10479001032225018, 0.0),
    (0.74153118559939443, 0.14065325971552591, 0.27970539148927666),
    (0.58608723546769113, 0.16900472663926790, 0.0),
    (0.40584515137739716, 0.19035057806478540, 0.38183005050511894),
    (0.20778495500789846, 0.20443294007529889, 0.0),
    (0.0, 0.20948214108472782, 0.41795918367346938),
)  # fmt: skip
"""Nodes in the upper half of -1 to 1, with the weights of Kronrod and of Gauss."""

MOST_HALVED = 12
"""So often a piece is halved at most."""


def compute_integrals(function: Function, pieces: Sequence[float], within: float) -> list[float]:
    """The integral of each function from the first of these points to the last; a piece between two is halved
    until the two rules differ by less than `within` a unit of length in each of them."""
    total: list[float] = []
    for low, high in pairwise(pieces):
        found = _integrate(function, low, high, within, MOST_HALVED)
        total = [a + b for a, b in zip(total, found, strict=True)] if total else found
    return total


def _integrate(function: Function, low: float, high: float, within: float, halvings: int) -> list[float]:
    middle, half = (low + high) / 2, (high - low) / 2
    fine: list[float] = []
    coarse: list[float] = []
    for node, weight, gauss in _KRONROD:
        for place in dict.fromkeys((middle - half * node, middle + half * node)):
            values = function(place)
            if not fine:
                fine, coarse = [0.0] * len(values), [0.0] * len(values)
            for number, value in enumerate(values):
                fine[number] += weight * value
                coarse[number] += gauss * value
    if not halvings or all(abs(a - b) <= within for a, b in zip(fine, coarse, strict=True)):
        return [half * value for value in fine]
    parts = (_integrate(function, *ends, within, halvings - 1) for ends in ((low, middle), (middle, high)))
    return [sum(pair) for pair in zip(*parts, strict=True)]
