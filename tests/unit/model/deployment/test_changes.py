"""How bad a broken pair is, and in which aspects a pair speaks that names none."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import Aspect, Change, Kind, Severity
from skewproof.model.deployment.changes import list_bare_aspects
from skewproof.model.names import Contract
from support.tiny import deployment

CONTRACT = Contract("q", "m")


def test_a_severity_of_its_own_counts_in_its_aspect_and_the_worst_in_none() -> None:
    by_aspect = {Aspect.CONTENT: Severity.DEGRADED, Aspect.TOKEN: Severity.CORRUPTION}
    change = Change(CONTRACT, severities=by_aspect)
    assert change.severity_in(Aspect.CONTENT) is Severity.DEGRADED
    assert change.severity_in(Aspect.TOKEN) is Severity.CORRUPTION
    assert change.severity_in(Aspect.CALL) is Severity.ERROR, "an aspect that is missing"
    assert change.severity_in(None) is Severity.CORRUPTION


def test_one_severity_counts_everywhere() -> None:
    change = Change(CONTRACT, severity=Severity.DEGRADED)
    assert {change.severity_in(aspect) for aspect in (*Aspect, None)} == {Severity.DEGRADED}


MESSAGES = (Aspect.CONTENT,)


@pytest.mark.parametrize(
    ("action", "aspects"),
    [
        ("reconfigure q", tuple(Aspect)),
        ("reconfigure q/m", tuple(Aspect)),
        ("revert q", tuple(Aspect)),
        ("reconfigure other q", tuple(Aspect)),
        ("reconfigure q, deploy a", tuple(Aspect)),
        ("reconfigure q/n", MESSAGES),
        ("reconfigure other", MESSAGES),
        ("drain q", MESSAGES),
    ],
)
def test_a_bare_pair_at_a_broker_speaks_of_its_configuration_if_that_is_moved(
    action: str, aspects: tuple[Aspect, ...]
) -> None:
    made = deployment(f"""
    components: {{a: {{kind: service}}, q: {{kind: broker}}, other: {{kind: broker}}}}
    requests: {{ask: [client calls a: x, a publishes q: m, a publishes q: n, a publishes other: m]}}
    pipeline: [One: [{action}]]
    changes: {{q/m: {{breaks: none}}}}
    """)
    assert list_bare_aspects(CONTRACT, Kind.BROKER, made.actions) == aspects
    assert list_bare_aspects(CONTRACT, Kind.CACHE, made.actions) == tuple(Aspect)


PLAIN = Change(CONTRACT)


@pytest.mark.parametrize(
    ("earlier", "later", "lost"),
    [
        (PLAIN, PLAIN, []),
        (Change(CONTRACT, rows_kept=True), PLAIN, ["rows"]),
        (Change(CONTRACT, rows_kept=True), Change(CONTRACT, rows_kept=True), []),
        (Change(CONTRACT, expires=True), PLAIN, ["expires"]),
        (Change(CONTRACT, source=Contract("c", "k")), PLAIN, ["from"]),
        (Change(CONTRACT, starts=frozenset({"V1"})), PLAIN, ["starts"]),
        (Change(CONTRACT, severity=Severity.DEGRADED), PLAIN, ["severity"]),
        (PLAIN, Change(CONTRACT, severity=Severity.DEGRADED), []),
        (Change(CONTRACT, severity=Severity.DEGRADED), Change(CONTRACT, severity=Severity.DEGRADED), []),
        (Change(CONTRACT, severities={Aspect.CALL: Severity.ERROR}), PLAIN, ["severity"]),
    ],
)
def test_what_a_later_change_takes_away_is_told_by_its_keys(
    earlier: Change, later: Change, lost: list[str]
) -> None:
    assert earlier.list_lost(later) == lost
