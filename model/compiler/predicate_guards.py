"""When a predicate holds: as a disjunction of the kernel's guards, and as a test of states.

Every atom but a sum speaks of single variables, so that its guards are as many as the variables it
needs. What the release does not change has no variable: such a contract has neither versions nor
forms that could be told apart. A comparison of its version holds, whatever it compares with, for
all of none does (so a guard never waits for what no release brings); no form of it is old, and no
form lies there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import assert_never

from ..deployment.predicate import (
    AllAt,
    And,
    Atom,
    Atomic,
    ComparisonOperator,
    Constant,
    Count,
    Done,
    Empty,
    FlagIs,
    Gone,
    Holds,
    Implies,
    Leads,
    Not,
    Or,
    Predicate,
    Stands,
    StepSide,
    Suspended,
    Version,
    fold,
    list_atoms,
)
from ..names import (
    Contract,
    Place,
    Target,
    VariableKey,
    instances_of,
    jobs_of,
    pipeline_of,
    schema_of,
)
from .conditions import ALWAYS, MAX_JOINED, NEVER, Algebra, refuse_beyond
from .errors import TooManyCasesError
from .moves import Position, list_changed_contracts
from .sums import build_sum_test, compute_shares
from .system import Condition, Guard, State, System, passes
from .variables import NO_LEADER, OFF, ON, SUSPENDED, Vocabulary

StateTest = Callable[[State], bool]


def translate_predicate(
    vocabulary: Vocabulary,
    predicate: Predicate,
    complete: Condition | None = None,
    place: Place | None = None,
) -> Condition:
    """The predicate as a disjunction of guards over the deployment's own variables, exactly.

    None is implied by another one, and none differs from another in a single variable; beyond that
    they need not be the fewest. `complete` are the states that `done` means (`Compiled.complete`).
    Raises `TooManyCasesError` where more than `MAX_GUARDS` would be needed; it tells `place`.
    """
    try:
        return _Guards(vocabulary, complete).of(predicate, holds=True)
    except TooManyCasesError as error:
        raise TooManyCasesError(error.number, error.limit, place) from None


def build_state_test(
    system: System, vocabulary: Vocabulary, predicate: Predicate, complete: Condition | None = None
) -> StateTest:
    """Whether a state satisfies the predicate; never larger than the predicate itself."""
    known = _Guards(vocabulary, complete)

    def test(atom: Atom) -> StateTest:
        if isinstance(atom, Count):
            return build_sum_test(system, atom, compute_shares(vocabulary, atom))
        masks = [system.test(guard) for guard in known.atom(atom)]
        return lambda state: any(passes(state, mask) for mask in masks)

    return fold(
        predicate,
        atom=test,
        negate=_fails,
        all_of=_passes_all,
        any_of=_passes_any,
    )


def _fails(test: StateTest) -> StateTest:
    return lambda state: not test(state)


def _passes_all(tests: list[StateTest]) -> StateTest:
    return lambda state: all(test(state) for test in tests)


def _passes_any(tests: list[StateTest]) -> StateTest:
    return lambda state: any(test(state) for test in tests)


def find_variables(
    vocabulary: Vocabulary, predicate: Predicate, complete: Condition | None = None
) -> frozenset[VariableKey]:
    """The variables on which the truth of the predicate depends."""
    known = _Guards(vocabulary, complete)
    return frozenset(key for atom in list_atoms(predicate) for key in known.spoken_of(atom))


class _Guards:
    """Predicates as guards over one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, complete: Condition | None) -> None:
        self._vocabulary, self._complete = vocabulary, complete
        self._algebra = Algebra(vocabulary)

    def of(self, predicate: Predicate, *, holds: bool) -> Condition:
        """The guards of the predicate, or (`holds` false) of its negation."""
        match predicate:
            case Not(operand):
                return self.of(operand, holds=not holds)
            case And(operands) | Or(operands):
                parts = [self.of(operand, holds=holds) for operand in operands]
                return (
                    self._algebra.all(parts)
                    if isinstance(predicate, And) is holds
                    else self._algebra.any(parts)
                )
            case Implies(condition, consequence):
                return self.of(Or((Not(condition), consequence)), holds=holds)
            case Atomic():
                found = self._algebra.any([self.atom(predicate)])
                return found if holds else self._algebra.negation(found)
            case _:
                assert_never(predicate)

    # --- atoms ---

    def spoken_of(self, atom: Atom) -> Iterator[VariableKey]:
        """The variables on which the truth of the atom can depend."""
        if isinstance(atom, Count):
            yield from (
                name for name, shares in compute_shares(self._vocabulary, atom).items() if len(shares) > 1
            )
        else:
            yield from (name for guard in self.atom(atom) for name in guard)

    def atom(self, atom: Atom) -> Condition:
        vocabulary = self._vocabulary
        match atom:
            case Constant(value):
                return ALWAYS if value else NEVER
            case Suspended(worker):
                return (vocabulary.lives[jobs_of(worker)].in_states([SUSPENDED]),)
            case Gone(component, version):
                fleet = vocabulary.rollouts[component]
                gone = [state for state in fleet.serving if fleet.is_gone(state, version)]
                return self._in_states(instances_of(component), gone)
            case Leads(component, version, equal):
                led = (vocabulary.leads(component, version or NO_LEADER),)
                return led if equal else self._algebra.negation(led)
            case FlagIs(flag, on):
                return (vocabulary.flag_is(flag, ON if on else OFF),)
            case Stands(side, step):
                places = tuple(_standing(vocabulary, side, step))
                return (vocabulary.at(places),) if places else NEVER
            case Done(pipeline) if pipeline is not None:
                course = vocabulary.courses[pipeline_of(pipeline)]
                return (vocabulary.at(here for here in course if here.is_end),)
            case Done():
                assert self._complete is not None, "`done` needs to know what is complete"
                return self._complete
            case Count():
                return self._count(atom)
            case Version(target, comparison, version):
                return self._version(target, comparison, version)
            case AllAt(component, version):
                return self._all_at(component, version)
            case Holds(form, target):
                return tuple(self._contents(form, target))
            case Empty(target):
                return self._algebra.negation(tuple(self._contents_of_any_form(target)))
            case _:
                assert_never(atom)

    def _count(self, count: Count) -> Condition:
        """For all that every component of the sum can contribute: the states in which that suffices."""
        shares = compute_shares(self._vocabulary, count)
        refuse_beyond(MAX_JOINED, prod(map(len, shares.values())))
        return self._algebra.simplified(
            {key: values for key, (_, values) in zip(shares, chosen, strict=True)}
            for chosen in product(*(share.items() for share in shares.values()))
            if count.comparison.holds(sum(number for number, _ in chosen), count.number)
        )

    def _version(self, target: Target, comparison: ComparisonOperator, version: str) -> Condition:
        versions = self._vocabulary.deployment.versions
        wanted = {v for v in versions if comparison.holds(versions.index(v), versions.index(version))}
        if target.name in self._vocabulary.rollouts:
            return self._serving(target.name, lambda up: bool(up) and up.keys() <= wanted)
        contracts = (c for c in self._changed(target) if self._vocabulary.has_schema(c))
        return self._algebra.all([self._in_states(schema_of(contract), wanted) for contract in contracts])

    def _all_at(self, component: str, version: str) -> Condition:
        if component not in self._vocabulary.rollouts:
            return self._version(Target(component), ComparisonOperator.EQUAL, version)
        vocabulary = self._vocabulary
        if component not in vocabulary.deployment.resized:
            return self._serving(
                component, _are_all(version, vocabulary.deployment.components[component].replicas)
            )
        return tuple(
            {**vocabulary.at(places), **guard}
            for count, places in vocabulary.by_count(component).items()
            for guard in self._serving(component, _are_all(version, count))
        )

    def _serving(self, component: str, holds: Callable[[Mapping[str, int]], bool]) -> Condition:
        """The states in which what serves (versions with their counts, none of them 0) is such."""
        counts = self._vocabulary.rollouts[component].counts
        up = {state: {v: number for v, number in of.items() if number} for state, of in counts.items()}
        return self._in_states(instances_of(component), [state for state, of in up.items() if holds(of)])

    def _in_states(self, key: VariableKey, states: Iterable[str]) -> Condition:
        guard = self._vocabulary.lives[key].in_states(states)
        return (guard,) if guard[key] else NEVER

    def _contents_of_any_form(self, target: Target) -> Iterator[Guard]:
        for form in self._vocabulary.deployment.versions:
            yield from self._contents(form, target)

    def _contents(self, form: str | None, target: Target) -> Iterator[Guard]:
        """A guard for each changed contract and form. Rows that follow their schema have its form."""
        vocabulary, versions = self._vocabulary, self._vocabulary.deployment.versions
        for contract in self._changed(target):
            for wanted in [form] if form is not None else versions[:-1]:
                if vocabulary.has_content(contract):
                    yield vocabulary.holds(contract, wanted)
                elif vocabulary.has_schema(contract):
                    yield vocabulary.schema_is(contract, wanted)

    def _changed(self, target: Target) -> Iterator[Contract]:
        return list_changed_contracts(self._vocabulary.deployment, target)


def _are_all(version: str, count: int) -> Callable[[Mapping[str, int]], bool]:
    """Whether what serves is so many of the version, and nothing else; nothing is not all."""
    return lambda up: up.keys() == {version} and up[version] >= count > 0


def _standing(vocabulary: Vocabulary, side: StepSide, step: str) -> Iterator[Position]:
    """Each position of the step's pipeline is in the step, after it if the pipeline has been in it, or else
    before it."""
    own = {position.index for position in vocabulary.positions if position.step == step}
    course, *others = vocabulary.courses.values()
    if own:
        course = next(one for one in (course, *others) if any(here.index in own for here in one))
    for position in course:
        found = StepSide.AFTER if own & position.passed else StepSide.BEFORE
        if (StepSide.IN if position.index in own else found) is side:
            yield position
