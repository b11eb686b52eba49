"""Code of the user's that a deployment file names: loaded only where the user allows it."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..model.deployment import Component, Deployment
    from ..model.strategies import Rollout


def load_rollouts(deployment: Deployment) -> dict[str, Rollout]:
    """The lives of the components that have a machine of their own.

    Modules are looked for beside the deployment file first. Raises `click.ClickException` where the code
    cannot be loaded, or is not what the file says.
    """
    named = [component for component in deployment.components.values() if component.machine is not None]
    if named:
        sys.path.insert(0, str(Path(deployment.file).resolve().parent))
    return {component.name: _load(component) for component in named}


def _load(component: Component) -> Rollout:
    from ..model.strategies import Rollout

    module, _, name = (component.machine or "").partition(":")
    try:
        found = getattr(import_module(module), name)
    except Exception as error:  # whatever their code raises is told, with where it was named
        message = (
            f"{_place(component)}`{component.machine}` cannot be loaded: {type(error).__name__}: {error}"
        )
        raise click.ClickException(message) from error
    if not isinstance(found, Rollout):
        message = (
            f"`{component.machine}` is a {type(found).__name__}; make it with `skewproof.model.own_rollout`"
        )
        raise click.ClickException(_place(component) + message)
    return found


def _place(component: Component) -> str:
    return f"{component.place}: " if component.place else ""
