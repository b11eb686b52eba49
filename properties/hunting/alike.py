"""Calls that are alike: where one of them stands in a path for what comes later, any of them can.

Two kinds of calls are *alike* if they have the same caller, verb and callee, are run by the same versions,
and use the same, and if nothing that a path can obtain by them is used by any kind of hop. The first of
them in the order of the file stands for the others. Claim: let b be a hop of a path, and let the path's
other hops that are alike to some first one be replaced by it. Then b meets the same pairs in the new path,
and is cut off in the same way. Proof: the events of both are the same but for their names. What the subject
of a call can do, beyond what the call itself looks up, is

* to be obtained: the form is kept only where a later hop is using it, and none is (so that it holds up
  nothing that waits for forms that are carried, and leads no call);
* to be seen behind a flag: in each state of a flag its callers see it in some way, on or off, and by which
  of them a call goes on makes no difference but to what is looked up and obtained;
* and nothing else: who is called, who waits, which version a request keeps to, what is carried for how
  long, and who is missing, is said by the caller, the callee, the versions and what is used; calls leave no
  content, so that the traffic of others is the same.

Which hops another one needs (`essence`) is said by the same, and by what is used; so the new path is the
essence of the hops of which the old one is. A hunt need therefore try no path with two hops for which
others stand, and none with one but for the sake of that hop.
"""

from __future__ import annotations

from dataclasses import replace

from ...model.deployment import Hop, Source, Verb
from .call_graph import CallGraph, Hops, kind_of


class AlikeCalls:
    """The calls of a graph that another one, which is declared before them, can stand for."""

    def __init__(self, graph: CallGraph) -> None:
        self._used = {source for kind in graph.kinds for source in kind.using}
        first: dict[Hop, Hop] = {}
        self._replaced: set[Hop] = set()
        for kind in graph.kinds:
            if self._is_plain(kind) and first.setdefault(replace(kind, subject=""), kind) != kind:
                self._replaced.add(kind_of(kind))

    def _is_plain(self, kind: Hop) -> bool:
        """Whether the call's subject matters to no other hop."""
        names = {Source(kind.subject), Source(kind.subject, kind.provider)}
        return kind.verb is Verb.CALLS and not names & self._used

    def is_replaced(self, hop: Hop) -> bool:
        """Whether another call can stand for the hop, wherever a path is not for the hop itself."""
        return bool(self._replaced) and kind_of(hop) in self._replaced

    def list_replaced(self, hops: Hops) -> list[Hop]:
        """The hops of a path that others can stand for."""
        return [hop for hop in hops if kind_of(hop) in self._replaced] if self._replaced else []
