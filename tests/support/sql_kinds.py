"""Kinds of migrations: what statements do to the tables that older ones made."""

from __future__ import annotations

from skewproof.model.evidence.judgement import Grade

from .kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

BASE = "CREATE TABLE t (id bigint PRIMARY KEY, a int, b text NOT NULL DEFAULT 'x', c varchar(20));\n"


class Migrations(list[Kind]):
    """Kinds of migrations, in the order in which they were added."""

    def add(
        self, name: str, statements: str, forward: Grade, backward: Grade, why: str = "", base: str = BASE
    ) -> None:
        """What a migration does to the tables of `base`."""
        self.append(Kind(name, base, base + statements, forward, backward, why))
