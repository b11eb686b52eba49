"""Numbers of any size, for reading."""

from __future__ import annotations

import math

_EXACT_BELOW = 10**9


def write_figure(number: int) -> str:
    """Exact below a thousand million, else like `1.2e9`.

    Works where the number has too many digits for `str` or `float`.
    """
    if number < _EXACT_BELOW:
        return f"{number:,}"
    exponent, fraction = divmod(math.log10(number), 1)
    mantissa = f"{10**fraction:.1f}"
    return f"1.0e{int(exponent) + 1}" if mantissa == "10.0" else f"{mantissa}e{int(exponent)}"
