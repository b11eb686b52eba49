"""How much Hypothesis tries, by where it runs."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

PROFILES = {"laptop": 1, "ci": 1, "nightly": 20}
"""By what the examples of a test are multiplied. On a laptop each run tries others; in CI all runs try the
same, so that a change is blamed for what it did; at night there is time for more."""


def profile() -> str:
    """The profile asked for. Raises `ValueError` for one that there is not."""
    name = os.environ.get("HYPOTHESIS_PROFILE", "laptop")
    if name not in PROFILES:
        raise ValueError(f"HYPOTHESIS_PROFILE={name}: there are {', '.join(PROFILES)}")
    return name


def load_profile() -> None:
    """Makes the profile the one that every test starts from."""
    for name in PROFILES:
        settings.register_profile(name, deadline=None, print_blob=True, derandomize=name == "ci")
    settings.load_profile(profile())


def tried(examples: int) -> settings:
    """Settings for a test that tries so many examples on a laptop."""
    return settings(
        max_examples=examples * PROFILES[profile()],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
