"""One file of a fleet as a job: what a worker is given, and what it gives back."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec import Struct

from ...model.deployment import Deployment
from ...model.errors import InvalidDeploymentError, Problem
from ...model.resources.limits import LimitError, Limits, as_limit
from ...properties.verdict import Answer
from ..trouble import is_spent, tell_what_ran_out


class FileTask(Struct, frozen=True):
    """A file to check. `until_s` is a moment of the clock on the wall (`time.time`), since a worker
    need not be on this machine."""

    file: Path
    changes: Path | None
    pessimistic: bool
    failures: bool
    engine: str
    max_states: int | None
    max_memory_mib: int | None
    until_s: float | None
    is_told: bool = False
    """Whether the deployment is asked for, too."""


class Checked(Struct, frozen=True):
    """What became of a file: an answer, or why there is none: it is wrong (`problem`), we are
    (`fault`), or the machine has nothing more to give (`spent`). `requests` is how many it has, `deployment`
    the file as it was read, if that was asked for, `problems` what is wrong one by one."""

    file: Path
    answer: Answer | None = None
    requests: int = 0
    problem: str | None = None
    fault: str | None = None
    spent: str | None = None
    deployment: Deployment | None = None
    problems: tuple[Problem, ...] = ()


def check_file(task: FileTask) -> Checked:
    """The file's answer. Never raises: what is wrong with one file is no reason to drop the others."""
    from ...model.language import load
    from ...model.resources.alarm import alarm
    from ...properties.checker import check
    from ...properties.engines.protocol import EngineRefusesError

    left_s = None if task.until_s is None else task.until_s - time.time()
    deadline_s = None if left_s is None else time.monotonic() + left_s
    limits = Limits(task.max_states, task.max_memory_mib, deadline_s)
    try:
        with alarm(limits):
            deployment = load(task.file, task.changes)
            deployment = deployment.pessimistic() if task.pessimistic else deployment
            answer = check(deployment, limits=limits, engine=task.engine, failures=task.failures)
    except (LimitError, MemoryError) as ended:
        limit = as_limit(ended, limits)
        return Checked(task.file, spent=f"{limit} ({limit.option}); {limit.advice}")
    except InvalidDeploymentError as error:
        return Checked(task.file, problem=str(error), problems=error.problems)
    except EngineRefusesError as error:
        return Checked(task.file, problem=str(error))
    except Exception as error:  # a fault in one file must not hide the verdicts on the others
        if is_spent(error):
            return Checked(task.file, spent=tell_what_ran_out(error))
        return Checked(task.file, fault=f"{type(error).__name__}: {error}")
    return Checked(
        task.file, answer, len(deployment.requests), deployment=deployment if task.is_told else None
    )
