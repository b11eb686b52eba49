"""Calls that another one stands for; each condition is taken away on a deployment that tells."""

from __future__ import annotations

from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.hunting.alike import AlikeCalls
from skewproof.properties.hunting.call_graph import CallGraph
from skewproof.properties.hunting.hunter import _Hunter, hunt

TWO_PAGES = """
components: {web: {kind: service}, stock: {kind: service}, db: {kind: database}}
requests:
  first: [client calls web: page, web calls stock: item]
  second: [client calls web: other, web calls stock: more]
  report: [client calls stock: count, stock writes db: report]
pipeline: [Migrate: [migrate db], Roll: [deploy web stock]]
changes: {db/report: {breaks: {schema: [V1 -> V2]}}}
"""


def find_replaced(text: str) -> list[str]:
    graph = CallGraph(loads(text))
    return list(map(str, AlikeCalls(graph).list_replaced(graph.kinds)))


def find_paths(text: str) -> list[list[str]]:
    return [list(map(str, found.request.hops)) for found in hunt(loads(text), max_examples=0).finds]


def test_the_first_call_stands_for_those_of_the_same_caller_and_callee() -> None:
    assert find_replaced(TWO_PAGES) == ["client calls web: other", "web calls stock: more"]


def test_what_is_used_anywhere_nothing_stands_for() -> None:
    report = "stock calls stock: more, stock writes db: report using"
    assert find_replaced(TWO_PAGES.replace("stock writes db: report", f"{report} more")) == [
        "client calls web: other"
    ]
    assert find_replaced(TWO_PAGES.replace("stock writes db: report", f"{report} stock/more")) == [
        "client calls web: other"
    ]


def test_only_calls_are_alike() -> None:
    text = TWO_PAGES.replace("web calls stock", "web forwards stock")
    assert find_replaced(text) == ["client calls web: other"]


def test_of_ways_that_are_alike_one_is_judged() -> None:
    """Two pages ask two things of the stock: four ways to a report that nobody can break."""
    text = TWO_PAGES.replace("V1 -> V2", "V2 -> V1").replace(
        "client calls stock: count, ", "client calls web: page, web calls stock: item, "
    )
    hunter = _Hunter(loads(text), Limits(max_states=10_000))
    hunter.enumerate()
    assert [list(map(str, hops)) for hops in hunter.judged] == [
        ["client calls web: page", "web calls stock: item", "stock writes db: report"]
    ]


# --- each condition, taken away ---


def test_a_call_that_the_path_is_for_is_itself() -> None:
    """The declared job makes it only while nothing rolls out."""
    text = """
components: {web: {kind: service}, stock: {kind: service}, cron: {kind: worker}}
requests:
  page: [client calls web: page, web calls stock: item]
  job: [cron calls web: run, web calls stock: count]
pipeline: [Quiet: [suspend cron], Stock: [deploy stock], Web: [deploy web cron], Open: [resume cron]]
changes: {stock/count: {breaks: [V1 -> V2]}}
"""
    assert find_replaced(text) == ["web calls stock: count"]
    assert find_paths(text) == [["client calls web: page", "web calls stock: count"]]


def test_a_call_at_which_the_request_may_be_cut_off_is_itself() -> None:
    text = """
components: {web: {kind: service, drain: abrupt}, stock: {kind: service}}
requests:
  page: [client calls web: page, web calls stock: item]
  other: [client calls web: other]
pipeline: [Roll: [deploy web]]
changes: {stock/item: {breaks: none}}
"""
    assert find_paths(text) == [["client calls web: other", "web calls stock: item"]]


def test_a_call_of_a_job_that_may_be_cut_off_is_itself() -> None:
    text = """
components: {cron: {kind: worker, drain: abrupt}, web: {kind: service}}
requests:
  job: [cron calls web: run, cron calls web: other]
pipeline: [Roll: [deploy cron]]
changes: {web/run: {breaks: none}}
"""
    assert find_replaced(text) == ["cron calls web: other"]
    assert find_paths(text) == [["cron calls web: other", "cron calls web: run"]]


def test_versions_that_pass_a_call_over_make_it_another() -> None:
    """Only new callers make the first call, when the stock has been rolled out; old ones make the other."""
    text = """
components: {web: {kind: service}, stock: {kind: service}, db: {kind: database}}
requests:
  page: [client calls web: page, web calls stock: item since V2, stock writes db: report]
  more: [client calls web: page, web calls stock: more]
pipeline: [Migrate: [migrate db], Stock: [deploy stock], Web: [deploy web]]
changes: {db/report: {breaks: {schema: [V1 -> V2]}}}
"""
    assert find_paths(text) == [
        ["client calls web: page", "web calls stock: more", "stock writes db: report"]
    ]


def test_what_is_obtained_by_a_call_and_used_makes_it_another() -> None:
    """The job that is using it waits until all is over."""
    text = """
components: {web: {kind: service}, stock: {kind: service}, cron: {kind: worker}, db: {kind: database}}
requests:
  page: [client calls web: page, web calls stock: item]
  job: [cron calls web: run, web calls stock: more, web writes db: order using more]
pipeline: [Quiet: [suspend cron], Migrate: [migrate db], Roll: [deploy stock web cron], Open: [resume cron]]
changes: {db/order: {breaks: {token: [V1 -> V2]}}, stock/more: {breaks: none}}
"""
    assert find_paths(text) == [
        ["client calls web: page", "web calls stock: more", "web writes db: order using more"]
    ]


def test_what_a_call_uses_makes_it_another() -> None:
    """The first call goes to the version of the token, which is new by then; the other one to any."""
    text = """
components:
  web: {kind: service}
  stock: {kind: service, replicas: 3, route: carried, strategy: {canary: 1}}
  pay: {kind: service}
requests:
  item: [client calls web: token, web calls stock: item using token, stock calls pay: bill]
  more: [client calls web: token, web calls stock: more]
pipeline: [Canary: [deploy stock], Web: [deploy web], Pay: [deploy pay], Promote: [promote stock]]
changes: {pay/bill: {breaks: [V1 -> V2]}, web/token: {breaks: none}}
"""
    assert find_paths(text) == [["client calls web: token", "web calls stock: more", "stock calls pay: bill"]]
