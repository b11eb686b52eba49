"""The oracle on hazards that are accepted, worked out by hand (paragraph 93)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from support.oracle import Judgement, judge

TEXT = """
components: {s: {kind: service}, z: {kind: service, strategy: recreate}}
requests: {ask: [client calls s: x, s calls z: y]}
pipeline: [A: [deploy z], B: [deploy s]]
changes: {z/y: {breaks: [V1 -> V2]}}
"""


def judged(*entries: str, text: str = TEXT, failures: bool = False) -> Judgement:
    data: dict[str, Any] = {"versions": ["V1", "V2"], **yaml.safe_load(text)}
    data["accept"] = [{**yaml.safe_load(entry), "reason": "fine"} for entry in entries]
    return judge(data, failures=failures)


DOWN = "{kind: unavailable, component: z, in: [A]}"


def test_all_is_safe_where_both_are_accepted() -> None:
    judgement = judged(DOWN, "{contract: z/*, kind: incompatible}")
    assert judgement.verdict == "safe"
    assert len(judgement.accepted) == len(judgement.hazards) == 2
    assert judgement.avoidable


@pytest.mark.parametrize(
    "entry", ["{kind: incompatible, in: [A]}", "{versions: V2 -> V1}", "{aspect: content}", "{component: s}"]
)
def test_what_does_not_agree_or_is_met_elsewhere_counts(entry: str) -> None:
    judgement = judged(DOWN, entry)
    assert judgement.verdict == "unsafe"
    assert len(judgement.accepted) == 1
    assert not judgement.avoidable


def test_entries_share_a_window() -> None:
    assert judged(DOWN, "{aspect: call, in: A}", "{request: ask, in: B}").verdict == "safe"


def test_until_is_the_last_day() -> None:
    assert judged(DOWN, "{aspect: call, until: '2026-06-15'}").verdict == "safe"
    assert judged(DOWN, "{aspect: call, until: '2026-06-14'}").verdict == "unsafe"


def test_a_way_back_meets_what_is_accepted() -> None:
    text = TEXT + "rollback: [Back: [rollback z]]\n"
    assert judged(text=text, failures=True).way_back == {"A": False, "B": False}
    assert judged("{component: z}", text=text, failures=True).way_back == {"A": True, "B": True}


def test_a_declaration_is_met_where_it_is_accepted() -> None:
    assert not judged("{component: z}").coverage.idle
