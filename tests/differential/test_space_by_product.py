"""The size of a space by product is that of the space, listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.space import explore
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.engines.slicing import constant_guards, line_parts, line_size, space_size
from skewproof.properties.engines.slicing.line_size import BESIDE, WITHOUT_END
from skewproof.properties.engines.slicing.space_size import measure_space
from skewproof.properties.strategies import deployments
from skewproof.properties.temporal.influence import join_sets
from support.profiles import tried
from support.rich_deployments import rich_deployments
from support.several_pipelines import several_pipelines

FEW = settings(deadline=None, suppress_health_check=list(HealthCheck))
LIMITS = Limits(max_states=5_000)

TIED = """
components: {a: {kind: service, replicas: 2}, b: {kind: service, replicas: 2}}
requests: {go: [client calls a: x, a calls b: x]}
pipeline: [Roll: [start deploy a when all b at V2, deploy b], Wait: [await a]]
changes: {b/x: {breaks: none}}
"""
"""One waits for the other: they are no parts."""
BESIDES = """
components: {a: {kind: service, replicas: 2}, b: {kind: service, replicas: 3}, c: {kind: service}}
requests: {go: [client calls a: x, a calls b: x, b calls c: x]}
pipeline: [Go: [start deploy a], Roll: [deploy b], Wait: [await a], Last: [deploy c]]
changes: {b/x: {breaks: none}}
"""
"""What goes on in the background is at more than one place when the pipeline goes on."""
EITHER = """
components: {a: {kind: service, replicas: 2}, b: {kind: service, replicas: 2}, c: {kind: service}}
requests: {go: [client calls a: x, a calls b: x, b calls c: x]}
pipeline:
  - Go: [start deploy a, start deploy b]
  - Wait: [await c when a.up(V2) or b.up(V2)]
  - Roll: [deploy c]
changes: {b/x: {breaks: none}}
"""
"""The pipeline goes on in two ways, each of which is another part's."""
STALLED = """
components: {a: {kind: service, replicas: 2}, q: {kind: broker}, w: {kind: worker}}
requests: {go: [client calls a: x, a publishes q: m], use: [w consumes q: m]}
pipeline: [Stop: [suspend w], Roll: [deploy a], Drain: [drain q], Roll w: [deploy w]]
changes: {q/m: {breaks: none}}
"""
"""Without traffic nobody empties the queue: all parts end where one of them stays."""
PIPELINES = """
components: {a: {kind: service, replicas: 2}, b: {kind: service, replicas: 2}, c: {kind: service}}
requests: {go: [client calls a: x, a calls b: x, b calls c: x]}
pipelines:
  one: [Roll: [deploy a]]
  two: [Roll: [deploy b]]
  three: [Roll: [deploy c when two done]]
  four: [Nothing]
changes: {b/x: {breaks: none}}
"""
"""Two of four have to do with each other: there are three realms, one of which is a pipeline alone."""
APPROVED = """
components: {a: {kind: service, replicas: 2}, b: {kind: service, replicas: 2}}
flags: {f: {}}
requests: {go: [client calls a: x, a calls b: x]}
pipeline: [Approve: [enable f], Roll: [deploy a when f.on, deploy b when f.on]]
changes: {b/x: {breaks: none}}
"""
"""Both wait for one flag, which is on before."""
HELD = """
components: {a: {kind: service, replicas: 2}, b: {kind: service, replicas: 2}}
flags: {f: {}}
requests: {go: [client calls a: x, a calls b: x]}
pipeline: [Roll: [start deploy a when f.on, deploy b when not f.on], Last: [deploy a when f.on]]
changes: {b/x: {breaks: none}}
"""
"""Nobody ever enables the flag that two wait for."""
SAMPLES = {
    "approved": APPROVED,
    "held": HELD,
    "pipelines": PIPELINES,
    "tied": TIED,
    "beside": BESIDES,
    "either": EITHER,
    "stalled": STALLED,
}


def agrees(deployment: Deployment, *, traffic: bool) -> str | None:
    """Holds the two against each other; what the product cannot tell, or None where nothing is known."""
    compiled = compile_deployment(deployment, traffic=traffic)
    try:
        listed = explore(compiled, LIMITS)
    except StateLimitError:
        return None
    size = measure_space(compiled, Limits())
    if size is None:
        assert deployment.failures
        return None
    assert (size.states, size.transitions) == (len(listed.graph), listed.graph.number_of_edges())
    if size.why != BESIDE:
        assert size.interleavings == listed.interleavings()
        assert (size.why == WITHOUT_END) == (size.interleavings is None)
    return size.why


