"""The runs of a deployment under the eye of a monitor: the product of its states with the modes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from ...model.compiler.system import Event, Reached
from ...model.kernel.graph import find_reachable
from ...model.resources.limits import CHECKED_EVERY, Limits
from .monitor import Mode, Monitor


class Runs(Struct, frozen=True, dict=True):
    """Nodes are a state of the deployment (its index) and the mode of the monitor after it, in
    breadth-first order; `parents` and `edges` are those of `Reached`, of nodes."""

    reached: Reached
    monitor: Monitor
    nodes: list[tuple[int, Mode]]
    parents: list[tuple[int, Event] | None]
    edges: list[list[tuple[Event, int]]]

    def story(self, node: int) -> list[Event]:
        """The events of a shortest run to a node."""
        events: list[Event] = []
        while (parent := self.parents[node]) is not None:
            node, event = parent
            events.append(event)
        return events[::-1]

    def in_mode(self, mode: Mode) -> list[int]:
        return [node for node, (_, own) in enumerate(self.nodes) if own is mode]

    def groups(self, node: int) -> frozenset[Hashable]:
        """The units of fairness of which an event is enabled."""
        return self._groups[self.nodes[node][0]]

    @cached_property
    def _groups(self) -> list[frozenset[Hashable]]:
        return [
            frozenset(event.group for event, _ in row if event.group is not None)
            for row in self.reached.edges
        ]


def watch(reached: Reached, monitor: Monitor, holds: Sequence[tuple[bool, bool]], limits: Limits) -> Runs:
    """Every run, watched. `holds[i]`: whether left and right of the formula hold in state i.

    There are at most twice as many nodes as states. Raises `LimitError`.
    """
    first = (0, monitor.step(monitor.start, *holds[0]))
    index, nodes = {first: 0}, [first]
    parents: list[tuple[int, Event] | None] = [None]
    edges: list[list[tuple[Event, int]]] = []
    for number, (state, mode) in enumerate(nodes):  # grows while it is walked
        if not number % CHECKED_EVERY:
            limits.check_resources()
        row = []
        for event, target in reached.edges[state]:
            node = (target, monitor.step(mode, *holds[target]))
            at = index.setdefault(node, len(nodes))
            if at == len(nodes):
                nodes.append(node)
                parents.append((number, event))
            row.append((event, at))
        edges.append(row)
    return Runs(reached, monitor, nodes, parents, edges)


def can_satisfy(runs: Runs, complete: Sequence[bool]) -> bool:
    """Whether some complete run satisfies the formula, to its end and no further: it is never broken and
    what is obliged has come. `complete[i]`: the deployment is complete in state i."""
    if runs.nodes[0][1] is Mode.BROKEN:
        return False

    def onward(here: int) -> Iterator[int]:
        return (there for _, there in runs.edges[here] if runs.nodes[there][1] is not Mode.BROKEN)

    passed = (runs.nodes[node] for node in find_reachable([0], onward, deepest_first=True))
    return any(complete[state] and runs.monitor.accepts(mode) for state, mode in passed)
