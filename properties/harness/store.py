"""What lies in caches and queues: serialised bytes in a file, each with the form it was written in.

The model says that content holds a set of forms, and that a reader finds any one of them: any
other product's entry may lie there in the other form. Here the same is real: one key can hold an
entry in each form, and the run decides which of them is found. Nothing but bytes is stored, so no
object of one version reaches another.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...model.names import Contract

_TABLES = """
CREATE TABLE entry (
    number INTEGER PRIMARY KEY, provider TEXT, subject TEXT, form TEXT, key TEXT, body BLOB
);
CREATE UNIQUE INDEX one_entry_a_form ON entry (provider, subject, form, key);
"""


class Entry(NamedTuple):
    """What was written: under which key (of a queue: the topic), and the bytes."""

    key: str
    body: bytes


class Store:
    """A file of entries. Entries that are written last are found first."""

    def __init__(self, path: Path) -> None:
        is_new = not path.exists()
        self._rows = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA synchronous = OFF")  # it lives as long as a run
        if is_new:
            self._rows.executescript(_TABLES)

    def close(self) -> None:
        self._rows.close()

    def put(self, contract: Contract, form: str, entry: Entry) -> None:
        """Leaves an entry in its form; one of the same key and form is replaced.

        Raises `TypeError` for a body that is no bytes: nothing else crosses between versions.
        """
        if not isinstance(entry.body, bytes | bytearray | memoryview):
            raise TypeError(f"{contract} holds bytes, not {type(entry.body).__name__}: serialise it")
        self._rows.execute(
            "INSERT OR REPLACE INTO entry (provider, subject, form, key, body) VALUES (?, ?, ?, ?, ?)",
            (*contract, form, entry.key, bytes(entry.body)),
        )

    def find(self, contract: Contract, form: str | None, key: str) -> bytes | None:
        """The body under the key in that form; None where there is none."""
        row = self._rows.execute(
            "SELECT body FROM entry WHERE (provider, subject, form, key) = (?, ?, ?, ?)",
            (*contract, form, key),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def drop(self, contract: Contract, form: str) -> None:
        """Throws away every entry of the contract in that form."""
        self._rows.execute("DELETE FROM entry WHERE (provider, subject, form) = (?, ?, ?)", (*contract, form))

    def drop_key(self, contract: Contract, key: str) -> None:
        """Throws away the entry under the key in every form."""
        self._rows.execute("DELETE FROM entry WHERE (provider, subject, key) = (?, ?, ?)", (*contract, key))

    def entries(self, contract: Contract, form: str) -> Iterator[Entry]:
        """The entries of the contract in that form, in the order in which they were written."""
        rows = self._rows.execute(
            "SELECT key, body FROM entry WHERE (provider, subject, form) = (?, ?, ?) ORDER BY number",
            (*contract, form),
        )
        return (Entry(key, bytes(body)) for key, body in rows.fetchall())
