"""The pipeline: steps, and the actions in them."""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ..frozen import dataclass
from ..names import Place, Target

if TYPE_CHECKING:
    from .predicate import Predicate


class Instruction(StrEnum):
    """The verb of an action of the pipeline."""

    DEPLOY = "deploy"
    MIGRATE = "migrate"
    RECONFIGURE = "reconfigure"
    SYNC = "sync"
    BACKFILL = "backfill"
    PURGE = "purge"
    DRAIN = "drain"
    SUSPEND = "suspend"
    RESUME = "resume"
    ENABLE = "enable"
    DISABLE = "disable"
    AWAIT = "await"
    ROLLBACK = "rollback"
    REVERT = "revert"
    PROMOTE = "promote"
    EXPIRE = "expire"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Action:
    """One instruction of a step.

    `background`: written with `start`. `to` is a goal that the action names itself; `per_instance`: each
    instance takes the flag up at its own moment; `when`: it takes effect only while that holds;
    `irreversible`: no rollback may follow it. `count` is how many instances a `scale` brings about.
    """

    instruction: Instruction
    targets: tuple[Target, ...]
    background: bool = False
    place: Place | None = field(default=None, compare=False)
    to: str | None = None
    per_instance: bool = False
    when: Predicate | None = None
    irreversible: bool = False
    count: int | None = None

    def __str__(self) -> str:
        words = ["irreversible"] * self.irreversible + ["start"] * self.background
        words += [str(self.instruction), *map(str, self.targets)]
        words += ["to", self.to] if self.to else []
        words += ["to", str(self.count)] if self.count is not None else []
        words += ["per instance"] * self.per_instance
        words += ["when", str(self.when)] if self.when is not None else []
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Step:
    """A named stage of the pipeline; its actions follow each other. `release` counts from 0. Where there are
    several pipelines, `pipeline` is the name of its own, and stands in its name: `front: Deploy`."""

    name: str
    actions: tuple[Action, ...] = ()
    place: Place | None = field(default=None, compare=False)
    release: int = 0
    pipeline: str | None = None

    def of(self, pipeline: str) -> Step:
        """The same step as one of several pipelines."""
        return replace(self, name=name_step(pipeline, self.name), pipeline=pipeline)


def name_step(pipeline: str | None, step: str) -> str:
    """What a step, or an end, of a pipeline is called; None: it is the only one."""
    return step if pipeline is None else f"{pipeline}: {step}"
