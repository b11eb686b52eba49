"""OpenAPI 3.0 and 3.1, held against each other in both directions."""

from __future__ import annotations

from .compare import compare
from .parts import list_operations

__all__ = ["compare", "list_operations"]
