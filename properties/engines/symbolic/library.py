"""The one door to `dd`: binary decision diagrams by CUDD (Somenzi, "CUDD: CU Decision Diagram
Package", 1995-2015), which `dd` carries in its wheel for Linux.

A diagram is a `dd.cudd.Function`; the package ships no types, so it is `Bdd`, an alias of Any.
"""

from __future__ import annotations

from typing import Any

from ..protocol import EngineUnavailableError

Bdd = Any
"""A set of states, as a `dd.cudd.Function`; `&`, `|`, `~` and `==` cost no more than they must."""


def import_cudd() -> Any:
    """The module `dd.cudd`. Raises `EngineUnavailableError` where it cannot be imported."""
    try:
        from dd import cudd as module
    except ImportError as error:
        raise EngineUnavailableError(
            "the symbolic engine needs dd with CUDD: pip install 'dd>=0.6' "
            "(its wheel for Linux has CUDD); the other engines go on without it"
        ) from error
    return module
