"""Who of many writers is kept where a store is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from skewproof.model.compiler.causes import MoveCause, PipelineCause
from skewproof.model.compiler.moves import Position
from skewproof.model.compiler.system import Event, Reached, State, System, Variable
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Instruction
from skewproof.model.language import loads
from skewproof.model.names import PIPELINE, Contract, content_of, instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.temporal.clusters import Clusters
from skewproof.properties.temporal.lives import Offer
from skewproof.properties.temporal.offers import Offerer, Teams, build_life

TEXT = """
components: {a: {kind: service A}, b: {kind: service B}, r: {kind: service}, m: {kind: cache}}
requests:
  look: [client calls r: look, r reads m: x]
  a puts: [client calls a: put, a writes m: x]
  b puts: [client calls b: put, b writes m: xMORE]
pipelines: {front: [One: [FRONT]], back: [Two: [BACK]]}
changes: {m/x: {breaks: none}, m/y: {breaks: none}}
"""
SERVICES = {key: instances_of(key) for key in "ab"}
ROLLING, RECREATED, TIGHT = "", ", strategy: recreate", ", max_surge: 0, max_unavailable: 1"
TWICE = ", replicas: 2"


def kept(
    a: str = "", b: str = "", front: str = "deploy a b", back: str = "deploy r", more: str = "", top: str = ""
) -> str:
    """Of a and b those that are kept for what lies in the store; with a rollback actions can fail."""
    text = top + TEXT.replace(" A}", a + "}").replace(" B}", b + "}").replace("MORE", more)
    text = text.replace("FRONT", front).replace("BACK", back)
    if not more:
        text = text.replace(", m/y: {breaks: none}", "")
    deployment = replace(loads(text), failures=bool(top))
    around = Clusters(Task(deployment).alone, Limits()).place([content_of(Contract("m", "x"))])
    return "".join(name for name, key in SERVICES.items() if key in around.keys)


@pytest.mark.parametrize(
    ("a", "b", "who"),
    [
        (ROLLING, ROLLING, "a"),
        (RECREATED, RECREATED, "ab"),  # one writes the old form after the other has written the new one
        (ROLLING, RECREATED, "a"),
        (RECREATED, ROLLING, "b"),
        (TIGHT, TIGHT, "ab"),  # one instance: it is old, or new
        (TIGHT + TWICE, TIGHT + TWICE, "a"),
        (ROLLING, TIGHT, "a"),
    ],
)
def test_one_that_has_both_versions_up_stands_for_all(a: str, b: str, who: str) -> None:
    assert kept(a, b) == who


def test_of_those_who_never_have_both_versions_up_two_stand_for_all() -> None:
    text = (
        TEXT.replace(" A}", RECREATED + "}")
        .replace(" B}", RECREATED + "}")
        .replace("MORE", "")
        .replace(", m/y: {breaks: none}", "")
    )
    text = text.replace("components: {", "components: {c: {kind: service, strategy: recreate}, ")
    text = text.replace("requests:", "requests:\n  c puts: [client calls c: put, c writes m: x]")
    text = text.replace("FRONT", "deploy a b c").replace("BACK", "deploy r")
    around = Clusters(Task(loads(text)).alone, Limits()).place([content_of(Contract("m", "x"))])
    assert [key in around.keys for key in map(instances_of, "abc")].count(True) == 2


def test_where_a_pipeline_can_fail_one_stands_for_all() -> None:
    back = "rollback: {front: [Undo: [rollback a b]]}\n"
    assert kept(top=back) == "a"
    assert kept(RECREATED, RECREATED, top=back) == "ab"


def test_who_does_more_is_kept_with_who_does_it_elsewhere() -> None:
    assert kept(front="deploy a, deploy b") == "ab", (
        "at the first place one has both, at the second the other"
    )
    assert kept(front="deploy b") == "ab"
    assert kept(front="deploy a, deploy r", back="deploy b") == "ab", "another pipeline"


def test_what_is_written_elsewhere_does_not_matter() -> None:
    assert kept(more=", b writes m: y") == "a"


def test_of_those_who_are_never_moved_one_is_kept() -> None:
    assert kept(front="deploy r", back="sync m") == "a"


def test_who_is_waited_for_by_others_is_kept() -> None:
    assert kept(back="deploy r when b.up(V2)") == "ab"


STORE = content_of(Contract("m", "x"))
OLD, NEW = ((frozenset[object](), frozenset[object]({form})) for form in ("V1", "V2"))
A, STORES = SERVICES["a"], frozenset({STORE})


def can_one_stand(arrows: list[str], offered: Mapping[str, Sequence[Offer]], ends: str = "9") -> bool:
    """Of a life whose states are named by where the pipeline stands and a letter: `0s 1s` is an arrow. It
    begins with the first; arrows from place to place are the pipeline's. Is one of two enough?"""
    pairs = [tuple(arrow.split()) for arrow in arrows]
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    places, letters = sorted({name[0] for name in names}), sorted({name[1] for name in names})
    variables = Variable(PIPELINE, tuple(places), names[0][0]), Variable(A, tuple(letters), names[0][1])
    edges: list[list[tuple[Event, int]]] = [[] for _ in names]
    for here, there in pairs:
        goes_on = here[0] != there[0]
        cause = GOES_ON if goes_on else MOVES
        event = Event(cause, {}, {PIPELINE if goes_on else A: there}, PIPELINE if goes_on else 1)
        edges[names.index(here)].append((event, names.index(there)))
    states: list[State] = [(places.index(name[0]), letters.index(name[1])) for name in names]
    reached = Reached(System(variables, ()), states, [None] * len(names), edges)
    offers = [tuple((offer, STORES) for offer in offered.get(name, [])) for name in names]
    last = frozenset({places.index(ends)} if ends in places else ())
    pipelines = frozenset({PIPELINE})
    life = build_life(reached, pipelines, offers, last)
    return len(Teams().choose([Offerer(key, pipelines, life) for key in SERVICES.values()], STORES)) == 1


