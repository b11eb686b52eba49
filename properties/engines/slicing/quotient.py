"""The quotient of a rollout's machine by what a request can see of it.

A request sees which versions take calls, or (a job that pulls) run; the traffic, which of them write; a
drain, of which the last instance goes, and that is the difference of the sets of those that are there, or
run; the pipeline, whether a deploy has anything left to do. States that agree in these and can go on in the
same ways make one class. So a rollout of a hundred replicas has as many classes as one of two.

**The classes** are those of the coarsest divergence-sensitive stuttering (branching) bisimulation that
respects these labels, computed by refinement of signatures (Blom and Orzan, "A distributed algorithm for
strong bisimulation reduction of state spaces", 2002, in its form for branching bisimulation; the relation
is van Glabbeek and Weijland's, "Branching time and abstraction in bisimulation semantics", 1996). A
machine that more than one kind of move drives (two deploys to two goals, a canary and its promotion) is
left as it is: an event of one is no silent step of the other, because they happen at different positions
of the pipeline. So is one whose instances restart: it goes round in circles. What the classes satisfy is
checked in the tests without this module's help.

**The weights.** An event between classes stands for the events of the machine that lead from one class to
the next; its weight is the fewest. Which state of a class is entered may matter for what the rest costs.
The weights are used only if they are exact: if for every path of classes the fewest events of the machine
that follow it are the sum of the weights along it. That is checked, path by path; where it does not hold
(or the classes go round in a circle, or there are too many paths to look at), the machine is its own
quotient, each event weighing one.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from ....model.machines.machine import Life, Transition, build, read
from ....model.machines.rollouts import Rollout

Label = Hashable
Arrows = dict[str, list[Transition]]
MOST_PATHS = 2_000
"""Paths of classes that are looked at before a machine is left as it is."""


class Quotient(Struct, frozen=True, eq=False):
    """A rollout reduced, with the way back.

    `rollout` is the reduced life; its states are named by the first state of their class, its `counts` are
    left out, for a class has none, and `present` says only who is there. `weights` maps a pair of classes
    to the fewest events of `full` that lead from the one to the other, `class_of` each state of `full` to
    its class.
    """

    full: Rollout
    rollout: Rollout
    class_of: Mapping[str, str]
    weights: Mapping[tuple[str, str], int]

    def runs(self, classes: Sequence[str]) -> list[list[Transition]]:
        """The fewest transitions of the full machine through the classes, one list for each step.

        `classes` begins with the class of the initial state. Raises `ValueError` if there is no such run.
        """
        arrows = _group_by_source(self._deploying())
        start = {read(self.full.machine).initial: 0}
        layers = []
        for here, there in pairwise(classes):
            start, came = _cross_to_class(arrows, self.class_of, start, here, there)
            layers.append(came)
        if not start:
            raise ValueError("no run of the machine goes through these classes")
        state = min(start, key=lambda s: start[s])
        steps: list[list[Transition]] = []
        for came in reversed(layers):
            step: list[Transition] = []
            arrow: Transition | None = came[state, True]
            while arrow is not None:
                step.append(arrow)
                state = arrow.source
                arrow = came[state, False]
            steps.append(step[::-1])
        return steps[::-1]

    def _deploying(self) -> list[Transition]:
        return list_own_transitions(self.full)


_known: dict[int, Quotient] = {}
_whole: dict[int, Quotient] = {}


def build_quotient(rollout: Rollout) -> Quotient:
    """The rollout reduced; the same object for the same rollout."""
    found = _known.get(id(rollout))
    if found is None:
        found = _known[id(rollout)] = _reduce(rollout)  # keeps the rollout, so that its id stays its own
    return found


def keep_whole(rollout: Rollout) -> Quotient:
    """The rollout as its own quotient; the same object for the same rollout."""
    found = _whole.get(id(rollout))
    if found is None:
        steps = list_own_transitions(rollout)
        alone = {state: state for state in read(rollout.machine).states}
        weights = {(step.source, step.target): 1 for step in steps}
        found = _whole[id(rollout)] = Quotient(rollout, rollout, alone, weights)
    return found


def _reduce(rollout: Rollout) -> Quotient:
    life = read(rollout.machine)
    steps = list_move_transitions(rollout)
    class_of = partition_states(life, steps, label_states(rollout))
    is_driven_alone = len(list_goals(rollout)) == 1 and not rollout.restarts and not rollout.endings
    weights = _weights(life, steps, class_of) if is_driven_alone else None
    if weights is None or len(set(class_of.values())) == len(life.states):
        return keep_whole(rollout)
    named = [state for state in life.states if class_of[state] == state]
    turning = [state for state in named if _only_turns(state, class_of, steps, weights)]
    weights |= {(state, state): 1 for state in turning}  # which is not over
    # One trigger for each arrow: of several from one state `transitions` takes the first.
    arrows = [Transition(f"{source} → {target}", source, target) for source, target in weights]
    triggers = frozenset(arrow.trigger for arrow in arrows)
    reduced = Rollout(
        machine=build(named, class_of[life.initial], arrows),
        serving={state: rollout.serving[state] for state in named},
        counts={},
        present={state: dict.fromkeys(list_present_versions(rollout, state), 1) for state in named},
        running={state: dict.fromkeys(rollout.running[state], 1) for state in named},
        writing={state: rollout.writing[state] for state in named},
        goals={goal: triggers for goal, names in rollout.goals.items() if names},
        others=triggers if rollout.others else frozenset(),
    )
    return Quotient(rollout, reduced, class_of, weights)


def _only_turns(
    state: str,
    class_of: Mapping[str, str],
    steps: Sequence[Transition],
    weights: Mapping[tuple[str, str], int],
) -> bool:
    """Whether the class of the state has moves left, and none that leads out of it."""
    leaves = any(source == state for source, _ in weights)
    return not leaves and any(class_of[step.source] == state for step in steps)


def list_goals(rollout: Rollout) -> list[frozenset[str]]:
    """The triggers of each kind of move that there can be."""
    return list(dict.fromkeys((*rollout.goals.values(), *([rollout.others] if rollout.others else []))))


def list_move_transitions(rollout: Rollout) -> list[Transition]:
    """The transitions that some move makes."""
    triggers = frozenset().union(*list_goals(rollout))
    return [arrow for arrow in read(rollout.machine).transitions if arrow.trigger in triggers]


def list_own_transitions(rollout: Rollout) -> list[Transition]:
    """The transitions that some move makes, and those by which an instance restarts, or is gone."""
    own = {*rollout.restarts, *rollout.returns, *rollout.endings}.union(*list_goals(rollout))
    return [arrow for arrow in read(rollout.machine).transitions if arrow.trigger in own]


def list_present_versions(rollout: Rollout, state: str) -> list[str]:
    """The versions of which some instance is there, so that a request can be on it."""
    return [version for version, count in rollout.present[state].items() if count]


def label_states(rollout: Rollout) -> dict[str, Label]:
    """What of a state is seen: who takes calls, who can be stood on, who pulls jobs, who writes, and whether
    a move has something left to do."""
    leaving = {arrow.source for arrow in list_move_transitions(rollout)}
    return {
        state: (
            rollout.serving[state],
            frozenset(list_present_versions(rollout, state)),
            frozenset(rollout.running[state]),
            rollout.writing[state],
            state in leaving,
        )
        for state in read(rollout.machine).states
    }


# --- the classes ------------------------------------------------------------------------------


def partition_states(life: Life, moving: Sequence[Transition], labels: Mapping[str, Label]) -> dict[str, str]:
    """Each state's class, named by its first state in the order of the machine."""
    arrows = _group_by_source(moving)
    block = _number(life.states, labels)
    while True:
        entered = _find_entered_blocks(life, arrows, block)
        finer = _number(life.states, {state: (block[state], entered[state]) for state in life.states})
        if len(set(finer.values())) == len(set(block.values())):
            break
        block = finer
    first: dict[int, str] = {}
    for state in life.states:
        first.setdefault(block[state], state)
    return {state: first[block[state]] for state in life.states}


