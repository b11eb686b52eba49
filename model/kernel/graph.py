"""The one walk over graphs: what can be reached, from where, and how cheaply.

Nodes are any hashable values; a graph is a function from a node to what follows it, so that nothing is built
that is not asked for. Every engine, reduction and drawing that walks a graph does it by these functions. Who
has a walk of its own says why: what lists states or watched runs (each is numbered, all arrows are kept), the
quotient (classes are crossed, not states), a lasso (a path ends with an arrow, not in a node), the harness'
tour (what is broken is passed last), decision diagrams (sets of states). Profiles of slices and the verifier
of certificates have loops, but walk no graph: stages grow until nothing changes, diagrams are walked level by
level. Ranges of certificates grow until nothing changes as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

from msgspec import Struct

Node = TypeVar("Node", bound=Hashable)
Label = TypeVar("Label")


def find_reachable(
    starts: Iterable[Node], successors: Callable[[Node], Iterable[Node]], *, deepest_first: bool = False
) -> Iterator[Node]:
    """The nodes that can be reached from any of the starts, each once, breadth first; or, for who looks for
    any goal, which often lies deep, that first which was found last.

    They come one by one: who stops asking stops the walk, as in `any(is_goal(n) for n in reachable(…))`.
    Linear in the arrows that are asked for.

    >>> list(find_reachable([1], lambda number: [n for n in (2 * number, number + 3) if n < 9]))
    [1, 2, 4, 5, 8, 7]
    """
    found = dict.fromkeys(starts)
    waiting = deque(found)
    take = waiting.pop if deepest_first else waiting.popleft
    while waiting:
        here = take()
        yield here
        for there in successors(here):
            if there not in found:
                found[there] = None
                waiting.append(there)


def find_onward(starts: Iterable[Node], successors: Callable[[Node], Iterable[Node]]) -> Iterator[Node]:
    """As `find_reachable`, depth first, that first which comes first: of what follows a node the next is
    asked for only when all behind the one before is found. So a goal that lies deep is found without a look
    at what branches off on the way (Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972).

    >>> list(find_onward([1], lambda number: [n for n in (2 * number, number + 3) if n < 9]))
    [1, 2, 4, 8, 7, 5]
    """
    found = set[Node]()
    waiting = [iter(starts)]
    while waiting:
        here = next((node for node in waiting[-1] if node not in found), None)
        if here is None:
            waiting.pop()
        else:
            found.add(here)
            yield here
            waiting.append(iter(successors(here)))


def find_leading_to(goals: Iterable[Node], arrows: Iterable[tuple[Node, Node]]) -> set[Node]:
    """The nodes from which some goal can be reached, the goals among them. Arrows are (from, to).

    >>> sorted(find_leading_to([3], [(1, 2), (2, 3), (3, 4)]))
    [1, 2, 3]
    """
    before: dict[Node, list[Node]] = {}
    for here, there in arrows:
        before.setdefault(there, []).append(here)
    return set(find_reachable(goals, lambda node: before.get(node, ())))


def sort_from_ends(rows: Sequence[Sequence[int]]) -> list[int] | None:
    """The numbers of the rows, each behind all that its row leads to; None if some path has no end.

    Linear in the arrows. (Kahn, "Topological Sorting of Large Networks", 1962.)

    >>> sort_from_ends([[1, 2], [2], []]), sort_from_ends([[1], [0]])
    ([2, 1, 0], None)
    """
    waits = [len(row) for row in rows]
    before: list[list[int]] = [[] for _ in rows]
    for source, row in enumerate(rows):
        for target in row:
            before[target].append(source)
    order = [number for number, count in enumerate(waits) if not count]
    for target in order:  # grows while it is walked
        for source in before[target]:
            waits[source] -= 1
            if not waits[source]:
                order.append(source)
    return order if len(order) == len(rows) else None


class Routes(Struct, Generic[Node, Label], frozen=True):
    """The cheapest ways from the starts: what each node costs, and the arrow by which it is reached.

    `end` is the node at which the search stopped, None if it was not asked to stop, or found no such node.
    Only the nodes that cost less than the end are sure to have their least cost.
    """

    cost: Mapping[Node, int]
    came: Mapping[Node, tuple[Node, Label]]
    end: Node | None

    def path(self, node: Node) -> list[tuple[Label, Node]]:
        """The arrows from a start to the node, each with the node that it leads to."""
        arrows: list[tuple[Label, Node]] = []
        while node in self.came:
            before, label = self.came[node]
            arrows.append((label, node))
            node = before
        return arrows[::-1]


def find_cheapest(
    starts: Mapping[Node, int],
    successors: Callable[[Node], Iterable[tuple[int, Label, Node]]],
    *,
    is_goal: Callable[[Node], bool] | None = None,
    rank: Callable[[Node], int] | None = None,
) -> Routes[Node, Label]:
    """The cheapest ways from the starts, each of which has cost something already, to all nodes or a goal.

    Successors are (cost of the arrow, at least 0; its label; the node). Of nodes that cost the same the one
    of the least `rank` comes first, or the one that was found first. (Dijkstra, "A note on two problems in
    connexion with graphs", 1959.)

    >>> routes = find_cheapest({0: 0}, lambda n: [(1, "one", n + 1), (3, "five", n + 5)] if n < 6 else [])
    >>> routes.cost[6], routes.path(6)
    (4, [('one', 1), ('five', 6)])
    """
    cost, came = dict(starts), dict[Node, tuple[Node, Label]]()
    frontier = [(spent, rank(node) if rank else i, node) for i, (node, spent) in enumerate(cost.items())]
    heapify(frontier)
    count = len(frontier)
    while frontier:
        spent, _, here = heappop(frontier)
        if spent > cost[here]:
            continue  # it was reached more cheaply since
        if is_goal is not None and is_goal(here):
            return Routes(cost, came, here)
        for price, label, there in successors(here):
            total = spent + price
            if there not in cost or total < cost[there]:
                cost[there], came[there] = total, (here, label)
                count += 1
                heappush(frontier, (total, rank(there) if rank else count, there))
    return Routes(cost, came, None)
