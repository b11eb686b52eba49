"""What a hunt reports is real, shortest, and all that there is up to four hops."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.system import System
from skewproof.model.compiler.task import Task
from skewproof.model.compiler.traffic import build_traffic_events
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.compiler.walker import Walker
from skewproof.model.deployment import Deployment, Hop, Request
from skewproof.model.language import loads
from skewproof.model.language.writing import write_request
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties import HazardousPathError, assert_no_hazardous_path, check
from skewproof.properties.engines.choice import RequestJudge
from skewproof.properties.engines.reference import find_hazards
from skewproof.properties.hunting.call_graph import CallGraph, kind_of, list_walks
from skewproof.properties.hunting.essence import Essences
from skewproof.properties.hunting.hunter import Hunt, _Hunter, _with, hunt, tell_unknown
from skewproof.properties.hunting.prospects import Breakage, Prospects, name_breakage
from skewproof.properties.hunting.traffic import DeclaredTraffic
from skewproof.properties.lookups.listing import list_lookups
from skewproof.properties.strategies import deployments
from support.profiles import tried
from support.rich_deployments import rich_deployments
from support.shops import CORNER_SHOP, DEEP_SHOP

FEW = settings(
    max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
LIMITS = Limits(max_states=200_000)
MANY = settings(FEW, max_examples=1000, derandomize=False)


def paths(hunted: Hunt) -> list[list[str]]:
    return [list(map(str, found.request.hops)) for found in hunted.finds]


def pasted(text: str, request: Request) -> Deployment:
    """The deployment of the file with the request pasted under `requests:`."""
    return loads(text.replace("requests:\n", f"requests:\n{write_request(request)}\n"))


# --- what is found ---


def test_a_path_that_only_recombination_gives_is_found_and_is_real() -> None:
    deployment = loads(CORNER_SHOP)
    assert not check(deployment).hazards
    hunted = hunt(deployment)
    assert paths(hunted) == [
        ["client calls web: page", "web calls stock: item", "stock writes db: report"],
    ]
    (found,) = hunted.finds
    (hazard,) = check(pasted(CORNER_SHOP, found.request)).hazards
    assert hazard.id == found.hazards[0].id
    assert hazard.trace == found.hazards[0].trace


def test_what_is_deeper_than_the_enumeration_hypothesis_finds_and_shrinks() -> None:
    hunted = hunt(loads(DEEP_SHOP))
    (found,) = hunted.finds
    assert not found.is_enumerated
    assert paths(hunted) == [
        [
            "client calls web: page",
            "web calls cart: item",
            "cart calls price: item",
            "price calls stock: item",
            "stock writes db: report",
        ]
    ]
    assert {h.id for h in check(pasted(DEEP_SHOP, found.request)).hazards} == {h.id for h in found.hazards}
    assert hunt(loads(DEEP_SHOP), max_examples=0).finds == (), "four hops do not reach it"


def test_the_same_seed_finds_the_same() -> None:
    deployment = loads(DEEP_SHOP)
    assert hunt(deployment, seed=7) == hunt(deployment, seed=7)


def test_a_database_gives_back_what_was_found(tmp_path: Path) -> None:
    first = hunt(loads(DEEP_SHOP), database=tmp_path)
    again = hunt(loads(DEEP_SHOP), database=tmp_path, max_examples=0)
    assert paths(again) == paths(first)
    other = DEEP_SHOP.replace("price calls stock: item", "price calls stock: goods")
    assert hunt(loads(other), database=tmp_path, max_examples=0).finds == (), "that is no path any more"


def test_a_database_with_rubbish_in_it_is_of_no_consequence(tmp_path: Path) -> None:
    hunt(loads(DEEP_SHOP), database=tmp_path)
    (kept,) = [path for path in tmp_path.rglob("*") if path.is_file() and b"report" in path.read_bytes()]
    for rubbish in (b"\xff", b"{}", b"[]", b"[1]", b'["client calls web: page", "?"]'):
        kept.write_bytes(rubbish)
        assert hunt(loads(DEEP_SHOP), database=tmp_path, max_examples=0).finds == ()


def test_what_a_client_carries_along_from_request_to_request() -> None:
    """The page that was read from old content, kept while the schema moves on."""
    text = """
