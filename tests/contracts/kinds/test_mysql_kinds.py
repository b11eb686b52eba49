"""Kinds of migrations of MySQL: old code at the new tables, and new code at the old ones."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import sql
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []


BASE = "CREATE TABLE t (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, a int, b varchar(20) NOT NULL DEFAULT 'x');\n"


def add(name: str, statements: str, forward: Grade, backward: Grade, why: str = "", base: str = BASE) -> None:
    """What a migration does to the tables that an older one made."""
    KINDS.append(Kind(name, base, base + statements, forward, backward, why))


add("add nullable", "ALTER TABLE t ADD COLUMN d int;", C, B)
add("add no COLUMN word", "ALTER TABLE t ADD d int NOT NULL;", B, B)
add("add with AFTER", "ALTER TABLE t ADD COLUMN d int NULL AFTER a;", C, B)
add("backticks", "ALTER TABLE `t` ADD COLUMN `d` int DEFAULT NULL;", C, B)
add("several", "ALTER TABLE t ADD COLUMN d int, DROP COLUMN a;", B, B)
add("drop", "ALTER TABLE t DROP a;", B, C)
add("modify not null", "ALTER TABLE t MODIFY COLUMN a int NOT NULL;", B, M)
add("modify type", "ALTER TABLE t MODIFY a bigint;", M, M)
add("modify drops default", "ALTER TABLE t MODIFY b varchar(20) NOT NULL;", B, C, "the default is gone")
add("change name", "ALTER TABLE t CHANGE a aa int;", B, B)
add("change same name", "ALTER TABLE t CHANGE COLUMN b b varchar(10) NOT NULL DEFAULT 'x';", B, C)
add("rename column", "ALTER TABLE t RENAME COLUMN a TO aa;", B, B)
add("rename table", "RENAME TABLE t TO tt;", B, B)
add("alter rename", "ALTER TABLE t RENAME TO tt;", B, B)
add("set default", "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'y';", S, S)
add("drop default", "ALTER TABLE t ALTER COLUMN b DROP DEFAULT;", B, C)
add("index", "CREATE INDEX i ON t (a);", C, C)
add("add index", "ALTER TABLE t ADD INDEX i (a);", C, C)
add("add key", "ALTER TABLE t ADD KEY i (a);", C, C)
add(
    "add unique",
    "ALTER TABLE t ADD UNIQUE KEY u (a);",
    M,
    M,
    "`ON DUPLICATE KEY` of newer code may rest on it",
)
add("unique index", "CREATE UNIQUE INDEX u ON t (a);", M, M)
add(
    "fk cascades",
    "ALTER TABLE u DROP FOREIGN KEY k; ALTER TABLE u ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id) "
    "ON DELETE CASCADE;",
    M,
    M,
    base="CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (a int, CONSTRAINT k FOREIGN KEY (a) "
    "REFERENCES t (id));\n",
)
add(
    "check tightened",
    "ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k CHECK (a > 10);",
    M,
    M,
    base="CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0));\n",
)
add("add fk", "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o(id);", M, C)
add("drop fk", "ALTER TABLE t DROP FOREIGN KEY f;", M, M, "a constraint of which one version alone tells")
add("drop index", "ALTER TABLE t DROP INDEX i;", C, C, "may be a unique one: M/U")
add(
    "enum add",
    "ALTER TABLE t MODIFY e enum('a','b','c');",
    M,
    B,
    "",
    base="CREATE TABLE t (id int, e enum('a','b'));\n",
)
add(
    "enum remove",
    "ALTER TABLE t MODIFY e enum('a');",
    B,
    M,
    "",
    base="CREATE TABLE t (id int, e enum('a','b'));\n",
)
add(
    "enum reorder",
    "ALTER TABLE t MODIFY e enum('b','a');",
    C,
    C,
    "stored by number, remapped: same names",
    base="CREATE TABLE t (id int, e enum('a','b'));\n",
)
add(
    "tinyint(1)->int",
    "ALTER TABLE t MODIFY e int;",
    M,
    M,
    "bool to drivers",
    base="CREATE TABLE t (id int, e tinyint(1));\n",
)
add(
    "unsigned",
    "ALTER TABLE t MODIFY e int unsigned;",
    B,
    B,
    "negative numbers are refused, and larger ones not known",
    base="CREATE TABLE t (id int, e int);\n",
)
add("charset", "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4;", U, U, "safe in fact")
add(
    "create table options",
    "CREATE TABLE u (id int PRIMARY KEY) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;",
    C,
    B,
)
add(
    "inline key",
    "CREATE TABLE u (id int NOT NULL, a int, PRIMARY KEY (id), KEY k (a), UNIQUE KEY uk (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES t(id)) ENGINE=InnoDB;",
    C,
    B,
)
add("comment", "ALTER TABLE t COMMENT 'x';", C, C, "U ok")
add("algorithm", "ALTER TABLE t ADD COLUMN d int, ALGORITHM=INPLACE, LOCK=NONE;", C, B)
add("generated", "ALTER TABLE t ADD COLUMN g int GENERATED ALWAYS AS (a*2) STORED;", C, B)
add("drop table", "DROP TABLE IF EXISTS t;", B, C)
add("lock tables", "LOCK TABLES t WRITE; UNLOCK TABLES;", C, C)
add("insert", "INSERT INTO t (a) VALUES (1);", C, C)
add("conditional comment", "/*!40101 SET NAMES utf8 */;", C, C)
add("trigger", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;", U, U)
add(
    "timestamp on update",
    "ALTER TABLE t ADD COLUMN u timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP;",
    C,
    B,
)
add("check", "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0);", M, C)
add(
    "rolled back",
    "START TRANSACTION; ALTER TABLE t DROP COLUMN a; ROLLBACK;",
    B,
    C,
    "a statement about tables commits what was begun",
)
add("grant", "GRANT INSERT ON t TO app;", C, U, "newer code may need it")
add("temporary table", "CREATE TEMPORARY TABLE n (id int);", C, C, "it ends with the session")
add(
    "table made anew",
    "DROP TABLE t; CREATE TABLE t (id int);",
    S,
    S,
    "its rows are gone",
    "CREATE TABLE t (id int);",
)
# --- views ---
VIEW = BASE + "CREATE VIEW v AS SELECT id, a FROM t;\n"
add("table renamed behind a view", "RENAME TABLE t TO tt; CREATE VIEW t AS SELECT * FROM tt;", C, B)
add("view column gone", "CREATE OR REPLACE VIEW v AS SELECT id FROM t;", B, C, "", VIEW)
add("view column added", "CREATE OR REPLACE VIEW v AS SELECT id, a, b FROM t;", C, B, "", VIEW)
add("view with names of its own", "CREATE OR REPLACE VIEW v (id, aa) AS SELECT id, a FROM t;", B, B, "", VIEW)
add("view of other rows", "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t WHERE a > 0;", U, U, "", VIEW)
add(
    "view computed",
    "CREATE OR REPLACE VIEW v AS SELECT id, a + 1 AS a FROM t;",
    B,
    U,
    "old code writes it",
    VIEW,
)
add(
    "view of a join",
    "CREATE OR REPLACE VIEW v AS SELECT t.id, t.a FROM t JOIN o ON o.id = t.id;",
    B,
    U,
    "",
    VIEW,
)


@pytest.mark.parametrize(
    "statements",
    [
        "ALTER TABLE t RENAME COLUMN a TO aa;",
        "RENAME TABLE t TO tt;",
        "DROP TABLE t;",
        "ALTER TABLE t DROP a;",
    ],
)
def test_a_view_stops_working_when_what_it_shows_has_another_name(statements: str) -> None:
    options = Options("mysql", queries=(("q.sql", "SELECT id FROM v"),))
    assert Kind("", VIEW, VIEW + statements, B, C).judge(sql.compare, "m.sql", options) == (B, C)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(sql.compare, "m.sql", Options("mysql")) == kind.grades
