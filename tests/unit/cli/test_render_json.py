"""The answer for machines, held against the schema that is published for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from msgspec.structs import replace

import support.output_samples as samples
from skewproof.cli.render_json import to_json
from skewproof.properties.lookups.lookup import HazardKind
from skewproof.properties.verdict import Answer, Safe
from support.hostile_samples import hostile

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "verdict.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
UNAVAILABLE = replace(
    samples.slow_hazard(),
    kind=HazardKind.UNAVAILABLE,
    aspect=None,
    provider_version=None,
    consumer_version=None,
)


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "answer",
    [
        samples.unsafe_answer(),
        samples.unsafe_answer(*samples.many_hazards()),
        samples.unsafe_answer(UNAVAILABLE),
        samples.unsafe_answer(hostile()[1]),
        samples.unsafe_answer(samples.schema_hazard(), samples.property_hazard()),
        samples.unsafe_answer(replace(samples.property_hazard(), trace=(), loop=None)),
        samples.safe_answer((samples.CART_ITEM,)),
        samples.accepting_answer(),
        replace(samples.accepting_answer(), verdict=Safe()),
        samples.unknown_answer(),
        replace(samples.unknown_answer(), statistics=samples.statistics()),
        replace(samples.safe_answer(), statistics=replace(samples.statistics(), interleavings=None)),
    ],
)
def test_answer_follows_the_schema(answer: Answer) -> None:
    VALIDATOR.validate(json.loads(json.dumps(to_json(answer, {"sha256": "0" * 64}))))


KEYS = [
    "schema",
    "system",
    "verdict",
    "avoidable",
    "assumed",
    "enabled_after",
    "hazards",
    "accept",
    "causes",
    "coverage",
    "compatible",
    "residue",
    "residue_breaks",
    "end",
    "ways_back",
    "point_of_no_return",
    "left_open",
    "statistics",
    "certificate",
]
HAZARD_KEYS = ["id", "code", "status", "accepted", "kind", "request", "hop"]
HAZARD_KEYS += [
    "consumer",
    "consumer_instance",
    "consumer_version",
    "provider",
    "provider_instance",
    "provider_version",
    "contract",
    "aspect",
    "absent",
    "retired",
]
HAZARD_KEYS += ["severity", "inevitable", "span", "window", "for_ever", "property", "explanation", "loop"]
HAZARD_KEYS += ["if_it_breaks", "evidence", "places", "trace", "onward"]


def test_keys_stand_in_the_order_of_the_format() -> None:
    made = to_json(samples.unsafe_answer())
    assert list(made) == KEYS
    assert list(made["assumed"]) == [
        "unchanged",
        "unjudged",
        "max_span",
        "never",
        "overridden",
        "granted",
        "failures",
    ]
    assert list(made["hazards"][0]) == HAZARD_KEYS
    assert list(made["hazards"][0]["trace"][0]) == ["step", "kind", "text", "owner", "hop", "after"]


def test_values_are_plain() -> None:
    made = to_json(samples.unsafe_answer())
    assert made["schema"] == 2
    assert made["verdict"] == "unsafe"
    assert made["hazards"][1]["contract"] == "database/cart_item"
    assert made["hazards"][1]["trace"][11]["after"] == {"cart_item schema": "V2"}
    assert type(made["hazards"][1]["kind"]) is str
    assert made["statistics"]["interleavings"] == 1_234_567_890_123
    assert made["certificate"] is None


def test_unknown_tells_why_and_judges_nothing() -> None:
    made = to_json(samples.unknown_answer())
    assert (made["verdict"], made["hazards"], made["avoidable"]) == ("unknown", [], None)
    assert list(made["statistics"]) == ["reason", "advice"]
    more = to_json(replace(samples.unknown_answer(), statistics=samples.statistics()))
    assert more["statistics"]["engine"] == "slices"


def spoilt(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(to_json(samples.unsafe_answer())))
    place: Any = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return made


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("extra",), 1),
        (("schema",), 3),
        (("verdict",), "safe"),
        (("verdict",), "unknown"),
        (("avoidable",), None),
        (("hazards",), []),
        (("residue",), ["no slash"]),
        (("statistics",), {}),
        (("hazards", 0, "hop"), 0),
        (("hazards", 0, "aspect"), "other"),
        (("hazards", 0, "aspect"), None),
        (("hazards", 0, "window"), []),
        (("hazards", 0, "trace", 0, "kind"), "other"),
        (("hazards", 0, "trace", 0, "extra"), 1),
    ],
)
def test_schema_refuses_what_the_format_does_not_have(path: tuple[str | int, ...], value: object) -> None:
    with pytest.raises(ValidationError):
        VALIDATOR.validate(spoilt(path, value))
