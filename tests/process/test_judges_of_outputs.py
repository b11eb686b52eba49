"""Outputs, judged by those who read them: a judge of SARIF, its schema, and a reader of JUnit's reports."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import junitparser
import pytest

from skewproof.cli.difference import find_difference
from skewproof.cli.outputs.difference import to_sarif_log
from skewproof.cli.outputs.junit import write_junit
from skewproof.cli.outputs.sarif import to_sarif
from support.command import ROOT, invoke
from support.judged_samples import SHOP, judge, judge_all

JUDGE = ROOT / ".judges/node_modules/@microsoft/sarif-multitool-linux"
HOSTILE = SHOP.replace("system: shop", 'system: "{0} [x](y) <b> ]]> & %41"').replace(
    "note: the column is gone", 'note: "{0} [x](javascript:y) ]]> <!-- --> \U0001f389"'
)


def judged(file: Path) -> list[str]:
    """What the judge has to say; it is asked for GitHub's rules as well. It misses an address at which more
    is told of skewproof: there is no public one, and a name on an index that anybody may take is none."""
    report = file.with_suffix(".judged.sarif")
    assert JUDGE.is_dir(), "`bash .ci/tools` installs the judge of SARIF"
    rules = ["--rule-kind", "Sarif;Ghas", "--output", str(report)]
    command = [str(JUDGE / "Sarif.Multitool"), "validate", str(file), *rules]
    subprocess.run(command, check=False, capture_output=True)
    told = json.loads(report.read_text(encoding="utf-8-sig"))["runs"][0]["results"]
    return [f"{one['ruleId']}: {one['message']}" for one in told if one["ruleId"] != "SARIF2005"]


def test_a_rule_tells_what_helps_and_names_no_address() -> None:
    log = to_sarif(judge_all())
    rules = {rule["id"]: rule for run in log["runs"] for rule in run["tool"]["driver"]["rules"]}
    assert "expand/contract" in rules["SKW101"]["help"]["text"]
    assert "**SKW101-schema: " in rules["SKW101"]["help"]["markdown"]
    assert "://" not in json.dumps(rules)
    assert "informationUri" not in json.dumps(log)


def test_the_judge_of_sarif_has_nothing_to_say(tmp_path: Path) -> None:
    log = to_sarif([*judge_all(), judge(HOSTILE, "hostile {0} [x].yaml")])
    (tmp_path / "a.sarif").write_text(json.dumps(log))
    assert judged(tmp_path / "a.sarif") == []


def test_the_judge_of_sarif_has_nothing_to_say_of_what_is_accepted_or_compared(tmp_path: Path) -> None:
    accepting = judge(SHOP + "accept: [{contract: db/orders, reason: '{0} [x](y)', until: 2999-12-31}]\n")
    safe = judge(SHOP.replace("breaks: [V1 -> V2]", "breaks: none"), "safe.yaml")
    logs = [
        to_sarif([accepting]),
        to_sarif_log(find_difference(judge(), safe)),
        to_sarif_log(find_difference(safe, judge(HOSTILE))),
        to_sarif_log(find_difference(judge(), accepting)),
    ]
    for number, log in enumerate(logs):
        (tmp_path / f"{number}.sarif").write_text(json.dumps(log))
        assert judged(tmp_path / f"{number}.sarif") == []


def test_the_judge_of_sarif_would_have_said_something(tmp_path: Path) -> None:
    log = to_sarif([judge()])
    log["runs"][0]["results"][0]["ruleIndex"] = 7
    (tmp_path / "a.sarif").write_text(json.dumps(log))
    assert judged(tmp_path / "a.sarif")


def test_the_schema_of_sarif_holds() -> None:
    schema = json.loads((JUDGE / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    for files in ([], judge_all(), [judge(HOSTILE)]):
        jsonschema.Draft7Validator(schema).validate(to_sarif(files))


@pytest.mark.parametrize("text", [SHOP, HOSTILE])
def test_a_reader_of_junit_reads_what_was_meant(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(write_junit([judge(text)]), encoding="utf-8")
    (suite,) = junitparser.JUnitXml.fromfile(str(tmp_path / "a.xml"))
    assert [(case.name, [type(one).__name__ for one in case.result]) for case in suite] == [
        ("buy", ["Failure"]),
        ("look", ["Failure"]),
        ("often", []),
    ]


def test_outputs_are_written_beside_what_is_printed(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    names = ["a.sarif", "a.xml", "a.md", "a.txt", "a.json", "a.gitlab.json", "a.itf.json"]
    outputs = [part for name in names for part in ("--output", name)]
    done = invoke("check", "shop.yaml", *outputs, "--output", "github:notes", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == (tmp_path / "a.txt").read_text()
    assert json.loads((tmp_path / "a.json").read_text())["verdict"] == "unsafe"
    assert (tmp_path / "notes").read_text().startswith("::error title=SKW101 ")
    for name in names:
        assert (tmp_path / name).stat().st_size > 100


def test_a_fleet_is_one_output(tmp_path: Path) -> None:
    (tmp_path / "one.skew.yaml").write_text(SHOP)
    (tmp_path / "two.skew.yaml").write_text(SHOP.replace("client", "clint"))
    done = invoke("check", ".", "--output", "all.sarif", "--format", "github", cwd=tmp_path)
    results = json.loads((tmp_path / "all.sarif").read_text())["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["SKW101", "SKW227"]
    assert len(done.stdout.splitlines()) == 2
    assert done.returncode == 2


def test_wrong_input_is_written_too(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP.replace("client", "clint"))
    done = invoke("check", "shop.yaml", "--output", "a.sarif", cwd=tmp_path)
    (result,) = json.loads((tmp_path / "a.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "SKW227"
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown kind `clint`" in done.stderr


@pytest.mark.parametrize(
    ("asked", "said"),
    [("out.pdf", "no format is known"), ("-", "--format says"), ("missing/a.sarif", "missing/a.sarif")],
)
def test_what_cannot_be_written_is_wrong_usage(asked: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    done = invoke("check", "shop.yaml", "--output", asked, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_trace_of_nothing_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP.replace("breaks: [V1 -> V2]", "breaks: none"))
    done = invoke("check", "shop.yaml", "--output", "a.itf.json", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "a.itf.json").exists()) == (0, False)
    assert "there is no hazard" in done.stderr
