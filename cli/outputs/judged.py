"""What an output is made of: a file, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...model.deployment import Deployment
from ...model.errors import Problem
from ...model.machines.rollout_strategies import Rollout
from ...properties.verdict import Answer


@dataclass(frozen=True, slots=True)
class Verdict:
    """A deployment with the answer on it; `rollouts` are machines of the user's own, `certificate` the digest
    of the proof that was written."""

    deployment: Deployment
    answer: Answer
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    certificate: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """The file means nothing."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Silent:
    """There is no answer, and why: a limit was hit before there could be one, or the fault is ours."""

    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A file, named as the user did, its outcome, and the exit status that this stands for."""

    file: str
    status: int
    outcome: Verdict | Wrong | Silent
