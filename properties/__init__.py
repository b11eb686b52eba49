"""What must hold: the hazards of each hop, the engine that finds them, and the verdict."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .checker import check
from .verdict import Answer, Hazard, HopHazard, PropertyHazard, Safe, Unknown, Unsafe

if TYPE_CHECKING:
    from . import strategies
    from .hunting.hunter import HazardousPathError, assert_no_hazardous_path, hunt
    from .simulation.rollout_machine import RolloutMachine

__all__ = [
    "Answer",
    "Hazard",
    "HazardousPathError",
    "HopHazard",
    "PropertyHazard",
    "RolloutMachine",
    "Safe",
    "Unknown",
    "Unsafe",
    "assert_no_hazardous_path",
    "check",
    "hunt",
    "strategies",
]

_LAZY = {
    "HazardousPathError": "hunting.hunter",
    "RolloutMachine": "simulation.rollout_machine",
    "assert_no_hazardous_path": "hunting.hunter",
    "hunt": "hunting.hunter",
    "strategies": "strategies",
}
"""What needs Hypothesis or a graph, half a second to import, and the module that holds it."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        module = import_module(f"{__name__}.{_LAZY[name]}")
        return module if name == _LAZY[name] else getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