def _number(states: Iterable[str], keys: Mapping[str, Hashable]) -> dict[str, int]:
    numbers: dict[Hashable, int] = {}
    return {state: numbers.setdefault(keys[state], len(numbers)) for state in states}


def _find_entered_blocks(life: Life, arrows: Arrows, block: Mapping[str, int]) -> dict[str, frozenset[int]]:
    """For each state the blocks that can be entered next from its own, by any number of silent steps;
    -1 among them if it can go on silently for ever."""
    order, circling = _ends_first(life, arrows, block)
    found = {state: frozenset[int]({-1} if state in circling else ()) for state in life.states}

    def entered(state: str) -> frozenset[int]:
        onward = [
            found[t.target] if block[t.target] == block[state] else frozenset({block[t.target]})
            for t in arrows.get(state, ())
        ]
        return found[state].union(*onward)

    for state in order:
        found[state] = entered(state)
    growing = bool(circling)
    while growing:
        growing = False
        for state in circling:
            more = entered(state)
            growing = growing or more != found[state]
            found[state] = more
    return found


def _ends_first(life: Life, arrows: Arrows, block: Mapping[str, int]) -> tuple[list[str], set[str]]:
    """The states in an order in which silent steps lead back only, and those that can go on for ever."""
    before: dict[str, list[str]] = {state: [] for state in life.states}
    left = dict.fromkeys(life.states, 0)
    for source, onward in arrows.items():
        for arrow in onward:
            if block[arrow.target] == block[source]:
                before[arrow.target].append(source)
                left[source] += 1
    order = [state for state, count in left.items() if not count]
    for state in order:  # grows while it is walked
        for source in before[state]:
            left[source] -= 1
            if not left[source]:
                order.append(source)
    return order, set(life.states) - set(order)