components: {web: {kind: service}, cms: {kind: cache}, db: {kind: database}, cron: {kind: worker}}
requests:
  browse: [client calls web: page, web reads cms: product]
  order: [client calls web: basket, web writes db: order]
  restock: [cron reads cms: product, cron calls web: restock, web writes db: order using cms/product]
pipeline: [Quiet: [suspend cron], Sync: [sync cms], Migrate: [migrate db], Roll: [deploy web cron]]
changes: {cms/product: {breaks: none}, db/order: {breaks: {token: [V1 -> V2]}}}
"""
    hunted = hunt(loads(text), max_examples=0)
    assert paths(hunted) == [
        ["client calls web: page", "web reads cms: product", "web writes db: order using cms/product"],
    ]


def test_a_write_that_only_jobs_do_is_new_to_a_client() -> None:
    """Were clients to write products, old instances could after the sync, while jobs are suspended."""
    text = """
components: {web: {kind: service}, redis: {kind: cache}, cron: {kind: worker}}
requests:
  browse: [client calls web: page, web reads redis: product]
  import: [cron calls web: import, web writes redis: product]
pipeline: [Quiet: [suspend cron], Sync: [sync redis], Roll: [deploy web cron], Open: [resume cron]]
changes: {redis/product: {breaks: [V2 -> V1]}}
"""
    deployment = loads(text)
    assert not check(deployment).hazards
    hunted = hunt(deployment, max_examples=0)
    assert paths(hunted) == [
        ["client calls web: page", "web reads redis: product", "web writes redis: product"],
    ]
    assert [(h.hop, h.consumer_version, h.provider_version) for h in hunted.finds[0].hazards] == [
        (2, "V2", "V1")
    ]


def test_a_hunt_without_a_find_says_what_was_tried() -> None:
    hunted = hunt(loads(CORNER_SHOP.replace("[V1 -> V2]", "none")))
    assert (hunted.finds, hunted.judged, hunted.unjudged) == ((), 0, 0)
    assert (
        hunted.paths
        == CallGraph(loads(CORNER_SHOP)).count(4)
        == sum(1 for _ in list_walks(CallGraph(loads(CORNER_SHOP)), 4))
    )


# --- it is no different from judging every path ---


def everything(deployment: Deployment, hops: int, limits: Limits) -> set[Breakage]:
    """The hazards of every path of so many hops, each judged for itself."""
    found: set[Breakage] = set()
    for path in list_walks(CallGraph(deployment), hops):
        request = Request("path", path)
        hazards = find_hazards(compile_deployment(_with(deployment, request), request), limits).by_key
        found |= {name_breakage(path[one.lookup.hop - 1], one.lookup) for one in hazards.values()}
    return found


def nothing_is_lost(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, limits: Limits = LIMITS, most_paths: int = 100
) -> None:
    if tell_unknown(deployment) or CallGraph(deployment).count(3) > most_paths:
        return
    monkeypatch.setattr("skewproof.properties.hunting.hunter.ENUMERATED_HOPS", 3)
    hunter = _Hunter(deployment, limits)
    declared = set(hunter.known)
    hunter.enumerate()
    assert hunter.known == declared | everything(deployment, 3, limits)
    reported = [new for _, new, _ in hunter.finds]
    assert sum(map(len, reported)) == len(hunter.known - declared), "nothing is reported twice"


@settings(FEW, suppress_health_check=list(HealthCheck))
@given(deployments())
def test_what_is_not_judged_has_nothing_new(deployment: Deployment) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        nothing_is_lost(deployment, monkeypatch)


@settings(FEW, max_examples=tried(20).max_examples, suppress_health_check=list(HealthCheck))
@given(rich_deployments())
def test_what_is_not_judged_has_nothing_new_in_the_whole_language(data: dict[str, Any]) -> None:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        suppress(StateLimitError),
    ):  # of many states: passed over
        few = Limits(max_states=4_000)
        nothing_is_lost(loads(yaml.safe_dump(data, sort_keys=False)), monkeypatch, few, most_paths=30)


@settings(FEW, max_examples=tried(20).max_examples, suppress_health_check=list(HealthCheck))
@given(rich_deployments())
def test_calls_that_are_alike_have_nothing_new(data: dict[str, Any]) -> None:
    """Each call has a twin on a contract of its own, so that one of both stands for the other."""
    with pytest.MonkeyPatch.context() as monkeypatch, suppress(StateLimitError):
        few = Limits(max_states=4_000)
        twins = with_twins(loads(yaml.safe_dump(data, sort_keys=False)))
        nothing_is_lost(twins, monkeypatch, few, most_paths=120)


def with_twins(deployment: Deployment) -> Deployment:
    """The deployment with each request a second time, in which it calls by other names."""
    twins = [
        replace(one, name=f"twin {one.name}", hops=tuple(map(twin, one.hops))) for one in deployment.requests
    ]
    return replace(deployment, requests=(*deployment.requests, *twins))


def twin(hop: Hop) -> Hop:
    return replace(hop, using=(), subject=f"twin {hop.subject}" if hop.verb.is_call else hop.subject)


@pytest.mark.exhaustive
@MANY
@given(deployments())
def test_what_is_not_judged_has_nothing_new_on_thousands(deployment: Deployment) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        nothing_is_lost(deployment, monkeypatch)


@FEW
@given(deployments())
def test_paths_that_are_begun_in_vain_are_told_from_the_others(deployment: Deployment) -> None:
    """Each essential path is reached by going on only where one can become essential."""
    essences = Essences(CallGraph(deployment))
    if essences.graph.count(3) > 1000:
        return
    begun: list[tuple[Hop, ...]] = [()]
    reached = set()
    for _ in range(3):
        longer = [(*hops, hop) for hops in begun for hop in essences.graph.extensions(hops)]
        reached |= {hops for hops in longer if essences.is_essential(hops)}
        begun = [hops for hops in longer if essences.can_become_essential(hops)]
    assert reached == {hops for hops in list_walks(essences.graph, 3) if essences.is_essential(hops)}


@FEW
@given(deployments())
def test_no_hop_of_any_path_can_look_up_more_than_its_prospects(deployment: Deployment) -> None:
    """Whatever stands before it: so where nothing is left no path of any length need be tried."""
    graph, vocabulary = CallGraph(deployment), Vocabulary(deployment)
    prospects = Prospects(graph, vocabulary)
    if graph.count(3) > 1000:
        return
    for hops in list_walks(graph, 3):
        compiled = Compiled(System((), ()), vocabulary, Walker(vocabulary, Request("path", hops)))
        met = {name_breakage(hops[pair.hop - 1], pair) for pair in list_lookups(compiled) if pair.is_broken}
        open_hops = {hop for hop in hops if prospects.is_open(hop)}
        assert {one.hop for one in met} <= set(map(kind_of, open_hops))
        prospects_of = frozenset().union(*(prospects._open[kind_of(hop)] for hop in hops))
        assert met <= prospects_of


@FEW
@given(deployments())
def test_declared_traffic_is_what_does_not_change_with_the_path(deployment: Deployment) -> None:
    """A path is judged in the deployment as it is only if that has the same traffic with it."""
    graph, traffic = CallGraph(deployment), DeclaredTraffic(deployment)
    if graph.count(2) > 200:
        return
    said = set(map(str, build_traffic_events(Vocabulary(deployment))))
    for hops in list_walks(graph, 2):
        request = Request("path", hops)
        if traffic.has(request):
            grown = Vocabulary(_with(deployment, request))
            assert set(map(str, build_traffic_events(grown))) == said


def test_what_only_a_path_is_using_is_taken_as_named() -> None:
    """No declared request has read the old page, and then the basket: the path that does is using both."""
    text = """
