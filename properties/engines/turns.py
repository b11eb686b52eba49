"""Turns of engines: each is given a share of what is left, and what it spent is noted.

An engine that is ended by its share has proven nothing, and the next one begins; the limits of the question
itself end everything. Shares are counted in states and nodes of diagrams, and in memory; in seconds only
where the question has a deadline: without one the same engine answers whatever else the machine does.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from msgspec import Struct

from ...model.compiler.task import Task
from ...model.resources.alarm import alarm
from ...model.resources.limits import Attempt, LimitError, Limits, as_limit
from .protocol import Engine, EngineRefusesError
from .registry import engine

Result = TypeVar("Result")


class Turn(Struct, frozen=True):
    """An engine with its share: in one search so many states listed at most, in all so many states or nodes
    (and so many more for each hop), and of the time and memory that are left one of `parts` parts."""

    engine: str
    parts: int
    search_states: int | None = None
    work: int | None = None
    work_a_hop: int = 0

    def share(self, task: Task) -> Limits:
        """The limits under which the engine has its turn."""
        limits, now_s = task.limits, time.monotonic()
        own = replace(limits, max_listed=self.search_states)
        if self.work is not None:
            hops = sum(len(request.hops) for request in task.deployment.requests)
            work = self.work + self.work_a_hop * hops
            own = replace(own, max_work=work, from_states=limits.progress.states)
        if self.parts == 1:
            return own
        if limits.deadline_s is not None:
            own = replace(own, deadline_s=now_s + (limits.deadline_s - now_s) / self.parts)
        left_mib = limits.memory_left_mib()
        return replace(own, max_memory_mib=limits.memory_mib - left_mib + left_mib // self.parts)


class Round:
    """The turns that are taken for one question."""

    def __init__(self, task: Task, what: str) -> None:
        self.task, self.what = task, what
        self.refused: dict[str, str] = {}
        self.attempts: list[Attempt] = []
        self._limit: LimitError | None = None

    def take(self, turn: Turn, work: Callable[[Engine, Task], Result]) -> Result | None:
        """What the engine finds in its turn; None where it refuses, or where its share is spent. Raises the
        `LimitError` that ends the question."""
        chosen, limits = engine(turn.engine), self.task.limits
        limits.progress.start_again()
        begin_s, states = time.monotonic(), limits.progress.states
        own, found = turn.share(self.task), None
        try:
            with alarm(own):
                found = work(chosen, self.task.under(own))
        except EngineRefusesError as refused:
            self.refused[turn.engine] = str(refused)
            return None
        except (LimitError, MemoryError) as limit:
            self._limit = as_limit(limit, limits).with_traceback(None)  # frames hold all that was explored
        ended = "" if found is not None else str(self.give_up())
        spent_s, states = time.monotonic() - begin_s, limits.progress.states - states
        self._note(Attempt(turn.engine, self.what, ended, states, limits.progress.done, spent_s))
        if found is None:
            self._go_on()
        return found

    def was_cut_short(self, turn: Turn) -> bool:
        """Whether a limit ended the turn, and not one that would end it again."""
        most = self.task.limits.max_states
        had_all = most is not None and turn.search_states is not None and most <= turn.search_states
        ended = any(one.ended for one in self.attempts if one.engine == turn.engine)
        return ended and not had_all and turn.engine not in self.refused

    def judged(self, turn: Turn) -> int:
        """How many requests the engine judged in its turn."""
        return max((one.judged for one in self.attempts if one.engine == turn.engine), default=0)

    def give_up(self) -> LimitError:
        """The limit that kept the last engine from an answer."""
        assert self._limit is not None, "an engine that refuses nothing met no limit"
        return self._limit

    def _go_on(self) -> None:
        """Frees what the engine held. Raises the `LimitError` where no time is left for another one."""
        gc.collect()
        deadline_s = self.task.limits.deadline_s
        if deadline_s is not None and time.monotonic() > deadline_s:
            raise self.give_up()

    def _note(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        self.task.limits.progress.attempts.append(attempt)
