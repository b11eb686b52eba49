"""Kinds of migrations of PostgreSQL, columns: old code at the new tables, and new code at the old ones."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import sql
from support.kinds import Kind
from support.sql_kinds import B, C, M, Migrations, S, U

KINDS = Migrations()
add = KINDS.add

ALWAYS = "CREATE TABLE t (d bigint GENERATED ALWAYS AS IDENTITY);\n"
NAMED = "CREATE TABLE t (id bigint PRIMARY KEY, a int, CONSTRAINT u UNIQUE (a));\n"
EB = "CREATE TYPE e AS ENUM ('x','y'); CREATE TABLE t (id bigint PRIMARY KEY, e e);\n"

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
    M,
    M,
    "blanks fill up what is shorter",
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
add("enum add value", "ALTER TYPE e ADD VALUE 'z';", M, B, "", base=EB)
add("enum add value before", "ALTER TYPE e ADD VALUE IF NOT EXISTS 'z' BEFORE 'x';", M, B, "", base=EB)
add("enum rename value", "ALTER TYPE e RENAME VALUE 'x' TO 'xx';", B, B, "", base=EB)
add("add col if not exists present", "ALTER TABLE t ADD COLUMN IF NOT EXISTS a text;", C, C)
add("drop & readd other type", "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a text;", B, B)
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
add("quoted case", 'ALTER TABLE t ADD COLUMN "Id" int;', C, B)
add("schema qualified", "ALTER TABLE public.t DROP COLUMN a;", B, C)
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
    "unique goes with its column",
    "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int;",
    S,
    S,
    "what lay in it is gone, and nothing is unique any more",
    base=NAMED,
)
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


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(sql.compare, "m.sql") == kind.grades
