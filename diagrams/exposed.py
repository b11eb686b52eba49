"""How bad a rollout is, in words."""

from __future__ import annotations

from ..properties.exposure.measure import Exposure, Number, Range

_LARGE, _TOO_LARGE = 1e3, 1e12
SHIFTS = "What is not counted can make steps shorter or longer, so that the figures bound nothing"


def tell_number(value: Number) -> str:
    """Four digits of it, which is more than anybody knows of rates and durations; all of larger wholes."""
    number = float(value)
    return f"{number:,.0f}" if _LARGE <= number < _TOO_LARGE else f"{number:.4g}"


def tell_range(found: Range) -> str:
    """One figure, or from where to where it can be."""
    least, most = tell_number(found.least), tell_number(found.most)
    return least if least == most else f"between {least} and {most}"


def is_bound(found: Exposure) -> bool:
    """Whether something is in no figure that can only add failures."""
    return bool(found.not_counted or found.bounded) and not found.shifts


def tell_least(found: Exposure) -> str:
    """What stands before a figure from which something was left out."""
    return "at least " if is_bound(found) else "about " if found.shifts else ""


def limit_at_risk(found: Exposure) -> Range:
    """How long some request can fail."""
    is_sure = not found.not_counted and not found.bounded
    return found.at_risk if is_sure else Range(found.at_risk.least, found.seconds)


def tell_expected(found: Exposure) -> str:
    """How many requests fail."""
    return f"{tell_least(found)}{tell_number(found.expected)} requests are expected to fail"


def tell_worst(found: Exposure) -> str:
    """When most fail."""
    moment, rate = found.worst
    return f"Requests a second that fail; most {moment:.4g} s after the beginning: {rate:.4g}"


def tell_bounds(found: Exposure) -> str:
    """What the figures rest on, and what is in none of them."""
    seconds = tell_number(found.seconds)
    said = f"{tell_range(limit_at_risk(found))} s at risk of {seconds} s, all times exponential."
    if found.for_ever:
        said += (
            f" {tell_number(found.for_ever)} a second go on failing when all is over, and are in no figure."
        )
    for name, most in found.bounded.items():
        said += f" Besides, at most {tell_number(most)} of {name} fail, which takes time."
    if found.not_counted:
        said += f" Not counted: {'; '.join(found.not_counted)}."
    if found.shifts:
        said += f" {SHIFTS}."
    return said