# --- the weights ------------------------------------------------------------------------------

Costs = dict[str, int]
Came = dict[tuple[str, bool], Transition | None]
"""By which transition a state was reached: (state, False) within the class that is crossed, (state, True)
on entering the next one."""


def _weights(
    life: Life, moving: Sequence[Transition], class_of: Mapping[str, str]
) -> dict[tuple[str, str], int] | None:
    """The weight of each step between classes, or None where no such weights are exact."""
    arrows = _group_by_source(moving)
    onward: dict[str, dict[str, None]] = {}
    for arrow in moving:
        pair = class_of[arrow.source], class_of[arrow.target]
        if pair[0] != pair[1]:
            onward.setdefault(pair[0], {})[pair[1]] = None
    weights: dict[tuple[str, str], int] = {}
    home = class_of[life.initial]
    paths: list[tuple[tuple[str, ...], Costs]] = [((home,), {life.initial: 0})]
    for count, (path, costs) in enumerate(paths):  # grows while it is walked
        for there in onward.get(path[-1], ()):
            reached, _ = _cross_to_class(arrows, class_of, costs, path[-1], there)
            if not reached or there in path or count > MOST_PATHS:
                return None  # a bisimilar state that cannot go on is impossible; a circle is not
            weight = min(reached.values()) - min(costs.values())
            if weights.setdefault((path[-1], there), weight) != weight:
                return None
            paths.append(((*path, there), reached))
    return weights


def _cross_to_class(
    arrows: Arrows, class_of: Mapping[str, str], costs: Costs, here: str, there: str
) -> tuple[Costs, Came]:
    """From states of class `here` that cost so much: what the states of class `there` cost that can be
    entered from them next (Dijkstra 1959, from many states at once)."""
    best = dict(costs)
    came: Came = {(state, False): None for state in costs}
    entered: Costs = {}
    frontier = [(cost, state) for state, cost in costs.items()]
    heapq.heapify(frontier)
    while frontier:
        cost, state = heapq.heappop(frontier)
        if cost > best[state]:
            continue
        for arrow in arrows.get(state, ()):
            inside = class_of[arrow.target] == here
            known = best if inside else entered
            if (inside or class_of[arrow.target] == there) and cost + 1 < known.get(arrow.target, cost + 2):
                known[arrow.target] = cost + 1
                came[arrow.target, not inside] = arrow
                if inside:
                    heapq.heappush(frontier, (cost + 1, arrow.target))
    return entered, came


def _group_by_source(moving: Iterable[Transition]) -> Arrows:
    arrows: Arrows = {}
    for arrow in moving:
        arrows.setdefault(arrow.source, []).append(arrow)
    return arrows
