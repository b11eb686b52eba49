"""An engine on binary decision diagrams, for deployments too large to list."""

from .engine import judge

__all__ = ["judge"]
