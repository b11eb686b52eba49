"""Systems of which, beside what is listed, only ranges are known."""

from __future__ import annotations

from skewproof.model.compiler.causes import WriteCause
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.ranges import find_ranges
from skewproof.model.language import loads
from skewproof.model.names import PIPELINE
from skewproof.properties.certificate.bounded import Bounded
from skewproof.properties.certificate.diagram import find_flaw
from skewproof.properties.certificate.drawing import draw

TEXT = """
components: {a: {kind: service, replicas: 2}, b: {kind: service}, w: {kind: worker}, q: {kind: broker}}
requests:
  put: [client calls a: x, a publishes q: m]
  other: [client calls b: x, b publishes q: m]
  job: [w consumes q: m]
pipeline: [Reader: [deploy w], Writers: [deploy a b], Empty: [drain q]]
changes: {q/m: {breaks: {content: [V1 -> V2]}}}
"""


def test_a_bounded_system_waits_for_positions_at_which_others_can_be_so() -> None:
    system = compile_deployment(loads(TEXT)).system
    variables = {str(variable.key): variable.key for variable in system.variables}
    keys = frozenset({PIPELINE, variables["content q/m"]})
    bounded = Bounded(system, keys, find_ranges(system))
    narrowed, beside = bounded.narrow()
    assert {str(key) for key in beside} == {"up a", "up b"}
    places = system.variables[0].domain
    written: dict[str, list[object]] = {"V1": [], "V2": []}
    for event in narrowed.events:
        if isinstance(event.cause, WriteCause):
            written[event.cause.version].append(event.guard[PIPELINE])
    old, new = set(places[:3]), set(places[2:])  # both while they are rolled out
    assert written == {"V1": [old, old], "V2": [new, new]}, "one event for both who write"
    assert all(event.guard.keys() <= keys for event in narrowed.events)


def test_what_stands_beside_is_said_at_each_position() -> None:
    system = compile_deployment(loads(TEXT)).system
    up = next(variable for variable in system.variables if str(variable.key) == "up a")
    bounded = Bounded(system, frozenset({PIPELINE}), find_ranges(system))
    places = system.variables[0]
    listed = draw((places,), {(rank,): 0 for rank in range(len(places.domain))})
    diagram = bounded.beside(listed, [up.key])
    assert find_flaw(diagram.levels, 1) is None
    for place in places.domain:
        for value in up.domain:
            guard = {PIPELINE: frozenset({place}), up.key: frozenset({value})}
            assert bool(diagram.labels_in(guard)) == (value in bounded.ranges[place][up.key])
