"""Words that once misled (tests/faults/words): in text, in the report, in drawings and in JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from skewproof.diagrams.report import compose
from skewproof.diagrams.story import draw_story
from skewproof.model.language import load
from skewproof.properties import check
from support.command import ROOT, invoke

WORDS = ROOT / "tests" / "faults" / "words"
SCHEMA = json.loads((ROOT / "docs" / "verdict.schema.json").read_text())


def text_of(name: str, *more: str) -> str:
    return re.sub(r"\s+", " ", invoke("check", str(WORDS / f"{name}.yaml"), *more).stdout)


def hazards_of(path: Path) -> Any:
    answer = json.loads(invoke("check", str(path), "--format", "json").stdout)
    jsonschema.validate(answer, SCHEMA)
    return answer["hazards"]


def test_who_is_cut_off_is_on_the_instance_that_goes() -> None:
    told = text_of("f8a-interrupted-names-wrong")
    assert "job → w V1 interrupted" in told
    goes = "The instance of w V1 that job is on is retired under it, and job is cut off"
    assert f"{goes}; what stays of w: 1×V1 1×V2." in told
    assert "of db is retired" not in told
    [hazard] = hazards_of(WORDS / "f8a-interrupted-names-wrong.yaml")
    assert hazard["retired"] == {"component": "w", "version": "V1", "stay": "1×V1 1×V2"}


def test_a_queue_that_is_not_there_is_told_as_such() -> None:
    told = text_of("f10-exists-wording")
    assert "app V2 → q V1 new, not there yet" in told
    assert "app V2 publishes new to q, but there is no such queue yet: q is at configuration V1." in told
    assert "old configuration" not in told
    assert "form V2 meets" not in told
    [hazard] = hazards_of(WORDS / "f10-exists-wording.yaml")
    assert hazard["absent"] == "not there yet"


def test_a_stall_names_what_is_waited_for() -> None:
    told = text_of("f11-stall-why")
    assert "is ready only while `cache.up and db.version == V2`, and `db.version == V2` stays false" in told
    assert "it goes on to where it waits: 2 Deploy web spawn V2 (2×V1 1×V2 starting)" in told
    [hazard] = hazards_of(WORDS / "f11-stall-why.yaml")
    assert [event["text"] for event in hazard["onward"]][-1] == "web: spawn V2 (2×V1 1×V2 starting)"


def test_residue_is_told_by_what_it_breaks() -> None:
    told = text_of("f9-residue")
    assert "old forms may stay, and break job for ever (w V2 -> q V1, hop 1)" in told
    assert "break nothing" not in told


IN_DRAWINGS = [
    ("f8a-interrupted-names-wrong", "job → w V1"),
    ("f10-exists-wording", "not there yet"),
    ("f11-stall-why", "no way leads to the end"),
]


@pytest.mark.parametrize(("name", "words"), IN_DRAWINGS)
def test_drawings_and_report_say_the_same(name: str, words: str) -> None:
    deployment = load(WORDS / f"{name}.yaml")
    answer = check(deployment)
    [hazard] = answer.hazards
    assert words in re.sub(r"<[^>]*>", "", draw_story(deployment, hazard).source)
    report = compose(deployment, answer)
    assert (words if name != "f8a-interrupted-names-wrong" else "retired under it") in report


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests" / "faults").glob("*/*.yaml")), ids=lambda path: path.stem
)
def test_json_follows_its_schema(path: Path) -> None:
    if path.stem != "c1":  # a file of changes
        hazards_of(path)
