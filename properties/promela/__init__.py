"""A deployment as a Promela model, for Spin."""

from .claims import Claim
from .model import Model, to_promela

__all__ = ["Claim", "Model", "to_promela"]
