"""What `.proto` files say, as descriptors built by buf: services, messages and enums by their full names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

from ..judgement import Spot
from ..programs import find_tool, run_tool
from ..sides import MAX_BYTES, Side, UnjudgedError, normalise

Told = dict[str, Any]
"""A descriptor as JSON has it (google/protobuf/descriptor.proto)."""

_OWN_CONFIG = "version: v1\n"
"""No dependencies, so that buf asks nobody on a network."""
_ROOTS = re.compile(r"^\s*roots:\s*\n((?:\s*-\s*\S+\s*\n)+)", re.MULTILINE)
_MODULE = re.compile(r"^\s*-?\s*path:\s*[\"']?([^\s\"']+)[\"']?\s*$", re.MULTILINE)


_SYNTAXES = {
    "proto2": {"enumType": "CLOSED", "fieldPresence": "EXPLICIT"},
    "proto3": {"fieldPresence": "IMPLICIT"},
}
_EDITION = {"fieldPresence": "EXPLICIT"}
"""What fields and enums are where nothing is said (protobuf.dev, "Feature Settings for Editions")."""


class Described(Struct, frozen=True, eq=False):
    """A message, enum, service, method, field or value, and where it stands."""

    told: Told
    spot: Spot
    name: str
    closed: bool = False
    """Of an enum: what it does not list is no value of it (proto2)."""


@dataclass
class Descriptors:
    """All that is described, by full name with a leading dot, as types are referred to."""

    messages: dict[str, Described] = field(default_factory=dict)
    enums: dict[str, Described] = field(default_factory=dict)
    services: dict[str, Described] = field(default_factory=dict)
    spots: dict[tuple[str, str | int], Spot] = field(default_factory=dict)
    """Of a field by its message and number, of a method by service and name, of a value by enum and name."""
    packages: dict[str, tuple[str, Spot]] = field(default_factory=dict)
    """The package of each file."""
    imported: set[str] = field(default_factory=set)
    """Messages of files that buf knows by itself (`google/protobuf/…`)."""
    _fields: dict[str, dict[int, Told]] = field(default_factory=dict)

    def list_fields(self, message: str) -> dict[int, Told]:
        """The fields of a message by number, extensions too."""
        return self._fields.get(message, {})

    def add_field(self, message: str, told: Told, features: Told, spot: Spot) -> None:
        """Takes in one field of a message, or an extension of it; `features` are those about it."""
        number = int(told["number"])
        self._fields.setdefault(message, {})[number] = {**told, "features": features | _features(told)}
        self.spots[message, number] = spot

    def add_file(self, file: Told, own: str | None) -> None:
        """Takes in one file; `own` is what its path is called in evidence (None: it comes with buf)."""
        package = f".{file['package']}" if file.get("package") else ""
        lines = _read_lines(file)
        features = _SYNTAXES.get(file.get("syntax", "proto2"), _EDITION) | _features(file)
        walk = _Walk(self, own or file["name"], lines, is_own=own is not None)
        self.packages[file["name"]] = package[1:], walk.spot((2,))
        for index, extension in enumerate(file.get("extension", ())):
            self.add_field(extension["extendee"], extension, features, walk.spot((7, index)))
        for index, message in enumerate(file.get("messageType", ())):
            walk.add_message(message, package, features, (4, index))
        for index, enum in enumerate(file.get("enumType", ())):
            walk.add_enum(enum, package, features, (5, index))
        for index, service in enumerate(file.get("service", ())):
            walk.add_service(service, package, (6, index))


@dataclass
class _Walk:
    """One file; a path of numbers says where in it something stands (SourceCodeInfo.Location.path)."""

    into: Descriptors
    own: str
    lines: dict[tuple[int, ...], int]
    is_own: bool

    def spot(self, path: tuple[int, ...]) -> Spot:
        return Spot(self.own, self.lines.get(path, 0))

    def add_message(self, message: Told, scope: str, above: Told, path: tuple[int, ...]) -> None:
        features = above | _features(message)
        name = f"{scope}.{message['name']}"
        self.into.messages[name] = Described(message, self.spot(path), name)
        if not self.is_own:
            self.into.imported.add(name)
        for index, one in enumerate(message.get("field", ())):
            self.into.add_field(name, one, features, self.spot((*path, 2, index)))
        for index, one in enumerate(message.get("extension", ())):
            self.into.add_field(one["extendee"], one, features, self.spot((*path, 6, index)))
        for index, nested in enumerate(message.get("nestedType", ())):
            self.add_message(nested, name, features, (*path, 3, index))
        for index, enum in enumerate(message.get("enumType", ())):
            self.add_enum(enum, name, features, (*path, 4, index))

    def add_enum(self, enum: Told, scope: str, above: Told, path: tuple[int, ...]) -> None:
        name = f"{scope}.{enum['name']}"
        closed = (above | _features(enum)).get("enumType") == "CLOSED"
        self.into.enums[name] = Described(enum, self.spot(path), name, closed)
        for index, value in enumerate(enum.get("value", ())):
            self.into.spots[name, str(value["name"])] = self.spot((*path, 2, index))

    def add_service(self, service: Told, scope: str, path: tuple[int, ...]) -> None:
        name = f"{scope}.{service['name']}"
        self.into.services[name] = Described(service, self.spot(path), name)
        for index, method in enumerate(service.get("method", ())):
            self.into.spots[name, str(method["name"])] = self.spot((*path, 2, index))


def _features(told: Told) -> Told:
    """What a file, message, enum or field of an edition says of itself; all that stands in it has it too."""
    found: Told = told.get("options", {}).get("features", {})
    return found


def read_descriptors(side: Side) -> Descriptors:
    """What the `.proto` files of a side describe. Raises `UnjudgedError`, `MissingToolError`."""
    buf = find_tool("buf", "buf-bin")
    with TemporaryDirectory(prefix="skewproof-") as held:
        folder = Path(held)
        own = dict(_copy(side, folder))
        if not own:
            raise UnjudgedError(f"no `.proto` file is at `{side.path}`", side.path)
        (folder / "buf.yaml").write_text(_OWN_CONFIG)
        built = json.loads(run_tool([buf, "build", ".", "-o", "-#format=json"], folder))
    found = Descriptors()
    for file in built.get("file", ()):
        found.add_file(file, own.get(file["name"]))
    return found


def _copy(side: Side, folder: Path) -> Iterator[tuple[str, str]]:
    """Writes the files of a side below a folder; gives their paths there, and in the tree."""
    paths = [path for path in side.files if path.endswith(".proto")]
    roots = _list_roots(side)
    total = 0
    for path in paths:
        below = _below(path, roots)
        content = side.tree.read(path)
        total += len(content)
        if total > MAX_BYTES:
            raise UnjudgedError(f"the `.proto` files of `{side.path}` are too large", side.path)
        target = folder / below
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        yield below, path


def _list_roots(side: Side) -> list[str]:
    """The folders from which files import each other: those of `buf.yaml`, or where the contract stands."""
    if side.files == (normalise(side.path),):
        return [str(PurePosixPath(normalise(side.path)).parent)]
    base = normalise(side.path)
    path = normalise(f"{base}/buf.yaml") if base else "buf.yaml"
    roots = [base]
    if path in side.files:
        text = side.tree.read(path).decode("utf-8", "replace")
        told = [root.strip(" -\t") for block in _ROOTS.findall(text) for root in block.splitlines()]
        roots = [normalise(f"{base}/{root}".lstrip("/")) for root in told + _MODULE.findall(text)] + roots
    return roots


def _below(path: str, roots: list[str]) -> str:
    for root in roots:
        if root in ("", "."):
            return path
        if path.startswith(f"{root}/"):
            return path[len(root) + 1 :]
    return path


def _read_lines(file: Told) -> dict[tuple[int, ...], int]:
    told = file.get("sourceCodeInfo", {}).get("location", ())
    return {tuple(one["path"]): int(one["span"][0]) + 1 for one in told if one.get("path")}
