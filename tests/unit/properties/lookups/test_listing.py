"""What each hop is judged by: the pairs that it can meet, which of them break, and when."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from skewproof.model.deployment import Aspect, Change, Hop, Severity, Verb
from skewproof.model.names import Contract
from skewproof.properties.lookups.breaking import breaks, find_severity, is_unknown
from skewproof.properties.lookups.listing import list_lookups
from skewproof.properties.lookups.lookup import HazardKind, Lookup, MixedPair
from support.tiny import walk

VERSIONS = ("V1", "V2", "V3")
CONTRACT = Contract("b", "y")
HOP = Hop("a", Verb.CALLS, "b", "y")


def change(*pairs: str) -> Change:
    broken = frozenset((one, other) for one, _, other in map(str.split, pairs))
    return Change(CONTRACT, {Aspect.CALL: broken})


@pytest.mark.parametrize(
    ("declared", "pair", "is_broken"),
    [
        ("V1 -> V2", ("V1", "V2"), True),
        ("V1 -> V2", ("V2", "V1"), False),
        ("V1 -> V2", ("V1", "V1"), False),
        ("V1 -> V2", ("V2", "V3"), False),
        ("V1 -> V2", ("V1", "V3"), True),
        ("V2 -> V3", ("V1", "V3"), True),
        ("V3 -> V2", ("V3", "V1"), True),
        ("V2 -> V1", ("V3", "V1"), True),
        ("V2 -> V1", ("V1", "V3"), False),
        ("V1 -> V3", ("V1", "V3"), True),
        ("V1 -> V3", ("V1", "V2"), False),
    ],
)
def test_a_pair_breaks_if_it_or_a_step_between_does(
    declared: str, pair: tuple[str, str], is_broken: bool
) -> None:
    assert breaks(VERSIONS, change(declared), Aspect.CALL, pair) == is_broken


def test_a_pair_breaks_in_its_aspect_alone() -> None:
    assert not breaks(VERSIONS, change("V1 -> V2"), Aspect.TOKEN, ("V1", "V2"))


def test_how_bad_it_is_is_said_by_the_change() -> None:
    text = CALL.replace("b/y: {breaks: [V1 -> V2]}", "b/y: {breaks: [V1 -> V2], severity: degraded}")
    vocabulary, met = walk(text, "ask").compiled.vocabulary, _lookup("V1", "V2")
    assert find_severity(vocabulary, HOP, met) is Severity.DEGRADED
    assert (
        find_severity(vocabulary, Hop("c", Verb.CALLS, "a", "x"), replace(met, aspect=None)) is Severity.ERROR
    )


def test_a_pair_has_the_severity_that_is_written_behind_it() -> None:
    graded = 'b/y: {breaks: {call: {"V1 -> V2": unknown, "V2 -> V1": corruption}}}'
    vocabulary = walk(CALL.replace("b/y: {breaks: [V1 -> V2]}", graded), "ask").compiled.vocabulary
    old, new = _lookup("V1", "V2"), _lookup("V2", "V1")
    assert find_severity(vocabulary, HOP, old) is Severity.ERROR
    assert find_severity(vocabulary, HOP, new) is Severity.CORRUPTION
    assert is_unknown(vocabulary, HOP, old)
    assert not is_unknown(vocabulary, HOP, new)


def test_a_pair_below_a_verb_has_a_severity_for_hops_of_that_verb() -> None:
    graded = '{"V1 -> V2": degraded}, writes: {"V1 -> V2": unknown, "V2 -> V1": corruption}'
    text = STORED % f"d/t: {{breaks: {{schema: {{reads: {graded}}}}}}}"
    vocabulary = walk(text, "ask").compiled.vocabulary
    reads, writes = (Hop("a", verb, "d", "t") for verb in (Verb.READS, Verb.WRITES))
    old, new = (replace(_lookup(*pair), aspect=Aspect.SCHEMA) for pair in (("V1", "V2"), ("V2", "V1")))
    assert find_severity(vocabulary, reads, old) is Severity.DEGRADED
    assert find_severity(vocabulary, writes, new) is Severity.CORRUPTION
    assert (is_unknown(vocabulary, reads, old), is_unknown(vocabulary, writes, old)) == (False, True)


STORED = """
versions: [V1, V2]
components: {a: {kind: service}, d: {kind: database}}
changes: {%s}
requests: {ask: [client calls a: x, a reads d: t, a writes d: t]}
pipeline: [{go: [migrate d, deploy a]}]
"""


def _lookup(consumer: str, provider: str) -> Lookup:
    return Lookup(1, HazardKind.INCOMPATIBLE, Aspect.CALL, consumer, provider, consumer, True, {})


CALL = """
components: {a: {kind: service}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y]}
pipeline: [One: [deploy a b]]
changes: {b/y: {breaks: [V1 -> V2]}}
"""
DOWN = CALL.replace("{kind: service}", "{kind: service, max_surge: 0, max_unavailable: 1}")
"""Each service can be down for a while."""
READ = """
components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}, db: {kind: database}}
requests: {ask: [client calls a: x, a reads c: k, a calls b: y using c/k, a writes db: t using c/k]}
pipeline: [One: [deploy a b, migrate db, sync c]]
changes: {c/k: {breaks: both}, b/y: {breaks: both}, db/t: {breaks: both}}
"""


def found(text: str, hop: int | None = None, aspect: Aspect | None = None) -> list[Lookup]:
    return [
        one
        for one in list_lookups(walk(text, "ask").compiled)
        if hop in (None, one.hop) and (aspect is None or one.aspect is aspect)
    ]


def pairs(every: list[Lookup], *, broken: bool = False) -> set[tuple[str | None, str | None]]:
    chosen = (one for one in every if one.is_broken or not broken)
    return {(one.consumer_version, one.provider_version) for one in chosen}


SAME = {("V1", "V1"), ("V2", "V2")}
MIXED = {("V1", "V2"), ("V2", "V1")}


def test_a_call_meets_every_pair_and_breaks_in_those_declared() -> None:
    every = found(CALL, 2, Aspect.CALL)
    assert pairs(every) == SAME | MIXED
    assert pairs(every, broken=True) == {("V1", "V2")}


def test_mixed_are_pairs_of_two_versions() -> None:
    assert {(o.consumer_version, o.provider_version) for o in found(CALL, 2) if o.is_mixed} == MIXED


def lookup(aspect: Aspect | None, consumer: str | None, provider: str | None) -> Lookup:
    return Lookup(1, HazardKind.INCOMPATIBLE, aspect, consumer, provider, consumer, False, {})


def test_two_versions_that_meet_are_a_mixed_pair_of_the_contract() -> None:
    pair = lookup(Aspect.CALL, "V1", "V2").mixed_at(CONTRACT)
    assert pair == MixedPair(CONTRACT, Aspect.CALL, "V1", "V2")


@pytest.mark.parametrize(
    "one",
    [
        lookup(Aspect.CALL, "V1", "V1"),
        lookup(None, "V1", "V2"),
        lookup(Aspect.SCHEMA, None, "V2"),
        lookup(Aspect.CALL, "V1", None),
    ],
    ids=["two of one version", "no aspect", "a consumer without a version", "nobody at the provider"],
)
def test_anything_else_is_no_mixed_pair(one: Lookup) -> None:
    assert one.mixed_at(CONTRACT) is None


def named(one: Lookup) -> dict[str, set[str]]:
    """The guard in words, of machines by their states."""
    return {str(key): {str(getattr(v, "state", v)) for v in allowed} for key, allowed in one.guard.items()}


def test_nobody_is_met_where_the_caller_is_next_to_call_and_the_callee_is_down() -> None:
    (old, _) = [one for one in found(DOWN, 2) if one.kind is HazardKind.UNAVAILABLE]
    assert named(old) == {"request": {"1"}, "frame 1 a": {"V1"}, "up b": {"nobody up"}}


def test_each_call_can_meet_nobody() -> None:
    nobody = [one for one in found(DOWN) if one.kind is HazardKind.UNAVAILABLE]
    assert [(one.hop, one.consumer_version) for one in nobody] == [(1, None), (2, "V1"), (2, "V2")]
    assert all(one.is_broken and one.aspect is None and one.provider_version is None for one in nobody)
    assert not any(one.is_mixed for one in nobody)


def test_who_is_always_up_is_never_missed() -> None:
    assert not [one for one in found(CALL) if one.kind is HazardKind.UNAVAILABLE]


def test_a_client_without_a_version_breaks_nothing_at_its_side() -> None:
    text = CALL.replace("b/y: {breaks", "a/x: {breaks")
    assert found(text, 1, Aspect.CALL) == []


def test_what_does_not_change_is_not_judged() -> None:
    assert [one.kind for one in found(DOWN, 1)] == [HazardKind.UNAVAILABLE]


def test_forwards_are_judged_by_what_is_carried_and_not_as_calls() -> None:
    text = DOWN.replace("a calls b: y", "a forwards b: y")
    assert found(text, 2, Aspect.CALL) == []
    assert [one.kind for one in found(text, 2)] == [HazardKind.UNAVAILABLE] * 2


def test_a_store_with_a_schema_is_judged_by_it() -> None:
    every = found(READ, 4, Aspect.SCHEMA)
    assert pairs(every) == SAME | MIXED
    assert pairs(every, broken=True) == MIXED
    assert found(READ, 2, Aspect.SCHEMA) == [], "a cache has none"


def test_a_read_is_judged_by_what_it_finds() -> None:
    every = found(READ, 2, Aspect.CONTENT)
    assert pairs(every) == SAME | MIXED
    assert found(READ, 4, Aspect.CONTENT) == [], "a write finds nothing"


def test_a_token_is_judged_by_the_callee_and_by_the_schema() -> None:
    assert pairs(found(READ, 3, Aspect.TOKEN), broken=True) == MIXED
    assert pairs(found(READ, 4, Aspect.TOKEN), broken=True) == MIXED
    assert found(READ, 2, Aspect.TOKEN) == []


def test_the_writer_of_a_cache_is_judged_by_nothing() -> None:
    text = READ.replace("a writes db: t using c/k", "a writes c: k using c/k, a writes db: t")
    assert found(text, 4) == []


def test_each_lookup_is_made_where_its_hop_is_next() -> None:
    for one in found(READ):
        assert one.stands == frozenset({one.hop - 1})


def test_a_schema_in_which_a_table_is_missing_breaks_every_form() -> None:
    text = """
    components: {a: {kind: service}, db: {kind: database}}
    requests: {ask: [client calls a: x, a writes db: t]}
    pipeline: [One: [deploy a, migrate db]]
    changes: {db/t: {breaks: none, exists: [V2]}}
    """
    assert pairs(found(text, 2, Aspect.SCHEMA), broken=True) == {("V1", "V1"), ("V2", "V1")}


RELAY = """
components: {a: {kind: service}, c: {kind: cache}, q: {kind: broker}}
requests: {ask: [client calls a: x, a reads c: k, a forwards q: m using c/k]}
pipeline: [One: [deploy a, reconfigure q]]
changes: {c/k: {breaks: none}, q/m: {breaks: none, exists: [V2]}}
"""


def test_whoever_forwards_to_a_queue_that_is_not_there_fails() -> None:
    """The pair has no consumer: nobody's form plays a part."""
    every = found(RELAY, 3, Aspect.SCHEMA)
    assert [(o.instance, o.consumer_version, o.provider_version, o.is_broken) for o in every] == [
        ("V1", None, "V1", True),
        ("V2", None, "V1", True),
    ]
    assert named(every[0]) == {"request": {"2"}, "frame 1 a": {"V1"}, "schema q/m": {"V1"}}


