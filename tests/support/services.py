"""Small services for tests: a storefront of Node before a backend of Python before PostgreSQL."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from skewproof.properties.harness import MixedVersions, Outcome, Part, Postgres, Process, Wrong

PROGRAMS = Path(__file__).parents[1] / "process" / "programs"

DEPLOYMENT = """
components:
  front: {kind: service}
  back:  {kind: service}
  db:    {kind: database}
requests:
  ask:
    - client calls front: page
    - front calls back: value
    - back reads db: order
  tell:
    - client calls front: told
    - front calls back: told
    - back writes db: order
pipeline:
  - Install: [migrate db]
  - Deploy: [deploy back front]
changes:
  db/order: {breaks: {schema: both}}
"""


@dataclass
class Services(MixedVersions):
    """A test gives what is different: `habit` is what the backend does wrong, `options` of its part."""

    folder: Path
    server: str
    habit: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    front: Process | None = None
    patience_ms: int = 60_000
    migration: Any = "ALTER TABLE orders RENAME quantity TO amount"
    tables: Mapping[str, str] = field(default_factory=lambda: {"orders": "order"})
    oracle: Callable[[Outcome], str | Wrong | None] = lambda _: None
    text: str = DEPLOYMENT

    def __post_init__(self) -> None:
        file = self.folder / "services.yaml"
        file.write_text(self.text, "utf-8")
        self.deployment = file  # type: ignore[misc]  # a sample has a file of its own

    def parts(self) -> Mapping[str, Part]:
        return {
            "front": self.front
            or Process(
                ["node", str(PROGRAMS / "front.js"), "{port}", "{back}"],
                {"GET /*": "page", "POST /*": "told"},
                env={"PATIENCE_MS": str(self.patience_ms)},
            ),
            "back": Process(
                [sys.executable, str(PROGRAMS / "back.py"), "{version}", "{port}", "{db}"],
                {"GET /*": "value", "POST /*": "told"},
                env={"HABIT": self.habit, **self.env},
                **self.options,
            ),
            "db": Postgres(
                schema="CREATE TABLE orders (id serial, quantity int)",
                seed="INSERT INTO orders (quantity) VALUES (7)",
                migrations={"V2": {"order": self.migration}},
                tables=self.tables,
                server=self.server,
            ),
        }

    def perform(self, request: str, root: Any) -> Any:
        if request == "ask":
            return root.http("front").request("GET", "/orders")
        return root.http("front").request("POST", "/orders", json={"quantity": 3})

    def check(self, outcome: Outcome) -> str | Wrong | None:
        return self.oracle(outcome)


def list_marked(token: str = "") -> list[psutil.Process]:
    """What runs with the mark of a harness: of that token, or of any."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get("SKEWPROOF_HARNESS")
        except (psutil.Error, OSError):
            continue
        if mark is not None and token in mark and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found
