"""What the slice of a property must not cut, and that it cuts the rest: each trap by a small deployment."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from msgspec import structs

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.replay import ReplayError
from skewproof.model.compiler.system import System
from skewproof.model.deployment.formula import Formula, Modality
from skewproof.model.deployment.predicate import Constant
from skewproof.model.language import loads
from skewproof.model.machines.machine import Transition, build
from skewproof.model.machines.rollouts import Rollout, own_rollout
from skewproof.model.names import PIPELINE, Contract, content_of, instances_of, jobs_of, schema_of
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, check
from skewproof.properties.engines.registry import AUTO
from skewproof.properties.engines.slicing import independent_parts, violation_story
from skewproof.properties.engines.slicing.independent_parts import NotToldError, Parts, Passage, Rest
from skewproof.properties.engines.slicing.lines import list_lines
from skewproof.properties.engines.slicing.pipeline_waits import find_waits
from skewproof.properties.engines.slicing.temporal import judge
from skewproof.properties.engines.slicing.violation_story import JudgedLine, LineTeller
from skewproof.properties.telling import tell_formula
from skewproof.properties.temporal.finding import FormulaFinding
from skewproof.properties.temporal.influence import Influence, find_differing, join_sets
from skewproof.properties.temporal.judge import answer_questions
from skewproof.properties.temporal.lasso import find_fair_components
from skewproof.properties.temporal.monitor import Mode, build_monitor
from skewproof.properties.temporal.questions import list_questions
from skewproof.properties.verdict import Answer, PropertyHazard
from support.compare import violations

A, B, R = instances_of("a"), instances_of("b"), content_of(Contract("redis", "r"))
PARTS = """
components:
  a: {kind: service, replicas: 2, max_unavailable: 1}
  b: {kind: service}
  w: {kind: worker}
  app: {kind: client, stays: true}
  db: {kind: database}
  redis: {kind: cache}
  q: {kind: broker}
requests:
  buy: [app calls a: x, a reads db: item, a publishes q: m, a writes redis: r]
  look: [client calls b: y, b reads redis: r]
  job: [w consumes q: m, w writes redis: other]
flags: {f: {guards: [b/y]}}
changes:
  db/item: {breaks: none}
  redis/r: {breaks: none, expires: true}
  redis/other: {breaks: none}
  q/m: {breaks: none}
  b/y: {breaks: none}
