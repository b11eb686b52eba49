"""Which paths a hunt need not try, and which it need not begin, because nothing new can come of them."""

from __future__ import annotations

from ...model.deployment import Hop
from .alike import AlikeCalls
from .call_graph import CallGraph, Hops, count_hops_to, find_stack
from .essence import Essences
from .prospects import Prospects


class Pruning:
    """What is still worth a try, by what is known so far (`prospects`)."""

    def __init__(self, graph: CallGraph, essences: Essences, prospects: Prospects) -> None:
        self.can_interrupt = prospects.can_interrupt
        self._essences, self._prospects = essences, prospects
        self._alike = AlikeCalls(graph)
        self._roots = graph.roots
        self._to_kept = count_hops_to(graph.kinds, [kind.consumer for kind in essences.kept_kinds])

    def can_come_to_something(self, hops: Hops, left: int) -> bool:
        """Whether a path that begins like this can be for an open hop, with so many hops more at most."""
        if left == 0 or (hops and self._is_for_itself(hops[-1])):
            return False
        return self._prospects.distance(hops) <= left or (
            self._can_matter_behind(hops, left) and self.is_any_open(hops)
        )

    def _is_for_itself(self, hop: Hop) -> bool:
        """Whether a path with the hop is for it alone, and what comes behind it does not matter."""
        return not self._matters_behind and self._alike.is_replaced(hop)

    def is_worth_a_choice(self, hops: Hops, left: int) -> bool:
        """Whether it can come to something that the path ends here, or goes on."""
        return (
            self.can_be_for_one(hops)
            and (self._prospects.is_open(hops[-1]) or self.can_come_to_something(hops, left))
            and self.can_become_essential(hops, left)
        )

    def can_be_for_one(self, hops: Hops) -> bool:
        """Whether no other call can stand for any hop, but for one that the path may be for (`alike`)."""
        replaced = self._alike.list_replaced(hops)
        return not replaced or (len(replaced) == 1 and self._prospects.can_be_for(replaced[0]))

    def can_become_essential(self, hops: Hops, left: int) -> bool:
        """Whether a path that begins like this, and ends so many hops later at most, can be the essence of a
        hop that may be new."""

        def can_be_goal(hop: Hop) -> bool:
            is_open = self.can_interrupt or self._prospects.is_open(hop)
            return is_open and self._can_matter_behind(hops, left)

        return self._essences.can_become_essential(hops, can_be_goal)

    @property
    def _matters_behind(self) -> bool:
        """Whether what comes behind the hop that a path is for can matter: writes that are always kept do,
        and so does it that the request still stands on an instance that is taken away."""
        return self.can_interrupt or self._essences.has_kept_hops

    def _can_matter_behind(self, hops: Hops, left: int) -> bool:
        """Whether the path can come to what matters there."""
        if self.can_interrupt or not self._essences.has_kept_hops:
            return self.can_interrupt
        stack = set(find_stack(hops) if hops else self._roots)
        return any(self._to_kept.get(component, left + 1) <= left for component in stack)

    def is_any_open(self, hops: Hops) -> bool:
        """Whether the path has a hop that can meet something new, or one before which it may be cut off."""
        return any(map(self._prospects.is_open, hops)) or self._prospects.can_be_cut_off(hops)

    def may_be_new(self, hops: Hops) -> bool:
        """Whether the path is the essence of a hop that is open, or of one before which it may be cut off."""
        if not (self._prospects.is_open(hops[-1]) or (self._matters_behind and self.is_any_open(hops))):
            return False
        may_be_cut_off = self._prospects.can_be_cut_off(hops)
        goals = self._essences.goals(hops)
        return any(may_be_cut_off or self._prospects.is_open(hops[goal - 1]) for goal in goals)
