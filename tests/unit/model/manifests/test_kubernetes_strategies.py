"""Kubernetes: how instances are replaced, and when they are ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.deployment import Strategy
from support.importing import import_text
from support.kubernetes import only, workload


def _flagger(spec: str) -> str:
    return (
        "---\n{apiVersion: flagger.app/v1beta1, kind: Canary, metadata: {name: web}, spec: "
        f"{{targetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}, {spec}}}}}\n"
    )


@pytest.mark.parametrize(
    ("kind", "spec", "replicas", "surge", "unavailable"),
    [
        ("Deployment", "{}", 1, 1, 0),
        ("Deployment", "replicas: 10", 10, 3, 2),
        ("Deployment", "replicas: 4\n  strategy: {rollingUpdate: {maxSurge: 50%}}", 4, 2, 1),
        ("Deployment", "replicas: 4\n  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}", 4, 0, 1),
        ("Deployment", "replicas: 4\n  strategy: {rollingUpdate: {maxSurge: 150%}}", 4, 6, 1),
        ("StatefulSet", "replicas: 3", 3, 0, 1),
        ("StatefulSet", "replicas: 3\n  updateStrategy: {type: OnDelete}", 3, 0, 3),
        ("DaemonSet", "{}", 2, 0, 1),
        ("ReplicationController", "replicas: 2", 2, 0, 2),
    ],
)
def test_workloads_are_rolled_out_as_the_api_has_it(
    tmp_path: Path, kind: str, spec: str, replicas: int, surge: int, unavailable: int
) -> None:
    component = only(tmp_path, workload(kind, spec))
    assert (component.replicas, component.max_surge, component.max_unavailable) == (
        replicas,
        surge,
        unavailable,
    )
    assert component.strategy is Strategy.ROLLING


@pytest.mark.parametrize(
    ("strategy", "expected", "canary"),
    [
        ("canary: {}", Strategy.ROLLING, 1),
        ("canary: {steps: [{setWeight: 40}]}", Strategy.ROLLING, 1),  # nothing holds it there
        ("canary: {steps: [{setWeight: 40}, {pause: {}}]}", Strategy.CANARY, 2),
        ("canary: {steps: [{setWeight: 10}, {setWeight: 50}, {analysis: {}}]}", Strategy.CANARY, 3),
        ("canary: {steps: [{pause: {}}, {setWeight: 40}]}", Strategy.ROLLING, 1),  # held with none
        ("canary: {steps: [{setCanaryScale: {replicas: 4}}, {pause: {}}]}", Strategy.CANARY, 4),
        ("canary: {steps: [{setWeight: 100}, {pause: {}}]}", Strategy.ROLLING, 1),
        (
            "canary: {steps: [{setCanaryScale: {replicas: 1}}, {setWeight: 60}, {pause: {}}]}",
            Strategy.CANARY,
            1,
        ),
        (
            "canary: {steps: [{setCanaryScale: {replicas: 1}}, {setCanaryScale: {matchTrafficWeight: true}}, "
            "{setWeight: 60}, {pause: {}}]}",
            Strategy.CANARY,
            3,
        ),
        ("blueGreen: {activeService: web}", Strategy.BLUE_GREEN, 1),
    ],
)
def test_rollouts_of_argo(tmp_path: Path, strategy: str, expected: Strategy, canary: int) -> None:
    text = workload("Rollout", f"replicas: 5\n  strategy: {{{strategy}}}", api="argoproj.io/v1alpha1")
    found = import_text(tmp_path, text)
    component = found.deployment.components["web"]
    assert (component.strategy, component.canary) == (expected, canary)
    assert ("Promote web" in found.steps) == (expected is Strategy.CANARY)


def test_a_rollout_takes_the_template_that_it_refers_to(tmp_path: Path) -> None:
    rollout = """
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web-rollout}
spec: {replicas: 2, workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}, strategy: {canary: {}}}
"""
    component = only(tmp_path, rollout + workload("Deployment", "replicas: 0"))
    assert (component.name, component.replicas) == ("web-rollout", 2)


def test_recreate_partition_pause_and_autoscalers(tmp_path: Path) -> None:
    text = (
        workload("Deployment", "strategy: {type: Recreate}")
        + workload("StatefulSet", "replicas: 5\n  updateStrategy: {rollingUpdate: {partition: 3}}", "part")
        + workload("StatefulSet", "replicas: 2\n  updateStrategy: {rollingUpdate: {partition: 2}}", "held")
        + workload("Deployment", "paused: true", "paused")
        + workload("Deployment", "replicas: 9", "scaled")
        + "---\n{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: s}, spec: "
        "{scaleTargetRef: {kind: Deployment, name: scaled}, minReplicas: 4, maxReplicas: 9}}\n"
        + workload("Deployment", "replicas: 0", "none")
    )
    found = import_text(tmp_path, text)
    components = found.deployment.components
    assert components["web"].strategy is Strategy.RECREATE
    assert (components["part"].strategy, components["part"].canary) == (Strategy.CANARY, 2)
    assert components["scaled"].replicas == 4
    assert "none" not in components
    assert found.steps["Apply"] == ["deploy web part scaled"]
    assert found.steps["Promote part"] == ["promote part"]


@pytest.mark.parametrize(
    ("spec", "expected", "canary"),
    [
        ("analysis: {stepWeight: 5, maxWeight: 50}", Strategy.CANARY, 1),
        ("analysis: {stepWeights: [50, 80]}", Strategy.CANARY, 3),
        ("canaryAnalysis: {stepWeight: 100}", Strategy.CANARY, 4),
        ("analysis: {iterations: 10}", Strategy.BLUE_GREEN, 1),
        ("analysis: {iterations: 10, match: [{headers: {x: {exact: y}}}]}", Strategy.CANARY, 1),
        ("skipAnalysis: true, analysis: {stepWeight: 5}", Strategy.ROLLING, 1),
    ],
)
def test_canaries_of_flagger(tmp_path: Path, spec: str, expected: Strategy, canary: int) -> None:
    found = import_text(tmp_path, workload("Deployment", "replicas: 5") + _flagger(spec))
    component = found.deployment.components["web"]
    assert (component.strategy, component.canary) == (expected, canary)
    assert ("Promote web" in found.steps) == (expected is Strategy.CANARY)


def test_a_canary_of_flagger_for_another_workload_says_nothing(tmp_path: Path) -> None:
    text = workload("Deployment", "replicas: 5", "other") + _flagger("analysis: {stepWeight: 5}")
    assert only(tmp_path, text).strategy is Strategy.ROLLING


@pytest.mark.parametrize(
    ("given", "at_once"), [("{}", 1), ("{maxUnavailable: 2}", 2), ("{maxUnavailable: 9}", 3)]
)
def test_a_stateful_set_may_replace_several_at_once(tmp_path: Path, given: str, at_once: int) -> None:
    spec = f"replicas: 3\n  updateStrategy: {{rollingUpdate: {given}}}"
    assert only(tmp_path, workload("StatefulSet", spec)).max_unavailable == at_once


def test_who_scales_none_to_some(tmp_path: Path) -> None:
    scaler = "scaleTargetRef: {%s}, minReplicaCount: 2, minReplicas: 2"
    text = (
        workload("Deployment", "replicas: 0", "keda")
        + "---\n{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: k}, spec: {"
        + scaler % "name: keda"
        + "}}\n"
        + workload("Deployment", "replicas: 0", "off")
        + "---\n{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: o}, spec: {"
        + scaler % "kind: Deployment, name: off"
        + "}}\n"
    )
    found = import_text(tmp_path, text)
    assert {name: one.replicas for name, one in found.deployment.components.items()} == {"keda": 2}


@pytest.mark.parametrize(
    ("pod", "ready"),
    [
        ("terminationGracePeriodSeconds: 5", False),
        ("initContainers: [{name: side, image: x, restartPolicy: Always, readinessProbe: {exec: {}}}]", True),
        ("initContainers: [{name: first, image: x, readinessProbe: {exec: {}}}]", False),
    ],
)
def test_probes_are_readiness(tmp_path: Path, pod: str, ready: bool) -> None:
    assert (only(tmp_path, workload("Deployment", pod=pod)).readiness is not None) is ready


@pytest.mark.parametrize(
    ("kind", "api", "later"),
    [
        ("Deployment", "apps/v1", True),
        ("Rollout", "argoproj.io/v1alpha1", True),
        ("StatefulSet", "apps/v1", False),
        ("DaemonSet", "apps/v1", False),
    ],
)
def test_who_does_not_wait_until_old_pods_are_gone(tmp_path: Path, kind: str, api: str, later: bool) -> None:
    assert only(tmp_path, workload(kind, api=api)).terminates_later == later


def test_blue_green_that_somebody_promotes_is_a_step_of_its_own(tmp_path: Path) -> None:
    text = """
        apiVersion: argoproj.io/v1alpha1
        kind: Rollout
        metadata: {name: web}
        spec:
          strategy: {blueGreen: {activeService: web, autoPromotionEnabled: WORD}}
          template: {spec: {containers: [{name: main, image: shop/web}]}}
        """
    assert import_text(tmp_path, text.replace("WORD", "false")).steps == {
        "Apply": [],
        "Promote web": ["deploy web"],
    }
    assert import_text(tmp_path, text.replace("WORD", "true")).steps == {"Apply": ["deploy web"]}
