"""Where the pipeline can stand, what follows what, and at which version each action aims."""

from __future__ import annotations

import pytest
from transitions import Machine

from skewproof.model.compiler.course import build_course
from skewproof.model.compiler.moves import Course, Position
from skewproof.model.machines.rollouts import Rollout, own_rollout
from support.tiny import deployment

TEXT = """
components: {{a: {{kind: service}}, b: {{kind: service}}, db: {{kind: database}}, c: {{kind: cache}}}}
versions: [V1, V2, V3]
requests: {{ask: [client calls a: x, a reads db: t, a reads c: k, a calls b: y]}}
pipeline: {pipeline}
changes: {{db/t: {{breaks: none}}, c/k: {{breaks: none}}}}
"""


def planned(pipeline: str, rollback: str | None = None) -> Course:
    text = TEXT.format(pipeline=pipeline) + (f"rollback: {rollback}\n" if rollback else "")
    return build_course(deployment(text, failures=rollback is not None))


def goals(found: Course) -> list[tuple[str, str | None]]:
    return [(str(move.subject), move.goal) for move in found.moves]


def line(found: Course) -> list[str]:
    """The steps from the start on, as long as there is one way."""
    names, here = [found.positions[0].step], 0
    while len(found.onward[here]) == 1:
        (here,) = found.onward[here]
        names.append(found.positions[here].step)
    return names


def named(found: Course, part: str) -> list[Position]:
    return [position for position in found.positions if part in position.name]


def test_without_failures_it_is_one_line() -> None:
    found = planned("[One: [deploy a, migrate db], Two, Three: [deploy b]]")
    assert line(found) == ["(before)", "One", "One", "Two", "Three", "(after)"]
    assert [position.enters for position in found.positions] == [False, True, False, True, True, False]
    assert [position.is_end for position in found.positions] == [False] * 5 + [True]


def test_what_lies_behind_grows_along_the_line() -> None:
    found = planned("[One: [deploy a], Two]")
    assert [sorted(position.passed) for position in found.positions] == [[], [0], [0, 1], [0, 1, 2]]


def test_each_deploy_aims_one_version_further_and_no_further_than_the_last() -> None:
    found = planned("[One: [deploy a, deploy a, deploy a, deploy b]]")
    assert goals(found) == [("a", "V2"), ("a", "V3"), ("a", "V3"), ("b", "V2")]


def test_a_rollback_aims_one_back_and_no_further_than_the_first() -> None:
    found = planned("[One: [deploy a, rollback a, rollback a]]")
    assert goals(found) == [("a", "V2"), ("a", "V1"), ("a", "V1")]


def test_a_goal_that_is_named_counts_for_what_follows() -> None:
    found = planned("[One: [deploy a to V3, rollback a]]")
    assert goals(found) == [("a", "V3"), ("a", "V2")]


def test_instances_schemas_and_contents_aim_on_their_own() -> None:
    found = planned("[One: [migrate db, sync c, deploy a]]")
    assert goals(found) == [("db/t", "V2"), ("c/k", "V2"), ("a", "V2")]


def test_a_table_and_its_rows_aim_on_their_own() -> None:
    text = TEXT.format(pipeline="[One: [migrate db, backfill db, migrate db]]")
    kept = text.replace("db/t: {breaks: none}", "db/t: {breaks: none, rows: kept}")
    assert [goal for _, goal in goals(build_course(deployment(kept)))] == ["V2", "V2", "V3"]


def test_a_purge_aims_at_the_highest_version_of_its_release() -> None:
    assert goals(planned("[One: [purge c, deploy a]]"))[0] == ("c/k", "V2")
    assert goals(planned("[One: [purge c, deploy a to V3]]"))[0] == ("c/k", "V3")
    assert goals(planned("[One: [purge c, deploy a, deploy b to V3]]"))[0] == ("c/k", "V3")
    assert goals(planned("[One: [purge c to V2, deploy a to V3]]"))[0] == ("c/k", "V2")


def test_a_purge_in_a_release_that_brings_nothing_aims_at_the_last_version() -> None:
    assert goals(planned("[One: [purge c]]")) == [("c/k", "V3")]


def test_what_is_rolled_back_does_not_raise_the_aim() -> None:
    assert goals(planned("[One: [purge c, deploy a, rollback a to V3]]"))[0] == ("c/k", "V2")


def test_switches_aim_at_no_version() -> None:
    text = TEXT.format(pipeline="[One: [enable f]]") + "flags: {f: {guards: [b/y]}}\n"
    assert goals(build_course(deployment(text))) == [("f", None)]


# --- failures ---


def test_each_awaited_action_can_fail_and_no_other() -> None:
    found = planned("[One: [deploy a], Two: [start deploy b], Three: [await b], Four]", "[R: [rollback a]]")
    stopped = [position for position in found.positions if position.is_stopped]
    assert [position.step for position in stopped] == ["One", "Three"]
    assert all(position.action is not None for position in stopped)


def test_a_stop_follows_its_action_and_leads_to_the_rollback() -> None:
    found = planned("[One: [deploy a], Two]", "[R: [rollback a]]")
    (stop,) = [position for position in found.positions if position.is_stopped]
    (action,) = [p for p in named(found, "deploy a") if not p.is_stopped]
    assert stop.index in found.onward[action.index]
    (back,) = found.onward[stop.index]
    assert (found.positions[back].step, found.positions[back].enters) == ("R", True)
    (end,) = found.onward[back]
    assert found.positions[end].is_end
    assert found.onward[end] == ()
    assert action.index in stop.passed
    assert stop.index in found.positions[back].passed


