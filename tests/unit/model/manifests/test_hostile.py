"""Files that are made to be slow, deep or large: an answer within seconds, and never a fault of ours."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from skewproof.model.errors import InvalidDeploymentError
from support.importing import import_files

WEB = "services: {web: {image: w, environment: {A_URL: '%s'}}, api: {image: a}}"
MANY = 300_000


@pytest.mark.parametrize(
    "value",
    [
        "a" * MANY,
        "http://" * MANY,
        "a:" * MANY,
        "${A:-" * 19 + "x" + "}" * 19,
        "$$" * MANY,
        ",a" * MANY,
        "host=" * MANY,
        "@tcp(" * MANY,
    ],
)
def test_long_values(tmp_path: Path, value: str) -> None:
    assert {*import_files(tmp_path, {"compose.yaml": WEB % value}).deployment.components} == {"web", "api"}


@pytest.mark.parametrize(
    "env",
    [
        "A='" + "\nx" * MANY,
        "A" * MANY,
        " " * MANY,
        "A=${" + "\nB=1" * MANY,
        "A=1\n" * MANY,
        "".join(f"A{n}=1\n" for n in range(MANY)),
    ],
)
def test_long_files_of_variables(tmp_path: Path, env: str) -> None:
    may_refuse = (
        pytest.raises(InvalidDeploymentError, match="is no variable") if "${" in env else nullcontext()
    )
    with may_refuse:
        import_files(tmp_path, {".env": env, "compose.yaml": WEB % "x"})


def test_services_that_extend_each_other_without_end(tmp_path: Path) -> None:
    services = ", ".join(f"s{n}: {{extends: s{n + 1}}}" for n in range(2_000))
    with pytest.raises(InvalidDeploymentError, match="through more than 50 others"):
        import_files(tmp_path, {"compose.yaml": f"services: {{{services}, s2000: {{image: x}}}}"})


@pytest.mark.parametrize(
    "text",
    [
        '{"planned_values": {"x": ' + "9" * 3_000_000 + "}}",
        json.dumps(
            {"planned_values": {"root_module": {"resources": [{"address": 5, "type": {}, "values": []}]}}}
        ),
        '{"planned_values": {}, "configuration": {"root_module": {"resources": [{"address": "a", "expressions": '
        + '{"a": ' * 900
        + "1"
        + "}" * 900
        + "}]}}}",
        '{"resourceSpans": [' + "[" * 900 + "]" * 900 + "]}",
        '{"data": [{"traceID": 1, "spans": 5, "processes": []}]}',
        "{" * 100_000,
        '{"a": "\ud800"}'.encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    ],
)
def test_json_that_nobody_would_write(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidDeploymentError):
        import_files(tmp_path, {"x.json": text}, "x.json")


def test_many_jobs_and_many_labels(tmp_path: Path) -> None:
    jobs = "".join(f"  j{n}: {{needs: [j{n - 1}], steps: [{{run: kubectl}}]}}\n" for n in range(1, 3_000))
    workflow = "on: push\njobs:\n  j0: {steps: [{run: kubectl apply -f .}]}\n" + jobs
    files = {"compose.yaml": WEB % "x", ".github/workflows/d.yml": workflow}
    assert len(import_files(tmp_path, files).steps) == 3_000
