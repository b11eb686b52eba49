"""Migrations in SQL: the tables before and after, and which reads and writes of the other version work."""

from __future__ import annotations

from .compare import compare

__all__ = ["compare"]
