"""Fair lassos: runs that wait for ever although everything that must happen does.

A run is fair (weakly) if no unit of fairness, `Event.group`, is enabled in every state from some moment
on and yet has no event from then on. A run may stand still for ever where no unit is enabled; traffic,
which has no unit, may go on or stop at any time. The check is that of Clarke, Grumberg and Peled
(Model Checking, 1999, section 4.2, fair strongly connected components) with weak fairness: a maximal
strongly connected component of waiting nodes has a fair run that never leaves it if and only if each
unit that is enabled in *all* of its nodes has an edge inside of it. (A run that stays within visits
some set of the nodes for ever. If a unit is enabled in all nodes of the component and has no edge
inside, it is enabled for ever and never happens on any such run. Otherwise the run that goes round
through all nodes and all edges is fair. So maximal components suffice.) This is the one door to networkx
in this room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable
from functools import reduce

from msgspec import Struct

from ...model.compiler.system import Event
from .monitor import Mode
from .runs import Runs


class Lasso(Struct, frozen=True):
    """`stem` leads from the start to a node, `loop` from there to itself; an empty loop stands still.

    The stem is as short as any; the loop is short, not always the shortest. `waiting` are all nodes in
    which a fair run can wait for ever.
    """

    stem: tuple[Event, ...]
    loop: tuple[Event, ...]
    waiting: frozenset[int]


def find_lasso(runs: Runs) -> Lasso | None:
    """A fair run on which the monitor waits for ever, or None if there is none."""
    fair = find_waiting_sets(runs)
    if not fair:
        return None
    home = min(fair, key=min)
    head = min(home)  # in breadth-first order: the first that a run can reach
    return Lasso(tuple(runs.story(head)), tuple(find_loop(runs, head, home)), frozenset().union(*fair))


def find_waiting_sets(runs: Runs) -> list[set[int]]:
    """The sets of nodes in which the monitor waits on a fair run."""
    nodes = runs.in_mode(Mode.WAITING)
    return find_fair_components(nodes, lambda node: runs.edges[node], runs.groups) if nodes else []


def find_fair_components(
    nodes: Collection[int],
    edges: Callable[[int], Iterable[tuple[Event, int]]],
    groups: Callable[[int], frozenset[Hashable]],
) -> list[set[int]]:
    """The maximal strongly connected parts, among these nodes, that some fair run never leaves.

    `groups` are the units of which an event is enabled in a node, `edges` may lead to other nodes too.
    """
    import networkx as nx

    among = set(nodes)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    inside = {node: [(event, there) for event, there in edges(node) if there in among] for node in nodes}
    graph.add_edges_from((node, there) for node, row in inside.items() for _, there in row)

    def is_fair(part: set[int]) -> bool:
        always = reduce(frozenset.intersection, map(groups, part))
        happening = (event.group for node in part for event, there in inside[node] if there in part)
        return not always or always <= set(happening)

    return [part for part in nx.strongly_connected_components(graph) if is_fair(part)]


def list_components(nodes: Collection[int], edges: Callable[[int], Iterable[int]]) -> list[set[int]]:
    """The maximal strongly connected parts among these nodes, each after all that its edges lead to."""
    import networkx as nx

    among = set(nodes)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((node, there) for node in nodes for there in edges(node) if there in among)
    joined = nx.condensation(graph)
    return [set(joined.nodes[part]["members"]) for part in reversed(list(nx.topological_sort(joined)))]


def find_loop(runs: Runs, head: int, part: Collection[int]) -> list[Event]:
    """A fair way round: to the nearest place that settles some unit still owed, until none is, and back."""
    owed = runs.groups(head)
    loop: list[Event] = []
    here = head

    def settles(event: Event, there: int) -> bool:
        return event.group in owed or not owed <= runs.groups(there)

    while owed:
        path, here = _nearest(runs, here, part, settles)
        for event, there in path:
            owed = (owed - {event.group}) & runs.groups(there)
        loop += [event for event, _ in path]
    if here != head:
        path, _ = _nearest(runs, here, part, lambda _, there: there == head)
        loop += [event for event, _ in path]
    return loop


LassoPath = list[tuple[Event, int]]


def _nearest(
    runs: Runs, start: int, part: Collection[int], wanted: Callable[[Event, int], bool]
) -> tuple[LassoPath, int]:
    """A shortest path within the part whose last edge is wanted, and where it ends."""
    came: dict[int, tuple[int, Event]] = {}
    seen, frontier = {start}, deque([start])
    while frontier:
        here = frontier.popleft()
        for event, there in runs.edges[here]:
            if there not in part:
                continue
            if wanted(event, there):
                path: LassoPath = [(event, there)]
                while here != start:
                    before, event = came[here]
                    path.append((event, here))
                    here = before
                return path[::-1], there
            if there not in seen:
                seen.add(there)
                came[there] = (here, event)
                frontier.append(there)
    raise AssertionError("a fair component settles every unit that it owes")


def is_fair_loop(enabled: Collection[frozenset[Hashable]], loop: Collection[Event]) -> bool:
    """Whether to go round the loop for ever is fair; `enabled`: the units enabled in each of its states."""
    always = reduce(frozenset.intersection, enabled)
    return always <= {event.group for event in loop}
