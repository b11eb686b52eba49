"""From which states events lead to a goal: backwards, exactly, by guards in place of single states."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache

from msgspec import Struct

from ..names import VariableKey
from .conditions import MAX_GUARDS, refuse_beyond
from .system import Condition, Event, Guard, Value

Masks = dict[VariableKey, int]
"""A guard as bit masks over the values that each variable can have; a variable that is free is left out."""

Cube = frozenset[tuple[VariableKey, int]]
"""The same, hashable."""


class _Family(Struct, frozen=True):
    """Events that change the same variables while the same holds of others (`rest`). Each arrow is what an
    event asks of the variables that it changes, and what it makes of them."""

    rest: Cube
    arrows: tuple[tuple[Cube, Cube], ...]


class Backwards:
    """`can_be` gives the values that a variable can have at all, `changing` the events that change it."""

    def __init__(
        self,
        can_be: Callable[[VariableKey], tuple[Value, ...]],
        changing: Callable[[VariableKey], Iterable[Event]],
    ) -> None:
        self._domain = cache(can_be)
        self._changing = changing
        self._families = cache(self._found_families)

    def leading_to(self, goal: Condition) -> Condition:
        """The states from which the events lead into the goal, the goal included.

        Raises `TooManyCasesError` where too many guards would be needed.
        """
        cubes = (self._cube(guard) for guard in goal)
        found = fresh = self._merged(cube for cube in cubes if cube is not None)
        while fresh:
            before = [one for cube in fresh for one in self._before(cube) if not _lies_in(one, found)]
            reached = self._merged((*found, *before))
            refuse_beyond(MAX_GUARDS, len(reached))
            found, fresh = reached, reached - found
        return tuple(self._guard(cube) for cube in found)

    # --- one step back ---

    def _before(self, cube: Cube) -> Iterator[Cube]:
        masks = dict(cube)
        families = {id(family): family for key in masks for family in self._families(key)}
        for family in families.values():
            changed = [key for key, _ in family.arrows[0][1]]
            others = {key: mask for key, mask in masks.items() if key not in changed}
            rest = _joined(others, family.rest)
            if rest is not None:
                if len(changed) == 1:
                    yield from self._grown(rest, changed[0], masks[changed[0]], family)
                else:
                    yield from self._stepped(rest, masks, family)

    def _grown(self, rest: Masks, key: VariableKey, into: int, family: _Family) -> Iterator[Cube]:
        """All that the family's events lead into the mask, one after the other."""
        reach, before = into, 0
        while reach != before:
            before = reach
            for ((_, source),), ((_, target),) in family.arrows:
                if target & reach:
                    reach |= source
        if reach != into:
            yield self._normal({**rest, key: reach})

    def _stepped(self, rest: Masks, masks: Masks, family: _Family) -> Iterator[Cube]:
        for source, target in family.arrows:
            if all(masks.get(key, bit) & bit for key, bit in target):
                yield self._normal({**rest, **dict(source)})

    def _found_families(self, key: VariableKey) -> tuple[_Family, ...]:
        alike: dict[tuple[Cube, frozenset[VariableKey]], list[tuple[Cube, Cube]]] = {}
        for event in self._changing(key):
            guard = {one: self._mask(one, allowed) for one, allowed in event.guard.items()}
            target = frozenset((one, self._mask(one, {value})) for one, value in event.effect.items())
            if all(guard.values()) and all(bit for _, bit in target):
                source = frozenset((one, guard.get(one, self._full(one))) for one in event.effect)
                rest = self._normal({one: mask for one, mask in guard.items() if one not in event.effect})
                alike.setdefault((rest, frozenset(event.effect)), []).append((source, target))
        return tuple(_Family(rest, tuple(arrows)) for (rest, _), arrows in alike.items())

    # --- masks ---

    def _mask(self, key: VariableKey, allowed: Collection[Value]) -> int:
        return sum(1 << rank for rank, value in enumerate(self._domain(key)) if value in allowed)

    def _full(self, key: VariableKey) -> int:
        return (1 << len(self._domain(key))) - 1

    def _normal(self, masks: Mapping[VariableKey, int]) -> Cube:
        return frozenset((key, mask) for key, mask in masks.items() if mask != self._full(key))

    def _cube(self, guard: Guard) -> Cube | None:
        masks = {key: self._mask(key, allowed) for key, allowed in guard.items()}
        return self._normal(masks) if all(masks.values()) else None

    def _guard(self, cube: Cube) -> Guard:
        return {
            key: frozenset(value for rank, value in enumerate(self._domain(key)) if mask >> rank & 1)
            for key, mask in cube
        }

    def _merged(self, cubes: Iterable[Cube]) -> frozenset[Cube]:
        """The same with those that differ in one variable as one, and without those that lie in others."""
        found = frozenset(cubes)
        for key in sorted({key for cube in found for key, _ in cube}):
            alike: dict[Cube, int] = {}
            free = set()
            for cube in found:
                rest = frozenset(pair for pair in cube if pair[0] is not key)
                if len(rest) == len(cube):
                    free.add(rest)
                else:
                    alike[rest] = alike.get(rest, 0) | dict(cube)[key]
            found = frozenset(
                {*free, *(self._with(rest, key, mask) for rest, mask in alike.items() if rest not in free)}
            )
        return frozenset(cube for cube in found if not _lies_in(cube, found - {cube}))

    def _with(self, rest: Cube, key: VariableKey, mask: int) -> Cube:
        return rest if mask == self._full(key) else rest | {(key, mask)}


def _joined(masks: Masks, others: Cube) -> Masks | None:
    """What both allow, or None where that is nothing."""
    joined = dict(masks)
    for key, mask in others:
        joined[key] = joined[key] & mask if key in joined else mask
        if not joined[key]:
            return None
    return joined


def _lies_in(cube: Cube, some: Iterable[Cube]) -> bool:
    """Whether one of some holds wherever the cube does."""
    masks = dict(cube)
    return any(all(key in masks and not masks[key] & ~mask for key, mask in other) for other in some)
