"""Requests whose hops take time: each is a walker in the rollout, which goes on while it is under way.

Requests do not change the rollout, so at each moment they begin at their rate in the state in which it is
then (Poisson arrivals see time averages: Wolff, 1982), and those that are under way when it begins stand on
what was there before. The expected number of failures is a sum over the states of the deployment and the
walker together, of how often these are expected to be come to. An instance that goes is each of those of its
version alike, so that it cuts a request off with the chance that it is the one on which the request stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from ...model.compiler.causes import MoveCause
from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.space import find_step
from ...model.compiler.system import Event, State, System
from ...model.compiler.task import Task
from ...model.deployment import Request
from ...model.deployment.timing import HOP
from ...model.names import Contract
from ...model.resources.limits import CHECKED_EVERY, StateLimitError
from ..lookups.listing import list_interruptions
from ..lookups.lookup import Lookup, identify_lookup
from .chain import Chain, Row, expect_visits, sort_components
from .law import follow
from .quick import FAILS, QuickRequest
from .rates import TimedEvent, find_rates, list_once


def measure_length(task: Task, request: Request) -> Fraction:
    """How long a request takes on average from its first hop to its last (seconds)."""
    timing = task.deployment.timing
    return sum((timing.seconds(hop.provider, HOP) or Fraction(0) for hop in request.hops[:-1]), Fraction(0))


class Walks(Struct, frozen=True):
    """What becomes of requests that begin in the states of a rollout: the chain of rollout and walker, and by
    its states, with the weights of `chain.onward`, at which hazards they fail (`FAILS`: at any). `begins`
    says for each state of the rollout how likely a request that comes there is then where, `refused` at which
    hazards it fails at once; `under_way` are the requests that are there when the rollout begins."""

    chain: Chain
    fails: list[Mapping[str, Fraction]]
    begins: list[Row]
    refused: list[Mapping[str, Fraction]]
    under_way: Row
    lookups: Mapping[str, Lookup]


class _Builder:
    def __init__(self, task: Task, request: Request, unknown: frozenset[Contract]) -> None:
        self._product, self._request, self._limits = task.product(request), request, task.limits
        self._timing = task.deployment.timing
        self._rate = self._timing.traffic[request.name]
        self._pulls = task.deployment.pulls(request)
        self._quick = QuickRequest(task.vocabulary, request, unknown, every_hop=True)
        self.lookups = dict(self._quick.lookups)
        self._cuts: dict[int, str] = {}
        for lookup in list_interruptions(self._product.system.events):
            key = identify_lookup(request.name, request.hops, lookup)
            self.lookups.setdefault(key, lookup)
            self._cuts[id(lookup.event)] = key
        timed = find_rates(self._product).timed
        self._timed = {id(one.event): one for one in timed}
        self._moves = System(self._product.system.variables, tuple(one.event for one in timed))
        self._states: list[State] = []
        self._index: dict[State, int] = {}

    def _number_of(self, state: State) -> int:
        number = self._index.setdefault(state, len(self._states))
        if number == len(self._states):
            if number >= self._limits.listed_states:
                raise StateLimitError(self._limits.listed_states)
            self._states.append(state)
        return number

    def build(self, rollout: Chain) -> Walks:
        begins: list[Row] = []
        refused: list[Mapping[str, Fraction]] = []
        for state in rollout.states:
            row, fails = self._hop((*state, *self._quick.rest))
            begins.append(row)
            refused.append(fails)
        under_way = self._find_under_way((*rollout.states[0], *self._quick.rest))
        onward: list[Row] = []
        leaving: list[Fraction | None] = []
        failing: list[Mapping[str, Fraction]] = []
        for number, state in enumerate(self._states):  # grows while it is walked
            if not number % CHECKED_EVERY:
                self._limits.check(len(self._states))
            row, gone, fails = self._leave(state)
            onward.append(row)
            leaving.append(gone)
            failing.append(fails)
        chain = Chain(self._states, onward, leaving, sort_components(onward))
        return Walks(chain, failing, begins, refused, under_way, self.lookups)

    def _hop(self, state: State) -> tuple[Row, dict[str, Fraction]]:
        """Where it is behind the next hop, with the probability of each; and at which hazards it fails."""
        number = self._quick.count_hops(state)
        taken = self._quick.take_hop(number, state)
        row: Row = {}
        for share, update in taken.onward:
            there = self._number_of(self._quick.stand(number + 1, state, update))
            row[there] = row.get(there, Fraction(0)) + share
        total = taken.failing.total
        return row, {FAILS: total, **taken.failing.by_hazard} if total else {}

    def _find_under_way(self, first: State) -> Row:
        """How many stand behind each hop when the rollout begins: as long as it takes, at their rate."""
        found: Row = {}
        standing: dict[State, Fraction] = {first: self._rate}
        for hop in self._request.hops[:-1]:
            onward: dict[State, Fraction] = {}
            for state, rate in standing.items():
                for number, share in self._hop(state)[0].items():
                    there = self._states[number]
                    onward[there] = onward.get(there, Fraction(0)) + rate * share
            seconds = self._timing.seconds(hop.provider, HOP) or Fraction(0)
            found |= {self._index[state]: rate * seconds for state, rate in onward.items() if seconds}
            standing = onward
        return found

    def _leave(self, state: State) -> tuple[Row, Fraction | None, dict[str, Fraction]]:
        """What comes next: weights of states, their sum with all else (None: at once), and of failures."""
        number = self._quick.count_hops(state)
        if number == len(self._request.hops):
            return {}, Fraction(0), {}
        seconds = self._timing.seconds(self._request.hops[number - 1].provider, HOP)
        row, fails = self._hop(state)
        can_hop = bool(row or fails)
        if can_hop and not seconds:
            return row, None, fails
        if (at_once := self._move_at_once(state)) is not None:
            return at_once, None, {}
        gone = 1 / seconds if can_hop and seconds else Fraction(0)
        row = {there: share * gone for there, share in row.items()} if can_hop else {}
        fails = {key: share * gone for key, share in fails.items()} if can_hop else {}
        for one, there, rate in self._list_moves(state):
            gone += rate
            if (key := self._cuts.get(id(one.event))) is not None:
                for each in (FAILS, key):
                    fails[each] = fails.get(each, Fraction(0)) + rate
            else:
                target = self._number_of(there)
                row[target] = row.get(target, Fraction(0)) + rate
        return row, gone, fails

    def _move_at_once(self, state: State) -> Row | None:
        going = ((self._timed[id(event)], there) for event, there in self._moves.successors(state))
        every = [there for one, there in list_once(going) if there != state and one.rate is None]
        row: Row = {}
        for there in every:
            target = self._number_of(there)
            row[target] = row.get(target, Fraction(0)) + Fraction(1, len(every))
        return row or None

    def _list_moves(self, state: State) -> Iterator[tuple[TimedEvent, State, Fraction]]:
        """The moves that take time, with their rates: one that may take away any of several instances is as
        fast as if nobody stood on them, whomever it cuts off."""
        going = list_once((self._timed[id(event)], there) for event, there in self._moves.successors(state))
        shares = {
            id(one.event): self._chance(one.event, state) for one, _ in going if one.event.cut is not None
        }
        cut: dict[object, Fraction] = {}
        for one, _ in going:
            if one.event.cut is not None:
                cut[_what(one.event)] = cut.get(_what(one.event), Fraction(0)) + shares[id(one.event)]
        for one, there in going:
            is_cut = one.event.cut is not None
            share = (
                shares[id(one.event)]
                if is_cut
                else 1 - min(Fraction(1), cut.get(_what(one.event), Fraction(0)))
            )
            rate = one.rate_in(self._product, state) * share
            if rate and (is_cut or there != state):
                yield one, there, rate

    def _chance(self, event: Event, state: State) -> Fraction:
        """That the instance that goes is the request's own, of those of its version."""
        cause = event.cause
        assert isinstance(cause, MoveCause)
        assert cause.cut is not None
        value = self._product.system.value(state, cause.variable)
        assert isinstance(value, Standing)
        rollout = self._product.vocabulary.rollouts[cause.variable.owner]
        pulled = self._pulls and not cause.cut.born
        return Fraction(1, max(1, rollout.there(value.state, pulled=pulled).get(cause.cut.version, 1)))


