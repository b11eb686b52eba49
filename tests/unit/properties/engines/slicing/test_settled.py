"""What is known by where the pipeline stands, and what must not be taken for known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skewproof.model.language import loads
from skewproof.model.names import flag_of, instances_of
from skewproof.properties.engines.slicing import settled
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.settled import Settled
from support.compare import agree, differs


def services(names: str) -> str:
    """Components that call each other, each of which breaks with the one before it."""
    callers = ["client", *names]
    hops = [f"{caller} calls {name}: x" for caller, name in zip(callers, names, strict=False)]
    broken = ", ".join(f"{name}/x: {{breaks: both}}" for name in names)
    return f"""
components: {{{", ".join(f"{name}: {{kind: service}}" for name in names)}}}
requests: {{r: [{", ".join(hops)}]}}
changes: {{{broken}}}
"""


TRAPS = {
    "a failed action leaves nobody knows what": services("abc")
    + """
flags: {f: {}}
pipeline: [One: [deploy a], Two: [enable f], Three: [deploy b c]]
rollback: [Back: [deploy b when f.on, rollback a]]
""",
    "a flag that is thrown in the background": services("abc")
    + """
flags: {f: {}}
pipeline: [One: [start enable f, deploy a when f.on], Two: [start disable f, deploy b c]]
""",
    "a move in the background waits on": services("abc")
    + """
flags: {f: {}}
pipeline: [One: [start deploy a when f.on], Two: [deploy b], Three: [enable f, deploy c]]
""",
    "a switch that only another line throws in the background": services("ab").replace("both", "[V2 -> V1]")
    + """
flags: {f: {}}
pipeline: [One: [deploy b], Two: [deploy a], Three: [start enable f when false]]
rollback: [Back: [disable f, rollback b when f.off, rollback a]]
""",
    "each waits for the one before it": services("abc")
    + """
pipeline: [One: [deploy a], Two: [deploy b when all a at V2], Three: [deploy c when b.version == V2]]
rollback: [Back: [rollback c when all b at V1, rollback b, rollback a when all b at V1]]
""",
    "a worker is suspended, and its instances stay": """
components: {w: {kind: worker}, a: {kind: service}, b: {kind: service}, q: {kind: broker}}
requests: {job: [w consumes q: m, w calls a: x], r: [client calls a: x, a calls b: y]}
pipeline: [One: [deploy w], Two: [suspend w], Three: [deploy a when all w at V2, resume w], Four: [deploy b]]
changes: {a/x: {breaks: both}, b/y: {breaks: both}, q/m: {breaks: none}}
""",
    "two wait for what never comes": services("abc")
    + """
flags: {f: {}}
pipeline: [One: [deploy a when f.off], Two: [deploy b when f.on], Three: [deploy c when f.on]]
""",
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
@pytest.mark.parametrize("fails", [False, True])
def test_slices_agree_with_the_whole(text: str, fails: bool) -> None:
    agree(replace(loads(text), failures=fails))


@pytest.mark.parametrize(
    ("title", "fails"),
    [
        ("a flag that is thrown in the background", False),
        ("a failed action leaves nobody knows what", True),
    ],
)
def test_what_is_not_known_must_not_be_taken_for_known(
    title: str, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag is taken for settled whoever moves it, and wherever it was left."""
    monkeypatch.setattr(Settled, "_moves_in_the_foreground", lambda self, unit, moves: True)
    monkeypatch.setattr(settled, "_has_failed", lambda following: False)
    assert differs(replace(loads(TRAPS[title]), failures=fails))


def test_what_ends_in_more_ways_than_one_is_not_known() -> None:
    text = services("a").replace("kind: service", "kind: service, restarts: true")
    text += "pipeline: [One: [deploy a]]"
    assert SlicePlan(loads(text), {}).settled.at(instances_of("a"), 0) is None


def test_those_who_wait_for_one_flag_are_not_tied() -> None:
    text = services("abc") + "flags: {f: {}}\npipeline: [One: [enable f], Two: [deploy a b c when f.on]]"
    assert not SlicePlan(loads(text), {}).clusters


def test_who_waits_for_others_is_tied() -> None:
    text = services("abc") + "pipeline: [One: [start deploy a], Two: [deploy b when all a at V2]]"
    assert instances_of("a") in SlicePlan(loads(text), {}).clusters


def test_a_flag_is_known_before_and_after_the_action_that_throws_it() -> None:
    text = services("ab") + "flags: {f: {}}\npipeline: [One: [deploy a], Two: [enable f], Three: [deploy b]]"
    states = [SlicePlan(loads(text), {}).settled.at(flag_of("f"), place) for place in range(5)]
    assert states == ["off", "off", None, "on", "on"]
