"""Kinds of migrations of PostgreSQL: old code at the new tables, and new code at the old ones."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import sql
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []


BASE = "CREATE TABLE t (id bigint PRIMARY KEY, a int, b text NOT NULL DEFAULT 'x', c varchar(20));\n"


def add(name: str, statements: str, forward: Grade, backward: Grade, why: str = "", base: str = BASE) -> None:
    """What a migration does to the tables that an older one made."""
    KINDS.append(Kind(name, base, base + statements, forward, backward, why))


# f: old code at the new schema; b: new code at the old schema
add("add nullable", "ALTER TABLE t ADD COLUMN d int;", C, B)
add("add not null default", "ALTER TABLE t ADD COLUMN d int NOT NULL DEFAULT 0;", C, B)
add("add not null", "ALTER TABLE t ADD COLUMN d int NOT NULL;", B, B)
add("add volatile default", "ALTER TABLE t ADD COLUMN d timestamptz DEFAULT now();", C, B)
add("add generated", "ALTER TABLE t ADD COLUMN d int GENERATED ALWAYS AS (a*2) STORED;", C, B)
add("add serial", "ALTER TABLE t ADD COLUMN d bigserial;", C, B)
add("add identity", "ALTER TABLE t ADD COLUMN d bigint GENERATED ALWAYS AS IDENTITY;", C, B)
add("drop column", "ALTER TABLE t DROP COLUMN a;", B, C)
add("drop column if exists", "ALTER TABLE t DROP COLUMN IF EXISTS a CASCADE;", B, C)
add(
    "drop required no default",
    "ALTER TABLE t DROP COLUMN c;",
    B,
    B,
    "c NOT NULL without default: new code inserts without it",
    base="CREATE TABLE t (id bigint PRIMARY KEY, c varchar(20) NOT NULL);\n",
)
add("rename column", "ALTER TABLE t RENAME COLUMN a TO aa;", B, B)
add("rename table", "ALTER TABLE t RENAME TO tt;", B, B)
add(
    "rename table with view",
    "ALTER TABLE t RENAME TO tt; CREATE VIEW t AS SELECT * FROM tt;",
    U,
    B,
    "a view stands in: unknown",
)
add("drop table", "DROP TABLE t;", B, C)
add("create table", "CREATE TABLE u (id int);", C, B)
add("set not null", "ALTER TABLE t ALTER COLUMN a SET NOT NULL;", B, M)
add("drop not null", "ALTER TABLE t ALTER COLUMN b DROP NOT NULL;", M, B)
add(
    "set not null with default col",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 0; ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
    B,
    S,
    "left out it is NULL at the old schema",
)
add(
    "set default",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 5;",
    C,
    S,
    "M: left out it becomes NULL before, 5 after: silent both?",
)
add("change default", "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'y';", S, S)
add(
    "drop default nullable",
    "ALTER TABLE t ALTER COLUMN a DROP DEFAULT;",
    S,
    C,
    "",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a int DEFAULT 5);\n",
)
add("drop default not null", "ALTER TABLE t ALTER COLUMN b DROP DEFAULT;", B, C, "")
add("int->bigint", "ALTER TABLE t ALTER COLUMN a TYPE bigint;", M, M)
add("int->text", "ALTER TABLE t ALTER COLUMN a TYPE text USING a::text;", B, B)
add(
    "varchar wider",
    "ALTER TABLE t ALTER COLUMN c TYPE varchar(40);",
    C,
    B,
    "old code reads longer texts: fine?; new code at old: refused",
)
add("varchar narrower", "ALTER TABLE t ALTER COLUMN c TYPE varchar(10);", B, C)
add("varchar->text", "ALTER TABLE t ALTER COLUMN c TYPE text;", C, M)
add("text->varchar", "ALTER TABLE t ALTER COLUMN b TYPE varchar(10);", M, C)
add(
    "numeric precision wider",
    "ALTER TABLE t ALTER COLUMN a TYPE numeric(12,2);",
    M,
    M,
    "numbers may have more digits than the code knows",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a numeric(10,2));\n",
)
add(
    "numeric scale",
    "ALTER TABLE t ALTER COLUMN a TYPE numeric(12,4);",
    M,
    M,
    "",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a numeric(12,2));\n",
)
add(
    "timestamp->timestamptz",
    "ALTER TABLE t ALTER COLUMN a TYPE timestamptz;",
    B,
    B,
    "drivers give values of another type",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a timestamp);\n",
)
add(
    "json->jsonb",
    "ALTER TABLE t ALTER COLUMN a TYPE jsonb;",
    B,
    B,
    "drivers and operators know them apart",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a json);\n",
)
add("int->int[]", "ALTER TABLE t ALTER COLUMN a TYPE int[] USING ARRAY[a];", B, B)
add(
    "char->varchar",
    "ALTER TABLE t ALTER COLUMN a TYPE varchar(3);",
    C,
    C,
    "blank padding",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a char(3));\n",
)
add(
    "uuid->text",
    "ALTER TABLE t ALTER COLUMN a TYPE text;",
    B,
    B,
    "",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a uuid);\n",
)
UPSERT = "`ON CONFLICT` of newer code may rest on it"
add("unique", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);", M, M, UPSERT)
add("unique index", "CREATE UNIQUE INDEX CONCURRENTLY u ON t (a);", M, M, UPSERT)
add("unique partial index", "CREATE UNIQUE INDEX u ON t (a) WHERE c IS NOT NULL;", M, M, UPSERT)
add("unique expression index", "CREATE UNIQUE INDEX u ON t (lower(c));", M, C)
add(
    "unique using index",
    "CREATE UNIQUE INDEX u ON t (a); ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX u;",
    M,
    M,
    UPSERT,
)
add("index", "CREATE INDEX CONCURRENTLY i ON t (a);", C, C)
add(
    "drop unique",
    "ALTER TABLE t DROP CONSTRAINT u;",
    M,
    M,
    "`ON CONFLICT` finds no constraint any more",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a int, CONSTRAINT u UNIQUE (a));\n",
)
add(
    "drop unique index",
    "DROP INDEX u;",
    M,
    M,
    "ON CONFLICT",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a int); CREATE UNIQUE INDEX u ON t(a);\n",
)
add("fk", "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o(id);", M, C)
add(
    "fk not valid",
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o(id) NOT VALID;",
    M,
    C,
    "new rows are checked",
)
add("fk on new column", "ALTER TABLE t ADD COLUMN o_id int REFERENCES o(id);", C, B)
add("check", "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0);", M, C)
add(
    "check not valid then validate",
    "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT k;",
    M,
    C,
)
add(
    "check not null",
    "ALTER TABLE t ADD CONSTRAINT k CHECK (a IS NOT NULL) NOT VALID;",
    M,
    C,
    "a check that is new binds who writes",
)
add(
    "drop check",
    "ALTER TABLE t DROP CONSTRAINT k;",
    C,
    M,
    "",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a int, CONSTRAINT k CHECK (a>0));\n",
)
add("exclusion", "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (a WITH =);", M, C)
add(
    "pk changed",
    "ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (a);",
    B,
    M,
    "a becomes NOT NULL & unique",
)
add("enum create+column", "CREATE TYPE e AS ENUM ('x','y'); ALTER TABLE t ADD COLUMN e e;", C, B)
EB = "CREATE TYPE e AS ENUM ('x','y'); CREATE TABLE t (id bigint PRIMARY KEY, e e);\n"
add("enum add value", "ALTER TYPE e ADD VALUE 'z';", M, B, "", base=EB)
add("enum add value before", "ALTER TYPE e ADD VALUE IF NOT EXISTS 'z' BEFORE 'x';", M, B, "", base=EB)
add("enum rename value", "ALTER TYPE e RENAME VALUE 'x' TO 'xx';", B, B, "", base=EB)
add(
    "enum recreate",
    "ALTER TYPE e RENAME TO e_old; CREATE TYPE e AS ENUM ('x'); ALTER TABLE t ALTER COLUMN e TYPE e USING e::text::e;",
    B,
    M,
    "",
    base=EB,
)
add("enum type renamed", "ALTER TYPE e RENAME TO f;", B, B, "casts name the type", base=EB)
add(
    "domain",
    "CREATE DOMAIN d AS int CHECK (VALUE > 0); ALTER TABLE t ALTER COLUMN a TYPE d;",
    B,
    B,
    "the type has another name; what it checks is unknown",
)
add("trigger", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();", U, U)
add(
    "function",
    "CREATE FUNCTION f() RETURNS int AS 'select 1' LANGUAGE sql;",
    C,
    U,
    "old code does not call what is new",
)
add("do", "DO $$ BEGIN ALTER TABLE t DROP COLUMN a; END $$;", U, U)
add("view", "CREATE VIEW v AS SELECT id FROM t;", C, U, "a new view harms no old code; new code lacks it B")
add("drop view", "DROP VIEW v;", B, C, "", base=BASE + "CREATE VIEW v AS SELECT id FROM t;\n")
add(
    "replace view",
    "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t;",
    U,
    U,
    "",
    base=BASE + "CREATE VIEW v AS SELECT id FROM t;\n",
)
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
add("partition", "ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1);", U, U)
add("inherit like", "CREATE TABLE u (LIKE t INCLUDING ALL);", C, U)
add("create table as", "CREATE TABLE u AS SELECT * FROM t;", C, U)
add("comment", "COMMENT ON COLUMN t.a IS 'x';", C, C)
add("lock timeout", "SET lock_timeout='1s'; BEGIN; ALTER TABLE t ADD COLUMN d int; COMMIT;", C, B)
add("add col if not exists present", "ALTER TABLE t ADD COLUMN IF NOT EXISTS a text;", C, C)
add("drop & readd other type", "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a text;", B, B)
add(
    "column default not null later",
    "ALTER TABLE t ADD COLUMN d int; UPDATE t SET d=0; ALTER TABLE t ALTER COLUMN d SET NOT NULL;",
    B,
    B,
)
add(
    "drop & readd",
    "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int;",
    S,
    S,
    "what lay in it is gone",
)
add("rename & rename back", "ALTER TABLE t RENAME COLUMN a TO z; ALTER TABLE t RENAME COLUMN z TO a;", C, C)
add(
    "columns swapped",
    "ALTER TABLE t RENAME COLUMN a TO z; ALTER TABLE t RENAME COLUMN d TO a; ALTER TABLE t RENAME COLUMN z TO d;",
    S,
    S,
    base="CREATE TABLE t (a int, d int);\n",
)
add(
    "another column under the name",
    "ALTER TABLE t RENAME COLUMN a TO a_old; ALTER TABLE t ADD COLUMN a int;",
    S,
    B,
)
REFERRING = "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE v (id int PRIMARY KEY);\n"
REFERRING += "CREATE TABLE u (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id));\n"
AGAIN = "ALTER TABLE u DROP CONSTRAINT k; ALTER TABLE u ADD CONSTRAINT k "
add("fk cascades", AGAIN + "FOREIGN KEY (a) REFERENCES t (id) ON DELETE CASCADE;", M, M, base=REFERRING)
add("fk to another table", AGAIN + "FOREIGN KEY (a) REFERENCES v (id);", M, M, base=REFERRING)
add("fk said again", AGAIN + "FOREIGN KEY (a) REFERENCES t ON DELETE RESTRICT;", C, C, base=REFERRING)
CHECKED = "CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0));\n"
add(
    "check tightened",
    "ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k CHECK (a > 10);",
    M,
    M,
    "no rule compares conditions",
    base=CHECKED,
)
add(
    "check said again",
    "ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k CHECK ((a > 0));",
    C,
    C,
    base=CHECKED,
)
PARTIAL = "CREATE TABLE t (a int, b int);\nCREATE UNIQUE INDEX i ON t (a) WHERE b IS NULL;\n"
add("unique partial index made whole", "DROP INDEX i; CREATE UNIQUE INDEX i ON t (a);", M, M, base=PARTIAL)
add("quoted case", 'ALTER TABLE t ADD COLUMN "Id" int;', C, B)
add("schema qualified", "ALTER TABLE public.t DROP COLUMN a;", B, C)
add("two schemas same name", "CREATE TABLE o.t (id int);", B, B, "names are taken without their schema")
add(
    "generated expr changed",
    "ALTER TABLE t ALTER COLUMN g SET EXPRESSION AS (a*3);",
    U,
    U,
    "what is computed is not looked into",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a*2) STORED);\n",
)
add(
    "add identity to column",
    "ALTER TABLE t ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY;",
    B,
    B,
    "a value that is given is refused; one that is left out is missing before",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL);\n",
)
add(
    "collation",
    'ALTER TABLE t ALTER COLUMN c TYPE varchar(20) COLLATE "C";',
    C,
    C,
    "the order of texts is not judged",
)
add("dropnotnull pk", "ALTER TABLE t ALTER COLUMN id TYPE uuid USING gen_random_uuid();", B, B)
add(
    "column becomes generated",
    "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (id*2) STORED;",
    B,
    M,
    "writing to a generated column is refused",
)
add(
    "rename constraint",
    "ALTER TABLE t RENAME CONSTRAINT u TO v;",
    U,
    U,
    "`ON CONFLICT ON CONSTRAINT` names it",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a int, CONSTRAINT u UNIQUE (a));\n",
)
add("drop sequence", "DROP SEQUENCE s;", U, C, "nextval", base="CREATE SEQUENCE s;" + BASE)
add("rename sequence", "ALTER SEQUENCE s RENAME TO s2;", U, U, "", base="CREATE SEQUENCE s;" + BASE)
add("drop extension", "DROP EXTENSION pgcrypto;", U, C, "")
add("cascade drop", "DROP TABLE o CASCADE;", B, C, "", base="CREATE TABLE o (id int primary key);" + BASE)
add("drop function", "DROP FUNCTION f();", U, C)

# --- what has no effect, or is taken back ---
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
# --- constraints ---
NAMED = "CREATE TABLE t (id bigint PRIMARY KEY, a int, CONSTRAINT u UNIQUE (a));\n"
add(
    "unique made deferrable",
    "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) DEFERRABLE INITIALLY DEFERRED;",
    M,
    M,
    "`ON CONFLICT` takes no deferrable one; newer code may break it until it commits",
    base=NAMED,
)
add(
    "unique made deferrable at its column",
    "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD COLUMN d int UNIQUE DEFERRABLE;",
    M,
    B,
    base=NAMED,
)
add("constraint altered", "ALTER TABLE t ALTER CONSTRAINT u DEFERRABLE;", U, U, base=NAMED)
add(
    "unique of NULL too",
    "ALTER TABLE t DROP CONSTRAINT u; ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a);",
    M,
    M,
    "a second NULL is refused",
    base=NAMED,
)
add(
    "unique goes with its column",
    "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int;",
    S,
    S,
    "what lay in it is gone, and nothing is unique any more",
    base=NAMED,
)
# --- rights ---
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
# --- columns that the database fills ---
ALWAYS = "CREATE TABLE t (d bigint GENERATED ALWAYS AS IDENTITY);\n"
add("identity by default", "ALTER TABLE t ALTER COLUMN d SET GENERATED BY DEFAULT;", C, B, base=ALWAYS)
add(
    "identity always",
    "ALTER TABLE t ALTER COLUMN d SET GENERATED ALWAYS;",
    B,
    C,
    base="CREATE TABLE t (d bigint GENERATED BY DEFAULT AS IDENTITY);\n",
)
add("identity dropped", "ALTER TABLE t ALTER COLUMN d DROP IDENTITY;", B, B, base=ALWAYS)
add("identity with other steps", "ALTER TABLE t ALTER COLUMN d SET MAXVALUE 9;", U, U, base=ALWAYS)
add(
    "expression dropped",
    "ALTER TABLE t ALTER COLUMN g DROP EXPRESSION;",
    M,
    B,
    "left out it is NULL; written before it is refused",
    base="CREATE TABLE t (a int, g int GENERATED ALWAYS AS (a*2) STORED);\n",
)
add("sequence with a lower end", "ALTER SEQUENCE t_id_seq MAXVALUE 5;", U, U)
add("sequence of a column", "ALTER SEQUENCE t_id_seq OWNED BY t.id;", C, C)
# --- partitions and tables that take the place of others ---
PARTED = "CREATE TABLE t (id bigint, a int) PARTITION BY LIST (a);\n"
add(
    "partition more",
    "CREATE TABLE p PARTITION OF t FOR VALUES IN (1);",
    C,
    U,
    "rows of newer code may find no partition before",
    base=PARTED,
)
add(
    "partition dropped",
    "DROP TABLE p;",
    U,
    C,
    "its rows are gone, and such rows are refused",
    base=PARTED + "CREATE TABLE p PARTITION OF t FOR VALUES IN (1);\n",
)
add("partition detached", "ALTER TABLE t DETACH PARTITION p;", U, U, base=PARTED)
add(
    "table made anew",
    "DROP TABLE t; CREATE TABLE t (id int);",
    S,
    S,
    "its rows are gone",
    "CREATE TABLE t (id int);",
)
add(
    "table made anew with its rows",
    "CREATE TABLE n (id int); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;",
    C,
    C,
    base="CREATE TABLE t (id int);",
)
add(
    "table exchanged",
    "ALTER TABLE t RENAME TO o; ALTER TABLE n RENAME TO t; ALTER TABLE o RENAME TO n;",
    S,
    S,
    base="CREATE TABLE t (id int); CREATE TABLE n (id int);",
)
add("table renamed and back", "ALTER TABLE t RENAME TO o; ALTER TABLE o RENAME TO t;", C, C)
add(
    "temporary table",
    "CREATE TEMP TABLE n (id int); INSERT INTO n SELECT id FROM t; ALTER TABLE n ADD COLUMN k int;",
    C,
    C,
    "it ends with the session",
)
add("temporary table made of another", "CREATE TEMP TABLE n AS SELECT * FROM t; DROP TABLE n;", C, C)
add(
    "temporary table of the same name",
    "CREATE TEMP TABLE t (id int); DROP TABLE t; ALTER TABLE t DROP COLUMN a;",
    B,
    C,
    "what comes after it is about the table that stays",
)
# --- what nobody looks into ---
add("function that is run", "SELECT AddGeometryColumn('t', 'g', 4326, 'POINT', 2);", U, U)
add("search path", "SELECT pg_catalog.set_config('search_path', '', false);", C, C)
add("function replaced", "CREATE OR REPLACE FUNCTION f() RETURNS int AS 'select 2' LANGUAGE sql;", U, U)
add("trigger off", "ALTER TABLE t DISABLE TRIGGER g;", U, U)
add("extension", "CREATE EXTENSION IF NOT EXISTS pgcrypto;", C, U, "newer code may call what is in it")
add("composite type", "CREATE TYPE c AS (x int);", C, U, "older code does not know it")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(sql.compare, "m.sql") == kind.grades


VIEW = "CREATE VIEW v AS SELECT a FROM t;\n"
TRIGGER = "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (BASE + VIEW, "-- a comment\n\n" + BASE + VIEW, (C, C)),
        (BASE + VIEW, BASE, (U, C)),
        (BASE, BASE + VIEW, (C, U)),
        (BASE + VIEW, BASE + VIEW.replace("a FROM", "b FROM"), (U, U)),
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


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("INSERT INTO t (id, a) VALUES (1, 2)", (M, C)),
        ("INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT DO NOTHING", (M, C)),
        ("INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT (id) DO NOTHING", (M, C)),
        ("INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT (a) DO NOTHING", (M, B)),
        ("INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT ON CONSTRAINT u DO NOTHING", (M, B)),
        ("INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT (abs(a)) DO NOTHING", (M, M)),
        ("SELECT a FROM t", (C, C)),
    ],
)
def test_what_queries_name_in_on_conflict_must_be_unique(query: str, expected: tuple[Grade, Grade]) -> None:
    options = Options(queries=(("q.sql", query),))
    statements = "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);"
    assert Kind("", BASE, BASE + statements, *expected).judge(sql.compare, "m.sql", options) == expected
    assert Kind("", BASE + statements, BASE, *expected).judge(sql.compare, "m.sql", options) == expected[::-1]


def test_a_deferrable_constraint_decides_no_conflict() -> None:
    options = Options(queries=(("q.sql", "INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT (a) DO NOTHING"),))
    new = NAMED.replace("(a)", "(a) DEFERRABLE")
    assert Kind("", NAMED, new, B, M).judge(sql.compare, "m.sql", options) == (B, M)


def test_what_queries_do_not_name_is_let_go() -> None:
    options = Options(queries=(("q.sql", "SELECT a FROM t"),))
    statements = "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t; REVOKE SELECT ON z FROM app;"
    assert Kind("", BASE, BASE + statements, C, C).judge(sql.compare, "m.sql", options) == (C, C)
