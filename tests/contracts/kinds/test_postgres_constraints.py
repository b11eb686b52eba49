"""Kinds of migrations of PostgreSQL, constraints: old code at the new tables, and new code at the old ones."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import sql
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options
from support.kinds import Kind
from support.sql_kinds import BASE, B, C, M, Migrations, U

KINDS = Migrations()
add = KINDS.add

NAMED = "CREATE TABLE t (id bigint PRIMARY KEY, a int, CONSTRAINT u UNIQUE (a));\n"
PARTIAL = "CREATE TABLE t (a int, b int);\nCREATE UNIQUE INDEX i ON t (a) WHERE b IS NULL;\n"
CHECKED = "CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0));\n"
AGAIN = "ALTER TABLE u DROP CONSTRAINT k; ALTER TABLE u ADD CONSTRAINT k "
REFERRING = "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE v (id int PRIMARY KEY);\n"
REFERRING += "CREATE TABLE u (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id));\n"
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
add("exclusion", "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (a WITH =);", M, M, UPSERT)
add(
    "pk changed",
    "ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (a);",
    B,
    M,
    "a becomes NOT NULL & unique",
)
add(
    "domain",
    "CREATE DOMAIN d AS int CHECK (VALUE > 0); ALTER TABLE t ALTER COLUMN a TYPE d;",
    B,
    B,
    "the type has another name; what it checks is unknown",
)
add("fk cascades", AGAIN + "FOREIGN KEY (a) REFERENCES t (id) ON DELETE CASCADE;", M, M, base=REFERRING)
add("fk to another table", AGAIN + "FOREIGN KEY (a) REFERENCES v (id);", M, M, base=REFERRING)
add("fk said again", AGAIN + "FOREIGN KEY (a) REFERENCES t ON DELETE RESTRICT;", C, C, base=REFERRING)
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
add("unique partial index made whole", "DROP INDEX i; CREATE UNIQUE INDEX i ON t (a);", M, M, base=PARTIAL)
add(
    "rename constraint",
    "ALTER TABLE t RENAME CONSTRAINT u TO v;",
    U,
    U,
    "`ON CONFLICT ON CONSTRAINT` names it",
    base="CREATE TABLE t (id bigint PRIMARY KEY, a int, CONSTRAINT u UNIQUE (a));\n",
)
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


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(sql.compare, "m.sql") == kind.grades


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
