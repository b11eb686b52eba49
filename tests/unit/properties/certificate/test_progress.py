"""Progress: each condition of its rule, seen in certificates that lack it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace as replace_in_deployment
from typing import Any

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.system import EventKind, Guard
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import PIPELINE, instances_of, is_pipeline, pipeline_of
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.certificate.parts import KnownPart, list_part
from skewproof.properties.certificate.progress import Exits, ProgressProof
from skewproof.properties.certificate.ranking import build_labelled
from skewproof.properties.certificate.reading import DiagramReader, read_values
from skewproof.properties.certificate.rules import AwaitedState, CertificateRefusedError, Label, Rank
from skewproof.properties.certificate.verify import NO_STALL, verify
from skewproof.properties.certificate.write import certify

TEXT = """
system: tiny
components: {a: {kind: service, replicas: 2}, b: {kind: service}, w: {kind: worker}}
requests: {ask: [client calls a: x, a calls b: y], job: [w calls b: y]}
pipeline: [One: [deploy b, suspend w], Two: [deploy a w], Three: [resume w]]
changes: {b/y: {breaks: [V2 -> V1]}}
"""
QUEUE = """
system: tiny
components: {a: {kind: service}, w: {kind: worker}, q: {kind: broker}}
requests: {put: [client calls a: x, a publishes q: m], job: [w consumes q: m]}
pipeline: [Reader: [deploy w], Writer: [deploy a], Empty: [drain q]]
changes: {q/m: {breaks: {content: [V1 -> V2]}}}
properties: {over: eventually done, reader: eventually w.up(V2)}
"""


def written(text: str = TEXT) -> dict[str, Any]:
    """A certificate that proves progress and nothing else."""
    made: dict[str, Any] = json.loads(json.dumps(certify(loads(text), Limits()).content))
    return {**made, "claims": []}


def refusal(certificate: object, text: str = TEXT) -> str:
    with pytest.raises(CertificateRefusedError) as refused:
        verify(loads(text), certificate)
    return str(refused.value)


def with_parts(parts: list[Any]) -> dict[str, Any]:
    return {**CERTIFICATE, "progress": parts}


def with_label(kind: str, label: list[Any]) -> dict[str, Any]:
    """The first label of that kind is another one, in the first part that has one."""
    parts = copy.deepcopy(CERTIFICATE["progress"])
    part = next(part for part in parts if kind in (one[0] for one in part["labels"]))
    at = next(at for at, one in enumerate(part["labels"]) if one[0] == kind)
    part["labels"][at] = label
    return with_parts(parts)


CERTIFICATE = written()
PARTS = CERTIFICATE["progress"]


def test_parts_that_each_come_forward_show_it() -> None:
    assert len(PARTS) > 2
    assert NO_STALL in verify(loads(TEXT), CERTIFICATE).proven


def test_each_variable_that_is_waited_for_is_in_a_part() -> None:
    for number in range(len(PARTS)):
        assert "is in no part" in refusal(with_parts([*PARTS[:number], *PARTS[number + 1 :]]))


def test_no_variable_is_in_two_parts() -> None:
    assert "is in another part as well" in refusal(with_parts([*PARTS, PARTS[0]]))


def test_each_part_knows_the_pipeline() -> None:
    part = {"variables": ["up a"], "levels": [[[[[0], 0]]]], "labels": [["goal", 0]]}
    assert "`pipeline` is not among the variables" in refusal(with_parts([part, *PARTS]))


def test_a_goal_is_a_way_out() -> None:
    assert "cannot be left" in refusal(with_label("rank", ["goal", 0]))
    assert "there is no way 7" in refusal(with_label("goal", ["goal", 7]))


@pytest.mark.parametrize("label", [["held"], ["idle"]])
def test_a_state_has_a_way_or_is_a_goal(label: list[str]) -> None:
    assert "says nothing of progress" in refusal(with_label("rank", label))


def test_each_event_of_a_way_is_the_parts_own_and_can_happen() -> None:
    told = set()
    words = "the part's own", "cannot happen"
    for number in range(len(compile_deployment(loads(TEXT)).system.events)):
        try:
            verify(loads(TEXT), with_label("rank", ["rank", 0, number]))
        except CertificateRefusedError as refused:
            told |= {word for word in words if word in str(refused)}
    assert told == set(words)
    assert "there is no event" in refusal(with_label("rank", ["rank", 0, 10**6]))


def test_each_event_of_a_way_leads_nearer() -> None:
    """Of two instances that are rolled one after the other no two states are equally far."""
    parts = copy.deepcopy(PARTS)
    for part in parts:
        part["labels"] = [["rank", 0, label[2]] if label[0] == "rank" else label for label in part["labels"]]
    assert "brings the end no nearer" in refusal(with_parts(parts))


def test_a_part_is_closed_and_holds_the_start() -> None:
    told = set()
    for number, part in enumerate(PARTS):
        for level in range(len(part["levels"])):
            for node in range(len(part["levels"][level])):
                parts = copy.deepcopy(PARTS)
                del parts[number]["levels"][level][node][0]
                try:
                    verify(loads(TEXT), with_parts(parts))
                except CertificateRefusedError as refused:
                    told.add(str(refused).partition(": ")[2].split("`")[-1].strip())
    assert {"leads out of the set", "the initial state is not in the set"} <= told


STALLING = TEXT.replace(
    "a: {kind: service, replicas: 2}", "a: {kind: service, replicas: 2, readiness: all w at V1}"
)


def test_what_can_stall_is_not_proven() -> None:
    text = STALLING.replace("Two: [deploy a w]", "Two: [deploy w, deploy a]")
    assert "the pipeline can stall" in [hazard.property for hazard in check(loads(text)).of_properties]
    assert NO_STALL in certify(loads(text), Limits()).proof.left_open
    assert NO_STALL not in proven_by(CERTIFICATE, text)


def proven_by(certificate: dict[str, Any], text: str) -> tuple[str, ...]:
    try:
        return verify(loads(text), certificate).proven
    except CertificateRefusedError:
        return ()


def test_a_queue_that_others_fill_can_be_emptied_but_need_not_be() -> None:
    """That the pipeline cannot stall is proven, that it comes to its end is not: nobody need consume."""
    proof = certify(loads(QUEUE), Limits()).proof
    assert NO_STALL in proof.proven
    assert "reader: eventually w.up(V2)" in proof.proven
    assert "over: eventually done" in proof.left_open


def test_what_need_not_come_is_not_steady() -> None:
    compiled = compile_deployment(loads(QUEUE))
    made = certify(loads(QUEUE), Limits()).content
    reader = DiagramReader(read_values(made["values"]))
    parts = [reader.diagram(part, compiled.system, "a part") for part in made["progress"]]
    progress = ProgressProof(compiled, parts)
    progress.check()
    places = compiled.system.variables[0].domain
    steady = {
        (str(variable.key), at): progress.comes({PIPELINE: frozenset({place})}, [variable.key])
        for variable in compiled.system.variables[1:]
        for at, place in enumerate(places)
    }
    assert steady["up w", 1]
    assert steady["up a", 2]
    assert not steady["content q/m", 3]
    assert not progress.comes({PIPELINE: frozenset({places[1]})}, [PIPELINE])  # the pipeline is no part's


def test_each_position_has_a_way_out() -> None:
    exits = Exits(compile_deployment(loads(TEXT))).at
    assert all(exits.values())
    assert len(exits) == len(compile_deployment(loads(TEXT)).vocabulary.positions)


def test_one_part_at_most_chooses_how_a_position_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one part may wait for the one way, and another for the other."""
    vocabulary = compile_deployment(loads(TEXT)).vocabulary
    at = vocabulary.at(vocabulary.positions)
    ways = {**at, **vocabulary.up("a", "V1")}, {**at, **vocabulary.up("b", "V1")}
    monkeypatch.setattr(Exits, "_guards", lambda _: iter(ways))
    parts = copy.deepcopy(PARTS)
    for part in parts:  # each is in a goal, for it has nothing to contribute to what it goes for
        part["labels"] = [["goal", 1 if "up a" in part["variables"] else 0] for _ in part["labels"]]
    assert "two parts choose how a position is to be left" in refusal(with_parts(parts))


