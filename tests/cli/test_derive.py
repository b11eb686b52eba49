"""`skewproof derive`: the whole way, in git repositories that the tests make."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from support.command import invoke

DEPLOYMENT = """
    components:
      web: {kind: service, replicas: 2}
      api: {kind: service, replicas: 2}
      pay: {kind: service}
      db: {kind: database}
    requests:
      order:
        - client calls web: shop
        - web calls api: addOrder
        - api calls pay: Charge
        - api writes db: orders
    pipeline:
      - Migrate: [migrate db]
      - Roll: [deploy web api pay]
    sources:
      api/addOrder: {openapi: "api/openapi.yaml#/paths/~1orders/post"}
      pay/Charge: {proto: "proto/pay.proto#shop.Pay/Charge"}
      db/orders: {sql: "migrations#orders"}
"""
OPENAPI = """
    openapi: 3.0.3
    paths:
      /orders:
        post:
          operationId: addOrder
          requestBody:
            content:
              application/json:
                schema:
                  type: object
                  properties: {item: {type: string}%s}
          responses: {'201': {}}
"""
PROTO = """
    syntax = "proto3";
    package shop;
    service Pay { rpc Charge(Money) returns (Receipt); }
    message Money {
      string currency = 1;
      %s
    }
    message Receipt {}
"""
OLD = {
    "skewproof.yaml": DEPLOYMENT,
    "api/openapi.yaml": OPENAPI % "",
    "proto/pay.proto": PROTO % "int64 cents = 2;",
    "migrations/001_orders.sql": "CREATE TABLE orders (id int PRIMARY KEY, item text NOT NULL);\n",
}
ADDITIVE = {
    "api/openapi.yaml": OPENAPI % ", gift: {type: boolean}",
    "migrations/002_gift.sql": "ALTER TABLE orders ADD COLUMN gift boolean NOT NULL DEFAULT false;\n",
}
BREAKING = {**ADDITIVE, "proto/pay.proto": PROTO % "string cents = 2;"}


def _git(folder: Path, *arguments: str) -> str:
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def _commit(folder: Path, files: Mapping[str, str], tag: str) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", tag)
    _git(folder, "tag", tag)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits: what runs, a change that breaks nobody but needs its order, and one that breaks."""
    _git(tmp_path, "init", "-q")
    _commit(tmp_path, OLD, "v1")
    _commit(tmp_path, ADDITIVE, "additive")
    _commit(tmp_path, BREAKING, "breaking")
    return tmp_path


def _derive(repository: Path, head: str, *more: str, file: str = "skewproof.yaml") -> tuple[int, str, Path]:
    changes = repository / "changes.yaml"
    ran = invoke("derive", str(repository / file), "--base", "v1", "--head", head, "-o", str(changes), *more)
    return ran.returncode, ran.stderr, changes


def test_a_field_of_another_type_is_found_with_the_line_of_the_proto(repository: Path) -> None:
    status, told, changes = _derive(repository, "breaking")
    assert status == 0
    assert "pay/Charge V1 -> V2 breaks" in told
    checked = invoke(
        "check", str(repository / "skewproof.yaml"), "--changes", str(changes), "--format", "json"
    )
    answer = json.loads(checked.stdout)
    assert (checked.returncode, answer["verdict"]) == (1, "unsafe")
    to_blame = [one for one in answer["hazards"] if one["contract"] == "pay/Charge"]
    reasons = [reason for hazard in to_blame for reason in hazard["evidence"]]
    assert {(one["file"], one["line"]) for one in reasons} == {("proto/pay.proto", 6)}
    assert {(one["base"], one["head"]) for one in reasons} == {("v1", "breaking")}
    shown = invoke("check", str(repository / "skewproof.yaml"), "--changes", str(changes))
    assert "proto/pay.proto:6, v1 -> breaking" in " ".join(shown.stdout.split())


def test_the_commit_before_breaks_nobody(repository: Path) -> None:
    """The column comes first, so nobody misses it; the flag in the request is optional."""
    status, told, changes = _derive(repository, "additive")
    assert status == 0
    assert "db/orders V2 -> V1 breaks" in told
    checked = invoke("check", str(repository / "skewproof.yaml"), "--changes", str(changes))
    assert (checked.returncode, "SAFE" in checked.stdout) == (0, True), checked.stdout


def test_nothing_is_checked_out_and_nothing_is_written_but_the_output(repository: Path) -> None:
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    _derive(repository, "additive")
    after = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    assert after.pop(repository / "changes.yaml")
    assert after == before


def test_what_is_not_committed_is_read_without_a_head(repository: Path) -> None:
    (repository / "proto/pay.proto").write_text(dedent(PROTO % "bool cents = 2;"))
    ran = invoke("derive", str(repository / "skewproof.yaml"), "--base", "v1")
    assert "head: working tree" in ran.stdout.replace('"', "")
    assert "int64 is written and bool is read" in ran.stdout


