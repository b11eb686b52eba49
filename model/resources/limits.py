"""What a search may spend, and how far it has come.

A limit that is hit ends the search with an error that says which; it is never an answer. One value
of `Limits` goes through all searches of one question; `check` is called every so many states.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from ..errors import SkewproofError
from .jobs import ALONE, Workers

Item = TypeVar("Item")

DEFAULT_MAX_STATES = 2_000_000

CHECKED_EVERY = 1024
"""So many states between two looks at the clock and at the memory: some hundredths of a second."""

_STATM = Path("/proc/self/statm")


class LimitError(SkewproofError):
    """A limit was hit; what was explored proves nothing. `option` is what raises it."""

    option = "a limit"


class StateLimitError(LimitError):
    """More states than allowed in one search."""

    option = "--max-states"

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"more than {self.limit:,} states"


class MemoryLimitError(LimitError):
    """More memory than allowed."""

    option = "--max-memory"

    def __init__(self, limit_mib: int) -> None:
        super().__init__(limit_mib)
        self.limit_mib = limit_mib

    def __str__(self) -> str:
        return f"more than {self.limit_mib:,} MiB of memory"


class TimeLimitError(LimitError):
    """No more time."""

    option = "--timeout"

    def __str__(self) -> str:
        return "no time left"


@dataclass(slots=True)
class Progress:
    """How far it has come: states of the searches that are over and of the one that runs, and how
    many of the requests, or of what else there is to do, are done. `watcher` is called now and then."""

    finished_states: int = 0
    running_states: int = 0
    done: int = 0
    total: int = 0
    what: str = "requests"
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

    None is no limit, but for `max_states`, where it leaves it to the search: what lists states stops
    at `DEFAULT_MAX_STATES`, what holds them as sets does not count them.
    """

    max_states: int | None = None
    max_memory_mib: int | None = None
    deadline_s: float | None = None
    progress: Progress = field(default_factory=Progress, compare=False)
    workers: Workers = field(default=ALONE, compare=False)

    def for_a_worker(self) -> Limits:
        """The same limits, fit to be pickled: what is spent there is not watched from here."""
        return replace(self, progress=Progress(), workers=ALONE)

    @property
    def listed_states(self) -> int:
        """The most states that one search may list."""
        return DEFAULT_MAX_STATES if self.max_states is None else self.max_states

    def check(self, states: int) -> None:
        """Notes that a search has come to so many states. Raises `LimitError`."""
        self.progress.at(states)
        if self.max_states is not None and states > self.max_states:
            raise StateLimitError(self.max_states)
        self.check_resources()

    def check_resources(self) -> None:
        """Raises `LimitError` where time is up, or too much memory is held."""
        if self.deadline_s is not None and time.monotonic() > self.deadline_s:
            raise TimeLimitError
        if self.max_memory_mib is not None and resident_mib() > self.max_memory_mib:
            raise MemoryLimitError(self.max_memory_mib)


def resident_mib() -> float:
    """The memory that this process holds now, in MiB.

    Where the system does not tell that: the most that it ever held. On Linux that figure would be
    wrong, because a process inherits it from the one that started it.
    """
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 2**20
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
