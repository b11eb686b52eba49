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
from skewproof.properties.engines.choice import RequestJudge
from skewproof.properties.engines.protocol import EngineRefusesError
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import going_back, several, stalling
from skewproof.properties.engines.slicing.asked import CALLER
from skewproof.properties.temporal.questions import STALLS
from skewproof.properties.verdict import list_hop_hazards, list_property_hazards
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


def copies(size: int) -> str:
    """As many tables, each with a copy, which one action makes beside another pipeline."""
    requests = "".join(
        f"\n  r{k}: [client calls api: x, api writes db: t{k}, api reads idx: t{k}]" for k in range(size)
    )
    changes = "".join(
        f"\n  db/t{k}: {{breaks: none, rows: kept}}\n  idx/t{k}: {{from: db/t{k}, breaks: none}}"
        for k in range(size)
    )
    return (
        "components: {api: {kind: service}, web: {kind: service}, db: {kind: database}, idx: {kind: cache}}\n"
        f"requests:{requests}\n  w: [client calls web: y]\n"
        "pipelines: {a: [Go: [deploy api, migrate db, backfill db, sync idx]], b: [Go: [deploy web]]}\n"
        f"changes:{changes}\n  web/y: {{breaks: none}}\n"
    )


def test_copies_that_one_action_makes_do_not_multiply() -> None:
    few, many = (engine("slice").judge(Task(loads(copies(size)))) for size in (3, 12))
    assert many.states < 4.5 * few.states
    assert not many.found


BACK = """
components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y], other: [client calls c: z]}
pipelines: {one: [A: [deploy a]], two: [B: [deploy b]], three: [C: [deploy c]]}
rollback: {one: [U: [rollback a]], three: [V: [rollback c]]}
changes: {b/y: {breaks: {call: [%s]}}}
"""


@pytest.mark.parametrize("pair", ["V1 -> V2", "V2 -> V1", "none"])
def test_what_a_rollback_meets_is_known_of_each_pipeline_in_parts(pair: str) -> None:
    """The rollback of `three` has nothing to do with the hop, which is met beside it all the same."""
    deployment = loads((BACK % pair).replace("{call: [none]}", "none"))
    found, listed = (check(deployment, engine=name, failures=True) for name in ("slice", "reference"))
    assert told_by_the_checker(found) == told_by_the_checker(listed)
    assert dict(found.ways_back) == dict.fromkeys(("one: A", "three: C"), pair == "none")
    assert not found.left_open


def test_a_rollback_beside_which_nothing_else_may_fail_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hazard is met only after another has failed, which is not held against `three`."""
    text = (BACK % "V1 -> V2").replace("two: [B: [deploy b]]", "two: [B: [deploy b when one done]]")
    deployment = loads(text)
    found, listed = (check(deployment, engine=name, failures=True) for name in ("slice", "reference"))
    assert told_by_the_checker(found) == told_by_the_checker(listed)
    assert dict(found.ways_back) == {"one: A": False, "three: C": True}
    monkeypatch.setattr(going_back, "list_failed", lambda _, states: [[] for _ in states])
    assert dict(check(deployment, engine="slice", failures=True).ways_back)["three: C"] is False


@pytest.mark.parametrize("waits", ["when p{} done", "when not s{}.up(V1)"])
@pytest.mark.parametrize("failures", [False, True])
def test_pipelines_that_wait_for_each_other_are_known_at_size(waits: str, failures: bool) -> None:
    names = [f"s{number}" for number in range(12)]
    conditions = [waits.format(number + 1, number + 1) for number in range(0, 12, 2)]
    steps = [f"deploy s{n} {conditions[n // 2]}" if n % 2 == 0 else f"deploy s{n}" for n in range(12)]
    pipelines = ", ".join(f"p{n}: [D: [{step}]]" for n, step in enumerate(steps))
    calls = ", ".join(f"{a} calls {b}: y" for a, b in pairwise(names))
    text = (
        f"components: {{{', '.join(f'{name}: {{kind: service}}' for name in names)}}}\n"
        f"requests: {{ask: [client calls s0: x, {calls}]}}\npipelines: {{{pipelines}}}\n"
        "changes: {s1/y: {breaks: {call: [V2 -> V1]}}, s2/y: {breaks: {call: [V2 -> V1]}}}\n"
    )
    answer = check(loads(text), engine="slice", failures=failures)
    assert [str(one.contract) for one in list_hop_hazards(answer.hazards)] == ["s2/y"], "s0 waits for s1"


def test_what_only_a_rollback_says_is_refused_once_it_can_run() -> None:
    text = (
        "components: {a: {kind: service}, b: {kind: service}, c: {kind: cache}}\n"
        "requests: {keep: [client calls a: x, a writes c: y]}\n"
        "pipeline: [A: [deploy a], B: [deploy b]]\n"
        "rollback: [U: [rollback a when V1 in c/y]]\nchanges: {c/y: {breaks: none}}\n"
    )
    assert check(loads(text), engine="slice").statistics is not None
    with pytest.raises(EngineRefusesError, match="V1 in c/y"):
        check(loads(text), engine="slice", failures=True)


# --- a pipeline that can stall beside others ------------------------------------------------------------

TOO_LATE = "web.up(V1)"  # of one of one: passed, where the front is rolled out first
NEVER = "web.up(V1) >= 2"


def waiting_for(predicate: str, pairs: int = 1) -> Deployment:
    """The back waits for the front; beside them pairs with hazards of their own."""
    numbers = range(pairs)
    components = "".join(f"  a{n}: {{kind: service}}\n  b{n}: {{kind: service}}\n" for n in numbers)
    requests = "".join(f"  ask{n}: [client calls a{n}: x, a{n} calls b{n}: y]\n" for n in numbers)
    pipelines = "".join(f"  pa{n}: [A: [deploy a{n}]]\n  pb{n}: [B: [deploy b{n}]]\n" for n in numbers)
    changes = "".join(f"  b{n}/y: {{breaks: [V2 -> V1]}}\n" for n in numbers)
    return loads(f"""
