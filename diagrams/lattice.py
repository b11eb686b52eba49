"""The space of a hazard as a graph small enough to draw: states whole, or classes of them.

This is the one door to networkx in this room.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import partial

from ..model.deployment import Aspect, Deployment
from ..model.space import Space, shown
from ..model.system import Event, EventKind, State
from ..model.variables import PIPELINE
from ..model.walker import sources
from ..properties.verdict import Hazard
from .wording import failing_hop

MOST_NODES = 60
"""A space of more states is drawn by classes, ever coarser ones until so many at most are left."""

Key = tuple[Hashable, ...]


@dataclass(slots=True)
class Node:
    """A class of states: its number, how many there are, and in how many of them the hazard strikes.

    `step` is where the pipeline stands, or the first and the last of several steps; `facts` is what
    all of its states agree in.
    """

    number: int
    step: str
    facts: tuple[str, ...]
    states: int = 0
    bad: int = 0
    complete: bool = False
    dominates: bool = False
    onward: dict[int, dict[str, None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lattice:
    """The nodes, the first holds the initial state, and by what states were put together (empty: not)."""

    nodes: tuple[Node, ...]
    grouped: str


def lattice(space: Space, hazard: Hazard, bad: frozenset[State]) -> Lattice:
    """The finest of the groupings that has at most `MOST_NODES` nodes, with the dominators of `bad`."""
    for grouped, key in _groupings(space, hazard):
        keys = {state: key(state) for state in space.graph}
        if len(set(keys.values())) <= MOST_NODES:
            nodes = _nodes(space, keys, bad)
            _mark_dominators(nodes)
            return Lattice(nodes, grouped)
    raise AssertionError("blocks of steps are few enough")


Grouping = tuple[str, Callable[[State], Key]]


def _groupings(space: Space, hazard: Hazard) -> Iterator[Grouping]:
    """Ways to put states together, the finest first. A key is the steps from and to, then facts."""
    view = _View(space, hazard)
    yield "", view.whole
    yield "the pipeline's position and what the hazard's two ends hold", view.focused
    yield "the step and what the hazard's two ends hold", view.by_step
    size = 1
    while size <= len(view.steps):
        said = "the step" if size == 1 else f"blocks of {size} steps"
        yield said, partial(view.block, size)
        size *= 2


class _View:
    """What is seen of a state."""

    def __init__(self, space: Space, hazard: Hazard) -> None:
        self._space, self._system = space, space.compiled.system
        self._lives = space.compiled.vocabulary.lives
        positions = space.compiled.vocabulary.positions
        self._positions = {position.name: (position.index, position.step) for position in positions}
        self.steps = list(dict.fromkeys(position.step for position in positions))
        self._ends = _ends(space.compiled.vocabulary.deployment, hazard, tuple(self._lives))

    def whole(self, state: State) -> Key:
        moved = [
            f"{life.subject}: {shown(value)}"
            for name, life in self._lives.items()
            if name != PIPELINE and (value := self._system.value(state, name)) != life.variable.initial
        ]
        step = self._at(state)[1]
        return step, step, tuple(moved), state

    def focused(self, state: State) -> Key:
        index, step = self._at(state)
        return step, step, self._facts(state), index

    def by_step(self, state: State) -> Key:
        step = self._at(state)[1]
        return step, step, self._facts(state)

    def block(self, size: int, state: State) -> Key:
        """Without facts: the steps of the state's block of so many."""
        first = self.steps.index(self._at(state)[1]) // size * size
        return self.steps[first], self.steps[first : first + size][-1], ()

    def _at(self, state: State) -> tuple[int, str]:
        return self._positions[shown(self._system.value(state, PIPELINE))]

    def _facts(self, state: State) -> tuple[str, ...]:
        return tuple(self._fact(name, shown(self._system.value(state, name))) for name in self._ends)

    def _fact(self, name: str, value: str) -> str:
        kind, _, component = name.partition(" ")
        if kind != "up":
            return f"{name}: {value}"
        serving = self._space.compiled.vocabulary.rollouts[component].serving[value]
        versions = self._space.compiled.vocabulary.deployment.versions
        return f"{component}: {' / '.join(v for v in versions if v in serving) or 'nobody up'}"


def _ends(deployment: Deployment, hazard: Hazard, names: tuple[str, ...]) -> list[str]:
    """The variables that say how the hazard's consumer and provider, or its sources, stand."""
    hop = failing_hop(deployment, hazard)
    request = next(one for one in deployment.requests if one.name == hazard.request)
    assert hazard.hop is not None, "it has a failing hop"
    contracts = [hop.contract]
    if hazard.aspect is Aspect.TOKEN:
        contracts += sources(deployment, request.hops, hazard.hop)
    wanted = {f"up {hop.consumer}", f"up {hop.provider}"}
    wanted |= {f"{kind} {contract}" for kind in ("schema", "content") for contract in contracts}
    wanted |= {f"flag {flag.name}" for flag in deployment.flags if hop.contract in flag.guards}
    return [name for name in names if name in wanted]


def _nodes(space: Space, keys: dict[State, Key], bad: frozenset[State]) -> tuple[Node, ...]:
    nodes: dict[Key, Node] = {}
    for state, key in keys.items():
        first, last, facts = key[:3]
        assert isinstance(facts, tuple)
        step = str(first) if first == last else f"{first} … {last}"
        node = nodes.setdefault(key, Node(len(nodes), step, facts))
        node.states += 1
        node.bad += state in bad
        node.complete = node.complete or state in space.complete
    event: Event
    for source, target, event in space.graph.edges(data="event"):
        here, there = nodes[keys[source]], nodes[keys[target]]
        if here is not there:
            told = here.onward.setdefault(there.number, {})
            if event.kind is not EventKind.PIPELINE:  # where the pipeline goes is said by the nodes
                told[event.text] = None
    return tuple(nodes.values())


def _mark_dominators(nodes: tuple[Node, ...]) -> None:
    """Marks what every path from the start to any bad state passes, by a node put behind all bad ones.

    Each run of the deployment is a path of the classes, so what is marked is passed by every run; a coarse
    grouping may leave some unmarked. (Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm",
    2001, as networkx has it.)
    """
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(node.number for node in nodes)
    graph.add_edges_from((node.number, target) for node in nodes for target in node.onward)
    struck, sink = [node.number for node in nodes if node.bad], len(nodes)
    if not struck:
        return
    graph.add_edges_from((number, sink) for number in struck)
    above = nx.immediate_dominators(graph, 0)
    here = above[sink]
    while True:
        nodes[here].dominates = True
        if here == 0:
            return
        here = above[here]
