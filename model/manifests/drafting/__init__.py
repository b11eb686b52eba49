"""From what was seen to what a deployment file says: components, requests, steps, and what is to be asked."""

from __future__ import annotations

from .draft import make_draft

__all__ = ["make_draft"]
