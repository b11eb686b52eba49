"""What must hold: the hazards of each hop, the engine that finds them, and the verdict."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .checker import check
from .verdict import Answer, Hazard, Safe, Unknown, Unsafe

if TYPE_CHECKING:
    from .rollout_machine import RolloutMachine

__all__ = ["Answer", "Hazard", "RolloutMachine", "Safe", "Unknown", "Unsafe", "check"]

_LAZY = {"RolloutMachine": "rollout_machine"}
"""What needs Hypothesis, half a second to import, and the module that holds it."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
