"""The trace for other tools: a state before the first event and one after each."""

from __future__ import annotations

from skewproof.cli.outputs.itf import to_itf
from skewproof.cli.outputs.judged import Verdict
from support.judged_samples import SHOP, judge


def verdict(text: str = SHOP) -> Verdict:
    outcome = judge(text).outcome
    assert isinstance(outcome, Verdict)
    return outcome


def test_states_follow_the_story() -> None:
    judged = verdict()
    trace = to_itf(judged)
    assert trace is not None
    hazard = judged.answer.causes[0].hazards[0]
    states = trace["states"]
    assert len(states) == len(hazard.trace) + 1
    assert all(set(trace["vars"]) == state.keys() - {"#meta"} for state in states)
    assert states[0]["schema db/orders"] == "V1"
    assert states[-1]["schema db/orders"] == "V2"
    assert states[-1]["event"] == hazard.trace[-1].text
    assert states[-1]["hop"] == {"#bigint": "2"}
    assert [state["#meta"]["index"] for state in states] == list(range(len(states)))


def test_a_run_that_stays_for_ever_has_a_loop() -> None:
    fine = SHOP.replace("breaks: [V1 -> V2]", "breaks: none")
    trace = to_itf(verdict(fine.replace('"always web.up >= 1"', '"eventually web.up >= 9"')))
    assert trace is not None
    assert trace["loop"] == len(trace["states"]) - 1  # and so it stays


def test_without_a_hazard_there_is_no_trace() -> None:
    assert to_itf(verdict(SHOP.replace("breaks: [V1 -> V2]", "breaks: none"))) is None
