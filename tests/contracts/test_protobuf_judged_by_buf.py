"""buf itself as a judge: what it finds on the wire, or in JSON, is not compatible both ways for our walk."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.programs import find_tool
from support.kinds import Kind

from .kinds import test_protobuf_kinds as protobuf_kinds

RULES = (
    "WIRE", "WIRE_JSON", "SERVICE_NO_DELETE", "RPC_NO_DELETE", "FIELD_SAME_DEFAULT", "FIELD_SAME_ONEOF",
    "FIELD_SAME_JSON_NAME", "FIELD_SAME_NAME", "ENUM_VALUE_SAME_NAME",
)  # fmt: skip
"""What buf is asked for; its other rules are about generated code."""
WITHOUT_EFFECT = {
    "RPC_SAME_IDEMPOTENCY_LEVEL": "a hint for caches and retries, of which the wire has nothing",
    "FIELD_NO_DELETE_UNLESS_NAME_RESERVED": "who is newer is taken to know what older ones leave out",
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED": "as above",
    "RESERVED_MESSAGE_NO_DELETE": "a number that may be used again, and is not",
    "RESERVED_ENUM_NO_DELETE": "as above",
}
"""Rules of the above by which alone nothing is refused."""
ALONE = {
    "res field moved into new oneof": "one field alone in a `oneof` is written as ever",
    "res enum alias added": "the number has both names",
}
"""Kinds of which buf finds something that no reader meets."""


def _write(folder: Path, version: int, kinds: dict[str, Kind]) -> None:
    folder.mkdir()
    config = {"version": "v2", "breaking": {"use": list(RULES)}}
    (folder / "buf.yaml").write_text(json.dumps(config))
    for path, kind in kinds.items():
        package = f"package {path.removesuffix('.proto')}p"
        (folder / path).write_text(str(kind[version]).replace("package p", package, 1))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The rules that buf finds broken in either direction, by kind."""
    folder = tmp_path_factory.mktemp("buf")
    readable = [kind for kind in protobuf_kinds.KINDS if "message_set" not in kind.old + kind.new]
    kinds = {f"k{index}.proto": kind for index, kind in enumerate(readable)}
    for version, name in ((1, "old"), (2, "new")):
        _write(folder / name, version, kinds)
    rules: dict[str, set[str]] = {kind.name: set() for kind in readable}
    for new, old in (("new", "old"), ("old", "new")):
        command = [
            str(find_tool("buf", "buf-bin")),
            "breaking",
            new,
            "--against",
            old,
            "--error-format",
            "json",
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 100, done.stderr
        for line in done.stdout.splitlines():
            one = json.loads(line)
            rules[kinds[Path(one["path"]).name].name].add(one["type"])
    return rules


def test_what_buf_finds_is_not_compatible_both_ways(found: dict[str, set[str]]) -> None:
    graded = {kind.name: kind.grades for kind in protobuf_kinds.KINDS}
    missed = {
        name: sorted(rules - WITHOUT_EFFECT.keys())
        for name, rules in found.items()
        if rules - WITHOUT_EFFECT.keys() and graded[name] == (Grade.COMPATIBLE, Grade.COMPATIBLE)
    }
    assert missed.keys() == ALONE.keys(), missed


def test_buf_finds_more_than_half_of_what_we_find(found: dict[str, set[str]]) -> None:
    """So that the judge is not one that looks away."""
    ours = [kind.name for kind in protobuf_kinds.KINDS if set(kind.grades) != {Grade.COMPATIBLE}]
    assert 2 * sum(bool(found.get(name)) for name in ours) > len(ours)
