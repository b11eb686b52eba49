"""What a slice must not cut: each trap by a deployment that tells the slip from the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from msgspec import structs

from skewproof.model.compiler.replay import ReplayError
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Component, Deployment
from skewproof.model.language import loads
from skewproof.model.machines.machine import Transition, build
from skewproof.model.machines.rollouts import Rollout, own_rollout
from skewproof.model.resources.limits import Limits
from skewproof.properties import Unknown, check
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import engine as slicing
from skewproof.properties.engines.slicing import lift, profile, schedule, scope, short_course
from skewproof.properties.engines.slicing import request_walk as walk
from skewproof.properties.engines.slicing.cone import Cone, Width
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.request_walk import Walk
from skewproof.properties.engines.slicing.stalls import judge_stall
from skewproof.properties.engines.slicing.stretches import Stretches, shorten
from skewproof.properties.telling import tell_formula
from skewproof.properties.temporal.questions import Questions
from support.compare import agree, differs, sliced, told
from support.slicing_traps import TRAPS


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


@pytest.mark.parametrize("limit", [0, 1, 2])
@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole_for_quick_requests(text: str, limit: int) -> None:
    agree(replace(loads(text), max_span=limit))


# --- each condition of the slicer, taken away ---


def _no(*_: Any) -> bool:
    return False


def _one_step_each(*line: Any) -> Stretches:
    stages = shorten(*line).stages
    return Stretches(stages, tuple(int(stage > 0) for stage in stages))


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "instances that pin a join": (Cone, "_matters", _no, "a component that was cut pins a join"),
    "instances let go too early": (
        Cone,
        "_hold",
        _no,
        "the request stands on a component until a hop that was cut",
    ),
    "hops that wait": (Walk, "waits", property(lambda _: ()), "a service that can be down"),
    "queues that are empty": (Walk, "waits", property(lambda _: ()), "an empty queue"),
    "own writes": (Walk, "stirs", property(lambda _: ()), "the request itself does a part of a sync"),
    "what was obtained": (
        walk,
        "find_sources",
        lambda *_: frozenset(),
        "the call of the consumer gave what the hop uses",
    ),
    "who answers on and takes no calls": (
        profile,
        "_keeps_serving",
        lambda *_: True,
        "an instance that answers on when it takes no calls any more",
    ),
    "how long a stretch of steps is": (
        Stretches,
        "events",
        lambda _, index: index,
        "steps at which nothing happens, with a request in flight",
    ),
    "how many steps begin on a stretch": (
        short_course,
        "shorten",
        _one_step_each,
        "steps at which nothing happens, with a request in flight",
    ),
    "writers": (SlicePlan, "parties", property(lambda _: {}), "a writer outside of the request"),
    "who empties a queue that was cut": (
        schedule.Scheduler,
        "_happens_at_first",
        _no,
        "a queue that nobody empties while the worker is suspended",
    ),
}


@pytest.mark.parametrize(("where", "name", "instead", "trap"), MUTANTS.values(), ids=MUTANTS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = loads(TRAPS[trap])
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)


# --- what is shared, widened, refused ---

SERVICES = 12


def chain(count: int, pipeline: str = "", **bad: str) -> Deployment:
    """A chain of services that roll out together; `s5="[V2 -> V1]"` breaks a call."""
    names = [f"s{number}" for number in range(count)]
    hops = [f"{caller} calls {callee}: x" for caller, callee in zip(["client", *names], names, strict=False)]
    return loads(
        f"""
        components: {{{", ".join(f"{name}: {{kind: service, replicas: 3}}" for name in names)}}}
        requests: {{walk: [{", ".join(hops)}]}}
        pipeline: [{pipeline or f"Roll: [deploy {' '.join(names)}]"}]
        changes: {{{", ".join(f"{name}/x: {{breaks: {bad.get(name, 'none')}}}" for name in names)}}}
        """
    )


def test_slices_that_are_alike_are_solved_once() -> None:
    slicer = slicing.Slicer(SlicePlan(chain(SERVICES), {}), Limits(1000))
    judgement = slicer.judge()
    assert not judgement.found
    assert judgement.avoidable
    assert len(slicer.solver.solved) == 1
    assert judgement.states < 100, "5e12 states are covered by one slice of two services"


def one_by_one(count: int) -> Deployment:
    """A chain of services that roll out one step each, from its end."""
    names = [f"s{number}" for number in range(count)]
    last_first = ", ".join(f"Deploy_{name}: [deploy {name}]" for name in reversed(names))
    return chain(count, pipeline=last_first, **dict.fromkeys(names, "[V2 -> V1]"))


def test_a_slice_does_not_grow_with_the_steps_that_do_not_concern_it() -> None:
    """A step for each service: the states of all slices together grow with the services, no faster."""
    few, many = (sliced(one_by_one(count))[0].states for count in (20, 40))
    assert many < 2.2 * few


def test_the_story_of_a_long_chain_is_whole_and_shortest() -> None:
    """A proof for each other hop, and half the chain, one spawn and the step before the failing hop."""
    deployment = chain(SERVICES, s6="[V2 -> V1]")
    answer = check(deployment, engine="slice")
    (hazard,) = answer.at_hops
    assert (hazard.hop, hazard.window) == (7, ("Roll",))
    assert len(hazard.trace) == 1 + 1 + 6 + 1
    assert not hazard.inevitable
    assert answer.avoidable


def test_a_chain_broken_everywhere_can_be_rolled_from_its_end() -> None:
    """Every pair is a race of its own, and all together can be avoided: last one first."""
    deployment = chain(SERVICES, **{f"s{number}": "[V2 -> V1]" for number in range(1, SERVICES)})
    answer = check(deployment, engine="slice")
    assert len(answer.at_hops) == SERVICES - 1
    assert answer.avoidable


def test_what_a_slice_gets_wrong_is_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who forgets what holds up the pipeline tells a story that does not lift; a wider slice is right."""
    deployment = loads(TRAPS["the request stands on a component until a hop that was cut"])
    whole = told(engine("reference").judge(Task(deployment)))
    hold = Cone.__dict__["_hold"]
    monkeypatch.setattr(Cone, "_hold", lambda self: self.width is not Width.CONE and hold(self))
    judgement, widened = sliced(deployment)
    assert widened > 0
    assert told(judgement) == whole


