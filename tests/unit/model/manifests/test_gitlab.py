"""Pipelines of GitLab."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.errors import InvalidDeploymentError
from support.importing import COMPOSE, import_files


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
