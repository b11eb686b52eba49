"""From two revisions of a repository to a verdict; only where contracts lie is typed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from support.command import invoke
from support.importing import write_manifests

COMPOSE = """
    services:
      web:
        image: shop/web
        build: web
        ports: ["80:80"]
        deploy: {replicas: 2, update_config: {order: start-first}}
        environment: {API_URL: "http://api:8000", PAY_ADDR: "pay:50051"}
      migrate:
        image: shop/api
        command: alembic upgrade head
        environment: {DB_URL: "postgres://u:p@db/shop"}
      api:
        image: shop/api
        deploy: {replicas: 2, update_config: {order: start-first}}
        environment: {DB_URL: "postgres://u:p@db/shop"}
        depends_on: {migrate: {condition: service_completed_successfully}}
      pay:
        image: shop/pay
        deploy: {replicas: 2, update_config: {order: start-first}}
      db: {image: "postgres:16"}
"""
OPENAPI = """
    openapi: 3.0.3
    paths:
      /orders:
        post:
          requestBody:
            content:
              application/json:
                schema: {type: object, properties: {item: {type: string}}}
          responses: {'201': {}}
"""
PROTO = """
    syntax = "proto3";
    package shop;
    service Pay { rpc Charge(Money) returns (Receipt); }
    message Money { string currency = 1; %s }
    message Receipt {}
"""
SOURCES = """
sources:
  api/api: {openapi: api/openapi.yaml}
  pay/api: {proto: proto/pay.proto}
  db/data: {sql: migrations}
"""
OLD = {
    "compose.yaml": COMPOSE,
    "api/openapi.yaml": OPENAPI,
    "proto/pay.proto": PROTO % "\n  int64 cents = 2;\n",
    "migrations/001.sql": "CREATE TABLE orders (id int PRIMARY KEY, item text NOT NULL);\n",
}
ADDED = {"migrations/002.sql": "ALTER TABLE orders ADD COLUMN gift boolean NOT NULL DEFAULT false;\n"}
BROKEN = {"proto/pay.proto": PROTO % "\n  string cents = 2;\n"}
SPLIT = {"proto/pay.proto": PROTO % "\n  int64 cents = 2;\n  string amount = 3;\n"}


def git(folder: Path, *arguments: str) -> None:
    names = {f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **names}
    subprocess.run(["git", "-C", str(folder), *arguments], env=environment, check=True, capture_output=True)


def commit(folder: Path, files: dict[str, str], tag: str) -> None:
    write_manifests(folder, {name: dedent(text) for name, text in files.items()})
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", tag)
    git(folder, "tag", tag)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    commit(tmp_path, OLD, "v1")
    commit(tmp_path, {**ADDED, **BROKEN}, "broken")
    commit(tmp_path, SPLIT, "split")
    return tmp_path


@pytest.mark.parametrize(("head", "verdict"), [("broken", "unsafe"), ("split", "safe")])
def test_the_verdict_is_that_of_the_contracts(repository: Path, head: str, verdict: str) -> None:
    file, changes = repository / "skewproof.yaml", repository / "changes.yaml"
    assert invoke("import", str(repository / "compose.yaml"), "-o", str(file)).returncode == 0
    file.write_text(file.read_text() + SOURCES)
    ran = invoke("derive", str(file), "--base", "v1", "--head", head, "-o", str(changes))
    assert ran.returncode == 0, ran.stderr
    checked = invoke("check", str(file), "--changes", str(changes), "--format", "json")
    answer = json.loads(checked.stdout)
    hop = [one for one in answer["hazards"] if one["kind"] == "incompatible"]
    assert answer["verdict"] == verdict, checked.stdout
    assert {one["contract"] for one in hop} == ({"pay/api"} if verdict == "unsafe" else set())
    if hop:
        assert "proto/pay.proto" in json.dumps(hop)
    assert invoke("import", str(repository / "compose.yaml"), "-o", str(file)).returncode == 0
    assert file.read_text().endswith(SOURCES)