components:
  web: {{kind: service}}
  api: {{kind: service}}
{components}requests:
  visit: [client calls web: page, web calls api: order]
{requests}pipelines:
  front: [A: [deploy web]]
  back: [B: [deploy api when {predicate}], C]
{pipelines}changes:
  api/order: {{breaks: [V1 -> V2]}}
{changes}""")


@pytest.mark.parametrize("predicate", [TOO_LATE, NEVER])
def test_a_pipeline_that_can_stall_beside_others_is_told_as_on_all_states(predicate: str) -> None:
    found, listed = (check(waiting_for(predicate), engine=name) for name in ("slice", "reference"))
    assert told_by_the_checker(found) == told_by_the_checker(listed)
    (stall,), (same,) = (list_property_hazards(one.hazards) for one in (found, listed))
    assert (stall.property, stall.explanation) == (STALLS, same.explanation)
    assert stall.inevitable == (predicate == NEVER)


def test_where_one_never_ends_no_step_behind_it_is_beside_a_hazard(monkeypatch: pytest.MonkeyPatch) -> None:
    def window() -> tuple[str, ...]:
        (hazard,) = list_hop_hazards(check(waiting_for(NEVER), engine="slice").hazards)
        return hazard.window

    assert "back: B" in window()
    assert "back: C" not in window()
    free = stalling.list_outside
    monkeypatch.setattr(several, "list_outside", lambda alone, keys, _: free(alone, keys, ()))
    assert "back: C" in window()


def test_a_stall_costs_no_states_of_pipelines_beside_it() -> None:
    states = [engine("slice").judge(Task(waiting_for(TOO_LATE, pairs))).states for pairs in (2, 3, 4)]
    assert states[2] - states[1] == states[1] - states[0]


LONG = """
components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
requests: {visit: [client calls a: x, a calls b: y, b calls c: z]}
pipelines: {front: [A: [deploy b]], back: [B: [deploy c]]}
changes: {b/y: {breaks: [V1 -> V2]}, c/z: {breaks: [V2 -> V1]}}
"""


def test_of_one_request_it_is_told_which_of_its_hops_break() -> None:
    task = Task(loads(LONG))
    (request,) = task.deployment.requests
    broken = RequestJudge(task).find_broken_lookups(request)
    assert [(one.hop, one.consumer_version, one.provider_version) for one in broken] == [
        (2, "V1", "V2"),
        (3, "V2", "V1"),
    ]
    assert [one.hop for one in RequestJudge(task).find_broken_lookups(request, {3})] == [3]
