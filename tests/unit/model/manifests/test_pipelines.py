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
    steps = github(
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
    )
    assert list(steps) == ["test", "staging", "migrate", "deploy"]
    assert steps == {"test": [], "staging": [], "migrate": ["migrate db"], "deploy": ["deploy web api"]}


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
    assert sum("several pipelines move the same" in one for one in found.told) == 2


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


def test_sections_that_run_only_when_asked_for_do_nothing(tmp_path: Path) -> None:
    recipe = """
        sections:
          other: {excluded: true, storage: {command: "vendor/bin/console storage:delete"}}
          diff:
            migrate: {command: "vendor/bin/console propel:migrate"}
            clean: {command: "vendor/bin/console elasticsearch:index:delete", excluded: true}
    """
    deploy = (SPRYKER / "deploy.aws-env-template.yml").read_text()
    steps = import_files(tmp_path, {"deploy.yml": deploy, "production.yml": recipe}).steps
    assert steps["Run_install"] == ["migrate database"]


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


def test_a_job_runs_on_beside_those_that_do_not_need_it(tmp_path: Path) -> None:
    jobs = """\
  migrate: {steps: [{run: flyway migrate}]}
  build: {steps: [{run: make}]}
  web: {needs: build, steps: [{run: kubectl rollout restart deployment/web}]}
  api: {needs: [migrate, web], steps: [{run: kubectl rollout restart deployment/api}]}
"""
    steps = github(tmp_path, jobs)
    assert list(steps) == ["migrate", "build", "web", "api"]
    assert steps == {
        "migrate": ["start migrate db"],
        "build": [],
        "web": ["deploy web"],
        "api": ["await db", "deploy api"],
    }


def test_a_rollout_that_nobody_waits_for_is_begun(tmp_path: Path) -> None:
    jobs = """\
  all: {steps: [{run: kubectl apply -f .}]}
  build: {steps: [{run: make}]}
  migrate: {needs: build, steps: [{run: flyway migrate}]}
"""
    assert github(tmp_path, jobs) == {"all": ["start deploy web api"], "build": [], "migrate": ["migrate db"]}


def test_the_steps_of_manifests_stand_where_the_pipeline_deploys(tmp_path: Path) -> None:
    pod = "{template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: %s}]}}}"
    manifests = [
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: " + pod % "w" + "}",
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: " + pod % "postgres" + "}",
        "{apiVersion: batch/v1, kind: Job, metadata: {name: warm, annotations: {helm.sh/hook: pre-upgrade}}, spec: "
        + pod % "w"
        + "}",
    ]
    run = "flyway migrate; helm upgrade shop ."
    workflow = f"on: push\njobs:\n  test: {{steps: [{{run: make}}]}}\n  go: {{needs: test, steps: [{{run: {run}}}]}}\n"
    files = {"k.yaml": "\n---\n".join(manifests), ".github/workflows/d.yml": workflow}
    steps = import_files(tmp_path, files).steps
    assert list(steps) == ["test", "go", "pre-upgrade warm", "Upgrade"]
    assert (steps["go"], steps["Upgrade"]) == (["migrate db"], ["deploy web"])


CALLING = """
on: push
jobs:
  migrate: {uses: ./.github/workflows/migrate.yml}
  first:
    needs: migrate
    uses: ./.github/workflows/rollout.yml
    with: {app: api, environment: production}
  rest:
    needs: first
    strategy: {matrix: {app: [web]}}
    env: {KIND: deployment}
    steps: [{run: "kubectl set image $KIND/${{ matrix.app }} x=y"}]
  far: {needs: rest, uses: other/repository/.github/workflows/x.yml@v1}
"""
MIGRATE = "on: {workflow_call: {}}\njobs: {run: {steps: [{uses: ./.github/actions/migrate}]}}\n"
ACTION = "runs: {using: composite, steps: [{run: alembic upgrade head}]}\n"
ROLLOUT = """
on: {workflow_call: {inputs: {app: {type: string}, environment: {type: string, default: staging}}}}
jobs:
  prepare: {steps: [{run: echo}]}
  roll:
    needs: prepare
    environment: ${{ inputs.environment }}
    steps: [{run: "kubectl set image deployment/${{ inputs.app }} x=y"}]
"""


