"""What a search may spend, and how far it has come.

A limit that is hit ends the search with an error that says which; it is never an answer. One value
of `Limits` goes through all searches of one question; `check` is called every so many states.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import TypeVar

import msgspec
from msgspec import Struct

from ..errors import SkewproofError
from ..frozen import dataclass
from .jobs import ALONE, Workers
from .memory import read_machine_mib, read_resident_mib

Item = TypeVar("Item")

DEFAULT_MAX_STATES = 2_000_000

CHECKED_EVERY = 1024
"""So many states between two looks at the clock and at the memory: some hundredths of a second."""

MEMORY_SHARE = 2
"""Where nobody says how much memory a process may hold it is so many-th of what the machine has."""


class LimitError(SkewproofError):
    """A limit was hit; what was explored proves nothing. `option` is what raises it."""

    option = "a limit"

    @property
    def advice(self) -> str:
        """What can be done about it."""
        return f"raise {self.option}, or judge fewer requests and services at once"


class StateLimitError(LimitError):
    """More states than allowed in one search."""

    option = "--max-states"

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"more than {self.limit:,} states"


class EventLimitError(LimitError):
    """More events of a system than anybody lists."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    @property
    def advice(self) -> str:
        return "let one action do less at once"

    def __str__(self) -> str:
        return f"more than {self.limit:,} ways in which what one action does can turn out"


class MemoryLimitError(LimitError):
    """More memory than allowed."""

    option = "--max-memory"

    def __init__(self, limit_mib: int) -> None:
        super().__init__(limit_mib)
        self.limit_mib = limit_mib

    def __str__(self) -> str:
        return f"more than {self.limit_mib:,} MiB of memory"


class ShareLimitError(LimitError):
    """An engine's share of what may be spent is spent; others have their turn, and nobody else is told."""

    option = "a share"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return self.why


class TimeLimitError(LimitError):
    """No more time."""

    option = "--timeout"

    def __str__(self) -> str:
        return "no time left"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an engine spent on a question, hops or properties, where several have a turn: the limit that ended
    it ("": it has its answer), the states that it explored, the requests that it judged, and the time on the
    wall."""

    engine: str
    what: str
    ended: str
    states: int
    judged: int
    seconds: float = field(default=0.0, compare=False)


class Progress(Struct):
    """How far it has come: states of the searches that are over and of the one that runs, and how
    many of the requests, or of what else there is to do, are done; how often a look at the limits ended
    something; which engines had a turn. `watcher` is called now and then."""

    finished_states: int = 0
    running_states: int = 0
    done: int = 0
    total: int = 0
    what: str = "requests"
    limits_told: int = 0
    attempts: list[Attempt] = msgspec.field(default_factory=list)
    watcher: Callable[[Progress], None] | None = None

    @property
    def states(self) -> int:
        return self.finished_states + self.running_states

    def at(self, states: int) -> None:
        self.running_states = states
        if self.watcher is not None:
            self.watcher(self)

    def search_over(self, states: int) -> None:
        self.finished_states += states
        self.at(0)

    def start_again(self) -> None:
        """Another way of searching begins: what was explored counts, what was judged does not."""
        self.finished_states, self.running_states, self.done = self.states, 0, 0

    def each(self, items: Sequence[Item]) -> Iterator[Item]:
        """The items, each counted as done when the next one is asked for."""
        self.total = len(items)
        for number, item in enumerate(items):
            self.done = number
            yield item
        self.done = len(items)


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent: states in one search, MiB of this process, and the moment, on the clock of
    `time.monotonic`, at which time is up. `workers` share what falls into independent jobs.
    `max_work` is a share of all searches together, in states listed (those beyond the `from_states` that were
    explored before) or in nodes of diagrams made.

    No deadline is no limit. Without `max_states` what lists states stops at `DEFAULT_MAX_STATES`, and what
    holds them as sets does not count them. Without `max_memory_mib` it is a share of the machine's memory,
    so that no deployment takes the machine down. Who asks many questions, as `fix` does, spends nothing on
    how many interleavings there are (`counts_paths`): of a long pipeline that takes as long as all else.
    """

    max_states: int | None = None
    max_memory_mib: int | None = None
    deadline_s: float | None = None
    max_work: int | None = None
    from_states: int = 0
    counts_paths: bool = True
    progress: Progress = field(default_factory=Progress, compare=False)
    workers: Workers = field(default=ALONE, compare=False)

    def for_a_worker(self) -> Limits:
        """The same limits, fit to be pickled: what is spent there is not watched from here."""
        return replace(
            self,
            progress=Progress(),
            workers=ALONE,
            max_memory_mib=self.workers_memory_mib,
            max_work=None if self.max_work is None else max(0, self.max_work - self._listed),
            from_states=0,
        )

    @property
    def memory_mib(self) -> int:
        """The most memory that this process may hold; workers on this machine are given as much each."""
        return self.max_memory_mib or max(
            1, read_machine_mib() // MEMORY_SHARE // (1 + self.workers.on_this_machine)
        )

    @property
    def workers_memory_mib(self) -> int | None:
        """The same for a worker; None where they have machines of their own, of which each tells."""
        return self.memory_mib if self.workers.on_this_machine else self.max_memory_mib

    def memory_left_mib(self) -> int:
        """How much more this process may hold."""
        return max(1, int(self.memory_mib - read_resident_mib()))

    @property
    def listed_states(self) -> int:
        """The most states that one search may list."""
        return DEFAULT_MAX_STATES if self.max_states is None else self.max_states

    def check(self, states: int) -> None:
        """Notes that a search has come to so many states. Raises `LimitError`."""
        self.progress.at(states)
        if self.max_states is not None and states > self.max_states:
            raise StateLimitError(self.max_states)
        self.check_work()
        self.check_resources()

    def check_work(self) -> None:
        """Raises `ShareLimitError` where more states were listed in all than a share."""
        if self.max_work is not None and self._listed > self.max_work:
            raise ShareLimitError(f"more than {self.max_work:,} states in all searches")

    @property
    def _listed(self) -> int:
        return self.progress.states - self.from_states

    def check_resources(self) -> None:
        """Raises `LimitError` where time is up, or too much memory is held."""
        limit = self.exceeded()
        if limit is None:
            return
        self.progress.limits_told += 1
        try:
            raise limit
        finally:
            del limit  # held by a frame of its own traceback it would outlive the search, with all that holds

    def exceeded(self) -> LimitError | None:
        """The limit that is hit now, if any."""
        if self.deadline_s is not None and time.monotonic() > self.deadline_s:
            return TimeLimitError()
        if read_resident_mib() > self.memory_mib:
            return MemoryLimitError(self.memory_mib)
        return None


def as_limit(ended: LimitError | MemoryError, limits: Limits) -> LimitError:
    """The limit that ended the work: where the system has no more memory to give, that of memory."""
    return ended if isinstance(ended, LimitError) else MemoryLimitError(limits.memory_mib)
