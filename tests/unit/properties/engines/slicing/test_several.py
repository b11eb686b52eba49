"""Several pipelines: traps for what a hop's part must keep."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest

from skewproof.model.compiler.replay import ReplayError
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment, Hop, Request, Verb
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import several
from skewproof.properties.engines.slicing.asked import CALLER
from support.told import told_by_the_checker

SWITCH = """
components:
  web: {kind: service, strategy: blue-green}
  api: {kind: service}
requests: {visit: [client calls web: page, web calls api: order]}
pipelines: {front: [A: [deploy web]], back: [B: [deploy api when not web.up(V1)]]}
changes: {api/order: {breaks: [V1 -> V2]}}
"""
CUT = """
components:
  web: {kind: service, drain: abrupt}
  api: {kind: service}
requests: {visit: [client calls web: page, web calls api: order, web calls api: order]}
pipelines: {front: [A: [deploy web]], back: [B: [deploy api]]}
changes: {api/order: {breaks: [V2 -> V1]}}
"""
AWAITED = """
components:
  web: {kind: service, replicas: 2}
  api: {kind: service}
requests: {visit: [client calls web: page], order: [client calls api: order]}
pipelines: {front: [A: [start deploy web]], back: [B: [await web, deploy api]]}
changes: {api/order: {breaks: none}, web/page: {breaks: none}}
"""


def is_as_listed(text: str) -> bool:
    found, listed = (check(loads(text), engine=name) for name in ("slice", "reference"))
    return bool(told_by_the_checker(found)["hazards"] == told_by_the_checker(listed)["hazards"])


def ask_too_little(deployment: Deployment, request: Request, number: int) -> Request | None:
    """As if every hop were served at once, and nobody cut off."""
    hop = request.hops[number - 1]
    calls = () if number == 1 else (Hop(CALLER, Verb.CALLS, hop.consumer, "u"),)
    return Request(request.name, (*calls, hop))


@pytest.mark.parametrize(
    ("text", "name", "trap"),
    [
        (SWITCH, "ask_at_once", ask_too_little),
        (CUT, "ask_so_far", lambda d, r, n: Request(r.name, r.hops[:n])),
    ],
)
def test_what_is_asked_is_enough_and_no_less_is(
    monkeypatch: pytest.MonkeyPatch, text: str, name: str, trap: Callable[..., Request | None]
) -> None:
    assert is_as_listed(text)
    monkeypatch.setattr(several, name, trap)
    with suppress(ReplayError):  # a story that does not happen is never shown
        assert not is_as_listed(text)


def test_a_story_has_what_lets_its_pipelines_go_on() -> None:
    """The hop sees api alone; by then the other pipeline has rolled two instances of web."""
    text = AWAITED.replace("breaks: none}, web", "breaks: [V1 -> V2]}, web").replace(
        "client calls api", "web calls api"
    )
    text = text.replace("[web calls", "[client calls web: page, web calls")
    assert is_as_listed(text)


def shop(services: int) -> str:
    """So many services in a row, half of them in each of two pipelines."""
    names = [f"s{number}" for number in range(services)]
    calls = ", ".join(f"{one} calls {other}: x" for one, other in pairwise(names))
    halves = names[: services // 2], names[services // 2 :]
    steps = [", ".join(f"S{n}: [deploy {name}]" for n, name in enumerate(half)) for half in halves]
    components = ", ".join(f"{name}: {{kind: service, replicas: 3}}" for name in names)
    changes = ", ".join(f"{name}/x: {{breaks: none}}" for name in names[1:])
    return (
        f"components: {{{components}}}\nrequests: {{walk: [client calls s0: x, {calls}]}}\n"
        f"pipelines: {{front: [{steps[0]}], back: [{steps[1]}]}}\nchanges: {{{changes}}}\n"
    )


def test_states_grow_with_the_hops_alone_though_all_call_each_other() -> None:
    few, many = (engine("slice").judge(Task(loads(shop(size)))).states for size in (6, 12))
    assert many < 12 * few
