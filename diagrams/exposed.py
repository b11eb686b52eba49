"""How bad a rollout is, in words."""

from __future__ import annotations

from ..properties.exposure.measure import Exposure


def tell_expected(found: Exposure) -> str:
    """How many requests fail."""
    least = "at least " if found.not_counted else ""
    return f"{least}{float(found.expected):.6g} requests are expected to fail"


def tell_worst(found: Exposure) -> str:
    """When most fail."""
    moment, rate = found.worst
    return f"Requests a second that fail; most {moment:.4g} s after the beginning: {rate:.4g}"


def tell_bounds(found: Exposure) -> str:
    """What the figures rest on, and what is in none of them."""
    said = f"{float(found.at_risk):.6g} s at risk of {float(found.seconds):.6g} s, all times exponential."
    if found.for_ever:
        said += f" {float(found.for_ever):.6g} a second go on failing when all is over, and are in no figure."
    if found.not_counted:
        said += f" Not counted: {'; '.join(found.not_counted)}."
    return said
