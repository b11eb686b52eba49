"""The upgrade stories come out as they are documented: the verdict of each file, and each witness."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from skewproof.model.language import load
from skewproof.properties import Answer, PropertyHazard, Safe, Unsafe, check
from skewproof.properties.verdict import Hazard

ROOT = Path(__file__).parents[2]
STORIES = ROOT / "examples" / "stories"
CLASSES = ROOT / "docs" / "failure-classes.md"


class Witness(NamedTuple):
    """What a hazard is told by; `step` is one of its window."""

    request: str | None
    contract: str | None
    kind: str
    aspect: str | None
    consumer: str | None
    provider: str | None
    step: str
    for_ever: bool = False


def breaks(
    request: str, contract: str, aspect: str, pair: str, step: str, *, for_ever: bool = False
) -> Witness:
    """The witness of a hop that breaks; `pair` is `consumer's version -> provider's version`."""
    consumer, provider = pair.split(" -> ")
    version = None if consumer == "client" else consumer
    return Witness(request, contract, "incompatible", aspect, version, provider, step, for_ever)


def violates(step: str) -> Witness:
    """The witness of a violated property."""
    return Witness(None, None, "property", None, None, None, step)


SAFE: tuple[Witness, ...] = ()

EXPECTED: dict[str, tuple[Witness, ...]] = {
    "spryker-message-class/naive.yaml": (
        breaks("publish", "rabbitmq/publish.product", "content", "V2 -> V1", "Run_install", for_ever=True),
        breaks("browse", "redis/product", "content", "V1 -> V2", "Deploy_Spryker_services"),
    ),
    "spryker-message-class/plan.yaml": SAFE,
    "separate-triggers/naive.yaml": (
        breaks("open", "api/onboarding/status", "call", "V2 -> V1", "frontend: Merge"),
    ),
    "separate-triggers/plan.yaml": SAFE,
    "frontend-hours-later/naive.yaml": (
        breaks("funnel", "backend/funnel", "call", "V2 -> V1", "web: (before)"),
    ),
    "frontend-hours-later/plan.yaml": SAFE,
    "stores-switch-apart/naive.yaml": (
        breaks("publish de", "rabbitmq/publish.product", "content", "V1 -> V2", "de: (before)"),
        breaks("publish nl", "rabbitmq/publish.product", "content", "V1 -> V2", "region: (after)"),
    ),
    "stores-switch-apart/plan.yaml": SAFE,
    "kafka-ibp/naive.yaml": (breaks("replicate", "kafka/fetch", "call", "2.6 -> 2.5", "Roll"),),
    "kafka-ibp/plan.yaml": SAFE,
    "kafka-ibp/rollback-before.yaml": SAFE,
    "kafka-ibp/rollback-after.yaml": (
        breaks("replicate", "kafka/fetch", "call", "2.6 -> 2.5", "Change of mind"),
        violates("Change of mind"),
    ),
    "kubernetes-skew/naive.yaml": (
        breaks("reconcile", "apiserver/control", "call", "1.29 -> 1.28", "Control plane"),
    ),
    "kubernetes-skew/nodes-first.yaml": (
        breaks("report", "apiserver/node", "call", "1.29 -> 1.28", "Nodes"),
    ),
    "kubernetes-skew/left-behind.yaml": (
        breaks("report", "apiserver/node", "call", "1.25 -> 1.29", "1.29: API servers"),
    ),
    "kubernetes-skew/plan.yaml": SAFE,
    "gitlab-drop-column/naive.yaml": (
        breaks("sign in", "postgres/users", "schema", "M-1 -> M", "Regular migrations"),
        breaks("job", "postgres/users", "schema", "M-1 -> M", "Roll"),
    ),
    "gitlab-drop-column/skipped.yaml": (
        breaks("sign in", "postgres/users", "schema", "M-1 -> M+1", "All migrations"),
        breaks("job", "postgres/users", "schema", "M-1 -> M+1", "Roll"),
    ),
    "gitlab-drop-column/plan.yaml": SAFE,
    "pgroll-rename/naive-alter.yaml": (
        breaks("sign up", "postgres/users", "schema", "old -> new", "Rename the column"),
    ),
    "pgroll-rename/naive-complete.yaml": (
        breaks("sign up", "postgres/users", "schema", "old -> new", "pgroll complete"),
    ),
    "pgroll-rename/naive-app-first.yaml": (
        breaks("sign up", "postgres/users", "schema", "new -> old", "Roll"),
    ),
    "pgroll-rename/plan.yaml": SAFE,
    "pgroll-rename/rollback-before.yaml": SAFE,
    "pgroll-rename/rollback-after.yaml": (
        breaks("sign up", "postgres/users", "schema", "old -> new", "Roll back", for_ever=True),
        violates("Roll back"),
    ),
    "celery-signature/naive-workers-first.yaml": (
        breaks("task", "broker/do_something", "content", "V2 -> V1", "Workers", for_ever=True),
    ),
    "celery-signature/naive-web-first.yaml": (
        breaks("task", "broker/do_something", "content", "V1 -> V2", "Web"),
        breaks("task", "broker/do_something", "content", "V2 -> V1", "Workers", for_ever=True),
    ),
    "celery-signature/one-release.yaml": (
        breaks("task", "broker/do_something", "content", "V1 -> V2", "Everything"),
    ),
    "celery-signature/not-drained.yaml": (
        breaks("task", "broker/do_something", "content", "V4 -> V1", "Default removed", for_ever=True),
        breaks("task", "broker/do_something", "content", "V4 -> V2", "Default removed", for_ever=True),
    ),
    "celery-signature/plan.yaml": SAFE,
    "rails-rename/naive.yaml": (
        breaks("save a user", "postgres/users", "schema", "V1 -> V2", "Migrate"),
        breaks("show a user", "postgres/users", "schema", "V1 -> V2", "Roll"),
    ),
    "rails-rename/plan.yaml": SAFE,
    "rails-rename/merge-2-3-deploy-first.yaml": SAFE,
    "rails-rename/merge-2-3-backfill-first.yaml": (
        breaks("show a user", "postgres/users", "content", "V4 -> V1", "4 move reads"),
        breaks("show a user", "postgres/users", "content", "V5 -> V1", "6 drop old", for_ever=True),
    ),
    "rails-rename/merge-2-4.yaml": (
        breaks("show a user", "postgres/users", "content", "V4 -> V1", "2 and 4 in one roll"),
        breaks("show a user", "postgres/users", "content", "V5 -> V1", "6 drop old", for_ever=True),
    ),
    "rails-rename/merge-4-5.yaml": (
        breaks("show a user", "postgres/users", "content", "V3 -> V5", "4 and 5"),
    ),
    "rabbitmq-flags/naive.yaml": (
        breaks("declare a queue", "cluster/metadata", "schema", "3.12 -> 3.13", "Enable all flags"),
    ),
    "rabbitmq-flags/stopped-node.yaml": (violates("Call off B"),),
    "rabbitmq-flags/skipped.yaml": (violates("Roll"),),
    "rabbitmq-flags/plan.yaml": SAFE,
    "jwt-rotation/naive.yaml": (
        breaks("sign in and order", "api/orders", "token", "V2 -> V1", "Replace the key"),
        breaks("sign in and order", "api/orders", "token", "V1 -> V2", "Tokens expired"),
    ),
    "jwt-rotation/caches-not-awaited.yaml": (
        breaks("sign in and order", "api/orders", "token", "V3 -> V1", "Sign with k2"),
    ),
    "jwt-rotation/tokens-not-awaited.yaml": (
        breaks("sign in and order", "api/orders", "token", "V1 -> V4", "Tokens expired"),
        breaks("sign in and order", "api/orders", "token", "V2 -> V4", "Tokens expired"),
    ),
    "jwt-rotation/plan.yaml": SAFE,
    "hashed-chunks/naive.yaml": (
        breaks("open the shop", "web/chunk", "token", "V1 -> V2", "(after)", for_ever=True),
        breaks("open the shop", "web/chunk", "token", "V2 -> V1", "Roll"),
    ),
    "hashed-chunks/sticky.yaml": (
        breaks("open the shop", "web/chunk", "token", "V1 -> V2", "(after)", for_ever=True),
    ),
    "hashed-chunks/uploaded-late.yaml": (
        breaks("open the shop", "storage/chunk", "token", "V2 -> V1", "Roll"),
    ),
    "hashed-chunks/cleaned-early.yaml": (
        breaks("open the shop", "storage/chunk", "token", "V1 -> V2", "Clean up"),
    ),
    "hashed-chunks/api-too-new.yaml": (
        breaks("open the shop", "api/orders", "token", "V1 -> V2", "API without V1"),
    ),
    "hashed-chunks/plan.yaml": SAFE,
    "mobile-client/naive.yaml": (
        breaks("profile", "api/profile", "call", "V1 -> V2", "App V2"),
        breaks("profile", "api/profile", "call", "V1 -> V3", "(after)", for_ever=True),
        breaks("sign up", "api/registration", "call", "V1 -> V3", "(after)", for_ever=True),
        breaks("sign up", "api/registration", "call", "V2 -> V3", "(after)", for_ever=True),
    ),
    "mobile-client/app-first.yaml": (
        breaks("profile", "api/profile", "call", "V2 -> V1", "App V2"),
        breaks("profile", "api/profile", "call", "V1 -> V2", "(after)", for_ever=True),
    ),
    "mobile-client/plan.yaml": SAFE,
    "mobile-client/forced-upgrade.yaml": SAFE,
    "feature-flag/naive.yaml": (
        breaks("order", "api/order", "call", "V1 -> V2", "All new"),
        breaks("order", "api/order", "call", "V2 -> V1", "Roll"),
    ),
    "feature-flag/default-on.yaml": (breaks("order", "api/order", "call", "V2 -> V1", "Roll"),),
    "feature-flag/cached.yaml": (breaks("order", "api/order", "call", "V2 -> V1", "Enable"),),
    "feature-flag/api-first.yaml": SAFE,
    "feature-flag/plan.yaml": SAFE,
    "unfinished-pods/naive.yaml": (breaks("work", "postgres/results", "schema", "V1 -> V2", "Contract"),),
    "unfinished-pods/plan.yaml": SAFE,
    "celery-redelivered/naive.yaml": (
        breaks("task", "broker/do_something", "content", "V2 -> V1", "Default removed", for_ever=True),
    ),
    "celery-redelivered/plan.yaml": SAFE,
    "graphql-field/naive.yaml": (breaks("product", "gateway/query", "call", "V1 -> V2", "Gateway"),),
    "graphql-field/plan.yaml": SAFE,
    "consul-leader-first/naive.yaml": (
        breaks("write", "consul/append entries", "call", "0.8 -> 0.7", "Replace servers"),
    ),
    "consul-leader-first/plan.yaml": SAFE,
    "openbao-older-leader/naive.yaml": (
        breaks("read secret", "storage/mounts", "content", "2.4 -> 2.5", "Replace nodes"),
    ),
    "openbao-older-leader/plan.yaml": SAFE,
    "mysql-promoted-replica/naive.yaml": (
        breaks("order", "mysql/binary log", "call", "8.4 -> 8.0", "Replicas first"),
    ),
    "mysql-promoted-replica/plan.yaml": SAFE,
    "restarted-control-plane/naive.yaml": (violates("Migrate"),),
    "restarted-control-plane/plan.yaml": SAFE,
    "forgotten-replicas/naive.yaml": (violates("Apply"),),
    "forgotten-replicas/plan.yaml": SAFE,
    "migrating-canary/naive.yaml": (
        breaks("order", "db/orders", "schema", "V1 -> V2", "Canary", for_ever=True),
    ),
    "migrating-canary/plan.yaml": SAFE,
    "required-column/naive.yaml": (breaks("sign up", "db/users", "schema", "V1 -> V2", "Migrate"),),
    "required-column/plan.yaml": SAFE,
    "hdfs-finalize/unprepared.yaml": (violates("Name nodes"),),
    "hdfs-finalize/called-off.yaml": (violates("Change of mind"),),
    "hdfs-finalize/plan.yaml": SAFE,
    "changed-session/naive.yaml": (
        breaks("visit", "redis/session", "content", "V1 -> V2", "Roll"),
        breaks("visit", "redis/session", "content", "V2 -> V1", "Roll", for_ever=True),
    ),
    "changed-session/flush.yaml": SAFE,
    "planned-downtime/naive.yaml": (
        breaks("join", "hazelcast/cluster", "call", "V1 -> V2", "New jars"),
        breaks("join", "hazelcast/cluster", "call", "V2 -> V1", "New jars"),
    ),
    "planned-downtime/plan.yaml": SAFE,
}
"""Each file's witnesses, all that there are; none: it is safe."""

