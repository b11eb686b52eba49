"""What a deployment can do: its file, its machines, and the labelled transition system they make.

Read `deployment` (what a file says), `system` (the kernel), then `compiler` (how the one becomes
the other).
"""

from .compiler import Compiled, compile_deployment
from .deployment import Component, Contract, Deployment
from .errors import InvalidDeploymentError, Problem, SkewproofError
from .space import Space, explore
from .strategies import Rollout, own_rollout
from .system import Event, System, Variable

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
    "compile_deployment",
    "explore",
    "own_rollout",
]
