"""Events in which a watched request has no say are built once, and are those that it would have had."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.model.compiler.actions import build_events_of_move, build_move_events
from skewproof.model.compiler.compile import compile_with
from skewproof.model.compiler.traffic import build_traffic_events
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.compiler.walker import Walker
from skewproof.model.language import loads
from support.rich_deployments import rich_deployments


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rich_deployments())
def test_each_request_has_the_events_that_are_built_for_it(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    shared = Vocabulary(deployment)
    for request in deployment.requests:
        walker = Walker(shared, request)
        anew = [event for move in shared.moves for event in build_events_of_move(shared, walker, move)]
        assert list(build_move_events(shared, walker)) == anew
        traffic = list(build_traffic_events(shared))
        events = compile_with(shared, request).system.events
        assert all(event in events for event in traffic)
        assert len(events) == len(compile_with(Vocabulary(deployment), request).system.events)
