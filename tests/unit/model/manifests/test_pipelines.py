"""Pipelines: GitHub, GitLab, Spryker, and plans of Terraform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from skewproof.model.deployment import Kind, Strategy
from skewproof.model.errors import InvalidDeploymentError
from support.importing import import_files

SPRYKER = Path(__file__).parents[3] / "manifests" / "spryker"
COMPOSE = "services: {web: {image: w}, api: {image: a, environment: {DB_HOST: db}}, db: {image: postgres}}\n"


def github(tmp_path: Path, jobs: str) -> dict[str, list[str]]:
    workflow = f"on: push\njobs:\n{jobs}"
    return import_files(tmp_path, {"compose.yaml": COMPOSE, ".github/workflows/d.yml": workflow}).steps


def test_jobs_of_github_in_the_order_that_they_need(tmp_path: Path) -> None:
    assert github(
        tmp_path,
        """\
  deploy:
    needs: [migrate]
    environment: production
    steps: [{run: kubectl apply -f k8s}]
  staging: {needs: test, environment: {name: staging}, steps: [{run: helm upgrade --install shop .}]}
  test: {steps: [{uses: actions/checkout@v4}, {run: make test}]}
  migrate: {needs: [test], steps: [{run: ./manage.py migrate}]}
""",
    ) == {"test": [], "staging": [], "migrate": ["migrate db"], "deploy": ["deploy web api"]}


def test_jobs_that_wait_for_no_other_run_at_once(tmp_path: Path) -> None:
    jobs = "  m: {steps: [{run: flyway migrate}]}\n  d: {steps: [{run: kubectl rollout restart deployment/web}]}\n"
    assert github(tmp_path, jobs)["m and d"] == ["start migrate db", "start deploy web", "await db web"]


@pytest.mark.parametrize(
    ("run", "actions"),
    [
        ("kubectl set image deployment/api api=x", ["deploy api"]),
        ("./manage.py migrate; kubectl apply -f .", ["migrate db", "deploy web api"]),
        ("kubectl apply -f .; ./manage.py migrate", ["deploy web api", "migrate db"]),
        ("docker compose -f x.yaml up -d", ["deploy web api"]),
        ("aws ecs update-service --service shop-api --force", ["deploy api"]),
    ],
)
def test_what_a_job_does(tmp_path: Path, run: str, actions: list[str]) -> None:
    assert github(tmp_path, f"  go: {{steps: [{{run: '{run}'}}]}}\n") == {"go": actions}


def test_what_no_job_deploys_is_asked_about(tmp_path: Path) -> None:
    workflow = "on: push\njobs: {go: {steps: [{run: kubectl rollout restart deployment/web}]}}\n"
    found = import_files(tmp_path, {"compose.yaml": COMPOSE, ".github/workflows/d.yml": workflow})
    assert "# No step deploys api, so they stay at their version." in found.text


def test_jobs_in_a_circle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDeploymentError, match="in a circle"):
        github(tmp_path, "  a: {needs: b, steps: [{run: kubectl apply}]}\n  b: {needs: a}\n")


def test_several_workflows_that_deploy_are_asked_about(tmp_path: Path) -> None:
    workflow = "on: push\njobs: {go: {steps: [{run: kubectl apply -f .}]}}\n"
    files = {
        "compose.yaml": COMPOSE,
        ".github/workflows/a.yml": workflow,
        ".github/workflows/b.yml": workflow,
    }
    found = import_files(tmp_path, files)
    assert found.steps == {"Up": ["deploy web api"]}
    assert sum("several pipelines deploy" in one for one in found.told) == 2


def test_stages_and_needs_of_gitlab(tmp_path: Path) -> None:
    pipeline = """
        stages: [build, migrate, deploy]
        include: [other.yml]
        default: {image: x}
        .deploy: {stage: deploy, script: [helm upgrade shop .]}
        compile: {stage: build, script: [make]}
        schema: {stage: migrate, script: ["alembic upgrade head"]}
        production: {extends: .deploy, environment: production, when: manual}
        lint: {stage: deploy, needs: [], script: [make lint]}
    """
    steps = import_files(tmp_path, {"compose.yaml": COMPOSE, ".gitlab-ci.yml": pipeline}).steps
    assert steps == {"compile": [], "lint": [], "schema": ["migrate db"], "production": ["deploy web api"]}


def test_spryker_has_twelve_steps_with_the_recipes_in_them() -> None:
    recipes = [f"config/install/{name}.yml" for name in ("pre-deploy", "production", "post-deploy")]
    found = import_files(SPRYKER, {}, "deploy.aws-env-template.yml", *recipes)
    steps = found.steps
    assert len(steps) == 12
    assert {name: actions for name, actions in steps.items() if actions} == {
        "Run_pre-deploy_hook": ["suspend scheduler"],
        "Deploy_Scheduler": ["deploy scheduler"],
        "Run_install": ["migrate database", "reconfigure broker", "resume scheduler"],
        "Deploy_Spryker_services": [
            "deploy yves_eu backoffice_eu backend_gateway_eu backend_api_eu glue_eu glue_storefront_eu glue_backend_eu"
        ],
    }
    components = found.deployment.components
    assert components["scheduler"].image == "backend_api_eu"
    assert ("yves_eu", "database") not in found.edges
    assert {
        ("yves_eu", "backend_gateway_eu"),
        ("yves_eu", "key_value_store"),
        ("scheduler", "broker"),
    } <= found.edges


def test_a_real_change_of_a_recipe_moves_the_configuration_of_queues() -> None:
    deploy = "deploy.aws-env-template.yml"
    before = import_files(SPRYKER, {}, deploy, "history/production.2021-04-19.before-queue-setup.yml").steps
    after = import_files(SPRYKER, {}, deploy, "history/production.2021-04-20.after-queue-setup.yml").steps
    name = "Configure_RabbitMQ_Vhosts_and_Permissions"
    assert (before[name], after[name]) == (["reconfigure broker"], [])
    assert "reconfigure broker" not in before["Run_install"]
    assert after["Run_install"] == ["migrate database", "reconfigure broker", "resume scheduler"]


def test_the_deploy_file_can_name_other_recipes() -> None:
    found = import_files(SPRYKER, {}, "deploy.ssp-suite.yml", "config/install/dynamic-store.yml")
    assert "migrate database" in found.steps["Run_install"]
    assert "the recipe pre-deploy was not read" in found.text
    assert found.steps["Run_post-deploy_hook"] == []


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
