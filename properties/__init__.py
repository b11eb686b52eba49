"""What must hold: the hazards of each hop, the engine that finds them, and the verdict."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import strategies
    from .checker import check
    from .hunting.hunter import HazardousPathError, assert_no_hazardous_path, hunt
    from .simulation.rollout_machine import RolloutMachine
    from .verdict import Answer, Hazard, HopHazard, PropertyHazard, Safe, Unknown, Unsafe

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

_HOMES = {
    ".checker": ["check"],
    ".hunting.hunter": ["HazardousPathError", "assert_no_hazardous_path", "hunt"],
    ".simulation.rollout_machine": ["RolloutMachine"],
    ".verdict": ["Answer", "Hazard", "HopHazard", "PropertyHazard", "Safe", "Unknown", "Unsafe"],
}
"""The public names of each module, imported when one of them is first used."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "strategies":
        return import_module(".strategies", __name__)
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
