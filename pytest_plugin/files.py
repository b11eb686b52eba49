"""Which files a deployment is read from."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ..model.deployment import Deployment
from ..model.language import load
from ..model.resources.limits import Limits


def read(config: pytest.Config, file: Path, changes: Path | None = None) -> Deployment:
    """The deployment with the changes given, or else those that belong to the file.

    Raises `InvalidDeploymentError`.
    """
    changes = changes or changes_of(config, file)
    return load(_shown(config, file), _shown(config, changes) if changes else None)


def limits_of(config: pytest.Config) -> Limits:
    """What may be spent on what begins now, by --skewproof-timeout and --skewproof-max-memory."""
    timeout_s: float | None = config.getoption("skewproof_timeout")
    deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
    return Limits(None, config.getoption("skewproof_max_memory"), deadline_s)


def changes_of(config: pytest.Config, file: Path) -> Path | None:
    """The file of the release's changes: --skewproof-changes, the ini option `skewproof_changes`, or the
    file beside: `skewproof.changes.yaml` of skewproof.yaml, `NAME.changes.yaml` of NAME.skew.yaml."""
    given: Path | None = config.getoption("skewproof_changes")
    if given is not None:
        return config.invocation_params.dir / given
    if named := config.getini("skewproof_changes"):
        return config.rootpath / str(named)
    stem = file.stem.removesuffix(".skew")
    beside = (file.with_name(f"{stem}.changes{ending}") for ending in (".yaml", ".yml"))
    return next((changes for changes in beside if changes.exists()), None)


def _shown(config: pytest.Config, file: Path) -> Path:
    """The path as errors and stories show it: short where it lies below the working directory."""
    here = config.invocation_params.dir
    return file.relative_to(here) if file.is_relative_to(here) else file
