"""The pairs of other formats and projects, in both directions; the labels are in `pairs/expected.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from skewproof.model.deployment import ContractFormat
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.registry import FORMATS
from support.contracts import build_side, grade_both, judge

FOLDER = Path(__file__).parent / "pairs"
PAIRS = {pair["id"]: pair for pair in json.loads((FOLDER / "expected.json").read_text())}
WORDS = {"openapi3": "openapi", "proto3": "proto"}

B, S, M, C = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE

JUDGED = {
    "avro-01-add-field-with-default": (C, C),
    "avro-03-remove-field": (B, C),
    "avro-05-int-to-long": (B, C),
    "buf-enum_value_no_delete": (M, M),
    "buf-field_no_delete": (M, M),
    "buf-field_same_name": (M, M),
    "buf-field_wire_compatible_type": (B, B),
    "buf-file_same_package": (B, B),
    "buf-rpc_no_delete": (B, C),
    "oas-01-required-request-property-added": (B, C),
    "oas-03-request-property-removed": (M, B),
    "oas-05-response-optional-property-added": (C, C),
    "oas-07-request-body-removed": (B, B),
    "oas-09-request-parameter-max-length-set": (M, C),
    "oas-11-response-schema-type-changed": (B, B),
    "oas-13-removed-after-sunset": (B, C),
    "oas-15-request-body-wrapped-in-oneof": (B, B),
    "pgroll-01-rename-column": (B, B),
    "pgroll-03-set-not-null": (B, M),
    "pgroll-05-add-column": (C, B),
    "real-proto-01-otel-zipcode-int32-to-string": (B, B),
    "real-proto-03-otel-field-delete-no-reserve": (M, C),
    "real-proto-05-otel-service-removed": (B, C),
    "real-proto-07-boutique-money-breaking": (B, B),
    "real-proto-09-boutique-product-id-string": (B, B),
    "real-proto-11-boutique-add-categories": (C, C),
}
"""An old consumer at a new provider, and the other way round; docs/evidence.md tells where labels differ."""


def _judge(name: str) -> tuple[Grade, Grade]:
    pair = PAIRS[name]
    differ = FORMATS[ContractFormat(WORDS.get(pair["format"], pair["format"]))].differ
    return grade_both(differ, build_side(FOLDER / pair["old"], 0), build_side(FOLDER / pair["new"], 1))


def test_every_pair_is_judged() -> None:
    assert JUDGED.keys() == PAIRS.keys()


@pytest.mark.parametrize("name", JUDGED)
def test_a_pair_is_judged_in_both_directions(name: str) -> None:
    assert _judge(name) == JUDGED[name]


@pytest.mark.parametrize("name", [name for name in JUDGED if name.startswith("avro")])
def test_avro_is_judged_as_its_own_tests_say(name: str) -> None:
    pair = PAIRS[name]
    labels = [pair["writer_new_reader_old"], pair["writer_old_reader_new"]]
    assert [grade is Grade.COMPATIBLE for grade in _judge(name)] == [
        label == "compatible" for label in labels
    ]


OTHER_LINES = {
    # A value that is gone, found where an enum of another name stands for the field.
    "buf-field_wire_compatible_type": 2,
    # Names of extensions, which no wire has.
    "buf-field_same_name": 3,
    "buf-enum_value_no_delete": 1,
}
"""Lines that buf names and we do not: how many, and why."""


@pytest.mark.parametrize("name", [name for name in JUDGED if name.startswith("buf")])
def test_what_buf_finds_is_found_in_its_line(name: str) -> None:
    pair: dict[str, Any] = PAIRS[name]
    old, new = build_side(FOLDER / pair["old"], 0), build_side(FOLDER / pair["new"], 1)
    differ = FORMATS[ContractFormat.PROTO].differ
    found = judge(differ, old, new) + judge(differ, new, old)
    lines = {(file, line) for file, line, _ in pair["expected"]}
    told = {(one.spot.file, one.spot.line) for one in found if one.grade is not Grade.COMPATIBLE}
    assert len(lines - told) == OTHER_LINES.get(name, 0)
