"""The search for the cheapest sets of remedies after which nothing is wrong, in three parts.

1. What takes each hazard away is known of single remedies, and of small sets for those that none takes away;
   a cheapest choice that has one of these for each hazard is judged whole, and what fails is left, with all
   that holds it.
2. An implicit hitting set (Davies, Bacchus, "Solving MAXSAT by Solving a Sequence of Simpler SAT Instances",
   2011; Saikko, Wallner, Järvisalo, "Implicit Hitting Set Algorithms for Reasoning Beyond NP", 2016) looks
   for cheaper ones: from a set that leaves a hazard alive it learns the remedies outside of a *maximal* set
   that does. That assumes that remedies are monotone: what a set of them leaves alive, each part of the set
   does.
3. Where two sets that were judged show otherwise, or nothing was found, all cheaper sets are judged in the
   order of their prices.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import combinations

from msgspec import Struct

from ...model.deployment import RemedyKind
from .hitting import CheapestSets
from .joint import list_joint, list_pairs, list_single
from .judging import NO_VERDICT, BudgetSpentError
from .trials import Chosen, Trials


class Warrant(StrEnum):
    """Why the first plan is called the cheapest."""

    ENUMERATED = "each cheaper set of remedies for these hazards was judged"
    MONOTONE = "no cheaper one, if no remedy brings back what others take away"
    NONE = "cheaper ones may have been missed"


FEW_HAZARDS = 4
"""Of so few hazards each is held against pairs of remedies, where those of one kind alone take it away."""
ENOUGH_FAILED = 40
"""So many choices in a row may fail on the way to a plan of another kind."""


class Searched(Struct, frozen=True):
    """What a search found: `plans` of different kinds, the cheapest first; what `warrant` there is that no
    cheaper one was missed; `spent`, the half of the budget that ended the search (None: nothing did); and the
    hazards that nothing takes away which was tried, `untouched`."""

    plans: tuple[Chosen, ...]
    warrant: Warrant
    spent: str | None
    untouched: frozenset[str]


def search(trials: Trials, most_plans: int = 3, guessed: Chosen | None = None) -> Searched:
    """The cheapest plans of different kinds, within the budget of the trials' oracle; what was `guessed` is
    judged first."""
    found = _Search(trials, most_plans)
    warrant, spent = Warrant.NONE, None
    try:
        if guessed:
            found.judge(guessed)
        found.guess()
        found.choose()
        warrant = found.improve()
        if warrant is not Warrant.MONOTONE or not found.plans or not trials.is_monotone():
            found.enumerate()
            warrant = Warrant.ENUMERATED
    except BudgetSpentError as error:
        spent = str(error)
        warrant = warrant if trials.is_monotone() else Warrant.NONE
        found.gather()
    return Searched(found.best(), warrant, spent, frozenset(found.untouched))


class _Search:
    def __init__(self, trials: Trials, most_plans: int) -> None:
        self._trials, self._most = trials, most_plans
        self.plans: list[Chosen] = []
        self.untouched: set[str] = set()

    def best(self) -> tuple[Chosen, ...]:
        """Of the plans the cheapest, and those that lack one of the kinds of each cheaper one."""
        kept: list[Chosen] = []
        for plan in sorted(set(self.plans), key=lambda plan: (self._trials.price(plan), sorted(plan))):
            kinds = self._trials.kinds(plan)
            if not any(self._trials.kinds(other) <= kinds for other in kept):
                kept.append(plan)
        return tuple(kept[: self._most])

    @property
    def _bound(self) -> int | None:
        return min((self._trials.price(plan) for plan in self.plans), default=None)

    def guess(self) -> None:
        """Judges all of a kind that is about contracts together: a dear plan, for when the budget ends before
        the cheap remedies do."""
        trials = self._trials
        for kind in (RemedyKind.FLAG, RemedyKind.TOLERANCE):
            alike = (index for index, remedy in enumerate(trials.remedies) if remedy.kind is kind)
            chosen = trials.grow(frozenset(), alike)
            if chosen and trials.is_plan(chosen):
                self._leave_out(chosen)

    def judge(self, guessed: Chosen) -> None:
        """A plan of it, if it is one, without what it can do without."""
        if self._trials.is_plan(guessed):
            self.plans.append(guessed)
            self.plans.append(self._leave_out(guessed))

    def gather(self) -> None:
        """The plans among all that was judged on the way to something else."""
        self.plans += [chosen for chosen in self._trials.list_harmless() if self._trials.is_plan(chosen)]

    # --- 1: what is known to help ---

    def choose(self) -> None:
        """Plans of what takes each hazard away."""
        trials = self._trials
        ways = {hazard: list_single(trials, hazard) for hazard in sorted(trials.wrong)}
        for hazard, known in ways.items():
            ways[hazard] = known or list_joint(trials, hazard)
            if not ways[hazard]:
                self.untouched.add(hazard)
        if self.untouched:
            return
        self._share_single(ways)
        self._list_plans(ways)
        if len(self.best()) < self._most and len(ways) <= FEW_HAZARDS and self._widen(ways):
            self._list_plans(ways)

    def _list_plans(self, ways: dict[str, tuple[Chosen, ...]]) -> None:
        """Plans that have a way for each hazard, until there are enough of other kinds than each other's."""
        trials = self._trials
        with _Sets(trials, [way for known in ways.values() for way in known if len(way) > 1]) as sets:
            for known in ways.values():
                sets.one_of(known)
            for plan in self.plans:
                sets.forbid_kinds(plan)
            failed = 0
            while len(self.best()) < self._most and (chosen := sets.find()) is not None:
                if trials.is_plan(chosen):
                    lean = self._leave_out(chosen)
                    self.plans.append(lean)
                    sets.forbid_kinds(lean)
                    failed = 0
                else:
                    failed += 1
                    if self.plans and failed > ENOUGH_FAILED:
                        break  # the rest of the budget is for what may be cheaper than the first
                    sets.learn(chosen, frozenset())  # what would mend it is looked for in the second part

    def _widen(self, ways: dict[str, tuple[Chosen, ...]]) -> bool:
        """Looks for pairs where remedies of one kind alone take a hazard away: with these no plan without
        that kind can be found. Says whether there are any."""
        trials, is_wider = self._trials, False
        for hazard, known in ways.items():
            kinds = {trials.kinds(way) for way in known}
            if len(kinds) == 1:
                alike = frozenset(n for n in trials.all if trials.kinds(frozenset({n})) in kinds)
                more = list_pairs(trials, hazard, alike)
                ways[hazard], is_wider = (*known, *more), is_wider or bool(more)
        return is_wider

    def _share_single(self, ways: dict[str, tuple[Chosen, ...]]) -> None:
        """What was seen to take one hazard away may take others away too."""
        known = dict.fromkeys(way for found in ways.values() for way in found if len(way) == 1)
        for hazard, found in ways.items():
            more = (way for way in known if way not in found and hazard not in self._trials.judge(way))
            ways[hazard] = (*found, *more)

    def _leave_out(self, plan: Chosen) -> Chosen:
        """The plan without what it can do without, the dearest first."""
        for index in sorted(plan, key=lambda index: -self._trials.remedies[index].price):
            if len(plan) > 1 and self._trials.is_plan(plan - {index}):
                plan -= {index}
        return plan

    # --- 2: what else would have to be so ---

    def improve(self) -> Warrant:
        """Cheaper plans, by what sets do not help."""
        trials = self._trials
        with _Sets(trials) as sets:
            while (chosen := sets.find()) is not None:
                if self._bound is not None and trials.price(chosen) >= self._bound:
                    return Warrant.MONOTONE
                if trials.make(chosen) is None:
                    sets.learn(chosen, frozenset())
                elif trials.is_plan(chosen):
                    self.plans.append(chosen)
                    return Warrant.MONOTONE
                else:
                    self._learn(sets, chosen)
        return Warrant.MONOTONE if self.plans else Warrant.NONE

    def _learn(self, sets: _Sets, chosen: Chosen) -> None:
        wrong = self._trials.judge(chosen)
        old = sorted(wrong & self._trials.wrong - {NO_VERDICT})
        for hazard in old[:2]:
            sets.learn(frozenset(), self._outside(chosen, hazard))
        if not old:
            sets.learn(chosen, self._trials.all - chosen)

    def _outside(self, chosen: Chosen, hazard: str) -> Chosen:
        """The remedies for the hazard that are outside of a maximal set, with the chosen ones, that leaves it
        alive."""
        kept = chosen
        touching = self._trials.touching(hazard)
        waiting = [sorted(touching - chosen)]
        while waiting:
            chunk = waiting.pop()
            grown = self._trials.grow(kept, chunk)
            if grown == kept:
                continue
            if hazard in self._trials.judge(grown):
                kept = grown
            elif len(chunk) > 1:
                half = len(chunk) // 2
                waiting += [chunk[half:], chunk[:half]]
        return touching - kept

    # --- 3: all that is cheaper ---

    def enumerate(self) -> None:
        """Judges every set that is cheaper than the cheapest plan, the cheapest first."""
        for chosen, price in self._list_sets():
            if self._bound is not None and price >= self._bound:
                return
            if self._touches_all(chosen) and self._trials.is_plan(chosen):
                self.plans.append(chosen)
                return

    def _touches_all(self, chosen: Chosen) -> bool:
        return all(chosen & self._trials.touching(hazard) for hazard in self._trials.wrong)

    def _list_sets(self) -> Iterator[tuple[Chosen, int]]:
        """All sets of remedies, the cheapest first."""
        prices = [remedy.price for remedy in self._trials.remedies]
        heap: list[tuple[int, tuple[int, ...]]] = [(price, (index,)) for index, price in enumerate(prices)]
        heapq.heapify(heap)
        while heap:
            price, chosen = heapq.heappop(heap)
            yield frozenset(chosen), price
            for index in range(chosen[-1] + 1, len(prices)):
                heapq.heappush(heap, (price + prices[index], (*chosen, index)))


