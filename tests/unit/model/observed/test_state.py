"""Where a rollout stands, as each tool tells it; what is not known is told, and nothing is guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from skewproof.model.deployment import Deployment
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.names import Contract, Target
from skewproof.model.observed.calling import Calling, MigrationPattern, VersionPattern, WorkloadPattern
from skewproof.model.observed.gathering import list_ways
from skewproof.model.observed.sightings import (
    InstancesSeen,
    JobsSeen,
    LiveSeen,
    Observation,
    SchemaSeen,
    StepSeen,
)
from skewproof.model.observed.state import read_state

DEPLOYMENT = loads(
    """
components:
  cart: {kind: service, replicas: 3}
  mailer: {kind: worker}
  app: {kind: client, updates: never}
  db: {kind: database}
requests:
  buy: [client calls cart: order, cart writes db: row]
  mail: [mailer reads db: row]
flags: {fast: {guards: [cart/order]}}
pipeline: [Schema: [migrate db], Roll: [deploy cart, enable fast], Workers: [suspend mailer]]
changes: {cart/order: {breaks: none}, db/row: {breaks: none}}
""".replace("  app: {kind: client, updates: never}\n", "")
)
CALLING = Calling((VersionPattern(None, "V1", "1.*"), VersionPattern(None, "V2", "2.*")))


def read(value: Any, calling: Calling = CALLING, deployment: Deployment = DEPLOYMENT) -> Observation:
    text = value if isinstance(value, str) else json.dumps(value)
    return read_state(text.encode(), "state.json", deployment, calling)


def seen_of(observation: Observation, component: str = "cart") -> list[dict[str, int]]:
    """The ways in which the instances of a component can be."""
    found = [o for o in observation.sightings if isinstance(o, InstancesSeen) and o.component == component]
    return [dict(counts) for one in found for counts in sorted(one.counts)]


def template(image: str, *beside: str, name: str = "cart") -> dict[str, Any]:
    rest = [{"name": f"beside{number}", "image": one} for number, one in enumerate(beside)]
    return {"template": {"spec": {"containers": [*rest, {"name": name, "image": image}]}}}


def workload(kind: str = "Deployment", image: str = "shop/cart:2.0", name: str = "cart", **more: Any) -> Any:
    meta = {"name": name, "generation": more.pop("generation", 1), "labels": more.pop("labels", {})}
    status = {"observedGeneration": 1, **more}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": meta,
        "spec": template(image),
        "status": status,
    }


def replica_set(name: str, image: str, replicas: Any, ready: Any, kind: str = "Deployment") -> Any:
    owner = [{"kind": kind, "name": "cart"}]
    meta = {"name": f"cart-{name}", "labels": {"pod-template-hash": name}, "ownerReferences": owner}
    status = {"replicas": replicas, "readyReplicas": ready}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": meta,
        "spec": template(image),
        "status": status,
    }


def listed(*items: Any) -> Any:
    return {"apiVersion": "v1", "kind": "List", "items": list(items)}


def test_ready_pods_are_counted_by_replica_set() -> None:
    sets = replica_set("a", "shop/cart:1.4", 2, 2), replica_set("b", "shop/cart:2.0", 2, 1)
    assert seen_of(read(listed(workload(), *sets))) == [{"V1": 2, "V2": 1}]


def test_the_container_called_like_the_workload_says_the_version() -> None:
    one = replica_set("a", "shop/cart:1.4", 3, 3)
    one["spec"] = template("shop/cart:1.4", "mesh/proxy:2.9")
    assert seen_of(read(listed(workload(), one))) == [{"V1": 3}]


@pytest.mark.parametrize("sign", ["shop/cart:2.0", "host:5000/shop/cart:2.1@sha256:ab"])
def test_a_tag_is_found_behind_ports_and_before_digests(sign: str) -> None:
    assert seen_of(read(listed(workload(), replica_set("a", sign, 1, 1)))) == [{"V2": 1}]


def test_versions_that_are_called_as_in_the_file_need_no_pattern() -> None:
    sets = replica_set("a", "shop/cart:v1", 1, 1), replica_set("b", "shop/cart:V2", 1, 0)
    assert seen_of(read(listed(workload(), *sets), Calling())) == [{"V1": 1}]


def test_of_an_unknown_version_nothing_is_known_of_the_component() -> None:
    sets = replica_set("a", "shop/cart:3.0", 2, 2), replica_set("b", "shop/cart:2.0", 1, 1)
    cron = workload("CronJob", name="mailer")
    cron["spec"]["suspend"] = True
    found = read(listed(workload(), *sets, cron))
    assert not seen_of(found)
    assert found.sightings == (JobsSeen("mailer", True, "CronJob mailer"),)
    assert "nothing says which version of cart it is (shop/cart:3.0" in found.left_out[0].why


def test_a_pattern_that_fits_two_versions_is_none() -> None:
    both = Calling((*CALLING.versions, VersionPattern(None, "V1", "2.0")))
    with pytest.raises(InvalidDeploymentError, match="can be of V1, V2 of cart"):
        read(listed(workload(), replica_set("b", "shop/cart:2.0", 1, 1)), both)


def test_a_components_own_patterns_come_first() -> None:
    own = Calling((*CALLING.versions, VersionPattern("cart", "V1", "2.0")))
    assert seen_of(read(listed(workload(), replica_set("b", "shop/cart:2.0", 1, 1)), own)) == [{"V1": 1}]


def test_an_empty_replica_set_needs_no_version() -> None:
    sets = replica_set("old", "shop/cart:0.1", 0, None), replica_set("b", "shop/cart:2.0", 3, 3)
    assert seen_of(read(listed(workload(), *sets))) == [{"V2": 3}]


def test_a_stale_status_says_nothing() -> None:
    with pytest.raises(InvalidDeploymentError, match="stale"):
        read(listed(workload(generation=2), replica_set("b", "shop/cart:2.0", 3, 3)))


@pytest.mark.parametrize("replicas", [-1, True, "many", 10**30, [3], {"a": 1}])
def test_numbers_that_are_none_say_nothing(replicas: Any) -> None:
    with pytest.raises(InvalidDeploymentError, match="numbers of replicas are none"):
        read(listed(workload(), replica_set("b", "shop/cart:2.0", replicas, 1)))


def test_without_replica_sets_it_can_be_several_ways() -> None:
    found = read(listed(workload("StatefulSet", replicas=3, updatedReplicas=1, readyReplicas=2)))
    assert seen_of(found) == [{"V1": 1, "V2": 1}, {"V1": 2}]


def test_all_updated_are_of_the_new_version() -> None:
    assert seen_of(read(listed(workload("StatefulSet", replicas=3, updatedReplicas=3, readyReplicas=2)))) == [
        {"V2": 2}
    ]


def test_with_three_versions_a_stateful_set_says_not_which_the_others_are() -> None:
    three = loads(
        "versions: [V1, V2, V3]\ncomponents: {cart: {kind: service}}\n"
        "requests: {r: [client calls cart: x]}\npipeline: [R: [deploy cart]]\n"
    )
    with pytest.raises(InvalidDeploymentError, match="list ReplicaSets too"):
        read(
            listed(workload("StatefulSet", replicas=2, updatedReplicas=1, readyReplicas=2)), deployment=three
        )


def test_the_live_version_of_a_blue_green_rollout() -> None:
    rollout = workload("Rollout", blueGreen={"activeSelector": "a"})
    sets = [replica_set("a", "c:1.0", 3, 3, "Rollout"), replica_set("b", "c:2.0", 3, 3, "Rollout")]
    found = read(listed(rollout, *sets))
    assert LiveSeen("cart", "V1", "Rollout cart") in found.sightings


def test_a_job_that_succeeded_has_migrated() -> None:
    calling = Calling(CALLING.versions, migrations=(MigrationPattern(Target("db"), "mig-*"),))
    job = workload("Job", "mig:2.0", "mig-7", succeeded=1)
    assert read(listed(job), calling).sightings == (SchemaSeen(Contract("db", ""), "V2", "Job mig-7"),)
    running = workload("Job", "mig:2.0", "mig-7", active=1)
    with pytest.raises(InvalidDeploymentError, match="has not succeeded"):
        read(listed(running), calling)


def test_a_workload_can_be_called_otherwise() -> None:
    calling = Calling(CALLING.versions, (WorkloadPattern("cart", "shop-*"),))
    found = read(listed(workload(name="shop-cart", replicas=2, updatedReplicas=2, readyReplicas=2)), calling)
    assert seen_of(found) == [{"V2": 2}]


def test_only_versions_count_where_it_scales_by_itself() -> None:
    found = read(listed(workload(), replica_set("a", "c:2.0", 9, 9)), Calling(CALLING.versions, counts=False))
    assert [one.is_exact for one in found.sightings if isinstance(one, InstancesSeen)] == [False]


def test_containers_of_compose_that_are_healthy_are_ready() -> None:
    rows = [
        {"Service": "cart", "State": state, "Health": health, "Image": image, "Name": "c"}
        for state, health, image in [
            ("running", "healthy", "c:1.0"),
            ("running", "", "c:2.0"),
            ("running", "starting", "c:2.0"),
            ("exited", "", "c:2.0"),
        ]
    ]
    assert seen_of(read(rows)) == [{"V1": 1, "V2": 1}]
    assert seen_of(read("\n".join(map(json.dumps, rows)))) == [{"V1": 1, "V2": 1}]


def test_services_of_ecs_by_task_definition() -> None:
    calling = Calling((VersionPattern("cart", "V1", "cart:7"), VersionPattern("cart", "V2", "cart:8")))
    deployments = [
        {"taskDefinition": f"arn:aws:ecs:x:1:task-definition/cart:{revision}", "runningCount": running}
        for revision, running in [(8, 1), (7, 2)]
    ]
    service = {"serviceName": "cart", "deployments": deployments}
    failures = [{"arn": "a", "reason": "MISSING"}]
    found = read({"services": [service], "failures": failures}, calling)
    assert seen_of(found) == [{"V1": 2, "V2": 1}]
    assert found.left_out[0].why.endswith("MISSING")


def test_services_that_ecs_did_not_find_are_told() -> None:
    failed = {
        "services": [],
        "failures": [{"arn": "arn:aws:ecs:eu:1:service/shop/cart", "reason": "MISSING"}],
    }
    with pytest.raises(InvalidDeploymentError, match="ECS did not describe it: MISSING"):
        read(failed)


def test_workloads_of_several_namespaces_say_nothing_together() -> None:
    """A listing of all namespaces would count the stores of a shop and of its rehearsal as one."""
    both = [workload(replicas=2, updatedReplicas=2, readyReplicas=2) for _ in range(2)]
    for one, space in zip(both, ("shop", "staging"), strict=True):
        one["metadata"]["namespace"] = space
    assert seen_of(read(listed(both[0]))) == [{"V2": 2}]
    mailer = workload(name="mailer", replicas=1, updatedReplicas=1, readyReplicas=1)
    found = read(listed(*both, mailer))
    assert not seen_of(found)
    assert seen_of(found, "mailer") == [{"V2": 1}]
    assert "several namespaces (shop, staging)" in found.left_out[0].why


def test_a_mapping_says_everything() -> None:
    found = read(
        "components: {cart: {V1: 2, V2: 1}}\nstep: Roll\naction: deploy cart\nstopped: true\n"
        "flags: {fast: on}\nschemas: {db: V2}\njobs: {mailer: suspended}\n"
    )
    assert len(found.sightings) == 5
    assert StepSeen("Roll", "step", "deploy cart", True) in found.sightings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("components: {crat: {V1: 1}}", "did you mean `cart`"),
        ("components: {cart: {V3: 1}}", "the versions are V1 and V2; `versions:` names them"),
        ("components: {cart: {V1: -1}}", "must be a whole number"),
        ("components: {cart: 3}", "write how many of each version are ready"),
        ("components: {db: {V1: 1}}", "`db` is a database"),
        ("step: Rol", "did you mean `Roll`"),
        ("step: Roll\naction: deploy card", "the actions of the step are: deploy cart; enable fast"),
        ("action: deploy cart", "needs the `step`"),
        ("flags: {fast: maybe}", "one of: off, partly on, on"),
        ("schemas: {cart: V1}", "has no schema"),
        ("schemas: {db/other: V1}", "changes nothing at `db/other`"),
        ("jobs: {cart: running}", "is no worker"),
        ("pods: 3", "unknown key"),
        ("{}", "nothing here says anything"),
        ("[1, 2", "not valid YAML"),
        ("", "empty"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_told(text: str, told: str) -> None:
    with pytest.raises(InvalidDeploymentError) as wrong:
        read(text)
    assert told in str(wrong.value)


def test_the_ways_add_up() -> None:
    assert list_ways("V2", "V1", updated=2, total=4, ready=3) == [{"V2": 1, "V1": 2}, {"V2": 2, "V1": 1}]
