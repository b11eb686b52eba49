"""What an output is made of: a file, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from ...model.deployment import Deployment
from ...model.errors import Problem
from ...model.machines.rollouts import Rollout
from ...properties.verdict import Answer


class Verdict(Struct, frozen=True):
    """A deployment with the answer on it; `rollouts` are machines of the user's own, `certificate` the digest
    of the proof that was written."""

    deployment: Deployment
    answer: Answer
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    certificate: Mapping[str, str] | None = None


class Wrong(Struct, frozen=True):
    """The file means nothing."""

    problems: tuple[Problem, ...]


class Silent(Struct, frozen=True):
    """There is no answer, and why: a limit was hit before there could be one, or the fault is ours."""

    reason: str


class Judged(Struct, frozen=True):
    """A file, named as the user did, its outcome, and the exit status that this stands for."""

    file: str
    status: int
    outcome: Verdict | Wrong | Silent
