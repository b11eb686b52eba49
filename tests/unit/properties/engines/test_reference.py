"""The reference engine: hazards with their windows, spans and certainty, and what is told beside them."""

from __future__ import annotations

import pytest
from transitions import Machine

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.space import Space, explore, show_value
from skewproof.model.compiler.task import Task
from skewproof.model.machines.rollouts import own_rollout
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.engines.reference import find_residue, is_passable, judge
from skewproof.properties.lookups.lookup import HazardKind
from support.by_post import ByPost
from support.tiny import deployment, key_of, walk

TEXT = """
components: {a: {kind: service}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y]}
pipeline: PIPELINE
changes: {b/y: {breaks: BREAKS}}
"""


def text(pipeline: str = "[One: [deploy a b], Two]", breaks: str = "[V1 -> V2]") -> str:
    return TEXT.replace("PIPELINE", pipeline).replace("BREAKS", breaks)


def judged(source: str) -> dict[str, dict[str, object]]:
    """Each hazard: its pair, and what is told of it."""
    found = judge(Task(deployment(source))).found
    return {
        f"{one.lookup.hop} {one.lookup.kind} {one.lookup.consumer_version}->{one.lookup.provider_version}": {
            "window": sorted({one.compiled.vocabulary.positions[index].step for index in one.window}),
            "span": one.span,
            "inevitable": one.inevitable,
            "for_ever": one.for_ever,
            "story": len(one.story),
        }
        for one in found
    }


def test_a_hazard_is_told_with_the_shortest_story_and_its_window() -> None:
    assert judged(text()) == {
        "2 incompatible V1->V2": {
            "window": ["One"],
            "span": 0,
            "inevitable": False,
            "for_ever": False,
            "story": 3,
        }
    }


def test_who_goes_first_decides_whether_it_can_be_avoided() -> None:
    assert judged(text("[One: [deploy b], Two: [deploy a]]"))["2 incompatible V1->V2"]["inevitable"]
    assert judged(text("[One: [deploy a], Two: [deploy b]]")) == {}, "its last old caller has gone by then"


def test_a_span_counts_the_steps_that_begin_on_the_way() -> None:
    source = """
    components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
    requests: {ask: [client calls a: x, a reads c: k, a calls b: y using c/k]}
    pipeline: [One: [purge c], Two, Three: [deploy b]]
    changes: {c/k: {breaks: none}, b/y: {breaks: [V1 -> V2]}}
    """
    found = judged(source)["3 incompatible V1->V2"]
    assert (found["span"], found["window"]) == (2, ["(after)", "Three"])


def test_the_span_is_the_least_on_any_way_not_that_of_the_shortest_story() -> None:
    """Who read before the purge has seen two steps begin; who reads what is written again, none."""
    source = """
    components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
    requests:
      ask: [client calls a: x, a reads c: k, a calls b: y using c/k]
      put: [client calls a: z, a writes c: k]
    pipeline: [One: [purge c], Two, Three: [deploy b]]
    changes: {c/k: {breaks: none}, b/y: {breaks: {token: [V1 -> V2]}}}
    """
    found = judged(source)["3 incompatible V1->V2"]
    assert (found["span"], found["story"]) == (0, 7), "up to the failing hop"


def test_what_lasts_after_the_end_lasts_for_ever() -> None:
    lasting = judged(text("[One: [deploy b]]"))["2 incompatible V1->V2"]
    assert lasting["for_ever"]
    assert lasting["window"] == ["(after)", "One"]


def test_nobody_up_is_a_hazard_of_its_own() -> None:
    source = text(breaks="none").replace(
        "b: {kind: service}", "b: {kind: service, max_surge: 0, max_unavailable: 1}"
    )
    found = judged(source)
    assert set(found) == {"2 unavailable V1->None", "2 unavailable V2->None"}


def test_being_cut_off_is_never_inevitable() -> None:
    source = text(breaks="none").replace("a: {kind: service}", "a: {kind: service, drain: abrupt}")
    (found,) = judge(Task(deployment(source))).found
    assert found.lookup.kind is HazardKind.INTERRUPTED
    assert not found.inevitable


def test_hazards_that_can_each_be_avoided_need_not_be_avoidable_together() -> None:
    both = judge(Task(deployment(text(breaks="both"))))
    assert [one.inevitable for one in both.found] == [False, False]
    assert not both.avoidable
    assert judge(Task(deployment(text()))).avoidable


def test_what_one_of_the_requests_cannot_avoid_cannot_be_avoided() -> None:
    source = text("[One: [deploy b], Two: [deploy a]]").replace(
        "requests: {", "requests: {other: [client calls a: x], "
    )
    assert not judge(Task(deployment(source))).avoidable


