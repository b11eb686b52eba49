"""What is ready to be used in CI: its commands, in a new repository, through three pull requests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from skewproof.cli.starter import STARTER
from support.command import ROOT, invoke
from support.github_api import TOKEN, Comments, serve
from support.runner import Run, evaluate, run_action

CI = ROOT / "docs" / "ci"
ACTION, WORKFLOW, GITLAB = ROOT / "action.yml", CI / "github.yml", CI / "gitlab.yml"
ARCHITECTURE, _, _ = STARTER.partition("# What this release changes")
NOTHING = "changes: {}\n"
COLUMN = """\
changes:
  # what this release changes
  db/order: {breaks: {schema: [V1 -> V2]}, note: a column dropped}
"""
DERIVING = "What changes, by the contracts"
CALL = COLUMN + "  back/order: {breaks: [V1 -> V2], note: a parameter more}\n"
NAMED = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *NAMED, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


class Repository:
    """A team's repository, and its pull requests on GitHub, the same one over and over."""

    def __init__(self, folder: Path, server: Comments) -> None:
        self.origin, self.server, self.count = folder / "origin", server, 0
        self.origin.mkdir()
        git(self.origin, "init", "-q", "-b", "main")
        self.commit({"skewproof.yaml": ARCHITECTURE, "skewproof.changes.yaml": NOTHING})

    def commit(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.origin / name).write_text(text)
        git(self.origin, "add", ".")
        git(self.origin, "commit", "-qm", "a change")

    def branch(self, name: str, files: dict[str, str]) -> None:
        git(self.origin, "checkout", "-q", "-b", name, "main")
        self.commit(files)

    def check_out(self, name: str) -> Path:
        """What a pull request checks out, as deep as the workflow says: the merge of it into its target."""
        steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["release-safety"]["steps"]
        depth = steps[0]["with"]["fetch-depth"]
        git(self.origin, "checkout", "-q", "--detach", "main")
        git(self.origin, "merge", "-q", "--no-ff", "-m", "merge", name)
        git(self.origin, "branch", "-f", "merged")
        self.count += 1
        folder = self.origin.with_name(f"run{self.count}")
        url = self.origin.as_uri()
        git(self.origin, "clone", "-q", f"--depth={depth}", "--branch", "merged", url, str(folder))
        return folder

    def merge(self, name: str) -> None:
        git(self.origin, "checkout", "-q", "main")
        git(self.origin, "merge", "-q", "--no-ff", "-m", "merge", name)

    def run(self, folder: Path, event: str = "pull_request", **more: str) -> Run:
        """The job of the workflow, in what was checked out, with `more` given to the action."""
        github = {
            "event_name": event,
            "token": TOKEN,
            "action_path": str(ROOT),
            "event": {"pull_request": {"number": "1"}},
        }
        context = {"github": github}
        (step,) = (
            one
            for one in yaml.safe_load(WORKFLOW.read_text())["jobs"]["release-safety"]["steps"]
            if one["uses"].startswith("OWNER/skewproof@")
        )
        given = {name: evaluate(str(value), context) for name, value in step["with"].items()} | more
        return run_action(
            ACTION,
            given,
            context,
            folder,
            GITHUB_API_URL=self.server.url,
            GITHUB_REPOSITORY="owner/repository",
            GITHUB_RUN_NUMBER="7",
            GITHUB_STEP_SUMMARY=str(folder.with_suffix(".summary.md")),
        )


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with serve() as server:
        server.add("a word of somebody's", author="User")
        server.add("<!-- skewproof -->\nnot ours", author="User")
        yield Repository(tmp_path, server)


def list_annotations(run: Run) -> list[tuple[str, str]]:
    """Where notes of errors stand, and what they are titled."""
    return re.findall(r"^::error title=(.*?),file=(.*?,line=\d+)", run.log, re.MULTILINE)


