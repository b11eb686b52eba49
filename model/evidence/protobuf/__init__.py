"""Protocol buffers: descriptors that buf builds, and a walk over those of two versions."""

from __future__ import annotations

from .compare import compare

__all__ = ["compare"]
