"""What of a path a hazard needs: paths that differ in the rest need not be judged twice.

A hop of a path is *needed* for a later one if it called the instance that makes that hop, or is the
last to obtain what that hop is using. Claim: each pair that hop k of a path can look up, hop k can
look up in the path's essence too, that is in the hops that k needs (directly or not), those that are
always kept, and k itself. Proof: take a run of the path up to hop k and leave the other hops out. What
is left is a run of the essence:

* A hop that is left out changes the request's own memory only: frames that nothing left calls from
  (their hold only ever forbids: it keeps instances from being retired), and tokens that are not used,
  or obtained anew before they are. Nobody waits for it any more.
* What it writes into a content, the traffic of others writes at that moment: the instance that
  would write is held by the path, so it is up; and the traffic may, because some declared request of
  a client has the same write. Where only jobs have it, the hop is always kept: a job in flight writes
  although its worker is suspended, and a new path with the write gives it to others (`only_jobs_write`).
* What it consumes where messages come back is not acknowledged yet; such a hop is always kept.
* What is passed on (`forwards` to a broker) others need not hold; such a hop is always kept.
* Where some versions pass a hop over, or calls go where what was obtained first leads (`route: carried`), all
  that obtain what a hop is using are needed, not the last alone.
* That a call must go where an earlier one went (`route: session`) only ever forbids.
* The first hop of a path whose root has instances picks the root's instance, and asks that its worker
  be running; it is always kept. Of an anonymous client nothing is asked.
* Under `max_span` a request in flight for a shorter time sees no more steps begin.
* What comes after hop k matters not: frames would only be held for longer. Its writes do by giving
  traffic to others, so hops that are always kept are kept behind k, too.

One case is left out of the claim: where a hop that is left out had made inner frames answer, so that a
later hop came to be made by another frame of the same name; then the whole path is its own essence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ...model.compiler.moves import has_content
from ...model.compiler.stack import Stack, build_stack
from ...model.compiler.walker import find_sources
from ...model.deployment import Deployment, Hop, Route, Verb
from .call_graph import CallGraph, Hops, kind_of, list_obtained, obtains


class Essences:
    """The essences of a deployment's paths."""

    def __init__(self, graph: CallGraph, deployment: Deployment | None = None) -> None:
        """`deployment` takes more contracts as named than the graph's does (`name_all_sources`)."""
        self.graph = graph
        self._deployment = deployment or graph.deployment
        self.kept_kinds = {kind_of(kind) for kind in graph.kinds if self._is_always_kept(kind)}
        """What is always kept, also behind the hop that a path is for."""
        self._carried = tuple(source for kind in graph.kinds for source in kind.using)

    def essence(self, hops: Hops, goal: int) -> Hops:
        """The hops that hop `goal` (from 1) needs, itself, and those that are always kept."""
        whole = build_stack(hops)
        needed = {goal, *(number for number in range(1, len(hops) + 1) if self._is_kept(hops, number))}
        for number in range(len(hops), 0, -1):
            if number in needed:
                needed.update(self._needs(hops, whole, number))
        if len(needed) == len(hops):
            return hops
        kept = sorted(needed)
        essence: Hops = ()
        for number in kept:
            hop = hops[number - 1]
            essence = (
                *essence,
                replace(hop, using=list_obtained(essence, hop.using)) if hop.using else hop,
            )
        return essence if _same_callers(whole, essence, kept) else hops

    @property
    def has_kept_hops(self) -> bool:
        """Whether some hops are always kept, also behind the one that a path is for."""
        return bool(self.kept_kinds)

    def goals(self, hops: Hops) -> Iterator[int]:
        """The hops of which the path is the essence, the last first: of others than the last only if that is
        kept behind them."""
        first = 1 if self._is_kept(hops, len(hops)) else len(hops)
        return (
            goal for goal in range(len(hops), first - 1, -1) if len(self.essence(hops, goal)) == len(hops)
        )

    def is_essential(self, hops: Hops) -> bool:
        """Whether the path is the essence of one of its hops."""
        return any(True for _ in self.goals(hops))

    def can_become_essential(self, hops: Hops, can_be_goal: Callable[[Hop], bool] = lambda _: True) -> bool:
        """Whether some longer path that begins like this can be essential: each hop is needed, or may
        be yet; or it is the one that the path is for, and hops that are always kept may follow."""
        whole = build_stack(hops)
        needed = {number for later in range(1, len(hops) + 1) for number in self._needs(hops, whole, later)}
        waiting = _find_waiting_frames(hops, whole)
        loose = [
            number
            for number in range(1, len(hops))
            if number not in needed | waiting
            and not self._is_kept(hops, number)
            and not self._may_serve(hops, number)
        ]
        return not loose or (self.has_kept_hops and len(loose) == 1 and can_be_goal(hops[loose[0] - 1]))

    def _is_kept(self, hops: Hops, number: int) -> bool:
        root = self._deployment.components.get(hops[0].consumer)
        if number == 1 and root is not None:
            return True
        return bool(self.kept_kinds) and kind_of(hops[number - 1]) in self.kept_kinds

    def _is_always_kept(self, hop: Hop) -> bool:
        """Whether the hop leaves something that nobody else need leave: what jobs alone write, and messages
        that are taken and not acknowledged."""
        is_taken = hop.verb is Verb.CONSUMES and hop.contract in self._deployment.redelivered
        return is_taken or only_jobs_write(self._deployment, hop)

    def _needs(self, hops: Hops, whole: Stack, number: int) -> set[int]:
        """The hops that hop `number` needs directly."""
        born = whole.frames[whole.callers[number - 1]].born
        needs = {born} if born else set()
        for contract in find_sources(self._deployment, hops, number):
            earlier = [
                n for n in range(1, number) if hops[n - 1].contract == contract and obtains(hops[n - 1])
            ]
            needs.update(earlier if self._every_source_counts(hops) else earlier[-1:])
        return needs

    def _every_source_counts(self, hops: Hops) -> bool:
        """Whether it may matter which hops obtained something before the last one did: that may be passed
        over, and what is obtained first says where calls go."""
        components = (self._deployment.components.get(hop.provider) for hop in hops)
        is_routed = any(one is not None and one.route is Route.CARRIED for one in components)
        return is_routed or _can_be_passed_over(hops)

    def _may_serve(self, hops: Hops, number: int) -> bool:
        """Whether a later hop may be using what this one obtains."""
        hop = hops[number - 1]
        later = {other.contract for other in hops[number:] if obtains(other)}
        return (
            obtains(hop)
            and hop.contract in self._deployment.changed
            and (hop.contract not in later or self._every_source_counts(hops))
            and any(source.names(hop.contract) for source in self._carried)
        )