components: {web: {kind: service}, redis: {kind: cache}}
requests:
  browse: [client calls web: page, client calls web: basket using page]
  look: [client reads redis: page]
pipeline: [Sync: [sync redis]]
changes: {web/basket: {breaks: {token: [V2 -> V1]}}, web/page: {breaks: none}}
"""
    hunted = hunt(loads(text), max_examples=0)
    assert paths(hunted) == [["client reads redis: page", "client calls web: basket using page"]]
    (hazard,) = check(pasted(text, hunted.finds[0].request)).hazards
    assert hazard.id == hunted.finds[0].hazards[0].id


def test_where_nothing_is_left_no_longer_path_is_tried() -> None:
    hunted = hunt(loads(DEEP_SHOP.replace("[V1 -> V2]", "none")))
    assert (hunted.finds, hunted.open_hops, hunted.examples) == ((), (), 0)
    hunted = hunt(loads(DEEP_SHOP), max_examples=0)
    assert [str(hop) for hop in hunted.open_hops] == ["stock writes db: report"]


def test_a_shop_of_thirty_services_costs_no_walk_through_all_paths() -> None:
    """Each calls all that come after it, and writes one cache: of paths of four hops there are 100,000, and
    none of them can be for anything."""
    names = [f"s{number}" for number in range(30)]
    calls = {f"{a} {b}": [f"client calls {a}: x", f"{a} calls {b}: x"] for a, b in combinations(names, 2)}
    puts = {f"{a} puts": [f"client calls {a}: x", f"{a} writes c: y", f"{a} reads c: y"] for a in names}
    deployment = loads(
        yaml.safe_dump(
            {
                "components": {"c": {"kind": "cache"}, **{name: {"kind": "service"} for name in names}},
                "requests": {**calls, **puts},
                "pipeline": [{"Roll": ["deploy " + " ".join(names)]}, {"Sync": ["sync c"]}],
                "changes": {"s9/x": {"breaks": "both"}, "c/y": {"breaks": "none"}},
            }
        )
    )
    hunter = _Hunter(deployment, LIMITS)
    assert hunter.graph.count(4) > 100_000
    hunter.graph.extensions = pytest.fail  # type: ignore[method-assign, assignment]
    hunter.enumerate()
    assert hunter.prospects.are_over


# --- in a test suite ---


def test_a_suite_can_assert_that_there_is_none() -> None:
    assert_no_hazardous_path(loads(CORNER_SHOP.replace("[V1 -> V2]", "none")))
    with pytest.raises(HazardousPathError) as failed:
        assert_no_hazardous_path(loads(CORNER_SHOP))
    assert str(failed.value) == (
        "if this path exists: client calls web: page; web calls stock: item; stock writes db: report: "
        "hop 3 V1 -> V2 (schema)"
    )
    assert len(failed.value.finds) == 1


def test_a_limit_is_no_proof_that_there_is_none() -> None:
    deployment = loads(CORNER_SHOP)
    with pytest.raises(StateLimitError):
        hunt(deployment, limits=Limits(max_states=10))
    with pytest.raises(ValueError, match="nothing was given"):
        hunt(loads(CORNER_SHOP.split("changes")[0]))


def test_a_path_that_hits_the_limit_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    hunter = _Hunter(loads(CORNER_SHOP), LIMITS)
    hunter.limits = Limits(max_states=10)
    hunter.judge = RequestJudge(Task(hunter.deployment, None, hunter.limits))
    hunter.enumerate()
    assert (hunter.hunt().finds, hunter.hunt().unjudged > 0) == ((), True)
    monkeypatch.setattr("skewproof.properties.hunting.hunter.hunt", lambda *_, **__: hunter.hunt())
    with pytest.raises(StateLimitError):
        assert_no_hazardous_path(loads(CORNER_SHOP))


def test_time_that_is_up_while_a_longer_path_is_tried_ends_the_hunt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis would take the limit for a failure, try it again, and find it unreliable."""

    tried: list[int] = []
    passed_s = [0.0]

    def spin(*_: object) -> bool:
        tried.append(1)
        passed_s[0] = 600.1
        while len(tried) == 1:
            pass
        return False

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + passed_s[0])
    monkeypatch.setattr("skewproof.model.resources.limits.time", clock)
    monkeypatch.setattr(_Hunter, "_is_new", spin)
    monkeypatch.setattr(_Hunter, "enumerate", lambda _: None)
    hunted = hunt(loads(DEEP_SHOP), limits=Limits(max_states=200_000, deadline_s=time.monotonic() + 600))
    assert (len(tried), hunted.finds, hunted.unjudged) == (1, (), 1)


def test_a_limit_that_a_search_meets_there_ends_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def meets(*_: object) -> None:
        tried.append(1)
        if len(tried) == 1:
            raise StateLimitError(7)

    monkeypatch.setattr(_Hunter, "_essence", meets)
    monkeypatch.setattr(_Hunter, "enumerate", lambda _: None)
    hunted = hunt(loads(DEEP_SHOP), limits=LIMITS)
    assert (len(tried), hunted.finds, hunted.unjudged) == (1, (), 1)
