"""Kubernetes: jobs, hooks and waves as steps, and what is wrong in a manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.deployment import Kind
from skewproof.model.errors import InvalidDeploymentError
from support.importing import FromManifests, import_files, import_text
from support.kubernetes import workload


def job(name: str, annotations: str = "") -> str:
    text = workload("Job", name=name, api="batch/v1")
    return text.replace(f"{{name: {name}}}", f"{{name: {name}, annotations: {{{annotations}}}}}", 1)


def jobs_of(tmp_path: Path, *texts: str) -> FromManifests:
    db = workload("StatefulSet", name="db").replace("image: shop/db", "image: postgres")
    return import_text(
        tmp_path, db + "".join(texts) + workload("Deployment") + workload("Deployment", name="api")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (workload("Deployment", "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}"), "are both 0"),
        (workload("Deployment", "strategy: {rollingUpdate: {maxSurge: lots}}"), "a number or a percentage"),
        (workload("Deployment", name='"a b"'), "is no name of an object"),
        (
            workload("Deployment").replace("metadata: {name: web}", 'metadata: {name: "\\e[31m"}'),
            "is no name of an object",
        ),
        ("apiVersion: apps/v1\nkind: Deployment\nspec: {}\n", "has no name"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidDeploymentError) as wrong:
        import_text(tmp_path, text)
    problem = wrong.value.problems[0]
    assert message in problem.message
    assert problem.place is not None


def test_a_job_that_is_no_hook_runs_beside_the_rollout(tmp_path: Path) -> None:
    assert jobs_of(tmp_path, job("migrate")).steps == {"Apply": ["start migrate db", "deploy web api"]}


def test_hooks_of_helm_are_steps_by_weight(tmp_path: Path) -> None:
    steps = jobs_of(
        tmp_path,
        job("warm", "helm.sh/hook: post-upgrade"),
        job("second", 'helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "5"'),
        job("migrate", 'helm.sh/hook: pre-upgrade, helm.sh/hook-weight: "-1"'),
        job("seed", "helm.sh/hook: pre-install"),
    ).steps
    assert list(steps) == ["pre-upgrade migrate", "pre-upgrade second", "Upgrade", "post-upgrade warm"]
    assert steps == {
        "pre-upgrade migrate": ["migrate db"],
        "pre-upgrade second": [],
        "Upgrade": ["start deploy web api"],
        "post-upgrade warm": [],
    }


def test_waves_of_argo_are_steps(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        job("migrate", "argocd.argoproj.io/hook: PreSync"),
        job("other-migration", 'argocd.argoproj.io/hook: Sync, argocd.argoproj.io/sync-wave: "2"'),
        workload("Deployment", name="late").replace(
            "{name: late}", '{name: late, annotations: {argocd.argoproj.io/sync-wave: "2"}}', 1
        ),
        job("bye", "argocd.argoproj.io/hook: PostSync"),
    )
    assert list(found.steps) == ["PreSync wave 0", "Sync wave 0", "Sync wave 2", "PostSync wave 0"]
    assert found.steps == {
        "PreSync wave 0": ["migrate db"],
        "Sync wave 0": ["deploy web api"],
        "Sync wave 2": ["start migrate db", "deploy late", "await db"],
        "PostSync wave 0": [],
    }


def test_an_init_container_that_migrates_belongs_to_its_pod(tmp_path: Path) -> None:
    init = "initContainers: [{name: m, image: shop/web, command: [alembic, upgrade, head], env: [{name: DB_HOST, value: db}]}]"
    db = workload("StatefulSet", name="db").replace("image: shop/db", "image: postgres")
    component = import_text(tmp_path, db + workload("Deployment", pod=init)).deployment.components["web"]
    assert component.migrates == ("db",)


def test_a_cron_job_is_a_worker(tmp_path: Path) -> None:
    text = """
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  jobTemplate:
    spec: {template: {spec: {containers: [{name: c, image: shop/web, args: ["http://web/"]}]}}}
"""
    found = import_text(tmp_path, text + workload("Deployment"))
    assert found.deployment.components["nightly"].kind is Kind.WORKER
    assert ("nightly", "web") in found.edges


def test_a_hook_of_tests_is_no_part_of_an_upgrade(tmp_path: Path) -> None:
    pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: probe, annotations: {"helm.sh/hook": test}}
        spec: {containers: [{name: main, image: busybox, args: [wget, "http://web"]}]}
        """
    found = import_files(tmp_path, {"web.yaml": workload("Deployment"), "pod.yaml": pod})
    assert set(found.deployment.components) == {"web"}
