"""The choice of a few writers and consumers that can stand for all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from enum import Enum
from functools import reduce
from itertools import combinations
from operator import or_

from msgspec import Struct

from ....model.names import Contract
from .presence import Placed, Presence

Block = frozenset[Presence]


class Deed(Enum):
    """What somebody can do for the traffic at a content: the last two where messages come back, by having
    gone."""

    WRITE = "write"
    USE_UP = "use up"
    ACKNOWLEDGE = "acknowledge"
    GIVE_BACK = "give back"


class Offer(Struct, frozen=True):
    """What somebody who is present does: at which contract, and in whose jobs if not in its own (none: it
    needs nobody else)."""

    contract: Contract
    deed: Deed
    roots: frozenset[str] = frozenset()

    def covers(self, other: Offer) -> bool:
        """Whether it can be done whenever the other can."""
        same = (self.contract, self.deed) == (other.contract, other.deed)
        return same and (not self.roots or (bool(other.roots) and other.roots <= self.roots))


Offers = dict[Presence, frozenset[Offer]]


class Writer(Struct, frozen=True, eq=False):
    """Components that are alike up to their names, with what each does in each of its presences."""

    names: tuple[str, ...]
    placed: Placed
    offers: Offers

    def is_fit(self, block: Block) -> bool:
        return self.placed.is_fit(block.intersection(self.offers))

    def is_as_good(self, other: Writer, block: Block) -> bool:
        """Whether one of these can stand for any of the others in these presences."""
        return all(
            self._covers(other, presence) and self.placed.is_as_good(other.placed, presence)
            for presence in block & other.offers.keys()
        )

    def _covers(self, other: Writer, presence: Presence) -> bool:
        mine = self.offers.get(presence, frozenset())
        return all(any(own.covers(its) for own in mine) for its in other.offers[presence])

    def paid(self, block: Block) -> int:
        """The ends of runs that pay for a demand of the block, a bit for each."""
        return reduce(or_, map(self.placed.paid, block & self.offers.keys()), 0)


Better = Callable[[Writer, Writer, Block], bool]


class Choice(Struct, frozen=True):
    """`chosen` stand for all others, but for those that are `forced`: nobody stands for them, nor do they."""

    chosen: tuple[str, ...]
    forced: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.chosen) + len(self.forced)


def choose(writers: Sequence[Writer], held: Container[str], is_better: Better) -> Choice:
    """The fewest that are enough, as one block of presences or as a block for each. Who is `held` stands for
    nobody."""
    left, forced = list(writers), list[str]()
    while left:
        every = sorted({presence for writer in left for presence in writer.offers}, key=_order)
        apart = _represent(left, [frozenset({presence}) for presence in every], held, is_better)
        together = _represent(left, [frozenset(every)], held, is_better, most=apart.count) if apart else None
        found = [choice for choice in (together, apart) if choice is not None]
        best = min(found, key=lambda choice: (choice.count, len(choice.forced)))
        if not best.forced:
            return Choice(best.chosen, tuple(forced))
        forced += best.forced
        left = list(spare(left, best.forced))
    return Choice((), tuple(forced))


def _order(presence: Presence) -> tuple[list[str], str, bool]:
    return sorted(presence.versions), presence.way, presence.in_jobs


def spare(writers: Iterable[Writer], gone: Collection[str]) -> Iterator[Writer]:
    """The writers without those that are gone."""
    for writer in writers:
        names = tuple(name for name in writer.names if name not in gone)
        if len(names) == len(writer.names):
            yield writer
        elif names:
            yield Writer(names, writer.placed, writer.offers)


def _represent(
    writers: Sequence[Writer],
    blocks: Sequence[Block],
    held: Container[str],
    is_better: Better,
    most: int | None = None,
) -> Choice | None:
    """For each block those that are as good as any other, each in one block only; None if it takes more."""
    chosen: dict[str, None] = {}
    forced: dict[str, None] = {}
    best: list[list[Writer]] = []
    for block in blocks:
        best.append([])
        for writer in writers:
            names = (name for name in writer.names if name not in chosen and name not in held)
            is_able = bool(block & writer.offers.keys()) and writer.is_fit(block)
            if is_able and next(names, None) and not any(is_better(one, writer, block) for one in best[-1]):
                best[-1] = [one for one in best[-1] if not is_better(writer, one, block)] + [writer]
            if most is not None and len(best[-1]) > most:
                return None
        for writer in best[-1]:
            chosen[next(n for n in writer.names if n not in chosen and n not in held)] = None
        for writer in writers:
            if not any(is_better(one, writer, block) for one in best[-1]):
                forced.update(dict.fromkeys(writer.names))
    for name in _torn(writers, blocks, best):
        forced[name] = None
    choice = Choice(tuple(chosen), tuple(forced))
    return choice if most is None or choice.count <= most else None


def _torn(writers: Sequence[Writer], blocks: Sequence[Block], best: Sequence[Sequence[Writer]]) -> list[str]:
    """Those for whom two stand who may both cost more on one run, where one alone need not."""
    pairs = zip(blocks, best, strict=True)
    paid = [reduce(or_, (one.paid(block) for one in some), 0) for block, some in pairs]
    clashes = [
        (one, other)
        for (one, its), (other, others) in combinations(zip(blocks, paid, strict=True), 2)
        if its & others
    ]
    return [
        name
        for writer in writers
        if any(one & writer.offers.keys() and other & writer.offers.keys() for one, other in clashes)
        for name in writer.names
    ]
