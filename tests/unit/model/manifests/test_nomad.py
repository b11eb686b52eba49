"""Jobs of Nomad in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from skewproof.model.deployment import Kind, Strategy
from support.importing import FromManifests, import_files

DB = {"DB_URL": "postgres://db.service.consul:5432/shop"}
STORE = {
    "Name": "db",
    "Services": [{"Name": "db"}],
    "Tasks": [{"Name": "db", "Config": {"image": "postgres:16"}}],
}


def job(name: str, *groups: dict[str, Any], **more: Any) -> str:
    return json.dumps(
        {"Job": {"ID": name, "Name": name, "Type": "service", "TaskGroups": list(groups), **more}}
    )


def group(name: str = "web", **more: Any) -> dict[str, Any]:
    task = {"Name": name, "Driver": "docker", "Config": {"image": f"shop/{name}"}, "Env": DB}
    return {"Name": name, "Count": 4, "Services": [{"Name": name}], "Tasks": [task], **more}


def found(tmp_path: Path, *texts: str) -> FromManifests:
    return import_files(tmp_path, {f"{index}.json": text for index, text in enumerate(texts)})


@pytest.mark.parametrize(
    ("whole", "own", "strategy", "unavailable", "canary"),
    [
        (None, None, Strategy.ROLLING, 1, 1),
        ({"MaxParallel": 2}, None, Strategy.ROLLING, 2, 1),
        ({"MaxParallel": 2}, {"MaxParallel": 3}, Strategy.ROLLING, 3, 1),
        ({"MaxParallel": 2}, {"MaxParallel": None, "Canary": 1}, Strategy.CANARY, 2, 1),
        (None, {"MaxParallel": 0}, Strategy.ROLLING, 4, 1),
        (None, {"Canary": 2}, Strategy.CANARY, 1, 2),
    ],
)
def test_updates(
    tmp_path: Path, whole: Any, own: Any, strategy: Strategy, unavailable: int, canary: int
) -> None:
    """What the group says goes over what the job says."""
    web = found(tmp_path, job("web", group(Update=own), Update=whole)).deployment.components["web"]
    assert (web.replicas, web.strategy) == (4, strategy)
    assert (web.max_surge, web.max_unavailable, web.canary) == (0, unavailable, canary)


def test_a_canary_waits_for_somebody(tmp_path: Path) -> None:
    steps = found(tmp_path, job("web", group(Update={"Canary": 1}))).steps
    assert steps == {"Run": ["deploy web"], "Promote web": ["promote web"]}


def test_as_many_canaries_as_there_are_is_blue_green(tmp_path: Path) -> None:
    web = found(tmp_path, job("web", group(Update={"Canary": 4}))).deployment.components["web"]
    assert web.strategy is Strategy.BLUE_GREEN


def test_groups_call_each_other_by_their_services(tmp_path: Path) -> None:
    env = {**DB, "API": "http://api.service.consul:80"}
    web = group(Tasks=[{"Name": "web", "Config": {"image": "shop/web"}, "Env": env}])
    upstreams = {"SidecarService": {"Proxy": {"Upstreams": [{"DestinationName": "quote"}]}}}
    api = group("api", Services=[{"Name": "api", "Connect": upstreams, "Checks": [{"Type": "http"}]}])
    result = found(tmp_path, job("shop", web, api, group("quote"), STORE))
    assert {("shop-web", "shop-api"), ("shop-api", "shop-quote"), ("shop-web", "shop-db")} <= result.edges
    assert result.deployment.components["shop-db"].kind is Kind.DATABASE
    assert result.deployment.components["shop-api"].readiness is not None


def test_a_batch_job_runs_beside_and_a_periodic_one_is_a_worker(tmp_path: Path) -> None:
    task = {"Name": "m", "Config": {"image": "shop/web", "command": "alembic", "args": ["upgrade", "head"]}}
    migrate = job("migrate", {"Name": "m", "Tasks": [{**task, "Env": DB}]}, Type="batch")
    nightly = job("nightly", group("n", Count=1), Type="batch", Periodic={"Spec": "@daily"})
    result = found(tmp_path, job("web", group()), job("db", STORE), migrate, nightly)
    assert result.steps == {"Run": ["start migrate db", "deploy web nightly"]}
    assert result.deployment.components["nightly"].kind is Kind.WORKER


@pytest.mark.parametrize(
    "told",
    [{"TaskGroups": [{}]}, {"TaskGroups": [{"Name": "a", "Tasks": [1, {"Env": {"A": 1}, "Config": []}]}]}],
)
def test_what_is_odd_is_refused_or_passed_over(tmp_path: Path, told: dict[str, Any]) -> None:
    text = json.dumps({"Job": {"Name": "odd", **told}})
    assert set(found(tmp_path, text).deployment.components) == {"odd"}
