"""Workflows of GitHub as pipelines, and what their commands do."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.errors import InvalidDeploymentError
from support.importing import COMPOSE, import_files


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
BACK = """
name: the backend
on: {push: {tags: [v1]}}
jobs:
  migrate: {steps: [{run: alembic upgrade head}]}
  deploy: {needs: migrate, steps: [{run: kubectl rollout restart deployment/api}]}
"""


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
