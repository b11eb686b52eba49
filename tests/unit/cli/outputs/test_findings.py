"""What a list of findings has a line for."""

from __future__ import annotations

from skewproof.cli.outputs.findings import Level, list_findings
from skewproof.model.deployment import Severity
from support.judged_samples import SHOP, judge, judge_all


def test_a_cause_is_told_once_with_all_its_hazards_and_places() -> None:
    (found,) = list_findings(judge())
    assert (str(found.code), found.level, found.severity) == ("SKW101", Level.ERROR, Severity.ERROR)
    assert found.title == "web V1 meets db V2: orders, schema"
    assert "The same cause makes 2 hazards." in found.text
    assert "Note: the column is gone." in found.text
    assert [(spot.what, spot.place.line) for spot in found.spots] == [
        ("what the release changes", 7),
        ("the hop that fails", 4),
        ("the action at which the pipeline stands", 6),
        ("the step in which it happens", 6),
    ]


def test_what_is_only_degraded_warns() -> None:
    (found,) = list_findings(judge(SHOP.replace("note:", "severity: degraded, note:")))
    assert found.level is Level.WARNING


def test_a_finding_keeps_its_name_wherever_it_stands() -> None:
    (first,) = list_findings(judge())
    (moved,) = list_findings(judge("# moved\n" + SHOP.replace("look:", "see:"), "elsewhere.yaml"))
    (other,) = list_findings(judge(SHOP.replace("V1 -> V2", "V1 -> V2, V2 -> V1").replace("orders", "rows")))
    assert first.id == moved.id != other.id


def test_safe_has_no_finding_and_every_other_outcome_has_one() -> None:
    told = {judged.file: [str(one.code) for one in list_findings(judged)] for judged in judge_all()}
    assert told == {
        "shop.yaml": ["SKW101"],
        "safe.yaml": [],
        "idle.yaml": ["SKW302"],
        "wrong.yaml": ["SKW227"],
        "large.yaml": ["SKW301"],
    }


def test_a_violated_property_is_a_finding_at_its_own_place() -> None:
    stated = SHOP.replace("web.up >= 1", "web.up >= 9").replace("breaks: [V1 -> V2]", "breaks: none")
    (found,) = list_findings(judge(stated))
    assert (str(found.code), found.title) == ("SKW104", "violated: often")
    assert found.spots[0] == ("the property", found.place)
