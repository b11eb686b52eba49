"""Integrals of several functions at once, and these functions between what was looked at, by bisection (Gauss
and Kronrod, 7 and 15 points: Piessens, de Doncker-Kapenga, Überhuber, Kahaner, "QUADPACK", 1983)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from operator import mul

from msgspec import Struct

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

_BELOW = tuple((-node, fine, coarse) for node, fine, coarse in _KRONROD if node)
_NODES, _FINE, _COARSE = zip(*_BELOW, *reversed(_KRONROD), strict=True)

_BARYCENTRIC = tuple(1 / prod(node - other for other in _NODES if other != node) for node in _NODES)
"""What each node counts for in the polynomial through all of them."""

MOST_HALVED = 12
"""So often a piece is halved at most."""


class Piece(Struct, frozen=True):
    """The values of functions at the nodes between two points, node by node. The polynomial through them is
    as good as the functions, where these were integrated well."""

    low: float
    high: float
    values: tuple[tuple[float, ...], ...]

    def at(self, place: float) -> list[float]:
        """The values at a place between the two (Berrut, Trefethen, "Barycentric Lagrange Interpolation",
        2004)."""
        scaled = (2 * place - self.low - self.high) / (self.high - self.low)
        if scaled in _NODES:
            return list(self.values[_NODES.index(scaled)])
        shares = [weight / (scaled - node) for node, weight in zip(_NODES, _BARYCENTRIC, strict=True)]
        whole = sum(shares)
        return [
            sum(share * value for share, value in zip(shares, own, strict=True)) / whole
            for own in zip(*self.values, strict=True)
        ]


def compute_integrals(
    function: Function, pieces: Sequence[float], within: float
) -> tuple[list[float], list[Piece]]:
    """The integral of each function from the first of these points to the last, and what was looked at for
    it, in order; a piece between two points is halved until the two rules differ by less than `within` a unit
    of length in each function."""
    total: list[float] = []
    seen: list[Piece] = []
    for low, high in pairwise(pieces):
        found = _integrate(function, low, high, within, MOST_HALVED, seen)
        total = [a + b for a, b in zip(total, found, strict=True)] if total else found
    return total, seen


def _integrate(
    function: Function, low: float, high: float, within: float, halvings: int, seen: list[Piece]
) -> list[float]:
    middle, half = (low + high) / 2, (high - low) / 2
    values = tuple(tuple(function(middle + half * node)) for node in _NODES)
    by_function = list(zip(*values, strict=True))
    fine = [sum(map(mul, _FINE, own)) for own in by_function]
    coarse = [sum(map(mul, _COARSE, own)) for own in by_function]
    if not halvings or all(abs(a - b) <= within for a, b in zip(fine, coarse, strict=True)):
        seen.append(Piece(low, high, values))
        return [half * value for value in fine]
    ends = (low, middle), (middle, high)
    parts = [_integrate(function, *one, within, halvings - 1, seen) for one in ends]
    return [sum(pair) for pair in zip(*parts, strict=True)]
