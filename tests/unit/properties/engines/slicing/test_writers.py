"""A few of those who write and consume stand for all: how few, and that each condition of it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from skewproof.model.compiler.replay import ReplayError
from skewproof.model.compiler.system import conjoin
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.machines.machine import Transition, build
from skewproof.model.machines.rollouts import own_rollout
from skewproof.model.names import Contract
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, check
from skewproof.properties.coverage.occurrences import Occurrences
from skewproof.properties.engines.choice import find_slice_occurrences
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import presence, stand_ins, writers
from skewproof.properties.engines.slicing.cone import Cone
from skewproof.properties.engines.slicing.doors import Doors
from skewproof.properties.engines.slicing.engine import Slicer
from skewproof.properties.engines.slicing.keep import Keep
from skewproof.properties.engines.slicing.line_slices import LineSlices
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.presence import PlacedPresences, Presences
from skewproof.properties.engines.slicing.request_walk import Walk
from skewproof.properties.engines.slicing.search import NEVER
from skewproof.properties.engines.slicing.stand_ins import Offer
from skewproof.properties.engines.slicing.writers import Writers
from support.compare import agree, sliced, told
from support.writer_traps import DOORS, WRITERS

TRAPS = {**WRITERS, **DOORS}
STORE = Contract("c", "k")


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


# --- how few ---


def shared(count: int, *, own: str = "", pipeline: str = "", change: str = "none") -> Deployment:
    """Services that all write and read one cache."""
    names = [f"s{number}" for number in range(count)]
    pipeline = pipeline or f"Roll: [deploy {' '.join(names)}], Sync: [sync c]"
    components = [f"{name}: {{kind: service, replicas: 3{own}}}" for name in names]
    requests = [f"{name}: [client calls {name}: a, {name} writes c: k, {name} reads c: k]" for name in names]
    return loads(
        f"""
        components: {{c: {{kind: cache}}, {", ".join(components)}}}
        requests: {{{", ".join(requests)}}}
        pipeline: [{pipeline}]
        changes: {{c/k: {{breaks: {change}}}}}
        """
    )


def chosen(deployment: Deployment) -> tuple[list[str], list[str]]:
    """Who stands for all that write to the cache, and who is kept for himself."""
    line, keep = LineSlices(SlicePlan(deployment, {}), Limits()), Keep()
    keep.contents[STORE] = None
    line.profiles.writers.add(keep)
    return list(keep.stand_ins), [name for name in keep.components if name not in keep.stand_ins]


def test_one_that_has_both_versions_up_stands_for_all() -> None:
    assert chosen(shared(12)) == (["s0"], [])


def test_of_those_that_are_recreated_one_is_kept_for_each_version() -> None:
    assert chosen(shared(12, own=", strategy: recreate")) == (["s0", "s1"], [])


def test_the_first_to_be_new_and_the_last_to_be_old_stand_for_those_between() -> None:
    steps = ", ".join(f"Step_{number}: [deploy s{number}]" for number in range(12))
    assert chosen(shared(12, pipeline=steps)) == (["s11", "s0"], [])


def test_where_two_would_pay_for_what_one_does_at_once_all_are_kept() -> None:
    """Each must be resumed before it writes anything at all, and can write both forms from then on."""
    deployment = loads(
        """
        components:
          a: {kind: worker, strategy: recreate}
          b: {kind: worker, strategy: recreate}
          w: {kind: worker, strategy: recreate}
          c: {kind: cache}
        requests: {one: [a writes c: k], other: [b writes c: k], more: [w writes c: k]}
        pipeline: [Stop: [suspend a b w], Go: [start deploy a b w, resume a b w]]
        changes: {c/k: {breaks: both}}
        """
    )
    assert chosen(deployment) == ([], ["a", "b", "w"])


def test_the_states_of_a_slice_do_not_grow_with_the_writers() -> None:
    few, many = (sliced(shared(count, change="[V1 -> V2]"))[0] for count in (3, 30))
    assert many.states == few.states
    assert len(many.found) == 10 * len(few.found)


def taking(count: int) -> Deployment:
    """Workers that all take from one queue, to which messages come back."""
    names = [f"w{number}" for number in range(count)]
    return loads(
        f"""
        components: {{s: {{kind: service}}, q: {{kind: broker, redelivers: true}},
          {", ".join(f"{name}: {{kind: worker, replicas: 3}}" for name in names)}}}
        requests: {{put: [client calls s: a, s publishes q: x],
          {", ".join(f"{name} job: [{name} consumes q: x]" for name in names)}}}
        pipeline: [Roll: [deploy s {" ".join(names)}], Drain: [drain q]]
        changes: {{q/x: {{breaks: [V2 -> V1]}}}}
        """
    )


def test_the_states_of_a_slice_do_not_grow_with_those_to_whom_messages_come_back() -> None:
    few, many = (sliced(taking(count))[0] for count in (3, 30))
    assert many.states == few.states
    assert len(many.found) == 10 * len(few.found)


def test_a_cache_and_rows_and_a_queue_answer_with_thirty_services() -> None:
    names = [f"s{number}" for number in range(30)]
    hops = "writes c: k, {0} reads c: k, {0} writes d: t, {0} reads d: t, {0} publishes q: m"
    lines = ", ".join(f"{n}: [client calls {n}: a, {n} {hops.format(n)}]" for n in names)
    deployment = loads(
        f"""
        components: {{c: {{kind: cache}}, d: {{kind: database}}, q: {{kind: broker}}, w: {{kind: worker}},
          {", ".join(f"{name}: {{kind: service, replicas: 3}}" for name in names)}}}
        requests: {{job: [w consumes q: m], {lines}}}
        pipeline: [Move: [migrate d], W: [deploy w], Roll: [deploy {" ".join(names)}], Sync: [sync c],
          Fill: [backfill d], Empty: [drain q]]
        changes:
          c/k: {{breaks: none}}
          d/t: {{breaks: none, rows: kept}}
          q/m: {{breaks: {{content: [V1 -> V2]}}}}
        """
    )
    answer = check(deployment)
    assert isinstance(answer.verdict, Safe)
    assert answer.statistics is not None
    assert answer.statistics.engine == "slice"
    assert answer.statistics.states < 20_000


def test_a_stall_of_thirty_services_is_told_as_that_of_two() -> None:
    def told_of(count: int) -> Any:
        names = [f"s{number}" for number in range(count)]
        deployment = loads(
            f"""
            components: {{q: {{kind: broker}}, w: {{kind: worker}},
              {", ".join(f"{name}: {{kind: service}}" for name in names)}}}
            requests: {{job: [w consumes q: m],
              {", ".join(f"{n}: [client calls {n}: a, {n} publishes q: m]" for n in names)}}}
            pipeline: [Stop: [suspend w], Roll: [deploy {" ".join(names)}], Empty: [drain q], Go: [resume w]]
            changes: {{q/m: {{breaks: none}}}}
            """
        )
        answers = [check(deployment), *([check(deployment, engine="reference")] if count == 2 else [])]
        found = [answer.of_properties for answer in answers]
        return [[(h.window, h.inevitable, len(h.trace), h.explanation) for h in some] for some in found]

    assert told_of(30) * 2 == told_of(2)


# --- each condition taken away ---


def _no(*_: Any) -> bool:
    return False


def _yes(*_: Any) -> bool:
    return True


def _is_able(one: PlacedPresences, other: PlacedPresences, asked: presence.Presence) -> bool:
    """As good, whatever it costs."""
    pairs = zip(one.presences.find_extras(asked), other.presences.find_extras(asked), strict=True)
    return all(
        mine < NEVER or its >= NEVER for some, others in pairs for mine, its in zip(some, others, strict=True)
    )


def _same_contract(one: Offer, other: Offer) -> bool:
    return (one.contract, one.deed) == (other.contract, other.deed)


def _only_stand_ins(self: Writers, keep: Keep, *args: Any, **kwargs: Any) -> bool:
    is_enough = ADD(self, keep, *args, **kwargs)
    keep.parties = {party: None for party in keep.parties if party.hand.component in keep.stand_ins}
    return is_enough


def _never_gone(self: Writers, *args: Any) -> Iterator[tuple[presence.Presence, Offer]]:
    return (found for found in OFFERS_OF(self, *args) if found[0] != presence.GONE)


ADD, OFFERS_OF = Writers.add, Writers._offers_of
MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "when it is present": (PlacedPresences, "is_as_good", _yes, "who writes the old form last"),
    "at what price": (PlacedPresences, "is_as_good", _is_able, "who is the cheapest to write the new form"),
    "what it does": (Offer, "covers", _yes, "who writes what"),
    "in whose jobs": (Offer, "covers", _same_contract, "in whose jobs somebody writes"),
    "who has gone": (Writers, "_offers_of", _never_gone, "who has gone, so that a message comes back"),
    "who is kept anyhow writes": (Writers, "add", _only_stand_ins, "who reads writes as well"),
    "doors": (Doors, "are_in_vain", _yes, "a door that cannot be shut when it would help"),
    "when a door is shut": (
        PlacedPresences,
        "down_at",
        lambda _, places: frozenset(places),
        "a door that cannot be shut when it would help",
    ),
    "that it is open again when the pipeline goes on": (
        Presences,
        "is_down_in_between",
        True,
        "a door that stays shut while the pipeline goes on",
    ),
    "doors of what the slice keeps": (Cone, "_wait", _no, "a door of a component that is called again"),
}


def differs(deployment: Deployment) -> bool:
    whole = told(engine("reference").judge(Task(deployment)))
    try:
        judgement, widened = sliced(deployment)
    except (ReplayError, KeyError):
        return True
    return widened > 0 or told(judgement) != whole


@pytest.mark.parametrize(("where", "name", "instead", "trap"), MUTANTS.values(), ids=MUTANTS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = loads(TRAPS[trap])
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)


ONE_IN_ALL = """
    components:
      a: {kind: service, strategy: recreate}
      b: {kind: service, strategy: recreate}
      c: {kind: cache}
      e: {kind: cache}
    requests:
      one: [client calls a: x, a writes c: k, a writes e: k]
      other: [client calls b: x, b writes c: k, b writes e: k]
    pipeline: [On: [enable f], Roll: [start deploy a b], Off: [disable f], Clean: [purge c], End: [await a b]]
    flags: {f: {guards: [e/k]}}
    changes: {c/k: {breaks: both}, e/k: {breaks: both}}
    """
"""The new form comes to `e` while the flag is on, the old one back to `c` when it is off again: by two."""


def places_with_both_forms() -> tuple[frozenset[int], frozenset[int]]:
    """The positions at which the one cache can hold the old form and the other the new one: as slices tell,
    and as all states do."""
    task = Task(loads(ONE_IN_ALL))
    holds = task.vocabulary.holds
    both = conjoin(holds(Contract("c", "k"), "V1"), holds(Contract("e", "k"), "V2"))
    told_by_slices = find_slice_occurrences(task)
    assert both is not None
    assert told_by_slices is not None
    return told_by_slices.positions((both,)), Occurrences(task, whole=True).positions((both,))


def test_one_writer_in_all_is_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    few, every = places_with_both_forms()
    assert few == every
    monkeypatch.setattr(Presences, "is_fit", _yes)
    few, every = places_with_both_forms()
    assert few < every


def test_a_component_that_can_be_gone_is_no_open_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of a user's that goes down for good: who wants to pass it comes before, and is slow."""
    machine = build({"old": (), "gone": ()}, "old", [Transition("go", "old", "gone")])
    gone = own_rollout(machine, {"old": ["V1"], "gone": []}, deploy={"go"})
    deployment = loads(
        """
        components: {a: {kind: service}, s: {kind: service}, t: {kind: service}}
        requests: {r: [client calls a: x, client calls s: y, s calls t: z]}
        pipeline: [First: [deploy a], Roll: [deploy s t]]
        changes: {t/z: {breaks: [V1 -> V2]}}
        """
    )
    rollouts = {"a": gone}
    whole = told(engine("reference").judge(Task(deployment, rollouts)))

    def is_right() -> bool:
        slicer = Slicer(SlicePlan(deployment, rollouts), Limits())
        return told(slicer.judge()) == whole and slicer.widened == 0

    assert is_right()
    monkeypatch.setattr(Walk, "is_always_open", lambda walk, number: walk.hop(number).verb.is_call)
    assert not is_right()


def test_who_pays_twice_is_kept_only_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_ins, "_torn", lambda *_: [])
    test = test_where_two_would_pay_for_what_one_does_at_once_all_are_kept
    with pytest.raises(AssertionError):
        test()


def test_workers_in_whose_jobs_others_act_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = loads(WRITERS["in whose jobs somebody writes"])
    assert {"v", "w"} <= set(chosen(deployment)[1])
    monkeypatch.setattr(writers, "_entangled", lambda _: ())
    assert not {"v", "w"} & set(chosen(deployment)[1])
