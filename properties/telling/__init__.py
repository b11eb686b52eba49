"""From what an engine found to what a person is told: hazards, their stories, and what follows from them.

`findings` needs much code, and is no part of a safe answer: it is imported when there is something to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .remarks import (
    find_end_within,
    find_residue_breaks,
    list_compatible,
    list_forgiven,
    list_met_cells,
    with_end,
)

if TYPE_CHECKING:
    from .findings import tell_formula, tell_hop, tell_hops

__all__ = [
    "find_end_within",
    "find_residue_breaks",
    "list_compatible",
    "list_forgiven",
    "list_met_cells",
    "tell_formula",
    "tell_hop",
    "tell_hops",
    "with_end",
]


def __getattr__(name: str) -> Any:
    if name in ("tell_formula", "tell_hop", "tell_hops"):
        from . import findings

        return getattr(findings, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