"""

SHOWN = [
    ("always a.up >= 1", "[Roll: [deploy a b w app]]"),
    ("eventually b.up(V2)", "[Roll: [deploy a w app], Next: [deploy b]]"),
    ("eventually done", "[Roll: [deploy a b w app], Move: [migrate db, sync redis/other], Off: [suspend w]]"),
    ("eventually all b at V2", "[One: [start deploy a], Two: [await a], Three: [deploy b]]"),
    ("eventually all b at V2", "[One: [start deploy a], Three: [deploy b]]"),
    ("a.up(V2) leads to all a at V2", "[Roll: [deploy a b], Wait: [drain q]]"),
    ("db.version == V2 before b.up(V2)", "[Move: [migrate db], Wait: [drain q], Roll: [deploy b]]"),
    ("b.up(V1) until b.up(V2)", "[Off: [suspend w], Clean: [purge redis/other], Roll: [deploy b]]"),
    ("never V2 in redis/other and not w.up(V2)", "[Roll: [deploy a b w]]"),
    ("never V2 in redis/other and w.suspended", "[Off: [suspend w], Roll: [deploy w]]"),
    ("never done and a.up(V1)", "[One: [start deploy a], Two: [deploy b]]"),
    ("eventually done", "[One: [start deploy a, start migrate db], Two: [deploy b]]"),
    ("eventually all b at V2", "[On: [enable f], Roll: [deploy b when f.on]]"),
    # what waits for a flag that nobody enables is held for good, and holds up no end
    ("in Roll leads to done", "[Go: [start deploy a when f.on], Roll: [deploy b]]"),
    ("eventually done", "[One: [start deploy a, start deploy b when f.on]]"),
]
LEFT_OPEN = [
    ("eventually b.up(V2)", "[Wait: [drain q], Roll: [deploy b]]"),  # others may write for ever
    ("eventually b.up(V2)", "[Wait: [deploy a when V1 in redis/r], Roll: [deploy b]]"),  # it comes and goes
    ("eventually b.up(V2)", "[One: [start deploy a when w.suspended], Wait: [await a], Roll: [deploy b]]"),
    ("eventually done", "[Move: [sync redis], Off: [suspend w]]"),  # what is there can expire each time
    ("b.up(V1) until b.up(V2)", "[Clean: [purge q], Roll: [deploy b]]"),  # messages come and are used up
    ("eventually done", "[One: [start sync redis], Two: [deploy b]]"),
    ("eventually b.up(V2)", "[Wait: [await w when f.on], Roll: [deploy b]]"),
    ("never V2 in redis/r", "[Roll: [deploy a], Two: [deploy b]]"),  # a writes it
    ("never V2 in redis/other", "[Roll: [deploy w], Two: [deploy b]]"),
    ("never w.suspended", "[Roll: [deploy a], Off: [suspend w]]"),
    ("always a.up >= 2", "[Roll: [deploy b], Two: [deploy a]]"),
    ("never not done and after Two", "[One: [start deploy a], Two: [deploy b]]"),
    ("eventually done and a.up(V1)", "[One: [start deploy a], Two: [deploy b]]"),
    ("eventually done and b.up(V1)", "[One: [start deploy a], Two: [start deploy b]]"),
    ("eventually done and not V1 in redis/other", "[One: [start deploy b, start sync redis/other]]"),
    ("always done implies w.suspended", "[Roll: [deploy b], Two: [start deploy a]]"),
    ("eventually w.suspended or all a at V2", "[Roll: [deploy b], Two: [start deploy a when w.suspended]]"),
    ("in Roll leads to all a at V2", "[Roll: [deploy b], Two: [start deploy a, start rollback a]]"),
]


def compiled(formula: str, pipeline: str, rollouts: dict[str, Rollout] | None = None) -> Compiled:
    deployment = loads(f"{PARTS}pipeline: {pipeline}\nproperties: {{p: {formula}}}\n")
    return compile_deployment(deployment, rollouts=rollouts)


def is_shown(formula: str, pipeline: str, rollouts: dict[str, Rollout] | None = None) -> bool:
    whole = compiled(formula, pipeline, rollouts)
    judged = judge(whole, list_questions(whole.vocabulary), Limits())
    return not judged.found and not judged.left_open.stated


def told(hazard: PropertyHazard) -> tuple[object, ...]:
    """Everything but the events of the story, of which there may be several as short."""
    return structs.replace(hazard, trace=()), len(hazard.trace)


def is_violated(formula: str, pipeline: str, rollouts: dict[str, Rollout] | None = None) -> bool:
    deployment = compiled(formula, pipeline, rollouts).vocabulary.deployment
    return "p" in {hazard.property for hazard in violations(deployment, "reference", rollouts)}


@pytest.mark.parametrize(("formula", "pipeline"), SHOWN)
def test_a_slice_shows_what_holds(formula: str, pipeline: str) -> None:
    assert not is_violated(formula, pipeline)
    assert is_shown(formula, pipeline)


@pytest.mark.parametrize(("formula", "pipeline"), LEFT_OPEN)
def test_no_slice_shows_what_some_run_of_the_whole_violates(formula: str, pipeline: str) -> None:
    assert is_violated(formula, pipeline)
    assert not is_shown(formula, pipeline)


VIOLATED = [
    ("never b.up(V2) and a.up(V2)", "[Roll: [deploy a w], Two: [deploy b]]"),
    ("never done and b.up(V2)", "[Roll: [deploy a, start migrate db], Two: [deploy b]]"),
    ("never b.up(V2)", "[Wait: [await w when f.on], Roll: [deploy b]]"),
    ("always b.up(V1)", "[Roll: [deploy b], Wait: [await w when f.on]]"),
    ("always db.version == V1", "[Roll: [deploy a], Two: [start migrate db], Wait: [drain q]]"),
    ("never V2 in redis/other", "[Roll: [deploy w], Wait: [await w when f.on], Two: [sync redis/other]]"),
    ("b.up(V1) until w.suspended", "[Roll: [deploy b], Two: [deploy a], Off: [suspend w]]"),
    ("w.suspended before b.up(V2)", "[Roll: [deploy a b], Off: [suspend w]]"),
    (
        "never b.up(V2) and db.version == V1",
        "[One: [start migrate db], Roll: [deploy b], Wait: [await w when f.on]]",
    ),
    ("never in Two and b.version == V2 or in End", "[One: [start deploy b], Two: [deploy a], End]"),
]


@pytest.mark.parametrize(("formula", "pipeline"), [*VIOLATED, *LEFT_OPEN])
def test_what_a_slice_tells_is_what_the_whole_tells(formula: str, pipeline: str) -> None:
    """Other parts must let the pipeline come to where the formula is violated, and to its end."""
    deployment = compiled(formula, pipeline).vocabulary.deployment
    for failures in (False, True):
        small = replace(deployment, failures=failures)
        listed = violations(small)
        found = violations(small, "slice")
        assert list(map(told, found)) == list(map(told, listed))


@pytest.mark.parametrize(("formula", "pipeline"), VIOLATED[:6])
def test_a_state_that_violates_is_told_from_a_slice(formula: str, pipeline: str) -> None:
    whole = compiled(formula, pipeline)
    judged = judge(whole, list_questions(whole.vocabulary), Limits())
    is_reached = "Wait: [await w when f.on], Roll" not in pipeline
    assert [one.name for one in judged.found] == ["p"] * is_reached
    failing = compile_deployment(replace(whole.vocabulary.deployment, failures=True))
    found = judge(failing, list_questions(failing.vocabulary), Limits()).found
    assert [one.name for one in found] == ["p"] * is_reached, "parts fail together: on the same line"


BACK = "[Roll: [deploy a b], Two: [deploy w]]\nrollback: [Back: [rollback a b w]]"
HELD_UP = "[Roll: [deploy b], Wait: [await w when f.on], Two: [deploy a]]"
NEVER_COMES = [
    ("eventually all b at V2", "[Roll: [deploy a b]]", True),
    ("eventually all w at V2", BACK, True),
    ("eventually b.up(V2)", BACK, True),
    ("b.up(V2) leads to all w at V2", BACK, True),
    ("b.up(V1) until all w at V2", BACK, True),
    ("eventually a.up(V2)", HELD_UP, False),
    ("eventually all a at V2 and b.up(V2)", HELD_UP, False),
    ("b.up(V2) leads to a.up(V2)", HELD_UP, False),
    ("eventually w.suspended", "[Roll: [deploy a], Wait: [await w when f.on], Off: [suspend w]]", False),
    ("eventually done", BACK, True),
    ("eventually all w at V2", "[One: [start deploy a], Roll: [deploy w]]", True),
]


@pytest.mark.parametrize(("formula", "pipeline", "failures"), NEVER_COMES)
def test_what_never_comes_is_told_from_a_slice(formula: str, pipeline: str, failures: bool) -> None:
    """Because an action fails, or because another part of the deployment holds the pipeline up."""
    deployment = replace(compiled(formula, pipeline).vocabulary.deployment, failures=failures)
    listed, found = violations(deployment), violations(deployment, "slice")
    assert list(map(told, found)) == list(map(told, listed))
    whole = compile_deployment(deployment)
    judged = judge(whole, list_questions(whole.vocabulary), Limits())
    assert [one.name for one in judged.found] == ["p"]
    assert "p" in {one.property for one in listed}


AROUND = Parts.around
TRAPS = {
    "a failure that nothing takes back is a line": (
        violation_story, "list_lines", lambda course, **_: list_lines(course),
        "eventually a.up(V2)", HELD_UP,
    ),
    "before a failure the pipeline could go on": (
        LineTeller, "places", property(lambda self: frozenset(at.index for at in self.line.positions)),
        "eventually all w at V2", BACK,
    ),
    "somebody holds the pipeline up": (
        JudgedLine, "holds_up", lambda *_: True, "eventually all w at V2", BACK,
    ),
    "the others stand still": (
        Passage, "_is_still", lambda *_: True,
        "eventually all b at V2", "[Clean: [purge q], Roll: [deploy b]]",
    ),
    "what nothing depends on has to come to rest as well": (
        Parts, "around", lambda self, names, **_: AROUND(self, names),
        "eventually all w at V2", "[One: [start deploy a], Roll: [deploy w]]",
    ),
    "complete runs of all lines count": (
        violation_story, "can_satisfy", lambda *_: False, "eventually not b.up(V2) and after Roll", BACK,
    ),
}  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
def test_each_condition_of_what_never_comes_is_needed(trap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it something else is told than of the whole, or what is no run."""
    where, name, wrong, formula, pipeline = TRAPS[trap]
    whole = compile_deployment(replace(compiled(formula, pipeline).vocabulary.deployment, failures=True))
    asked = structs.replace(list_questions(whole.vocabulary), stall=False)
    listed = list(map(measured, answer_questions(whole, asked, Limits()).found))
    assert told_from_slices(whole) in ([], listed)
    monkeypatch.setattr(where, name, wrong)
    try:
        wrong_told = told_from_slices(whole)
    except (ReplayError, AssertionError):
        return
    assert wrong_told not in ([], listed)


