"""What is ready for CI, and what a repository tells of itself, judged by those who audit such files: zizmor,
check-jsonschema, hadolint."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from support.command import ROOT, invoke

CI = ROOT / "docs" / "ci"
ACTION, WORKFLOW, GITLAB, DOCKERFILE = (
    ROOT / "action.yml",
    CI / "github.yml",
    CI / "gitlab.yml",
    CI / "Dockerfile",
)
FORMS = [path for path in (ROOT / ".github/ISSUE_TEMPLATE").iterdir() if path.name != "config.yml"]
AUDIT = ("zizmor", "--offline", "--no-progress", "--persona", "pedantic")
SCHEMA = ("check-jsonschema", "--builtin-schema")


def judge(*command: str | Path) -> tuple[int, str]:
    """The status of a judge, and what it says."""
    program = shutil.which(str(command[0]), path=sysconfig.get_path("scripts"))
    assert program, f"{command[0]} is in the group `dev`"
    done = subprocess.run([program, *map(str, command[1:])], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("file", [ACTION, WORKFLOW], ids=lambda file: file.name)
def test_zizmor_has_nothing_to_say(file: Path, tmp_path: Path) -> None:
    status, told = judge(*AUDIT, file)
    assert status == 0, told
    spoilt = tmp_path / file.name
    spoilt.write_text(
        file.read_text()
        .replace("@11bd71901bbe5b1630ceea73d27597364c9af683", "@v4")
        .replace("@a26af69be951a213d495a4c3e4e4022e16d87065", "@v5")
    )
    assert judge(*AUDIT, spoilt)[0] != 0, "it does look"


@pytest.mark.parametrize(
    ("file", "words", "right", "wrong"),
    [
        (ACTION, ("vendor.github-actions",), "using: composite", "using: nothing"),
        (WORKFLOW, ("vendor.github-workflows",), "runs-on:", "run-on:"),
        (ROOT / "CITATION.cff", ("vendor.citation-file-format",), "authors:", "author:"),
        (GITLAB, ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"), "- if:", "- iff:"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_files_are_of_their_schema(
    file: Path, words: tuple[str, ...], right: str, wrong: str, tmp_path: Path
) -> None:
    status, told = judge(*SCHEMA, *words, file)
    assert status == 0, told
    spoilt = tmp_path / file.name
    assert right in file.read_text()
    spoilt.write_text(file.read_text().replace(right, wrong))
    assert judge(*SCHEMA, *words, spoilt)[0] != 0, "it does look"


def test_issue_forms_are_of_their_schema() -> None:
    status, told = judge(*SCHEMA, "vendor.github-issue-forms", *FORMS)
    assert status == 0, told


def test_hadolint_has_nothing_to_say_of_the_dockerfile(tmp_path: Path) -> None:
    status, told = judge("hadolint", "--failure-threshold", "style", DOCKERFILE)
    assert status == 0, told
    spoilt = tmp_path / "Dockerfile"
    spoilt.write_text(DOCKERFILE.read_text().replace("# hadolint ignore=DL3008\n", ""))
    assert judge("hadolint", "--failure-threshold", "style", spoilt)[0] != 0, "it does look"


def test_what_the_dockerfile_builds_from_is_pinned_and_what_runs_is_not_root() -> None:
    lines = DOCKERFILE.read_text().splitlines()
    assert all("@sha256:" in line for line in lines if line.startswith("FROM "))
    (user,) = (line for line in lines if line.startswith("USER "))
    assert user.split()[1].partition(":")[0] not in ("0", "root")
    assert lines.index(user) < lines.index('ENTRYPOINT ["skewproof"]')


def test_the_workflow_of_a_plan_is_of_its_schema(tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text("""
components: {front: {kind: service}, cart: {kind: service}}
requests: {buy: [client calls front: page, front calls cart: order]}
changes: {cart/order: {breaks: V2 -> V1}}
""")
    told = invoke("plan", str(tmp_path / "deploy.yaml"), "--format", "github")
    assert told.returncode == 0, told.stderr
    file = tmp_path / "workflow.yml"
    file.write_text(told.stdout)
    status, said = judge(*SCHEMA, "vendor.github-workflows", file)
    assert status == 0, said
    file.write_text(told.stdout.replace("needs:", "need:"))
    assert judge(*SCHEMA, "vendor.github-workflows", file)[0] != 0, "it does look"
