"""A deployment as a Promela model, for Spin."""

from .claims import HazardClaim
from .model import Model, to_promela

__all__ = ["HazardClaim", "Model", "to_promela"]
