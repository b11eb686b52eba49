"""Code of the user's that a deployment file names: loaded only where the user allows it."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..model.resources.alarm import imports_can_be_ended
from ..model.resources.limits import LimitError
from .start import withdrawn

if TYPE_CHECKING:
    from ..model.deployment import Component, Deployment
    from ..model.machines.rollouts import Rollout

code_option = click.option(
    "--allow-code", is_flag=True, help="Load and run the code of machines that FILE names."
)
"""The option of every command that can do with machines of a user's own; they are given `allow_code`."""


def load_rollouts(deployment: Deployment, allowed: bool) -> dict[str, Rollout] | None:
    """The lives of the components that have a machine of their own; None, and no code is touched, unless it
    is allowed.

    Modules are looked for beside the deployment file first. Raises `click.ClickException` where the code
    cannot be loaded, or is not what the file says.
    """
    if not allowed:
        return None
    named = [component for component in deployment.components.values() if component.machine is not None]
    if named:
        sys.path.insert(0, str(Path(deployment.file).resolve().parent))
        sys.path += withdrawn
    return {component.name: _load(component) for component in named}


def _load(component: Component) -> Rollout:
    from ..model.machines.rollouts import Rollout

    module, _, name = (component.machine or "").partition(":")
    _refuse_namesake(component, module.partition(".")[0])
    try:
        with imports_can_be_ended():
            found = getattr(import_module(module), name)
    except LimitError:
        raise
    except (Exception, SystemExit) as error:  # whatever their code raises is told, with where it was named
        message = (
            f"{_place(component)}`{component.machine}` cannot be loaded: {type(error).__name__}: {error}"
        )
        raise click.ClickException(message) from error
    if not isinstance(found, Rollout):
        message = f"`{component.machine}` is a {type(found).__name__}; make it with `skewproof.own_rollout`"
        raise click.ClickException(_place(component) + message)
    return found


def _refuse_namesake(component: Component, package: str) -> None:
    """Python knows one module of a name: what another file had loaded must not be taken for this file's."""
    loaded = getattr(sys.modules.get(package), "__spec__", None)
    found = PathFinder.find_spec(package)
    if loaded is not None and found is not None and loaded.origin != found.origin:
        message = f"`{package}` is {found.origin} here, but {loaded.origin} was loaded under that name"
        raise click.ClickException(f"{_place(component)}{message}; give one of them another name")


def _place(component: Component) -> str:
    return f"{component.place}: " if component.place else ""
