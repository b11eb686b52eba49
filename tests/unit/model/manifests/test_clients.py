"""Clients that are generated from OpenAPI documents, as calls."""

from __future__ import annotations

import json
from pathlib import Path

from support.importing import import_files

COMPOSE = "services: {web: {image: w}, api: {image: a}, pay: {image: p}}\n"


def generated(*documents: str) -> str:
    """As OpenAPI Generator keeps it."""
    generators = {f"c{number}": {"inputSpec": one} for number, one in enumerate(documents)}
    return json.dumps({"generator-cli": {"version": "7", "generators": generators}})


def test_who_holds_a_client_calls_whose_document_it_is(tmp_path: Path) -> None:
    files = {
        "compose.yaml": COMPOSE,
        "services/web/openapitools.json": generated(
            "#{cwd}/../api/spec/openapi.yaml", "http://pay:8080/spec.json"
        ),
        "services/api/src/kiota-lock.json": json.dumps({"descriptionLocation": "../../pay/openapi.json"}),
    }
    found = import_files(tmp_path, files)
    assert {("web", "api"), ("web", "pay"), ("api", "pay")} <= found.edges
    assert "OpenAPI client" in found.line("web calls api")


def test_a_client_of_nobody_knows_whom_is_told(tmp_path: Path) -> None:
    files = {
        "compose.yaml": COMPOSE,
        "web/openapitools.json": generated("../contracts/openapi.yaml", "https://example.com/x.json"),
        "lib/kiota-lock.json": json.dumps({"descriptionLocation": "../api/openapi.json"}),
        "api/openapitools.json": json.dumps({"generator-cli": {"generators": [1, {"x": None}]}}),
        "pay/kiota-lock.json": "[1]",
    }
    found = import_files(tmp_path, files)
    told = [one for one in found.told if "no folder is called like a component" in one]
    assert len(told) == 3
    assert not {edge for edge in found.edges if edge[0] != "client"}
