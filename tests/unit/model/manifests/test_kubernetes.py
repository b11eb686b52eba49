"""Manifests of Kubernetes: strategies, addresses, policies, the mesh."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.deployment import Component, Kind, Strategy
from skewproof.model.errors import InvalidDeploymentError
from support.importing import FromManifests, import_files, import_text

BOUTIQUE = Path(__file__).parents[3] / "manifests" / "online-boutique"


def workload(kind: str, spec: str = "{}", name: str = "web", pod: str = "{}", api: str = "apps/v1") -> str:
    """A workload with one container, as one document."""
    return f"""
---
apiVersion: {api}
kind: {kind}
metadata: {{name: {name}}}
spec:
  {spec if spec != "{}" else "revisionHistoryLimit: 2"}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers: [{{name: main, image: shop/{name}, ports: [{{containerPort: 80}}]}}]
      {pod if pod != "{}" else "hostNetwork: false"}
"""


def only(tmp_path: Path, text: str) -> Component:
    (component,) = import_text(tmp_path, text).deployment.components.values()
    return component


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


def _flagger(spec: str) -> str:
    return (
        "---\n{apiVersion: flagger.app/v1beta1, kind: Canary, metadata: {name: web}, spec: "
        f"{{targetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}, {spec}}}}}\n"
    )


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


ADDRESSED = """
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: api-svc, namespace: shop}, spec: {selector: {app: api}}}
  - {apiVersion: v1, kind: Service, metadata: {name: front, namespace: shop}, spec: {type: NodePort, selector: {app: web}}}
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings, namespace: shop}
    data: {BROKER: "amqp://u:p@rabbit:5672/", nginx.conf: "proxy_pass http://api-svc:80;"}
  - apiVersion: v1
    kind: Secret
    metadata: {name: secrets, namespace: shop}
    data: {DSN: cG9zdGdyZXM6Ly91OnNlY3JldEBkYi5zaG9wLnN2Yy9zaG9w}
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            - name: web
              image: shop/web
              env:
                - {name: API_HOST, value: api-svc.shop.svc.cluster.local}
                - {name: SELF_URL, value: "http://front/"}
                - {name: CACHE_NAME, value: redis}
                - {name: CACHE_URL, value: "redis://$(CACHE_NAME):6379"}
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api, namespace: shop}
    spec:
      template:
        metadata: {labels: {app: api}}
        spec:
          containers:
            - name: api
              image: shop/api
              envFrom: [{configMapRef: {name: settings}}]
              env: [{name: DSN, valueFrom: {secretKeyRef: {name: secrets, key: DSN}}}]
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: proxy, namespace: shop}
    spec:
      template:
        spec:
          containers: [{name: proxy, image: "nginx:1", args: ["--upstream", "web:8080"]}]
          volumes: [{name: conf, configMap: {name: settings}}]
  - {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: shop}, spec: {template: {spec: {containers: [{name: db, image: "postgres:16"}]}}}}
  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: redis, namespace: shop}, spec: {template: {spec: {containers: [{name: r, image: "valkey/valkey:8"}]}}}}
  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: rabbit, namespace: shop}, spec: {template: {spec: {containers: [{name: r, image: "bitnami/rabbitmq@sha256:00"}]}}}}