class _Sets:
    """Cheapest sets of the remedies of some trials, and of sets of them that help together."""

    def __init__(self, trials: Trials, joint: Sequence[Chosen] = ()) -> None:
        self._trials = trials
        kinds: dict[str, list[int]] = {}
        for number, remedy in enumerate(trials.remedies, start=1):
            kinds.setdefault(str(remedy.kind), []).append(number)
        self._sets = CheapestSets([remedy.price for remedy in trials.remedies], kinds)
        self._names = {way: self._sets.stand_for(_number(way)) for way in dict.fromkeys(joint)}
        for one, other in combinations(range(len(trials.remedies)), 2):
            if trials.make(frozenset({one, other})) is None:
                self._sets.add([-one - 1, -other - 1])

    def __enter__(self) -> _Sets:
        return self

    def __exit__(self, *_: object) -> None:
        self._sets.close()

    def find(self) -> Chosen | None:
        found = self._sets.find()
        return None if found is None else frozenset(number - 1 for number in found)

    def one_of(self, ways: Iterable[Chosen]) -> None:
        """Every set has all of one of these."""
        self._sets.add([self._names[way] if len(way) > 1 else _number(way)[0] for way in ways])

    def learn(self, without: Chosen, but: Chosen) -> None:
        """No set has all of the one, unless it has one of the others."""
        self._sets.add([*(-number for number in _number(without)), *_number(but)])

    def forbid_kinds(self, chosen: Chosen) -> None:
        self._sets.forbid_kinds(self._trials.kinds(chosen))


def _number(chosen: Chosen) -> list[int]:
    return [index + 1 for index in sorted(chosen)]