def test_two_folders_can_be_compared(tmp_path: Path) -> None:
    for name, files in (("old", OLD), ("new", {**OLD, **BREAKING})):
        for path, text in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(dedent(text).lstrip("\n"))
    sides = [str(tmp_path / name) for name in ("old", "new")]
    ran = invoke("derive", str(tmp_path / "new/skewproof.yaml"), "--base", sides[0], "--head", sides[1])
    assert "pay/Charge V2 -> V1 breaks" in ran.stderr


def test_what_is_declared_and_is_not_so_is_refused(repository: Path) -> None:
    text = (repository / "skewproof.yaml").read_text() + "changes: {pay/Charge: {breaks: none}}\n"
    (repository / "declared.yaml").write_text(text)
    status, told, _ = _derive(repository, "breaking", file="declared.yaml")
    assert status == 2
    assert "pay/Charge V1 -> V2 is not declared to break, breaks by evidence" in told
    overridden = text.replace("Pay/Charge}", "Pay/Charge}").replace(
        'shop.Pay/Charge"}', 'shop.Pay/Charge", override: nobody charges during a roll}'
    )
    (repository / "declared.yaml").write_text(overridden)
    status, told, _ = _derive(repository, "breaking", file="declared.yaml")
    assert (status, "overridden: nobody charges during a roll" in told) == (0, True)


def test_what_cannot_be_read_is_unknown_and_only_then_the_verdict(repository: Path) -> None:
    (repository / "api/openapi.yaml").write_text("openapi: [\n")
    _git(repository, "commit", "-qam", "broken")
    _git(repository, "tag", "broken")
    (repository / "proto/pay.proto").write_text(dedent(OLD["proto/pay.proto"]))
    _git(repository, "commit", "-qam", "whole")
    status, told, changes = _derive(repository, "HEAD")
    assert (status, "api/addOrder V1 -> V2 unknown: not valid YAML" in told) == (0, True)
    checked = invoke("check", str(repository / "skewproof.yaml"), "--changes", str(changes))
    assert checked.returncode == 3
    assert "api/addOrder call V1 -> V2" in " ".join(checked.stdout.split())
    assert "if it breaks" in checked.stdout


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ((), "give --base"),
        (("--base", "nowhere"), "is no folder, and no revision"),
        (("--base", "--upload-pack=x"), "is no folder, and no revision"),
        (("--base", "v1", "--head", "v9"), "`v9` is no folder"),
    ],
)
def test_wrong_revisions_are_told(repository: Path, options: tuple[str, ...], word: str) -> None:
    ran = invoke("derive", str(repository / "skewproof.yaml"), *options)
    assert (ran.returncode, word in ran.stderr) == (2, True), ran.stderr


def test_a_file_without_sources_is_told_what_proposes_them(repository: Path) -> None:
    text = (repository / "skewproof.yaml").read_text().partition("sources:")[0]
    (repository / "bare.yaml").write_text(text)
    ran = invoke("derive", str(repository / "bare.yaml"), "--base", "v1")
    assert (ran.returncode, "--discover" in ran.stderr) == (2, True)


def test_sources_are_discovered_by_name(repository: Path) -> None:
    text = (repository / "skewproof.yaml").read_text()
    bare, _, _ = text.partition("sources:")
    (repository / "bare.yaml").write_text(bare)
    ran = invoke("derive", str(repository / "bare.yaml"), "--discover")
    assert ran.returncode == 0
    assert '# "web/shop": no file' in ran.stdout or "# web/shop: no file" in ran.stdout
    (repository / "found.yaml").write_text(bare + ran.stdout)
    _, told, changes = _derive(repository, "breaking", file="found.yaml")
    assert "pay/Charge V1 -> V2 breaks" in told
    assert "db/orders V2 -> V1 breaks" in told
    assert "api/addOrder" in changes.read_text()


def test_a_source_never_leaves_the_repository(repository: Path) -> None:
    text = (repository / "skewproof.yaml").read_text().replace("api/openapi.yaml", "../../etc/openapi.yaml")
    (repository / "out.yaml").write_text(text)
    status, told, _ = _derive(repository, "breaking", file="out.yaml")
    assert (status, "leads out" in told) == (0, True)


def test_a_link_in_the_tree_is_no_file(repository: Path) -> None:
    (repository / "api/openapi.yaml").unlink()
    (repository / "api/openapi.yaml").symlink_to("/etc/passwd")
    _git(repository, "add", "-A")
    _git(repository, "commit", "-qm", "link")
    _, told, _ = _derive(repository, "HEAD")
    assert "api/addOrder V1 -> V2 breaks: the contract is gone" in told
    ran = invoke("derive", str(repository / "skewproof.yaml"), "--base", "v1")
    assert "root:" not in ran.stdout + ran.stderr


def test_a_check_loads_nothing_of_evidence(repository: Path) -> None:
    program = (
        "import sys; from skewproof.cli.commands.check import check; "
        "from skewproof.model.language import load; "
        "from skewproof.properties import check as judge; judge(load(sys.argv[1])); "
        "print([name for name in sys.modules if 'evidence' in name or name in ('csv', 'sqlglot', 'avro')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(repository / "skewproof.yaml")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout == "[]\n"
