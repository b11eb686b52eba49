"""What a path could break on that nobody knows yet: with nothing left, no path of any length need be tried.

Every pair that a hop can look up in any path it can look up in one that is made for it: its caller was
called, so that it may be of any version, and somebody has obtained all that the hop can be using, in any
form. (The first hop of a job, or of a path that keeps to a version, can look up less.) The list needs no
search. A path can have something new only if one of its hops is *open*: if not everything on its list that
breaks is known from a declared request, or from a find. So a walk need not be begun that comes to no open
hop within the hops that it may have.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from functools import cache
from itertools import chain

from msgspec import Struct

from ...model.compiler.variables import Vocabulary
from ...model.compiler.walker import Walker
from ...model.deployment import Aspect, Drain, Hop, Request, Source, Verb
from ...model.names import instances_of
from ..lookups.listing import list_hop_lookups
from ..lookups.lookup import HazardKind, Lookup
from .call_graph import CallGraph, Hops, count_hops_to, find_stack, kind_of, obtains

FAR = 1 << 30
"""More hops than any path has."""


class Breakage(Struct, frozen=True):
    """What makes two hazards of different paths the same: the hop but for `using`, and the pair."""

    hop: Hop
    kind: HazardKind
    aspect: Aspect | None
    consumer_version: str | None
    provider_version: str | None


def name_breakage(hop: Hop, pair: Lookup) -> Breakage:
    return Breakage(kind_of(hop), pair.kind, pair.aspect, pair.consumer_version, pair.provider_version)


class Prospects:
    """The hops of a call graph that are open: `know` what is found, and fewer are."""

    def __init__(self, graph: CallGraph, vocabulary: Vocabulary) -> None:
        self.graph, self.vocabulary = graph, vocabulary
        self._open: dict[Hop, frozenset[Breakage]] = {
            kind_of(kind): self._list_breakages(kind) for kind in graph.kinds
        }
        self._cut_off = {kind_of(kind): self._list_interruptions(kind) for kind in graph.kinds}
        self._roots = self._list_interruptions_of_roots()
        self.can_interrupt = bool(self.list_cuts())
        """Whether a request can be cut off anywhere."""
        self._distances: dict[str, int] | None = None

    def know(self, known: Set[Breakage]) -> None:
        """What is known is not asked for any more."""
        for table in (self._open, self._cut_off, self._roots):
            table.update({hop: left - known for hop, left in table.items()})
        self._distances = None

    @property
    def are_over(self) -> bool:
        """Whether no path of any length can have anything new."""
        return not any(left for table in (self._open, self._cut_off, self._roots) for left in table.values())

    def is_open(self, hop: Hop) -> bool:
        """Whether the hop can break on something that is not known, wherever it stands in a path."""
        return bool(self._open[kind_of(hop)])

    def can_be_for(self, hop: Hop) -> bool:
        """Whether a path can be for the hop: it is open, or the request may be cut off at what it calls, or,
        if it is the first, at its caller, and that is not known."""
        kind = kind_of(hop)
        return bool(self._open[kind] or self._cut_off[kind] or self._roots.get(kind))

    def list_cuts(self) -> frozenset[Breakage]:
        """Where a request may be cut off, as far as that is not known."""
        cuts = (*self._cut_off.values(), *self._roots.values())
        return frozenset(chain.from_iterable(cuts))

    def can_be_cut_off(self, hops: Hops) -> bool:
        """Whether a retirement may take away an instance that one of the hops calls, or the first one's
        caller, and that is not known."""
        if not self.can_interrupt or not hops:
            return False
        kinds = [kind_of(hop) for hop in hops]
        return any(self._cut_off[kind] for kind in kinds) or bool(self._roots.get(kinds[0]))

    def distance(self, hops: Hops) -> int:
        """How many hops more the path needs at least until it has an open one; `FAR`: there is none."""
        stack = find_stack(hops) if hops else self.graph.roots
        return min((self._to_open.get(component, FAR) for component in set(stack)), default=FAR)

    @property
    def _to_open(self) -> dict[str, int]:
        """By component, the hops that a path needs once it is on the stack; who leads nowhere is missing."""
        if self._distances is None:
            self._distances = self._find_distances()
        return self._distances

    def _find_distances(self) -> dict[str, int]:
        ends = [kind.consumer for kind in self._open if self._open[kind] or self._cut_off[kind]]
        ends += [kind.consumer for kind, left in self._roots.items() if left]
        return count_hops_to(self.graph.kinds, ends)

    # --- what a hop can look up in any path ---

    def _list_breakages(self, kind: Hop) -> frozenset[Breakage]:
        hops = (*self._before(kind), kind)
        walker = Walker(self.vocabulary, Request("path", hops))
        lookups = list_hop_lookups(self.vocabulary, walker, len(hops))
        return frozenset(name_breakage(kind, lookup) for lookup in lookups if lookup.is_broken)

    def _before(self, kind: Hop) -> Iterator[Hop]:
        """The call of the caller, and whatever obtains what the hop can be using."""
        caller = kind.consumer
        if caller in self.vocabulary.rollouts:
            yield Hop(caller, Verb.CALLS, caller, kind.subject)
        for source in kind.using:
            for other in self._obtaining(source):
                yield replace(other, consumer=caller, using=(), since=None, until=None)

    @cache  # noqa: B019 - lives as long as the hunt
    def _obtaining(self, source: Source) -> list[Hop]:
        """Who obtains it."""
        return [kind for kind in self.graph.kinds if obtains(kind) and source.names(kind.contract)]

    @cache  # noqa: B019 - lives as long as the hunt
    def _list_lost(self, name: str) -> frozenset[str]:
        """The versions of a component of which some event can take an instance away with a request on it:
        one stands there only as long as it has a hop to make from there."""
        if name not in self.vocabulary.rollouts or name not in {kind.consumer for kind in self.graph.kinds}:
            return frozenset()
        fleet, life = self.vocabulary.rollouts[name], self.vocabulary.lives[instances_of(name)].life
        is_abrupt = self.graph.deployment.components[name].drain is Drain.ABRUPT
        cutting = (
            arrow
            for arrow in life.transitions
            if arrow.trigger in fleet.faults or (is_abrupt and arrow.trigger not in fleet.restarts)
        )
        lost = (
            fleet.lost(one.source, one.target, pulled=pulled) for one in cutting for pulled in (False, True)
        )
        return frozenset(chain.from_iterable(lost))

    def _list_interruptions(self, kind: Hop) -> frozenset[Breakage]:
        hop, cut = kind_of(kind), HazardKind.INTERRUPTED
        lost = self._list_lost(kind.provider) if kind.verb.is_call else frozenset()
        return frozenset(Breakage(hop, cut, None, None, version) for version in lost)

    def _list_interruptions_of_roots(self) -> dict[Hop, frozenset[Breakage]]:
        """Of the first hops of paths: their caller is an instance of the root."""
        kinds = [kind_of(k) for k in self.graph.kinds if k.consumer in self.graph.roots]
        cut = HazardKind.INTERRUPTED
        return {
            hop: frozenset(Breakage(hop, cut, None, v, None) for v in self._list_lost(hop.consumer))
            for hop in kinds
        }
