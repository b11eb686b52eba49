"""The public strategies: what they give is well formed, and what it shrinks to."""

from __future__ import annotations

from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from skewproof.model import compile_deployment
from skewproof.model.compiler.replay import replay
from skewproof.model.deployment import Aspect, Deployment, Request, Severity
from skewproof.model.language import loads
from skewproof.model.language.writing import write_request
from skewproof.model.names import Contract, instances_of, schema_of
from skewproof.properties import check
from skewproof.properties.strategies import deployments, mixed_states, releases, request_paths, rollouts
from support.shops import CORNER_SHOP

FIXED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=2000,
    phases=(
        Phase.generate,
        Phase.shrink,
    ),  # `find` gives what ran last, and explaining runs others at the end
)


def written(deployment: Deployment) -> list[str]:
    return [str(hop) for request in deployment.requests for hop in request.hops]


def test_the_smallest_deployment_is_one_service_and_one_hop() -> None:
    smallest = find(deployments(), lambda _: True, settings=FIXED)
    assert list(smallest.components) == ["glue"]
    assert written(smallest) == ["client calls glue: cart"]


def test_an_unsafe_deployment_shrinks_to_one_request() -> None:
    smallest = find(deployments(), lambda deployment: bool(check(deployment).hazards), settings=FIXED)
    assert written(smallest) == ["client calls glue: cart"]
    assert [str(action) for step in smallest.pipeline for action in step.actions] == ["deploy glue"]
    assert smallest.components["glue"].max_unavailable == 1, "nobody is up for a moment"


# --- paths ---


def test_paths_are_recombined_and_shrink_to_the_shortest() -> None:
    deployment = loads(CORNER_SHOP)
    request = find(request_paths(deployment), lambda path: path.hops[-1].subject == "report", settings=FIXED)
    assert [str(hop) for hop in request.hops] == ["cron calls stock: report"]
    undeclared = find(
        request_paths(deployment, name="new"),
        lambda path: path.root == "client" and path.hops[-1].subject == "report",
        settings=FIXED,
    )
    assert [str(hop) for hop in undeclared.hops] == [
        "client calls web: page",
        "web calls stock: item",
        "stock writes db: report",
    ]
    assert undeclared.name == "new"


@settings(FIXED, max_examples=100)
@given(request_paths(loads(CORNER_SHOP), min_hops=2, max_hops=5))
def test_paths_are_requests_that_the_language_reads(request: Request) -> None:
    assert 2 <= len(request.hops) <= 5
    pasted = CORNER_SHOP.replace("requests:\n", f"requests:\n{write_request(request)}\n")
    assert loads(pasted).requests[0] == request


# --- rollouts ---


def test_a_complete_rollout_shrinks_to_the_quickest() -> None:
    run = find(rollouts(loads(CORNER_SHOP), complete=True), lambda _: True, settings=FIXED)
    assert [event.text for event in run] == [
        "Quiet begins: suspend cron",
        "cron suspended",
        "Migrate begins: migrate db",
        "db/report: schema V1 → V2",
        "Roll begins: deploy stock web cron",
        "stock: spawn V2 (1×V1 1×V2)",
        "stock: retire V1 (1×V2)",
        "web: spawn V2 (1×V1 1×V2)",
        "web: retire V1 (1×V2)",
        "cron: spawn V2 (1×V1 1×V2)",
        "cron: retire V1 (1×V2)",
        "Open begins: resume cron",
        "cron running",
        "the pipeline is over",
    ]


@settings(FIXED, max_examples=60)
@given(st.data())
def test_rollouts_happen_on_the_machines(data: st.DataObject) -> None:
    deployment = data.draw(deployments())
    compiled = compile_deployment(deployment)
    replay(compiled, data.draw(rollouts(deployment, traffic=True)))


def test_the_first_mixed_state_comes_with_the_earliest_step() -> None:
    mixed = find(mixed_states(loads(CORNER_SHOP)), lambda _: True, settings=FIXED)
    assert [event.text for event in mixed.run] == [
        "Quiet begins: suspend cron",
        "cron suspended",
        "Migrate begins: migrate db",
        "db/report: schema V1 → V2",
    ]
    assert mixed.step == "Migrate"
    assert mixed.versions[schema_of(Contract("db", "report"))] == frozenset({"V2"})
    assert mixed.versions[instances_of("web")] == frozenset({"V1"})


def test_a_state_can_be_asked_for() -> None:
    both = frozenset({"V1", "V2"})
    mixed = find(
        mixed_states(loads(CORNER_SHOP)), lambda s: s.versions[instances_of("web")] == both, settings=FIXED
    )
    assert [event.text for event in mixed.run][4:] == [
        "Roll begins: deploy stock web cron",
        "web: spawn V2 (1×V1 1×V2)",
    ]


# --- releases ---


def test_releases_shrink_to_the_one_change_that_matters() -> None:
    deployment = loads(CORNER_SHOP)
    assert find(releases(deployment), lambda _: True, settings=FIXED).changes == {}
    unsafe = find(releases(deployment), lambda release: bool(check(release).hazards), settings=FIXED)
    (change,) = (unsafe.changes or {}).values()
    assert str(change.contract) == "stock/item"
    assert change.breaks == dict.fromkeys(Aspect, frozenset({("V1", "V2")}))
    assert (change.severity, change.rows_kept) == (Severity.ERROR, False)