def with_event(compiled: Compiled, given: dict[str, Any]) -> Compiled:
    """The system with one event too many: the first of its kind, otherwise."""
    first = next(event for event in compiled.system.events if event.kind is EventKind.PIPELINE)
    events = (*compiled.system.events, replace(first, **given))
    return replace(compiled, system=replace(compiled.system, events=events))


@pytest.mark.parametrize(("start", "end"), [(2, 1), (3, 3), (-1, 0)])
def test_a_pipeline_that_could_go_round_is_refused(start: int, end: int) -> None:
    """From its end, or from its middle, to where it has been."""
    compiled = compile_deployment(loads(TEXT))
    positions = compiled.vocabulary.positions
    (back,) = compiled.vocabulary.at([positions[end]])[PIPELINE]
    bent = with_event(
        compiled, {"guard": compiled.vocabulary.at([positions[start]]), "effect": {PIPELINE: back}}
    )
    with pytest.raises(CertificateRefusedError, match="does not take the pipeline forward"):
        Exits(bent).check_order()


@pytest.mark.parametrize("group", ["pipeline", None])
def test_a_pipeline_that_need_go_on_from_where_it_may_stay_is_refused(group: str | None) -> None:
    """Who stopped after a failure need not go on; who can go back need not either."""
    compiled = compile_deployment(failing(TEXT))
    stopped = [one for one in compiled.vocabulary.positions if one.is_stopped]
    (later,) = compiled.vocabulary.at(stopped[-1:])[PIPELINE]
    bent = with_event(
        compiled,
        {"guard": compiled.vocabulary.at(stopped[:1]), "effect": {PIPELINE: later}, "group": group},
    )
    if group is None:
        Exits(bent).check_order()
    else:
        with pytest.raises(CertificateRefusedError, match="does not take the pipeline forward"):
            Exits(bent).check_order()


