"""Where a hazard strikes: the states of the deployment in which some request can meet it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.task import Task
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties import check
from skewproof.properties.engines.strikes import Strikes, find_struck_states
from skewproof.properties.verdict import HopHazard
from support.tiny import deployment

TEXT = """
components: {a: {kind: service}, b: {kind: service, max_surge: 0, max_unavailable: 1}}
requests:
  ask: [client calls a: x, a calls b: y]
  other: [client calls a: x]
pipeline: [One: [deploy a b]]
changes: {b/y: {breaks: both}}
"""
HAZARDS = {
    (hazard.consumer_version, hazard.provider_version): hazard for hazard in check(deployment(TEXT)).at_hops
}

UP_A, UP_B = instances_of("a"), instances_of("b")


def struck(hazard: HopHazard) -> set[tuple[str, str]]:
    """Who is up where it strikes."""
    found = deployment(TEXT)
    system = compile_deployment(found).system
    return {
        (
            str(getattr(system.value(s, UP_A), "state", "")),
            str(getattr(system.value(s, UP_B), "state", "")),
        )
        for s in find_struck_states(found, hazard, Limits())
    }


def test_a_pair_strikes_where_both_are_up_or_the_request_is_on_one() -> None:
    assert struck(HAZARDS["V1", "V2"]) == {("1×V1", "1×V2"), ("1×V1 1×V2", "1×V2")}
    assert struck(HAZARDS["V2", "V1"]) == {("1×V1 1×V2", "1×V1"), ("1×V2", "1×V1")}


def test_nobody_up_strikes_where_nobody_is() -> None:
    assert {b for _, b in struck(HAZARDS["V1", None])} == {"nobody up"}


def test_one_hazard_after_the_other_gives_the_same() -> None:
    found = deployment(TEXT)
    strikes = Strikes(Task(found))
    one, other = HAZARDS["V1", "V2"], HAZARDS["V2", "V1"]
    elsewhere = replace(one, request="other")
    told = [strikes.states(hazard) for hazard in (one, other, elsewhere, one)]
    assert told[0] == told[3] == find_struck_states(found, one, Limits())
    assert told[1] == find_struck_states(found, other, Limits())
    assert told[2] == frozenset(), "the other request has no such hop"


def test_a_limit_stops_it() -> None:
    with pytest.raises(StateLimitError):
        find_struck_states(deployment(TEXT), HAZARDS["V1", "V2"], Limits(max_states=3))