LIVED_WITH: dict[str, tuple[Witness, ...]] = {
    "changed-session/flush.yaml": (
        breaks("visit", "redis/session", "content", "V1 -> V2", "Roll"),
        breaks("visit", "redis/session", "content", "V2 -> V1", "Flush"),
    ),
    "planned-downtime/plan.yaml": (
        Witness("order", "hazelcast/map", "unavailable", None, "V1", None, "New jars"),
    ),
    "openbao-older-leader/plan.yaml": (
        Witness("mount", "bao/mount", "unavailable", None, None, None, "Replace nodes"),
        Witness("read secret", "bao/secret", "unavailable", None, None, None, "Replace nodes"),
    ),
}
"""What the safe ones accept."""

UNMIXED = {
    "feature-flag/plan.yaml",
    "planned-downtime/plan.yaml",
    "consul-leader-first/plan.yaml",
    "mysql-promoted-replica/plan.yaml",
}
"""Here a flag, or stopping everybody, keeps all at one form, so that nothing mixed is met; `naive.yaml`
beside each is the same roll without, and is unsafe."""


def matches(hazard: Hazard, witness: Witness) -> bool:
    if isinstance(hazard, PropertyHazard):
        is_alike = witness.kind == "property" and hazard.for_ever == witness.for_ever
        return is_alike and witness.step in hazard.window
    told = (
        hazard.request,
        None if hazard.contract is None else str(hazard.contract),
        hazard.kind,
        hazard.aspect,
        hazard.consumer_version,
        hazard.provider_version,
        hazard.for_ever,
    )
    return told == (*witness[:6], witness.for_ever) and witness.step in hazard.window


