"""The 55 pairs of oasdiff's tests: what it asserts of an old client at a new server, and what we say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skewproof.model.evidence import openapi
from skewproof.model.evidence.judgement import Grade, find_worst
from support.contracts import build_side, grade_both, judge

FOLDER = Path(__file__).parent / "openapi"
PAIRS = json.loads((FOLDER / "expected.json").read_text())

AS_ASSERTED = {
    "ERR": {Grade.BREAKS, Grade.SILENT},
    "WARN": {Grade.MAY_BREAK},
    "INFO": {Grade.COMPATIBLE},
}
DIFFERENT = {
    # An operation that wants security of whoever came without.
    "api_security_added_revision": Grade.BREAKS,
    "api_security_global_added_revision": Grade.BREAKS,
    # `maxItems` at a text: nothing that reads schemas looks at it.
    "request_parameter_max_items_updated_base": Grade.MAY_BREAK,
    # One more schema in `allOf` that asks for nothing new.
    "request_property_all_of_added_revision": Grade.COMPATIBLE,
    # The property that was the discriminator is gone with it.
    "request_property_discriminator_added_property_name_changed": Grade.MAY_BREAK,
    "response_property_discriminator_added_property_name_changed": Grade.MAY_BREAK,
    # A text became an object; asserted is that this is a change of XML.
    "response_xml_type_compatible_revision": Grade.BREAKS,
}
"""Where we say something else than is asserted; docs/evidence.md tells why."""


def _id(pair: dict[str, str]) -> str:
    return Path(pair["revision"]).stem


@pytest.mark.parametrize("pair", PAIRS, ids=_id)
def test_an_old_client_at_a_new_server_is_judged_as_asserted(pair: dict[str, str]) -> None:
    old, new = build_side(FOLDER / pair["base"], 0), build_side(FOLDER / pair["revision"], 1)
    grade = find_worst(judge(openapi.compare, old, new))
    if _id(pair) in DIFFERENT:
        assert grade is DIFFERENT[_id(pair)]
    else:
        assert grade in AS_ASSERTED[pair["level"]]


@pytest.mark.parametrize("pair", PAIRS, ids=_id)
def test_a_version_understands_itself(pair: dict[str, str]) -> None:
    for name in ("base", "revision"):
        old, new = (build_side(FOLDER / pair[name], rank) for rank in (0, 1))
        assert grade_both(openapi.compare, old, new) == (Grade.COMPATIBLE, Grade.COMPATIBLE)


def test_no_pair_is_left_unknown() -> None:
    for pair in PAIRS:
        old, new = build_side(FOLDER / pair["base"], 0), build_side(FOLDER / pair["revision"], 1)
        assert Grade.UNKNOWN not in grade_both(openapi.compare, old, new)


def test_what_breaks_is_told_with_its_line() -> None:
    name = "checker/request_property_added"
    old, new = build_side(FOLDER / f"{name}_base.yaml", 0), build_side(FOLDER / f"{name}_revision.yaml", 1)
    found = [one for one in judge(openapi.compare, old, new) if one.grade is Grade.BREAKS]
    assert [one.rule for one in found] == ["required"]
    line = (FOLDER / f"{name}_revision.yaml").read_text().splitlines()[found[0].spot.line - 1]
    assert line.strip() == "required:"
