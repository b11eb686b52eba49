"""What the checker answers: typed values that never print."""

from .accepted import AcceptedHazard, JudgedAcceptance
from .advice import Advice
from .answer import Answer, Beside, Covered, Granted, LeftOpen, Safe, Statistics, Unknown, Unsafe, Verdict
from .causes import HazardCause, group_by_cause
from .covered import CoveredAssumption, CoveredCell, CoveredDeclaration, Reach
from .ended import End, EndUnit, Stand, StandPart, VainAction, write_stand
from .hazards import (
    Cited,
    Hazard,
    HopHazard,
    IncompatiblePair,
    PropertyHazard,
    PropertyKind,
    Retired,
    Role,
    Trace,
    TraceEvent,
    list_hop_hazards,
    list_incompatible_pairs,
    list_property_hazards,
)

__all__ = [
    "AcceptedHazard",
    "Advice",
    "Answer",
    "Beside",
    "Cited",
    "Covered",
    "CoveredAssumption",
    "CoveredCell",
    "CoveredDeclaration",
    "End",
    "EndUnit",
    "Granted",
    "Hazard",
    "HazardCause",
    "HopHazard",
    "IncompatiblePair",
    "JudgedAcceptance",
    "LeftOpen",
    "PropertyHazard",
    "PropertyKind",
    "Reach",
    "Retired",
    "Role",
    "Safe",
    "Stand",
    "StandPart",
    "Statistics",
    "Trace",
    "TraceEvent",
    "Unknown",
    "Unsafe",
    "VainAction",
    "Verdict",
    "group_by_cause",
    "list_hop_hazards",
    "list_incompatible_pairs",
    "list_property_hazards",
    "write_stand",
]
