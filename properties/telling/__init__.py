"""From what an engine found to what a person is told: hazards, their stories, and what follows from them."""

from .findings import tell_formula, tell_hop
from .remarks import (
    find_end_within,
    find_residue_breaks,
    list_compatible,
    list_forgiven,
    list_met_cells,
    with_end,
)

__all__ = [
    "find_end_within",
    "find_residue_breaks",
    "list_compatible",
    "list_forgiven",
    "list_met_cells",
    "tell_formula",
    "tell_hop",
    "with_end",
]
