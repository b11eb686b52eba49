"""Sums of instances, by what each component contributes: guards are for all that they contribute together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..deployment.predicate import Count, Serving, Wanted
from ..machines.rollouts import Rollout
from ..names import VariableKey, instances_of
from .system import State, System, Value
from .variables import Vocabulary

Shares = Mapping[VariableKey, Mapping[int, frozenset[Value]]]
"""For each variable in a sum what it can contribute, and the values with which it does."""


def compute_shares(vocabulary: Vocabulary, count: Count) -> Shares:
    """What each component contributes to the sum. All of it together says when the sum is right, with as many
    cases as there are values; as guards there are as many as combinations of them."""
    found = _wanted_shares(vocabulary, count)
    serving = [term for term in count.terms if isinstance(term, Serving)]
    for component in dict.fromkeys(term.component for term in serving):
        terms = [term for term in serving if term.component == component]
        fleet, life = vocabulary.rollouts[component], vocabulary.lives[instances_of(component)]
        shares: dict[int, frozenset[Value]] = {}
        for value in life.domain:
            number = sum(_counted(fleet, value.state, term) for term in terms)
            shares[number] = shares.get(number, frozenset()) | {value}
        found[life.key] = shares
    return found


def _wanted_shares(vocabulary: Vocabulary, count: Count) -> dict[VariableKey, dict[int, frozenset[Value]]]:
    """How many instances of a component are wanted, by where its pipeline stands; one term at most asks."""
    terms = [term for term in count.terms if isinstance(term, Wanted)]
    assert len(terms) <= 1, "pipelines would have to be told apart"
    found: dict[VariableKey, dict[int, frozenset[Value]]] = {}
    for term in terms:
        for wanted, places in vocabulary.by_count(term.component).items():
            for key, values in vocabulary.at(places).items():
                found.setdefault(key, {})[wanted] = values
    return found


def _counted(fleet: Rollout, state: str, term: Serving) -> int:
    there = fleet.restarting.get(state, {}) if term.restarting else fleet.counts[state]
    return sum(there.values()) if term.version is None else there.get(term.version, 0)


def build_sum_test(system: System, count: Count, shares: Shares) -> Callable[[State], bool]:
    """Whether the sum is right in a state."""
    places = {variable.key: place for place, variable in enumerate(system.variables)}
    numbers, certain = [], 0
    for name, given in shares.items():
        if len(given) == 1:  # as much in each state; a part of the system may be without the variable
            certain += next(iter(given))
            continue
        number = {value: number for number, values in given.items() for value in values}
        domain = system.variables[places[name]].domain
        numbers.append((places[name], [number[value] for value in domain]))
    return lambda state: count.comparison.holds(
        certain + sum(of[state[at]] for at, of in numbers), count.number
    )