def test_workflows_and_actions_of_the_repository_are_what_calls_them(tmp_path: Path) -> None:
    files = {
        "compose.yaml": COMPOSE,
        ".github/workflows/deploy.yml": CALLING,
        ".github/workflows/migrate.yml": MIGRATE,
        ".github/workflows/rollout.yml": ROLLOUT,
        ".github/actions/migrate/action.yml": ACTION,
    }
    found = import_files(tmp_path, files)
    assert found.steps == {
        "migrate": ["migrate db"],
        "first / prepare": [],
        "first / roll": ["deploy api"],
        "rest": ["deploy web"],
        "far": [],
    }
    assert any("another repository" in one for one in found.told)


@pytest.mark.parametrize("used", ["./../other.yml", "./.github/workflows/../../../../other.yml"])
def test_a_workflow_outside_of_the_repository_is_not_read(tmp_path: Path, used: str) -> None:
    (tmp_path / "other.yml").write_text("jobs: {}\n")
    files = {
        "compose.yaml": COMPOSE,
        ".github/workflows/deploy.yml": f"on: push\njobs: {{a: {{uses: {used}}}}}\n",
    }
    with pytest.raises(InvalidDeploymentError, match="lies outside"):
        import_files(tmp_path / "repository", files)


def test_workflows_that_call_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    told = "on: {push: {}, workflow_call: {}}\njobs: {a: {uses: ./.github/workflows/deploy.yml}}\n"
    with pytest.raises(InvalidDeploymentError, match="more than 10 deep"):
        import_files(tmp_path, {"compose.yaml": COMPOSE, ".github/workflows/deploy.yml": told})


GITLAB = """
include:
  - local: /ci/*.yml
  - template: Security/SAST.gitlab-ci.yml
stages: [migrate, deploy]
migrate:
  stage: migrate
  script: [!reference [.alembic, script]]
api: {extends: .roll, variables: {SERVICE: api}, rules: [{when: manual}]}
web: {extends: .roll, needs: [api], parallel: {matrix: [{SERVICE: [web]}]}}
"""
INCLUDED = """
.alembic: {script: [alembic upgrade head]}
.roll: {stage: deploy, environment: production, script: ["kubectl rollout restart deployment/${SERVICE}"]}
migrate: {stage: deploy, script: [echo]}
"""


def test_files_that_a_pipeline_includes_lie_below_it(tmp_path: Path) -> None:
    files = {"compose.yaml": COMPOSE, ".gitlab-ci.yml": GITLAB, "ci/jobs.yml": INCLUDED}
    found = import_files(tmp_path, files, "compose.yaml", ".gitlab-ci.yml")
    assert found.steps == {"migrate": ["migrate db"], "api": ["deploy api"], "web": ["deploy web"]}
    assert "# somebody starts it by hand" in found.text
    assert any("SAST" in one for one in found.told)


def test_files_that_include_each_other_are_read_once(tmp_path: Path) -> None:
    files = {
        "compose.yaml": COMPOSE,
        ".gitlab-ci.yml": "include: /a.yml\nmigrate: {script: [alembic upgrade head]}\n",
        "a.yml": "include: [/b.yml]\n",
        "b.yml": "include: [{local: /a.yml}, /missing.yml]\nroll: {stage: deploy, script: [kubectl apply -f .]}\n",
    }
    found = import_files(tmp_path, files, "compose.yaml", ".gitlab-ci.yml")
    assert list(found.steps) == ["migrate", "roll"]
    assert any("missing.yml" in one for one in found.told)


