"""Manifests that nobody would write: what is imported loads, is the same twice, and is edited in place."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.manifests.importing import import_manifests, update_imported, write_imported

NAMES = st.sampled_from(
    [
        "web",
        "api",
        "db",
        "to",
        "when",
        "client",
        "null",
        "true",
        "on",
        "007",
        "a.b",
        "a-b",
        "start",
        "in",
        "all",
        "x_y",
    ]
)
IMAGES = st.sampled_from(
    ["shop", "postgres:16", "redis", "rabbitmq", "cp-kafka", "${TAG}", "x@sha256:00", ""]
)
HOSTILE = st.text(max_size=30).filter(lambda text: "\x00" not in text)
VALUES = st.one_of(
    HOSTILE, NAMES.map(lambda name: f"http://{name}:80/"), st.integers(0, 9), st.none(), st.booleans()
)


def mappings(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.one_of(st.just("API_HOST"), st.just("TOPIC"), HOSTILE), values, max_size=3)


SERVICES = st.fixed_dictionaries(
    {"image": IMAGES},
    optional={
        "environment": mappings(VALUES),
        "depends_on": st.lists(NAMES, max_size=2),
        "ports": st.lists(st.sampled_from(["80:80", "80", "x", 8080, "1-9:1-9"]), max_size=2),
        "command": VALUES,
        "healthcheck": mappings(VALUES),
        "deploy": st.fixed_dictionaries(
            {},
            optional={
                "replicas": st.integers(0, 5),
                "update_config": st.fixed_dictionaries(
                    {},
                    optional={
                        "parallelism": st.integers(0, 3),
                        "order": st.sampled_from(["start-first", "x"]),
                    },
                ),
            },
        ),
    },
)
COMPOSE = st.fixed_dictionaries({"services": st.dictionaries(NAMES, SERVICES, min_size=1, max_size=6)})

CONTAINERS = st.fixed_dictionaries(
    {"name": NAMES, "image": IMAGES},
    optional={
        "env": st.lists(st.fixed_dictionaries({"name": st.just("A_ADDR"), "value": VALUES}), max_size=3),
        "ports": st.just([{"containerPort": 80}]),
        "readinessProbe": st.just({"httpGet": {"path": "/"}}),
        "args": st.lists(VALUES, max_size=2),
    },
)
KUBERNETES_NAMES = st.sampled_from(["web", "api", "db", "to", "client", "null", "007", "a.b"])


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """A workload, a service, or a policy."""
    kind = draw(
        st.sampled_from(
            [
                "Deployment",
                "StatefulSet",
                "DaemonSet",
                "Job",
                "CronJob",
                "Rollout",
                "Service",
                "NetworkPolicy",
            ]
        )
    )
    name = draw(KUBERNETES_NAMES)
    one: dict[str, Any] = {"kind": kind, "apiVersion": "apps/v1", "metadata": {"name": name}}
    selector = {"matchLabels": {"app": draw(KUBERNETES_NAMES)}}
    pod = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": draw(st.lists(CONTAINERS, max_size=2))},
    }
    if kind == "Service":
        types = st.sampled_from(["LoadBalancer", "ClusterIP"])
        return {**one, "apiVersion": "v1", "spec": {"selector": {"app": name}, "type": draw(types)}}
    if kind == "NetworkPolicy":
        peers = [{"from": [{"podSelector": {"matchLabels": {"app": draw(KUBERNETES_NAMES)}}}]}]
        return {
            **one,
            "apiVersion": "networking.k8s.io/v1",
            "spec": {"podSelector": selector, "ingress": peers},
        }
    steps = [{"setWeight": draw(st.integers(0, 100))}, {"pause": {}}]
    spec: dict[str, Any] = {"template": pod, "replicas": draw(st.integers(0, 4))}
    if kind == "CronJob":
        return {**one, "spec": {"jobTemplate": {"spec": {"template": pod}}}}
    if kind == "Rollout":
        spec["strategy"] = draw(st.sampled_from([{"canary": {"steps": steps}}, {"blueGreen": {}}, {}]))
    if draw(st.booleans()):
        hook = draw(
            st.sampled_from(["helm.sh/hook", "argocd.argoproj.io/hook", "argocd.argoproj.io/sync-wave"])
        )
        one["metadata"]["annotations"] = {
            hook: draw(st.sampled_from(["pre-upgrade", "PreSync", "3", "Sync"]))
        }
    return {**one, "spec": spec}


QUICK = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # what fails is small already
)

KUBERNETES = st.lists(objects(), min_size=1, max_size=7)

TRACES = st.fixed_dictionaries(
    {
        "resourceSpans": st.lists(
            st.fixed_dictionaries(
                {
                    "resource": NAMES.map(
                        lambda name: {"attributes": [{"key": "service.name", "value": {"stringValue": name}}]}
                    ),
                    "scopeSpans": st.lists(
                        st.fixed_dictionaries(
                            {
                                "spans": st.lists(
                                    st.fixed_dictionaries(
                                        {
                                            "traceId": st.sampled_from(["t", "u"]),
                                            "spanId": st.sampled_from("123456"),
                                            "parentSpanId": st.sampled_from(
                                                ["", "1", "2", "3", "4", "5", "6"]
                                            ),
                                            "kind": st.integers(0, 6),
                                            "name": HOSTILE,
                                            "attributes": st.lists(
                                                st.fixed_dictionaries(
                                                    {
                                                        "key": st.sampled_from(
                                                            [
                                                                "db.system",
                                                                "messaging.system",
                                                                "server.address",
                                                            ]
                                                        ),
                                                        "value": st.fixed_dictionaries(
                                                            {"stringValue": NAMES}
                                                        ),
                                                    }
                                                ),
                                                max_size=2,
                                            ),
                                        }
                                    ),
                                    max_size=5,
                                )
                            }
                        ),
                        max_size=2,
                    ),
                }
            ),
            max_size=4,
        )
    }
)


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp())
    try:
        yield made
    finally:
        shutil.rmtree(made)


def write(path: Path, values: list[Any]) -> None:
    """JSON is YAML, but for the escapes of pairs of surrogates: letters stay as they are."""
    path.write_text("\n---\n".join(json.dumps(value, ensure_ascii=False) for value in values), "utf-8")


def hold(first: dict[str, list[Any]], second: dict[str, list[Any]]) -> None:
    """Imports the first, holds what has to be so, and the second into it."""
    with folder() as there:
        texts = []
        for files in (first, first, second):
            for name, values in files.items():
                write(there / name, values)
            try:
                imported = import_manifests([there / name for name in files], frozenset({"*"}))
            except InvalidDeploymentError:
                return  # what is wrong was told
            texts.append(write_imported(imported))
        assert texts[0] == texts[1]
        written = there / "s.yaml"
        written.write_text(texts[0], "utf-8")
        updated = update_imported(imported, written)
        wanted, now = loads(texts[2]), loads(updated.text)
        settled = {
            name
            for name, one in wanted.components.items()
            if one.kind.has_instances != now.components[name].kind.has_instances
        }
        edges = {(hop.consumer, hop.provider) for request in wanted.requests for hop in request.hops}
        there_now = {(hop.consumer, hop.provider) for request in now.requests for hop in request.hops}
        # calls from outside are guesses where nobody else is known to call
        assert {edge for edge in edges if edge[0] != "client" and not settled & {*edge}} <= there_now
        assert {*wanted.components} <= {*now.components}
        written.write_text(updated.text, "utf-8")
        assert not update_imported(imported, written).is_changed


@QUICK
@given(COMPOSE, COMPOSE)
def test_compose(first: dict[str, Any], second: dict[str, Any]) -> None:
    hold({"compose.yaml": [first]}, {"compose.yaml": [second]})


@QUICK
@given(KUBERNETES, KUBERNETES)
def test_kubernetes(first: list[Any], second: list[Any]) -> None:
    hold({"k.yaml": first}, {"k.yaml": second})


@QUICK
@given(COMPOSE, TRACES, TRACES)
def test_traces(compose: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> None:
    hold({"compose.yaml": [compose], "t.json": [first]}, {"compose.yaml": [compose], "t.json": [second]})
