"""Predicates as sets of states, and events under the eye of a formula's monitor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TypeAlias

from ....model.compiler.predicate_guards import translate_predicate
from ....model.compiler.sums import Shares, compute_shares
from ....model.compiler.system import Condition, Variable
from ....model.compiler.variables import Vocabulary
from ....model.deployment.predicate import Atom, Count, Predicate, fold
from ....model.names import MONITOR
from ...temporal.monitor import Mode, Monitor
from .encoding import Encoding
from .library import Bdd
from .steps import SymbolicStep

MODES = MONITOR
"""The variable that holds what the monitor thinks of the run so far."""


def build_mode_variable(start: Mode) -> Variable:
    """The monitor as a variable; `start` is its mode after the initial state."""
    return Variable(MODES, tuple(Mode), start)


def find_states(encoding: Encoding, vocabulary: Vocabulary, predicate: Predicate, complete: Condition) -> Bdd:
    """The states in which the predicate holds; `complete` are those that `done` means."""

    def find(atom: Atom) -> Bdd:
        if isinstance(atom, Count):
            return _sums(encoding, atom, compute_shares(vocabulary, atom))
        return encoding.satisfying(translate_predicate(vocabulary, atom, complete))

    def complement(states: Bdd) -> Bdd:
        return ~states

    return fold(predicate, atom=find, negate=complement, all_of=encoding.all, any_of=encoding.any)


def _sums(encoding: Encoding, count: Count, shares: Shares) -> Bdd:
    """The states with a right sum.

    From the lowest variable of the diagrams up, for each sum of those above: what is joined then lies
    below what it is joined with, and no diagram is walked through twice.
    """
    upwards = sorted(shares, key=list(encoding.manager.bits).index, reverse=True)
    above = [{0}]
    for key in reversed(upwards):
        above.append({number + more for number in above[-1] for more in shares[key]})
    right = {
        number: encoding.true if count.comparison.holds(number, count.number) else encoding.false
        for number in above.pop()
    }
    for key in upwards:
        right = {
            number: encoding.any(
                encoding.among(key, values) & right[number + more] for more, values in shares[key].items()
            )
            for number in above.pop()
        }
    return right[0]


ModeChanges: TypeAlias = Mapping[tuple[Mode, Mode], Bdd]
"""For each mode before a step and after it: the states, once reached, that bring the monitor from the
one to the other."""


def find_mode_changes(encoding: Encoding, monitor: Monitor, left: Bdd, right: Bdd) -> ModeChanges:
    """The changes of mode that some state brings; `left` and `right` are where the formula's sides hold."""
    changes = dict.fromkeys(product(Mode, Mode), encoding.false)
    for before, is_left, is_right in product(Mode, (True, False), (True, False)):
        there = (left if is_left else ~left) & (right if is_right else ~right)
        changes[before, monitor.step(before, is_left, is_right)] |= there
    return {modes: states for modes, states in changes.items() if states != encoding.false}


def watch_step(encoding: Encoding, taken: SymbolicStep, changes: ModeChanges) -> Iterator[SymbolicStep]:
    """The step together with the monitor's, which looks at the state that is reached: in parts, one for
    each mode before it and after it."""
    manager = encoding.manager
    for (before, after), states in changes.items():
        rank = encoding.ranks[MODES][after]
        into = taken.into | manager.assignment(MODES, rank)
        enabled = taken.guard & manager.given(taken.into, states) & find_states_in_mode(encoding, before)
        if enabled != encoding.false:
            effect = taken.effect & manager.cube(MODES, rank)
            yield SymbolicStep(taken.event, enabled, frozenset(into), into, effect, taken.weight)


def find_states_in_mode(encoding: Encoding, mode: Mode) -> Bdd:
    """The states in which the monitor is in the mode."""
    return encoding.among(MODES, frozenset({mode}))
