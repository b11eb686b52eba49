"""What the tour of a harness meets is what the model lets the request meet, and what is left out is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from hypothesis import HealthCheck, example, given, settings

from skewproof.model.compiler.system import State, passes
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties.harness.course import CourseState, RequestCourse
from skewproof.properties.harness.session import Meeting
from skewproof.properties.harness.tour import find_tour
from skewproof.properties.lookups.lookup import HazardKind
from support.gradual_flags import USING
from support.profiles import tried
from support.rich_deployments import rich_deployments

FIXED = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
MOST_STATES = 2_000
PASSED_ON = """
components: {front: {kind: service}, queue: {kind: broker}}
requests: {pass on: [client calls front: page, front forwards queue: news using page]}
pipeline: [Configure: [reconfigure queue], Deploy: [deploy front]]
changes: {queue/news: {breaks: both, exists: [V2]}}
"""
"""Who forwards to a queue that is not there has no version of his own."""


class Met(NamedTuple):
    """Who meets whom at a hop, with what in hand; `view` is how a caller that has code sees the flag."""

    hop: int
    caller: str | None
    callee: str | None
    tokens: tuple[str | None, ...]
    view: str | None


def list_states(course: RequestCourse) -> list[State] | None:
    """Every state that the model can reach; None if there are too many."""
    seen, waiting = {course.system.initial}, deque([course.system.initial])
    while waiting:
        for _, reached in course.system.successors(waiting.popleft()):
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)
        if len(seen) > MOST_STATES:
            return None
    return list(seen)


def list_met(course: RequestCourse, kernel: State) -> Iterator[Met]:
    """What the model lets the request meet next, straight from its events."""
    state = CourseState(kernel)
    number = course.next_hop(state)
    if number > len(course.request.hops):
        return
    tokens = tuple(course._token(state, source) for source in course.walker.sources(number))
    for way, test in course._ways.get(number, ()):
        if passes(kernel, test):
            caller = course._caller(state, Meeting(caller=way.caller if number == 1 else None))
            yield Met(number, caller, way.callee, tokens, way.view if caller else None)


def list_toured(course: RequestCourse) -> Iterator[Met]:
    for stop in find_tour(course).stops:
        one = stop.encounter
        if one.kind is HazardKind.INCOMPATIBLE:
            tokens = tuple(form for _, form in one.tokens)
            yield Met(one.hop, one.caller, one.callee, tokens, one.views[0])


def is_left_out(deployment: Deployment, course: RequestCourse, met: Met) -> bool:
    """Code that one hop calls and that takes the next has looked at the flag before both."""
    hop, before = course.request.hops[met.hop - 1], course.request.hops[met.hop - 2]
    return hop.contract in deployment.flag_of and before.verb.is_call and before.provider == hop.consumer


@settings(FIXED, max_examples=tried(40).max_examples)
@example(yaml.safe_load(USING))
@example(yaml.safe_load(PASSED_ON))
@given(rich_deployments())
def test_the_tour_meets_all_that_can_be_met_but_for_a_flag_between_a_call_and_the_next(
    data: dict[str, Any],
) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    for request in deployment.requests:
        course = RequestCourse(deployment, request)
        states = list_states(course)
        if states is not None:
            possible = {met for state in states for met in list_met(course, state)}
            toured = set(list_toured(course))
            views = {met[:4] for met in toured}
            assert views <= {met[:4] for met in possible}
            missing = {m for m in possible if (m not in toured if m.view else m[:4] not in views)}
            assert all(is_left_out(deployment, course, met) for met in missing)
