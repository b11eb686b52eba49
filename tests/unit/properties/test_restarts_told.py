"""What a restart of an old instance can meet while new ones start."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.verdict import Safe, Unsafe

TEXT = """
components: {web: {kind: service, replicas: 2, restarts: %s, readiness: event}}
requests: {get: [client calls web: x]}
pipeline: [A: [deploy web]]
changes: {}
properties: {one: always web.up >= %s}
"""


@pytest.mark.parametrize("engine", ["reference", "slice", "symbolic"])
def test_an_old_one_that_restarts_stays_until_a_new_one_is_ready(engine: str) -> None:
    """Of two with a surge of one, and one down at a time, one is always up."""
    assert isinstance(check(loads(TEXT % ("true", "1")), engine=engine).verdict, Safe)
    assert isinstance(check(loads(TEXT % ("true", "2")), engine=engine).verdict, Unsafe)