"""


def test_addresses_lead_to_workloads_wherever_they_stand(tmp_path: Path) -> None:
    found = import_text(tmp_path, ADDRESSED)
    assert found.edges == {
        ("client", "web"),
        ("web", "api"),
        ("web", "redis"),
        ("api", "db"),
        ("api", "rabbit"),
        ("proxy", "web"),
        ("proxy", "api"),
        ("proxy", "rabbit"),
    }
    kinds = {name: one.kind for name, one in found.deployment.components.items()}
    assert (kinds["db"], kinds["redis"], kinds["rabbit"]) == (Kind.DATABASE, Kind.CACHE, Kind.BROKER)
    assert kinds["proxy"] is Kind.WORKER
    assert "secret" not in found.text.replace("secrets", "")
    assert found.line("api reads db").endswith("m.yaml:14") or "DSN" in found.line("api reads db")


def test_hosts_of_another_namespace_need_its_name(tmp_path: Path) -> None:
    parts = [
        "apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: other}\nspec: {selector: {app: api}}\n"
    ]
    parts.append(workload("Deployment", name="api").replace("{name: api}", "{name: api, namespace: other}"))
    for name, host in (("near", "api:80"), ("far", "api.other:80")):
        env = f"env: [{{name: API_ADDR, value: '{host}'}}]"
        text = workload("Deployment", name=name).replace(
            f"{{name: {name}}}", f"{{name: {name}, namespace: shop}}"
        )
        parts.append(text.replace(f"image: shop/{name}", f"image: shop/{name}, {env}"))
    found = import_text(tmp_path, "".join(parts))
    assert ("far", "api") in found.edges
    assert ("near", "api") not in found.edges


def with_policy(spec: str, kind: str = "NetworkPolicy", api: str = "networking.k8s.io/v1") -> str:
    pair = "".join(
        workload("Deployment", name=name, pod=f"serviceAccountName: {name}-account")
        for name in ("web", "api", "jobs")
    )
    return f"{pair}---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: rule}}\nspec: {spec}\n"


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        (
            "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}",
            {"web"},
        ),
        ("{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {}}]}]}", set()),
        ("{podSelector: {matchLabels: {app: api}}, ingress: [{}]}", set()),
        (
            "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: "
            "{matchExpressions: [{key: app, operator: In, values: [web, jobs]}]}}]}]}",
            {"web", "jobs"},
        ),
        (
            "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], "
            "egress: [{to: [{podSelector: {matchLabels: {app: api}}}]}]}",
            {"web"},
        ),
    ],
)
def test_network_policies_allow_by_labels(tmp_path: Path, spec: str, allowed: set[str]) -> None:
    edges = import_text(tmp_path, with_policy(spec)).edges
    assert {consumer for consumer, provider in edges if provider == "api"} - {"client"} == allowed


def test_authorization_policies_allow_by_accounts(tmp_path: Path) -> None:
    spec = (
        "{selector: {matchLabels: {app: api}}, rules: "
        "[{from: [{source: {principals: [cluster.local/ns/default/sa/web-account]}}]}]}"
    )
    found = import_text(tmp_path, with_policy(spec, "AuthorizationPolicy", "security.istio.io/v1"))
    assert ("web", "api") in found.edges


def test_who_calls_without_being_allowed_is_told(tmp_path: Path) -> None:
    env = "env: [{name: API_ADDR, value: 'api:80'}]"
    text = with_policy(
        "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}"
    )
    found = import_text(tmp_path, text.replace("image: shop/jobs", f"image: shop/jobs, {env}"))
    assert ("jobs", "api") in found.edges
    (told,) = [one for one in found.told if "does not allow" in one]
    assert told.startswith("jobs is told to use api (API_ADDR)")


def test_labels_that_nobody_has_are_told_with_those_that_are_like_them(tmp_path: Path) -> None:
    spec = "{podSelector: {matchLabels: {app: apis}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}"
    (told,) = [one for one in import_text(tmp_path, with_policy(spec)).told if "names pods" in one]
    assert told == "NetworkPolicy rule names pods with `app: apis`, and no workload has them; is `api` meant?"


@pytest.mark.parametrize(
    "entrance",
    [
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: "
        "{rules: [{http: {paths: [{backend: {service: {name: web}}}]}}]}}",
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {defaultBackend: {service: {name: web}}}}",
        "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: i}, spec: {rules: [{backendRefs: [{name: web}]}]}}",
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: i}, spec: "
        "{gateways: [edge], hosts: ['*'], http: [{route: [{destination: {host: web}}]}]}}",
        "{apiVersion: v1, kind: Service, metadata: {name: out}, spec: {type: LoadBalancer, selector: {app: web}}}",
    ],
)
def test_who_is_called_from_outside(tmp_path: Path, entrance: str) -> None:
    service = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}}}"
    found = import_text(tmp_path, f"{workload('Deployment')}---\n{service}\n---\n{entrance}\n")
    assert found.edges == {("client", "web")}
    assert "nothing tells" not in found.line("client calls web")


def test_a_route_of_the_mesh_is_another_name(tmp_path: Path) -> None:
    route = (
        "---\n{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v}, spec: "
        "{hosts: [shop.internal], http: [{route: [{destination: {host: api}}]}]}}\n"
    )
    env = "env: [{name: SHOP_URL, value: 'http://shop.internal/'}]"
    web = workload("Deployment").replace("image: shop/web", f"image: shop/web, {env}")
    assert ("web", "api") in import_text(tmp_path, web + workload("Deployment", name="api") + route).edges


def test_a_service_selects_by_all_its_labels(tmp_path: Path) -> None:
    labels = {"web": "a: x, b: y", "api": "a: x, b: z", "jobs": "a: z, b: y"}
    text = "".join(
        workload("Deployment", name=name).replace(f"labels: {{app: {name}}}", f"labels: {{{own}}}")
        for name, own in labels.items()
    )
    service = "---\n{apiVersion: v1, kind: Service, metadata: {name: out}, spec: {type: NodePort, selector: {a: x, b: y}}}\n"
    found = import_text(tmp_path, text + service)
    told = {name: "Service out" in found.line(f"client calls {name}") for name in labels}
    assert told == {"web": True, "api": False, "jobs": False}


def test_names_that_several_have_are_told_apart(tmp_path: Path) -> None:
    text = workload("Deployment") + workload("StatefulSet")
    for namespace in ("a", "b"):
        text += workload("Deployment", name="api").replace(
            "{name: api}", f"{{name: api, namespace: {namespace}}}", 1
        )
    assert {*import_text(tmp_path, text).deployment.components} == {
        "web-deployment",
        "web-statefulset",
        "a-api",
        "b-api",
    }


def test_the_last_of_a_name_counts(tmp_path: Path) -> None:
    found = import_text(
        tmp_path, workload("Deployment", "replicas: 2") + workload("Deployment", "replicas: 3")
    )
    assert found.deployment.components["web"].replicas == 3
    assert any("stands here again" in one for one in found.told)


def test_addresses_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    env = "env: [{name: PAY_ADDR, value: 'pay:80'}, {name: OUT_URL, value: 'https://example.org'}, {name: A_URL, value: 'http://localhost:1'}]"
    found = import_text(
        tmp_path, workload("Deployment").replace("image: shop/web", f"image: shop/web, {env}")
    )
    assert found.told == ("PAY_ADDR of web names `pay`, which is in no manifest that was read",)


def test_edges_of_online_boutique_are_those_of_its_policies_but_for_the_load_generator(
    tmp_path: Path,
) -> None:
    def edges(*folders: str) -> set[tuple[str, str]]:
        return import_files(BOUTIQUE, {}, *folders).edges - {("client", "frontend")}

    without = edges("kubernetes-manifests")
    assert edges("kubernetes-manifests", "kustomize") == without
    assert without - allowed_by_policies() == {("loadgenerator", "frontend")}
    assert allowed_by_policies() <= without
    assert len(without) == 16


def allowed_by_policies() -> set[tuple[str, str]]:
    """Read by hand from the policies, without the importer."""
    import yaml

    found = set()
    for file in sorted((BOUTIQUE / "kustomize/components/network-policies").glob("network-policy-*.yaml")):
        policy = yaml.safe_load(file.read_text())["spec"]
        for rule in policy.get("ingress", ()):
            for peer in rule.get("from", ()):
                found.add(
                    (peer["podSelector"]["matchLabels"]["app"], policy["podSelector"]["matchLabels"]["app"])
                )
    return found


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


def jobs_of(tmp_path: Path, *texts: str) -> FromManifests:
    db = workload("StatefulSet", name="db").replace("image: shop/db", "image: postgres")
    return import_text(
        tmp_path, db + "".join(texts) + workload("Deployment") + workload("Deployment", name="api")
    )


def job(name: str, annotations: str = "") -> str:
    text = workload("Job", name=name, api="batch/v1")
    return text.replace(f"{{name: {name}}}", f"{{name: {name}, annotations: {{{annotations}}}}}", 1)


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


OUTSIDE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: main
          image: shop/api
          ports: [{containerPort: 80}]
          env:
            - {name: DATABASE_URL, value: "postgresql://u:secret@prod.x.eu-west-1.rds.amazonaws.com:5432/app"}
            - {name: REDIS_HOST, value: my.abc.cache.amazonaws.com}
            - {name: KAFKA_BROKERS, value: "b-1.example.com:9092,b-2.example.com:9092"}
            - {name: LOCAL_URL, value: "redis://localhost:6379"}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  template:
    spec:
      containers:
        - name: main
          image: shop/api
          command: [alembic, upgrade, head]
          env: [{name: URL, value: "postgresql://prod.x.eu-west-1.rds.amazonaws.com/app"}]
"""