def test_a_file_outside_of_the_repository_is_not_included(tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text("a: {script: [echo]}\n")
    files = {"compose.yaml": COMPOSE, ".gitlab-ci.yml": "include: ../other.yml\na: {script: [echo]}\n"}
    with pytest.raises(InvalidDeploymentError, match="lies outside"):
        import_files(tmp_path / "repository", files, "compose.yaml", ".gitlab-ci.yml")


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


def test_what_a_command_applies_by_its_file_or_its_release(tmp_path: Path) -> None:
    """`kubectl apply -f migrate.yaml` rolls nothing out but what stands in that file."""
    one = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {0}}}\n"
    one += "spec: {{template: {{spec: {{containers: [{{name: m, image: shop/{0}}}]}}}}}}\n"
    files = {f"k8s/{name}.yaml": one.format(name) for name in ("api", "web", "cron")}
    jobs = """\
on: push
jobs:
  jobs: {steps: [{run: "kubectl apply -f k8s/migrate.yaml && kubectl wait job/migrate"}]}
  api: {needs: jobs, steps: [{run: kubectl apply -n shop -f ./k8s/api.yaml}]}
  web: {needs: api, steps: [{run: helm upgrade --install web ./chart --wait}]}
  cron: {needs: web, steps: [{run: kubectl apply --filename=k8s/cron.yaml}]}
"""
    found = import_files(tmp_path, {**files, ".github/workflows/d.yml": jobs})
    assert found.steps == {"jobs": [], "api": ["deploy api"], "web": ["deploy web"], "cron": ["deploy cron"]}
    assert "# it applies what was not read, or deploys nothing" in found.text
    alone = "on: push\njobs: {all: {steps: [{run: kubectl apply -f all.yaml}]}}\n"
    found = import_files(tmp_path / "alone", {**files, ".github/workflows/d.yml": alone})
    assert found.steps == {"all": ["deploy api web cron"]} or found.steps == {"all": ["deploy api cron web"]}


FRONT = "on: {push: {paths: [web]}}\njobs: {test: {steps: [{run: make}]}, deploy: {steps: [{run: kubectl rollout restart deployment/web}]}}\n"
BACK = (
    "name: the backend\non: {push: {tags: [v1]}}\njobs:\n  migrate: {steps: [{run: alembic upgrade head}]}\n"
)
BACK += "  deploy: {needs: migrate, steps: [{run: kubectl rollout restart deployment/api}]}\n"


def workflows(front: str, back: str) -> dict[str, str]:
    return {"compose.yaml": COMPOSE, ".github/workflows/front.yml": front, ".github/workflows/back.yml": back}


def test_workflows_that_move_different_things_run_at_once(tmp_path: Path) -> None:
    found = import_files(tmp_path, workflows(FRONT, BACK), "compose.yaml", ".github")
    assert found.deployment.pipelines == ("back", "front")
    assert found.steps == {
        "back: migrate": ["migrate db"],
        "back: deploy": ["deploy api"],
        "front: test": [],
        "front: deploy": ["deploy web"],
    }


def test_a_workflow_that_another_starts_waits_for_it(tmp_path: Path) -> None:
    front = FRONT.replace("{push: {paths: [web]}}", '{workflow_run: {workflows: ["the backend"]}}')
    found = import_files(tmp_path, workflows(front, BACK), "compose.yaml", ".github")
    assert found.steps["front: deploy"] == ["deploy web when back done"]


def test_workflows_that_move_the_same_are_no_pipelines(tmp_path: Path) -> None:
    """Nothing says which of them moves it: of a folder none counts, and of those that are named it is told."""
    same = FRONT.replace("deployment/web", "deployment/api")
    found = import_files(tmp_path, workflows(same, BACK), "compose.yaml", ".github")
    assert [one for one in found.told if "several pipelines move the same: name the one" in one]
    assert not found.deployment.pipelines
    named = import_files(
        tmp_path, {}, "compose.yaml", ".github/workflows/front.yml", ".github/workflows/back.yml"
    )
    assert [one for one in named.told if "written as one, one behind the other" in one]
    assert not named.deployment.pipelines
    everything = FRONT.replace("kubectl rollout restart deployment/web", "kubectl apply -f k8s")
    found = import_files(tmp_path / "all", workflows(everything, BACK), "compose.yaml", ".github")
    assert [one for one in found.told if "move the same" in one]
