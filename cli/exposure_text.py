"""How bad a rollout is, for people (figures, bars, what they rest on) and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from ..diagrams.exposed import SHIFTS, is_bound, limit_at_risk, tell_least, tell_number, tell_range
from ..properties.exposure.measure import Exposure, HazardExposure, Number, Range
from ..properties.lookups.lookup import HazardKind

BAR = 40
MANY = 8

ASSUMED = (
    "every event takes an exponential time with the mean that `durations` gives, and none where that is 0",
    "requests come at random at the rates of `traffic`, and end where they fail; their hops take "
    "exponential times with the means that `durations` gives for `hop`, and none without",
    "instances that can take a call are picked alike, forms that lie side by side are found alike",
    "what a flag that is partly on breaks, be it on or off, counts as broken",
)

INTEGRATED = "in parts that move independently while the pipeline stands still, by integration over time"


def tell_exposure(name: str, found: Exposure) -> Iterator[str]:
    """The figures of one file."""
    yield f"{found.system} ({name})"
    if found.reason:
        yield f"  ? UNKNOWN: {found.reason}"
        return
    least = tell_least(found)
    risk = limit_at_risk(found)
    spared = Range(Fraction(0), found.spared.most) if is_bound(found) else found.spared
    spared = Range(Fraction(0), Fraction(1)) if found.shifts else spared
    moment, rate = found.worst
    seconds = tell_number(found.seconds)
    yield f"  expected to fail   {least}{tell_number(found.expected)} requests, in {seconds} s of rollout"
    yield f"  time at risk       {tell_range(risk)} s"
    yield f"  nobody is hit      with probability {tell_range(spared)}"
    yield f"  worst moment       {moment:.4g} s after the beginning: {least}{rate:.4g} requests a second fail"
    if found.for_ever:
        rate_after = tell_number(found.for_ever)
        yield f"  when all is over   {rate_after} requests a second go on failing for ever: in no figure"
    worst = max(found.by_step.values(), default=Fraction(0))
    for step, count in found.by_step.items():
        if count:
            yield f"  {'#' * max(1, round(BAR * count / worst)):<{BAR}} {tell_number(count)} in {step}"
    for one in found.hazards[:MANY]:
        if one.expected:
            yield f"  {tell_number(one.expected)} at {_tell(one)}"
    for name, most in found.bounded.items():
        yield f"  besides: {name} takes time: of its requests at most {tell_number(most)} fail"
    for text in found.not_counted:
        yield f"  not counted: {text}"
    if found.shifts:
        yield f"  {SHIFTS[0].lower()}{SHIFTS[1:]}"
    for text in ASSUMED:
        yield f"  assumed: {text}"
    if found.played and not found.expected:
        yield f"  estimated: in {found.played} rollouts that were played nothing failed, which need not be so"
    elif found.played:
        yield (
            f"  estimated: from {found.played} rollouts that were played; of the failures within "
            f"{tell_number(found.margin)} either way, with a confidence of 95 %"
        )
    elif not found.is_exact:
        yield f"  computed: {INTEGRATED}"


def compare_exposures(found: Sequence[tuple[str, Exposure]]) -> Iterator[str]:
    """The files below each other, the mildest first."""
    known = [(name, one) for name, one in found if not one.reason]
    yield "side by side"
    for name, one in sorted(known, key=lambda pair: pair[1].expected):
        least = tell_least(one)
        risk = f"{tell_range(one.at_risk)} s at risk of {tell_number(one.seconds)} s"
        yield f"  {least}{tell_number(one.expected)} fail, {risk}: {name}"


def tell_in_a_line(found: Exposure) -> str:
    """How many fail, and in how long a rollout."""
    if found.reason:
        return f"not known, {found.reason}"
    least = tell_least(found)
    return f"{least}{tell_number(found.expected)} requests fail in {tell_number(found.seconds)} s of rollout"


def _tell(one: HazardExposure) -> str:
    pair = f"{one.lookup.consumer_version or 'client'} -> {one.lookup.provider_version or 'nobody'}"
    what = one.lookup.aspect if one.lookup.kind is HazardKind.INCOMPATIBLE else one.lookup.kind
    who = f"{one.hop.consumer} {one.hop.verb.written} {one.hop.contract}"
    return f"{one.request}, hop {one.lookup.hop}: {who}, {what} {pair}"


def exposure_to_json(name: str, found: Exposure) -> dict[str, Any]:
    """`skewproof-exposure/1`: floating point; `exact` has the fractions of the sums where they are short.

    With `bounds` something is in no figure: at least so many fail, and none with at most that probability.
    With `shifts` it can make steps shorter or longer, and nothing is bounded.
    """
    return {
        "format": "skewproof-exposure/1",
        "file": name,
        "system": found.system,
        "reason": found.reason or None,
        "expected_failures": float(found.expected),
        "seconds": float(found.seconds),
        "seconds_at_risk": float(found.at_risk.least),
        "seconds_at_risk_at_most": float(found.at_risk.most),
        "probability_of_none": float(found.spared.most),
        "probability_of_none_at_least": float(found.spared.least),
        "worst_moment": {"seconds": found.worst[0], "failures_a_second": found.worst[1]},
        "curve": [{"seconds": seconds, "failures_a_second": rate} for seconds, rate in found.curve],
        "for_ever_a_second": float(found.for_ever),
        "by_step": {step: float(count) for step, count in found.by_step.items()},
        "hazards": [
            {
                "id": one.id,
                "request": one.request,
                "hop": one.lookup.hop,
                "contract": str(one.hop.contract),
                "expected_failures": float(one.expected),
                "by_step": {step: float(count) for step, count in one.by_step.items()},
            }
            for one in found.hazards
        ],
        "exact": {
            "expected_failures": _exact(found.expected),
            "probability_of_none": _exact(found.spared.most),
        },
        "at_most_besides": dict(found.bounded),
        "not_counted": list(found.not_counted),
        "bounds": is_bound(found),
        "shifts": found.shifts,
        "assumed": list(ASSUMED),
        "distribution": "exponential",
        "computed": _tell_how(found),
        "margin_95": found.margin or None,
        "rollouts_played": found.played or None,
        "states": found.states,
    }


def _tell_how(found: Exposure) -> str:
    if found.played:
        return "by playing"
    return "exactly" if found.is_exact else "by integration"


def _exact(value: Number) -> str | None:
    return (
        str(value)
        if isinstance(value, Fraction) and max(value.numerator, value.denominator) < 10**40
        else None
    )
