"""How bad a rollout is, for people (figures, bars, what they rest on) and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from ..properties.exposure.measure import Exposure, HazardExposure
from ..properties.lookups.lookup import HazardKind

BAR = 40
MANY = 8

ASSUMED = (
    "every event takes an exponential time with the mean that `durations` gives, and none where that is 0",
    "requests come at random at the rates of `traffic`, are quick, and end where they fail",
    "instances that can take a call are picked alike, forms that lie side by side are found alike",
    "what a flag that is partly on breaks, be it on or off, counts as broken",
)


def tell_exposure(name: str, found: Exposure) -> Iterator[str]:
    """The figures of one file."""
    yield f"{found.system} ({name})"
    if found.reason:
        yield f"  ? UNKNOWN: {found.reason}"
        return
    # what is in no figure can only add failures
    least, most = ("at least ", "at most ") if found.not_counted else ("", "")
    moment, rate = found.worst
    seconds = _number(found.seconds)
    yield f"  expected to fail   {least}{_number(found.expected)} requests, in {seconds} s of rollout"
    yield f"  time at risk       {least}{_number(found.at_risk)} s"
    yield f"  nobody is hit      with probability {most}{_number(found.spared)}"
    yield f"  worst moment       {moment:.4g} s after the beginning: {least}{rate:.4g} requests a second fail"
    if found.for_ever:
        rate_after = _number(found.for_ever)
        yield f"  when all is over   {rate_after} requests a second go on failing for ever: in no figure"
    worst = max(found.by_step.values(), default=Fraction(0))
    for step, count in found.by_step.items():
        if count:
            yield f"  {'#' * max(1, round(BAR * count / worst)):<{BAR}} {_number(count)} in {step}"
    for one in found.hazards[:MANY]:
        if one.expected:
            yield f"  {_number(one.expected)} at {_tell(one)}"
    for text in found.not_counted:
        yield f"  not counted: {text}"
    for text in ASSUMED:
        yield f"  assumed: {text}"


def compare_exposures(found: Sequence[tuple[str, Exposure]]) -> Iterator[str]:
    """The files below each other, the mildest first."""
    known = [(name, one) for name, one in found if not one.reason]
    yield "side by side"
    for name, one in sorted(known, key=lambda pair: pair[1].expected):
        least = "at least " if one.not_counted else ""
        risk = f"{_number(one.at_risk)} s at risk of {_number(one.seconds)} s"
        yield f"  {least}{_number(one.expected)} fail, {risk}: {name}"


def tell_in_a_line(found: Exposure) -> str:
    """How many fail, and in how long a rollout."""
    if found.reason:
        return f"not known, {found.reason}"
    least = "at least " if found.not_counted else ""
    return f"{least}{_number(found.expected)} requests fail in {_number(found.seconds)} s of rollout"


def _tell(one: HazardExposure) -> str:
    pair = f"{one.lookup.consumer_version or 'client'} -> {one.lookup.provider_version or 'nobody'}"
    what = one.lookup.aspect if one.lookup.kind is HazardKind.INCOMPATIBLE else one.lookup.kind
    who = f"{one.hop.consumer} {one.hop.verb.written} {one.hop.contract}"
    return f"{one.request}, hop {one.lookup.hop}: {who}, {what} {pair}"


def _number(value: Fraction) -> str:
    return f"{float(value):.6g}"


def exposure_to_json(name: str, found: Exposure) -> dict[str, Any]:
    """`skewproof-exposure/1`: floating point; `exact` has the fractions of the sums where they are short.

    With `bounds` something is in no figure: at least so many fail, and none with at most that probability.
    """
    return {
        "format": "skewproof-exposure/1",
        "file": name,
        "system": found.system,
        "reason": found.reason or None,
        "expected_failures": float(found.expected),
        "seconds": float(found.seconds),
        "seconds_at_risk": float(found.at_risk),
        "probability_of_none": float(found.spared),
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
        "exact": {"expected_failures": _exact(found.expected), "probability_of_none": _exact(found.spared)},
        "not_counted": list(found.not_counted),
        "bounds": bool(found.not_counted),
        "assumed": list(ASSUMED),
        "distribution": "exponential",
        "states": found.states,
    }


def _exact(value: Fraction) -> str | None:
    return str(value) if max(value.numerator, value.denominator) < 10**40 else None
