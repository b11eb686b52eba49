"""The tour: each thing that a hop can meet, met once, by a shortest run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from .course import BrokenPair, CourseState, Encounter, Option, RequestCourse
from .runs import Run

DEFAULT_MAX_STATES = 100_000


class Stop(Struct, frozen=True):
    """One encounter with the run that leads there.

    `is_masked`: every run there meets something else first that the file calls broken.
    """

    encounter: Encounter
    run: Run
    broken: tuple[BrokenPair, ...]
    is_masked: bool


class Tour(Struct, frozen=True):
    """The stops in breadth-first order. Not `is_complete` where a limit was hit: there is more to meet."""

    course: RequestCourse
    stops: tuple[Stop, ...]
    is_complete: bool


def find_tour(course: RequestCourse, max_states: int = DEFAULT_MAX_STATES) -> Tour:
    """Every encounter that some interleaving has, by breadth-first search over the course.

    Hops that meet something broken are gone past only when all that can be reached without has been.
    """
    walk = _Walk(course, max_states)
    stops = tuple(walk.stops())
    return Tour(course, stops, not walk.was_cut)


class _Walk:
    def __init__(self, course: RequestCourse, max_states: int) -> None:
        self._course, self._max_states = course, max_states
        self._parents: dict[CourseState, tuple[CourseState, int] | None] = {course.initial: None}
        self._seen: set[tuple[Encounter, tuple[BrokenPair, ...]]] = set()
        self._later: list[tuple[CourseState, CourseState, int]] = []
        self.was_cut = False

    def stops(self) -> Iterator[Stop]:
        yield from self._search(deque([self._course.initial]), is_masked=False)
        frontier: deque[CourseState] = deque()
        for state, here, number in self._later:
            if self._admit(state, here, number):
                frontier.append(state)
        yield from self._search(frontier, is_masked=True)

    def _search(self, frontier: deque[CourseState], *, is_masked: bool) -> Iterator[Stop]:
        while frontier:
            here = frontier.popleft()
            for number, option in enumerate(self._course.options(here)):
                met = self._meet(here, option)
                broken = met[1] if met is not None else ()
                if met is not None and met not in self._seen:
                    self._seen.add(met)
                    yield Stop(met[0], self._run(here, number), broken, is_masked)
                if option.event.cut is not None:
                    continue  # to the model the request is over
                if broken and not is_masked:
                    self._later.append((option.reached, here, number))
                elif self._admit(option.reached, here, number):
                    frontier.append(option.reached)

    def _meet(self, here: CourseState, option: Option) -> tuple[Encounter, tuple[BrokenPair, ...]] | None:
        """What the option meets, and what of it the file calls broken; None if it is not the request's."""
        interruption = self._course.interruption(option.event)
        if interruption is not None:
            return interruption[0], (interruption[1],)
        if option.meeting is None:
            return None
        return self._course.encounter(here, option.meeting), self._course.broken(here, option.meeting)

    def _admit(self, state: CourseState, here: CourseState, number: int) -> bool:
        if state in self._parents:
            return False
        if len(self._parents) >= self._max_states:
            self.was_cut = True
            return False
        self._parents[state] = here, number
        return True

    def _run(self, here: CourseState, number: int) -> Run:
        choices = [number]
        while (parent := self._parents[here]) is not None:
            here, number = parent
            choices.append(number)
        return Run(self._course.request.name, tuple(reversed(choices)))