def test_a_story_that_cannot_be_lifted_at_all_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lift.Lift, "_climb", lambda *_: iter(()))
    with pytest.raises(ReplayError, match="please report"):
        sliced(chain(3, s1="both"))


def own(*arrows: tuple[str, str], **serving: list[str]) -> Rollout:
    steps = [Transition(f"go to {target}", source, target) for source, target in arrows]
    machine = build(serving, next(iter(serving)), steps)
    return own_rollout(machine, serving, deploy={step.trigger for step in steps})


OWN = own(
    ("old", "both"),
    ("both", "new"),
    ("both", "none"),
    ("none", "new"),
    old=["V1"],
    both=["V1", "V2"],
    none=[],
    new=["V2"],
)
STUCK = own(("old", "new"), ("old", "lost"), ("lost", "lost"), old=["V1"], new=["V2"], lost=["V1"])


@pytest.mark.parametrize("rollout", [OWN, STUCK], ids=["can be down", "can be stuck"])
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_machines_of_users_are_cut_only_if_they_always_finish(rollout: Rollout, name: str) -> None:
    deployment = loads(
        """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y, b calls c: z, client calls c: z]}
        pipeline: [One: [deploy a], Two: [deploy b c], Three]
        changes: {b/y: {breaks: both}, c/z: {breaks: [V1 -> V2]}}
        """
    )
    rollouts = {name: rollout}
    slicer = slicing.Slicer(SlicePlan(deployment, rollouts), Limits())
    assert told(slicer.judge()) == told(engine("reference").judge(Task(deployment, rollouts)))
    assert slicer.widened == 0


