"""Hypothesis strategies, for our own tests and for those of users."""

from ..hunting.paths import request_paths
from .deployments import deployment_data, deployments
from .releases import releases
from .rollouts import MixedState, mixed_states, rollouts

__all__ = [
    "MixedState",
    "deployment_data",
    "deployments",
    "mixed_states",
    "releases",
    "request_paths",
    "rollouts",
]
