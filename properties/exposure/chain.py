"""The Markov chain of a rollout: its states, how long it is expected to be in each, and what is likely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.system import State, System
from ...model.resources.limits import CHECKED_EVERY, Limits, StateLimitError
from .rates import TimedEvent, list_once

MOST_IN_CIRCLE = 200
"""States that lead to each other; their linear system is solved in fractions, in cubic time."""

Row = dict[int, Fraction]
"""Weights by the number of a state."""


class NeverOverError(Exception):
    """The rollout can come to where it goes round for ever."""


class Chain(Struct, frozen=True):
    """States in the order in which they were found. `onward[i]` has rates for a state that takes time
    (`leaving[i]` is their sum), probabilities for one that takes none (`leaving[i]` is None), and nothing at
    an end. `order` are the states in sets of those that lead to each other, what leads elsewhere first."""

    states: list[State]
    onward: list[Row]
    leaving: list[Fraction | None]
    order: list[list[int]]

    def probabilities(self, number: int) -> Row:
        """Where it goes next."""
        leaving = self.leaving[number]
        if leaving is None or not leaving:
            return self.onward[number]
        return {there: rate / leaving for there, rate in self.onward[number].items()}


def build_chain(alone: Compiled, timed: Sequence[TimedEvent], limits: Limits, start: State) -> Chain:
    """All that these events can do from a state of the deployment on, until it is complete. Raises
    `LimitError`."""
    by_event = {id(one.event): one for one in timed}
    system = System(alone.system.variables, tuple(one.event for one in timed))
    states, index = [start], {start: 0}
    onward: list[Row] = []
    leaving: list[Fraction | None] = []

    def number_of(state: State) -> int:
        number = index.setdefault(state, len(states))
        if number == len(states):
            if number >= limits.listed_states:
                raise StateLimitError(limits.listed_states)
            states.append(state)
        return number

    for number, state in enumerate(states):  # grows while it is walked
        if not number % CHECKED_EVERY:
            limits.check(len(states))
        going = (
            []
            if alone.is_complete(state)
            else list_once(
                (by_event[id(event)], there) for event, there in system.successors(state) if there != state
            )
        )
        at_once = [there for one, there in going if one.rate is None]
        row: Row = {}
        for there in at_once:
            target = number_of(there)
            row[target] = row.get(target, Fraction(0)) + Fraction(1, len(at_once))
        for one, there in () if at_once else going:
            if rate := one.rate_in(alone, state):
                target = number_of(there)
                row[target] = row.get(target, Fraction(0)) + rate
        onward.append(row)
        leaving.append(None if at_once else sum(row.values(), Fraction(0)))
    return Chain(states, onward, leaving, sort_components(onward))


def sort_components(onward: Sequence[Row]) -> list[list[int]]:
    """Strongly connected sets, what leads elsewhere first (Tarjan, "Depth-First Search and Linear Graph
    Algorithms", 1972, without recursion)."""
    found: list[list[int]] = []
    low: dict[int, int] = {}
    order: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for root in range(len(onward)):
        if root in order:
            continue
        work = [(root, iter(onward[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            here, rest = work[-1]
            there = next(rest, None)
            if there is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == order[here]:
                    part: list[int] = []
                    while not part or part[-1] != here:
                        part.append(stack.pop())
                        on_stack.discard(part[-1])
                    found.append(part)
            elif there not in order:
                order[there] = low[there] = len(order)
                stack.append(there)
                on_stack.add(there)
                work.append((there, iter(onward[there])))
            elif there in on_stack:
                low[here] = min(low[here], order[there])
    return found[::-1]


def expect_visits(chain: Chain, entering: Mapping[int, Fraction]) -> list[Fraction]:
    """How often each state is expected to be come to, the probability of each end among them, if it begins in
    each so often. Raises `NeverOverError`."""
    visits = [entering.get(number, Fraction(0)) for number in range(len(chain.states))]
    for part in chain.order:
        own = frozenset(part)
        into = {number: visits[number] for number in part}
        if len(part) > 1:
            rows = {n: {m: p for m, p in chain.probabilities(n).items() if m in own} for n in part}
            turned: dict[int, Row] = {n: {} for n in part}
            for n, row in rows.items():
                for m, p in row.items():
                    turned[m][n] = p
            into = _solve(turned, into)
        for number in part:
            visits[number] = into[number]
            for there, share in chain.probabilities(number).items():
                if there not in own:
                    visits[there] += into[number] * share
    return visits


def expect_spared(chain: Chain, failing: Sequence[Fraction]) -> Fraction:
    """The probability that nothing fails on the way to the end, where things fail at these rates."""
    spared = [Fraction(0)] * len(chain.states)
    for part in reversed(chain.order):
        own = frozenset(part)
        rows: dict[int, Row] = {}
        known: dict[int, Fraction] = {}
        for number in part:
            leaving, row = chain.leaving[number], chain.onward[number]
            if not row:
                rows[number], known[number] = {}, Fraction(1)
                continue
            total = Fraction(1) if leaving is None else leaving + failing[number]
            shares = {there: weight / total for there, weight in row.items()}
            rows[number] = {there: share for there, share in shares.items() if there in own}
            known[number] = sum((s * spared[t] for t, s in shares.items() if t not in own), Fraction(0))
        solved = _solve(rows, known) if len(part) > 1 else known
        for number in part:
            spared[number] = solved[number]
    return spared[0]


def _solve(rows: Mapping[int, Row], known: Mapping[int, Fraction]) -> dict[int, Fraction]:
    """x with x = known + rows x, by elimination in fractions."""
    names = list(rows)
    if len(names) > MOST_IN_CIRCLE:
        raise StateLimitError(MOST_IN_CIRCLE)
    place = {name: number for number, name in enumerate(names)}
    size = len(names)
    matrix = [[Fraction(int(i == j)) for j in range(size)] + [known[name]] for i, name in enumerate(names)]
    for name, weights in rows.items():
        for other, weight in weights.items():
            matrix[place[name]][place[other]] -= weight
    for column in range(size):
        pivot = next((line for line in range(column, size) if matrix[line][column]), None)
        if pivot is None:
            raise NeverOverError
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        scale = matrix[column][column]
        matrix[column] = [value / scale for value in matrix[column]]
        for line in range(size):
            factor = matrix[line][column]
            if line != column and factor:
                pairs = zip(matrix[line], matrix[column], strict=True)
                matrix[line] = [one - factor * other for one, other in pairs]
    return {name: matrix[place[name]][size] for name in names}
