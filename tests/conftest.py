"""Hypothesis profiles: HYPOTHESIS_PROFILE=laptop (the default), ci or nightly.

A failing example is printed with the line that reproduces it, `@reproduce_failure(…)`, to be put above
the test; the failing choices of a laptop and of a nightly run are kept in `.hypothesis`, too.
"""

from __future__ import annotations

from support.profiles import load_profile

load_profile()