def test_stores_of_somebody_else_are_known_by_those_who_use_them(tmp_path: Path) -> None:
    """Managed databases stand in no manifest; a file without them would miss what breaks most."""
    found = import_text(tmp_path, OUTSIDE)
    kinds = {name: str(one.kind) for name, one in found.deployment.components.items()}
    assert kinds == {"api": "service", "postgres": "database", "redis": "cache", "kafka": "broker"}
    assert {("api", "postgres"), ("api", "redis"), ("api", "kafka")} <= found.edges
    assert any("migrate postgres" in action for actions in found.steps.values() for action in actions)
    assert "secret" not in found.text


def test_stores_of_operators_are_called_by_their_services(tmp_path: Path) -> None:
    stores = """
---
apiVersion: kafka.strimzi.io/v1beta2
kind: Kafka
metadata: {name: events}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: web}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: thumbs}
spec: {template: {spec: {containers: [{image: shop/thumbs}]}}}
"""
    env = 'env: [{name: BROKERS, value: "events-kafka-bootstrap:9092"}, {name: DB, value: "postgres://web-rw/x"}],'
    found = import_text(
        tmp_path, workload("Deployment").replace("image: shop/web,", f"image: shop/web, {env}") + stores
    )
    assert {("web", "events"), ("web", "web-database")} <= found.edges
    assert [one for one in found.told if "thumbs" in one]


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


