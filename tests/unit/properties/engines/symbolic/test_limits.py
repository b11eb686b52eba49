"""Memory that one operation on diagrams would take is a limit like others."""

from __future__ import annotations

import pytest

from skewproof.model.names import jobs_of
from skewproof.model.resources.limits import Limits, MemoryLimitError
from skewproof.properties.engines.symbolic.encoding import Manager
from skewproof.properties.engines.symbolic.limits import limit_memory

PAIRS = 24


def blow_up(limits: Limits) -> None:
    """Says that 24 pairs of bits are equal, all firsts before all seconds: a diagram of 2**24 nodes."""
    manager = Manager({jobs_of(f"x{n}"): 2 for n in range(2 * PAIRS)}, limits.max_memory_mib)
    equal = manager.diagrams.true
    for number in range(PAIRS):
        one, other = (manager.cube(jobs_of(f"x{n}"), 1) for n in (number, number + PAIRS))
        equal &= (one & other) | (~one & ~other)


def test_the_library_stops_at_the_limit() -> None:
    limits = Limits(max_memory_mib=64)
    with pytest.raises(MemoryLimitError), limit_memory(limits):
        blow_up(limits)


def test_other_faults_stay_faults() -> None:
    with pytest.raises(ValueError, match="something else"), limit_memory(Limits(max_memory_mib=64)):
        raise ValueError("something else")
