"""A limit at a property is no verdict on it, and costs none of the hops'."""

from __future__ import annotations

import json
from io import StringIO

import jsonschema
import pytest
from rich.console import Console

from skewproof.cli.render_json import to_json
from skewproof.cli.render_text import render
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.predicate_guards import guards, speaks_of, state_test
from skewproof.model.deployment import Deployment
from skewproof.model.kernel.search import search
from skewproof.model.language import loads
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties import Answer, Safe, Unknown, Unsafe, check
from skewproof.properties.engines.choice import AUTO, engine
from skewproof.properties.engines.protocol import Engine
from support.command import ROOT

SUM = " + ".join(f"s{n}.up" for n in range(8))


def services(breaks: str, replicas: int = 30) -> Deployment:
    """Eight of them whose sum has 16**8 cases; hops are judged in slices, and the sum on too many states."""
    names = [f"s{n}" for n in range(8)]
    calls = ", ".join(f"{a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False))
    one = f"{{kind: service, replicas: {replicas}, max_unavailable: 50%}}"
    return loads(
        f"components: {{{', '.join(f'{name}: {one}' for name in names)}}}\n"
        f"requests: {{r: [{calls}]}}\npipeline: [Roll: [deploy {' '.join(names)}]]\n"
        f"changes: {{s2/x: {{breaks: {breaks}}}}}\n"
        f"properties:\n  easy: always s0.up >= 1\n  hard: always {SUM} >= {replicas * 4}\n",
        "d.yaml",
    )


def judged(deployment: Deployment) -> Answer:
    return check(deployment, limits=Limits(max_states=5000), engine=engine(AUTO))


def text(answer: Answer, deployment: Deployment) -> str:
    out = StringIO()
    render(answer, deployment, Console(file=out, width=100), stories=0)
    return " ".join(out.getvalue().split())


def test_hops_that_break_are_told_beside_what_is_open() -> None:
    deployment = services("both")
    answer = judged(deployment)
    assert isinstance(answer.verdict, Unsafe)
    assert {hazard.hop for hazard in answer.hazards} == {3}
    assert "hard" in {one.what for one in answer.undecided}
    assert {str(one.place) for one in answer.undecided if one.what == "hard"} == {"d.yaml:7:9"}
    assert "hard (d.yaml:7:9): more than 5,000 states (--max-states)" in text(answer, deployment)


def test_hops_that_hold_are_not_safe_while_a_property_is_open() -> None:
    deployment = services("none")
    answer = judged(deployment)
    assert isinstance(answer.verdict, Unknown)
    assert "no hop meets a hazard" in answer.verdict.reason
    assert answer.verdict.covered is not None
    assert answer.verdict.covered.requests == 1
    told = to_json(answer)
    jsonschema.validate(told, json.loads((ROOT / "docs" / "verdict.schema.json").read_text()))
    assert {"what": "hard", "place": "d.yaml:7:9"}.items() <= told["undecided"][-1].items()


def test_what_is_judged_in_time_leaves_nothing_open() -> None:
    small = services("none", replicas=1)
    answer = check(small, engine=engine(AUTO))
    assert isinstance(answer.verdict, Safe)
    assert answer.undecided == ()


@pytest.mark.parametrize("comparison", ["==", "!=", "<", "<=", ">", ">="])
def test_a_sum_is_what_its_guards_say(comparison: str) -> None:
    deployment = loads(
        "components: {a: {kind: service, replicas: 2, max_unavailable: 1}, b: {kind: service}}\n"
        "requests: {r: [client calls a: x, a calls b: y]}\npipeline: [One: [deploy a b]]\n"
        f"changes: {{b/y: {{breaks: none}}}}\nproperties: {{p: always a.up(V2) + b.up {comparison} 2}}\n"
    )
    compiled = compile_deployment(deployment)
    predicate = deployment.properties[0].formula.left
    holds = state_test(compiled.system, compiled.vocabulary, predicate)
    as_guards = guards(compiled.vocabulary, predicate)
    states = search(compiled.system).states
    assert [holds(s) for s in states] == [compiled.system.satisfies(s, as_guards) for s in states]
    assert len({holds(state) for state in states}) == 2
    assert speaks_of(compiled.vocabulary, predicate) == {instances_of("a"), instances_of("b")}


def test_a_component_that_contributes_the_same_in_each_state_is_not_spoken_of() -> None:
    """A slice is without its variable, and the sum is still right there."""
    deployment = loads(
        "components: {a: {kind: service, replicas: 2}, b: {kind: service}}\n"
        "requests: {r: [client calls a: x, a calls b: y]}\npipeline: [One: [deploy a]]\n"
        "changes: {b/y: {breaks: none}}\n"
        "properties: {p: always a.up + b.up >= 3, q: always a.up + b.up >= 4}\n"
    )
    compiled = compile_deployment(deployment)
    assert instances_of("b") not in speaks_of(compiled.vocabulary, deployment.properties[0].formula.left)
    answer = check(deployment, engine=engine("slice"))
    assert [hazard.property for hazard in answer.hazards] == ["q"]


def test_a_way_back_that_is_not_judged_in_time_costs_no_verdict() -> None:
    deployment = loads(
        "components: {a: {kind: service}, b: {kind: service}}\n"
        "requests: {r: [client calls a: x, a calls b: x]}\npipeline: [One: [deploy a b]]\n"
        "rollback: [Back: [rollback a b]]\nchanges: {b/x: {breaks: both}}\n"
    )
    hops_without_limits: Engine = lambda asked, how, _: engine("reference")(asked, how, Limits())  # noqa: E731
    answer = check(deployment, limits=Limits(max_states=9), engine=hops_without_limits, failures=True)
    assert isinstance(answer.verdict, Unsafe)
    assert [one.what for one in answer.undecided] == ["whether the pipeline can stall", "the ways back"]
    assert answer.ways_back == ()
