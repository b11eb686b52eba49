"""Kinds of migrations of PostgreSQL, views: old code at the new tables, and new code at the old ones."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import sql
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options
from support.contracts import judge, write_side
from support.kinds import Kind
from support.sql_kinds import B, C, Migrations, S, U

KINDS = Migrations()
TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, a int, b text NOT NULL DEFAULT 'x', d int NOT NULL);\n"
VIEW = TABLE + "CREATE VIEW v AS SELECT id, a FROM t;\n"


def add(name: str, statements: str, forward: Grade, backward: Grade, why: str = "", base: str = VIEW) -> None:
    """What a migration does to a table and a view of it."""
    KINDS.add(name, statements, forward, backward, why, base)


# --- a view in the place of a table ---
add("table renamed", "ALTER TABLE t RENAME TO tt; CREATE VIEW t AS SELECT * FROM tt;", C, B, "", TABLE)
add(
    "column renamed",
    "ALTER TABLE t RENAME TO tt; ALTER TABLE tt RENAME a TO aa; CREATE VIEW t AS SELECT id, aa AS a, b, d FROM tt;",
    C,
    B,
    "the view has the names that old code knows",
    TABLE,
)
add("less is shown", "ALTER TABLE t RENAME TO tt; CREATE VIEW t AS SELECT id, b, d FROM tt;", B, B, "", TABLE)
add(
    "what must be written is not shown",
    "ALTER TABLE t RENAME TO tt; CREATE VIEW t AS SELECT id, a, b FROM tt;",
    B,
    B,
    "`d` must be there in each row",
    TABLE,
)
add(
    "columns exchanged",
    "ALTER TABLE t RENAME TO tt; CREATE VIEW t AS SELECT id, d AS a, b, a AS d FROM tt;",
    B,
    B,
    "silent where it is read; NULL is refused",
    TABLE,
)
add(
    "a join",
    "ALTER TABLE t RENAME TO tt; CREATE VIEW t AS SELECT tt.* FROM tt JOIN o ON o.id = tt.id;",
    B,
    B,
    "nobody can write to it",
    TABLE + "CREATE TABLE o (id bigint);\n",
)
add("another table", "DROP TABLE t; CREATE VIEW t AS SELECT 1 AS id;", B, B, "", TABLE)
# --- a view in the place of a view ---
add("view added", "CREATE VIEW v AS SELECT id FROM t;", C, B, "", TABLE)
add("view dropped", "DROP VIEW v;", B, C)
add("view renamed", "ALTER VIEW v RENAME TO w;", B, B)
add("column added", "CREATE OR REPLACE VIEW v AS SELECT id, a, b FROM t;", C, B)
add("column gone", "DROP VIEW v; CREATE VIEW v AS SELECT id FROM t;", B, C)
add("column renamed in the view", "ALTER VIEW v RENAME COLUMN a TO aa;", B, B)
add(
    "column renamed in the table",
    "ALTER TABLE t RENAME COLUMN a TO aa;",
    B,
    B,
    "the table's readers; the view stays",
)
add("column named by the view", "DROP VIEW v; CREATE VIEW v (id, aa) AS SELECT id, a FROM t;", B, B)
add("said again", "CREATE OR REPLACE VIEW v AS SELECT t.id, t.a FROM t;", C, C, "in other words")
add(
    "other rows",
    "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t WHERE a > 0;",
    U,
    U,
    "no rule compares conditions",
)
add("computed", "CREATE OR REPLACE VIEW v AS SELECT id, abs(a) AS a FROM t;", B, U, "old code writes it")
add("table under a new name", "ALTER TABLE t RENAME TO tt;", B, B, "the table's users; the view stays")
add("column dropped below", "ALTER TABLE t DROP COLUMN a CASCADE;", B, C, "the view goes with it")
add("table dropped below", "DROP TABLE t CASCADE;", B, C, "the view goes with it")
add(
    "rows of another table",
    "DROP VIEW v; CREATE VIEW v AS SELECT id, a FROM o;",
    S,
    B,
    "new code does not know `d`, which old rows need",
    VIEW + "CREATE TABLE o (id bigint PRIMARY KEY, a int);\n",
)
add(
    "a trigger that writes",
    "CREATE TRIGGER g INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f();",
    U,
    U,
)
add(
    "all of what is not told",
    "CREATE VIEW w AS SELECT * FROM elsewhere;",
    C,
    U,
    "which columns it has is not known",
)
add("kept rows", "CREATE MATERIALIZED VIEW m AS SELECT id FROM t;", C, B)
add("several queries", "CREATE VIEW w AS SELECT a FROM t UNION SELECT d FROM t;", C, B)
add("queries of its own", "CREATE VIEW w AS WITH q AS (SELECT a FROM t) SELECT a FROM q;", C, B)
add("one column of two", "CREATE VIEW w AS SELECT * FROM t JOIN o USING (id);", C, U, "", TABLE)
add(
    "listed values", "CREATE VIEW w AS VALUES (1);", C, U, "only PostgreSQL knows what they are called", TABLE
)
add("without a name", "CREATE VIEW w AS SELECT 1;", C, U, "only PostgreSQL knows it", TABLE)
add(
    "computed of another type",
    "DROP VIEW v; ALTER TABLE t ALTER COLUMN a TYPE text; CREATE VIEW v AS SELECT greatest(a, a) AS k FROM t;",
    B,
    B,
    "of the table; of the view it is unknown",
    TABLE + "CREATE VIEW v AS SELECT greatest(a, a) AS k FROM t;\n",
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(sql.compare, "m.sql") == kind.grades


RENAMED = "ALTER TABLE t RENAME COLUMN a TO aa;"


@pytest.mark.parametrize(
    ("query", "expected"), [("SELECT id, a FROM v", (C, C)), ("SELECT a FROM t", (B, C))]
)
def test_what_is_renamed_below_a_view_keeps_its_name_there(query: str, expected: tuple[Grade, Grade]) -> None:
    options = Options(queries=(("q.sql", query),))
    kind = Kind("", VIEW, VIEW + RENAMED, *expected)
    assert kind.judge(sql.compare, "m.sql", options)[0] == expected[0]


def test_a_table_that_was_there_before_has_the_column_that_a_view_shows() -> None:
    options = Options(queries=(("q.sql", "SELECT k FROM elsewhere"),))
    statements = "CREATE VIEW w AS SELECT k FROM elsewhere;"
    assert Kind("", TABLE, TABLE + statements, C, C).judge(sql.compare, "m.sql", options) == (C, C)


def test_views_that_show_more_than_is_read_are_unknown() -> None:
    columns = ", ".join(f"c{number} int" for number in range(1_000))
    views = "".join(f"CREATE VIEW v{number} AS SELECT * FROM t;\n" for number in range(51))
    text = f"CREATE TABLE t ({columns});\n{views}"
    sides = [write_side(text, rank, path="m.sql") for rank in (0, 1)]
    assert [one.grade for one in judge(sql.compare, sides[0], sides[1])] == [U]


@pytest.mark.parametrize("select", ["SELECT abs(a) AS k FROM t", "SELECT id AS k FROM t WHERE a > 0"])
def test_what_a_view_only_speaks_of_takes_it_with_it_as_well(select: str) -> None:
    options = Options(queries=(("q.sql", "SELECT k FROM v"),))
    old = TABLE + f"CREATE VIEW v AS {select};\n"
    kind = Kind("", old, old + "ALTER TABLE t DROP COLUMN a CASCADE;", B, C)
    assert kind.judge(sql.compare, "m.sql", options) == (B, C)


def test_what_is_dropped_below_a_view_takes_the_view_with_it() -> None:
    options = Options(queries=(("q.sql", "SELECT id FROM v"),))
    for statements in ("DROP TABLE t CASCADE;", "ALTER TABLE t DROP COLUMN a CASCADE;"):
        assert Kind("", VIEW, VIEW + statements, B, C).judge(sql.compare, "m.sql", options) == (B, C)


def test_what_is_computed_of_another_type_is_not_known() -> None:
    options = Options(queries=(("q.sql", "SELECT k FROM v"),))
    view = "CREATE VIEW v AS SELECT greatest(a, a) AS k FROM t;\n"
    statements = f"DROP VIEW v; ALTER TABLE t ALTER COLUMN a TYPE text; {view}"
    kind = Kind("", TABLE + view, TABLE + view + statements, U, U)
    assert kind.judge(sql.compare, "m.sql", options) == (U, U)


def test_a_type_below_a_view_is_the_type_of_its_column() -> None:
    options = Options(queries=(("q.sql", "SELECT a FROM v"),))
    statements = "DROP VIEW v; ALTER TABLE t ALTER COLUMN a TYPE text; CREATE VIEW v AS SELECT id, a FROM t;"
    assert Kind("", VIEW, VIEW + statements, B, B).judge(sql.compare, "m.sql", options) == (B, B)
