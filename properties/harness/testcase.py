"""A harness as a test case, for pytest or unittest."""

from __future__ import annotations

import os
import sys
import unittest
from collections.abc import Callable
from functools import wraps
from math import inf
from time import time
from typing import ClassVar, NoReturn

from ...model.errors import SkewproofError
from ...model.resources.jobs import ALONE, Workers
from .comparison import Comparison, Unpredicted
from .exploring import FITFUL, Effort, explore, read_own_settings, read_phases, shorten
from .mixed import MixedVersions
from .playing import play, repeat_play
from .runs import Run
from .sharing import Crew
from .tour import DEFAULT_MAX_STATES
from .trial import Trial

PLAY = 5
"""So many random runs of one request cost about as much as one play of several."""

OUT_OF_TIME = "no time is left after"
"""What the words of a test begin with that was skipped for its budget."""

REPEAT = "SKEWPROOF_RUN"
"""The environment variable that repeats one run."""


def _fail(words: str) -> NoReturn:
    """Ends a test with what happened: in pytest without frames, for none of them is of who reads it."""
    pytest = sys.modules.get("pytest")
    if pytest is not None:
        pytest.fail(words, pytrace=False)
    raise AssertionError(f"\n{words}")


def _told_in_words(test: Callable[[MixedVersionsTest], None]) -> Callable[[MixedVersionsTest], None]:
    """The test, which tells what is wrong with the harness, or about it, without frames."""

    @wraps(test)
    def told(case: MixedVersionsTest) -> None:
        try:
            test(case)
        except SkewproofError as error:
            wrong = str(error)
        else:
            return
        _fail(wrong)

    return told


def as_test_case(
    harness: type[MixedVersions],
    *,
    is_strict: bool = False,
    max_examples: int | None = None,
    max_states: int = DEFAULT_MAX_STATES,
    budget_s: float | None = None,
) -> type[MixedVersionsTest]:
    """A test case that fails where reality is not what the file predicts.

    It runs each version alone, each encounter once, random interleavings of one request (`max_examples`,
    or as many as the Hypothesis profile says), and plays with several requests at once. A tour that
    `max_states` cuts short fails. With `is_strict` it fails as well if a predicted pair was met and did
    nothing. `SKEWPROOF_RUN='request@0.3.1'` repeats that run alone, `SKEWPROOF_RUN='@4.0.2'` that play of
    several.

    `budget_s` seconds after it has begun, no other run begins but to shorten what failed: a test that has
    found nothing wrong until then, and has not tried all, is skipped with how much it tried. In pytest
    the marker `skewproof_budget` and the option `--skewproof-budget` say so, too.
    """
    own = {"harness": harness, "is_strict": is_strict, "max_examples": max_examples}
    own |= {"max_states": max_states, "budget_s": budget_s, "__module__": harness.__module__}
    return type(f"{harness.__name__}Test", (MixedVersionsTest,), own)