def test_a_pull_request_hears_of_what_is_new_on_its_line(repository: Repository) -> None:
    repository.branch("column", {"skewproof.changes.yaml": COLUMN})
    folder = repository.check_out("column")
    run = repository.run(folder)
    assert run.failed
    assert {where for _, where in list_annotations(run)} == {"skewproof.changes.yaml,line=3"}, run.log
    evidence = folder / "skewproof-evidence"
    assert_evidence_is_there(evidence, run)
    (posted,) = (one for one in repository.server.comments if one["user"]["type"] == "Bot")
    assert posted["body"] == (evidence / "comment.md").read_text()
    assert "1 new, 0 fixed, 0 unchanged" in posted["body"]
    assert "1 new, 0 fixed, 0 unchanged" in folder.with_suffix(".summary.md").read_text()

    baseline = invoke(
        *("baseline", "skewproof.yaml", "--changes", "skewproof.changes.yaml", "-o", "skewproof.accept.yaml"),
        cwd=repository.origin,
    )
    assert baseline.returncode == 0, baseline.stderr
    git(repository.origin, "checkout", "-q", "column")
    repository.commit({})
    run = repository.run(repository.check_out("column"))
    assert (run.failed, list_annotations(run)) == (False, []), run.log
    assert [one["user"]["type"] for one in repository.server.comments] == ["User", "User", "Bot"]
    assert "0 new, 0 fixed" in posted["body"], "the one comment is updated"
    repository.merge("column")

    repository.branch("call", {"skewproof.changes.yaml": CALL})
    run = repository.run(repository.check_out("call"))
    assert run.failed
    assert [where for _, where in list_annotations(run)] == ["skewproof.changes.yaml,line=4"], run.log
    assert "1 new, 0 fixed" in posted["body"]


SHOP = """\
components:
  web: {kind: service, replicas: 2}
  api: {kind: service, replicas: 2}
  pay: {kind: service}
  db: {kind: database}
requests:
  order: [client calls web: shop, web calls api: addOrder, api calls pay: Charge, api writes db: orders]
pipeline:
  - Migrate: [migrate db]
  - Roll pay: [deploy pay]
  - Roll: [deploy web api]
sources:
  api/addOrder: {openapi: "openapi.yaml#/paths/~1orders/post"}
  pay/Charge: {proto: "pay.proto#shop.Pay/Charge"}
  db/orders: {sql: "migrations#orders", dialect: postgres}
"""
OPENAPI = """\
openapi: 3.0.3
paths:
  /orders:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [%s], properties: {sku: {type: string}, count: {type: integer}}}
      responses: {'200': {description: done}}
"""
PROTO = """\
syntax = "proto3";
package shop;
message Money { string currency = 1; %s cents = 2; }
message Receipt {}
service Pay { rpc Charge(Money) returns (Receipt); }
"""
TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, sku text NOT NULL, note text);\n"


def test_what_changes_is_found_in_the_contracts(repository: Repository) -> None:
    """Nobody writes a file of changes: a column goes, with a baseline it may; then two more contracts break,
    and of these alone the next pull request hears, though what runs still has the column. One that fits
    breaks nobody."""
    files = {"skewproof.yaml": SHOP, "openapi.yaml": OPENAPI % "sku", "pay.proto": PROTO % "int64"}
    (repository.origin / "migrations").mkdir()
    repository.commit({**files, "migrations/1.sql": TABLE, ".gitignore": "skewproof.changes.yaml\n"})
    git(repository.origin, "rm", "-q", "--cached", "skewproof.changes.yaml")
    repository.commit({})
    git(repository.origin, "tag", "running")
    repository.branch("column", {"migrations/2.sql": "ALTER TABLE orders DROP COLUMN note;\n"})
    folder = repository.check_out("column")
    run = repository.run(folder, derive="HEAD^1")
    assert run.failed
    ((title, where),) = list_annotations(run)
    line = int(where.removeprefix("skewproof.changes.yaml,line="))
    assert (folder / "skewproof.changes.yaml").read_text().splitlines()[line - 1].startswith("  db/orders:")
    assert title.startswith("SKW101 api V1 meets db V2")
    assert "the column `orders.note` is gone (skewproof writes-column, migrations/2.sql:1" in run.log
    evidence = folder / "skewproof-evidence"
    assert all((evidence / name).is_file() for name in ("report.html", "skewproof.sarif", "skewproof.xml"))
    assert list((evidence / "drawings").glob("*.svg"))

    given = ("--changes", "skewproof.changes.yaml", "-o", str(repository.origin / "skewproof.accept.yaml"))
    assert invoke("baseline", "skewproof.yaml", *given, cwd=folder).returncode == 0
    git(repository.origin, "checkout", "-q", "column")
    repository.commit({})
    run = repository.run(repository.check_out("column"), derive="HEAD^1")
    assert (run.failed, list_annotations(run)) == (False, []), run.log
    repository.merge("column")

    broken = {"openapi.yaml": OPENAPI % "sku, count", "pay.proto": PROTO % "string"}
    repository.branch("contracts", broken)
    folder = repository.check_out("contracts")
    git(folder, "fetch", "-q", "--unshallow", "--tags")
    run = repository.run(folder, derive="running")
    assert run.failed
    assert {title.partition("%3A")[0] for title, _ in list_annotations(run)} == {
        "SKW101 web V1 meets api V2",
        "SKW101 api V1 meets pay V2",
    }
    assert "db/orders:" in (folder / "skewproof.changes.yaml").read_text()

    repository.branch("fits", {"migrations/3.sql": "ALTER TABLE orders ADD COLUMN gift boolean;\n"})
    run = repository.run(repository.check_out("fits"), derive="HEAD^1")
    assert (run.failed, list_annotations(run)) == (False, []), run.log


