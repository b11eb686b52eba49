"""What of a request is asked where one of its hops is judged."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.properties.engines.slicing.asked import CALLER, ask_at_once, ask_so_far

TEXT = """
components:
  web: {kind: service}
  mid: {kind: service}
  api: {kind: service}
  job: {kind: worker}
  queue: {kind: broker}
requests: {visit: [HOPS]}
pipelines: {front: [A: [deploy web, deploy mid]], back: [B: [deploy api]]}
changes: {api/order: {breaks: both}}
"""
HOPS = "client calls web: page, web calls mid: page, mid calls api: order, web calls api: order"


def asked(number: int, hops: str = HOPS, text: str = TEXT) -> tuple[list[str], list[str] | None]:
    deployment = loads(text.replace("HOPS", hops))
    (request,) = deployment.requests
    so_far, at_once = (ask(deployment, request, number) for ask in (ask_so_far, ask_at_once))
    assert so_far is not None
    return [str(hop) for hop in so_far.hops], None if at_once is None else [str(hop) for hop in at_once.hops]


def test_what_comes_behind_a_hop_is_not_asked() -> None:
    so_far, _ = asked(3)
    assert so_far == HOPS.split(", ")[:3]


def test_who_is_served_at_once_is_called_and_goes_on() -> None:
    assert asked(3)[1] == [f"{CALLER} calls mid: u", "mid calls api: order"]
    assert asked(4)[1] == [f"{CALLER} calls web: u", "web calls api: order"]
    assert asked(1)[1] is None, "there is nothing before it"


def test_a_client_begins_by_itself() -> None:
    assert asked(2, "client calls web: page, client calls api: order")[1] == ["client calls api: order"]


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ("mid: {kind: service}", "mid: {kind: service, strategy: blue-green}"),
        ("mid: {kind: service}", "mid: {kind: service, terminates: later}"),
        ("mid: {kind: service}", "mid: {kind: service, route: session}"),
        ("api: {kind: service}", "api: {kind: service, route: carried}"),
        ("web: {kind: service}", "web: {kind: service, drain: abrupt}"),
    ],
)
def test_what_was_met_before_may_matter(component: str, said: str) -> None:
    assert asked(3, text=TEXT.replace(component, said))[1] is None


@pytest.mark.parametrize(
    "hops",
    [
        "client calls web: page, web calls mid: page since V2, mid calls api: order",
        "client calls web: order, web calls mid: page, mid calls api: order using web/order",
        "job consumes queue: m, job calls mid: page, mid calls api: order",
    ],
)
def test_a_request_that_is_not_simple_is_asked_whole(hops: str) -> None:
    assert asked(3, hops)[1] is None


def test_who_may_be_cut_off_is_asked_with_all_its_hops() -> None:
    text = TEXT.replace("web: {kind: service}", "web: {kind: service, drain: abrupt}")
    assert asked(2, text=text)[0] == HOPS.split(", ")