def is_told(answer: Answer, witness: Witness) -> bool:
    return any(matches(hazard, witness) for hazard in answer.hazards)


def test_every_story_is_in_the_table() -> None:
    files = {path.relative_to(STORIES).as_posix() for path in STORIES.rglob("*.yaml")}
    assert files == set(EXPECTED)


def test_every_story_is_in_the_readme() -> None:
    page = (STORIES / "README.md").read_text(encoding="utf-8")
    told = {folder.name for folder in STORIES.iterdir() if folder.is_dir() and f"`{folder.name}`" in page}
    assert told == {name.partition("/")[0] for name in EXPECTED}


def test_the_classes_of_failures_name_stories_that_come_out_as_they_say() -> None:
    rows = [
        line.split("|")
        for line in CLASSES.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| .*`stories/", line)
    ]
    unsafe, safe = (
        set(re.findall("`stories/([^`]+[.]yaml)`", " ".join(row[i] for row in rows))) for i in (3, 4)
    )
    assert unsafe
    assert safe
    assert all(EXPECTED[name] for name in unsafe)
    assert not any(EXPECTED[name] for name in safe)


@pytest.mark.parametrize("name", [name for name, witnesses in EXPECTED.items() if not witnesses])
def test_the_documented_plan_is_safe(name: str) -> None:
    answer = check(load(STORIES / name))
    assert isinstance(answer.verdict, Safe)


@pytest.mark.parametrize("name", [name for name, witnesses in EXPECTED.items() if not witnesses])
def test_a_safe_plan_accepts_what_is_documented_and_no_more(name: str) -> None:
    accepted = [one.hazard for one in check(load(STORIES / name)).accepted]
    expected = LIVED_WITH.get(name, ())
    assert len(accepted) == len(expected)
    assert all(any(matches(hazard, witness) for witness in expected) for hazard in accepted)


@pytest.mark.parametrize("name", [name for name, witnesses in EXPECTED.items() if not witnesses])
def test_a_safe_plan_meets_two_versions_where_something_can_break(name: str) -> None:
    deployment = load(STORIES / name)
    statistics = check(deployment).statistics
    assert statistics is not None
    can_break = {contract for contract, change in (deployment.changes or {}).items() if change.breaks}
    assert can_break
    unmixed = can_break & set(statistics.never_mixed)
    assert unmixed == (can_break if name in UNMIXED else set())


@pytest.mark.parametrize("name", [name for name, witnesses in EXPECTED.items() if witnesses])
def test_the_naive_plan_has_its_documented_witnesses_and_no_others(name: str) -> None:
    answer = check(load(STORIES / name))
    assert isinstance(answer.verdict, Unsafe)
    missing = [witness for witness in EXPECTED[name] if not is_told(answer, witness)]
    others = [
        hazard for hazard in answer.hazards if not any(matches(hazard, witness) for witness in EXPECTED[name])
    ]
    assert not missing
    assert not others