@settings(FEW, max_examples=tried(60).max_examples)
@given(deployments())
def test_on_random_deployments(deployment: Deployment) -> None:
    for traffic in (False, True):
        agrees(deployment, traffic=traffic)


@settings(FEW, max_examples=tried(40).max_examples)
@given(rich_deployments())
@example(yaml.safe_load(TIED))
def test_over_the_whole_language(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    for traffic in (False, True):
        agrees(deployment, traffic=traffic)


@settings(FEW, max_examples=tried(40).max_examples)
@given(several_pipelines())
def test_of_several_pipelines(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    for traffic in (False, True):
        agrees(deployment, traffic=traffic)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("traffic", [False, True])
def test_samples(name: str, traffic: bool) -> None:
    assert agrees(loads(SAMPLES[name]), traffic=traffic) is not None


def test_independent_services_are_counted_and_shuffled() -> None:
    names = [f"s{number}" for number in range(40)]
    data = {
        "components": {name: {"kind": "service", "replicas": 3} for name in names},
        "requests": {name: [f"client calls {name}: x"] for name in names},
        "pipeline": [{"Roll": ["deploy " + " ".join(names)]}],
        "changes": {},
    }
    size = measure_space(compile_deployment(loads(yaml.safe_dump(data))), Limits(max_states=100))
    one = {**data, "components": {"s0": data["components"]["s0"]}}  # type: ignore[index]
    one |= {"requests": {"s0": data["requests"]["s0"]}, "pipeline": [{"Roll": ["deploy s0"]}]}  # type: ignore[index]
    alone = explore(compile_deployment(loads(yaml.safe_dump(one))))
    assert size is not None
    inside = len(alone.graph) - 2  # but for (before) and (after)
    assert size.states == inside**40 + 2


def test_what_waits_for_a_flag_that_is_on_before_is_independent() -> None:
    names = [f"s{number}" for number in range(40)]
    data = yaml.safe_load(APPROVED)
    data["components"] = {name: {"kind": "service", "replicas": 3} for name in names}
    data["requests"] = {name: [f"client calls {name}: x"] for name in names}
    data["changes"] = {}
    data["pipeline"][1]["Roll"] = ["deploy " + " ".join(names) + " when f.on"]
    compiled = compile_deployment(loads(yaml.safe_dump(data)), traffic=False)
    size = measure_space(compiled, Limits(max_states=100))
    assert size is not None
    assert size.states > 10**30


# --- each condition is needed: without it a sample is counted wrongly ---


def wrong(monkeypatch: pytest.MonkeyPatch, name: str, put: Callable[..., Any], sample: str) -> None:
    assert agrees(loads(SAMPLES[sample]), traffic=False) is not None
    monkeypatch.setattr(line_parts, name, put)
    with pytest.raises(AssertionError):
        agrees(loads(SAMPLES[sample]), traffic=False)


def test_pipelines_of_which_one_waits_for_another_are_one_realm(monkeypatch: pytest.MonkeyPatch) -> None:
    def each_alone(system: Any, _joins: Any = None) -> Any:
        return ({key} for key in (variable.key for variable in system.variables))

    assert agrees(loads(PIPELINES), traffic=False) is not None
    monkeypatch.setattr(space_size, "list_joined", each_alone)
    with pytest.raises((AssertionError, KeyError)):
        agrees(loads(PIPELINES), traffic=False)


def test_what_waits_for_another_is_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    def effects_alone(names: Any, together: Any) -> Any:
        kept = [one for one in together if len({name.owner for name in one}) == 1]
        return original(names, kept)

    original = join_sets
    wrong(monkeypatch, "join_sets", effects_alone, "tied")


def test_of_what_can_change_where_somebody_waits_for_it_nothing_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def as_at_first(system: Any, _pipeline: Any, name: Any, _limits: Any) -> Any:
        positions, one = (system.variables[system.index(key)] for key in (_pipeline, name))
        return dict.fromkeys(positions.domain, frozenset({one.initial}))

    assert agrees(loads(TIED), traffic=False) is not None
    monkeypatch.setattr(constant_guards, "_find_values", as_at_first)
    with pytest.raises(AssertionError):
        agrees(loads(TIED), traffic=False)


def test_ways_that_differ_in_two_parts_join_them(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong(monkeypatch, "find_differing", lambda _: frozenset(), "either")


def test_what_goes_on_in_the_background_is_not_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(self: Any, states: list[int], _passing: Any) -> Any:
        entered = [index for index in states if index in self._entered]
        return line_size.count_paths(entered[0], self._moves, len(states)), ""

    assert agrees(loads(BESIDES), traffic=False) == BESIDE
    monkeypatch.setattr(line_size._Part, "_paths", always)
    with pytest.raises(AssertionError):
        agrees(loads(BESIDES), traffic=False)
