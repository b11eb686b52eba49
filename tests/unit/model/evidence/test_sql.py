"""SQL: migrations in each dialect, code of one version at the tables of another."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import sql
from skewproof.model.evidence.judgement import Access, Grade, find_worst
from skewproof.model.evidence.sides import MemoryTree, Options, Side
from support.contracts import grade_both, judge, write_side

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

TABLE = "CREATE TABLE t (a int NOT NULL, b varchar(20), c int NOT NULL DEFAULT 1);\n"


def _grades(new: str, old: str = TABLE, dialect: str = "postgres", **options: object) -> tuple[Grade, Grade]:
    sides = write_side(old, 0, path="m.sql"), write_side(new, 1, path="m.sql")
    return grade_both(sql.compare, *sides, Options(dialect, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("ALTER TABLE t ADD COLUMN d int", (C, B)),
        ("ALTER TABLE t ADD COLUMN d int NOT NULL", (B, B)),
        ("ALTER TABLE t ADD COLUMN d int NOT NULL DEFAULT 3", (C, B)),
        ("ALTER TABLE t DROP COLUMN b", (B, C)),
        ("ALTER TABLE t DROP COLUMN a", (B, B)),
        ("ALTER TABLE t RENAME COLUMN b TO d", (B, B)),
        ("ALTER TABLE t ALTER COLUMN a DROP NOT NULL", (M, B)),
        ("ALTER TABLE t ALTER COLUMN b TYPE varchar(10)", (B, C)),
        ("ALTER TABLE t ALTER COLUMN b TYPE text", (C, M)),
        ("ALTER TABLE t ALTER COLUMN a TYPE bigint", (M, M)),
        ("ALTER TABLE t ALTER COLUMN a TYPE text", (B, B)),
        ("ALTER TABLE t ALTER COLUMN c DROP DEFAULT", (B, C)),
        ("ALTER TABLE t ALTER COLUMN c SET DEFAULT 2", (S, S)),
        ("ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0)", (M, C)),
        ("CREATE UNIQUE INDEX i ON t (b)", (M, M)),
        ("CREATE INDEX i ON t (b)", (C, C)),
        ("DROP TABLE t", (B, C)),
        ("ALTER TABLE t RENAME TO u", (B, B)),
        ("CREATE TABLE u (a int)", (C, B)),
        ("INSERT INTO t VALUES (1)", (C, C)),
        ("ALTER TABLE t ENABLE TRIGGER ALL", (U, U)),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$", (U, U)),
        ("CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()", (U, U)),
        ("ALTER TABLE", (U, U)),
    ],
)
def test_a_migration_of_postgres(new: str, expected: tuple[Grade, Grade]) -> None:
    new = new if "CREATE TABLE" not in new and "INSERT" not in new and "INDEX" not in new else TABLE + new
    if new.startswith(("DO", "CREATE TRIGGER")):
        new = TABLE + new
    assert _grades(new) == expected


@pytest.mark.parametrize("dialect", ["mysql", "sqlite", "tsql", "oracle", "postgres"])
@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("ALTER TABLE t DROP COLUMN b", (B, C)),
        (TABLE.replace("b varchar(20)", "b varchar(20), d int"), (C, B)),
        (TABLE.replace("b varchar(20)", "b varchar(10)"), (B, C)),
    ],
)
def test_a_migration_of_any_dialect(dialect: str, new: str, expected: tuple[Grade, Grade]) -> None:
    assert _grades(new, dialect=dialect) == expected


@pytest.mark.parametrize(
    "new", ["ALTER TABLE t MODIFY b varchar(5)", "CALL something()", "ALTER TABLE t FOO BAR"]
)
def test_what_sqlglot_only_passes_on_is_unknown(new: str) -> None:
    assert U in _grades(new, dialect="mysql") or B in _grades(new, dialect="mysql")


def test_an_unknown_dialect_is_named_with_those_known() -> None:
    old, new = write_side(TABLE, 0, path="m.sql"), write_side(TABLE, 1, path="m.sql")
    found = judge(sql.compare, old, new, Options("mysqll"))
    assert [(one.grade, "mysql" in one.message) for one in found] == [(U, True)]


def test_an_enum_with_one_value_more() -> None:
    old = "CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x m)"
    assert _grades("CREATE TYPE m AS ENUM ('a', 'b'); CREATE TABLE t (x m)", old) == (M, B)


def test_a_folder_of_migrations_is_read_in_order_and_without_its_downs() -> None:
    files = {
        "m/V1__t.sql": TABLE.encode(),
        "m/V2__b.sql": b"ALTER TABLE t ADD COLUMN d int;",
        "m/V2__b.down.sql": b"DROP TABLE t;",
        "m/V10__c.sql": b"-- +goose Up\nALTER TABLE t DROP COLUMN d;\n-- +goose Down\nDROP TABLE t;\n",
    }
    old = Side(MemoryTree({name: files[name] for name in list(files)[:3]}, "old"), "m", "t", 0)
    new = Side(MemoryTree(files, "new"), "m", "t", 1)
    found = judge(sql.compare, old, new)
    assert {(one.verb, str(one.spot)) for one in found} == {
        (Access.READS, "m/V10__c.sql:2"),
        (Access.WRITES, "m/V10__c.sql:2"),
    }
    assert judge(sql.compare, new, old) == []


def test_a_table_that_was_made_elsewhere() -> None:
    """Of a table that no file creates only what is altered is known."""
    assert _grades("ALTER TABLE users DROP COLUMN name", "SELECT 1") == (B, C)
    assert _grades("ALTER TABLE users ADD COLUMN name int", "SELECT 1") == (C, B)
    assert _grades("ALTER TABLE users ALTER COLUMN name TYPE text", "SELECT 1") == (U, U)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT a FROM t", C),
        ("SELECT b FROM t AS x WHERE x.a = 1", B),
        ("SELECT * FROM t", B),
        ("SELECT b FROM other", C),
        ("UPDATE t SET a = 1", C),
        ("UPDATE t SET b = 'x'", B),
        ("INSERT INTO t (a) VALUES (1)", C),
        ("INSERT INTO t VALUES (1, 'x', 2)", B),
        ("EXEC )(", B),
    ],
)
def test_queries_say_what_code_touches(query: str, expected: Grade) -> None:
    old, new = write_side(TABLE, 0, path="m.sql"), write_side("ALTER TABLE t DROP COLUMN b", 1, path="m.sql")
    options = Options(queries=(("q.sql", query),))
    assert find_worst(judge(sql.compare, old, new, options)) is expected


def test_a_bomb_of_brackets_is_not_judged() -> None:
    text = f"SELECT {'(' * 20_000}1{')' * 20_000}"
    assert _grades(text, text) == (U, U)
    assert _grades(text, text, "mysql") == (U, U)
