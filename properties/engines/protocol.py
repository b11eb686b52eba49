"""What an engine is: a task in, everything that the verdict needs out.

An engine finds; it neither replays nor tells. `checker` does that for all of them, so that no engine
can show a story that does not happen on the unreduced machines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from msgspec import Struct

from ...model.compiler.compile import Compiled, Placement
from ...model.compiler.system import Event
from ...model.compiler.task import Task
from ...model.errors import SkewproofError
from ...model.names import Contract
from ...model.resources.limits import LimitError, Limits
from ..lookups.lookup import Lookup, MixedPair
from ..temporal.answers import Answers
from ..temporal.questions import Questions
from ..verdict import Beside, LeftOpen

T = TypeVar("T")


class EngineRefusesError(SkewproofError):
    """The engine cannot judge what it was given, or not here; the message says why."""


class EngineUnavailableError(EngineRefusesError):
    """A library that the engine needs is not there; the message says which, and what to do."""


class HopFinding(Struct, frozen=True):
    """A hazard as an engine finds it.

    `story` is a shortest run of `compiled.system` (unreduced, with the request under watch) to a state in
    which `lookup.guard` holds; `window` are the positions of the pipelines (by index) at which it can be met.
    `together` says of several pipelines, where the deployment accepts anything, which of them together.
    """

    compiled: Compiled
    lookup: Lookup
    story: tuple[Event, ...]
    window: frozenset[int]
    span: int
    inevitable: bool
    for_ever: bool
    together: frozenset[Placement] = frozenset()


class RequestJudgement(Struct, frozen=True):
    """The hazards of one request, the pairs of two versions that it meets, and how much was searched."""

    found: tuple[HopFinding, ...]
    mixed: frozenset[MixedPair]
    states: int
    transitions: int


class Judgement(Struct, frozen=True):
    """All that an engine finds out about a deployment.

    `found` is in the order of the requests and, within each, of `Lookup`s; `mixed` are the pairs
    of two different versions that are met, broken or not; `interleavings` is None where the paths have no
    end, or where the engine does not count them. `choice` says why this engine was taken, where it was not
    asked for; `left_open` what a limit kept from being found beside the hazards: then `avoidable` or
    `interleavings` is None, or `residue` empty. `met_going_back` are the stops after a failure, by index, in
    whose rollback some hop meets a hazard; None where the engine does not tell them apart.
    """

    engine: str
    found: tuple[HopFinding, ...]
    avoidable: bool | None
    residue: tuple[Contract, ...]
    mixed: frozenset[MixedPair]
    states: int
    transitions: int
    interleavings: int | None
    choice: str = ""
    left_open: tuple[LeftOpen, ...] = ()
    met_going_back: frozenset[int] | None = None
    ended: LimitError | None = None
    unjudged: tuple[str, ...] = ()


class Extras:
    """What is asked beside the hazards, each with an end of its own: a limit that is hit costs only that."""

    def __init__(self, limits: Limits) -> None:
        self.left_open: tuple[LeftOpen, ...] = ()
        self._limits = limits

    def ask(self, what: Beside, question: Callable[[], T]) -> T | None:
        """The answer; None, noted in `left_open`, where a limit is hit, and where nobody wants it."""
        if what is Beside.INTERLEAVINGS and not self._limits.counts_paths:
            return None
        try:
            return question()
        except LimitError as limit:
            self.left_open += (LeftOpen(what, str(limit), limit.option),)
            return None


class Engine(Protocol):
    """A way to judge deployments. `summary` says in a line what it is."""

    @property
    def name(self) -> str: ...

    @property
    def summary(self) -> str: ...

    def refuses(self, task: Task) -> str | None:
        """Why it cannot judge the task, by the name of what it does not know or lacks; None: it can, as far
        as that is seen without judging."""

    def judge(self, task: Task) -> Judgement:
        """Everything about the hops. Raises `LimitError` where a limit is hit, `EngineRefusesError`."""

    def answer(self, task: Task, questions: Questions) -> Answers:
        """What is asked of the deployment alone, as far as this engine and the limits go: what it cannot
        answer, and what a limit kept it from, is left open. Raises `EngineRefusesError`."""