def test_without_a_rollback_a_stop_is_the_end() -> None:
    text = TEXT.format(pipeline="[One: [deploy a]]")
    found = build_course(deployment(text, failures=True))
    (stop,) = [position for position in found.positions if position.is_stopped]
    assert found.onward[stop.index] == ()


def test_without_failures_there_are_no_stops() -> None:
    text = TEXT.format(pipeline="[One: [deploy a]]") + "rollback: [R: [rollback a]]\n"
    assert not any(position.is_stopped for position in build_course(deployment(text)).positions)


def rollbacks(found: Course) -> list[list[tuple[str, str | None]]]:
    """What each rollback does, the one that a failure leads to first coming first."""
    entries = list(dict.fromkeys(found.onward[p.index][0] for p in found.positions if p.is_stopped))
    return [
        [(str(move.subject), move.goal) for move in found.moves if move.position == entry]
        for entry in entries
    ]


def test_a_rollback_starts_where_the_pipeline_had_come() -> None:
    """Nothing of b was begun at the first stop: nothing of it is taken back; at the second it goes to V2."""
    found = planned("[One: [deploy a], Two: [deploy b to V3]]", "[R: [rollback a b]]")
    assert rollbacks(found) == [[("a", "V1")], [("a", "V1"), ("b", "V2")]]


def test_what_one_failure_aims_at_changes_nothing_for_another() -> None:
    found = planned("[One: [deploy a to V3], Two: [deploy b to V3]]", "[R: [rollback a, rollback a b]]")
    assert [
        [(str(move.subject), move.goal) for move in found.moves if move.position in (entry, entry + 1)]
        for entry in dict.fromkeys(found.onward[p.index][0] for p in found.positions if p.is_stopped)
    ] == [
        [("a", "V2"), ("a", "V1")],
        [("a", "V2"), ("a", "V1"), ("b", "V2")],
    ]


def test_a_stop_begins_no_step_and_every_end_is_one() -> None:
    found = planned("[One: [deploy a], Two: [deploy b to V3]]", "[R: [rollback a b], S]")
    assert not any(position.enters for position in found.positions if position.is_stopped)
    ends = [position for position in found.positions if position.is_end]
    assert len(ends) == 3
    assert all(found.onward[end.index] == () for end in ends)


def test_behind_a_rollback_lies_every_failure_that_leads_to_it() -> None:
    found = planned("[One: [deploy a], Two: [migrate db]]", "[R: [rollback a]]")
    (back,) = (position for position in found.positions if position.step == "R")
    stops = {position.index for position in found.positions if position.is_stopped}
    assert len(stops) == 2
    assert stops <= back.passed


def test_a_rollback_knows_what_it_finds_as_its_release_found_it() -> None:
    found = planned("[One: [deploy a]]", "[R: [rollback a b], S: [rollback b]]")
    assert [(p.step, p.unmoved) for p in found.positions if p.step in ("R", "S")] == [
        ("R", frozenset({"b"})),
        ("S", frozenset({"b"})),
    ]
    assert [(str(move.subject), move.goal) for move in found.moves] == [("a", "V2"), ("a", "V1")]


def test_rollbacks_that_do_the_same_are_one() -> None:
    found = planned("[One: [deploy a], Two: [migrate db]]", "[R: [rollback a]]")
    assert len([p for p in found.positions if p.is_stopped]) == 2
    assert len(rollbacks(found)) == 1


def test_rollbacks_after_and_before_what_is_irreversible_are_two() -> None:
    found = planned(
        "[One: [deploy a], Two: [irreversible migrate db], Three: [deploy b]]", "[R: [rollback a]]"
    )
    assert len(rollbacks(found)) == 2


def test_rollbacks_beside_other_background_moves_are_two() -> None:
    found = planned("[One: [deploy a], Two: [start deploy b, migrate db]]", "[R: [rollback a]]")
    assert len(rollbacks(found)) == 2


# --- what tells rollbacks apart ---

APART = """
components: {a: {kind: serviceREADY}, b: {kind: service}, db: {kind: database}}
requests: {ask: [client calls a: x, a calls b: y, a reads db: t]}
flags: {f: {guards: [b/y]}}
pipeline: [A: [enable f], B: [await a], C: [await dbWHEN]]
rollback: [R: [disable fBACK]]
changes: {b/y: {breaks: none}}
properties: {}
"""


def apart(words: dict[str, str], rollouts: dict[str, Rollout] | None = None) -> int:
    """How many rollbacks there are."""
    text = APART
    for word in ("READY", "WHEN", "BACK"):
        text = text.replace(word, words.get(word, ""))
    found = build_course(deployment(text.replace("{}", words.get("ASKED", "{}")), failures=True), rollouts)
    return sum(position.step == "R" for position in found.positions)


@pytest.mark.parametrize(
    "words",
    [
        {"ASKED": "{p: never in R and before B}"},
        {"ASKED": "{p: before B leads to f.on}"},
        {"WHEN": " when after B"},
        {"BACK": " when after B"},
        {"READY": ", readiness: after B"},
        {"READY": ", readiness: {V2: after B}"},
    ],
)
def test_whoever_asks_whether_a_step_was_passed_tells_rollbacks_apart(words: dict[str, str]) -> None:
    assert apart({}) == 1
    assert apart(words) == 2


def test_a_users_machine_that_asks_it_tells_rollbacks_apart() -> None:
    def life(*conditions: str) -> Rollout:
        machine = Machine(model=None, states=["old", "new"], initial="old", auto_transitions=False)
        machine.add_transition("deploy", "old", "new", conditions=list(conditions))
        return own_rollout(machine, {"old": ["V1"], "new": ["V2"]})

    assert apart({}, {"a": life("after B")}) == 2
    assert apart({}, {"a": life("in B"), "b": life()}) == 1
