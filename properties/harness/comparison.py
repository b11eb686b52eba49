"""What the model predicts and what the real thing does, held against each other hop by hop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from time import time

from msgspec import Struct

from ...model.deployment import Hop
from ..lookups.lookup import HazardKind
from .course import BrokenPair, RequestCourse
from .runs import Result, Run, drive
from .tour import DEFAULT_MAX_STATES, Stop, find_tour
from .trial import Trial

PredictionKey = tuple[str, BrokenPair]
"""A predicted pair of a request."""


DriveAll = Callable[["Comparison"], Iterable[Result | None]]
"""What comes of each encounter, in the order of the tour; None of those that were not tried."""


class Seen(Struct, frozen=True):
    """Predicted and seen: the run in which it happened first."""

    key: PredictionKey
    hop: Hop
    result: Result

    def __str__(self) -> str:
        return f"predicted and seen: {_pair(self.key, self.hop)}"


class NeverSeen(Struct, frozen=True):
    """Predicted, never seen; `why` says whether it was tried."""

    key: PredictionKey
    hop: Hop
    why: str

    def __str__(self) -> str:
        return f"predicted, never seen: {_pair(self.key, self.hop)}: {self.why}"


class Unpredicted(Struct, frozen=True):
    """Seen, not predicted: the file is wrong, or the harness is."""

    result: Result

    def __str__(self) -> str:
        return "\n".join(
            [
                f"seen, not predicted, in `{self.result.run.request}`:",
                *(f"  {number}  {line}" for number, line in enumerate(self.result.story, start=1)),
                *(f"     {line}" for line in self.result.logs),
                f"  repeat it: SKEWPROOF_RUN='{self.result.run}'",
            ]
        )


def _pair(key: PredictionKey, hop: Hop) -> str:
    request, pair = key
    return f"{request}, hop {pair.hop} `{hop}`, {pair}"


@dataclass(slots=True)
class Comparison:
    """The comparison as it grows; `toured` counts the encounters that were tried, `untried` those for which
    there was no time."""

    trial: Trial
    max_states: int = DEFAULT_MAX_STATES
    courses: dict[str, RequestCourse] = field(default_factory=dict)
    seen: dict[PredictionKey, Seen] = field(default_factory=dict)
    refuted: set[PredictionKey] = field(default_factory=set)
    masked: set[PredictionKey] = field(default_factory=set)
    _unpredicted: dict[object, Unpredicted] = field(default_factory=dict)
    toured: int = 0
    untried: int = 0
    is_complete: bool = True
    _left: set[PredictionKey] = field(default_factory=set)
    _stops: list[tuple[RequestCourse, Stop]] | None = None

    def __post_init__(self) -> None:
        for request in self.trial.deployment.requests:
            self.courses[request.name] = RequestCourse(self.trial.deployment, request)

    def list_stops(self) -> list[tuple[RequestCourse, Stop]]:
        """The encounters of all requests, each with the run that leads there, in the order of the tour."""
        if self._stops is None:
            found = [(course, find_tour(course, self.max_states)) for course in self.courses.values()]
            self.is_complete = all(tour.is_complete for _, tour in found)
            self._stops = [(course, stop) for course, tour in found for stop in tour.stops]
        return self._stops

    def tour(self, until: float = inf, drive_all: DriveAll | None = None) -> None:
        """Runs each encounter once; what fails is judged when it is known what does nothing.

        No run begins after `until` (of `time.time`). `drive_all` drives them in place of this comparison.
        """
        stops = self.list_stops()
        results = self.drive_stops(stops, until) if drive_all is None else drive_all(self)
        bad: list[Result] = []
        self.toured = self.untried = 0
        for (course, stop), result in zip(stops, results, strict=True):
            keys = {(course.request.name, pair) for pair in stop.broken}
            if result is None:
                self.untried += 1
                self._left |= keys
                continue
            self.toured += 1
            if result.is_bad:
                bad.append(result)
            self._refute(result)
            if stop.is_masked:
                self.masked |= keys
        for result in bad:
            self.judge(result)

    def drive_stops(
        self, stops: Iterable[tuple[RequestCourse, Stop]], until: float
    ) -> Iterator[Result | None]:
        """What comes of each; None of those for which there is no time left."""
        for course, stop in stops:
            yield drive(self.trial, course, stop.run) if time() < until else None

    def _refute(self, result: Result) -> None:
        """The broken pairs that a request met, and was served all the same, do nothing, as far as seen."""
        if not (result.is_bad or result.waits or result.impossible):
            self.refuted.update((result.run.request, pair) for met in result.hops for pair in met.broken)

    def judge(self, result: Result) -> Unpredicted | None:
        """What is wrong with the file, if the run shows it; what is seen is kept either way."""
        if self.is_unpredicted(result):
            kind = self._kind(result)
            known = self._unpredicted.get(kind)
            if known is None or _is_shorter(result, known.result):
                self._unpredicted[kind] = Unpredicted(result)
            return Unpredicted(result)
        if result.failure is not None:
            request = self.courses[result.run.request].request
            for pair in self.reasons(request.name, result.failure.hop, result.blamed):
                known_seen = self.seen.get((request.name, pair))
                if known_seen is None or _is_shorter(result, known_seen.result):
                    hop = request.hops[pair.hop - 1]
                    self.seen[request.name, pair] = Seen((request.name, pair), hop, result)
        return None

    @staticmethod
    def _kind(result: Result) -> object:
        """What two runs that show the same have in common: what was met at the hop that failed."""
        if result.failure is None:
            return result.run.request, result.undeclared
        met = [met.encounter for met in result.hops if met.number == result.failure.hop]
        return result.run.request, *met

    @property
    def unpredicted(self) -> list[Unpredicted]:
        """What was seen and not predicted: of each kind the shortest run."""
        return list(self._unpredicted.values())

    def is_unpredicted(self, result: Result) -> bool:
        """Whether something fails, or is done, that nothing explains which the file calls broken."""
        if result.failure is None:
            return result.undeclared is not None
        return not self.reasons(result.run.request, result.failure.hop, result.blamed)

    def reasons(self, request: str, hop: int, blamed: Iterable[BrokenPair]) -> list[BrokenPair]:
        """Which of the broken pairs that a request met last explain that it fails at the hop.

        Those of the hop itself; else those before it, but for such as did nothing in another run:
        then it is not they that fail, or not they alone.
        """
        own = [pair for pair in blamed if pair.hop == hop]
        return own or [pair for pair in blamed if (request, pair) not in self.refuted]

    def run(self, run: Run) -> Result:
        """What comes of one run."""
        return drive(self.trial, self.courses[run.request], run)

    def never_seen(self) -> Iterator[NeverSeen]:
        """What was predicted, and the real thing did not show, in the order of the file.

        That nobody is up, or an instance goes, is told only where it was met.
        """
        for course in self.courses.values():
            for pair in (*course.predicted, *self._losses(course)):
                key = (course.request.name, pair)
                if key not in self.seen:
                    yield NeverSeen(key, course.request.hops[pair.hop - 1], self._why(key))

    def _losses(self, course: RequestCourse) -> list[BrokenPair]:
        name = course.request.name
        met = (pair for request, pair in self.refuted if request == name)
        return sorted(
            (p for p in met if p.kind is not HazardKind.INCOMPATIBLE), key=lambda p: (p.hop, p.kind)
        )

    def _why(self, key: PredictionKey) -> str:
        if key in self.refuted:
            return "it was met, and nothing failed"
        if key in self._left:
            return "there was no time left to try it"
        if key in self.masked:
            return "what comes before it always fails first"
        return "no run meets it" if self.is_complete else "the tour was cut short before it"

    def reachable_never_seen(self) -> list[NeverSeen]:
        """The pairs of them that some run met."""
        pairs = (found for found in self.never_seen() if found.key[1].kind is HazardKind.INCOMPATIBLE)
        return [found for found in pairs if found.key in self.refuted]


def _is_shorter(result: Result, other: Result) -> bool:
    return len(result.run.choices) < len(other.run.choices)