def test_a_queue_that_is_always_there_fails_nobody_who_forwards() -> None:
    assert found(RELAY.replace(", exists: [V2]", ""), 3, Aspect.SCHEMA) == []


def test_rows_that_follow_their_schema_are_no_content() -> None:
    text = READ.replace("a writes db: t using c/k", "a reads db: t")
    assert found(text, 4, Aspect.CONTENT) == []
    assert pairs(found(text, 4, Aspect.SCHEMA)) == SAME | MIXED


def test_a_token_is_judged_where_it_was_obtained_in_its_form() -> None:
    for one in found(READ, 4, Aspect.TOKEN):
        assert named(one)["token c/k"] == {one.consumer_version}
        assert named(one)["schema db/t"] == {one.provider_version}
    for one in found(READ, 3, Aspect.TOKEN):
        assert named(one)["token c/k"] == {one.consumer_version}


# --- flags ---

FLAG = """
components: {a: {kind: service}, b: {kind: service}}
versions: [V1, V2]
requests: {ask: [client calls a: x, a calls b: y]}
flags: {f: {guards: [b/y]OWN}}
pipeline: [One: [deploy a b], Two: [enable f]]
changes: {b/y: {breaks: both}}
"""


def instances(every: list[Lookup]) -> set[tuple[str | None, str | None]]:
    return {(one.instance, one.callee) for one in every if one.is_broken}


