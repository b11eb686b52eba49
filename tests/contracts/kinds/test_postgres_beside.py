"""Kinds of migrations of PostgreSQL, what is no table: rights, functions, data, transactions: old code at the new tables, and new code at the old ones."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import sql
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options
from support.kinds import Kind
from support.sql_kinds import BASE, B, C, Migrations, U

KINDS = Migrations()
add = KINDS.add

TRIGGER = "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n"
VIEW = "CREATE VIEW v AS SELECT a FROM t;\n"

add("trigger", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();", U, U)
add(
    "function",
    "CREATE FUNCTION f() RETURNS int AS 'select 1' LANGUAGE sql;",
    C,
    U,
    "old code does not call what is new",
)
add("do", "DO $$ BEGIN ALTER TABLE t DROP COLUMN a; END $$;", U, U)
add("data migration", "UPDATE t SET a = 1 WHERE a IS NULL;", C, C)
add("truncate/delete", "DELETE FROM t;", C, C)
add(
    "set schema", "ALTER TABLE t SET SCHEMA other;", U, U, "where the table is found depends on `search_path`"
)
add("row security", "ALTER TABLE t ENABLE ROW LEVEL SECURITY;", U, U)
add(
    "revoke",
    "REVOKE SELECT ON t FROM app;",
    U,
    C,
    "whose rights they are is not told; before there were more",
)
add("create table as", "CREATE TABLE u AS SELECT * FROM t;", C, U)
add("comment", "COMMENT ON COLUMN t.a IS 'x';", C, C)
add("lock timeout", "SET lock_timeout='1s'; BEGIN; ALTER TABLE t ADD COLUMN d int; COMMIT;", C, B)
add(
    "column default not null later",
    "ALTER TABLE t ADD COLUMN d int; UPDATE t SET d=0; ALTER TABLE t ALTER COLUMN d SET NOT NULL;",
    B,
    B,
)
add("drop sequence", "DROP SEQUENCE s;", U, C, "nextval", base="CREATE SEQUENCE s;" + BASE)
add("rename sequence", "ALTER SEQUENCE s RENAME TO s2;", U, U, "", base="CREATE SEQUENCE s;" + BASE)
add("drop extension", "DROP EXTENSION pgcrypto;", U, C, "")
add("drop function", "DROP FUNCTION f();", U, C)
add("rolled back", "BEGIN; ALTER TABLE t DROP COLUMN a; ROLLBACK;", C, C, "nothing happened")
add(
    "rolled back to a savepoint",
    "BEGIN; ALTER TABLE t ADD COLUMN d int; SAVEPOINT s; ALTER TABLE t DROP COLUMN a; ROLLBACK TO s; COMMIT;",
    C,
    B,
    "what came before the point stays",
)
add(
    "released savepoint",
    "BEGIN; SAVEPOINT s; ALTER TABLE t DROP COLUMN a; RELEASE SAVEPOINT s; COMMIT;",
    B,
    C,
)
add(
    "savepoint of the same name",
    "BEGIN; SAVEPOINT s; ALTER TABLE t DROP COLUMN a; SAVEPOINT s; ALTER TABLE t DROP COLUMN b; ROLLBACK TO s; COMMIT;",
    B,
    C,
    "the latest one is meant: `a` is gone, `b` is not",
)
add(
    "never committed", "BEGIN; ALTER TABLE t ADD COLUMN d int;", U, B, "what ends the transaction is not told"
)
add("prepared", "BEGIN; ALTER TABLE t ADD COLUMN d int; PREPARE TRANSACTION 'x';", U, B, "who commits it?")
add("rollback of what another began", "ALTER TABLE t ADD COLUMN d int; ROLLBACK;", U, B)
add(
    "rolled back and chained",
    "BEGIN; ALTER TABLE t DROP COLUMN a; ROLLBACK AND CHAIN; ALTER TABLE t ADD COLUMN d int; COMMIT;",
    C,
    B,
)
add("owner", "ALTER TABLE t OWNER TO other;", U, U, "who may read and write it is not told")
add("owner of what is new", "CREATE TABLE u (id int); ALTER TABLE u OWNER TO other;", C, B)
add(
    "owner of a function",
    "ALTER FUNCTION f() OWNER TO other;",
    U,
    U,
    "it may run with the rights of its owner",
)
add("grant", "GRANT INSERT ON t TO app;", C, U, "newer code may need it")
add("grant of a role", "GRANT writers TO app;", C, U)
add("revoke of a role", "REVOKE writers FROM app;", U, C)
add(
    "revoke of the grant option",
    "REVOKE GRANT OPTION FOR INSERT ON t FROM app;",
    C,
    C,
    "the right itself stays",
)
add(
    "default privileges",
    "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM app;",
    C,
    C,
    "of tables to come",
)
add("role altered", "ALTER ROLE app NOLOGIN;", U, U)
add("sequence with a lower end", "ALTER SEQUENCE t_id_seq MAXVALUE 5;", U, U)
add("sequence of a column", "ALTER SEQUENCE t_id_seq OWNED BY t.id;", C, C)
add("function that is run", "SELECT AddGeometryColumn('t', 'g', 4326, 'POINT', 2);", U, U)
add("search path", "SELECT pg_catalog.set_config('search_path', '', false);", C, C)
add("function replaced", "CREATE OR REPLACE FUNCTION f() RETURNS int AS 'select 2' LANGUAGE sql;", U, U)
add("trigger off", "ALTER TABLE t DISABLE TRIGGER g;", U, U)
add("extension", "CREATE EXTENSION IF NOT EXISTS pgcrypto;", C, U, "newer code may call what is in it")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(sql.compare, "m.sql") == kind.grades


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (BASE + VIEW, "-- a comment\n\n" + BASE + VIEW, (C, C)),
        (BASE + VIEW, BASE, (B, C)),
        (BASE, BASE + VIEW, (C, B)),
        (BASE + VIEW, BASE + VIEW.replace("a FROM", "b FROM"), (B, B)),
        (BASE + TRIGGER, BASE, (U, U)),
        (BASE + "ALTER TABLE t OWNER TO x;", BASE + "\nALTER TABLE t OWNER TO x;", (C, C)),
        (BASE + "CREATE TABLE y (k int);" + VIEW, BASE + VIEW, (B, C)),
        (BASE + "CREATE SEQUENCE s; ALTER TABLE s OWNER TO x; CREATE TABLE y (k int);",
         BASE + "CREATE SEQUENCE s; ALTER TABLE s OWNER TO x;", (B, C)),
        (BASE + "GRANT SELECT ON t TO app;", BASE, (U, C)),
    ],
)  # fmt: skip
def test_a_file_that_says_how_it_is_to_be(old: str, new: str, expected: tuple[Grade, Grade]) -> None:
    """Not a migration more, but the tables as they are: what stands there no more is gone."""
    assert Kind("", old, new, *expected).judge(sql.compare, "schema.sql") == expected


def test_what_queries_do_not_name_is_let_go() -> None:
    options = Options(queries=(("q.sql", "SELECT a FROM t"),))
    statements = "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t; REVOKE SELECT ON z FROM app;"
    assert Kind("", BASE, BASE + statements, C, C).judge(sql.compare, "m.sql", options) == (C, C)
