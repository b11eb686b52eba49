"""One request on the real thing: who is running, which declared hop each crossing is, what failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Protocol

from msgspec import Struct

from ...model.deployment import Deployment, Hop, Request, Verb
from .errors import Interrupted, ServiceError, UndeclaredHop, Waiting
from .views import ALIKE, Sights

OPERATIONS = {**{verb: str(verb) for verb in Verb}, Verb.FORWARDS: "calls", Verb.RELAYS: "publishes"}
"""What each verb looks like from outside: who passes on calls or publishes like any other."""


MOST_TRIES = 20
"""So often a call that nobody answers is tried again before it counts as one that waits."""


SETTLE_S = 60.0
"""So long a run waits at its end for hops that are still open."""


class Meeting(Struct, frozen=True):
    """Whom a hop meets: the version of the callee, the form that is found; None where neither fits.

    `caller` is the version that starts a request, at its first hop only. `is_nobody`: no instance of the
    callee is up. `sees` is what those that take part from this hop on see of flags that not all see alike.
    """

    callee: str | None = None
    found: str | None = None
    caller: str | None = None
    is_nobody: bool = False
    sees: Sights = ALIKE


class Director(Protocol):
    """Decides what a request meets, and when the rollout goes on."""

    def begin(self) -> str | None:
        """Lets the rollout go on up to the request's start; the version of what starts it, or None."""

    def meet(self, number: int) -> Meeting:
        """What hop `number` (from 1) meets; before it answers it lets the rollout go on in the world.

        Raises `Waiting` where the hop must wait.
        """

    def resume(self, component: str) -> None:
        """Code of the component is going to go on, up to the next hop, as what it has waited for is over."""


@dataclass(slots=True, eq=False)
class RunningHandler:
    """A running handler: the component, its version, and the last hop that brought it anything.

    That is first the hop that called it, then each hop that it takes itself.
    """

    component: str
    version: str | None
    last: int


class Failure(Struct, frozen=True):
    """What went wrong, and at which hop (from 1).

    The hop is the last one that the failing handler took, or the one that called it: what broke
    the handler came with it, at the latest. `evidence` is one line; `is_corruption` says that nothing
    was raised and the user's oracle found it.
    """

    hop: int
    evidence: str
    is_corruption: bool = False


