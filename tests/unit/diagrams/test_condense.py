"""Which events of a story are told, and where it begins to repeat."""

from __future__ import annotations

import pytest

from skewproof.diagrams.condense import MOST_HOPS, ToldEvent, condense, list_left_out, tell_left_out
from skewproof.model.compiler.system import EventKind
from skewproof.model.language import loads
from skewproof.properties.checker import check
from support.output_samples import schema_hazard
from support.picture_samples import chain


def test_of_a_long_way_of_the_request_the_first_and_the_last_hops_are_told() -> None:
    (hazard,) = check(loads(chain(40))).at_hops
    told = condense(hazard.trace)
    hops = [row.event.hop for row in told if row.event.kind is EventKind.HOP]
    assert hops == [1, 2, 16, 17, 18, 19, 20, 21]
    assert len(hops) == MOST_HOPS
    (gap,) = [row for row in told if row.event.hop == 16]
    assert tell_left_out(hazard.trace[gap.number - 1 - gap.passed : gap.number - 1]) == "13 hops on the way"
    rest = tell_left_out(list_left_out(hazard.trace))
    assert rest.startswith("13 hops on the way and ")
    assert rest.endswith(" events that this hazard does not need")
    assert len(list_left_out(hazard.trace)) + len(told) == len(hazard.trace)


@pytest.mark.parametrize(
    ("loop", "is_here"), [(None, False), (1, False), (2, True), (3, True), (4, True), (5, False)]
)
def test_a_loop_begins_at_the_event_that_is_told_or_at_one_that_is_left_out_before_it(
    loop: int | None, is_here: bool
) -> None:
    """It is the fifth event; the third and the fourth were passed over. Loops count from 0."""
    event = schema_hazard().trace[0]
    assert ToldEvent(number=5, event=event, passed=2).begins_loop(loop) is is_here
