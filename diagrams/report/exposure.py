"""How bad a rollout is, as a report shows it: figures, a bar for each step, a curve, its worst moment."""

from __future__ import annotations

from typing import Any

from ...properties.exposure.measure import Exposure
from ..exposed import tell_bounds, tell_expected, tell_number, tell_worst


def build_exposure(found: Exposure) -> dict[str, Any]:
    """Shares of bars are of the longest, points of the curve of its ends (0 to 1, from the lower left);
    `ends` tells how high the curve comes, and how long it is."""
    if found.reason:
        return {
            "told": f"Nothing is known: {found.reason}",
            "bars": [],
            "curve": [],
            "ends": [],
            "worst": "",
            "bounds": "",
        }
    bad = {step: float(count) for step, count in found.by_step.items() if count}
    longest = max(bad.values(), default=1.0)
    end, most = found.curve[-1][0] or 1.0, found.worst[1]
    told = tell_expected(found)
    return {
        "told": f"{told[:1].upper()}{told[1:]}.",
        "bars": [[step, tell_number(count), round(count / longest, 4)] for step, count in bad.items()],
        "curve": [[round(t / end, 4), round(rate / most, 4)] for t, rate in found.curve] if most else [],
        "ends": [f"{most:.3g}/s", f"{end:.4g} s"],
        "worst": tell_worst(found) if most else "",
        "bounds": tell_bounds(found),
    }