def test_hazards_come_by_hop_and_kind_and_versions() -> None:
    down = "{kind: service, max_surge: 0, max_unavailable: 1}"
    source = text(breaks="both").replace("{kind: service}", down)
    found = [one.lookup for one in judge(Task(deployment(source))).found]
    assert [(o.hop, str(o.kind), o.consumer_version, o.provider_version) for o in found] == [
        (1, "unavailable", None, None),
        (2, "incompatible", "V1", "V2"),
        (2, "incompatible", "V2", "V1"),
        (2, "unavailable", "V1", None),
        (2, "unavailable", "V2", None),
    ]


def test_users_own_machines_are_judged_here_and_not_by_workers() -> None:
    machine = Machine(model=None, states=["old", "down"], initial="old", auto_transitions=False)
    machine.add_transition("deploy", "old", "down")
    own = {"b": own_rollout(machine, {"old": ["V1"], "down": []})}
    task = Task(deployment(text("[One: [deploy b]]")), own, Limits(workers=ByPost().workers))
    assert [str(one.lookup.kind) for one in judge(task).found] == ["unavailable"]


@pytest.mark.parametrize("breaks", ["none", "both"])
def test_mixed_are_the_pairs_of_two_versions_that_meet_broken_or_not(breaks: str) -> None:
    mixed = judge(Task(deployment(text(breaks=breaks)))).mixed
    assert {(str(c), str(aspect), *pair) for c, aspect, *pair in mixed} == {
        ("b/y", "call", "V1", "V2"),
        ("b/y", "call", "V2", "V1"),
    }


def test_nothing_is_mixed_where_nothing_moves() -> None:
    idle = judge(Task(deployment(text("[One]", "none"))))
    assert idle.mixed == frozenset()


def test_states_and_transitions_are_those_of_the_products() -> None:
    source = text("[One]", "none")
    found = judge(Task(deployment(source)))
    product = walk(source, "ask").compiled.system
    assert found.states == 3 * 3, "three places of the pipeline, three of the request"
    assert found.transitions == 2 * 3 + 3 * 2
    assert len(product.events) >= 4
    assert found.interleavings == 1


def test_requests_that_workers_judge_are_counted_and_told_alike() -> None:
    source = text().replace("requests: {", "requests: {other: [client calls b: y], ")
    limits = Limits(workers=ByPost().workers)
    shared = judge(Task(deployment(source), limits=limits))
    assert (limits.progress.done, limits.progress.total) == (2, 2)
    alone = judge(Task(deployment(source)))
    assert [one.story for one in shared.found] == [one.story for one in alone.found]
    assert (shared.states, shared.transitions) == (alone.states, alone.transitions)


def test_a_limit_stops_it() -> None:
    with pytest.raises(StateLimitError):
        judge(Task(deployment(text()), limits=Limits(max_states=5)))


# --- what must happen ---


def space_of(source: str) -> Space:
    return explore(compile_deployment(deployment(source)))


def test_a_run_is_passable_unless_every_one_hits_something() -> None:
    space = space_of(text("[One: [deploy a b]]"))
    free = dict.fromkeys(space.graph, 0)
    assert is_passable(space, free, 1)
    assert not is_passable(space, {**free, space.initial: 1}, 1), "the start counts"
    assert not is_passable(space, {**free, **dict.fromkeys(space.complete, 1)}, 1), "and the end"
    assert is_passable(space, {**free, space.initial: 2}, 1), "only what was asked for"
    system, up = space.compiled.system, [key_of(space.compiled, f"up {name}") for name in "ab"]
    both = {state: 1 for state in space.graph if show_value(system.value(state, up[0])) == "1×V1 1×V2"}
    assert not is_passable(space, {**free, **both}, 1), "a cannot go round what lies between"
    late = {state: 1 for state in both if show_value(system.value(state, up[1])) == "1×V2"}
    assert is_passable(space, {**free, **late}, 1), "a can be first"


# --- residue ---

CACHE = """
components: {a: {kind: service}, c: {kind: cache}}
requests: {ask: [client calls a: x, a reads c: k]}
pipeline: PIPELINE
changes: {c/k: {breaks: none}}
"""


@pytest.mark.parametrize(
    ("pipeline", "left"),
    [
        ("[One: [deploy a]]", ["c/k"]),
        ("[One: [deploy a], Two: [sync c]]", []),
        ("[One: [deploy a], Two: [start sync c]]", []),
        ("[One: [deploy a], Two: [purge c]]", []),
        ("[One: [purge c]]", []),
    ],
)
def test_what_is_left_in_the_old_form_when_all_is_over(pipeline: str, left: list[str]) -> None:
    assert [str(contract) for contract in find_residue(space_of(CACHE.replace("PIPELINE", pipeline)))] == left


def test_what_old_instances_could_still_write_is_no_residue() -> None:
    source = CACHE.replace("a reads c", "a writes c").replace("PIPELINE", "[One: [sync c]]")
    assert list(find_residue(space_of(source))) == [], "an old instance is up at the end"
