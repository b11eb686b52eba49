"""The engines by name, each imported when it is asked for, and the choice among them.

An engine is a module of this package with a function `judge` (`properties.engine.Engine`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

from ..model.deployment import Deployment
from ..model.jobs import ALONE
from ..model.limits import StateLimitError
from ..model.strategies import Rollout
from .engine import Engine, EngineUnavailableError, Judgement, Limits
from .verdict import Hazard

AUTO = "auto"

ENGINES: Mapping[str, str] = {
    "slice": "each hop in the part of the deployment that it depends on; cost linear in the hops",
    "reference": "every state, listed; obviously right, and slow",
    "symbolic": "sets of states as decision diagrams; needs dd with CUDD",
}
"""Each engine's name, which is its module's, and in a line what it is."""

Violations = Callable[[Deployment, Mapping[str, Rollout] | None, Limits], tuple[Hazard, ...]]

LISTED_STATES = 20_000
"""So many states of one search are listed sooner than a library for anything better is imported."""


def engine(name: str) -> Engine:
    """The engine of this name, or the choice among them (`auto`)."""
    if name == AUTO:
        return choose
    judge: Engine = import_module(f"{__package__}.{name}").judge
    return judge


def violations(name: str) -> Violations:
    """What judges a deployment's own properties, on states listed or held as the engine of this name does."""
    module = ".symbolic.temporal" if name == "symbolic" else ".temporal"
    judge: Violations = import_module(f"{__package__}{module}").violations
    return judge


def choose(deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits) -> Judgement:
    """The answer of the reference engine while the states are few, else of the symbolic one; where
    its library is missing, of the reference engine after all."""
    most = LISTED_STATES if limits.max_states is None else min(limits.max_states, LISTED_STATES)
    few = replace(limits, max_states=most, workers=ALONE)  # over before a worker has started
    try:
        listed = engine("reference")(deployment, rollouts, few)
        return replace(listed, choice=f"no search has more than {LISTED_STATES:,} states")
    except StateLimitError:
        if limits.max_states is not None and limits.max_states <= most:
            raise
    limits.progress.start_again()
    why = f"a search has more than {LISTED_STATES:,} states"
    try:
        return replace(engine("symbolic")(deployment, rollouts, limits), choice=why)
    except EngineUnavailableError as missing:
        limits.progress.start_again()
        listed = engine("reference")(deployment, rollouts, limits)
        return replace(listed, choice=f"{why}, but {missing}")
