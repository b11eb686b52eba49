"""Kubernetes: who calls whom, by addresses, policies, routes and stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.deployment import Kind
from support.importing import import_files, import_text
from support.kubernetes import workload


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


def with_policy(spec: str, kind: str = "NetworkPolicy", api: str = "networking.k8s.io/v1") -> str:
    pair = "".join(
        workload("Deployment", name=name, pod=f"serviceAccountName: {name}-account")
        for name in ("web", "api", "jobs")
    )
    return f"{pair}---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: rule}}\nspec: {spec}\n"


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
BOUTIQUE = Path(__file__).parents[3] / "manifests" / "online-boutique"


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
