"""JUnit, annotations, GitLab's report and Markdown: the same findings, each as its readers want them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from skewproof.cli.outputs.github import write_annotations
from skewproof.cli.outputs.gitlab import list_quality_issues
from skewproof.cli.outputs.junit import write_junit
from skewproof.cli.outputs.markdown import MARK, escape_markdown, write_markdown
from support.judged_samples import SHOP, judge, judge_all


def test_junit_has_a_test_for_each_request_and_property() -> None:
    root = ET.fromstring(write_junit([judge()]))
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases == {"buy": ["failure"], "look": ["failure"], "often": []}
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "2", "0")
    assert "web V1 writes db: orders" in (root.findtext(".//failure") or "")


def test_what_has_no_verdict_is_an_error_and_passes_nothing() -> None:
    root = ET.fromstring(write_junit(judge_all()))
    told = {suite.get("name"): [c.get("name") for c in suite] for suite in root}
    assert told["idle.yaml"] == told["wrong.yaml"] == told["large.yaml"] == ["a verdict"]
    assert told["safe.yaml"] == ["buy", "look", "often"]
    assert root.get("errors") == "3"


def test_an_annotation_stands_on_the_line_of_the_change() -> None:
    (line,) = write_annotations([judge()]).splitlines()
    assert line.startswith(
        "::error title=SKW101 web V1 meets db V2%3A orders%2C schema,file=shop.yaml,line=7,col=11::Old web "
    )


@pytest.mark.parametrize("bad", ["::set-env name=x::y", "100%\\r\\n::error::x", "##[error]x", "\\e[31m"])
def test_no_text_of_a_user_is_a_command(bad: str) -> None:
    text = SHOP.replace("note: the column is gone", f'note: "{bad}"')
    lines = write_annotations([judge(text, "a,b:c%.yaml")]).splitlines()
    assert len(lines) == 1
    assert "file=a%2Cb%3Ac%25.yaml,line=7" in lines[0]
    message = lines[0].split("::", 2)[2]
    assert "%" not in message.replace("%25", "")
    assert "##[" not in message
    assert "\x1b" not in message


def test_gitlab_has_places_and_fingerprints_of_their_own() -> None:
    issues = list_quality_issues(judge_all())
    assert [(one["check_name"], one["severity"], one["location"]["path"]) for one in issues] == [
        ("SKW101 incompatible", "critical", "shop.yaml"),
        ("SKW302 idle-declaration", "major", "idle.yaml"),
        ("SKW227 unknown-kind", "critical", "wrong.yaml"),
        ("SKW301 no-verdict", "major", "large.yaml"),
    ]
    assert len({one["fingerprint"] for one in issues}) == len(issues)
    assert issues[0]["location"]["lines"] == {"begin": 7}


def test_markdown_begins_with_its_mark_and_says_each_verdict() -> None:
    told = write_markdown(judge_all())
    assert told.startswith(f"{MARK}\n")
    assert re.findall(r"^## skewproof: (.*)$", told, re.MULTILINE) == [
        "❌ UNSAFE: shop",
        "✅ SAFE: shop",
        "❔ no verdict: shop",
        "wrong input: 1 problem",
        "no verdict",
    ]
    assert "| SKW101 error | web V1 meets db V2: orders, schema | shop.yaml:7 |" in told


@pytest.mark.parametrize(
    "bad", ["<img src=x onerror=y>", "[a](javascript:b)", "| --- |", "`x`", "# a", "@all #1 !2 $3 ~x :tada:"]
)
def test_no_text_of_a_user_is_markdown(bad: str) -> None:
    shown = escape_markdown(bad)
    assert not re.search(r"[\\`*_{}\[\]<>|!~$]|:\S|(?<![&\w])[@#]", re.sub(r"</?code>|&#\d+;", "", shown))


def test_mentions_and_numbers_notify_nobody() -> None:
    assert escape_markdown("@all #1") == "<code>&#64;</code>all <code>&#35;</code>1"


ACCEPTING = (
    SHOP + "accept: [{contract: db/orders, reason: for a moment}, {request: buy, reason: gone, in: Roll}]\n"
)


def test_what_is_accepted_is_no_failure_anywhere() -> None:
    judged = judge(ACCEPTING)
    assert judged.status == 0
    root = ET.fromstring(write_junit([judged]))
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert "accepted: for a moment" in (root.findtext(".//system-out") or "")
    assert write_annotations([judged]) == ""
    assert list_quality_issues([judged]) == []
    told = write_markdown([judged])
    assert "✅ SAFE" in told
    assert "**accepted** &#50; hazards" in told
