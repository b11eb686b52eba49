"""Conditions put together, exactly: disjunctions of guards over the deployment's own variables."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING

from ..names import VariableKey
from .errors import TooManyCasesError
from .system import Condition, Guard, Value, conjoin

if TYPE_CHECKING:
    from .variables import Vocabulary

Restrictions = frozenset[tuple[VariableKey, frozenset[Value]]]
"""A guard without the variables that it leaves free; hashable."""

NEVER: Condition = ()
ALWAYS: Condition = ({},)

MAX_GUARDS = 1_000
"""Guards that one condition may need."""

MAX_JOINED = 100_000
"""Guards that may be looked at on the way to them, at once."""


class Algebra:
    """Conditions over one vocabulary.

    Of what comes out no guard is implied by another one, and none differs from another in a single variable;
    beyond that they need not be the fewest. Raises `TooManyCasesError` where more than `MAX_GUARDS`
    would be needed.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def any(self, parts: Iterable[Condition]) -> Condition:
        return self.simplified(guard for part in parts for guard in part)

    def all(self, parts: Iterable[Condition]) -> Condition:
        found = ALWAYS
        for part in parts:
            refuse_beyond(MAX_JOINED, len(found) * len(part))
            joined = (conjoin(*pair) for pair in product(found, part))
            found = self.simplified(guard for guard in joined if guard is not None)
        return found

    def simplified(self, found: Iterable[Guard]) -> Condition:
        """The same disjunction with fewer guards: those that differ in one variable become one."""
        left = frozenset(map(self._restrictions, found))
        while (fewer := self._merged(left)) != left:
            left = fewer
        refuse_beyond(MAX_GUARDS, len(left))
        kept = [one for one in left if not any(other != one and implies(one, other) for other in left)]
        return tuple(sorted(map(self._ordered, kept), key=self._rank))

    def _merged(self, found: frozenset[Restrictions]) -> frozenset[Restrictions]:
        for key in sorted({key for guard in found for key, _ in guard}):
            alike: dict[Restrictions, frozenset[Value]] = {}
            for guard in found:
                rest = frozenset(pair for pair in guard if pair[0] is not key)
                alike[rest] = alike.get(rest, frozenset()) | dict(guard).get(key, self._domain(key))
            found = frozenset(self._restrictions({**dict(rest), key: to}) for rest, to in alike.items())
        return found

    def _restrictions(self, guard: Guard) -> Restrictions:
        return frozenset((key, allowed) for key, allowed in guard.items() if allowed != self._domain(key))

    def _domain(self, key: VariableKey) -> frozenset[Value]:
        return frozenset(self._vocabulary.lives[key].domain)

    def _ordered(self, restrictions: Restrictions) -> Guard:
        return dict(sorted(restrictions, key=lambda pair: self._vocabulary.places[pair[0]]))

    def _rank(self, guard: Guard) -> list[tuple[int, int]]:
        """What guards are sorted by, so that they come in the same order in each run: first those that leave
        the first variable free, then those that leave the next."""
        lives, places = self._vocabulary.lives, self._vocabulary.places
        return [
            (-places[key], sum(1 << i for i, value in enumerate(lives[key].domain) if value in allowed))
            for key, allowed in guard.items()
        ]

    def negation(self, found: Condition) -> Condition:
        """By De Morgan: of each guard some variable has another value."""
        return self.all([self._other_values(guard) for guard in found])

    def _other_values(self, guard: Guard) -> Condition:
        others = ({key: self._domain(key) - allowed} for key, allowed in guard.items())
        return tuple(other for other in others if all(other.values()))


def implies(one: Restrictions, other: Restrictions) -> bool:
    """Whether every state that passes the one passes the other."""
    allowed = dict(one)
    return all(key in allowed and allowed[key] <= values for key, values in other)


def refuse_beyond(limit: int, number: int) -> None:
    """Raises `TooManyCasesError` where there are more guards than the limit allows."""
    if number > limit:
        raise TooManyCasesError(number, limit)
