"""The space: all interleavings of a deployment's rollout, as a networkx graph.

This is the one door to networkx in this room; it is imported where it is needed, because the
help and the error messages need none of it.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING

from msgspec import Struct

from ..resources.limits import CHECKED_EVERY, Limits
from .compile import Compiled
from .life_variables import Standing
from .system import Event, State, Value, search

if TYPE_CHECKING:
    import networkx as nx


class Space(Struct, frozen=True, dict=True):
    """The reachable states of a `System` (nodes) and its events between them (edges).

    `graph` is a MultiDiGraph: nodes are `State`s in breadth-first order, the key `event` of an
    edge is its `Event`. Of a space of which only a part was listed the `border` are the states from which
    some event leads to one that is not in the part.
    """

    compiled: Compiled
    graph: nx.MultiDiGraph[State]
    border: frozenset[State] = frozenset()

    @property
    def initial(self) -> State:
        return self.compiled.system.initial

    @cached_property
    def complete(self) -> frozenset[State]:
        """The states in which the deployment is complete."""
        return frozenset(filter(self.compiled.is_complete, self.graph))

    def interleavings(self) -> int | None:
        """The number of maximal paths, exactly; None where the graph has a cycle.

        By dynamic programming over a topological order: linear in the edges, not in the paths.
        """
        import networkx as nx

        if not nx.is_directed_acyclic_graph(self.graph):
            return None
        paths: dict[State, int] = {}
        for state in reversed(list(nx.topological_sort(self.graph))):
            paths[state] = sum(paths[reached] for _, reached in self.graph.out_edges(state)) or 1
        return paths[self.initial]

    def graphml(self) -> bytes:
        """The graph as GraphML: each variable an attribute of the nodes, the event of the edges. A node has
        its step as `label`, and a `mark` where runs start, where the deployment is complete, and where more
        follows that was not listed."""
        import networkx as nx

        system = self.compiled.system
        plain: nx.MultiDiGraph[int] = nx.MultiDiGraph(name=self.compiled.vocabulary.deployment.system)
        number = {state: index for index, state in enumerate(self.graph)}
        for state, index in number.items():
            values = {str(v.key): show_value(system.value(state, v.key)) for v in system.variables}
            label, mark = find_step(self.compiled, state), self._mark(state)
            plain.add_node(index, **{**values, "label": label, "mark": mark})
        event: Event
        for source, target, event in self.graph.edges(data="event"):
            plain.add_edge(
                number[source],
                number[target],
                label=event.text,
                event=event.text,
                kind=str(event.kind),
                owner=event.owner,
            )
        written = BytesIO()
        nx.write_graphml(plain, written)
        return written.getvalue()

    def _mark(self, state: State) -> str:
        if state == self.initial:
            return "start"
        if state in self.border:
            return "border"
        return "complete" if state in self.complete else ""


def show_value(value: Value) -> str:
    """A variable's value as a person reads it."""
    return value.state if isinstance(value, Standing) else str(value)


def explore(compiled: Compiled, limits: Limits | None = None) -> Space:
    """Every reachable state of the system, breadth first. Raises `LimitError` where a limit is hit."""
    import networkx as nx

    limits = limits or Limits()
    reached = search(compiled.system, limits)
    graph: nx.MultiDiGraph[State] = nx.MultiDiGraph()
    graph.add_nodes_from(reached.states)
    for number, (state, row) in enumerate(zip(reached.states, reached.edges, strict=True)):
        if not number % CHECKED_EVERY:
            limits.check(0)
        for event, target in row:
            graph.add_edge(state, reached.states[target], event=event)
    return Space(compiled, graph)


def explore_part(compiled: Compiled, most: int) -> Space:
    """The first `most` states in breadth-first order, with their border."""
    import networkx as nx

    system = compiled.system
    graph: nx.MultiDiGraph[State] = nx.MultiDiGraph()
    graph.add_node(system.initial)
    queue, border = deque([system.initial]), set[State]()
    while queue:
        state = queue.popleft()
        for event, reached in system.successors(state):
            if reached not in graph:
                if len(graph) >= most:
                    border.add(state)
                    continue
                graph.add_node(reached)
                queue.append(reached)
            graph.add_edge(state, reached, event=event)
    return Space(compiled, graph, frozenset(border))


def find_step(compiled: Compiled, state: State) -> str:
    """In which steps the pipelines stand, as one text: those that are on their way, if some are."""
    where = compiled.where(state)
    on_their_way = [position.step for position in where if position.passed and not position.is_end]
    return " + ".join(on_their_way or [position.step for position in where])
