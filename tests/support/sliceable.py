"""Hypothesis strategies: rich random deployments of what slices know, each about one thing that is always
there."""

from hypothesis import strategies as st

from support.rich_deployments import FEATURES, rich_deployments
from support.rich_pipelines import Data

UNKNOWN = frozenset({"relay"})
"""The features that slices do not know."""


def sliceable(*always: str) -> st.SearchStrategy[Data]:
    """Deployments about these features, and others that slices know."""
    known = tuple(feature for feature in FEATURES if feature not in UNKNOWN and feature not in always)
    return rich_deployments(known, frozenset(always))
