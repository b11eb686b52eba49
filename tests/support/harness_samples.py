"""A small application for the harness, of plain functions that a test puts together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skewproof.properties.harness import (
    Cache,
    Comparison,
    MixedVersions,
    Outcome,
    Part,
    Plain,
    Queue,
    Sqlite,
    Trial,
    Wires,
    Worker,
    Wrong,
)

DEPLOYMENT = """
components:
  front: {kind: service}
  back:  {kind: service}
  jobs:  {kind: worker}
  db:    {kind: database}
  cache: {kind: cache}
  queue: {kind: broker}
requests:
  ask:
    - client calls front: page
    - front calls back: value
    - back reads db: row
  tell:
    - client calls back: told
    - back writes cache: note
    - back publishes queue: news
  listen:
    - jobs consumes queue: news
    - jobs reads cache: note
pipeline:
  - Install: [migrate db]
  - Deploy: [deploy back front]
  - Jobs: [deploy jobs]
"""

Made = Callable[..., "Sample"]
"""Makes a sample of the parts that a test gives."""

Handler = Callable[[str, Wires], Any]
"""What a component does, given its version and its wires."""


def ask_back(_: str, wires: Wires) -> Any:
    return wires.call("back", "value", {"id": 1})


def read_row(_: str, wires: Wires) -> Any:
    return wires.connect("db").execute("SELECT id FROM rows").fetchone()[0]


def tell(version: str, wires: Wires) -> Any:
    wires.cache("cache").set("note", version.encode())
    wires.queue("queue").publish("news", version.encode())


def listen(_: str, wires: Wires) -> Any:
    news, note = wires.queue("queue").consume("news"), wires.cache("cache").get("note")
    assert news is not None
    assert note is not None
    return news + note


@dataclass
class Sample(MixedVersions):
    """The application: a test gives what is different from one that works in every version."""

    folder: Path
    changes_text: str = "changes: {}"
    front: Handler = ask_back
    back: Handler = read_row
    told: Handler = tell
    jobs: Handler = listen
    migration: Any = "ALTER TABLE rows ADD COLUMN more"
    oracle: Callable[[Outcome], str | Wrong | None] = lambda _: None
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = DEPLOYMENT

    def __post_init__(self) -> None:
        file = self.folder / "sample.yaml"
        file.write_text(self.text + self.changes_text, "utf-8")
        self.deployment = file  # type: ignore[misc]  # a sample has a file of its own

    def parts(self) -> Mapping[str, Part]:
        return {
            "front": Plain(lambda version, wires: lambda *_: self.front(version, wires)),
            "back": Plain(self.start_back),
            "jobs": Worker(lambda version, wires: lambda: self.jobs(version, wires)),
            "db": Sqlite(
                schema="CREATE TABLE rows (id)",
                seed="INSERT INTO rows VALUES (7)",
                migrations={"V2": {"row": self.migration}},
                tables={"rows": "row"},
            ),
            "cache": Cache({"note": "note"}),
            "queue": Queue({"news": "news"}, self.topics),
        }

    def start_back(self, version: str, wires: Wires) -> Any:
        return lambda subject, *_: (self.back if subject == "value" else self.told)(version, wires)

    def perform(self, request: str, root: Any) -> Any:
        if request == "listen":
            return root()
        return root.call("front", "page") if request == "ask" else root.call("back", "told")

    def check(self, outcome: Outcome) -> str | Wrong | None:
        return self.oracle(outcome)


def asks_by_version(version: str, wires: Wires) -> Any:
    return wires.call("back", "value", version)


class Versioned(Sample):
    """A callee that understands only callers of its own version."""

    def start_back(self, version: str, wires: Wires) -> Any:
        def handle(subject: str, *arguments: Any) -> Any:
            if subject == "value" and arguments != (version,):
                raise ValueError(f"{version} does not understand {arguments[0]}")
            return self.back(version, wires) if subject == "value" else self.told(version, wires)

        return handle


BOTH = "changes: {db/row: {breaks: {schema: both}}}"
RENAME = "ALTER TABLE rows RENAME COLUMN id TO number"


def old_column(version: str, wires: Wires) -> Any:
    return (
        wires.connect("db").execute(f"SELECT {'id' if version == 'V1' else 'number'} FROM rows").fetchone()[0]
    )


def compared(harness: Sample) -> Comparison:
    with Trial(harness) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        comparison.tour()
        return comparison


def said(comparison: Comparison) -> list[str]:
    return [str(wrong) for wrong in comparison.unpredicted]


def when(version: str, handler: Handler, otherwise: Handler) -> Handler:
    """One handler in that version, another in others."""
    return lambda own, wires: (handler if own == version else otherwise)(own, wires)


def more(_: str, wires: Wires) -> Any:
    wires.connect("db").execute("SELECT more FROM rows").fetchone()
    return 7
