"""GraphQL: operations written for one version of a schema, run by a server of another."""

from __future__ import annotations

from .compare import compare

__all__ = ["compare"]
