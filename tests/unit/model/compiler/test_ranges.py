"""Ranges against a list of all states: nothing that can be is missing."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.ranges import find_ranges
from skewproof.model.compiler.system import search
from skewproof.model.language import loads
from skewproof.model.names import PIPELINE

TEXTS = (
    """
components: {a: {kind: service, replicas: 2}, b: {kind: service}, w: {kind: worker}, q: {kind: broker}}
requests:
  put: [client calls a: x, a publishes q: m]
  other: [client calls b: x, b publishes q: m]
  job: [w consumes q: m]
pipeline: [Reader: [deploy w], Writers: [deploy a b], Empty: [drain q]]
changes: {q/m: {breaks: {content: [V1 -> V2]}}}
""",
    """
components: {a: {kind: service}, w: {kind: worker}, db: {kind: database}}
requests: {ask: [client calls a: x, a reads db: r], job: [w writes db: r]}
pipeline: [Stop: [suspend w], Move: [start migrate db, deploy a w], Go: [await db, resume w]]
changes: {db/r: {breaks: none}}
""",
)


@pytest.mark.parametrize("text", TEXTS)
def test_ranges_hold_all_that_can_be(text: str) -> None:
    system = compile_deployment(loads(text)).system
    ranges = find_ranges(system)
    reached = search(system)
    for state in reached.states:
        here = system.value(state, PIPELINE)
        for variable in system.variables:
            assert system.value(state, variable.key) in ranges[here][variable.key]
    assert set(ranges) == {system.value(state, PIPELINE) for state in reached.states}
