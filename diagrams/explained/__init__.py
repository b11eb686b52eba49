"""What each kind of hazard is: what happened, why, what helps at what price, an example before and after.
`docs/hazards/` is written from it, `skewproof explain` prints it, and every cause ends in a line of it."""

from .catalogue import explain_code, explain_hazard, list_explanations, tell_help, tell_remedy
from .explanation import Explanation, Remedy

__all__ = [
    "Explanation",
    "Remedy",
    "explain_code",
    "explain_hazard",
    "list_explanations",
    "tell_help",
    "tell_remedy",
]