def test_a_limit_that_is_hit_is_no_verdict() -> None:
    answer = check(chain(3, s1="both"), engine="slice", limits=Limits(5))
    assert isinstance(answer.verdict, Unknown)


@dataclass(frozen=True)
class Later(Component):
    """A component that says something which the slicer has never heard of."""

    mood: str = "calm"


@pytest.mark.parametrize(("mood", "refused"), [("calm", False), ("wild", True)])
def test_what_the_slicer_does_not_know_is_refused(
    mood: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(scope.KNOWN, "Later", scope.KNOWN["Component"])
    deployment = chain(2)
    components = {
        name: Later(c.name, c.kind, c.replicas, mood=mood) for name, c in deployment.components.items()
    }
    deployment = replace(deployment, components=components)
    if not refused:
        scope.refuse_unknown(deployment)
        return
    with pytest.raises(scope.NotSliceableError, match="mood"):
        engine("slice").judge(Task(deployment))


@pytest.mark.parametrize("words", ["INSTRUCTIONS", "VERBS", "KINDS", "STRATEGIES", "ASPECTS"])
def test_a_word_that_the_slicer_was_not_written_for_is_refused_by_name(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = chain(2, s1="both")
    scope.refuse_unknown(deployment)
    monkeypatch.setattr(scope, words, "none")
    with pytest.raises(scope.NotSliceableError, match=r"slices do not know `[a-z]+`"):
        scope.refuse_unknown(deployment)


def stall(deployment: Deployment, rollouts: dict[str, Rollout] | None = None) -> Any:
    """What is told of a stall by slices; with all states listed it must be the same."""
    task = Task(deployment, rollouts)
    asked = Questions(stall=True)
    (whole,) = engine("reference").answer(task, asked).found or (None,)
    told_by_slices = judge_stall(task)
    assert told_by_slices is not None
    found = told_by_slices.found
    if whole is None or found is None:
        assert whole is found
        return None
    tell_formula(task.alone, found)  # replays the story
    same = [(f.window, f.inevitable, f.for_ever, len(f.story), f.explanation) for f in (whole, found)]
    assert same[0] == same[1]
    return found


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_stall_where_the_whole_does(text: str) -> None:
    stall(loads(text))


def test_a_machine_that_can_be_stuck_can_stall_its_quotient() -> None:
    assert stall(chain(2), {"s1": STUCK}) is not None


def test_machines_that_others_have_a_say_in_are_refused() -> None:
    crash = structs.replace(OWN, faults=frozenset({"go to none"}))
    with pytest.raises(scope.NotSliceableError, match="the machine of s1"):
        engine("slice").judge(Task(chain(2), {"s1": crash}))
    assert judge_stall(Task(chain(2), {"s1": crash})) is None


def test_what_holds_the_pipeline_and_is_nobodys_is_refused() -> None:
    """No unit would have that position, so that every slice would let the pipeline pass it."""
    deployment = loads("""
components: {a: {kind: service, readiness: event}, b: {kind: service}}
requests: {r: [client calls a: x, a calls b: y]}
pipeline: [One: [start deploy a, await a when false, deploy b]]
changes: {b/y: {breaks: both}}
""")
    with pytest.raises(scope.NotSliceableError, match="an `await` with `when` that speaks of nobody"):
        scope.refuse_unknown(deployment)


def test_slices_are_alike_whatever_the_order_in_which_an_action_names_its_targets() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}}
    requests: {there: [client calls a: x, a calls b: y], back: [client calls b: x, b calls a: y]}
    pipeline: [Roll: [deploy a b]]
    changes: {a/y: {breaks: none}, b/y: {breaks: none}}
    """
    alone = loads(
        text.replace(", back: [client calls b: x, b calls a: y]", "").replace("a/y: {breaks: none}, ", "")
    )
    one, both = check(alone, engine="slice").statistics, check(loads(text), engine="slice").statistics
    assert one is not None
    assert both is not None
    assert one.states == both.states
