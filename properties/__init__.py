"""What must hold: the hazards of each hop, the engine that finds them, and the verdict."""

from .checker import check
from .verdict import Answer, Hazard, Safe, Unknown, Unsafe

__all__ = ["Answer", "Hazard", "Safe", "Unknown", "Unsafe", "check"]
