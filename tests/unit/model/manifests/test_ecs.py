"""Services of ECS, with what stands beside them, from plans of Terraform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from skewproof.model.deployment import Kind, Strategy
from support.importing import import_files


def plan(services: dict[str, dict[str, Any]]) -> str:
    resources: list[dict[str, Any]] = []
    configuration: list[dict[str, Any]] = []
    for name, values in services.items():
        containers = [
            {
                "name": name,
                "image": f"shop/{name}",
                "environment": [{"name": "API_URL", "value": "http://api:80"}],
                "portMappings": [{"containerPort": 80}],
            }
        ]
        task = {"family": f"{name}-task", "container_definitions": json.dumps(containers)}
        resources += [
            {
                "address": f"aws_ecs_service.{name}",
                "type": "aws_ecs_service",
                "values": {"name": name, **values},
            },
            {"address": f"aws_ecs_task_definition.{name}", "type": "aws_ecs_task_definition", "values": task},
        ]
        configuration += [
            {
                "address": f"aws_ecs_service.{name}",
                "expressions": {"task_definition": {"references": [f"aws_ecs_task_definition.{name}.arn"]}},
            },
            {
                "address": f"aws_ecs_task_definition.{name}",
                "expressions": {
                    "container_definitions": {"references": ["aws_db_instance.main.address", "var.x"]}
                },
            },
        ]
    resources.append(
        {"address": "aws_db_instance.main", "type": "aws_db_instance", "values": {"identifier": "orders"}}
    )
    return json.dumps(
        {
            "planned_values": {"root_module": {"resources": resources}},
            "configuration": {"root_module": {"resources": configuration}},
        }
    )


@pytest.mark.parametrize(
    ("values", "replicas", "surge", "unavailable"),
    [
        ({"desired_count": 3}, 3, 3, 0),
        ({"desired_count": 3, "deployment_maximum_percent": 150}, 3, 1, 0),
        (
            {"desired_count": 4, "deployment_maximum_percent": 100, "deployment_minimum_healthy_percent": 60},
            4,
            0,
            1,
        ),
        ({}, 1, 1, 0),
    ],
)
def test_services_of_ecs(
    tmp_path: Path, values: dict[str, Any], replicas: int, surge: int, unavailable: int
) -> None:
    found = import_files(tmp_path, {"plan.json": plan({"web": values, "api": {"load_balancer": [{"x": 1}]}})})
    web = found.deployment.components["web"]
    assert (web.replicas, web.max_surge, web.max_unavailable) == (replicas, surge, unavailable)
    assert found.edges == {
        ("client", "api"),
        ("client", "web"),
        ("web", "api"),
        ("web", "orders"),
        ("api", "orders"),
    }
    assert found.deployment.components["orders"].kind is Kind.DATABASE
    assert found.deployment.components["api"].readiness is not None


def test_code_deploy_is_blue_green(tmp_path: Path) -> None:
    text = plan({"web": {"deployment_controller": [{"type": "CODE_DEPLOY"}]}})
    assert (
        import_files(tmp_path, {"plan.json": text}).deployment.components["web"].strategy
        is Strategy.BLUE_GREEN
    )


def _beside(name: str, type_: str, values: dict[str, Any]) -> str:
    """A plan with one service and something more about it."""
    told = json.loads(plan({"web": {"desired_count": 2, **SHIFTED}}))
    root = told["planned_values"]["root_module"]
    root["resources"].append({"address": f"{type_}.{name}", "type": type_, "values": values})
    root["child_modules"] = [{"address": "module.x", "resources": [root["resources"].pop()]}]
    return json.dumps(told)


SHIFTED = {"deployment_controller": [{"type": "CODE_DEPLOY"}]}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("CodeDeployDefault.ECSAllAtOnce", Strategy.BLUE_GREEN),
        (None, Strategy.BLUE_GREEN),  # the default of the platform
        ("CodeDeployDefault.ECSCanary10Percent5Minutes", Strategy.ROLLING),
        ("CodeDeployDefault.ECSLinear10PercentEvery1Minutes", Strategy.ROLLING),
        ("own", Strategy.ROLLING),
    ],
)
def test_code_deploy_shifts_calls_at_once_or_by_steps(
    tmp_path: Path, config: str | None, expected: Strategy
) -> None:
    values = {"ecs_service": [{"service_name": "web"}], "deployment_config_name": config}
    found = import_files(tmp_path, {"p.json": _beside("g", "aws_codedeploy_deployment_group", values)})
    web = found.deployment.components["web"]
    assert web.strategy is expected
    assert (web.max_surge, web.max_unavailable) == (2, 0) or expected is Strategy.BLUE_GREEN
    assert "to both versions" in found.text or expected is Strategy.BLUE_GREEN


def test_a_group_of_another_service_says_nothing(tmp_path: Path) -> None:
    values = {"ecs_service": [{"service_name": "api"}], "deployment_config_name": "own"}
    found = import_files(tmp_path, {"p.json": _beside("g", "aws_codedeploy_deployment_group", values)})
    assert found.deployment.components["web"].strategy is Strategy.BLUE_GREEN
    assert "no deployment group is in the plan" in found.text


@pytest.mark.parametrize(
    ("resource", "replicas"), [("service/main/web", 5), ("service/main/api", 2), ("table/web", 2)]
)
def test_an_autoscaler_of_ecs_keeps_its_minimum(tmp_path: Path, resource: str, replicas: int) -> None:
    values = {"min_capacity": 5, "max_capacity": 9, "resource_id": resource}
    found = import_files(tmp_path, {"p.json": _beside("t", "aws_appautoscaling_target", values)})
    assert found.deployment.components["web"].replicas == replicas


def test_a_service_of_which_an_autoscaler_makes_some_is_not_left_out(tmp_path: Path) -> None:
    told = json.loads(plan({"web": {"desired_count": 0}}))
    target = {"min_capacity": 2, "resource_id": "service/main/web"}
    more = {"address": "aws_appautoscaling_target.t", "type": "aws_appautoscaling_target", "values": target}
    told["planned_values"]["root_module"]["resources"].append(more)
    found = import_files(tmp_path, {"p.json": json.dumps(told)})
    assert found.deployment.components["web"].replicas == 2


@pytest.mark.parametrize(
    ("values", "strategy", "limits"),
    [
        ({"deployment_configuration": [{"strategy": "BLUE_GREEN"}]}, Strategy.BLUE_GREEN, None),
        ({"deployment_configuration": [{"strategy": "CANARY"}]}, Strategy.ROLLING, (4, 0)),
        ({"deployment_configuration": [{"strategy": "LINEAR"}]}, Strategy.ROLLING, (4, 0)),
        ({"deployment_configuration": [{"strategy": "ROLLING"}]}, Strategy.ROLLING, (4, 0)),
        ({"deployment_configuration": [{"strategy": None}]}, Strategy.ROLLING, (4, 0)),
        ({"deployment_controller": [{"type": "EXTERNAL"}]}, Strategy.ROLLING, (4, 4)),
        ({"deployment_circuit_breaker": [{"enable": True, "rollback": True}]}, Strategy.ROLLING, (4, 0)),
        ({"deployment_maximum_percent": 100}, Strategy.ROLLING, (0, 1)),  # ECS could replace none
    ],
)
def test_strategies_of_ecs(
    tmp_path: Path, values: dict[str, Any], strategy: Strategy, limits: tuple[int, int] | None
) -> None:
    text = plan({"web": {"desired_count": 4, **values}})
    web = import_files(tmp_path, {"p.json": text}).deployment.components["web"]
    assert web.strategy is strategy
    assert limits is None or (web.max_surge, web.max_unavailable) == limits


def test_stores_of_a_plan_are_known_by_their_endpoints(tmp_path: Path) -> None:
    """What is there already has an address, which another module may name without a reference."""
    told = {
        "DB_HOST": "app.abc.eu-west-1.rds.amazonaws.com",
        "QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/orders",
        "REDIS_URL": "rediss://r.abc.cache.amazonaws.com:6379",
    }
    containers = [
        {"name": "a", "environment": [{"name": key, "value": value} for key, value in told.items()]}
    ]
    values: dict[tuple[str, str], dict[str, Any]] = {
        ("aws_ecs_service", "api"): {"name": "api"},
        ("aws_ecs_task_definition", "api"): {
            "family": "api",
            "container_definitions": json.dumps(containers),
        },
        ("aws_db_instance", "app"): {"identifier": "main", "address": told["DB_HOST"]},
        ("aws_sqs_queue", "orders"): {"name": "orders"},
        ("aws_sqs_queue", "mails"): {"name": "mails"},
        ("aws_lambda_function", "thumbs"): {},
    }
    resources = [
        {"address": f"{kind}.{name}", "type": kind, "values": told} for (kind, name), told in values.items()
    ]
    found = import_files(
        tmp_path, {"p.json": json.dumps({"planned_values": {"root_module": {"resources": resources}}})}
    )
    assert {("api", "main"), ("api", "orders"), ("api", "redis")} <= found.edges
    assert ("api", "mails") not in found.edges
    assert [one for one in found.told if "aws_lambda_function.thumbs" in one]
