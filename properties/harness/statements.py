"""Which hop an SQL statement is."""

from __future__ import annotations

import re

_NAME = r"""["`\[]?(?P<{}>[\w$]+)["`\]]?"""
_MAIN_TABLE = re.compile(
    r"""\b(?:INTO|UPDATE(?:\s+OR\s+\w+)?|FROM|JOIN|COPY|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?"""
    + rf"""(?:{_NAME.format("schema")}\.)?{_NAME.format("table")}""",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "TRUNCATE")
_READS = ("SELECT", "WITH", "VALUES")
_OF_A_SERVER = ("pg_catalog", "information_schema")
_COPY_IN = re.compile(r"\bFROM\s+STDIN\b", re.IGNORECASE)


def classify_statement(statement: str) -> tuple[str, str] | None:
    """Whether a statement reads or writes, and its main table; None for what touches no table of the user's.

    The main table is the first one named after INTO, UPDATE, FROM, JOIN, COPY or TRUNCATE. A statement that
    begins WITH reads. Limit: a statement that touches more tables is a hop at the main one alone.
    """
    text = _COMMENT.sub(" ", statement)
    words = text.split(None, 1)
    verb = words[0].upper() if words else ""
    if verb not in (*_WRITES, *_READS, "COPY"):
        return None
    found = _MAIN_TABLE.search(text)
    if found is None or (found["schema"] or "").lower() in _OF_A_SERVER or found["table"].startswith("pg_"):
        return None
    writes = bool(_COPY_IN.search(text)) if verb == "COPY" else verb in _WRITES
    return ("writes" if writes else "reads"), found["table"]