@dataclass(slots=True, eq=False)
class Session:
    """One run of a request. The first failure counts: the others follow from it.

    `crossed` holds what each hop met, by its number, and None for a hop that the caller's version does
    not take. `ended` is what ended the run while its own thread waited for a process, `beat` counts what was
    crossed, `is_stopped` holds while the rollout goes on at a hop, `stopped_s` is for how long it has,
    `open_hops` are those that processes are at, and `tripped` says whose patience it
    outlasted. `lost` is the hop that called an instance which was taken away with the request on it, `missed`
    counts the calls that nobody answered.
    """

    deployment: Deployment
    request: Request
    director: Director
    crossed: dict[int, Meeting | None] = field(default_factory=dict)
    frames: list[RunningHandler] = field(default_factory=list)
    failure: Failure | None = None
    undeclared: str | None = None
    waits: bool = False
    impossible: bool = False
    answered: RunningHandler | None = None
    ended: BaseException | None = None
    is_stopped: bool = False
    beat: int = 0
    stopped_s: float = 0.0
    open_hops: int = 0
    tripped: str | None = None
    logs: tuple[str, ...] = ()
    lost: int | None = None
    missed: int = 0

    @property
    def is_served(self) -> bool:
        """The request was answered, rightly, by the hops that it declares."""
        return not (self.failure or self.undeclared or self.waits or self.impossible)

    @property
    def is_running(self) -> bool:
        """Whether a handler of the request has not answered yet."""
        return bool(self.frames)

    @property
    def running(self) -> RunningHandler:
        return self.frames[-1]

    def includes(self, component: str) -> bool:
        """Whether the request stands on an instance of the component."""
        return any(frame.component == component for frame in self.frames)

    def end(self, error: BaseException) -> None:
        """Ends the run from another thread than its own; the first end counts."""
        self.ended = self.ended or error

    def ends_for(self, frame: RunningHandler) -> BaseException | None:
        """What has ended the run for who waits for that handler.

        An instance that goes takes along what it waits for; its callers go on.
        """
        ended, frames = self.ended, list(self.frames)
        if not isinstance(ended, Interrupted):
            return ended
        gone = [one for one in frames if one.component == ended.component]
        is_outside = not gone or (frame in frames and frames.index(frame) < frames.index(gone[-1]))
        return None if is_outside else ended

    def settle(self, hops: int = 0) -> None:
        """Waits until no more than so many are at hops: one may have answered before what it had called."""
        end = monotonic() + SETTLE_S
        while self.open_hops > hops and monotonic() < end:
            sleep(0.01)

    def miss(self) -> None:
        """Somebody called, and nobody answered. Raises `Waiting` for who tries again and again."""
        self.missed += 1
        if self.missed > MOST_TRIES:
            raise Waiting("it is called again and again, and nobody answers")

    def lose(self, interrupted: Interrupted, hops: int) -> None:
        """The request's instance is gone, and who called it goes on; `hops` are open at its callers."""
        self.settle(hops)
        self.ended, self.lost = None, interrupted.hop

    def trip(self, words: str) -> None:
        """A stop has outlasted somebody's patience: what comes of the run shows nothing."""
        self.tripped = self.tripped or words

    def cross(self, consumer: str, operation: str, provider: str, subject: str | None) -> Meeting:
        """What the crossing meets: the request's next hop, or the frame's last one going on.

        Raises `UndeclaredHop` if it is neither, and what the director raises.
        """
        self.beat += 1
        if self.lost is not None:
            raise Waiting("to the model the request is over")
        frame = self.running
        if frame.component != consumer:
            raise UndeclaredHop(f"`{consumer}` acts while the request is at `{frame.component}`")
        number = self._next()
        hops = self.request.hops
        if number <= len(hops) and _fits(hops[number - 1], consumer, operation, provider, subject):
            self.crossed.update(dict.fromkeys(range(len(self.crossed) + 1, number)))
            meeting = self._stop_at(number)
            self.crossed[number] = meeting
            frame.last = number
            return meeting
        last = self.crossed.get(frame.last)
        if last is not None and _fits(hops[frame.last - 1], consumer, operation, provider, subject):
            return last
        raise UndeclaredHop(self._misfit(consumer, operation, provider, subject, number))

    def names_everything(self) -> bool:
        """Whether what no part names is called as the code calls it."""
        return False

    def expects(self, consumer: str, operation: str, provider: str) -> bool:
        """Whether that would be the next hop."""
        number, hops = self._next(), self.request.hops
        return (
            self.running.component == consumer
            and number <= len(hops)
            and _fits(hops[number - 1], consumer, operation, provider, None)
        )

    def _stop_at(self, number: int) -> Meeting:
        self.is_stopped, since = True, monotonic()
        try:
            return self.director.meet(number)
        finally:
            self.is_stopped = False
            self.stopped_s += monotonic() - since

    def _next(self) -> int:
        """The next hop that is not passed over."""
        number = len(self.crossed) + 1
        missing: set[str] = set()
        while number <= len(self.request.hops) and self._is_passed_over(number, missing):
            if self.request.hops[number - 1].verb.is_call:
                missing.add(self.request.hops[number - 1].provider)
            number += 1
        return number

    def _is_passed_over(self, number: int, missing: set[str]) -> bool:
        """Whether the caller is of a version that does not take the hop, or was itself not called."""
        hop = self.request.hops[number - 1]
        callers = [frame for frame in self.frames if frame.component == hop.consumer]
        if not callers:
            return hop.consumer in missing
        version = callers[-1].version
        return version is not None and not self.deployment.runs(version, hop)

    def _misfit(self, consumer: str, operation: str, provider: str, subject: str | None, number: int) -> str:
        hops = self.request.hops
        declared = f"declares `{hops[number - 1]}`" if number <= len(hops) else "has no hop left"
        return (
            f"the code takes the hop `{consumer} {operation} {provider}: {subject or '?'}` where the request "
            f"`{self.request.name}` {declared}; declare what the code does, "
            "or tell the part which subject it is"
        )

    @contextmanager
    def frame(self, component: str, version: str | None) -> Iterator[RunningHandler]:
        """While it is entered, the component's handler is the one that runs."""
        frame = RunningHandler(
            component, version, max((n for n, met in self.crossed.items() if met), default=0)
        )
        self.frames.append(frame)
        try:
            yield frame
        finally:
            self.frames.remove(frame)  # one that answered too early may go before those that it called
            if self.frames:
                self.director.resume(self.running.component)
            self.answered = frame if self.frames or self.answered is None else self.answered

    def fail(self, hop: int, evidence: str, *, is_corruption: bool = False) -> None:
        """Records the failure, if it is the first. What follows from the end of the run is none."""
        if self.ended is not None:
            return
        hop = hop if self.lost is None else self.lost
        self.failure = self.failure or Failure(max(hop, 1), cut_to_line(evidence), is_corruption)


def _fits(hop: Hop, consumer: str, operation: str, provider: str, subject: str | None) -> bool:
    return (hop.consumer, OPERATIONS[hop.verb], hop.provider) == (consumer, operation, provider) and (
        subject is None or subject == hop.subject
    )


EVIDENCE_WIDTH = 200


def cut_to_line(text: str) -> str:
    """The last line of the text that says anything, without control characters, cut at 200 columns."""
    lines = [line for line in text.split("\n") if line.strip()] or [""]
    clean = "".join(char if char.isprintable() else " " for char in lines[-1]).strip()
    return clean if len(clean) <= EVIDENCE_WIDTH else f"{clean[: EVIDENCE_WIDTH - 1]}…"


def tell_exception(error: BaseException) -> str:
    """The exception's name and the first line of what it says; further lines only explain."""
    words = str(error).strip().partition("\n")[0]
    if isinstance(error, ServiceError):
        return words
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
