"""What ends a run on the real thing, and what is wrong with a harness."""

from __future__ import annotations

from ...model.errors import SkewproofError
from ...model.resources.limits import LimitError


class HarnessError(SkewproofError):
    """The harness itself does not fit the deployment; the message says what to write."""


class NoWayBackError(HarnessError):
    """A schema that would have to go back, and no part says how."""


class MissingPackageError(HarnessError):
    """A server whose client is not installed, of which the part `name` is."""

    def __init__(self, name: str, server: str, package: str | None) -> None:
        super().__init__(
            f"`{name}` is {server}, and the package {package} is missing; install `skewproof[services]`"
        )


NOT_THEIRS = (HarnessError, LimitError, MemoryError)
"""What is raised while the code under test runs, and is no doing of that code."""


class RunEnd(BaseException):
    """Ends a run. A `BaseException`, so that no `except Exception` of the code under test keeps it."""


class UndeclaredHop(RunEnd):
    """The real code takes a hop that the request does not declare next."""


class Waiting(RunEnd):
    """The hop waits: nobody is up, or the queue is empty. Nothing is wrong with that."""


class Impossible(RunEnd):
    """Reality does not allow this now.

    A migration waits for a transaction that is open, or rows to be found in a form that nobody left.
    """


class Interrupted(RunEnd):
    """The rollout takes the instance away on which the request stands.

    `component` is whose it is, `hop` the one that called it (1 where it began the request itself).
    """

    def __init__(self, component: str, hop: int) -> None:
        super().__init__(f"the instance of `{component}` was taken away")
        self.component, self.hop = component, hop


class ServiceError(Exception):
    """What a process or a server did, in words that need no name before them."""
