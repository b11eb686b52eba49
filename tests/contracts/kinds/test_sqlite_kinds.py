"""Kinds of migrations of SQLite: old code at the new tables, and new code at the old ones."""

from __future__ import annotations

import pytest
from sqlglot import parse_one
from sqlglot.errors import ParseError
from sqlglot.expressions import Command

from skewproof.model.evidence import sql
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []


BASE = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER, b TEXT NOT NULL DEFAULT 'x');\n"


def is_read(statement: str) -> bool:
    """Whether the parser that is installed reads it."""
    try:
        return not isinstance(parse_one(statement, read="sqlite"), Command)
    except ParseError:
        return False


def add(name: str, statements: str, forward: Grade, backward: Grade, why: str = "", base: str = BASE) -> None:
    """What a migration does to the tables that an older one made."""
    KINDS.append(Kind(name, base, base + statements, forward, backward, why))


add("add", "ALTER TABLE t ADD COLUMN d TEXT;", C, B)
add("add nn default", "ALTER TABLE t ADD COLUMN d TEXT NOT NULL DEFAULT '';", C, B)
add("drop", "ALTER TABLE t DROP COLUMN a;", B, C)
add("rename col", "ALTER TABLE t RENAME COLUMN a TO c;", B, B)
add("rename table", "ALTER TABLE t RENAME TO u;", B, B)
add(
    "django recreate",
    'CREATE TABLE "new__t" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "a" integer NULL, "b" text NOT NULL, "c" integer NULL); INSERT INTO "new__t" ("id","a","b") SELECT "id","a","b" FROM "t"; DROP TABLE "t"; ALTER TABLE "new__t" RENAME TO "t";',
    B,
    B,
    "b lost its default; c new",
)
add(
    "alembic recreate",
    "CREATE TABLE _alembic_tmp_t (id INTEGER NOT NULL, a INTEGER NOT NULL, b TEXT DEFAULT 'x' NOT NULL, PRIMARY KEY (id)); INSERT INTO _alembic_tmp_t SELECT * FROM t; DROP TABLE t; ALTER TABLE _alembic_tmp_t RENAME TO t;",
    B,
    M,
)
add(
    "pragma",
    "PRAGMA foreign_keys=OFF; BEGIN TRANSACTION; ALTER TABLE t ADD COLUMN d; COMMIT;",
    U,
    U,
    "a column without a type is not read by the parser",
)
add("unique index", "CREATE UNIQUE INDEX u ON t (a);", M, M, "an upsert of newer code may rest on it")
add("index", "CREATE INDEX IF NOT EXISTS u ON t (a);", C, C)
add("drop table", "DROP TABLE t;", B, C)
add("view", "CREATE VIEW v AS SELECT 1;", C, U)
add("trigger", "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a=1; END;", U, U)
STRICT = "CREATE TABLE u (id INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID"
add(
    "strict without rowid",
    f"{STRICT};",
    *((C, B) if is_read(STRICT) else (U, U)),
    "versions of the parser before 30.31 do not read both",
)
add("rolled back", "BEGIN; ALTER TABLE t DROP COLUMN a; ROLLBACK;", C, C, "nothing happened")
add("committed", "BEGIN; ALTER TABLE t DROP COLUMN a; COMMIT; ROLLBACK;", B, U, "of what is the last one?")
add("ended", "BEGIN; ALTER TABLE t DROP COLUMN a; END;", B, C)
add(
    "rebuilt as SQLite asks for it",
    "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO n (id, a) SELECT id, a FROM t; "
    "DROP TABLE t; ALTER TABLE n RENAME TO t;",
    C,
    C,
    "https://www.sqlite.org/lang_altertable.html, section 7: the rows are those of the first",
    base="CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);",
)
add("made anew", "DROP TABLE t; CREATE TABLE t (id INTEGER);", S, S, base="CREATE TABLE t (id INTEGER);")
VIEW = BASE + "CREATE VIEW v AS SELECT id, a FROM t;\n"
add("view column gone", "DROP VIEW v; CREATE VIEW v AS SELECT id FROM t;", B, C, "", VIEW)
add("table renamed behind a view", "ALTER TABLE t RENAME TO tt; CREATE VIEW t AS SELECT id, a FROM tt;", B, B,
    "no rows are written through a view")  # fmt: skip
add(
    "view of all columns",
    "CREATE VIEW v AS SELECT * FROM t;",
    C,
    U,
    "it has those that the table has at a time",
)


def test_a_view_follows_what_is_renamed_below() -> None:
    options = Options("sqlite", queries=(("q.sql", "SELECT id, a FROM v"),))
    for statements in ("ALTER TABLE t RENAME COLUMN a TO aa;", "ALTER TABLE t RENAME TO tt;"):
        assert Kind("", VIEW, VIEW + statements, C, C).judge(sql.compare, "m.sql", options) == (C, C)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(sql.compare, "m.sql", Options("sqlite")) == kind.grades
