"""When a component could act for the traffic, and what it costs it to be there just then: its presences."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, Protocol, assert_never

from msgspec import Struct

from ....model.compiler.compile import Compiled
from ....model.compiler.deliveries import is_departure
from ....model.compiler.system import Event, EventKind, Guard, conjoin, passes, search
from ....model.kernel.graph import find_cheapest
from ....model.names import PIPELINE, instances_of
from ....model.resources.limits import Limits
from .search import NEVER, build_weigher, can_reach
from .slice import Slice

OWN = "c0"
"""The name of a component in the slice that keeps nothing else."""


class Way(StrEnum):
    """How an instance is there, or that none takes calls (`DOWN`), or that one that could take messages has
    gone (`GONE`). What terminates writes on, and runs its jobs to their end, but takes no messages."""

    WRITES = "writes"
    RUNS = "runs"
    TAKES = "takes messages"
    PULLS = "pulls messages"
    TAKES_CALLS = "takes calls"
    DOWN = "down"
    GONE = "one has gone"


class Presence(NamedTuple):
    """An instance of one of the versions is there; where it acts `in_jobs` of its own, no switch holds it
    up."""

    versions: frozenset[str]
    way: Way
    in_jobs: bool = False


DOWN = Presence(frozenset(), Way.DOWN)
GONE = Presence(frozenset(), Way.GONE)


class Demand(NamedTuple):
    """To be present while the pipeline stands at a stage."""

    presence: Presence
    stage: int


class Demanded(NamedTuple):
    """To be in one of the states, and (`gone`) after an instance has gone."""

    states: frozenset[int]
    gone: bool = False

    def __and__(self, other: Demanded) -> Demanded:
        return Demanded(self.states & other.states, self.gone or other.gone)


Prices = tuple[int, ...]
"""A price by the end of the run: for each stage that the pipeline has come to; last but one that all is
complete; last that it is so with no instance but of the last version. `NEVER`: no run ends like that."""


class Presences:
    """What one component, alone with the pipeline, can be present for, and at what price.

    Who is present at a stage can be so from the moment at which the pipeline comes there to the moment at
    which it leaves: nobody else has a say in its events. So of a run only matters in which of its
    stages there is a state with the presence.
    """

    def __init__(self, alone: Slice, limits: Limits) -> None:
        self._compiled = alone.compile()
        self._reached = search(self._compiled.system, limits)
        self._weigh = build_weigher(alone.weights)
        at = self._compiled.system.index(PIPELINE)
        self._stage = [state[at] for state in self._reached.states]
        self.stages = len(self._compiled.vocabulary.positions)
        self._known: dict[Presence, frozenset[int]] = {}
        self._extra: dict[Demand, Prices] = {}
        self._fit: dict[frozenset[Presence], bool] = {}
        self._paid: dict[Presence, list[int]] = {}

    def find_extra(self, demand: Demand) -> Prices:
        """What it costs more than the cheapest run to meet the demand on the way; nothing before then."""
        found = self._extra.get(demand)
        if found is None:
            met = self._prices({demand.stage: self._wanted(demand.presence)})
            both = zip(met, self._least, strict=True)
            extra = (NEVER if price >= NEVER else price - least for price, least in both)
            found = self._extra[demand] = tuple(extra)
        return found

    def find_extras(self, presence: Presence) -> list[Prices]:
        """The same for each stage."""
        return [self.find_extra(Demand(presence, stage)) for stage in range(self.stages)]

    def list_paid(self, presence: Presence) -> list[int]:
        """The ends at which a run may end that pays for some demand."""
        found = self._paid.get(presence)
        if found is None:  # each line asks
            extras, ends = self.find_extras(presence), range(self.stages + 2)
            found = [end for end in ends if any(0 < extra[end] < NEVER for extra in extras)]
            self._paid[presence] = found
        return found

    def is_fit(self, presences: frozenset[Presence]) -> bool:
        """Whether one run meets as many demands as some runs do, for the price of the dearest of them; of
        several at one stage it meets all in one state."""
        found = self._fit.get(presences)
        if found is None:
            found = self._fit[presences] = all(
                self._prices(self._wanted_at(demands))[end] == self._least[end] + price
                for end, price, demands in self._levels(presences)
            )
        return found

    def _levels(self, presences: frozenset[Presence]) -> Iterator[tuple[int, int, list[Demand]]]:
        """For each end and each price the demands that cost no more."""
        every = [Demand(presence, stage) for presence in presences for stage in range(self.stages)]
        for end in range(self.stages + 2):
            met = {demand: self.find_extra(demand)[end] for demand in every if demand.stage <= end}
            for price in set(met.values()) - {NEVER}:
                yield end, price, [demand for demand in met if met[demand] <= price]

    def _wanted_at(self, demands: Iterable[Demand]) -> dict[int, Demanded]:
        """By stage what has all the presences that are demanded there."""
        found: dict[int, Demanded] = {}
        for demand in demands:
            wanted = self._wanted(demand.presence)
            found[demand.stage] = found.get(demand.stage, wanted) & wanted
        return found

    def _wanted(self, presence: Presence) -> Demanded:
        return Demanded(self._states(presence), presence.way is Way.GONE)

    def is_steady(self, presence: Presence) -> bool:
        """Whether it can be present from each of its states, while the pipeline stands still."""
        wanted = set(self._states(presence))
        back = can_reach(self._reached, wanted, lambda event: event.kind is not EventKind.PIPELINE)
        return len(back) == len(self._reached.states)

    @cached_property
    def is_up_for_free(self) -> bool:
        """Whether at each stage some instance can take calls, and that makes no run dearer."""
        up = Presence(frozenset(self._compiled.vocabulary.deployment.versions), Way.TAKES_CALLS)
        extras = (
            price
            for stage, prices in enumerate(self.find_extras(up))
            for price, least in zip(prices[stage:], self._least[stage:], strict=True)
            if least < NEVER
        )
        return not any(extras) and self.is_fit(frozenset({up}))

    @cached_property
    def is_down_in_between(self) -> bool:
        """Whether it can be down only while the pipeline stands somewhere: not when that goes on, nor at an
        end."""
        down = self._states(DOWN)
        arrows = ((state, there) for state in down for _, there in self._reached.edges[state])
        is_crossed = any(self._stage[here] != self._stage[there] for here, there in arrows)
        return 0 not in down and not is_crossed and all(len(self._ends[state]) == 1 for state in down)

    @cached_property
    def _least(self) -> Prices:
        return self._prices({})

    def _prices(self, wanted: Mapping[int, Demanded]) -> Prices:
        """The fewest full events of a run that comes to what is wanted at each stage."""
        is_noted = any(one.gone for one in wanted.values())

        def enter(state: int, gone: bool, met: bool) -> tuple[int, bool, bool]:
            want = wanted.get(self._stage[state])
            is_met = want is None or (state in want.states and (gone or not want.gone))
            return state, gone, met or is_met

        def onward(node: tuple[int, bool, bool]) -> Iterator[tuple[int, Event, tuple[int, bool, bool]]]:
            here, gone, met = node
            for event, there in self._reached.edges[here]:
                leaves = self._stage[there] != self._stage[here]
                if met or not leaves:
                    has_gone = gone or (is_noted and self._is_departure(event))
                    yield self._weigh(event), event, enter(there, has_gone, met and not leaves)

        prices = [NEVER] * (self.stages + 2)
        for (state, _, met), cost in find_cheapest({enter(0, False, False): 0}, onward).cost.items():
            for end in self._ends[state] if met else ():
                prices[end] = min(prices[end], cost)
        return tuple(prices)

    def _is_departure(self, event: Event) -> bool:
        """Whether by it an instance goes that may have taken messages."""
        return instances_of(OWN) in event.effect and is_departure(self._compiled.vocabulary, OWN, event)

    @cached_property
    def _ends(self) -> list[tuple[int, ...]]:
        """For each state which ends a run has that ends there."""
        compiled, last = self._compiled, self._compiled.vocabulary.deployment.versions[-1]
        renewed = compiled.system.test(compiled.vocabulary.only_up(OWN, last))
        found = []
        for state, stage in zip(self._reached.states, self._stage, strict=True):
            is_complete = compiled.is_complete(state)
            over = (self.stages,) if is_complete else ()
            found.append((stage, *over, *((self.stages + 1,) if over and passes(state, renewed) else ())))
        return found

    def _states(self, presence: Presence) -> frozenset[int]:
        found = self._known.get(presence)
        if found is None:
            tests = [self._compiled.system.test(guard) for guard in _guards(self._compiled, presence)]
            states = enumerate(self._reached.states)
            found = frozenset(i for i, state in states if any(passes(state, test) for test in tests))
            self._known[presence] = found
        return found


def _guards(compiled: Compiled, presence: Presence) -> Iterator[Guard]:
    vocabulary = compiled.vocabulary
    going_on = vocabulary.running(OWN) if presence.in_jobs else {}
    guards: list[Guard] = [vocabulary.nobody_up(OWN)] if presence.way is Way.DOWN else []
    guards += [{}] if presence.way is Way.GONE else []
    for version in sorted(presence.versions):
        match presence.way:
            case Way.WRITES:
                guards.append(vocabulary.could_act(OWN, version, pulls=False))
            case Way.RUNS:
                guards.append(vocabulary.could_act(OWN, version, pulls=True))
            case Way.TAKES:
                guards.append(vocabulary.writes(OWN, version))
            case Way.PULLS:
                guards.append(vocabulary.runs(OWN, version))
            case Way.TAKES_CALLS:
                guards.append(vocabulary.up(OWN, version))
            case Way.DOWN | Way.GONE:
                pass
            case _:
                assert_never(presence.way)
    return (both for guard in guards if (both := conjoin(guard, going_on)) is not None)


class Placed(Protocol):
    """The presences of a component on a line, or on each of several: then what is asked is so if it is so on
    all of them."""

    @property
    def is_up_for_free(self) -> bool:
        """As of `Presences`."""

    def is_fit(self, presences: frozenset[Presence]) -> bool:
        """As of `Presences`."""

    def is_steady(self, presence: Presence) -> bool:
        """As of `Presences`."""

    def is_as_good(self, other: Any, presence: Presence) -> bool:
        """Whether it is present wherever the other one can be, and no dearer, whatever comes after."""

    def paid(self, presence: Presence) -> int:
        """Where a run may end that pays for some demand, a bit for each such end."""


class PlacedPresences(Struct, frozen=True, dict=True):
    """The presences of a component, with the whole's positions at which its stages begin."""

    presences: Presences
    starts: tuple[int, ...]

    @property
    def is_up_for_free(self) -> bool:
        return self.presences.is_up_for_free

    def is_fit(self, presences: frozenset[Presence]) -> bool:
        return self.presences.is_fit(presences)

    def is_steady(self, presence: Presence) -> bool:
        return self.presences.is_steady(presence)

    def is_as_good(self, other: PlacedPresences, presence: Presence) -> bool:
        mine, its = self.presences.find_extras(presence), other.presences.find_extras(presence)
        places = sorted({*self.starts, *other.starts})
        for index, place in enumerate(places):
            one, two = mine[self._stage(place)], its[other._stage(place)]
            ends = [(self._stage(end), other._stage(end)) for end in places[index:]]
            if any(one[a] > two[b] for a, b in (*ends, (-2, -2), (-1, -1))):
                return False
        return True

    def down_at(self, places: Iterable[int]) -> frozenset[int]:
        """Those of the whole's positions at which it can be down."""
        extras = self.presences.find_extras(DOWN)
        stages = ((place, self._stage(place)) for place in places)
        return frozenset(place for place, stage in stages if min(extras[stage][stage:]) < NEVER)

    def paid(self, presence: Presence) -> int:
        """Bit i: at position i of the line; past the last one for what is complete, and what is so with no
        old instance."""
        found = self._paid.get(presence)
        if found is None:
            last = self.starts[-1] + 1
            bounds = (*self.starts, last, last + 1, last + 2)
            found = 0
            for end in self.presences.list_paid(presence):
                found |= (1 << bounds[end + 1]) - (1 << bounds[end])
            self._paid[presence] = found
        return found

    @cached_property
    def _paid(self) -> dict[Presence, int]:
        return {}

    def _stage(self, place: int) -> int:
        return bisect_right(self.starts, place) - 1