BASE = {
    "base/all.yaml": workload("Deployment", "replicas: 2") + workload("Deployment", name="api"),
    "base/kustomization.yaml": "resources: [all.yaml]\n",
}
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


def test_a_hook_of_tests_is_no_part_of_an_upgrade(tmp_path: Path) -> None:
    pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: probe, annotations: {"helm.sh/hook": test}}
        spec: {containers: [{name: main, image: busybox, args: [wget, "http://web"]}]}
        """
    found = import_files(tmp_path, {"web.yaml": workload("Deployment"), "pod.yaml": pod})
    assert set(found.deployment.components) == {"web"}


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


@pytest.mark.parametrize(
    "told", ["{name: PGHOST, value: db}", '{name: DATABASE_URL, value: "postgres://u@db/x"}']
)
def test_a_service_that_leads_outside(tmp_path: Path, told: str) -> None:
    text = f"""
        apiVersion: v1
        kind: Service
        metadata: {{name: db}}
        spec: {{type: ExternalName, externalName: x.abc.eu-west-1.rds.amazonaws.com}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: web}}
        spec: {{template: {{spec: {{containers: [{{name: main, image: shop/web, env: [{told}]}}]}}}}}}
        """
    found = import_text(tmp_path, text)
    assert ("web", "postgres") in found.edges
    assert found.deployment.components["postgres"].kind is Kind.DATABASE


def test_a_host_that_nobody_knows_is_told_under_the_name_that_libpq_gives_it(tmp_path: Path) -> None:
    text = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {template: {spec: {containers: [{name: main, image: shop/web, env: [{name: SOME_HOST, value: nobody}]}]}}}
        """
    assert [
        one for one in import_text(tmp_path, text).told if "names `nobody`, which is in no manifest" in one
    ]


def test_instances_that_know_each_other_are_asked_for(tmp_path: Path) -> None:
    text = """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: ring}
        spec:
          replicas: 3
          serviceName: ring
          template: {spec: {containers: [{name: main, image: shop/ring, env: [{name: PEERS, value: "ring-0.ring:7"}]}]}}
        """
    found = import_text(tmp_path, text)
    assert "Instances of ring know each other (PEERS)" in found.text