def test_while_the_flag_is_off_new_code_meets_old_code_in_the_old_form() -> None:
    every = found(FLAG.replace("OWN", ""), 2, Aspect.CALL)
    off = {(o.instance, o.callee) for o in every if (o.consumer_version, o.provider_version) == ("V1", "V1")}
    assert {("V1", "V2"), ("V2", "V1"), ("V2", "V2"), ("V1", "V1")} == off


def test_two_that_know_the_flag_understand_each_other() -> None:
    assert instances(found(FLAG.replace("OWN", ""), 2, Aspect.CALL)) == {("V1", "V2"), ("V2", "V1")}
    one_by_one = FLAG.replace("OWN", "").replace("[enable f]", "[enable f per instance]")
    assert instances(found(one_by_one, 2, Aspect.CALL)) == {("V1", "V2"), ("V2", "V1")}


def test_code_that_understands_only_its_own_form_breaks_while_the_flag_is_taken_up() -> None:
    text = FLAG.replace("OWN", ", understands: own").replace("[enable f]", "[enable f per instance]")
    assert ("V2", "V2") in instances(found(text, 2, Aspect.CALL))


def test_a_flag_that_a_version_brings_is_understood_from_it_on() -> None:
    text = FLAG.replace("OWN", ", since: V3").replace("[V1, V2]", "[V1, V2, V3]")
    pipeline = "[deploy a b, enable f per instance]"
    broken = instances(found(text.replace("[enable f]", pipeline), 2, Aspect.CALL))
    assert ("V3", "V3") not in broken
    assert {("V2", "V3"), ("V3", "V2"), ("V1", "V2"), ("V2", "V1")} <= broken


