"""Which options can be set once, and what each is called there."""

from __future__ import annotations

from collections.abc import Mapping

import click

_DEPLOYMENTS = (
    *("check", "verify", "space", "diagram", "export", "report", "explore", "hunt", "baseline"),
    *("explain", "fix"),
)
_ACCEPTING = ("check", "verify", "report", "diff", "baseline", "fix")
_LATE = ("gate", "conform", "plan", "exposure")
"""What judges a rollout while it runs, or another one than the file has."""
_SEARCHING = (
    *("check", "space", "diagram", "export", "report", "explore", "require", "hunt", "compare"),
    *("explain", "fix", *_LATE),
)

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "accept": (*_ACCEPTING, "lint", "gate", "plan"),
    "advise": ("check", "report"),
    "all": ("check", "gate"),
    "base": ("diff", "derive"),
    "changes": (*_DEPLOYMENTS, "lint", "compare", "diff", *_LATE),
    "checks": ("fix",),
    "engine": ("check",),
    "fail-on": ("check", "diff"),
    "failures": (
        "check",
        "verify",
        "export",
        "report",
        "explore",
        "diff",
        "baseline",
        "lint",
        "fix",
        *_LATE[:2],
    ),
    "format": ("check", "diagram", "require", "hunt", "diff", "lint", "fix", *_LATE),
    "jobs": ("check", "learn"),
    "max-examples": ("hunt",),
    "max-memory": (*_SEARCHING, "diff", "baseline", "lint", "verify", "learn", "derive", "import", "init"),
    "max-states": (*_SEARCHING, "diff", "baseline", "lint"),
    "pessimistic": (*_DEPLOYMENTS, "compare", "diff", "gate", "plan"),
    "plans": ("fix",),
    "reason": ("baseline",),
    "seconds": ("fix",),
    "seed": ("hunt",),
    "stories": ("check",),
    "timeout": (*_SEARCHING, "diff", "baseline", "lint", "verify", "learn", "derive", "import", "init"),
    "verbose": ("check",),
}
"""The options that can be set, each with the commands that have it."""

PROJECT = "pyproject.toml"
"""The file of settings that has other tables too."""


def name_of(parameter: click.Parameter, called: str) -> str | None:
    """What the option of a command is called in a file: its long name; None of what cannot be set."""
    names = [option[2:] for option in parameter.opts if option.startswith("--")]
    return names[0] if names and called in SETTINGS.get(names[0], ()) else None
