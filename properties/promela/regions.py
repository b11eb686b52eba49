"""A set of values as the fewest simple conditions that this module finds, never an approximate one.

Points are vectors, one number an axis. A region bounds some axes; a cover is a list of regions
that together hold exactly the wanted points among all points of the domain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from .encoding import Axis, AxisKind, Vector


class Region(Struct, frozen=True):
    """For each axis the codes allowed; None: any."""

    bounds: tuple[frozenset[int] | None, ...]

    def holds(self, point: Vector) -> bool:
        return all(b is None or code in b for b, code in zip(self.bounds, point, strict=True))

    def with_bound(self, axis: int, bound: frozenset[int] | None) -> Region:
        return Region((*self.bounds[:axis], bound, *self.bounds[axis + 1 :]))


def cover(axes: tuple[Axis, ...], domain: Collection[Vector], wanted: Collection[Vector]) -> list[Region]:
    """Regions that hold the wanted points and no other point of the domain; each as loose as it can be."""
    left, regions, inside = list(wanted), list[Region](), set(wanted)
    unwanted = [point for point in domain if point not in inside]
    while left:
        region = _around(axes, left)
        if any(map(region.holds, unwanted)):
            region = _grown(axes, left, unwanted)
        regions.append(_relaxed(axes, region, domain, unwanted))
        left = [point for point in left if not regions[-1].holds(point)]
    return regions


def _around(axes: tuple[Axis, ...], points: Collection[Vector]) -> Region:
    """The smallest region that holds the points."""
    return Region(tuple(_span(axis, {p[i] for p in points}) for i, axis in enumerate(axes)))


def _span(axis: Axis, codes: set[int]) -> frozenset[int]:
    """Counters are bounded by the least and the most, choices by any set."""
    return frozenset(range(min(codes), max(codes) + 1) if axis.kind is AxisKind.COUNT else codes)


def _grown(axes: tuple[Axis, ...], left: list[Vector], unwanted: list[Vector]) -> Region:
    """A region that holds the first point and, one after the other, whatever else fits with it."""
    inside = [left[0]]
    for point in left[1:]:
        if not any(map(_around(axes, [*inside, point]).holds, unwanted)):
            inside.append(point)
    return _around(axes, inside)


def _relaxed(
    axes: tuple[Axis, ...], region: Region, domain: Collection[Vector], unwanted: list[Vector]
) -> Region:
    """The region without the bounds that keep nothing out; sums, the last axes, lose theirs first."""
    for index in reversed(range(len(axes))):
        for looser in _looser(axes[index], region.bounds[index], {point[index] for point in domain}):
            candidate = region.with_bound(index, looser)
            if not any(map(candidate.holds, unwanted)):
                region = candidate
                break
    return region


def _looser(axis: Axis, bound: frozenset[int] | None, codes: set[int]) -> Iterator[frozenset[int] | None]:
    yield None
    if bound is not None and axis.kind is AxisKind.COUNT:
        yield frozenset(range(min(codes), max(bound) + 1))
        yield frozenset(range(min(bound), max(codes) + 1))
