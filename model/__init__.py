"""What a deployment can do: its file, its machines, and the labelled transition system they make.

Read `deployment` (what a file says), `kernel.system` (the kernel), then `compiler` (how the one becomes
the other; its `system` says what variables and events stand for).
"""

from .compiler.compile import Compiled, compile_deployment
from .compiler.space import Space, explore
from .compiler.system import Event, System, Variable
from .deployment import Component, Deployment
from .errors import InvalidDeploymentError, Problem, SkewproofError
from .machines.rollout_strategies import Rollout, own_rollout
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