def test_that_the_pipeline_can_fail_is_no_way_on() -> None:
    """It stalls, and nothing can happen but that the action fails: a part that ends by that shows nothing."""
    text = STALLING.replace("Two: [deploy a w]", "Two: [deploy w, deploy a]")
    compiled = compile_deployment(failing(text))
    numbers = {id(event): number for number, event in enumerate(compiled.system.events)}
    part = list_part(compiled.system, frozenset(v.key for v in compiled.system.variables), numbers, Limits())
    labels = label_by_any_event(part, Exits(compiled))
    events = [compiled.system.events[label.event] for label in labels.values() if isinstance(label, Rank)]
    assert any(event.kind is EventKind.PIPELINE for event in events)
    with pytest.raises(CertificateRefusedError, match=r"fails: deploy .` is not the part's own"):
        ProgressProof(compiled, [build_labelled("it", part, labels)]).check()


def label_by_any_event(part: KnownPart, exits: Exits) -> dict[int, Label]:
    """Each state with the way on, or with an event, of a pipeline too, that leads nearer to one that has."""
    labels: dict[int, Label] = {}
    for number, state in enumerate(part.reached.states):
        here = (part.system.value(state, PIPELINE),)
        guards = exits.at.get(here, [])
        for way, guard in enumerate(guards):
            if part.system.holds(state, guard):
                labels.setdefault(number, AwaitedState(way))
        if exits.may_stay(here):
            labels.setdefault(number, AwaitedState(len(guards)))
    rank = 0
    while len(labels) < len(part.reached.states):
        found = {
            number: Rank(rank, part.numbers[id(event)])
            for number in range(len(part.reached.states))
            if number not in labels
            for event, there in part.reached.edges[number]
            if there in labels
        }
        labels, rank = {**labels, **found}, rank + 1
    return labels


def test_an_event_of_another_part_is_no_way() -> None:
    """What the part does not know may keep it from happening."""
    system = compile_deployment(loads(TEXT)).system
    parts = copy.deepcopy(PARTS)
    part = next(one for one in parts if one["variables"] == ["pipeline", "up a"])
    foreign = next(n for n, event in enumerate(system.events) if "up b" in map(str, event.effect))
    at = next(at for at, label in enumerate(part["labels"]) if label[0] == "rank")
    part["labels"][at] = ["rank", 0, foreign]
    assert "is not the part's own" in refusal(with_parts(parts))


TEAMS = """
components: {web: {kind: service, replicas: 2}, api: {kind: service}}
requests: {ask: [client calls web: x, web calls api: y]}
pipelines:
  front: [Web: [deploy web when back done]]
  back: [Api: [deploy api]]
changes: {api/y: {breaks: [V2 -> V1]}}
properties: {fronts: eventually front done, backs: eventually back done}
"""
ALONE = TEAMS.replace(" when back done", "").replace("breaks: [V2 -> V1]", "breaks: none")


def failing(text: str) -> Deployment:
    return replace_in_deployment(loads(text), failures=True)


def test_of_several_pipelines_each_comes_to_its_end() -> None:
    for text in (TEAMS, ALONE):
        made = certify(loads(text), Limits())
        assert made.proof.is_whole
        assert len(made.content["progress"]) == 2


def test_of_several_pipelines_that_can_fail_none_need_come_to_its_end() -> None:
    proof = certify(failing(TEAMS), Limits()).proof
    assert proof.left_open == ("fronts: eventually front done", "backs: eventually back done")


