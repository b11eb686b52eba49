"""Deriving: from sources to judgements, on trees in memory and in folders."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from skewproof.model.evidence.deriving import Deriving, list_statements
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import UnjudgedError
from skewproof.model.evidence.trees import FolderTree, RevisionError, open_root
from skewproof.model.evidence.writing import write_changes
from skewproof.model.language import loads
from skewproof.properties.checker import check

TEXT = dedent("""
    components: {a: {kind: service}, db: {kind: database}, t: {kind: broker}}
    requests:
      r: [client calls a: x, a reads db: u, a publishes t: m]
    pipeline: [M: [migrate db], A: [deploy a]]
    sources: {%s}
""")
TABLE = "CREATE TABLE u (a int, b int)"


def _write(tmp_path: Path, old: dict[str, str], new: dict[str, str]) -> None:
    for side, files in (("old", old), ("new", new)):
        (tmp_path / side).mkdir()
        for name, text in files.items():
            path = tmp_path / side / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def _grades(tmp_path: Path, sources: str) -> dict[str, Grade]:
    deployment = loads(TEXT % sources)
    derived = Deriving(deployment, tmp_path, f"{tmp_path}/old/", f"{tmp_path}/new/").derive()
    return {f"{one.contract} {' -> '.join(one.pair)}": one.grade for one in derived.judgements}


def test_what_no_hop_does_is_let_go(tmp_path: Path) -> None:
    """The one hop reads; a column that must be written breaks nobody."""
    _write(tmp_path, {"m.sql": TABLE}, {"m.sql": f"{TABLE}; ALTER TABLE u ADD COLUMN c int NOT NULL"})
    grades = _grades(tmp_path, "db/u: {sql: 'm.sql#u'}")
    assert grades == {"db/u V1 -> V2": Grade.COMPATIBLE, "db/u V2 -> V1": Grade.BREAKS}


BOTH = (TEXT % "db/u: {sql: 'm.sql#u'}").replace("a reads db: u,", "a reads db: u, a writes db: u,")


@pytest.mark.parametrize(
    ("statement", "breaks"),
    [
        (
            "ADD COLUMN c int NOT NULL",
            "{schema: {reads: {V2 -> V1: error}, writes: {V1 -> V2: error, V2 -> V1: error}}}",
        ),
        ("ALTER COLUMN a SET NOT NULL", "{schema: {reads: {V2 -> V1: degraded}, writes: {V1 -> V2: error}}}"),
        ("DROP COLUMN a", "{V1 -> V2: error}"),
    ],
)
def test_reads_and_writes_are_told_apart(tmp_path: Path, statement: str, breaks: str) -> None:
    _write(tmp_path, {"m.sql": TABLE}, {"m.sql": f"{TABLE}; ALTER TABLE u {statement}"})
    derived = Deriving(loads(BOTH), tmp_path, f"{tmp_path}/old/", f"{tmp_path}/new/").derive()
    text = write_changes(derived.judgements, "old", "new")
    assert f"    breaks: {breaks}\n" in text
    versions = {
        (hazard.hop, hazard.consumer_version, str(hazard.severity))
        for hazard in check(loads(BOTH + text)).at_hops
        if hazard.aspect is not None
    }
    old = {(3, "V1", "error")} | ({(2, "V1", "error")} if statement.startswith("DROP") else set())
    assert versions == old  # the schema moves before the code


def test_what_travels_on_keeps_its_pairs_for_all_verbs(tmp_path: Path) -> None:
    _write(tmp_path, {"m.sql": TABLE}, {"m.sql": f"{TABLE}; ALTER TABLE u ALTER COLUMN a SET NOT NULL"})
    text = BOTH.replace("a publishes t: m", "a publishes t: m using u")
    derived = Deriving(loads(text), tmp_path, f"{tmp_path}/old/", f"{tmp_path}/new/").derive()
    assert "breaks: {V1 -> V2: error, V2 -> V1: degraded}" in write_changes(derived.judgements, "old", "new")


def test_queries_are_those_of_the_consumers_revision(tmp_path: Path) -> None:
    old = {"m.sql": TABLE, "q/a.sql": "SELECT a, b FROM u"}
    new = {"m.sql": f"{TABLE}; ALTER TABLE u DROP COLUMN b", "q/a.sql": "SELECT a FROM u"}
    _write(tmp_path, old, new)
    source = "db/u: {sql: 'm.sql#u', queries: ['q/*.sql']}"
    assert _grades(tmp_path, source)["db/u V1 -> V2"] is Grade.BREAKS
    (tmp_path / "old/q/a.sql").write_text("SELECT a FROM u")
    assert _grades(tmp_path, source)["db/u V1 -> V2"] is Grade.COMPATIBLE


def test_a_recorded_log_is_a_table_of_queries() -> None:
    log = 'calls,query\n3,"SELECT a FROM u WHERE b = $1"\n'
    assert list_statements("log.csv", log) == [("log.csv", "SELECT a FROM u WHERE b = NULL")]
    for wrong in ("calls\n1\n", "query\n" + "x" * 200_000):
        with pytest.raises(UnjudgedError):
            list_statements("log.csv", wrong)


def test_results_alone_know_one_direction(tmp_path: Path) -> None:
    _write(tmp_path, {}, {})
    (tmp_path / "oasdiff.json").write_text('[{"id": "x", "level": 3, "text": "gone"}]')
    grades = _grades(tmp_path, "a/x: {oasdiff: oasdiff.json}")
    assert grades == {"a/x V1 -> V2": Grade.BREAKS, "a/x V2 -> V1": Grade.UNKNOWN}


def test_a_contract_that_is_new_is_missed_by_new_consumers_alone(tmp_path: Path) -> None:
    _write(tmp_path, {}, {"s.json": "{}"})
    grades = _grades(tmp_path, "t/m: {jsonschema: s.json}")
    assert grades == {"t/m V1 -> V2": Grade.COMPATIBLE, "t/m V2 -> V1": Grade.BREAKS}


def test_a_file_that_is_nowhere_is_unknown(tmp_path: Path) -> None:
    _write(tmp_path, {}, {})
    assert set(_grades(tmp_path, "t/m: {jsonschema: s.json}").values()) == {Grade.UNKNOWN}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Whatever a stranger's contract has in its names."""
    old = '{"type": "object", "required": ["x"], "properties": {"\\"}: \\u202e\'#": {"type": "string"}}}'
    new = '{"type": "object", "properties": {"\\"}: \\u202e\'#": {"type": "integer"}}}'
    _write(tmp_path, {"s.json": old}, {"s.json": new})
    deployment = loads(TEXT % "t/m: {jsonschema: s.json}")
    derived = Deriving(deployment, tmp_path, f"{tmp_path}/old/", f"{tmp_path}/new/").derive()
    text = write_changes(derived.judgements, "old", "new")
    (change,) = (one for one in loads(TEXT % "", changes=text).changed.values() if not one.implied)
    assert {pair: len(reasons) for pair, reasons in change.evidence.items()} == {
        ("V1", "V2"): 2,
        ("V2", "V1"): 1,
    }


def test_a_folder_ends_at_its_root(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_text("x")
    (tmp_path / "in/link").symlink_to(tmp_path / "secret")
    tree = FolderTree(tmp_path / "in", "in")
    for path in ("../secret", "link", "/etc/passwd", ""):
        with pytest.raises(UnjudgedError):
            tree.read(path)
    with pytest.raises(RevisionError):
        open_root(f"{tmp_path}/nowhere/", tmp_path)


@pytest.mark.parametrize(("contract", "forward"), [("a/x", Grade.BREAKS), ("t/m", Grade.COMPATIBLE)])
def test_what_is_called_is_sent_as_well(tmp_path: Path, contract: str, forward: Grade) -> None:
    """A field that the newer side needs: who calls must send it; who takes it up finds it."""
    texts = [f'{{"type": "object", "required": {names}}}' for names in ("[]", '["k"]')]
    _write(tmp_path, {"x.json": texts[0]}, {"x.json": texts[1]})
    grades = _grades(tmp_path, f"{contract}: {{jsonschema: x.json}}")
    assert grades == {f"{contract} V1 -> V2": forward, f"{contract} V2 -> V1": Grade.BREAKS}
