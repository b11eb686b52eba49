"""The space of a hazard as a graph small enough to draw: states whole, or classes of them, with the
dominators of its bad states and a least cut before them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from msgspec import Struct, structs

from ..model.compiler.space import Space
from ..model.compiler.system import Event, EventKind, State
from ..model.kernel.graph import find_leading_to, find_reachable
from ..properties.verdict import HopHazard
from .barriers import Arrow, find_dominators, find_least_cut
from .seen import HazardView, StateDescription

MOST_STATES, MOST_CLASSES = 20, 14
"""A space of more states is drawn by classes, ever coarser ones until so many at most are left."""

_MOST_TO_JOIN = 500
"""Rows of classes are joined to one; where there are more than these the next grouping is tried at once."""


@dataclass(slots=True)
class StateClass:
    """A class of states: its number, how many there are, and whether the hazard strikes in all of them or
    in none.

    `steps` are those at which the pipeline stands, in their order; `facts` is what all of its states
    agree in. `onward` has for the number of each class that follows the texts of the events that lead
    there, with their kinds. `is_settled` says that no bad state can follow.
    """

    number: int
    facts: tuple[str, ...]
    bad: bool
    steps: tuple[str, ...] = ()
    states: int = 0
    complete: bool = False
    dominates: bool = False
    is_settled: bool = False
    onward: dict[int, dict[str, EventKind]] = field(default_factory=dict)

    @property
    def step(self) -> str:
        """Where the pipeline stands, or the first and the last of several steps."""
        return self.steps[0] if len(self.steps) == 1 else f"{self.steps[0]} … {self.steps[-1]}"

    def events(self, target: int) -> list[str]:
        """The texts of the events that lead to the class of that number, but the pipeline's own: where it
        goes is said by the nodes."""
        return [text for text, kind in self.onward[target].items() if kind is not EventKind.PIPELINE]


class Lattice(Struct, frozen=True):
    """The nodes, the first holds the initial state, and by what states were put together (empty: not).

    `cut` are the fewest arrows between nodes without which no run comes to a bad state, in the order of
    the nodes; `completes` says whether a run without them can still complete the deployment. It is None
    where the initial state is bad, or where traffic alone, which nobody can forbid, leads into one; then
    `finer` is a finer grouping that has a cut, if one was looked at.

    What the cut means of classes: a run of the deployment is a path of the classes, so if in no state of
    the one class an event is allowed that leads into the other, for each arrow of the cut, then no bad
    state is reached. Of classes a cut may have more arrows than needed: a path of classes need not be a
    run. `completes` is found on the states themselves. Dominators are passed by every run likewise, and
    a coarse grouping may leave some unmarked.
    """

    nodes: tuple[StateClass, ...]
    grouped: str
    place: dict[State, int]
    cut: tuple[Arrow, ...] | None = None
    completes: bool = False
    finer: Lattice | None = None


def build_lattice(
    space: Space, hazard: HopHazard, bad: frozenset[State], most_classes: int = MOST_CLASSES
) -> Lattice:
    """The finest of the groupings that is small enough, with the dominators of `bad` and a least cut before
    them. No class has both bad states and others, so two classes are the least that can be asked for."""
    view = HazardView(space.compiled, space.graph, hazard)
    if len(space.graph) <= MOST_STATES:
        return _completed(space, _with_barriers(_classes(space, view, "", view.whole, bad)))
    finer: Lattice | None = None
    for grouped, seen in view.groupings():
        found = _classes(space, view, grouped, seen, bad)
        if len(found.nodes) <= _MOST_TO_JOIN:
            found = _joined(_with_barriers(found), view.steps)
            if len(found.nodes) <= most_classes:
                return _completed(space, found, finer if found.cut is None else None)
            finer = finer or (found if found.cut else None)
    raise AssertionError("one block of all steps is small enough")


def _classes(
    space: Space,
    view: HazardView,
    grouped: str,
    seen: Callable[[State], StateDescription],
    bad: frozenset[State],
) -> Lattice:
    keys = {state: (seen(state), state in bad) for state in space.graph}
    nodes: dict[tuple[StateDescription, bool], StateClass] = {}
    steps: dict[int, set[str]] = {}
    for state, key in keys.items():
        node = nodes.setdefault(key, StateClass(len(nodes), key[0].facts, key[1]))
        node.states += 1
        node.complete = node.complete or state in space.complete
        steps.setdefault(node.number, set()).add(view.step(state))
    for node in nodes.values():
        node.steps = tuple(step for step in view.steps if step in steps[node.number])
    event: Event
    for source, target, event in space.graph.edges(data="event"):
        here, there = nodes[keys[source]], nodes[keys[target]]
        if here is not there:
            here.onward.setdefault(there.number, {})[event.text] = event.kind
    return Lattice(tuple(nodes.values()), grouped, {state: nodes[key].number for state, key in keys.items()})


def _with_barriers(found: Lattice) -> Lattice:
    """With dominators, with what is settled, and the cut."""
    arrows = {(node.number, target) for node in found.nodes for target in node.onward}
    bad = {node.number for node in found.nodes if node.bad}
    passed, unsettled = find_dominators(arrows, bad), find_leading_to(bad, arrows)
    for node in found.nodes:
        node.dominates, node.is_settled = node.number in passed, node.number not in unsettled
    complete = {node.number for node in found.nodes if node.complete}
    traffic = {
        (node.number, target)
        for node in found.nodes
        for target, events in node.onward.items()
        if EventKind.WRITE in events.values()
    }
    cut = find_least_cut(arrows, bad, complete, traffic)
    return structs.replace(found, cut=None if cut is None else tuple(sorted(cut)))


def _joined(found: Lattice, steps: Sequence[str]) -> Lattice:
    """With each row of nodes as one in which the pipeline goes on and nothing else is seen to change, and
    with all as one that are settled. No arrow of the cut is lost."""
    before: dict[int, list[StateClass]] = {}
    for node in found.nodes:
        for target in node.onward:
            before.setdefault(target, []).append(node)
    heads: dict[int, int] = {}
    settled = min((node.number for node in found.nodes if node.is_settled), default=0)
    for node in found.nodes:  # in breadth-first order: what is before has its head
        above = before.get(node.number, [])
        row = node.number and len(above) == 1 and _goes_on(above[0], node, found.cut or ())
        heads[node.number] = heads[above[0].number] if row else node.number
        if node.is_settled:
            heads[node.number] = settled
    numbers = {head: number for number, head in enumerate(dict.fromkeys(heads.values()))}
    number = {node: numbers[head] for node, head in heads.items()}
    groups: dict[int, list[StateClass]] = {}
    for node in found.nodes:
        groups.setdefault(number[node.number], []).append(node)
    nodes = tuple(_as_one(group, number, steps) for group in groups.values())
    place = {state: number[at] for state, at in found.place.items()}
    cut = found.cut and tuple((number[here], number[there]) for here, there in found.cut)
    return structs.replace(found, nodes=nodes, place=place, cut=cut)


def _goes_on(node: StateClass, following: StateClass, cut: tuple[Arrow, ...]) -> bool:
    """Whether nothing but the pipeline leads on from the one node, and to the other, which looks the same."""
    looks = [(one.facts, one.bad, one.complete) for one in (node, following)]
    is_only = len(node.onward) == 1 and not node.events(following.number)
    return is_only and looks[0] == looks[1] and (node.number, following.number) not in cut


def _as_one(group: list[StateClass], number: dict[int, int], steps: Sequence[str]) -> StateClass:
    here = number[group[0].number]
    onward: dict[int, dict[str, EventKind]] = {}
    for node in group:
        for target, told in node.onward.items():
            if number[target] != here:
                onward.setdefault(number[target], {}).update(told)
    shared = set(group[0].facts).intersection(*(node.facts for node in group))
    return replace(
        group[0],
        number=here,
        steps=tuple(step for step in steps if any(step in node.steps for node in group)),
        facts=tuple(fact for fact in group[0].facts if fact in shared),
        states=sum(node.states for node in group),
        complete=any(node.complete for node in group),
        dominates=any(node.dominates for node in group),
        onward=onward,
    )


def _completed(space: Space, found: Lattice, finer: Lattice | None = None) -> Lattice:
    completes = _completes(space, found.place, set(found.cut or ()))
    return structs.replace(found, completes=completes, finer=finer and _completed(space, finer))


def _completes(space: Space, place: dict[State, int], cut: Set[Arrow]) -> bool:
    """Whether a complete state can be reached by transitions that no arrow of the cut stands for."""
    return not space.complete.isdisjoint(_reach(space, place, cut))


def _reach(
    space: Space, place: dict[State, int], cut: Set[Arrow], apart: Set[State] = frozenset()
) -> Set[State]:
    """The states reached by transitions that no arrow of the cut stands for, and past none `apart`."""

    def onward(state: State) -> Iterator[State]:
        return (
            t for t in space.graph.successors(state) if t not in apart and (place[state], place[t]) not in cut
        )

    return set(find_reachable([space.initial] if space.initial not in apart else [], onward))


class Left(NamedTuple):
    """What a cut leaves of other hazards: how many can still be met, and how many of these are then met by
    every run to the end, and were not before."""

    met: int
    turned: int


def find_left(space: Space, found: Lattice, others: Iterable[Set[State]]) -> Left:
    """What is left of `others`, each given by the states in which it strikes, where no transition is taken
    that an arrow of the cut stands for."""
    cut = set(found.cut or ())
    reached = _reach(space, found.place, cut)
    still = [bad for bad in others if not reached.isdisjoint(bad)]

    def is_escaped(bad: Set[State], without: Set[Arrow]) -> bool:
        return not space.complete.isdisjoint(_reach(space, found.place, without, bad))

    ends = not space.complete.isdisjoint(reached)
    return Left(
        len(still), sum(ends and is_escaped(bad, set()) and not is_escaped(bad, cut) for bad in still)
    )
