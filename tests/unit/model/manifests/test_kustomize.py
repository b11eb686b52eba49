"""Kustomizations: patches, names and overlays."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.deployment import Strategy
from support.importing import import_files
from support.kubernetes import workload

NAMED = """
    apiVersion: v1
    kind: Service
    metadata: {name: api}
    spec: {selector: {app: api}, ports: [{port: 80}]}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: addresses}
    data: {API: http://dev-api-v2}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api, labels: {tier: back}}
    spec:
      replicas: 2
      selector: {matchLabels: {app: api}}
      template: {metadata: {labels: {app: api}}, spec: {containers: [{name: main, image: shop/api}]}}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, labels: {tier: front}}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: main, image: shop/web, envFrom: [{configMapRef: {name: addresses}}]}]}
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: web}
    spec: {scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 5}
    """
PROD = {
    "prod/kustomization.yaml": """
        resources: [../base]
        replicas: [{name: api, count: 6}]
        configMapGenerator: [{name: x}]
        patches:
          - path: web.yaml
          - target: {kind: Deployment, name: "a.*"}
            patch: |-
              kind: Deployment
              metadata: {name: any}
              spec: {strategy: {type: Recreate}}
          - target: {kind: Deployment}
            patch: '[{op: remove, path: /spec/nothing}]'
          - patch: '[{op: remove, path: /spec/replicas}]'
        """,
    "prod/web.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 4
          template:
            spec:
              containers:
                - {name: main, env: [{name: API, value: "http://api"}], ports: [{containerPort: 80, name: http}]}
                - {name: side, image: shop/side}
        """,
}
BASE = {
    "base/all.yaml": workload("Deployment", "replicas: 2") + workload("Deployment", name="api"),
    "base/kustomization.yaml": "resources: [all.yaml]\n",
}


def test_patches_of_a_kustomization_are_laid_over_its_base(tmp_path: Path) -> None:
    found = import_files(tmp_path, {**BASE, **PROD})
    web, api = (found.deployment.components[name] for name in ("web", "api"))
    assert (web.replicas, api.replicas, api.strategy) == (4, 6, Strategy.RECREATE)
    assert ("web", "api") in found.edges
    assert set(found.deployment.components) == {"web", "api"}
    assert [one for one in found.told if "configMapGenerator" in one]
    assert [one for one in found.told if "(JSON 6902) needs a `target`" in one]
    assert [one for one in found.told if "nothing stands at `/spec/nothing`: the patch is not applied" in one]


def test_of_several_overlays_none_is_applied(tmp_path: Path) -> None:
    """Nobody can know which is meant; their patches are no manifests for all that."""
    other = {name.replace("prod", "test"): text for name, text in PROD.items()}
    found = import_files(tmp_path, {**BASE, **PROD, **other})
    assert found.deployment.components["web"].replicas == 2
    assert [one for one in found.told if "several kustomizations" in one]
    named = import_files(tmp_path, {}, "base", "prod")
    assert named.deployment.components["web"].replicas == 4


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"},
            "circle",
        ),
        ({"a/kustomization.yaml": "resources: [../../etc]\n"}, "none of the files that are read"),
    ],
)
def test_kustomizations_of_strangers(tmp_path: Path, files: dict[str, str], told: str) -> None:
    found = import_files(tmp_path, {"web.yaml": workload("Deployment"), **files})
    assert [one for one in found.told if told in one]
    assert set(found.deployment.components) == {"web"}


def test_what_flux_calls_a_kustomization_is_none(tmp_path: Path) -> None:
    """It stands beside the real one, and says what is applied."""
    flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\nspec: {path: ./prod}\n"
    found = import_files(tmp_path, {**BASE, **PROD, "prod/z-flux.yaml": flux})
    assert found.deployment.components["api"].replicas == 6


def test_names_and_operations_of_a_kustomization(tmp_path: Path) -> None:
    """What refers to a resource follows its new name; `$patch`es by operations are chosen by label or name."""
    files = {
        "base/all.yaml": NAMED,
        "base/kustomization.yaml": "resources: [all.yaml]\nnameSuffix: -v2\n",
        "dev/kustomization.yaml": """
            resources: [../base]
            namePrefix: dev-
            patchesJson6902:
              - target: {version: v1, kind: Deployment, name: api}
                path: api.yaml
            patches:
              - target: {kind: Deployment, labelSelector: "tier=front"}
                patch: |-
                  - {op: replace, path: /spec/replicas, value: 7}
                  - {op: add, path: /spec/strategy, value: {type: Recreate}}
              - target: {labelSelector: "tier in (back)"}
                patch: '[{op: remove, path: /spec}]'
            """,
        "dev/api.yaml": """
            - {op: test, path: /spec/replicas, value: 2}
            - {op: add, path: /spec/template/spec/containers/0/readinessProbe, value: {httpGet: {path: /, port: 80}}}
            - {op: add, path: /spec/template/spec/containers/-, value: {name: side, image: shop/side}}
            - {op: copy, from: /spec/replicas, path: /spec/minReadySeconds}
            - {op: move, from: /spec/minReadySeconds, path: /spec/progressDeadlineSeconds}
            """,
    }
    found = import_files(tmp_path, files)
    web, api = (found.deployment.components[f"dev-{name}-v2"] for name in ("web", "api"))
    assert set(found.deployment.components) == {"dev-web-v2", "dev-api-v2"}
    assert ("dev-web-v2", "dev-api-v2") in found.edges, (
        "an address in a ConfigMap that is found by its new name"
    )
    assert (web.replicas, web.strategy) == (5, Strategy.RECREATE), "the scaler found it, too"
    assert api.readiness is not None
    assert [one for one in found.told if "only `app=web` is understood" in one]
    assert not [one for one in found.told if "nothing stands" in one]


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ("{op: replace, path: /spec/nothing, value: 1}", "nothing stands at `/spec/nothing`"),
        ("{op: remove, path: /spec/template/spec/containers/3}", "nothing stands at"),
        ("{op: add, path: /spec/template/spec/containers/9, value: {}}", "nothing stands at"),
        ("{op: add, path: /spec/replicas}", "needs a `value`"),
        ("{op: add, path: spec, value: 1}", "is no path of a patch"),
        ("{op: sing, path: /spec}", "`sing` is no operation"),
        ("{path: /spec}", "needs `op` and `path`"),
        ("{op: copy, from: /no, path: /spec/replicas}", "nothing stands at `/no`"),
        ("text", "needs `op` and `path`"),
    ],
)
def test_operations_that_cannot_be_done(tmp_path: Path, operation: str, told: str) -> None:
    patch = f"patches: [{{target: {{kind: Deployment, name: web}}, patch: '[{operation}]'}}]"
    files = {"all.yaml": workload("Deployment"), "kustomization.yaml": f"resources: [all.yaml]\n{patch}\n"}
    found = import_files(tmp_path, files)
    assert [one for one in found.told if told in one]
    assert set(found.deployment.components) == {"web"}