def test_where_one_has_failed_nothing_is_waited_for_that_another_waits_for() -> None:
    """`web` waits for `back`, which may have stopped for good: so it need not come."""
    compiled = compile_deployment(failing(TEAMS))
    made = certify(failing(TEAMS), Limits()).content
    reader = DiagramReader(read_values(made["values"]))
    progress = ProgressProof(
        compiled, [reader.diagram(part, compiled.system, "a part") for part in made["progress"]]
    )
    progress.check()
    stands = {
        (one.pipeline, one.step, one.is_stopped): pipeline_of(one.pipeline)
        for one in compiled.vocabulary.positions
    }
    assert ("back", "back: Api", True) in stands
    (at_web,) = (
        one
        for one in compiled.vocabulary.positions
        if one.step == "front: Web" and not one.is_stopped and one.action is not None
    )
    there = compiled.vocabulary.at([at_web])
    ended = compiled.vocabulary.at(
        one for one in compiled.vocabulary.positions if one.pipeline == "back" and one.is_end
    )
    stopped = compiled.vocabulary.at(
        one for one in compiled.vocabulary.positions if one.pipeline == "back" and one.is_stopped
    )
    (leaving,) = (
        event
        for event in compiled.system.events
        if event.kind is EventKind.PIPELINE
        and event.group is not None
        and there.items() <= event.guard.items()
    )
    web = [key for key in leaving.guard if not is_pipeline(key)]
    assert web
    assert progress.comes({**leaving.guard, **ended}, web)
    assert not progress.comes({**leaving.guard, **stopped}, web)
    assert not progress.comes(leaving.guard, web)


@pytest.mark.parametrize("text", [TEAMS, ALONE])
def test_that_nothing_need_come_is_said_where_one_has_failed_alone(text: str) -> None:
    """The number behind the last way is none elsewhere."""
    made = json.loads(json.dumps(certify(failing(text), Limits()).content))
    for part in made["progress"]:
        for label in (label for label in part["labels"] if label[0] in ("goal", "rank")):
            kept, label[:] = list(label), ["goal", 2]
            with pytest.raises(CertificateRefusedError, match=r"there is no way 2|cannot be left"):
                verify(failing(text), made)
            label[:] = kept


def test_of_what_is_waited_for_one_part_may_choose_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two may not: each could have chosen the way that the other one has to contribute to."""
    compiled = compile_deployment(loads(TEXT))
    vocabulary = compiled.vocabulary
    at, a, b = vocabulary.at(vocabulary.positions), vocabulary.up("a", "V1"), vocabulary.up("b", "V1")
    both = {**at, **a, **b}
    monkeypatch.setattr(Exits, "_guards", lambda _: iter([{**at, **b}, {**at, **a}, both]))
    monkeypatch.setattr(Exits, "may_stay", lambda *_: True)
    parts = copy.deepcopy(PARTS)
    for part in parts:
        part["labels"] = [["goal", 0 if "up a" in part["variables"] else 1] for _ in part["labels"]]
    reader = DiagramReader(read_values(CERTIFICATE["values"]))
    progress = ProgressProof(compiled, [reader.diagram(one, compiled.system, "a part") for one in parts])
    progress.check()
    assert progress.comes(both, list(a))
    assert progress.comes(both, list(b))
    assert not progress.comes(both, [*a, *b])
    assert not progress.comes({**at, **a}, list(a))  # the way that `a` may have chosen asks for `b` as well


# --- what is steady ---

UP_A = instances_of("a")


def comes_by_itself(change: Callable[[Compiled], Compiled]) -> bool:
    """Whether `a` comes by itself to where the step that deploys it is over, if the system is changed so;
    progress is shown in any case."""
    compiled = change(compile_deployment(loads(TEXT)))
    reader = DiagramReader(read_values(CERTIFICATE["values"]))
    progress = ProgressProof(compiled, [reader.diagram(part, compiled.system, "a part") for part in PARTS])
    progress.check()
    return progress.comes(at_two(compiled), [UP_A])


def at_two(compiled: Compiled) -> Guard:
    return compiled.vocabulary.at(one for one in compiled.vocabulary.positions if one.step == "Two")


def jumping(start: int, end: int) -> Callable[[Compiled], Compiled]:
    """`a` can go from one of its values to another, and need not."""

    def change(compiled: Compiled) -> Compiled:
        rolling = next(event for event in compiled.system.events if UP_A in event.effect)
        domain = compiled.system.variables[compiled.system.index(UP_A)].domain
        guard = {**at_two(compiled), UP_A: frozenset({domain[start]})}
        return with_event(
            compiled,
            {"cause": rolling.cause, "guard": guard, "effect": {UP_A: domain[end]}, "group": None},
        )

    return change


def test_what_is_fair_and_only_goes_forward_is_steady() -> None:
    assert comes_by_itself(lambda compiled: compiled)
    assert comes_by_itself(jumping(1, 3))


def test_what_leaves_its_goal_is_not_steady() -> None:
    assert not comes_by_itself(jumping(-1, -2))


def test_what_can_go_back_on_its_way_is_not_steady() -> None:
    assert not comes_by_itself(jumping(3, 0))


def test_what_is_driven_by_what_need_not_happen_is_not_steady() -> None:
    def change(compiled: Compiled) -> Compiled:
        events = tuple(
            replace(event, group=None) if UP_A in event.effect else event for event in compiled.system.events
        )
        return replace(compiled, system=replace(compiled.system, events=events))

    assert not comes_by_itself(change)
