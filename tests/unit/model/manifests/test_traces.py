"""Traces: requests with their order and frequency, beside manifests and alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from skewproof.model.deployment import Kind
from skewproof.model.errors import InvalidDeploymentError
from support.importing import FromManifests, import_files

COMPOSE = """
    services:
      web: {image: w, ports: ["80:80"], environment: {API_HOST: api, PAY_HOST: pay}}
      api: {image: a, environment: {DB_HOST: db, CACHE_HOST: cache}}
      pay: {image: p}
      jobs: {image: j, environment: {KAFKA_ADDR: "kafka:9092"}}
      db: {image: postgres}
      cache: {image: redis}
      kafka: {image: kafka}
"""
SPANS = [
    # id, parent, service, name, kind, tags
    ("1", "", "web", "GET /shop", 2, {}),
    ("2", "1", "web", "GET", 3, {}),
    ("4", "2", "API", "Orders/Add", 2, {}),
    (
        "5",
        "4",
        "API",
        "INSERT shop.orders",
        3,
        {"db.system": "postgresql", "db.operation": "INSERT", "db.sql.table": "orders"},
    ),
    ("3", "4", "API", "GET price", 3, {"db.system": "redis", "server.address": "cache"}),
    (
        "6",
        "4",
        "API",
        "orders publish",
        4,
        {"messaging.system": "kafka", "messaging.destination.name": "orders"},
    ),
    (
        "7",
        "6",
        "jobs",
        "orders process",
        5,
        {"messaging.system": "kafka", "messaging.destination.name": "orders"},
    ),
    ("8", "7", "jobs", "SELECT", 3, {"db.system": "postgresql", "db.statement": "SELECT 1"}),
    ("9", "1", "web", "inner", 1, {}),
    ("a", "9", "API", "Orders/Add", 2, {}),  # the same once more
]
HOPS = [
    "client calls web: GET /shop",
    "web calls api: Orders/Add",
    "api writes db: orders",
    "api reads cache: data",
    "api publishes kafka: orders",
]
JOB = ["jobs consumes kafka: orders", "jobs reads db: data"]


def otlp(trace: str = "t") -> dict[str, Any]:
    spans = []
    for number, (own, parent, service, name, kind, tags) in enumerate(SPANS):
        attributes = [{"key": key, "value": {"stringValue": value}} for key, value in tags.items()]
        span = {
            "traceId": trace,
            "spanId": own,
            "parentSpanId": parent,
            "name": name,
            "kind": kind,
            "startTimeUnixNano": str(1_700_000_000_000_000_000 + number),
            "attributes": attributes,
        }
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
        spans.append({"resource": resource, "scopeSpans": [{"spans": [span]}]})
    return {"resourceSpans": spans[::-1]}


def jaeger() -> dict[str, Any]:
    kinds = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
    spans = []
    for number, (own, parent, service, name, kind, tags) in enumerate(SPANS):
        spans.append(
            {
                "traceID": "t",
                "spanID": own,
                "references": [{"refType": "CHILD_OF", "traceID": "t", "spanID": parent}] if parent else [],
                "operationName": name,
                "startTime": 1_700_000_000_000_000 + number,
                "processID": service,
                "tags": [
                    {"key": key, "value": value} for key, value in {**tags, "span.kind": kinds[kind]}.items()
                ],
            }
        )
    return {
        "data": [
            {
                "traceID": "t",
                "spans": spans,
                "processes": {name: {"serviceName": name} for name in ("web", "API", "jobs")},
            }
        ]
    }


def hops(found: FromManifests) -> dict[str, list[str]]:
    return {request.name: [str(hop) for hop in request.hops] for request in found.deployment.requests}


@pytest.mark.parametrize("trace", [otlp(), jaeger()])
def test_requests_have_the_order_of_time_and_what_manifests_say_besides(tmp_path: Path, trace: Any) -> None:
    found = import_files(tmp_path, {"compose.yaml": COMPOSE, "t.json": json.dumps(trace)})
    read = hops(found)
    assert read["GET /shop at web"] == [*HOPS, "web calls pay: api"]
    assert read["orders process at jobs"] == JOB
    assert found.deployment.components["jobs"].kind is Kind.WORKER
    assert "1 of 2 traced" in found.text
    assert len(read) == 2


def test_lines_of_a_collector_are_counted(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(otlp(f"t{number}")) for number in range(3))
    found = import_files(tmp_path, {"compose.yaml": COMPOSE, "t.jsonl": lines})
    assert "3 of 6 traced" in found.text


def test_traces_alone_make_a_deployment(tmp_path: Path) -> None:
    found = import_files(tmp_path, {"t.json": json.dumps(otlp())})
    assert hops(found)["GET /shop at web"] == [
        one.replace("api", "API").replace("db", "postgresql").replace("cache", "cache") for one in HOPS
    ]
    kinds = {name: one.kind for name, one in found.deployment.components.items()}
    assert kinds == {
        "web": Kind.SERVICE,
        "API": Kind.SERVICE,
        "jobs": Kind.WORKER,
        "postgresql": Kind.DATABASE,
        "cache": Kind.CACHE,
        "kafka": Kind.BROKER,
    }


def test_services_that_only_traces_know_are_told(tmp_path: Path) -> None:
    found = import_files(
        tmp_path, {"compose.yaml": "services: {web: {image: w}}", "t.json": json.dumps(otlp())}
    )
    assert any("in traces, and in no manifest" in one and "API" in one for one in found.told)


@pytest.mark.parametrize(
    "spans",
    [
        [{}],
        [{"traceId": "t", "spanId": "1", "parentSpanId": "1", "kind": 2}],
        [
            {"traceId": "t", "spanId": "1", "parentSpanId": "2", "kind": 2},
            {"traceId": "t", "spanId": "2", "parentSpanId": "1", "kind": 2},
        ],
        [{"traceId": 5, "spanId": None, "kind": [2], "name": {"x": 1}, "startTimeUnixNano": "9" * 5000}],
        [{"traceId": "t", "spanId": "1", "kind": 2, "name": 'a "b" * \x1b[31m\n  - x: y'}],
        [{"traceId": "t", "spanId": "1", "kind": 2, "name": "x" * 5000}],
    ],
)
def test_spans_that_nobody_would_write(tmp_path: Path, spans: list[Any]) -> None:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]}
    trace = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    found = import_files(
        tmp_path, {"compose.yaml": "services: {web: {image: w}}", "t.json": json.dumps(trace)}
    )
    assert {*found.deployment.components} == {"web"}


def test_deep_json_is_no_trace(tmp_path: Path) -> None:
    with pytest.raises(InvalidDeploymentError):
        import_files(
            tmp_path, {"t.json": '{"resourceSpans": ' + "[" * 100_000 + "]" * 100_000 + "}"}, "t.json"
        )


def test_a_service_called_client_is_not_who_calls_from_outside(tmp_path: Path) -> None:
    spans = [
        {"traceId": "t", "spanId": "1", "kind": 2, "name": "GET /"},
        {"traceId": "t", "spanId": "2", "parentSpanId": "1", "kind": 2, "name": "GET /x"},
    ]
    trace = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": name}}]},
                "scopeSpans": [{"spans": [span]}],
            }
            for name, span in zip(("client", "api"), spans, strict=True)
        ]
    }
    compose = "services: {client: {image: c}, api: {image: a}}"
    found = import_files(tmp_path, {"compose.yaml": compose, "t.json": json.dumps(trace)})
    assert found.edges == {("client", "client-service"), ("client-service", "api")}
