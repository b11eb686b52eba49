"""What an engine is: a deployment in, everything that the verdict needs out.

An engine finds; it neither replays nor tells. `checker` does that for all of them, so that no engine
can show a story that does not happen on the unreduced machines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event
from ...model.deployment import Deployment
from ...model.errors import SkewproofError
from ...model.machines.rollout_strategies import Rollout
from ...model.names import Contract
from ...model.resources.limits import Limits
from ..lookups import Lookup


class EngineUnavailableError(SkewproofError):
    """A library that the engine needs is not there; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """A hazard as an engine finds it.

    `story` is a shortest run of `compiled.system` (unreduced, with the request under watch) to a state in
    which `lookup.guard` holds; `window` are the positions of the pipeline (by index) at which it can be met.
    """

    compiled: Compiled
    lookup: Lookup
    story: tuple[Event, ...]
    window: frozenset[int]
    span: int
    inevitable: bool
    for_ever: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that an engine finds out about a deployment.

    `found` is in the order of the requests and, within each, of `Lookup`s; `mixed` are the contracts of which
    a pair of two different versions is met; `interleavings` is None where the paths have no end, or where the
    engine does not count them. `choice` says why this engine was taken, where it was not asked for.
    """

    engine: str
    found: tuple[Found, ...]
    avoidable: bool
    residue: tuple[Contract, ...]
    mixed: frozenset[Contract]
    states: int
    transitions: int
    interleavings: int | None
    choice: str = ""


Engine = Callable[[Deployment, Mapping[str, Rollout] | None, Limits], Judgement]
"""Judges a deployment whose changes are given; raises `LimitError` where a limit is hit."""