GOES_ON = PipelineCause(Position(0, "One"), Position(1, "Two"))
MOVES = MoveCause(A, Instruction.DEPLOY, "spawn", "s", "t", None, None)
ROLLS = ["0s 1s", "1s 1b", "1b 1n", "1n 9n"]
"""Old, both, new."""
OFFERS = {"0s": [OLD], "1s": [OLD], "1b": [OLD, NEW], "1n": [NEW], "9n": [NEW]}


def test_who_passes_a_state_with_both_on_each_cheapest_way_is_enough() -> None:
    assert can_one_stand(ROLLS, OFFERS)
    assert not can_one_stand(ROLLS, OFFERS | {"1b": [OLD]}), "never both at once"


def test_both_together_may_be_dearer_than_the_dearer_of_them() -> None:
    apart = ["0s 1s", "1s 1o", "1s 1n", "1o 1b", "1n 1b", "1b 9b"]
    assert not can_one_stand(apart, {"1o": [OLD], "1n": [NEW], "1b": [OLD, NEW]})
    assert can_one_stand([*apart, "1s 1b"], {"1o": [OLD], "1n": [NEW], "1b": [OLD, NEW]})


def test_a_way_round_by_where_it_offers_all_may_be_dearer() -> None:
    apart = ["0s 1s", "1s 1n", "1n 9n", "1s 1b", "1b 1c", "1c 9n"]
    assert not can_one_stand(apart, OFFERS)
    assert can_one_stand([*apart, "1b 9n"], OFFERS), "as many events"
    assert can_one_stand([*ROLLS, "1s 1m", "1m 9n"], OFFERS | {"9n": []}), (
        "who wrote the new form paid for it"
    )


def test_what_is_dear_to_one_may_not_be_to_another() -> None:
    stops = ["1s 2s", "1b 2b", "2s 2n", "2n 2b"]
    offers = OFFERS | {"2s": [OLD], "2n": [NEW], "2b": [OLD, NEW]}
    assert can_one_stand([*ROLLS, *stops[:2]], offers), "the pipeline fails on the way"
    assert not can_one_stand([*ROLLS[:1], *stops], offers), "there the new form alone costs less than both"


def test_the_pipeline_must_have_come_by_one_way() -> None:
    ways = ["0s 1s", "0s 2s", "1s 9s", "2s 9s"]
    assert can_one_stand(ways[:1], {})
    assert not can_one_stand(ways, {})


def test_who_offers_all_must_be_able_to_end_as_it_could() -> None:
    assert not can_one_stand([*ROLLS, "1s 1m", "1m 1k", "1k 9k"], OFFERS)
    assert can_one_stand([*ROLLS, "1s 1m", "1m 1k", "1k 9k", "9k 9n"], OFFERS), "there it does not rest"
