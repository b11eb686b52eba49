"""Services of Compose: how they are replaced, who calls whom, what runs first."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.deployment import Kind, Strategy
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.manifests.importing import import_manifests
from support.importing import import_files, import_text, write_manifests


@pytest.mark.parametrize(
    ("deploy", "replicas", "surge", "unavailable"),
    [
        ("{replicas: 4}", 4, 0, 4),  # `up` may stop them all before it starts one
        ("{replicas: 4, update_config: {}}", 4, 0, 1),
        ("{replicas: 4, update_config: {parallelism: 2}}", 4, 0, 2),
        ("{replicas: 4, update_config: {parallelism: 0}}", 4, 0, 4),
        ("{replicas: 4, update_config: {order: start-first, parallelism: 3}}", 4, 3, 0),
        ("{update_config: {order: start-first}}", 1, 1, 0),
        ("{mode: global, update_config: {}}", 2, 0, 1),
    ],
)
def test_updates_as_swarm_has_them(
    tmp_path: Path, deploy: str, replicas: int, surge: int, unavailable: int
) -> None:
    found = import_text(tmp_path, f"services: {{web: {{image: web, deploy: {deploy}}}}}")
    web = found.deployment.components["web"]
    assert (web.replicas, web.max_surge, web.max_unavailable) == (replicas, surge, unavailable)


def test_a_job_of_swarm_runs_beside_the_rollout(tmp_path: Path) -> None:
    job = "image: me/api, command: alembic upgrade head, environment: {DATABASE_URL: 'postgres://db/x'}"
    text = (
        "services: {api: {image: me/api, environment: {DATABASE_URL: 'postgres://db/x'}}, db: {image: postgres}, "
        f"job: {{{job}, deploy: {{mode: replicated-job}}}}}}"
    )
    found = import_text(tmp_path, text)
    assert set(found.deployment.components) == {"api", "db"}
    assert found.steps == {"Up": ["start migrate db", "deploy api"]}


def test_one_container_is_recreated(tmp_path: Path) -> None:
    web = import_text(tmp_path, "services: {web: {image: web}}").deployment.components["web"]
    assert web.strategy is Strategy.RECREATE


@pytest.mark.parametrize(
    ("check", "ready"),
    [
        ("{test: [CMD, 'true']}", True),
        ("{disable: true}", False),
        ("{test: [NONE]}", False),
        ("{test: curl x}", True),
    ],
)
def test_a_healthcheck_is_readiness(tmp_path: Path, check: str, ready: bool) -> None:
    web = import_text(
        tmp_path, f"services: {{web: {{image: web, healthcheck: {check}}}}}"
    ).deployment.components["web"]
    assert (web.readiness is not None) is ready


@pytest.mark.parametrize(
    ("value", "is_edge"),
    [
        ("API_URL: http://api:80/path", True),
        ("API_URL: http://api", True),
        ("WHATEVER: 'api:8080'", True),
        ("DSN: 'user:pw@tcp(api:3306)/name'", True),
        ("DB: 'Server=api;Database=x'", True),
        ("DB: jdbc:postgresql://u:p@api:5432/x", True),
        ("NODES: 'a.example.org:1,api:2'", True),
        ("API_HOST: api", True),
        ("apiHost: API", True),
        ("BOOTSTRAP_SERVERS: 'x, api'", True),
        ("API: api", False),
        ("SERVICE_NAME: api", False),
        ("API_URL: http://api.example.org", False),
        ("API_URL: http://x/api:80", False),
        ("LABEL: apis:80", False),
        ("PASSWORD_URL: 'http://api:secret@example.org/'", False),
    ],
)
def test_addresses_in_variables(tmp_path: Path, value: str, is_edge: bool) -> None:
    text = f"services: {{web: {{image: web, environment: {{{value}}}}}, api: {{image: api}}}}"
    assert (("web", "api") in import_text(tmp_path, text).edges) is is_edge


def test_names_by_which_services_are_known(tmp_path: Path) -> None:
    text = """
        services:
          web:
            image: web
            links: ["a:short"]
            environment: {A_URL: "http://short", B_URL: "http://the-b", C_URL: "http://c-alias", D_URL: "http://d-host"}
          a: {image: a}
          b: {image: b, container_name: the-b}
          c: {image: c, networks: {default: {aliases: [c-alias]}}}
          d: {image: d, hostname: d-host}
          other: {image: o, environment: {A_URL: "http://short"}}
    """
    edges = import_text(tmp_path, text).edges
    assert {provider for consumer, provider in edges if consumer == "web"} == {"a", "b", "c", "d"}
    assert ("other", "a") not in edges


def test_stores_by_their_images_and_ports(tmp_path: Path) -> None:
    text = """
        services:
          web: {image: web, environment: {A_HOST: pg, B_HOST: cache, C_HOST: mq, D_HOST: own, E_HOST: exporter}}
          pg: {image: "docker.io/bitnami/postgresql:16@sha256:abc"}
          cache: {image: "redis:7-alpine"}
          mq: {image: "confluentinc/cp-kafka"}
          own: {build: ./db, expose: [5432]}
          exporter: {image: "prometheuscommunity/postgres-exporter"}
    """
    kinds = {name: one.kind for name, one in import_text(tmp_path, text).deployment.components.items()}
    assert kinds == {
        "web": Kind.WORKER,
        "pg": Kind.DATABASE,
        "cache": Kind.CACHE,
        "mq": Kind.BROKER,
        "own": Kind.DATABASE,
        "exporter": Kind.SERVICE,
    }


def test_one_topic_is_the_contract_of_all_at_its_broker(tmp_path: Path) -> None:
    text = """
        services:
          web: {image: web, ports: ["80:80"], environment: {KAFKA_ADDR: "kafka:9092", KAFKA_TOPIC: orders}}
          job: {image: job, environment: {KAFKA_ADDR: "kafka:9092"}}
          kafka: {image: kafka}
    """
    found = import_text(tmp_path, text)
    assert [str(hop) for request in found.deployment.requests for hop in request.hops] == [
        "client calls web: api",
        "web publishes kafka: orders",
        "web consumes kafka: orders",
        "job consumes kafka: orders",
        "job publishes kafka: orders",
    ]
    assert found.line("web consumes").endswith("# if it consumes too")


def test_a_job_that_others_wait_for_is_a_step(tmp_path: Path) -> None:
    text = """
        services:
          db: {image: postgres}
          migrate: {image: web, command: ./manage.py migrate, environment: {DB_HOST: db}}
          web: {image: web, depends_on: {migrate: {condition: service_completed_successfully}}}
          behind: {image: b, depends_on: [web]}
          beside: {image: c, environment: {X_HOST: web}}
    """
    found = import_text(tmp_path, text)
    assert found.steps == {
        "Run migrate": ["start deploy beside", "migrate db"],
        "Up": ["deploy web behind", "await beside"],
    }
    assert "migrate" not in found.deployment.components


def test_only_the_order_of_start_is_told_apart(tmp_path: Path) -> None:
    text = "services: {web: {image: web, depends_on: [api]}, api: {image: api}}"
    found = import_text(tmp_path, text)
    assert "starts after it; nothing else tells of it" in found.line("web calls api")
    assert any("is it called?: web -> api" in one for one in found.told)


def test_who_runs_the_same_build_shares_an_image(tmp_path: Path) -> None:
    text = "services: {web: {image: shop, build: .}, jobs: {image: shop, build: .}, x: {image: y}, z: {image: y}}"
    components = import_text(tmp_path, text).deployment.components
    assert components["jobs"].image == "web"
    assert components["z"].image is None


def test_variables_that_are_set_nowhere_are_told(tmp_path: Path) -> None:
    found = import_text(tmp_path, "services: {web: {image: 'x:${TAG}'}}")
    assert found.told == ("the variable `TAG` is set nowhere, and taken as empty",)


def test_a_folder_is_read_as_compose_reads_it(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services: {web: {image: web}}",
        "compose.override.yaml": "services: {web: {deploy: {replicas: 3}}}",
        "compose.extra.yaml": "services: {more: {image: more}}",
        "node_modules/x/compose.yaml": "services: {hidden: {image: more}}",
    }
    found = import_files(tmp_path, files)
    assert {*found.deployment.components} == {"web"}
    assert found.deployment.components["web"].replicas == 3
    assert any("lay it over them" in one for one in found.told)


def test_words_of_the_language_are_no_names(tmp_path: Path) -> None:
    text = "services: {client: {image: c, environment: {TO_HOST: to}}, to: {image: t}, 'null': {image: n}, '007': {image: n}}"
    found = import_text(tmp_path, text)
    assert {*found.deployment.components} == {"client-service", "to-service", "null-service", "007"}
    assert ("client-service", "to-service") in found.edges


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("services: {web: {image: '${X'}}", "is no variable"),
        ("services: {web: {image: '${X:?tell me}'}}", "`X` must be set: tell me"),
        ("services: {web: {image: '${X%%y}'}}", "no operator of Compose"),
        ("services: {web: {extends: web}}", "extends itself"),
        ("services: {web: {extends: {service: x, file: ../../etc/passwd}}}", "lies outside of"),
        ("services: {web: {extends: none}}", "which is not there"),
        ("include: [../other.yaml]\nservices: {web: {image: x}}", "lies outside of"),
        ("include: [m.yaml]\nservices: {web: {image: x}}", "do they lead in a circle?"),
        ("services: {web: {image: x, env_file: /etc/hostname}}", "lies outside of"),
        ("services: {'../x': {image: x}}", "is no name of a service"),
        ('services: {"\\e[31m": {image: x}}', "is no name of a service"),
        ("services: {web: text}", "is no service"),
        ("services: {db: {image: postgres}}", "nothing that runs a team's code was found"),
        (
            "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b ["
            + ", ".join(["*a"] * 300)
            + "]\nservices: {w: {x: ["
            + ", ".join(["*b"] * 300)
            + "]}}",
            "more than 500,000 values",
        ),
        ("services: " + "[" * 200 + "]" * 200, "nested deeper"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidDeploymentError) as wrong:
        import_text(tmp_path, text)
    assert message in str(wrong.value)


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    write_manifests(tmp_path, {"secret.env": "API_URL=http://api\n", "shop/compose.yaml": "services: {}"})
    (tmp_path / "shop" / "my.env").symlink_to(tmp_path / "secret.env")
    text = "services: {web: {image: w, env_file: my.env}, api: {image: a}}"
    with pytest.raises(InvalidDeploymentError, match="lies outside of"):
        import_files(tmp_path / "shop", {"compose.yaml": text}, "compose.yaml")


def test_variables_do_not_blow_up(tmp_path: Path) -> None:
    lines = ["A0=" + "x" * 100, *(f"A{n}=" + f"${{A{n - 1}}}" * 10 for n in range(1, 12))]
    files = {".env": "\n".join(lines), "m.yaml": "services: {web: {image: '${A11}'}}"}
    with pytest.raises(InvalidDeploymentError, match="more than 1,000,000 characters"):
        import_files(tmp_path, files, "m.yaml")


@pytest.mark.parametrize(
    ("image", "labels", "caller"),
    [
        ("traefik:v3", "labels: ['traefik.http.routers.web.rule=Host(`a.example`)']", "proxy"),
        ("traefik:v3", "labels: {traefik.enable: 'false', traefik.http.routers.web.rule: x}", None),
        ("lucaslorentz/caddy-docker-proxy", "labels: {caddy: a.example, caddy.reverse_proxy: '{{upstreams}}'}", "proxy"),
        ("nginxproxy/nginx-proxy", "environment: {VIRTUAL_HOST: a.example}", "proxy"),
        ("shop/other", "environment: {VIRTUAL_HOST: a.example}", "client"),
    ],
)  # fmt: skip
def test_labels_of_reverse_proxies_are_calls(
    tmp_path: Path, image: str, labels: str, caller: str | None
) -> None:
    text = f"services:\n  web: {{image: shop/web, {labels}}}\n  proxy: {{image: {image}, ports: ['80:80']}}\n"
    callers = {consumer for consumer, provider in import_text(tmp_path, text).edges if provider == "web"}
    assert callers == ({caller} if caller else set())


def test_a_service_that_extends_another_stands_where_it_is_written(tmp_path: Path) -> None:
    text = "services:\n  base: {image: shop/base}\n  web:\n    extends: base\n    ports: ['80:80']\n"
    assert import_text(tmp_path, text).line("web: {").endswith("m.yaml:4")


def test_services_of_one_image_run_the_same_code(tmp_path: Path) -> None:
    """A worker beside the web server of a ready-made image; of images like `nginx` everybody has the code."""
    text = """
    services:
      web: {image: "example.org/shop:4", ports: ["80:80"]}
      jobs: {image: "example.org/shop:4", command: sidekiq}
      one: {image: nginx, ports: ["81:80"]}
      two: {image: nginx, ports: ["82:80"]}
    """
    found = import_text(tmp_path, text).deployment.components
    assert {name: one.image for name, one in found.items()} == {
        "web": None,
        "jobs": "web",
        "one": None,
        "two": None,
    }


def test_files_that_are_included_or_extended_are_not_left_out(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "include: [infra.yaml]\nservices: {web: {extends: {file: base.yaml, service: app}}}\n",
        "infra.yaml": "services: {db: {image: postgres}}\n",
        "base.yaml": "services: {app: {image: shop/web, environment: {PGHOST: db}}}\n",
        "other.yaml": "services: {else: {image: shop/else}}\n",
    }
    write_manifests(tmp_path, files)
    imported = import_manifests([tmp_path], frozenset())
    told = [one for one in imported.remarks if "not read" in one.message]
    assert [Path(one.place.file).name for one in told if one.place] == ["other.yaml"]
