"""Memory that one operation on diagrams would take is a limit like others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import jobs_of
from skewproof.model.resources.limits import Limits, MemoryLimitError
from skewproof.properties.engines.symbolic.encoding import Manager
from skewproof.properties.engines.symbolic.limits import memory_is_a_limit

PAIRS = 24
SMALL = loads(
    "{system: x, versions: [V1, V2], components: {s: {kind: service}}, "
    "requests: {r: [client calls s: y]}, pipeline: [A]}"
)


def blow_up(_: Deployment, __: Mapping[str, object] | None, limits: Limits) -> int:
    """Says that 24 pairs of bits are equal, all firsts before all seconds: a diagram of 2**24 nodes."""
    manager = Manager({jobs_of(f"x{n}"): 2 for n in range(2 * PAIRS)}, limits.max_memory_mib)
    equal = manager.diagrams.true
    for number in range(PAIRS):
        one, other = (manager.cube(jobs_of(f"x{n}"), 1) for n in (number, number + PAIRS))
        equal &= (one & other) | (~one & ~other)
    return 0


def test_the_library_stops_at_the_limit() -> None:
    with pytest.raises(MemoryLimitError):
        memory_is_a_limit(blow_up)(SMALL, None, Limits(max_memory_mib=64))


def test_other_faults_stay_faults() -> None:
    def wrong(_: Deployment, __: Mapping[str, object] | None, ___: Limits) -> int:
        raise ValueError("something else")

    with pytest.raises(ValueError, match="something else"):
        memory_is_a_limit(wrong)(SMALL, None, Limits(max_memory_mib=64))
