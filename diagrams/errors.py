"""What can go wrong while drawing."""

from __future__ import annotations

from ..model.errors import SkewproofError


class DiagramError(SkewproofError):
    """A picture could not be made; the message says why, and what would help."""
