"""What happened one after the other: lines of JSON, events of Kubernetes, or the history of ReplicaSets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from msgspec import Struct

from ..deployment import Deployment
from ..errors import InvalidDeploymentError, Problem
from ..language.document import Scalar, parse_document
from ..language.keys import KeyRule, Table
from ..language.reader import Reader
from ..language.text import MAX_BYTES, UnreadableFileError, decode, report_too_large
from ..manifests.json_files import Json, as_dict, as_dicts, read_json, text_of
from ..names import Place
from .calling import Calling, ObservedUnit
from .gathering import Gathering
from .kubernetes import list_objects, name_of, unit_of, words_of
from .plain import PlainReader
from .sightings import BegunSeen, LeftOut, Sighting, VersionCountSeen

_SCALED = re.compile(
    r"Scaled (?:up|down) (?:replica set|ReplicaSet) (\S+)(?: \(revision \d+\))?(?: from \d+)?"
    r" to (\d{1,6})(?: from \d+)?"
)
_KEYS: Table = {
    "at": KeyRule("When it was.", {}),
    "seen": KeyRule("What was seen then.", {}),
    "event": KeyRule("What happened, as a story tells it.", {}),
}


class LogEntry(Struct, frozen=True):
    """One thing that a log says: what was seen, or an event by what a story says of it. `words` are those of
    the log; `at` is when, as it is written there; `number` counts the entries as they stand in the log."""

    number: int
    at: str
    words: str
    seen: tuple[Sighting, ...] = ()
    event: str | None = None


class Log(Struct, frozen=True):
    """The entries in the order in which they happened."""

    entries: tuple[LogEntry, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_log(content: bytes, file: str, deployment: Deployment, calling: Calling) -> Log:
    """What the file says happened. Raises `InvalidDeploymentError` for one that says nothing."""
    try:
        if len(content) > MAX_BYTES:
            raise UnreadableFileError(report_too_large(file))
        text = decode(content, file)
    except UnreadableFileError as refused:
        raise InvalidDeploymentError([refused.problem]) from refused
    values = read_json(content)
    objects = [one for value in values for one in list_objects(value)]
    kinds = {text_of(one, "kind") for one in objects}
    if values and "" not in kinds and (not objects or kinds & {"Event", "ReplicaSet"}):
        log = _of_kubernetes(objects, Gathering(deployment, calling))
    else:
        log = _of_lines(text, file, deployment, calling)
    if not log.entries:
        first = log.left_out[0] if log.left_out else None
        why = f"; {first.what}: {first.why}" if first else ""
        message = f"nothing here says that anything of the deployment happened{why}"
        raise InvalidDeploymentError([Problem("nothing-found", message, Place(file, 1, 1))])
    return log


# --- lines ---


def _of_lines(text: str, file: str, deployment: Deployment, calling: Calling) -> Log:
    """A mapping a line: `{"at": …, "seen": {…}}` or `{"at": …, "event": …}`."""
    entries: list[LogEntry] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            entry, wrong = _of_line(line, number, file, deployment, calling)
            entries += [entry] if entry is not None else []
            problems += wrong
    if problems:
        raise InvalidDeploymentError(problems)
    return Log(tuple(entries))


def _of_line(
    line: str, number: int, file: str, deployment: Deployment, calling: Calling
) -> tuple[LogEntry | None, list[Problem]]:
    document = parse_document(line, file)
    reader = Reader([document])
    entry = None
    if document.root is not None:
        values = reader.record(document.root, _KEYS, "an entry of the log") or {}
        at = values.get("at")
        when = at.text if isinstance(at, Scalar) else ""
        if ("seen" in values) is ("event" in values):
            reader.report("missing-key", "an entry has `seen` or `event`, one of them", document.root)
        elif "seen" in values:
            seen = reader.mapping(values["seen"], "`seen`")
            if seen is not None:
                found = PlainReader(reader, deployment, calling).observation(seen)
                entry = LogEntry(number, when, line.strip(), found.sightings)
        else:
            event = reader.scalar(values["event"], "`event`")
            entry = None if event is None else LogEntry(number, when, event.text, event=event.text)
    moved = [replace(one, place=one.place and one.place._replace(line=number)) for one in reader.problems]
    return entry, moved


# --- Kubernetes ---


def _of_kubernetes(objects: list[Mapping[str, Json]], gathering: Gathering) -> Log:
    """Of events what they say of the size of ReplicaSets; without any the order in which ReplicaSets were
    made."""
    sets = {name_of(one): one for one in objects if one.get("kind") == "ReplicaSet"}
    events = [one for one in objects if one.get("kind") == "Event"]
    found = _scalings(events, sets, gathering) if events else _begun(sets, gathering)
    ordered = sorted(found, key=lambda entry: entry.at)  # stable; times are written so that texts are ordered
    return Log(tuple(ordered), gathering.observation().left_out)


def _scalings(
    events: list[Mapping[str, Json]], sets: Mapping[str, Mapping[str, Json]], gathering: Gathering
) -> Iterator[LogEntry]:
    for number, one in enumerate(events, start=1):
        message = text_of(one, "message") or text_of(one, "note")  # of events.k8s.io/v1
        scaled = _SCALED.fullmatch(message)
        if scaled is None or text_of(one, "reason") != "ScalingReplicaSet":
            continue
        name, count = scaled[1], int(scaled[2])
        who = as_dict(one.get("involvedObject")) or as_dict(one.get("regarding"))
        owner = text_of(who, "name")
        unit = (
            unit_of(sets[name])
            if name in sets
            else ObservedUnit(f"ReplicaSet {name}", (), (), (name, *_hash(name, owner)))
        )
        unit = ObservedUnit(unit.words, (owner, *unit.names), unit.images, unit.signs)
        component = gathering.component_of(unit)
        version = None if component is None else gathering.version_of(component, unit)
        if component is not None and version is not None:
            seen = VersionCountSeen(component, version, count, f"event {number}")
            yield LogEntry(number, _time(one), message, (seen,))


def _hash(name: str, owner: str) -> tuple[str, ...]:
    """The hash in the name of a ReplicaSet."""
    return (name.removeprefix(f"{owner}-"),) if owner and name.startswith(f"{owner}-") else ()


def _begun(sets: Mapping[str, Mapping[str, Json]], gathering: Gathering) -> Iterator[LogEntry]:
    """When a ReplicaSet was made, its version had begun, and of new versions made later none was there."""
    made: list[tuple[str, int, str, BegunSeen]] = []
    for number, one in enumerate(sets.values(), start=1):
        owners = as_dicts(as_dict(one.get("metadata")).get("ownerReferences"))
        owner = text_of(owners[0], "name") if owners else ""
        unit = unit_of(one)
        unit = ObservedUnit(
            unit.words, (owner, *unit.names) if owner else unit.names, unit.images, unit.signs
        )
        component = gathering.component_of(unit)
        version = None if component is None else gathering.version_of(component, unit)
        if component is not None and version is not None:
            made.append((_time(one), number, words_of(one), BegunSeen(component, version, words_of(one))))
    for at, number, words, begun in made:
        later = (
            VersionCountSeen(other.component, other.version, 0, f"{whose} was made later")
            for then, _, whose, other in made
            if then > at and other.version != gathering.deployment.versions[0]
        )
        yield LogEntry(number, at, f"{words} was made", (begun, *later))


def _time(one: Mapping[str, Json]) -> str:
    for key in ("eventTime", "lastTimestamp", "deprecatedLastTimestamp", "firstTimestamp"):
        if found := text_of(one, key):
            return found
    return text_of(as_dict(one.get("metadata")), "creationTimestamp")
