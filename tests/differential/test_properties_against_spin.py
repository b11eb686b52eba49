"""Temporal properties against Spin: a formula is violated if and only if Spin finds its claim, in linear
temporal logic and under weak fairness, violated.

Small systems of any shape, with units of fairness that share variables, and the systems of random
deployments. Each is judged by formulas of every kind.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.predicate_guards import translate_predicate as guards_of
from skewproof.model.compiler.system import (
    Condition,
    Event,
    EventKind,
    Guard,
    Reached,
    System,
    Variable,
    search,
)
from skewproof.model.deployment import Deployment, Kind
from skewproof.model.deployment.formula import Formula, Modality, Property
from skewproof.model.deployment.predicate import (
    AllAt,
    And,
    ComparisonOperator,
    Constant,
    Count,
    Done,
    Empty,
    FlagIs,
    Holds,
    Not,
    Or,
    Predicate,
    Serving,
    Side,
    Stands,
    Suspended,
    Version,
)
from skewproof.model.language import loads
from skewproof.model.names import Target, jobs_of
from skewproof.model.resources.limits import LimitError, Limits
from skewproof.properties.strategies import deployments
from skewproof.properties.temporal.lasso import find_lasso
from skewproof.properties.temporal.monitor import Mode, build_monitor
from skewproof.properties.temporal.runs import watch
from support.causes import made_up
from support.compare import violations
from support.fair_promela import Claim, model, violated
from support.several_pipelines import several_pipelines

FEW = settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=300, derandomize=False)
FEW_DEPLOYMENTS = settings(FEW, max_examples=5)
MANY_DEPLOYMENTS = settings(FEW_DEPLOYMENTS, max_examples=100, derandomize=False)

MOST_STATES = 3_000


# --- any small system ---------------------------------------------------------------------------


@st.composite
def guards(draw: DrawFn, variables: tuple[Variable, ...], most: int) -> Guard:
    """A conjunction over some of the variables."""
    names = draw(st.lists(st.sampled_from(variables), max_size=most, unique_by=lambda v: v.key))
    sets = {v.key: st.sets(st.sampled_from(v.domain), min_size=1, max_size=len(v.domain) - 1) for v in names}
    return {name: frozenset(draw(some)) for name, some in sets.items()}


@st.composite
def systems(draw: DrawFn) -> System:
    """Events that add up to a state space worth the name; units of fairness share variables."""
    sizes = draw(st.lists(st.integers(2, 4), min_size=2, max_size=4))
    variables = tuple(Variable(jobs_of(f"x{i}"), tuple(range(size)), 0) for i, size in enumerate(sizes))
    events = []
    for number in range(draw(st.integers(5, 12))):
        variable = draw(st.sampled_from(variables))
        here, there = draw(st.permutations(variable.domain))[:2]
        guard = {**draw(guards(variables, 2)), variable.key: frozenset({here})}
        effect = {variable.key: there, **draw(st.sampled_from(({}, {}, {}, {variables[0].key: 0})))}
        group = draw(st.sampled_from((None, "a", "b", "c")))
        events.append(Event(made_up(EventKind.MOVE, f"e{number}"), guard, effect, group))
    return System(variables, tuple(events))


@st.composite
def claims(draw: DrawFn, system: System) -> dict[str, Claim]:
    """A formula of each kind over random conditions, most of which do not hold at the start."""
    later = st.sampled_from(system.variables).flatmap(
        lambda v: st.sampled_from(v.domain[1:]).map(lambda value: ({v.key: frozenset({value})},))
    )
    anything = st.lists(guards(system.variables, 2), max_size=2).map(tuple)
    conditions = st.one_of(later, later, anything)
    return {
        f"claim{number}": (modality, draw(conditions), draw(conditions))
        for number, modality in enumerate((*Modality, Modality.EVENTUALLY, Modality.LEADS_TO, Modality.UNTIL))
    }


def told_by_us(compiled: Compiled, stated: dict[str, Claim]) -> set[str]:
    reached = search(compiled.system)
    return {name for name, claim in stated.items() if is_violated(reached, *claim)}


def is_violated(reached: Reached, modality: Modality, left: Condition, right: Condition) -> bool:
    """By the monitors and lassos of the product; what it finds is held against what it means."""
    system = reached.system
    holds = [(system.satisfies(s, left), system.satisfies(s, right)) for s in reached.states]
    formula = Formula(modality, Constant(True), Constant(True) if modality.is_binary else None)
    runs = watch(reached, build_monitor(formula), holds, Limits())
    if runs.in_mode(Mode.BROKEN):
        return True
    lasso = find_lasso(runs) if runs.monitor.obliges else None
    if lasso is None:
        return False
    state = system.initial
    for event in lasso.stem:
        state = step(system, state, event)
    head, passed = state, [state]
    for event in lasso.loop:
        state = step(system, state, event)
        passed.append(state)
    assert state == head, "the loop leads back to where it begins"
    always = set.intersection(*({e.group for e in system.enabled(s) if e.group} for s in passed))
    assert always <= {event.group for event in lasso.loop}, "what is enabled all the time happens"
    wanted = left if modality is Modality.EVENTUALLY else right
    assert not any(system.satisfies(s, wanted) for s in passed), "what is waited for does not come"
    return True


def step(system: System, state: tuple[int, ...], event: Event) -> tuple[int, ...]:
    assert event in system.enabled(state)
    return system.successor(state, event)


def told_by_spin(system: System, stated: dict[str, Claim]) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        return violated(model(system, stated), stated, Path(folder))


VOCABULARY = compile_deployment(
    loads("components: {s: {kind: service}}\nrequests: {r: [client calls s: x]}\npipeline: [A]\n")
).vocabulary
"""Of no use to a system that no deployment made; a `Compiled` has one."""


@st.composite
def stated_systems(draw: DrawFn) -> tuple[System, dict[str, Claim]]:
    system = draw(systems())
    return system, draw(claims(system))


def agree(system: System, stated: dict[str, Claim]) -> None:
    assert told_by_us(Compiled(system, VOCABULARY, None), stated) == told_by_spin(system, stated)


@FEW
@given(stated_systems())
def test_checker_and_spin_agree_on_any_small_system(stated: tuple[System, dict[str, Claim]]) -> None:
    agree(*stated)


@pytest.mark.exhaustive
@MANY
@given(stated_systems())
def test_checker_and_spin_agree_on_hundreds_of_systems(stated: tuple[System, dict[str, Claim]]) -> None:
    agree(*stated)


# --- deployments --------------------------------------------------------------------------------


def atoms(deployment: Deployment) -> list[Predicate]:
    """What can be said of a deployment, atom by atom."""
    found: list[Predicate] = [Done(), *(FlagIs(flag.name, True) for flag in deployment.flags)]
    for step in deployment.pipeline:
        found += [Stands(side, step.name) for side in Side]
    for name, component in deployment.components.items():
        if component.kind is Kind.WORKER:
            found.append(Suspended(name))
        for version in deployment.versions:
            if component.kind.has_instances:
                found += [
                    Count((Serving(name, version),), ComparisonOperator.AT_LEAST, 1),
                    AllAt(name, version),
                ]
            elif component.kind.has_schema:
                found.append(Version(Target(name), ComparisonOperator.EQUAL, version))
        if not component.kind.has_instances:
            found += [Holds(None, Target(name)), Empty(Target(name))]
    return found


@st.composite
def with_properties(draw: DrawFn, several: bool = False) -> Deployment:
    """A random deployment with a property of each kind; with `several` pipelines at once."""
    if several:
        deployment = loads(yaml.safe_dump(draw(several_pipelines(most=2)), sort_keys=False))
    else:
        deployment = draw(deployments())
    some = st.sampled_from(atoms(deployment))
    predicates = st.one_of(
        some,
        st.builds(Not, some),
        st.builds(lambda a, b: And((a, b)), some, some),
        st.builds(lambda a, b: Or((Not(a), b)), some, some),
    )
    stated = [
        Property(f"claim{number}", Formula(m, draw(predicates), draw(predicates) if m.is_binary else None))
        for number, m in enumerate(Modality)
    ]
    return replace(deployment, properties=tuple(stated))


def agree_on_deployment(deployment: Deployment) -> None:
    compiled = compile_deployment(deployment)
    try:
        search(compiled.system, Limits(MOST_STATES))
    except LimitError:
        assume(False)
    complete = compiled.complete()

    def meaning(predicate: Predicate | None) -> Condition:
        return guards_of(compiled.vocabulary, predicate, complete) if predicate is not None else ()

    stated = {
        p.name: (p.formula.modality, meaning(p.formula.left), meaning(p.formula.right))
        for p in deployment.properties
    }
    found = {hazard.property for hazard in violations(deployment)} & stated.keys()
    assert found == told_by_spin(compiled.system, stated)


@FEW_DEPLOYMENTS
@given(with_properties())
def test_checker_and_spin_agree_on_deployments(deployment: Deployment) -> None:
    agree_on_deployment(deployment)


@settings(FEW_DEPLOYMENTS, max_examples=2)
@given(with_properties(several=True))
def test_checker_and_spin_agree_on_several_pipelines(deployment: Deployment) -> None:
    agree_on_deployment(deployment)


@pytest.mark.exhaustive
@settings(MANY_DEPLOYMENTS, max_examples=40)
@given(with_properties(several=True))
def test_checker_and_spin_agree_on_dozens_with_several_pipelines(deployment: Deployment) -> None:
    agree_on_deployment(deployment)


@pytest.mark.exhaustive
@MANY_DEPLOYMENTS
@given(with_properties())
def test_checker_and_spin_agree_on_a_hundred_deployments(deployment: Deployment) -> None:
    agree_on_deployment(deployment)