def assert_evidence_is_there(evidence: Path, run: Run) -> None:
    """Kept although the verdict failed: report, drawings, SARIF with the line, JSON, tests."""
    assert run.skipped == [DERIVING, "Paths that nobody declared, others each time"]
    assert run.used["actions/upload-artifact"]["path"] == evidence.name
    sent = run.used["github/codeql-action/upload-sarif"]["sarif_file"]
    log = json.loads((evidence.parent / sent).read_text())
    lines = {
        result["locations"][0]["physicalLocation"]["region"]["startLine"]
        for result in log["runs"][0]["results"]
    }
    assert lines == {3}
    assert "<html" in (evidence / "report.html").read_text()
    assert list((evidence / "drawings").glob("*.svg"))
    assert json.loads((evidence / "skewproof.json").read_text())["verdict"] == "unsafe"
    assert "<testsuite" in (evidence / "skewproof.xml").read_text()


def test_at_night_paths_are_hunted_and_the_whole_is_judged(repository: Repository) -> None:
    folder = repository.origin
    (folder / "skewproof.changes.yaml").write_text(COLUMN)
    run = repository.run(folder, event="schedule")
    assert run.failed
    assert {where for _, where in list_annotations(run)} == {"skewproof.changes.yaml,line=3"}
    assert run.skipped == [DERIVING, "One comment, kept up to date"]
    assert "tried: " in run.log, "the hunt, although the release is unsafe"


def test_wrong_input_fails_with_a_note_on_its_line(repository: Repository) -> None:
    repository.branch("wrong", {"skewproof.changes.yaml": NOTHING + "chnages: {}\n"})
    run = repository.run(repository.check_out("wrong"))
    assert run.failed
    assert {where for _, where in list_annotations(run)} == {"skewproof.changes.yaml,line=2"}, run.log


def test_what_the_action_installs_is_its_own_sources() -> None:
    steps = {step["name"]: step for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]}
    install = steps["Install"]
    assert install["env"].pop("SOURCE") == "${{ github.action_path }}"
    assert install["run"].startswith("python -m pip install ")
    assert install["run"].endswith('-c "$SOURCE/docs/ci/constraints.txt" "$SOURCE$EXTRA"')
    (extra,) = install["env"].values()
    assert evaluate(extra, {"inputs": {"derive": ""}}) == ""
    assert evaluate(extra, {"inputs": {"derive": "v1"}}) == "[evidence]"


def test_what_is_pinned_is_all_that_is_needed_and_allowed() -> None:
    lines = (CI / "constraints.txt").read_text().splitlines()
    pinned = dict(line.lower().split("==") for line in lines if not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for needed in map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["evidence"]]):
        assert needed.specifier.contains(pinned[needed.name.lower()]), needed