def told_from_slices(whole: Compiled) -> list[tuple[object, ...]]:
    """Raises `ReplayError` for a story that is none, or a loop that is not fair."""
    found = judge(whole, list_questions(whole.vocabulary), Limits()).found
    for one in found:
        tell_formula(whole, one)
    return list(map(measured, found))


def measured(found: FormulaFinding) -> tuple[object, ...]:
    return found.name, found.window, found.inevitable, found.for_ever, len(found.story[: found.loop])


def test_where_actions_can_fail_a_slice_still_shows_what_holds() -> None:
    whole = compiled("always a.up >= 1", "[Roll: [deploy a b w], Off: [suspend w]]")
    failing = compile_deployment(replace(whole.vocabulary.deployment, failures=True))
    assert not judge(failing, list_questions(failing.vocabulary), Limits()).left_open.stated


def machine(*arrows: tuple[str, str, str]) -> Rollout:
    """A service of one instance that is at V1, V2 or down; `crash` and `restart` happen by themselves."""
    life = build(["V1", "down", "V2"], "V1", [Transition(*arrow) for arrow in arrows])
    faults = {"crash", "restart"} & {trigger for trigger, _, _ in arrows}
    return own_rollout(life, {"V1": ["V1"], "down": [], "V2": ["V2"]}, faults=faults)


