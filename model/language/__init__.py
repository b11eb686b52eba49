"""The language of deployment files: text in, a checked `Deployment` or all that is wrong out.

Read `keys` (every key there is), `loader` (the order of things), then the section you care for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .loader import load, loads
    from .schema import json_schema

__all__ = ["json_schema", "load", "loads"]

_HOME_OF = {"json_schema": ".schema", "load": ".loader", "loads": ".loader"}
"""Where each name is, imported when it is first used."""


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