def _what(event: Event) -> object:
    """What moves, whomever it cuts off."""
    cause = event.cause
    return (cause.variable, cause.source, cause.target) if isinstance(cause, MoveCause) else id(event)


def follow_walks(task: Task, request: Request, unknown: frozenset[Contract], rollout: Chain) -> Walks:
    """Of a request with a rate in a rollout. Raises `LimitError`."""
    return _Builder(task, request, unknown).build(rollout)


def expect_failures(
    product: Compiled, walks: Walks, coming: Sequence[Fraction], under_way: Row, steps: Sequence[str]
) -> dict[str, dict[str, Fraction]]:
    """By hazard and step, how many requests fail, if so many come in each state of the rollout, and so many
    are under way when it begins."""
    found: dict[str, dict[str, Fraction]] = {}

    def add(fails: Mapping[str, Fraction], weight: Fraction, step: str) -> None:
        for key, share in fails.items():
            by_step = found.setdefault(key, {})
            by_step[step] = by_step.get(step, Fraction(0)) + weight * share

    entering = dict(under_way)
    for row, fails, count, step in zip(walks.begins, walks.refused, coming, steps, strict=True):
        if count:
            add(fails, count, step)
            for there, share in row.items():
                entering[there] = entering.get(there, Fraction(0)) + count * share
    chain = walks.chain
    visits = expect_visits(chain, entering)
    for state, visited, gone, fails in zip(chain.states, visits, chain.leaving, walks.fails, strict=True):
        if visited and fails:
            add(fails, visited if gone is None else visited / gone, find_step(product, state))
    return found