STEADY = machine(("deploy", "V1", "V2"))
FAILING = machine(("deploy", "V1", "V2"), ("crash", "V1", "down"), ("restart", "down", "V1"))
ROUND = machine(("deploy", "V1", "down"), ("deploy", "down", "V1"))


@pytest.mark.parametrize(("life", "holds"), [(STEADY, True), (FAILING, False), (ROUND, False)])
def test_a_machine_of_the_users_own_may_go_round(life: Rollout, holds: bool) -> None:
    """A deploy that is possible again and again, but not all the time, need never happen."""
    asked = "eventually b.up(V2)", "[Roll: [deploy a], Two: [deploy b]]", {"a": life}
    assert is_violated(*asked) is not holds
    assert is_shown(*asked) is holds


def test_the_cone_of_a_service_is_the_service_and_what_reads_it_is_not_in() -> None:
    whole = compiled("always a.up >= 1", "[Roll: [deploy a b w app], Move: [sync redis]]")
    influence = Influence(whole)
    assert influence.cone([A]) == {PIPELINE, A}
    assert influence.cone([R]) == {
        PIPELINE,
        R,
        A,
    }
    assert influence.cone([content_of(Contract("redis", "other"))]) >= {instances_of("w"), jobs_of("w")}


def test_a_move_is_in_a_cone_with_all_of_its_events_or_with_none() -> None:
    """A schema that takes its table away changes two variables: in the slice of one it must know both."""
    text = PARTS.replace("q/m: {breaks: none}", "q/m: {breaks: none, exists: [V1]}")
    whole = compile_deployment(loads(f"{text}pipeline: [Move: [reconfigure q]]\n"))
    assert Influence(whole).cone([schema_of(Contract("q", "m"))]) >= {
        content_of(Contract("q", "m")),
        A,
    }


def test_a_move_on_two_variables_joins_them() -> None:
    """Were one of them cut, the move would look as if it could go on where it is done."""
    whole = compiled("always a.up >= 1", "[Roll: [deploy a b]]")
    groups = {event.group for event in whole.system.events if B in event.effect}
    events = [structs.replace(e, group="both") if e.group in {0, *groups} else e for e in whole.system.events]
    both = structs.replace(whole, system=System(whole.system.variables, tuple(events)))
    assert Influence(both).cone([A]) == {PIPELINE, A, B}


def test_what_the_pipeline_asks_of_several_variables_it_asks_together() -> None:
    one, other = frozenset({1}), frozenset({2})
    x, y, z, rest = map(jobs_of, ("x", "y", "z", "rest"))
    ways = [{PIPELINE: one, x: one, y: one, z: one}, {PIPELINE: one, x: other, z: one}]
    assert find_differing(ways) == {x, y}
    parts = join_sets([x, y, z, rest], [[x, y], [y, z]])
    assert set(parts) == {frozenset({x, y, z}), frozenset({rest})}
    derived = PARTS.replace(
        "redis/r: {breaks: none, expires: true}", "redis/r: {breaks: none, from: db/item}"
    )
    whole = compile_deployment(loads(f"{derived}pipeline: [Copy: [sync redis/r, deploy b]]\n"))
    asked = [wait.names for wait in find_waits(whole.system) or ()]
    assert sorted(map(sorted, asked)) == [
        [R, schema_of(Contract("db", "item"))],
        [B],
    ]


