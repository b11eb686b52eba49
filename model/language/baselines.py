"""Files of accepted hazards, written by machine and edited by people: what they wrote is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct

from ..errors import InvalidDeploymentError
from ..escapes import make_printable
from . import document
from .document import Document, Scalar, YamlNode
from .keys import BASELINE_KEYS
from .reader import Reader
from .writing import write_scalar

HEADER = """\
# Hazards that are accepted, by id. `skewproof baseline` adds those that are new and takes out those that are
# gone; reasons, dates and entries of other kinds stay as they are written here.
"""


class Known(Struct, frozen=True):
    """What people wrote of an accepted hazard."""

    reason: str
    until: str | None = None

    def is_over(self, day: date) -> bool:
        """Whether its last day is before that day. (Dates of this form stand in the order of time.)"""
        return self.until is not None and self.until < day.isoformat()


class BaselineEntry(Struct, frozen=True):
    """A hazard of a baseline: what it is in words, and the steps in which it is accepted."""

    hazard: str
    told: str
    within: tuple[str, ...]
    known: Known


class Baseline(Struct, frozen=True):
    """A file of accepted hazards as it stands: those by id alone, and other entries, each in one line."""

    known: Mapping[str, Known]
    others: tuple[str, ...]


def read_baseline(text: Document) -> Baseline:
    """What stands in the file; names in it need not be those of any deployment. Raises
    `InvalidDeploymentError` where it is no such file."""
    reader = Reader([text])
    values = reader.record(text.root, BASELINE_KEYS, "the file") if text.root else None
    section = reader.sequence(values["accept"], "`accept`") if values and "accept" in values else None
    if reader.problems or section is None:
        raise InvalidDeploymentError(reader.problems)
    known: dict[str, Known] = {}
    others = []
    for item in section.items:
        given = dict(_list_texts(item))
        if {"hazard", "reason"} <= given.keys() <= {"hazard", "in", "reason", "until"}:
            known[given["hazard"]] = Known(given["reason"], given.get("until"))
        else:
            others.append(_write_flow(item))
    return Baseline(known, tuple(others))


def write_baseline(entries: Iterable[BaselineEntry], others: Iterable[str]) -> str:
    """The text of the file; the same for the same entries."""
    lines = [*(f"- {other}" for other in others)]
    for entry in entries:
        lines += _write_entry(entry)
    return HEADER + ("accept:\n" + "\n".join(lines) if lines else "accept: []") + "\n"


def _write_entry(entry: BaselineEntry) -> Iterator[str]:
    yield f"# {make_printable(entry.told)}"
    yield f"- hazard: {write_scalar(entry.hazard)}"
    yield f"  in: [{', '.join(map(write_scalar, entry.within))}]"
    yield f"  reason: {write_scalar(entry.known.reason)}"
    if entry.known.until is not None:
        yield f"  until: {write_scalar(entry.known.until)}"


def _list_texts(item: YamlNode) -> Iterator[tuple[str, str]]:
    """The keys of an entry with their texts; of a list none."""
    if isinstance(item, document.Mapping):
        for key, value in item.entries:
            yield key.text, " ".join(value.text.split()) if isinstance(value, Scalar) else ""


def _write_flow(node: YamlNode) -> str:
    match node:
        case Scalar():
            return write_scalar(node.text)
        case document.Sequence():
            return f"[{', '.join(map(_write_flow, node.items))}]"
        case document.Mapping():
            pairs = (f"{write_scalar(key.text)}: {_write_flow(value)}" for key, value in node.entries)
            return f"{{{', '.join(pairs)}}}"
