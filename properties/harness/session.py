"""One request on the real thing: who is running, which declared hop each crossing is, what failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ...model.deployment import Hop, Request, Verb
from .errors import UndeclaredHop

OPERATIONS = {
    Verb.CALLS: "calls",
    Verb.FORWARDS: "calls",
    Verb.READS: "reads",
    Verb.WRITES: "writes",
    Verb.PUBLISHES: "publishes",
    Verb.CONSUMES: "consumes",
}
"""What each verb looks like from outside: a proxy calls like any other."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Whom a hop meets: the version of the callee, the form that is found; None where neither fits.

    `caller` is the version that starts a request, at its first hop only.
    """

    callee: str | None = None
    found: str | None = None
    caller: str | None = None


class Director(Protocol):
    """Decides what a request meets, and when the rollout goes on."""

    def begin(self) -> str | None:
        """Lets the rollout go on up to the request's start; the version of what starts it, or None."""

    def meet(self, number: int) -> Meeting:
        """What hop `number` (from 1) meets; before it answers it lets the rollout go on in the world.

        Raises `Waiting` where the hop must wait.
        """


@dataclass(slots=True)
class Frame:
    """A running handler: the component, its version, and the last hop that brought it anything.

    That is first the hop that called it, then each hop that it takes itself.
    """

    component: str
    version: str | None
    last: int


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, and at which hop (from 1).

    The hop is the last one that the failing handler took, or the one that called it: what broke
    the handler came with it, at the latest. `evidence` is one line; `is_corruption` says that nothing
    was raised and the user's oracle found it.
    """

    hop: int
    evidence: str
    is_corruption: bool = False


@dataclass(slots=True)
class Session:
    """One run of a request. The first failure counts: the others follow from it."""

    request: Request
    director: Director
    crossed: list[tuple[int, Meeting]] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    failure: Failure | None = None
    undeclared: str | None = None
    waits: bool = False
    impossible: bool = False
    answered: Frame | None = None

    @property
    def is_served(self) -> bool:
        """The request was answered, rightly, by the hops that it declares."""
        return not (self.failure or self.undeclared or self.waits or self.impossible)

    @property
    def running(self) -> Frame:
        return self.frames[-1]

    def cross(self, consumer: str, operation: str, provider: str, subject: str | None) -> Meeting:
        """What the crossing meets: the request's next hop, or the frame's last one going on.

        Raises `UndeclaredHop` if it is neither, and what the director raises.
        """
        frame = self.running
        if frame.component != consumer:
            raise UndeclaredHop(f"`{consumer}` acts while the request is at `{frame.component}`")
        number = len(self.crossed) + 1
        hops = self.request.hops
        if number <= len(hops) and _fits(hops[number - 1], consumer, operation, provider, subject):
            meeting = self.director.meet(number)
            self.crossed.append((number, meeting))
            frame.last = number
            return meeting
        if frame.last and _fits(hops[frame.last - 1], consumer, operation, provider, subject):
            return self.crossed[frame.last - 1][1]
        raise UndeclaredHop(self._misfit(consumer, operation, provider, subject, number))

    def _misfit(self, consumer: str, operation: str, provider: str, subject: str | None, number: int) -> str:
        hops = self.request.hops
        declared = f"declares `{hops[number - 1]}`" if number <= len(hops) else "has no hop left"
        return (
            f"the code takes the hop `{consumer} {operation} {provider}: {subject or '?'}` where the request "
            f"`{self.request.name}` {declared}; declare what the code does, "
            "or tell the part which subject it is"
        )

    @contextmanager
    def frame(self, component: str, version: str | None) -> Iterator[Frame]:
        """While it is entered, the component's handler is the one that runs."""
        frame = Frame(component, version, len(self.crossed))
        self.frames.append(frame)
        try:
            yield frame
        finally:
            self.frames.pop()
            self.answered = frame if self.frames or self.answered is None else self.answered

    def fail(self, hop: int, evidence: str, *, is_corruption: bool = False) -> None:
        """Records the failure, if it is the first."""
        self.failure = self.failure or Failure(max(hop, 1), one_line(evidence), is_corruption)


def _fits(hop: Hop, consumer: str, operation: str, provider: str, subject: str | None) -> bool:
    return (hop.consumer, OPERATIONS[hop.verb], hop.provider) == (consumer, operation, provider) and (
        subject is None or subject == hop.subject
    )


EVIDENCE_WIDTH = 200


def one_line(text: str) -> str:
    """The last line of the text that says anything, without control characters, cut at 200 columns."""
    lines = [line for line in text.split("\n") if line.strip()] or [""]
    clean = "".join(char if char.isprintable() else " " for char in lines[-1]).strip()
    return clean if len(clean) <= EVIDENCE_WIDTH else f"{clean[: EVIDENCE_WIDTH - 1]}…"


def told(error: BaseException) -> str:
    """The exception's name and the first line of what it says; further lines only explain."""
    words = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
