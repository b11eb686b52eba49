"""A request of a play: it runs in a thread of its own, and stops at each hop until it is let go on."""

from __future__ import annotations

from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from ...model.deployment import Request
from .code import paused
from .course import BrokenPair
from .errors import HarnessError, Waiting
from .mixed import execute
from .session import Meeting, Session
from .trial import Trial
from .views import Look
from .world import World

HANDLER_TIMEOUT_S = 60.0
"""So long a handler may take from one hop to the next, what processes may take by themselves not counted."""

HOPS_OF_CLEANING_UP = 100


class Loss(NamedTuple):
    """The instance that is taken away under a request, and by which hop it was called."""

    component: str
    version: str
    hop: int


class Journey:
    """A request in a thread, which goes on hop by hop. `met` is what of each hop the file calls broken."""

    def __init__(self, trial: Trial, world: World, request: Request, root: str | None) -> None:
        self._trial, self._world, self.request, self._root = trial, world, request, root
        self._asks: SimpleQueue[int | BaseException | None] = SimpleQueue()
        self._answers: SimpleQueue[Meeting | Loss | None] = SimpleQueue()
        self._thread = Thread(target=copy_context().run, args=(self._run,), daemon=True)
        self._is_unanswered = False
        self._limit_s = HANDLER_TIMEOUT_S + max(map(_patience_s, trial.parts.values()), default=0.0)
        self.session: Session | None = None
        self.met: list[tuple[int, tuple[BrokenPair, ...]]] = []
        self.saw: Look | None = None

    # --- in the request's own thread ---

    def _run(self) -> None:
        try:
            self.session = execute(self._trial.harness, self._world, self.request, self)
        except BaseException as error:
            self._asks.put(error)
        else:
            self._asks.put(None)

    def begin(self) -> str | None:
        return self._root

    def meet(self, number: int) -> Meeting:
        if self._is_unanswered:
            raise Waiting("to the model nobody answers the hop before")
        with paused():
            self._asks.put(number)
            answer = self._answers.get()
        if answer is None:
            raise Waiting("nobody waits for the answer any more")
        if isinstance(answer, Loss):
            raise self._world.take_away(*answer)
        self._is_unanswered = answer.is_nobody
        return answer

    def resume(self, component: str) -> None:
        """Nothing: what is thrown then counts when its code comes to the hop after."""

    # --- in the machine's thread ---

    @property
    def is_over(self) -> bool:
        return self.session is not None

    def start(self) -> None:
        """Runs the request up to its first hop."""
        self._thread.start()
        self._wait()

    def go_on(self, meeting: Meeting) -> None:
        """Lets the request run its next hop, and its handlers up to the one after."""
        self._answers.put(meeting)
        self._wait()

    def lose(self, component: str, pair: BrokenPair) -> None:
        """Takes the instance away that the pair names, and lets those go on that had called it."""
        version = pair.consumer or pair.provider
        assert version is not None, "an instance has a version"
        self._answers.put(Loss(component, version, pair.hop))
        self._wait()

    def abandon(self) -> None:
        """Ends the request where it stands; what its handlers do to clean up ends at its first hop, too."""
        for _ in range(HOPS_OF_CLEANING_UP):
            if self.is_over or not self._thread.is_alive():
                break
            self._answers.put(None)
            self._wait()
        if self._thread.ident is not None:  # it has begun
            self._thread.join(HANDLER_TIMEOUT_S)

    def _wait(self) -> None:
        try:
            asked = self._asks.get(timeout=self._limit_s)
        except Empty:
            raise HarnessError(
                f"a handler of `{self.request.name}` has come to no hop and no end in {self._limit_s:g} s"
            ) from None
        if isinstance(asked, BaseException):
            raise asked


def _patience_s(part: object) -> float:
    """So long a part may take to start, and to answer."""
    return float(getattr(part, "start_s", 0.0)) + float(getattr(part, "timeout_s", 0.0))
