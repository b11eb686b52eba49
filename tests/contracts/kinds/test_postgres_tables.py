"""Kinds of migrations of PostgreSQL, tables, types and views that come and go: old code at the new tables, and new code at the old ones."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import sql
from support.kinds import Kind
from support.sql_kinds import BASE, B, C, M, Migrations, S, U

KINDS = Migrations()
add = KINDS.add

VIEW = "CREATE VIEW v AS SELECT a FROM t;\n"
PARTED = "CREATE TABLE t (id bigint, a int) PARTITION BY LIST (a);\n"
EB = "CREATE TYPE e AS ENUM ('x','y'); CREATE TABLE t (id bigint PRIMARY KEY, e e);\n"

add("rename table", "ALTER TABLE t RENAME TO tt;", B, B)
add("drop table", "DROP TABLE t;", B, C)
add("create table", "CREATE TABLE u (id int);", C, B)
add("enum create+column", "CREATE TYPE e AS ENUM ('x','y'); ALTER TABLE t ADD COLUMN e e;", C, B)
add(
    "enum recreate",
    "ALTER TYPE e RENAME TO e_old; CREATE TYPE e AS ENUM ('x'); ALTER TABLE t ALTER COLUMN e TYPE e USING e::text::e;",
    B,
    M,
    "",
    base=EB,
)
add("enum type renamed", "ALTER TYPE e RENAME TO f;", B, B, "casts name the type", base=EB)
add("partition", "ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1);", U, U)
add("inherit like", "CREATE TABLE u (LIKE t INCLUDING ALL);", C, U)
add("two schemas same name", "CREATE TABLE o.t (id int);", B, B, "names are taken without their schema")
add("cascade drop", "DROP TABLE o CASCADE;", B, C, "", base="CREATE TABLE o (id int primary key);" + BASE)
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
add("composite type", "CREATE TYPE c AS (x int);", C, U, "older code does not know it")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(sql.compare, "m.sql") == kind.grades
