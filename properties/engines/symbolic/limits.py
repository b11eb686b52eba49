"""What a search by diagrams may spend; beyond it there is no verdict."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ....model.resources.limits import LimitError, Limits, MemoryLimitError, ShareLimitError
from .encoding import Encoding
from .library import Bdd

COUNTED_EVERY_S = 0.2
"""Where states have no limit they are counted only to tell how far it has come, and not more often."""


class Watch:
    """Looks at each search now and then, and ends it when it has gone too far."""

    def __init__(self, limits: Limits) -> None:
        self._limits = replace(limits, max_work=None)  # that is counted in nodes here
        self._most_nodes = limits.max_work
        self._counted_s = 0.0

    def look(self, encoding: Encoding, found: Bdd) -> None:
        """Raises `LimitError` if `found` has more states than allowed, or time or memory is up."""
        now_s = time.monotonic()
        if self._limits.max_states is None and now_s - self._counted_s < COUNTED_EVERY_S:
            self.look_at_the_clock(encoding, found)
            return
        self._counted_s = now_s
        self._limits.check(encoding.count(found))

    def look_at_the_clock(self, encoding: Encoding, found: Bdd) -> None:
        """As `look`, but for the states: cheap enough between two images."""
        diagrams = encoding.manager.diagrams
        diagrams.tidy()
        if self._most_nodes is not None and diagrams.made > self._most_nodes:
            raise ShareLimitError(f"more than {self._most_nodes:,} nodes of diagrams made")
        try:
            self._limits.check_resources()
        except LimitError:
            self._limits.progress.at(encoding.count(found))
            raise


@contextmanager
def limit_memory(limits: Limits) -> Iterator[None]:
    """While it lasts, raises `MemoryLimitError` where the library is given no more memory."""
    try:
        yield
    except MemoryError as error:
        raise MemoryLimitError(limits.memory_mib) from error
