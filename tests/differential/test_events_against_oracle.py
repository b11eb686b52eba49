"""The compiled deployment against the oracle, event by event: the same states can be seen, and the same
events lead from one to the other; every predicate holds in the same, and the same are complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, seed, settings
from hypothesis.strategies import SearchStrategy

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.predicate_guards import build_state_test
from skewproof.model.compiler.system import search
from skewproof.model.language import loads
from skewproof.model.language.predicates import parse_predicate_for
from skewproof.properties.temporal.questions import list_properties
from support.oracle import TooManyStatesError, without_enough
from support.oracle_deployment import is_complete
from support.oracle_parse import STORES
from support.oracle_plan import Plan, read_plan
from support.oracle_predicate import holds
from support.oracle_space import Space, deployment_space
from support.rich_deployments import rich_deployments
from support.seen import Seen, Sight, seen_by_the_oracle
from support.several_pipelines import several_pipelines

MOST_STATES = 3_000
KINDS = {"one pipeline": rich_deployments(), "several": several_pipelines()}
FEW = settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=500)


def agree(data: dict[str, Any]) -> None:
    failures = "rollback" in data
    plan = read_plan(data, failures=failures)
    try:
        space = deployment_space(plan, MOST_STATES)
    except TooManyStatesError:
        assume(False)
        raise
    # a rollback is told apart by the steps behind it where somebody asks for them
    asked = {"asked": [f'always before "{step}" or true' for step in steps_of(plan)]}
    rolled = {name: {**data["components"][name], "min_available": 1} for name in counted(plan)}
    whole = {**data, "components": {**data["components"], **rolled}, "properties": asked}
    deployment = loads(yaml.safe_dump(whole, sort_keys=False))
    compiled = compile_deployment(replace(deployment, failures=failures))
    by_oracle, by_compiler = list_events(plan, space), list_compiled_events(compiled)
    assert by_compiler == by_oracle
    assert list_true(compiled, plan) == list_true_by_the_oracle(plan, space)


def counted(plan: Plan) -> list[str]:
    """The components of which so many can be asked to be available."""
    return [name for name, component in plan.components.items() if not component.stays]


def steps_of(plan: Plan) -> list[str]:
    return list(dict.fromkeys(position.step for position in plan.positions))


def list_events(plan: Plan, space: Space) -> set[tuple[Seen, Seen]]:
    """What is seen before and after each event that can be seen."""
    seen = {state: seen_by_the_oracle(plan, state) for state in space}
    pairs = ((seen[state], seen[after]) for state, following in space.items() for after in following)
    return {(before, after) for before, after in pairs if before != after}


def list_compiled_events(compiled: Compiled) -> set[tuple[Seen, Seen]]:
    sight, reached = Sight(compiled), search(compiled.system)
    seen = {state: sight.of(state) for state in reached.states}
    pairs = (
        (seen[state], seen[after])
        for state in reached.states
        for _, after in compiled.system.successors(state)
    )
    return {(before, after) for before, after in pairs if before != after}


def list_true_by_the_oracle(plan: Plan, space: Space) -> set[tuple[str, Seen]]:
    """Each predicate with what is seen of each state in which it holds; and what is complete."""
    seen = {state: seen_by_the_oracle(plan, state) for state in space}
    true = {(text, seen[state]) for text in predicates(plan) for state in space if holds(plan, state, text)}
    for name in counted(plan):
        true |= {
            (f"min_available of {name}", seen[s])
            for s in space.keys() - set(without_enough(plan, space, name, 1))
        }
    return true | {("done", seen[state]) for state in space if is_complete(plan, state)}


def list_true(compiled: Compiled, plan: Plan) -> set[tuple[str, Seen]]:
    sight, system, vocabulary = Sight(compiled), compiled.system, compiled.vocabulary
    seen = {state: sight.of(state) for state in search(system).states}
    true = {("done", seen[state]) for state in seen if system.satisfies(state, compiled.complete())}
    for stated in list_properties(vocabulary.deployment):
        if stated.name.startswith("min_available"):
            is_true = build_state_test(system, vocabulary, stated.formula.left)
            true |= {(stated.name, seen[state]) for state in seen if is_true(state)}
    for text in predicates(plan):
        is_true = build_state_test(system, vocabulary, parse_predicate_for(vocabulary.deployment, text))
        true |= {(text, seen[state]) for state in seen if is_true(state)}
    return true


def predicates(plan: Plan) -> Iterator[str]:
    """One of each kind, of all that there is."""
    for name in plan.components:
        yield from (f"{name}.up >= 2", f"{name}.restarting >= 1")
        yield from (f"{name}.suspended" for _ in [name] if plan.kinds[name] == "worker")
        for version in plan.versions:
            yield from (f"{name}.up({version})", f"{name}.version == {version}", f"all {name} at {version}")
            yield f"{name}.gone({version})"
    for name in (name for name, kind in plan.kinds.items() if kind in STORES):
        yield from (f"old in {name}", f"{name} is empty")
        yield from (f"{version} in {name}" for version in plan.versions)
        if plan.kinds[name] != "cache":
            yield from (f"{name}.version == {version}" for version in plan.versions)
    for name in plan.led:
        yield from (f"{name}.leader is none", f"{name}.leader == {plan.versions[0]}")
    yield from (f"{flag}.{side}" for flag in plan.flags for side in ("on", "off"))
    yield from (f'{side} "{step}"' for step in steps_of(plan) for side in ("in", "before", "after"))


def agree_on_many(profile: settings, number: int, drawn: SearchStrategy[dict[str, Any]]) -> None:
    @seed(number)
    @profile
    @given(drawn)
    def agree_on_one(data: dict[str, Any]) -> None:
        agree(data)

    agree_on_one()


@pytest.mark.parametrize("kind", KINDS)
def test_compiler_and_oracle_agree_event_by_event(kind: str) -> None:
    agree_on_many(FEW, 12_000, KINDS[kind])


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_compiler_and_oracle_agree_on_thousands_event_by_event(kind: str, part: int) -> None:
    agree_on_many(MANY, 12_001 + part, KINDS[kind])


def test_event_that_the_oracle_does_not_know_is_found() -> None:
    """A purge that the compiler may make, and the oracle may not, is seen."""
    data = {
        "system": "s",
        "versions": ["V1", "V2"],
        "components": {"s": {"kind": "service"}, "redis": {"kind": "cache"}},
        "requests": {"ask": [{"client calls s": "x"}, {"s reads redis": "r"}]},
        "pipeline": [{"A": ["deploy s", "purge redis"]}],
        "changes": {"redis/r": {}},
    }
    agree(data)
    plan = read_plan({**data, "pipeline": [{"A": ["deploy s", "await redis"]}]})
    compiled = compile_deployment(loads(yaml.safe_dump(data, sort_keys=False)))
    assert list_compiled_events(compiled) != list_events(plan, deployment_space(plan))
