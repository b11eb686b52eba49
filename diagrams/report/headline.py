"""The verdict in a sentence, the colours of versions, and when each hazard strikes, in words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ...model.compiler.moves import AFTER, BEFORE
from ...model.deployment import Deployment, name_step
from ...properties.verdict import (
    Answer,
    Hazard,
    HopHazard,
    PropertyHazard,
    Safe,
    Unknown,
    Unsafe,
    list_hop_hazards,
    list_property_hazards,
)
from ..palette import find_swatch
from ..wording import count, shorten, tell_violation


def build_banner(deployment: Deployment, answer: Answer, steps: Sequence[str]) -> dict[str, Any]:
    """The verdict in words, and the colours of versions; `steps` are all, in their order."""
    swatches = [[version, *find_swatch(version, deployment.versions)] for version in deployment.versions]
    return {
        "system": answer.system,
        "release": answer.release,
        "verdict": _verdict(answer),
        "headline": write_headline(answer, steps),
        "versions": swatches,
    }


def _verdict(answer: Answer) -> str:
    match answer.verdict:
        case Safe():
            return "safe"
        case Unknown():
            return "unknown"
        case Unsafe():
            return "unsafe"


def write_headline(answer: Answer, steps: Sequence[str], most: int = sys.maxsize) -> str:
    """What a person should know who reads one line; `steps` are all, in their order. Names are cut to `most`
    characters, so that the sentence stays where there is no room."""
    release = f"release {shorten(answer.release, most)}" if answer.release else "this release"
    if isinstance(answer.verdict, Unknown):
        return f"No verdict on {release}: {answer.verdict.reason}."
    if isinstance(answer.verdict, Safe):
        but = (
            f", but for {count(len(answer.accepted), 'hazard')} that the team accepts"
            if answer.accepted
            else ""
        )
        return f"No request can meet a pair of versions that breaks while {release} is being deployed{but}."
    first = min((steps.index(step) for hazard in answer.hazards for step in hazard.window), default=0)
    since = f", first in {shorten(steps[first], most)}" if not steps[first].endswith(BEFORE) else ""
    return f"{_who_breaks(answer, most)} while {release} is being deployed{since}."


def _who_breaks(answer: Answer, most: int) -> str:
    broken = list(dict.fromkeys(hazard.request for hazard in list_hop_hazards(answer.hazards)))
    violated = list({hazard.property: hazard for hazard in list_property_hazards(answer.hazards)}.values())
    every = answer.statistics.requests if answer.statistics else None
    said = [_requests([shorten(one, most) for one in broken], every)] if broken else []
    if violated:
        one = tell_violation(violated[0], most)
        said.append(one if len(violated) == 1 else f"{len(violated)} properties are violated")
    told = " and ".join(said)
    return f"{told[:1].upper()}{told[1:]}"


def _requests(broken: Sequence[str], every: int | None) -> str:
    if len(broken) == 1:
        return f"“{broken[0]}” breaks"
    if len(broken) == every:
        return "Both requests break" if every == 2 else f"All {every} requests break"
    return f"{len(broken)} of {every} requests break" if every else f"{len(broken)} requests break"


def tell_when(hazard: Hazard, steps: Sequence[str]) -> str:
    """`during Run_install`, `from Run_install to (after)`; steps apart are joined by `and`."""
    if set(steps) == set(hazard.window):
        return "at any time"
    pipelines = [step.removesuffix(f": {BEFORE}") for step in steps if step.endswith(f": {BEFORE}")]
    if not pipelines:
        return _tell_when(hazard, steps, hazard.window)
    told = (_tell_when_of(pipeline, hazard, steps) for pipeline in pipelines)
    return " while ".join(filter(None, told))


def _tell_when_of(pipeline: str, hazard: Hazard, steps: Sequence[str]) -> str:
    """Where one of several pipelines stands then; nothing where that plays no part."""
    prefix = name_step(pipeline, "")
    own, window = (
        [s.removeprefix(prefix) for s in some if s.startswith(prefix)] for some in (steps, hazard.window)
    )
    if set(own) == set(window):
        return ""
    ends = window == [AFTER]
    when = _tell_when(hazard, own, window).partition(",")[0]  # what ends all is not the end of one
    return f"{pipeline} is over" if ends else f"{pipeline} stands {when}"


def _tell_when(hazard: Hazard, steps: Sequence[str], window: Sequence[str]) -> str:
    numbers = sorted(steps.index(step) for step in window)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " and ".join(_run([steps[number] for number in run], hazard.for_ever) for run in runs)


def _run(steps: Sequence[str], for_ever: bool) -> str:
    first, last = steps[0], steps[-1]
    if last == AFTER:
        end = (
            "and still when the deployment is complete"
            if for_ever
            else "until the last background move is over"
        )
        return f"after the last step, {end}" if first == last else f"from {first} on, {end}"
    if first == BEFORE:
        return "before the first step" if first == last else f"until {last}"
    return f"during {first}" if first == last else f"from {first} to {last}"


def tell_certainty(hazard: Hazard) -> str:
    """Whether timing can avoid it."""
    if isinstance(hazard, PropertyHazard):
        return "no run that comes to its end satisfies it" if hazard.inevitable else "some runs violate it"
    if hazard.inevitable:
        return "whatever the timing, there is a moment at which it strikes"
    return "it depends on timing, so a rehearsal may never show it"


def tell_ending(hazard: Hazard) -> str:
    """What comes after the story, where it has no end."""
    if hazard.turn is not None:
        since = f"From event {hazard.turn} on" if hazard.turn else "From the start"
        return f"{since} no way leads to the end: so it goes on, and there it waits."
    if isinstance(hazard, HopHazard) or hazard.loop is None:
        return ""
    if hazard.stays:
        return "And so it stays: nothing is left that must happen."
    return f"From event {hazard.loop + 1} on it repeats for ever."
