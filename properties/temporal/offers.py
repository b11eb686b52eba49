"""Of many who write a store, the few that can stand for all (several pipelines).

Let W be components with one pipeline that nothing keeps but what they offer to a store: each by itself with
its pipeline, with nobody who looks at it (`clusters`). What they offer is all that others see of them, and
nobody sees who did it. So a run of the whole stays one, with the same stores at the same moments, if a *team*
of some of W offers all that W did, while the others of W do no more than let the pipeline go on, at their
cheapest; and it has no more events if the team's *extras* (`lives`) are no more than those of W were (in the
manner of cutoffs: Emerson and Kahlon, "Reducing model checking of the many to the few", 2000).

Each member of a team is in charge of some offers. Of a run to a place p let e be the greatest extra of
any of W. Whatever they offered at a place q on the way is then an offer for which some of W have a run to p
that has it at q, with an extra of at most e: these are the *demands* at q. The team meets them if

* the pipeline comes to each place from one other, so that all runs to p take the same way;
* the members have runs to p, with extras of at most e together, each of which has at each q one state in
  which all is offered that is demanded there and that the member is in charge of. It goes to that state when
  the pipeline has come to q, and on from there when the pipeline is about to leave. Between two extras that
  any offer has the demands are the same, so that these are asked alone;
* by such runs, whatever they cost, the members come to each state in which they rest at an end.

Nothing is added: what the team does it can do in the whole, where the others offer nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from msgspec import Struct

from ...model.compiler.system import Event, EventKind, Reached
from ...model.compiler.traffic import takes_away
from ...model.names import VariableKey
from .influence import VariableSet
from .lives import Asked, Demands, Offer, Offers, Place, Prices, WriterLife, number_offers

Team: TypeAlias = tuple[tuple[WriterLife, frozenset[Offer]], ...]
"""The members, with what each is in charge of."""
Best: TypeAlias = Mapping[frozenset[Offer], Sequence[WriterLife]]
"""For what is offered in the same states those who offer it wherever anybody does, at no higher price."""


def is_offered(event: Event) -> bool:
    """Whether others write what they may as well not write, wherever they can. Messages that they take are
    waited for."""
    return event.kind is EventKind.WRITE and event.group is None and not takes_away(event)


def find_offerer(event: Event) -> VariableKey | None:
    """The one variable, beside what it changes, at which something offered looks; None: several, or none."""
    asked = event.guard.keys() - event.effect.keys()
    return next(iter(asked)) if len(asked) == 1 else None


class Offerer(Struct, frozen=True):
    """Somebody who offers, with its pipeline if it has one."""

    key: VariableKey
    pipelines: VariableSet
    life: WriterLife


def build_life(
    reached: Reached, pipelines: VariableSet, offered: Sequence[Offers], ends: frozenset[Place]
) -> WriterLife:
    """The life whose states these are, with what is offered in each, and the places at which it can end."""
    at = next((reached.system.index(key) for key in pipelines), None)
    places = tuple(0 if at is None else state[at] for state in reached.states)
    steps = tuple(
        tuple((int(event.kind is not EventKind.PIPELINE), None, there) for event, there in row)
        for row in reached.edges
    )
    rests = frozenset(
        state
        for state, row in enumerate(reached.edges)
        if places[state] in ends and all(event.group is None for event, _ in row)
    )
    return WriterLife(places, steps, tuple(offered), rests)


class Teams(Struct, frozen=True, dict=True):
    """Who can stand for whom; what was found is kept."""

    def choose(self, offerers: Iterable[Offerer], stores: VariableSet) -> list[VariableKey]:
        """Those that have to be kept, so that what all of them offer to these stores is offered."""
        groups: dict[VariableSet, dict[WriterLife, list[VariableKey]]] = {}
        for one in offerers:
            alike = groups.setdefault(one.pipelines, {})
            alike.setdefault(one.life.seen_by(stores), []).append(one.key)
        return [key for alike in groups.values() for key in self._choose(alike)]

    def _choose(self, alike: Mapping[WriterLife, list[VariableKey]]) -> list[VariableKey]:
        """Of one pipeline a team for all, or one for those who are alike, or everybody."""
        team = self._find(alike)
        if team is not None:
            keys = [iter(some) for some in alike.values()]
            return [next(keys[number]) for number in team]
        if len(alike) > 1:
            return [key for life, some in alike.items() for key in self._choose({life: some})]
        return [key for some in alike.values() for key in some]

    def _find(self, alike: Mapping[WriterLife, Sequence[VariableKey]]) -> Sequence[int] | None:
        """The members of a team by the numbers of their lives; several may have the same."""
        most = max(len({offer for life in alike for some in life.offers for offer, _ in some}), 1)
        asked = tuple(alike), tuple(min(len(some), most) for some in alike.values())
        if asked not in self._known:
            self._known[asked] = self._find_numbered(number_offers(asked[0]), asked[1])
        return self._known[asked]

    def _find_numbered(self, lives: tuple[WriterLife, ...], numbers: tuple[int, ...]) -> Sequence[int] | None:
        if (lives, numbers) not in self._numbered:
            team = Rivals(lives).find_team(dict(zip(lives, numbers, strict=True)))
            found = None if team is None else [lives.index(life) for life, _ in team]
            self._numbered[lives, numbers] = found
        return self._numbered[lives, numbers]

    @cached_property
    def _known(self) -> dict[tuple[tuple[WriterLife, ...], tuple[int, ...]], Sequence[int] | None]:
        return {}

    @cached_property
    def _numbered(self) -> dict[tuple[tuple[WriterLife, ...], tuple[int, ...]], Sequence[int] | None]:
        return {}


class Rivals(Struct, frozen=True, dict=True):
    """Lives beside one pipeline."""

    lives: tuple[WriterLife, ...]

    def find_team(self, numbers: Mapping[WriterLife, int]) -> Team | None:
        """A team, of no more members of each life than there are; None where none is found."""
        best = {some: self._list_best(some) for some in self.apart}
        if not all(best.values()):
            return None
        few = sorted((gather_for(favourite, best) for favourite in self.lives), key=len)
        apart = take_apart(best, numbers)
        proposed = (*dict.fromkeys(few), *(() if apart is None else (apart,)))
        return next(filter(self._can_stand, proposed), None)

    def _list_best(self, some: frozenset[Offer]) -> list[WriterLife]:
        """Those who offer this wherever anybody does, at no higher price."""
        asked = {at: price for at, price in self._prices.items() if at[2] in some}
        return [
            life
            for life in self.lives
            if all(life.prices.get(at, price + 1) <= price for at, price in asked.items())
        ]

    @cached_property
    def apart(self) -> list[frozenset[Offer]]:
        """What is offered, those together that all offer in the same states."""
        found: dict[object, set[Offer]] = {}
        for offer in dict.fromkeys(o for life in self.lives for some in life.offers for o, _ in some):
            where = tuple(tuple(offer in some for some in life.offered) for life in self.lives)
            found.setdefault(where, set()).add(offer)
        return [frozenset(some) for some in found.values()]

    @cached_property
    def _prices(self) -> Prices:
        """What each offer costs him who has it at the least."""
        found: dict[Asked, int] = {}
        for life in self.lives:
            for at, price in life.prices.items():
                found[at] = min(price, found.get(at, price))
        return found

    def _can_stand(self, team: Team) -> bool:
        entered = self.lives[0].entered
        if any(life.entered != entered for life in self.lives) or any(len(o) > 1 for o in entered.values()):
            return False
        every = self._demand(self._prices)
        return all(self._comes_to(goal, team) for goal in entered) and all(
            life.can_rest(_take(every, own)) for life, own in team
        )

    def _comes_to(self, goal: Place, team: Team) -> bool:
        """Whether the team comes to a place at the price of the dearest that it meets the demands of."""
        asked = self._asked_on_the_way[goal]
        extras = sorted(set(asked.values()))
        while extras:
            extra = extras.pop()
            demands = self._demand(at for at, price in asked.items() if price <= extra)
            own = [life.find_extra(goal, _take(demands, offers)) for life, offers in team]
            spent = [price for price in own if price is not None]
            if len(spent) < len(own) or sum(spent) > extra:
                return False
            extras = [
                less for less in extras if less < sum(spent)
            ]  # the others demand less, and have as much
        return True

    @cached_property
    def _asked_on_the_way(self) -> Mapping[Place, Prices]:
        found: dict[Place, dict[Asked, int]] = {goal: {} for goal in self.lives[0].entered}
        for at, price in self._prices.items():
            found[at[0]][at] = price
        return found

    def _demand(self, asked: Iterable[Asked]) -> Demands:
        found: dict[Place, set[Offer]] = {}
        for _, place, offer in asked:
            found.setdefault(place, set()).add(offer)
        return {place: frozenset(some) for place, some in found.items()}


def gather_for(favourite: WriterLife, best: Best) -> Team:
    """A team of as few as can be: the favourite does what nobody does better."""
    own: dict[WriterLife, frozenset[Offer]] = {}
    for some, lives in best.items():
        life = next((one for one in (favourite, *own) if one in lives), lives[0])
        own[life] = own.get(life, frozenset()) | some
    return tuple(own.items()) or ((favourite, frozenset()),)


def take_apart(best: Best, numbers: Mapping[WriterLife, int]) -> Team | None:
    """A team with a member for each of them; None where there are not so many."""
    left, team = dict(numbers), []
    for some, lives in best.items():
        life = next((one for one in lives if left[one]), None)
        if life is None:
            return None
        left[life] -= 1
        team.append((life, some))
    return tuple(team)


def _take(
    demands: Mapping[Place, frozenset[Offer]], own: frozenset[Offer]
) -> Mapping[Place, frozenset[Offer]]:
    return {place: some & own for place, some in demands.items()}