def test_a_monitor_does_not_notice_how_often_it_sees_a_state() -> None:
    for modality, mode in product(Modality, Mode):
        watching = build_monitor(Formula(modality, Constant(True), Constant(True)))
        for left, right in product((True, False), repeat=2):
            once = watching.step(mode, left, right)
            assert watching.step(once, left, right) is once


def test_a_slice_with_too_many_states_shows_nothing() -> None:
    whole = compiled("always a.up >= 1", "[Roll: [deploy a b w app]]")
    questions = list_questions(whole.vocabulary)
    assert not judge(whole, questions, Limits()).left_open
    assert judge(whole, questions, Limits(max_states=2)).left_open.stated == questions.stated


def sixty(pipeline: str, properties: str, first: str = "min_available: 10") -> Answer:
    """As a whole they have 21^60 states."""
    names = [f"s{number}" for number in range(60)]
    lives = [first, *(["min_available: 10"] * 59)]
    services = (
        f"{name}: {{kind: service, replicas: 10, {life}}}" for name, life in zip(names, lives, strict=True)
    )
    text = f"""
components: {{{", ".join(services)}}}
requests: {{walk: [{", ".join(f"client calls {name}: x" for name in names)}]}}
pipeline: {pipeline.format(" ".join(names))}
changes: {{s1/x: {{breaks: none}}}}
properties: {{{properties}}}
"""
    return check(loads(text), engine=AUTO, limits=Limits())


@pytest.mark.parametrize("pipeline", ["[Roll: [deploy {}], End]", "[Roll: [start deploy {}], End]"])
def test_sixty_services_are_judged_one_by_one(pipeline: str) -> None:
    stated = {
        "over": "eventually done",
        "order": "s7.up(V2) leads to all s7 at V2",
        "pair": "always s3.up + s4.up <= 22",
        "end": "always done implies all s5 at V2",
        "none": "never done and s6.up(V1)",
    }
    answer = sixty(pipeline, ", ".join(f"{name}: {formula}" for name, formula in stated.items()))
    assert answer.verdict == Safe()
    assert answer.statistics is not None
    assert answer.statistics.properties == 65


def test_what_one_of_sixty_violates_is_told() -> None:
    few = "min_available: 10, max_unavailable: 1"
    answer = sixty("[Roll: [deploy {}], End]", "late: never in End and s1.up(V2)", few)
    late, available = answer.of_properties
    assert (late.property, len(late.trace), late.window) == ("late", 2 + 60 * 20, ("End",))
    assert (available.property, len(available.trace)) == ("min_available of s0", 2)


def test_how_a_part_comes_to_rest_is_found_once_for_all_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []

    def count(*asked: Any) -> list[set[int]]:
        looks.append(asked)
        return find_fair_components(*asked)

    monkeypatch.setattr(f"{independent_parts.__name__}.find_fair_components", count)
    names = [f"s{number}" for number in range(8)]
    deployment = loads(
        f"""
components: {{{", ".join(f"{name}: {{kind: service}}" for name in names)}}}
requests: {{get: [client calls s0: a]}}
pipeline: [Roll: [deploy {" ".join(names)}]]
rollback: [Back: [rollback {" ".join(names)}]]
properties: {{{", ".join(f"{name} arrives: eventually all {name} at V2" for name in names)}}}
changes: {{s0/a: {{breaks: none}}}}
"""
    )
    assert len(check(deployment, failures=True).of_properties) == len(names)
    places = len(compile_deployment(replace(deployment, failures=True)).vocabulary.positions)
    assert 0 < len(looks) <= 2 * len(names) * places


def test_a_part_that_goes_round_says_so_as_often_as_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Passage, "_is_still", lambda *_: False)
    compiled = compile_deployment(loads(PARTS + "pipeline: [Roll: [deploy b]]\n"))
    places = frozenset(Standing(one.name) for one in compiled.vocabulary.positions)
    own, _ = (parts := Parts(compiled, Influence(compiled), Limits(), places)).around([B])
    passage = parts.passage(own)
    for _ in range(2):
        with pytest.raises(NotToldError):
            passage.rest(0)


@pytest.mark.parametrize(
    ("held_up", "told"),
    [(True, [(1, 10), (4, 40)]), (False, [(1, 10), (5, 41)])],
)
def test_others_come_to_rest_for_the_fewest_events(held_up: bool, told: list[tuple[int, int]]) -> None:
    others = [Rest((1, 10), (3, 11), can_end=True), Rest((4, 40), (5, 41), can_end=True)]
    assert violation_story.find_cheapest_rest(others, is_held_up=held_up) == told


def test_nobody_holds_the_pipeline_up() -> None:
    assert violation_story.find_cheapest_rest([Rest((1, 10), None, True)], is_held_up=False) is None
