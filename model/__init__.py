"""What a deployment can do: its file, its machines, and the labelled transition system they make.

Read `deployment` (what a file says), `kernel.system` (the kernel), then `compiler` (how the one becomes
the other; its `system` says what variables and events stand for).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compiler.compile import Compiled, compile_deployment
    from .compiler.space import Space, explore
    from .compiler.system import Event, System, Variable
    from .deployment import Component, Deployment
    from .errors import InvalidDeploymentError, Problem, SkewproofError
    from .machines.rollouts import Rollout, own_rollout
    from .names import Contract, VariableKey, VariableKind

__all__ = [
    "Compiled",
    "Component",
    "Contract",
    "Deployment",
    "Event",
    "InvalidDeploymentError",
    "Problem",
    "Rollout",
    "SkewproofError",
    "Space",
    "System",
    "Variable",
    "VariableKey",
    "VariableKind",
    "compile_deployment",
    "explore",
    "own_rollout",
]

_HOMES = {
    ".compiler.compile": ["Compiled", "compile_deployment"],
    ".compiler.space": ["Space", "explore"],
    ".compiler.system": ["Event", "System", "Variable"],
    ".deployment": ["Component", "Deployment"],
    ".errors": ["InvalidDeploymentError", "Problem", "SkewproofError"],
    ".machines.rollouts": ["Rollout", "own_rollout"],
    ".names": ["Contract", "VariableKey", "VariableKind"],
}
"""The public names of each module, imported when one of them is first used: the help needs none."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
