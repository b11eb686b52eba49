"""PostgreSQL by its own parser (libpg_query, through `pgparse`); what it does not know is opaque."""

from __future__ import annotations

from .reading import read_operations

__all__ = ["read_operations"]