class MixedVersionsTest(unittest.TestCase):
    """What `as_test_case` gives a harness; by itself it tests nothing."""

    harness: ClassVar[type[MixedVersions]]
    is_strict: ClassVar[bool]
    max_examples: ClassVar[int | None]
    max_states: ClassVar[int]
    budget_s: ClassVar[float | None]
    trial: ClassVar[Trial]
    comparison: ClassVar[Comparison]
    until: ClassVar[float]
    workers: ClassVar[Workers] = ALONE
    crew: ClassVar[Crew | None] = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.until = inf if cls.budget_s is None else time() + cls.budget_s
        try:
            cls.trial = Trial(cls.harness())
            cls.crew = cls._hire()
        except SkewproofError as error:  # something is to be written; where it was noticed helps nobody
            wrong = str(error)
        else:
            wrong = ""
        if wrong:
            _fail(wrong)
        cls.comparison = Comparison(cls.trial, cls.max_states)

    @classmethod
    def _hire(cls) -> Crew | None:
        """Who helps; nobody where one run alone is repeated."""
        if cls.workers.hire is None or REPEAT in os.environ:
            return None
        try:
            return Crew(cls.trial, cls.max_states, cls.workers)
        except SkewproofError:
            cls.trial.close()
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        try:
            if cls.crew is not None:
                cls.crew.let_go()
        finally:
            cls.trial.close()

    def setUp(self) -> None:
        if REPEAT in os.environ and self._testMethodName != "test_the_run_that_is_repeated":
            self.skipTest(f"only the run of {REPEAT} is repeated")

    def test_each_version_alone(self) -> None:
        if self.trial.alone:
            _fail("\n".join(map(str, self.trial.alone)))

    @_told_in_words
    def test_everything_that_can_be_met(self) -> None:
        self._each_serves_alone()
        wrong = [*self.comparison.unpredicted]
        unseen = self.comparison.reachable_never_seen() if self.is_strict else []
        if not self.comparison.is_complete:
            _fail(f"the tour ends at {self.max_states:,} states; raise max_states")
        if wrong or unseen:
            _fail("\n".join(map(str, [*wrong, *unseen])))
        untried, toured = self.comparison.untried, self.comparison.toured
        self._tell_untried("things that can be met", toured, toured + untried, is_cut=untried > 0)

    @_told_in_words
    def test_random_interleavings(self) -> None:
        self._tour_is_right()
        most = read_own_settings(self.max_examples).max_examples
        effort = Effort(most, self.until, phases=read_phases())
        found = (self.crew.explore if self.crew else explore)(self.comparison, effort)
        if found.is_fitful and found.wrong is not None:
            _fail(f"{Unpredicted(found.wrong)}\n  {FITFUL}")
        if found.wrong is not None:
            shortest = shorten(self.comparison, found.wrong, self.comparison.is_unpredicted)
            _fail(str(Unpredicted(shortest)))
        self._tell_untried("random interleavings", found.tried, most, is_cut=found.is_cut)

    @_told_in_words
    def test_several_requests_at_once(self) -> None:
        self._tour_is_right()
        most = max(1, read_own_settings(self.max_examples).max_examples // PLAY)
        effort = Effort(most, self.until, phases=read_phases())
        found = (self.crew.play if self.crew else play)(self.comparison, effort)
        if found.told:
            _fail(found.told)
        self._tell_untried("plays with several requests", found.tried, most, is_cut=found.is_cut)

    @_told_in_words
    def test_the_run_that_is_repeated(self) -> None:
        if REPEAT not in os.environ:
            return
        run = Run.parse(os.environ[REPEAT])
        told = self._repeat(run)
        if not told:  # what does nothing in other runs explains nothing, and only a tour knows of it
            self._each_serves_alone()
            told = self._repeat(run)
        if told:
            _fail(told)

    def _tell_untried(self, what: str, tried: int, most: int, *, is_cut: bool) -> None:
        """Skips a test for which there was no time: what was not tried has not passed."""
        if is_cut:
            self.skipTest(f"{OUT_OF_TIME} {self.budget_s:g} s: {tried} of {most} {what} were tried")

    def _each_serves_alone(self) -> None:
        if self.trial.alone:
            self.skipTest("a version does not serve its requests even alone")
        if not self.comparison.toured:  # it tells what does nothing, and so explains nothing
            crew, until = self.crew, self.until
            self.comparison.tour(until, None if crew is None else lambda own: crew.drive_all(own, until))

    def _tour_is_right(self) -> None:
        """What the shortest runs show already, chance would show again, and take its time over it."""
        self._each_serves_alone()
        if self.comparison.unpredicted:
            _fail("\n".join(map(str, self.comparison.unpredicted)))

    def _repeat(self, run: Run) -> str:
        """What is wrong in it, if anything is."""
        if not run.request:
            return repeat_play(self.comparison, run)
        return str(self.comparison.judge(self.comparison.run(run)) or "")
