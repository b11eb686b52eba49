"""Hazards that a team lives with: they are told, and count for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from msgspec import structs

from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Answer, Safe, Unknown, Unsafe, check
from skewproof.properties.acceptance import judge_entries, split_hazards
from skewproof.properties.certificate.rules import CertificateRefusedError
from skewproof.properties.certificate.verify import verify
from skewproof.properties.certificate.write import certify
from skewproof.properties.verdict import HopHazard, Trace, TraceEvent

ENGINES = ("reference", "slice", "symbolic")
DAY = date(2026, 6, 15)
RECREATED = """
components: {s: {kind: service}, z: {kind: service, strategy: recreate, min_available: 1}}
requests: {ask: [client calls s: x, s calls z: y]}
pipeline: [A: [deploy z], B: [deploy s]]
changes: {s/x: {}}
"""
BROKEN = """
components: {s: {kind: service}, z: {kind: service}}
requests: {ask: [client calls s: x, s calls z: y]}
pipeline: [A: [deploy z], B: [deploy s]]
changes: {z/y: {breaks: {"V1 -> V2": error}}}
"""
DOWN = "{kind: unavailable, component: z, in: A, reason: planned}"
FEW = "{property: min_available of z, in: A, reason: planned}"


def answer_to(text: str, *entries: str, engine: str = "reference", failures: bool = False) -> Answer:
    accept = "".join(f"- {entry}\n" for entry in entries)
    deployment = loads(f"{text}accept:\n{accept}" if entries else text)
    return check(deployment, engine=engine, failures=failures, today=DAY)


@pytest.mark.parametrize("engine", ENGINES)
def test_planned_downtime_is_told_and_is_safe(engine: str) -> None:
    assert isinstance(answer_to(RECREATED, engine=engine).verdict, Unsafe)
    answer = answer_to(RECREATED, DOWN, FEW, engine=engine)
    assert isinstance(answer.verdict, Safe)
    assert sorted(one.hazard.subject for one in answer.accepted) == ["ask", "min_available of z"]
    assert not answer.hazards
    assert answer.avoidable is True
    assert answer.statistics is not None
    assert answer.statistics.hops_proven == 1, "what is accepted is not proven"


def test_a_component_stands_for_its_calls_and_for_how_many_must_serve() -> None:
    answer = answer_to(RECREATED, "{component: z, reason: planned}")
    assert len(answer.accepted) == 2


def test_a_hazard_that_is_met_elsewhere_too_counts_and_the_step_is_told() -> None:
    answer = answer_to(BROKEN, "{contract: z/y, in: A, reason: for a moment}")
    assert isinstance(answer.verdict, Unsafe)
    (judged,) = answer.accept
    ((hazard, steps),) = judged.outside
    assert (hazard, steps) == (answer.hazards[0], ("B",))
    assert not judged.accepted
    assert not judged.is_needless


def test_entries_can_share_a_window() -> None:
    entries = "{contract: z/*, in: A, reason: one}", "{aspect: call, in: B, reason: two}"
    answer = answer_to(BROKEN, *entries)
    assert isinstance(answer.verdict, Safe)
    assert answer.accepted[0].reason == "one; two"


@pytest.mark.parametrize("entry", [
    "{contract: s/x, reason: r}", "{versions: V2 -> V1, reason: r}", "{kind: unavailable, reason: r}",
    "{contract: z/y, component: s, reason: r}", "{aspect: token, reason: r}",
    "{hazard: 0123456789ab, reason: r}", "{kind: property, reason: r}",
])  # fmt: skip
def test_all_keys_must_agree(entry: str) -> None:
    answer = answer_to(BROKEN, entry)
    assert isinstance(answer.verdict, Unsafe)
    assert answer.accept[0].is_needless


def test_one_hazard_has_an_id() -> None:
    (hazard,) = answer_to(BROKEN).hazards
    assert isinstance(answer_to(BROKEN, f"{{hazard: '{hazard.id}', reason: r}}").verdict, Safe)


def test_the_last_day_is_the_last_on_which_an_entry_holds() -> None:
    entry = "{contract: z/y, reason: r, until: 2026-06-%d}"
    assert isinstance(answer_to(BROKEN, entry % 15).verdict, Safe)
    answer = answer_to(BROKEN, entry % 14)
    assert isinstance(answer.verdict, Unsafe)
    assert answer.accept[0].is_void
    assert not answer.accept[0].is_needless


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_accepted_is_no_reason_why_no_timing_avoids_all(engine: str) -> None:
    """The break cannot be avoided; that nobody is up can, as two are there."""
    text = """
    components: {s: {kind: service}, z: {kind: service}, w: {kind: service}}
    requests: {ask: [client calls s: x, s calls z: y], other: [client calls s: x, s calls w: y]}
    pipeline: [A: [deploy z], B: [start deploy s, deploy w, await s]]
    changes: {z/y: {breaks: [V1 -> V2]}, w/y: {breaks: [V1 -> V2]}}
    """.replace("\n    ", "\n")
    assert answer_to(text, engine=engine).avoidable is False
    answer = answer_to(text, "{contract: z/y, reason: r}", engine=engine)
    assert answer.avoidable is True
    assert [hazard.subject for hazard in answer.hazards] == ["other"]
    assert answer.accepted[0].hazard.inevitable, "of itself it is as it was"
    assert not answer.hazards[0].inevitable


@pytest.mark.parametrize("engine", ENGINES)
def test_of_two_hazards_at_one_hop_the_accepted_one_counts_for_nothing(engine: str) -> None:
    text = """
    components: {s: {kind: service}, z: {kind: service}}
    requests: {ask: [client calls s: x, s calls z: y]}
    pipeline: [A: [start deploy s, deploy z, await s]]
    changes: {z/y: {breaks: both}}
    """.replace("\n    ", "\n")
    assert answer_to(text, engine=engine).avoidable is False
    for pair in ("V1 -> V2", "V2 -> V1"):
        answer = answer_to(text, f"{{versions: {pair}, reason: r}}", engine=engine)
        assert (len(answer.hazards), answer.avoidable) == (1, True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_way_back_may_meet_what_is_accepted(engine: str) -> None:
    text = BROKEN + "rollback: [Back: [rollback z]]\n"
    assert dict(answer_to(text, engine=engine, failures=True).ways_back) == {"A": False, "B": False}
    answer = answer_to(text, "{contract: z/y, reason: r}", engine=engine, failures=True)
    assert dict(answer.ways_back) == {"A": True, "B": True}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_sticks_out_counts_for_avoidable_too(engine: str) -> None:
    assert answer_to(BROKEN, "{contract: z/y, in: B, reason: r}", engine=engine).avoidable is False
    assert answer_to(BROKEN, "{contract: z/y, in: [A, B], reason: r}", engine=engine).avoidable is True


@pytest.mark.parametrize("steps", ["B: [deploy s]", "B: [deploy s, suspend w], C: [resume w]"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_way_back_may_violate_what_is_accepted(engine: str, steps: str) -> None:
    """Failures in one step have a rollback of their own each; those that begin it alike share it."""
    text = RECREATED.replace("B: [deploy s]", steps) + "rollback: [Back: [rollback z]]\n"
    text = text.replace("components: {", "components: {w: {kind: worker}, ")
    before = answer_to(text, DOWN, engine=engine, failures=True)
    assert False in dict(before.ways_back).values()
    after = answer_to(text, "{component: z, reason: planned}", engine=engine, failures=True)
    assert set(dict(after.ways_back).values()) == {True}


def test_of_two_that_a_rollback_violates_the_accepted_one_counts_for_no_step() -> None:
    """Two steps share the rollback, and only behind the second there is what counts."""
    text = RECREATED + "rollback: [Back: [rollback z]]\nproperties: {old: never s.up(V2) and in Back}\n"
    answer = answer_to(text, "{component: z, reason: planned}", failures=True)
    assert dict(answer.ways_back) == {"A": True, "B": False}


def test_what_is_accepted_is_met_all_the_same() -> None:
    answer = answer_to(BROKEN, "{contract: z/y, reason: r}")
    assert not answer.idle
    assert [cell.reach.word for one in answer.coverage for cell in one.cells] == ["met"]


def test_what_rests_on_an_unknown_pair_can_be_accepted() -> None:
    text = BROKEN.replace("error", "unknown")
    assert isinstance(answer_to(text).verdict, Unknown)
    assert isinstance(answer_to(text, "{contract: z/y, reason: r}").verdict, Safe)


def test_what_is_not_known_leaves_what_is_known_of_entries_untold() -> None:
    deployment = loads(f"{RECREATED}accept: [{DOWN}]\n")
    answer = check(deployment, engine="slice", limits=Limits(max_states=1), today=DAY)
    assert isinstance(answer.verdict, Unknown)
    assert answer.accept == ()


# --- certificates -----------------------------------------------------------------------------


def test_a_certificate_proves_that_nothing_else_is_met() -> None:
    deployment = loads(f"{RECREATED}accept: [{DOWN}, {FEW}]\n")
    written = certify(deployment, Limits(), DAY)
    assert written.proof.is_whole
    assert [entry["reason"] for entry in written.content["assumed"]["accepted"]] == ["planned", "planned"]


@pytest.mark.parametrize("engine_of", ["z/y", "s/x"])
def test_a_certificate_does_not_prove_what_is_met_elsewhere(engine_of: str) -> None:
    """Whoever narrows an entry, or takes one out, has no proof any more."""
    deployment = loads(f"{BROKEN}accept: [{{contract: {engine_of}, in: A, reason: r}}]\n")
    written = certify(deployment, Limits(), DAY)
    assert any("s calls z: y" in text for text in written.proof.left_open)


def test_a_certificate_is_of_what_was_accepted_then() -> None:
    wide = loads(f"{BROKEN}accept: [{{contract: z/y, reason: r, until: 2026-06-15}}]\n")
    written = certify(wide, Limits(), DAY)
    assert written.proof.is_whole
    with pytest.raises(CertificateRefusedError, match="accepted"):
        verify(replace(wide, accept=()), written.content, DAY)
    with pytest.raises(CertificateRefusedError, match="accepted"):
        verify(wide, written.content, date(2026, 6, 16))


def test_what_must_come_is_claimed_whole_or_not_at_all() -> None:
    text = """
    components: {s: {kind: service}, q: {kind: broker}}
    requests: {ask: [client calls s: x, s publishes q: m]}
    pipeline: [A: [deploy s]]
    changes: {s/x: {}, q/m: {}}
    properties: {cleaned: eventually q is empty}
    """.replace("\n    ", "\n")
    for within, open_claims in (("", 0), (", in: [(before), A, (after)]", 1)):
        deployment = loads(f"{text}accept: [{{property: cleaned{within}, reason: r}}]\n")
        assert isinstance(check(deployment, today=DAY).verdict, Safe)
        left_open = certify(deployment, Limits(), DAY).proof.left_open
        assert len([one for one in left_open if "cleaned" in one]) == open_claims


SEVERAL = """
components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y], other: [client calls c: z]}
pipelines: {one: [A: [deploy a]], two: [B: [deploy b]], three: [C: [deploy c]]}
changes: {b/y: {breaks: {call: [V1 -> V2]}}}
accept: [{contract: b/y, in: [%s], reason: known}]
"""
ENDS = '"three: (before)", "three: C"'


@pytest.mark.parametrize("engine", ["reference", "slice", "symbolic"])
@pytest.mark.parametrize(
    ("steps", "outside"),
    [
        ('"two: B"', ("one: (before) + two: (after)", "one: A + two: (after)")),
        ('"two: B", "two: (after)"', None),
        ('"one: (before)", "one: A"', None),
        (ENDS, ("one: (before) + two: B", "one: A + two: B", "one: (before) + two: (after)")),
        (f'{ENDS}, "three: (after)"', None),
        (f'{ENDS}, "one: (before)"', ("one: A + two: B", "one: A + two: (after)")),
    ],
)
def test_of_several_pipelines_those_count_that_have_to_do_with_the_hazard(
    engine: str, steps: str, outside: tuple[str, ...] | None
) -> None:
    """Of one that can stand anywhere beside it all steps have to be named, so that one is wherever it is."""
    answer = check(loads(SEVERAL % steps), engine=engine)
    assert isinstance(answer.verdict, Safe if outside is None else Unsafe)
    told = [found for entry in answer.accept for _, found in entry.outside]
    assert [set(outside or ()) <= set(some) for some in told] == ([] if outside is None else [True])
    assert not any("three" in step for some in told for step in some)


def test_of_a_shop_of_many_pipelines_what_is_accepted_is_known_at_once() -> None:
    names = [f"s{number}" for number in range(12)]
    pipelines = ", ".join(f"p{name}: [D: [deploy {name}]]" for name in names)
    calls = ", ".join(f"{a} calls {b}: y" for a, b in pairwise(names))
    text = (
        f"components: {{{', '.join(f'{name}: {{kind: service}}' for name in names)}}}\n"
        f"requests: {{ask: [client calls s0: x, {calls}]}}\npipelines: {{{pipelines}}}\n"
        "changes: {s5/y: {breaks: both}}\naccept: [{contract: s5/y, reason: known}]\n"
    )
    answer = check(loads(text), limits=Limits(max_states=20_000))
    assert isinstance(answer.verdict, Safe)
    assert len(answer.accepted) == 2


def test_where_nothing_is_accepted_no_story_need_be_told() -> None:
    """The end of a story says which instance goes under the request; of hundreds most are only counted."""
    deployment = loads("""
components: {web: {kind: service, drain: abrupt}, api: {kind: service}}
requests: {get: [client calls web: x, web calls api: y]}
pipeline: [Roll: [deploy web]]
changes: {web/x: {breaks: none}}
""")
    found = check(deployment).hazards
    assert found

    def refuse() -> tuple[TraceEvent, ...]:
        raise AssertionError("a story is told")

    untold = [structs.replace(one, trace=Trace(refuse)) for one in found if isinstance(one, HopHazard)]
    assert split_hazards(deployment, untold) == (tuple(untold), ())
    assert list(judge_entries(deployment, (), untold)) == []
