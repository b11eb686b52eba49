"""What the file of changes takes away from what the deployment says is told, never taken in silence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.command import ROOT, invoke

OWN = """
components: {app: {kind: service, replicas: 2}, db: {kind: database}, c: {kind: cache}}
requests: {r: [client calls app: x, app writes db: order, app reads c: k, app writes c: k]}
pipeline: [{Migrate: [migrate db]}, {Deploy: [deploy app]}]
changes:
  db/order: {breaks: %s}
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(OWN % "{schema: [V1 -> V2]}")
    return "own.yaml"


def test_a_break_that_the_release_takes_away_is_told(own: str) -> None:
    """`silent/c1`: the file breaks, the release says that nothing does."""
    assert invoke("check", own).returncode == 1
    changes = str(ROOT / "tests" / "faults" / "silent" / "c1.yaml")
    told = invoke("check", own, "--changes", changes)
    assert told.returncode == 0
    words = re.sub(r"\s+", " ", told.stdout)
    says = "overridden own.yaml:6:3: `breaks schema` of db/order does not hold: the file of changes"
    assert says in words
    answer = json.loads(invoke("check", own, "--changes", changes, "--format", "json").stdout)
    assert (answer["verdict"], answer["assumed"]["overridden"]) == ("safe", ["db/order"])


@pytest.mark.parametrize(
    ("mine", "theirs", "lost"),
    [
        ("{schema: [V1 -> V2]}", "db/order: {breaks: {schema: [V1 -> V2]}}", ""),
        ("{schema: [V1 -> V2]}", "db/order: {breaks: both}", ""),
        ("{schema: [V1 -> V2]}", "db/order: {breaks: {schema: [V2 -> V1]}}", "`breaks schema`"),
        ("[V1 -> V2]", "db/order: {breaks: {schema: [V1 -> V2]}}", "`breaks`"),
        ("none", "db/order: {breaks: both}", ""),
        ("{schema: [V1 -> V2]}", "db/*: {breaks: none}", "`breaks schema`"),
        ("{schema: [V1 -> V2]}", "c/k: {breaks: none}", ""),
        ("none, exists: [V2]", "db/order: {breaks: none}", "`exists`"),
        ("none, rows: kept", "db/order: {breaks: none}", "`rows`"),
        ("none, rows: kept, expires: true", "db/order: {breaks: none, rows: kept}", "`expires`"),
        ("none, rows: kept, from: c/k", "db/order: {breaks: none, rows: kept}", "`from`"),
        ("none, rows: kept, starts: [V2]", "db/order: {breaks: none, rows: kept}", "`starts`"),
        ("both, severity: corruption", "db/order: {breaks: both}", "`severity`"),
        ("both", "db/order: {breaks: both, severity: degraded}", ""),
        ("{schema: both}, severity: degraded", "db/order: {breaks: none}", "`breaks schema`, `severity`"),
    ],
)
def test_each_key_that_is_lost_is_named(own: str, mine: str, theirs: str, lost: str) -> None:
    Path(own).write_text(OWN % mine)
    Path("their.yaml").write_text(f"changes:\n  {theirs}\n")
    told = re.sub(r"\s+", " ", invoke("check", own, "--changes", "their.yaml").stdout)
    assert (f"own.yaml:6:3: {lost} of db/order does not hold" in told) is bool(lost)
    assert ("overridden" in told) is bool(lost)
