"""The story of the worst hazard as a trace in ITF, which the tools around Apalache and Quint read.

Source: Apalache, ADR 015, "Informal Trace Format in JSON".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...model.compiler.variables import Vocabulary
from ...model.escapes import make_printable
from ...model.names import is_pipeline
from ...properties.verdict import Hazard
from .judged import Verdict

STEP, EVENT, HOP = "step", "event", "hop"
"""Besides the deployment's own variables: where the pipeline stands, what happened last, and which hop of the
request ran last (0: none)."""


def to_itf(verdict: Verdict) -> dict[str, Any] | None:
    """The trace, as values that `json.dumps` takes; None where no hazard is told.

    A run that repeats for ever has the key `loop`: the state that follows the last one. The last event of
    such a run leads there, so that no state stands twice.
    """
    causes = verdict.answer.causes
    if not causes:
        return None
    hazard = causes[0].hazards[0]
    states = list(_states(hazard, verdict))
    if hazard.loop is not None and not hazard.stays:
        del states[-1]
    trace: dict[str, Any] = {
        "#meta": {
            "format": "ITF",
            "source": "skewproof",
            "description": make_printable(f"{hazard.code} {hazard.id}"),
        },
        "vars": [name for name in states[0] if name != "#meta"],
        "states": states,
    }
    return trace if hazard.loop is None else trace | {"loop": hazard.loop}


def _states(hazard: Hazard, verdict: Verdict) -> Iterator[dict[str, Any]]:
    """The state at the start, and after each event."""
    vocabulary = Vocabulary(verdict.deployment, verdict.rollouts)
    own = {str(key): life.start for key, life in vocabulary.lives.items() if not is_pipeline(key)}
    begins = " + ".join(course[0].step for course in vocabulary.courses.values())
    said: dict[str, Any] = {STEP: begins, EVENT: "", HOP: _integer(0)}
    yield _state(0, own, said)
    for number, event in enumerate(hazard.trace, start=1):
        own |= {str(key): value for key, value in event.values}
        said |= {STEP: event.step, EVENT: make_printable(event.text)}
        if event.hop is not None:
            said[HOP] = _integer(event.hop)
        yield _state(number, own, said)


def _state(index: int, own: Mapping[str, str], said: Mapping[str, Any]) -> dict[str, Any]:
    return {"#meta": {"index": index}, **own, **said}


def _integer(number: int) -> dict[str, str]:
    """ITF writes integers as text, so that no reader rounds them."""
    return {"#bigint": str(number)}
