"""A harness as a test case, for pytest or unittest."""

from __future__ import annotations

import os
import sys
import unittest
from typing import ClassVar, NoReturn

from hypothesis import Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test

from ...model.errors import SkewproofError
from .comparison import Comparison, Unpredicted
from .exploring import read_own_settings, runs_of_all, shorten
from .mixed import MixedVersions
from .playing import build_machine
from .runs import Run
from .tour import DEFAULT_MAX_STATES
from .trial import Trial

PLAY = 5
"""So many random runs of one request cost about as much as one play of several."""

REPEAT = "SKEWPROOF_RUN"
"""The environment variable that repeats one run."""


def _fail(words: str) -> NoReturn:
    """Ends a test with what happened: in pytest without frames, for none of them is of who reads it."""
    pytest = sys.modules.get("pytest")
    if pytest is not None:
        pytest.fail(words, pytrace=False)
    raise AssertionError(f"\n{words}")


def as_test_case(
    harness: type[MixedVersions],
    *,
    is_strict: bool = False,
    max_examples: int | None = None,
    max_states: int = DEFAULT_MAX_STATES,
) -> type[unittest.TestCase]:
    """A test case that fails where reality is not what the file predicts.

    It runs each version alone, each encounter once, random interleavings of one request (`max_examples`,
    or as many as the Hypothesis profile says), and plays with several requests at once. A tour that
    `max_states` cuts short fails. With `is_strict` it fails as well if a predicted pair was met and did
    nothing. `SKEWPROOF_RUN='request@0.3.1'` repeats that run alone.
    """

    class MixedVersionsTest(unittest.TestCase):
        trial: ClassVar[Trial]
        comparison: ClassVar[Comparison]

        @classmethod
        def setUpClass(cls) -> None:
            try:
                cls.trial = Trial(harness())
            except SkewproofError as error:  # something is to be written; where it was noticed helps nobody
                wrong = str(error)
            else:
                wrong = ""
            if wrong:
                _fail(wrong)
            cls.comparison = Comparison(cls.trial, max_states)

        @classmethod
        def tearDownClass(cls) -> None:
            cls.trial.close()

        def setUp(self) -> None:
            if REPEAT in os.environ and self._testMethodName != "test_the_run_that_is_repeated":
                self.skipTest(f"only the run of {REPEAT} is repeated")

        def test_each_version_alone(self) -> None:
            if self.trial.alone:
                _fail("\n".join(map(str, self.trial.alone)))

        def test_everything_that_can_be_met(self) -> None:
            self._each_serves_alone()
            wrong = [*self.comparison.unpredicted]
            unseen = self.comparison.reachable_never_seen() if is_strict else []
            if not self.comparison.is_complete:
                _fail(f"the tour ends at {max_states:,} states; raise max_states")
            if wrong or unseen:
                _fail("\n".join(map(str, [*wrong, *unseen])))

        def test_random_interleavings(self) -> None:
            self._tour_is_right()
            wrong: list[Unpredicted] = []

            own = read_own_settings(max_examples)
            phases = [one for one in own.phases if one not in (Phase.shrink, Phase.explain)]

            @settings(own, phases=phases)  # `shorten` does with fewer runs what shrinking would
            @given(run=runs_of_all(self.comparison))
            def happens_as_predicted(run: Run) -> None:
                found = self.comparison.judge(self.comparison.run(run))
                wrong[:] = [found] if found else []
                assert not found, str(found)

            try:
                happens_as_predicted()
            except AssertionError:
                if not wrong:
                    raise
            if wrong:
                shortest = shorten(self.comparison, wrong[0].result, self.comparison.is_unpredicted)
                _fail(str(Unpredicted(shortest)))

        def test_several_requests_at_once(self) -> None:
            self._tour_is_right()
            machine = build_machine(self.comparison)
            own = read_own_settings(max_examples)
            few = settings(
                own,
                max_examples=max(1, own.max_examples // PLAY),
                stateful_step_count=machine.TestCase.settings.stateful_step_count,
                report_multiple_bugs=False,  # the shrunk play of one is enough, and costs enough
            )
            told = ""
            try:
                run_state_machine_as_test(machine, settings=few)
            except AssertionError as error:
                told = "\n".join([str(error), *getattr(error, "__notes__", ())])
            if told:
                _fail(told)

        def test_the_run_that_is_repeated(self) -> None:
            if REPEAT in os.environ:
                self._judge(Run.parse(os.environ[REPEAT]))

        def _each_serves_alone(self) -> None:
            if self.trial.alone:
                self.skipTest("a version does not serve its requests even alone")
            if not self.comparison.toured:  # it tells what does nothing, and so explains nothing
                self.comparison.tour()

        def _tour_is_right(self) -> None:
            """What the shortest runs show already, chance would show again, and take its time over it."""
            self._each_serves_alone()
            if self.comparison.unpredicted:
                _fail("\n".join(map(str, self.comparison.unpredicted)))

        def _judge(self, run: Run) -> None:
            wrong = self.comparison.judge(self.comparison.run(run))
            if wrong is not None:
                _fail(str(wrong))

    MixedVersionsTest.__name__ = MixedVersionsTest.__qualname__ = f"{harness.__name__}Test"
    MixedVersionsTest.__module__ = harness.__module__
    return MixedVersionsTest
