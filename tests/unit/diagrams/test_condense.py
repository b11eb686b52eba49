"""Which events of a story are told, and where it begins to repeat."""

from __future__ import annotations

import pytest

from skewproof.diagrams.condense import ToldEvent
from support.output_samples import schema_hazard


@pytest.mark.parametrize(
    ("loop", "is_here"), [(None, False), (1, False), (2, True), (3, True), (4, True), (5, False)]
)
def test_a_loop_begins_at_the_event_that_is_told_or_at_one_that_is_left_out_before_it(
    loop: int | None, is_here: bool
) -> None:
    """It is the fifth event; the third and the fourth were passed over. Loops count from 0."""
    event = schema_hazard().trace[0]
    assert ToldEvent(number=5, event=event, passed=2).begins_loop(loop) is is_here
