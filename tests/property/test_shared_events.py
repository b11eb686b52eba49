"""What requests share when their stories are told is what each would have made for itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.walker import Walker
from skewproof.model.deployment import Drain
from skewproof.model.language import loads
from skewproof.properties.engines.slicing.whole_system import WholeSystem, group_traffic
from support.rich_deployments import rich_deployments

SOME = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@SOME
@given(rich_deployments())
def test_a_request_has_no_say_in_the_events_that_it_shares(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    for drain in ("as it is", "abrupt"):
        if drain == "abrupt":
            components = {
                name: replace(one, drain=Drain.ABRUPT) if one.kind.has_instances else one
                for name, one in deployment.components.items()
            }
            deployment = replace(deployment, components=components)
        vocabulary = compile_deployment(deployment).vocabulary
        traffic = group_traffic(vocabulary)
        alone = WholeSystem(vocabulary, None, traffic)
        for request in deployment.requests:
            own = WholeSystem(vocabulary, Walker(vocabulary, request), traffic)
            shares = WholeSystem(vocabulary, Walker(vocabulary, request), traffic, alone)
            assert shares.system.variables == own.system.variables
            assert shares.system.initial == own.system.initial
            for name in vocabulary.lives:
                assert shares.changing(name) == own.changing(name)
            for here in vocabulary.positions:
                assert shares.leaving(here) == own.leaving(here)


WAITED_FOR = {
    "jobs that run": """
components: {w: {kind: worker}, q: {kind: broker}, b: {kind: service}}
requests: {job: [w consumes q: x, w calls b: y, w calls b: z]}
pipeline: [Stop: [suspend w]]
changes: {}
""",
    "what it carries": """
components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
requests: {read: [client calls a: p, a reads c: x, a calls b: y using x]}
pipeline: [Wait: [expire c]]
changes: {c/x: {breaks: none}, b/y: {breaks: none}}
""",
    "the steps that begin": """
components: {a: {kind: service}, b: {kind: service}}
requests: {read: [client calls a: p, a calls b: y]}
pipeline: [Roll: [deploy a b]]
changes: {}
assume: {max_span: 1}
""",
}


@pytest.mark.parametrize("text", WAITED_FOR.values(), ids=WAITED_FOR)
def test_a_pipeline_that_waits_for_the_request_is_not_shared(text: str) -> None:
    vocabulary = compile_deployment(loads(text)).vocabulary
    (request,) = vocabulary.deployment.requests
    traffic = group_traffic(vocabulary)
    alone = WholeSystem(vocabulary, None, traffic)
    own = WholeSystem(vocabulary, Walker(vocabulary, request), traffic)
    shares = WholeSystem(vocabulary, Walker(vocabulary, request), traffic, alone)
    ways = [own.leaving(here) for here in vocabulary.positions]
    assert [shares.leaving(here) for here in vocabulary.positions] == ways
    assert [alone.leaving(here) for here in vocabulary.positions] != ways
