"""Python that two versions exchange: arguments of tasks, fields of serialised classes, enums."""

from __future__ import annotations

from .compare import compare

__all__ = ["compare"]
