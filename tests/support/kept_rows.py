"""The sample application with rows that keep the form in which they were written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skewproof.properties.harness import Part, Sqlite, Wires

from .harness_samples import DEPLOYMENT, Handler, Sample

KEPT = DEPLOYMENT.partition("  tell:")[0] + (
    "  tell:\n    - client calls back: told\n    - back writes db: row\n"
    "pipeline:\n  - Deploy: [deploy back front]\n"
)
ROWS_KEPT = "changes: {db/row: {rows: kept, breaks: none}}"
NEW_ROWS_BREAK = "changes: {db/row: {rows: kept, breaks: {content: [V1 -> V2]}}}"


def save(version: str, wires: Wires) -> None:
    name = "Ada" if version == "V1" else json.dumps({"first": "Ada"})
    with wires.connect("db") as connection:
        connection.execute("UPDATE rows SET id = ?", [name])


def stored(wires: Wires) -> Any:
    return wires.connect("db").execute("SELECT id FROM rows").fetchone()[0]


def read_own(version: str, wires: Wires) -> Any:
    """V1 knows plain names, V2 both forms."""
    found = stored(wires)
    if version == "V1" and str(found).startswith("{"):
        raise ValueError(f"no name: {found}")
    return found


def read_any(_: str, wires: Wires) -> Any:
    return stored(wires)


@dataclass
class Kept(Sample):
    text: str = KEPT
    changes_text: str = ROWS_KEPT
    back: Handler = read_own
    told: Handler = save
    schema: str = "CREATE TABLE rows (id)"
    migrations: Mapping[str, Mapping[str, Any]] | None = None
    backfills: Mapping[str, Mapping[str, Any]] | None = None

    def parts(self) -> Mapping[str, Part]:
        part = Sqlite(
            schema=self.schema,
            seed="INSERT INTO rows VALUES ('Ada')",
            tables={"rows": "row"},
            migrations=self.migrations or {},
            backfills=self.backfills or {},
        )
        return {**super().parts(), "db": part}