def run_gitlab(folder: Path, job: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A job of the pipeline, but for what it installs."""
    pipeline = yaml.safe_load(GITLAB.read_text())
    hidden = pipeline[pipeline[job]["extends"]]
    before = [line for line in hidden["before_script"] if "pip install" not in line]
    assert len(before) == len(hidden["before_script"]) - 1
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    script = "\n".join([*before, *pipeline[job]["script"]])
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_merge_request_on_gitlab_does_so_too(repository: Repository) -> None:
    base = git(repository.origin, "rev-parse", "main")
    repository.branch("column", {"skewproof.changes.yaml": COLUMN})
    done = run_gitlab(repository.origin, "release-safety", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert done.returncode == 1, done.stderr
    assert "1 new, 0 fixed, 0 unchanged" in done.stdout
    evidence = repository.origin / "skewproof-evidence"
    (told,) = json.loads((evidence / "gl-code-quality-report.json").read_text())
    assert (told["location"]["path"], told["location"]["lines"]["begin"]) == ("skewproof.changes.yaml", 3)
    reports = yaml.safe_load(GITLAB.read_text())[".skewproof"]["artifacts"]["reports"].values()
    assert all((repository.origin / name).is_file() for name in reports)
    assert (evidence / "report.html").is_file()
    assert list((evidence / "drawings").glob("*.svg"))
    (repository.origin / "skewproof.changes.yaml").write_text(NOTHING)
    assert (
        run_gitlab(repository.origin, "release-safety", CI_MERGE_REQUEST_DIFF_BASE_SHA=base).returncode == 0
    )
    assert run_gitlab(repository.origin, "hunt-at-night", CI_PIPELINE_IID="7").returncode == 0


def test_the_snippet_for_make_does_so_too(repository: Repository) -> None:
    folder = repository.origin
    repository.branch(
        "column",
        {"skewproof.changes.yaml": COLUMN, ".skewproof.toml": "changes = 'skewproof.changes.yaml'\n"},
    )
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])

    def make(target: str) -> int:
        command = ["make", "-s", "-f", str(CI / "release-safety.mk"), target, "BASE=main"]
        return subprocess.run(
            command, cwd=folder, env={**os.environ, "PATH": path}, check=False, capture_output=True
        ).returncode

    assert make("release-safety") != 0
    assert make("release-evidence") == 0
    assert (folder / "skewproof-evidence" / "report.html").is_file()
    assert make("release-baseline") == 0
    (folder / ".skewproof.toml").write_text(
        "changes = 'skewproof.changes.yaml'\naccept = ['skewproof.accept.yaml']\n"
    )
    assert make("release-safety") == 0
    (folder / "skewproof.changes.yaml").write_text(NOTHING)
    assert make("release-hunt") == 0


def test_the_hooks_of_pre_commit_judge(repository: Repository) -> None:
    folder = repository.origin
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    names = ["skewproof.yaml", "a/skewproof.changes.yaml", "shop.skew.yml"]
    for hook in hooks.values():
        assert all(re.search(hook["files"], name) for name in names)
        assert not re.search(hook["files"], "docs/myskewproof.yaml")
    words = [[*hook["entry"].split(), *hook["args"]][1:] for hook in hooks.values()]
    (folder / "skewproof.yaml").write_text(STARTER)
    assert [invoke(*one, cwd=folder).returncode for one in words] == [1, 0]


def test_the_comment_is_one_comment(tmp_path: Path) -> None:
    """Among many, and however long it is."""
    text = tmp_path / "comment.md"
    with serve() as server:
        for number in range(130):
            server.add(f"comment {number}", author="User")

        def comment(body: str) -> None:
            text.write_text(body)
            env = {
                "GITHUB_API_URL": server.url,
                "GITHUB_REPOSITORY": "owner/repository",
                "GITHUB_TOKEN": TOKEN,
            }
            command = [sys.executable, str(CI / "comment.py"), "1", str(text)]
            subprocess.run(command, env={**os.environ, **env}, check=True)

        comment("<!-- skewproof -->\nfirst")
        comment("<!-- skewproof -->\nsecond")
        assert len(server.comments) == 131
        assert server.comments[-1]["body"] == "<!-- skewproof -->\nsecond"
        comment("<!-- skewproof -->\n" + "a line of many\n" * 10_000)
        assert len(server.comments) == 131
        assert len(server.comments[-1]["body"]) <= 65_536
        assert server.comments[-1]["body"].endswith("The rest is in the evidence of this run.\n")
