"""Workers that are this process, but for the border: what they are given and give back is pickled."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from skewproof.model.resources.jobs import Workers


@dataclass
class ByPost(Executor):
    """Does each job at once. `sent` has the bytes of each job, `returned` those of each result."""

    sent: list[bytes] = field(default_factory=list)
    returned: list[bytes] = field(default_factory=list)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sent.append(pickle.dumps((fn, args, kwargs)))
        work, there, more = pickle.loads(self.sent[-1])
        self.returned.append(pickle.dumps(work(*there, **more)))
        future: Future[Any] = Future()
        future.set_result(pickle.loads(self.returned[-1]))
        return future

    @property
    def workers(self) -> Workers:
        @contextmanager
        def hire() -> Iterator[Executor]:
            yield self

        return Workers(hire)