def follow_slow(
    rollout: Chain, walks: Walks, rate: Fraction, seconds: float
) -> tuple[tuple[float, float], ...]:
    """As `follow`, of requests that take time: the states of the rollout bring forth walkers."""
    size, chain = len(rollout.states), walks.chain
    at_once: dict[int, float] = {}

    def fails_at_once(number: int) -> float:
        """How likely a walker that comes to a state fails before any time has passed."""
        if chain.leaving[number] is not None:
            return 0.0
        if number not in at_once:
            known = float(walks.fails[number].get(FAILS, 0))
            onward = chain.onward[number].items()
            at_once[number] = known + sum(float(share) * fails_at_once(there) for there, share in onward)
        return at_once[number]

    def hurt(row: Row, fails: Mapping[str, Fraction]) -> float:
        return float(fails.get(FAILS, 0)) + sum(float(w) * fails_at_once(there) for there, w in row.items())

    pain, onward = [], []
    for row, begins, refused, leaving in zip(
        rollout.onward, walks.begins, walks.refused, rollout.leaving, strict=True
    ):
        born = {} if leaving is None else {there: share * rate for there, share in begins.items()}
        pain.append(0.0 if leaving is None else float(rate) * hurt(begins, refused))
        onward.append(row | {size + there: weight for there, weight in born.items()})
    for row, fails, leaving in zip(chain.onward, walks.fails, chain.leaving, strict=True):
        pain.append(0.0 if leaving is None else hurt(row, fails))
        onward.append({size + there: weight for there, weight in row.items()})
    both = Chain([*rollout.states, *chain.states], onward, [*rollout.leaving, *chain.leaving], [])
    first = {0: 1.0} | {size + there: float(count) for there, count in walks.under_way.items()}
    return follow(both, pain, seconds, first)
