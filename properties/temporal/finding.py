"""What an engine finds of a deployment's own properties; it is replayed and told by others."""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct

from ...model.compiler.compile import Placement
from ...model.compiler.system import Event, State
from ...model.deployment.formula import Property
from .irreversible import Setback
from .questions import STALLS, identify, identify_setback


class Stall(Struct, frozen=True):
    """The question whether the pipeline can stall."""


Question = Property | Setback | Stall


class FormulaFinding(Struct, frozen=True):
    """A question whose answer is bad.

    `story` is a run of the deployment alone, unreduced, to where it is violated; with `loop`, its events from
    that index on repeat for ever. `window` are the positions of the pipelines (by index) at which it can be,
    `together` as of a `HopFinding`. `end` is the state to which the story leads, where whoever found it
    knows. Of a stall `furthest` is where the pipelines still get from there.
    """

    question: Question
    explanation: str
    story: tuple[Event, ...]
    window: frozenset[int]
    inevitable: bool
    for_ever: bool = False
    loop: int | None = None
    end: State | None = None
    furthest: Placement | None = None
    together: frozenset[Placement] = frozenset()

    @property
    def name(self) -> str:
        """What the question is called."""
        match self.question:
            case Property(name):
                return name
            case Setback():
                return self.question.text
            case Stall():
                return STALLS
            case _:
                assert_never(self.question)

    @property
    def id(self) -> str:
        """As `questions.identify`."""
        match self.question:
            case Property():
                return identify(self.name, str(self.question.formula))
            case Setback():
                return identify_setback(self.question)
            case Stall():
                return identify(self.name)
            case _:
                assert_never(self.question)