def _find_waiting_frames(hops: Hops, whole: Stack) -> set[int]:
    """The hops whose callee is still on the stack."""
    current: int | None = len(whole.frames) - 1 if hops[-1].verb.is_call else whole.callers[-1]
    waiting = set()
    while current is not None:
        waiting.add(whole.frames[current].born)
        current = whole.frames[current].parent
    return waiting


def _can_be_passed_over(hops: Hops) -> bool:
    """Whether some versions pass some hop over, so that the last to obtain something may not have."""
    return any(hop.since is not None or hop.until is not None for hop in hops)


def only_jobs_write(deployment: Deployment, hop: Hop) -> bool:
    """Whether the hop leaves data that no declared request of an anonymous client leaves in that way.

    What is passed on has the forms that the request holds; others need not hold them at that moment.
    """
    if not has_content(deployment, hop.contract):
        return False
    if not hop.verb.leaves_content:
        return hop.verb is Verb.RELAYS
    writers = [
        request.root
        for request, number in deployment.hops_at.get(hop.contract, ())
        if kind_of(request.hops[number - 1]) == kind_of(hop)
    ]
    return all(root in deployment.components for root in writers)


def _same_callers(whole: Stack, essence: Hops, kept: list[int]) -> bool:
    """Whether each hop of the essence is made by the frame that makes it in the path."""
    part = build_stack(essence)
    number_of = dict(enumerate(kept, start=1))
    for new, old in number_of.items():
        born = part.frames[part.callers[new - 1]].born
        if (number_of[born] if born else 0) != whole.frames[whole.callers[old - 1]].born:
            return False
    return True
