"""SARIF: what is told where; `tests/process/test_judges_of_outputs.py` has it judged by others."""

from __future__ import annotations

from typing import Any

from skewproof.cli.outputs.judged import Judged
from skewproof.cli.outputs.sarif import escape_message, to_sarif
from support.judged_samples import SHOP, judge, judge_all


def run_of(*files: Judged) -> dict[str, Any]:
    (run,) = to_sarif(files)["runs"]
    assert isinstance(run, dict)
    return run


def test_a_result_stands_at_the_change_and_tells_its_story() -> None:
    (result,) = run_of(judge())["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "shop.yaml"},
        "region": {"startLine": 7, "startColumn": 11},
    }
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    last = flow[-1]["location"]
    assert last["physicalLocation"]["region"]["startLine"] == 4  # the hop that fails
    assert "form V1 meets version V2" in last["message"]["text"]
    assert [step["executionOrder"] for step in flow] == sorted(step["executionOrder"] for step in flow)


def test_each_code_is_one_rule_and_results_point_at_theirs() -> None:
    run = run_of(*judge_all())
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["SKW101", "SKW227", "SKW301", "SKW302"]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]


def test_wrong_input_is_no_successful_run() -> None:
    assert run_of(judge())["invocations"] == [{"executionSuccessful": True}]
    assert run_of(judge(SHOP.replace("client", "clint")))["invocations"] == [{"executionSuccessful": False}]


def test_file_names_are_references_and_not_more() -> None:
    (result,) = run_of(judge(file="a b/%41#?.yaml"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%2541%23%3F.yaml"
    (result,) = run_of(judge(file="/elsewhere/shop.yaml"))["results"]
    assert (
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///elsewhere/shop.yaml"
    )


def test_braces_and_brackets_mean_nothing() -> None:
    assert escape_message("{0} [x](y) \\ \x1b") == "{{0}} \\[x\\](y) \\\\ \\\\x1b"


def test_what_is_accepted_is_suppressed() -> None:
    here = judge(SHOP + "accept: [{contract: db/orders, reason: for a moment, until: 2999-12-31}]\n")
    (result,) = run_of(here)["results"]
    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("inSource", "accepted")
    assert suppression["justification"] == "for a moment (until 2999-12-31)"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 9
    (counting,) = run_of(judge())["results"]
    assert counting["partialFingerprints"] == result["partialFingerprints"]
    assert "suppressions" not in counting
