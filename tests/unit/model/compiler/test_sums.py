"""Sums of instances: judged by what each component contributes, and left open where that is too much."""

from __future__ import annotations

import json
from io import StringIO

import jsonschema
import pytest
from rich.console import Console

from skewproof.cli.render_json import to_json
from skewproof.cli.render_text import render
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.predicate_guards import build_state_test, find_variables, translate_predicate
from skewproof.model.deployment import Deployment
from skewproof.model.kernel.search import search
from skewproof.model.language import loads
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties import Answer, Safe, Unknown, Unsafe, check
from skewproof.properties.engines.registry import AUTO
from support.command import ROOT

SUM = " + ".join(f"s{n}.up" for n in range(6))


def services(breaks: str, replicas: int = 20, least: int = 60) -> Deployment:
    """Six of them whose sum has 11**6 cases; hops are judged in slices, and the sum on too many states."""
    names = [f"s{n}" for n in range(6)]
    calls = ", ".join(f"{a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False))
    one = f"{{kind: service, replicas: {replicas}, max_unavailable: 50%}}"
    return loads(
        f"components: {{{', '.join(f'{name}: {one}' for name in names)}}}\n"
        f"requests: {{r: [{calls}]}}\npipeline: [Roll: [deploy {' '.join(names)}]]\n"
        f"changes: {{s2/x: {{breaks: {breaks}}}}}\n"
        f"properties:\n  easy: always s0.up >= 1\n  hard: always {SUM} >= {least}\n",
        "d.yaml",
    )


def judged(deployment: Deployment) -> Answer:
    return check(deployment, limits=Limits(max_states=1000), engine=AUTO)


def text(answer: Answer, deployment: Deployment) -> str:
    out = StringIO()
    render(answer, deployment, Console(file=out, width=100), stories=0)
    return " ".join(out.getvalue().split())


def test_a_sum_of_too_many_cases_is_left_open_and_costs_no_hop_its_verdict() -> None:
    deployment = services("both")
    answer = judged(deployment)
    assert isinstance(answer.verdict, Unsafe)
    assert {hazard.hop for hazard in answer.at_hops} == {3}
    assert "hard" in answer.open_properties
    assert "more than 1,000 states" in text(answer, deployment)


def test_hops_that_hold_are_not_safe_while_a_property_is_open() -> None:
    answer = judged(services("none"))
    assert isinstance(answer.verdict, Unknown)
    assert "--max-states" in answer.verdict.reason
    jsonschema.validate(to_json(answer), json.loads((ROOT / "docs" / "verdict.schema.json").read_text()))


@pytest.mark.parametrize(("least", "verdict"), [(30, Safe), (31, Unsafe)])
def test_diagrams_know_a_sum_of_any_number_of_cases(least: int, verdict: type) -> None:
    """Of each ten the half may be gone at once."""
    assert isinstance(check(services("none", replicas=10, least=least), engine=AUTO).verdict, verdict)


def test_what_is_judged_in_time_leaves_nothing_open() -> None:
    small = services("none", replicas=1, least=3)
    answer = check(small, engine=AUTO)
    assert isinstance(answer.verdict, Safe)
    assert answer.left_open == ()


@pytest.mark.parametrize("comparison", ["==", "!=", "<", "<=", ">", ">="])
def test_a_sum_is_what_its_guards_say(comparison: str) -> None:
    deployment = loads(
        "components: {a: {kind: service, replicas: 2, max_unavailable: 1}, b: {kind: service}}\n"
        "requests: {r: [client calls a: x, a calls b: y]}\npipeline: [One: [deploy a b]]\n"
        f"changes: {{b/y: {{breaks: none}}}}\nproperties: {{p: always a.up(V2) + b.up {comparison} 2}}\n"
    )
    compiled = compile_deployment(deployment)
    predicate = deployment.properties[0].formula.left
    holds = build_state_test(compiled.system, compiled.vocabulary, predicate)
    as_guards = translate_predicate(compiled.vocabulary, predicate)
    states = search(compiled.system).states
    assert [holds(s) for s in states] == [compiled.system.satisfies(s, as_guards) for s in states]
    assert len({holds(state) for state in states}) == 2
    assert find_variables(compiled.vocabulary, predicate) == {instances_of("a"), instances_of("b")}


def test_a_component_that_contributes_the_same_in_each_state_is_not_spoken_of() -> None:
    """A slice is without its variable, and the sum is still right there."""
    deployment = loads(
        "components: {a: {kind: service, replicas: 2}, b: {kind: service}}\n"
        "requests: {r: [client calls a: x, a calls b: y]}\npipeline: [One: [deploy a]]\n"
        "changes: {b/y: {breaks: none}}\n"
        "properties: {p: always a.up + b.up >= 3, q: always a.up + b.up >= 4}\n"
    )
    compiled = compile_deployment(deployment)
    assert instances_of("b") not in find_variables(compiled.vocabulary, deployment.properties[0].formula.left)
    answer = check(deployment, engine="slice")
    assert [hazard.property for hazard in answer.of_properties] == ["q"]