def test_new_code_reads_what_the_old_wrote_where_a_flag_guards_it() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}}
    requests: {ask: [client calls a: x, a reads c: k]}
    flags: {f: {guards: [c/k]OWN}}
    pipeline: [One: [deploy a, sync c], Two: [enable f]]
    changes: {c/k: {breaks: both}}
    """
    both = found(text.replace("OWN", ""), 2, Aspect.CONTENT)
    assert pairs(both, broken=True) == {("V1", "V2")}
    assert all(one.consumer_version == one.instance for one in both), "its version reads, not its form"
    own = found(text.replace("OWN", ", understands: own"), 2, Aspect.CONTENT)
    assert {(o.instance, o.provider_version) for o in own if o.is_broken} == {
        ("V1", "V2"),
        ("V2", "V1"),
        ("V2", "V2"),
    }, "off, new code reads the old form only"


def test_new_code_takes_an_old_token_where_a_flag_guards_the_call() -> None:
    text = READ.replace("pipeline:", "flags: {f: {guards: [b/y]}}\npipeline:")
    broken = {(o.consumer_version, o.callee) for o in found(text, 3, Aspect.TOKEN) if o.is_broken}
    assert broken == {("V2", "V1")}


# --- being cut off ---


def test_a_retirement_can_cut_the_request_off_at_the_side_that_it_takes_away() -> None:
    text = CALL.replace("a: {kind: service}", "a: {kind: service, drain: abrupt}")
    cut = [one for one in found(text) if one.kind is HazardKind.INTERRUPTED]
    assert {(o.hop, o.consumer_version, o.provider_version) for o in cut} == {(1, None, "V1")}
    assert all(one.event is not None and one.is_broken for one in cut)


def test_a_job_can_be_cut_off_at_its_worker() -> None:
    text = """
    components: {w: {kind: worker, drain: abrupt}, b: {kind: service}}
    requests: {ask: [w calls b: y, w calls b: z]}
    pipeline: [One: [deploy w]]
    changes: {}
    """
    cut = [one for one in found(text) if one.kind is HazardKind.INTERRUPTED]
    assert {(o.hop, o.consumer_version, o.provider_version) for o in cut} == {(1, "V1", None)}


@pytest.mark.parametrize(("which", "callers"), [("since V2", {"V2"}), ("until V1", {"V1"}), ("", None)])
def test_a_token_is_judged_only_where_its_caller_runs_the_hop(which: str, callers: set[str] | None) -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
    requests: {ask: [client reads c: k, client calls a: x, a calls b: y using c/k WHICH, a calls b: z]}
    pipeline: [One: [deploy a b]]
    changes: {c/k: {breaks: none}, b/y: {breaks: both}}
    """
    for one in found(text.replace("WHICH", which), 3, Aspect.TOKEN):
        named = {str(key): values for key, values in one.guard.items()}
        assert named.get("frame 2 a") == callers
