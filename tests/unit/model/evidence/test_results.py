"""Results of other tools, as evidence of the cells that they speak of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from skewproof.model.deployment import ResultTool
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.results import ToolResult, read_result
from skewproof.model.evidence.sides import UnjudgedError

REVISIONS = ("a1b2c3d4e5f6", "0f9e8d7c6b5a")


def _read(tool: ResultTool, told: Any) -> ToolResult:
    text = told if isinstance(told, str) else json.dumps(told)
    return read_result(tool, text.encode(), "results.json", REVISIONS)


def test_oasdiff_judges_one_direction() -> None:
    change = {
        "id": "request-body-removed",
        "text": "removed the request body",
        "operation": "POST",
        "path": "/a",
        "baseSource": {"file": "old.yaml", "line": 7, "column": 3},
    }
    result = _read(ResultTool.OASDIFF, [{**change, "level": level} for level in (3, 2, 1, "error")])
    grades = [one.grade for one in result.findings]
    assert grades == [Grade.BREAKS, Grade.MAY_BREAK, Grade.BREAKS]
    assert (str(result.findings[0].spot), result.findings[0].message) == (
        "old.yaml:7",
        "POST /a: removed the request body",
    )
    assert result.backwards is None


def test_buf_lumps_both_directions_but_for_what_is_deleted() -> None:
    lines = [
        {"path": "a.proto", "start_line": 4, "type": rule, "message": rule.lower()}
        for rule in ("FIELD_SAME_TYPE", "RPC_NO_DELETE", "FIELD_SAME_NAME", "FILE_SAME_GO_PACKAGE")
    ]
    result = _read(ResultTool.BUF, "\n".join(map(json.dumps, lines)))
    assert [one.grade for one in result.findings] == [
        Grade.BREAKS,
        Grade.BREAKS,
        Grade.MAY_BREAK,
        Grade.MAY_BREAK,
    ]
    assert result.backwards is not None
    assert [one.rule for one in result.backwards] == [
        "FIELD_SAME_TYPE",
        "FIELD_SAME_NAME",
        "FILE_SAME_GO_PACKAGE",
    ]


def test_squawk_is_heard_where_it_speaks_of_code_and_not_of_locks() -> None:
    told = [
        {"file": "m.sql", "line": 2, "rule_name": "renaming-column", "message": "breaks clients"},
        {"file": "m.sql", "line": 3, "rule_name": "require-concurrent-index-creation", "message": "locks"},
    ]
    result = _read(ResultTool.SQUAWK, told)
    assert [(one.grade, str(one.spot)) for one in result.findings] == [(Grade.BREAKS, "m.sql:3")]


def _row(consumer: str, provider: str, success: bool | None) -> dict[str, Any]:
    sides = {
        side: {"name": side, "version": {"number": number}}
        for side, number in (("consumer", consumer), ("provider", provider))
    }
    return {**sides, "verificationResult": None if success is None else {"success": success}}


def test_a_pact_matrix_knows_both_directions_by_revision() -> None:
    old, new = (revision[:8] for revision in REVISIONS)
    result = _read(
        ResultTool.PACT, {"matrix": [_row(old, new, False), _row(new, old, True), _row(old, old, False)]}
    )
    assert [one.grade for one in result.findings] == [Grade.BREAKS]
    assert result.backwards == ()


@pytest.mark.parametrize(("times", "expected"), [((1, 2), []), ((2, 1), [Grade.BREAKS])])
def test_of_several_verifications_the_latest_counts(times: tuple[int, int], expected: list[Grade]) -> None:
    old, new = (revision[:8] for revision in REVISIONS)
    rows = [_row(old, new, False), _row(old, new, True)]
    for row, day in zip(rows, times, strict=True):
        row["verificationResult"]["verifiedAt"] = f"2026-01-0{day}T10:00:00+00:00"
    assert [one.grade for one in _read(ResultTool.PACT, {"matrix": rows}).findings] == expected


def test_what_was_never_verified_is_unknown() -> None:
    old, new = (revision[:8] for revision in REVISIONS)
    result = _read(ResultTool.PACT, {"matrix": [_row(old, new, None)]})
    assert [one.grade for one in result.findings] == [Grade.UNKNOWN]
    assert [one.grade for one in result.backwards or ()] == [Grade.UNKNOWN]


FAILED = """<!-- migcheck -->
### migcheck: FAIL

3 statements from `v1` break after v2's migrations, from 1 cause.

**`orders.item`**

- `42703` column "item" does not exist (3)

<details><summary>Later failures in the same transactions</summary>

- `25P02` current transaction is aborted (2)

</details>

#### Schema probes: 1 change might break `v1`

**`orders.note`**: `23502` null value in column "note"
"""


def test_what_migcheck_wrote_for_a_pull_request_is_read() -> None:
    found = _read(ResultTool.MIGCHECK, FAILED).findings
    told = [(one.grade, one.rule, one.spot.line) for one in found]
    assert told == [(Grade.BREAKS, "42703", 8), (Grade.MAY_BREAK, "23502", 18)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("PASS", []),
        ("PASS with a warning", [Grade.UNKNOWN]),
        ("couldn't compare", [Grade.UNKNOWN]),
        ("FAIL", [Grade.BREAKS]),
    ],
)
def test_migcheck_that_saw_too_little_knows_nothing(word: str, expected: list[Grade]) -> None:
    found = _read(ResultTool.MIGCHECK, f"<!-- migcheck -->\n### migcheck: {word}\n").findings
    assert [one.grade for one in found] == expected


@pytest.mark.parametrize("tool", ResultTool)
@pytest.mark.parametrize("text", ["{", "[1]", '{"matrix": 3}', "[" * 100_000, "null", '[{"id": 1}]'])
def test_what_are_no_results_is_not_judged(tool: ResultTool, text: str) -> None:
    with pytest.raises(UnjudgedError, match=f"no results of {tool}"):
        _read(tool, text)
