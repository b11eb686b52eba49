"""Time that is up ends whatever runs, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from types import FrameType

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources import alarm as ringing
from skewproof.model.resources.alarm import __file__ as alarm_file
from skewproof.model.resources.alarm import alarm, give_room_for_a_word, others_code
from skewproof.model.resources.limits import LimitError, Limits, MemoryLimitError, TimeLimitError
from skewproof.model.resources.memory import read_resident_mib
from skewproof.properties import Unknown, check
from skewproof.properties.engines.protocol import Judgement
from skewproof.properties.engines.reference import Reference
from support.by_post import ByPost

LONG_S = 20
"""No phase of a test is longer, even if nothing ends it."""


def soon() -> Limits:
    return Limits(deadline_s=time.monotonic() + 0.05)


def work(seconds: float = LONG_S) -> None:
    """Looks at no limits."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        pass


def is_off() -> bool:
    return signal.getitimer(signal.ITIMER_REAL)[0] == 0 and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_a_phase_without_a_look_at_the_clock_is_ended() -> None:
    with pytest.raises(TimeLimitError), alarm(soon()):
        work()
    assert is_off()


def test_time_that_was_up_before_it_began_is_up() -> None:
    with pytest.raises(TimeLimitError), alarm(Limits(deadline_s=time.monotonic() - 1)):
        work()


class Busy(Reference, frozen=True):
    def judge(self, task: Task) -> Judgement:
        work()
        raise AssertionError("the work has no end")


def test_an_engine_that_does_not_look_gives_no_verdict() -> None:
    deployment = loads(
        "components: {a: {kind: service}}\nrequests: {r: [client calls a: x]}\n"
        "pipeline: [One: [deploy a]]\nchanges: {a/x: {breaks: none}}\n"
    )
    answer = check(deployment, engine=Busy(), limits=soon())
    assert isinstance(answer.verdict, Unknown)
    assert answer.verdict.covered is not None
    assert answer.verdict.covered.limit == "--timeout"


def test_what_is_over_in_time_hears_nothing() -> None:
    with alarm(Limits(deadline_s=time.monotonic() + 1000)):
        work(0.1)
    with pytest.raises(LookupError), alarm(Limits(deadline_s=time.monotonic() + LONG_S)):
        raise LookupError
    assert is_off()


def test_memory_that_is_full_ends_what_runs_without_a_look_at_it() -> None:
    held: list[bytes] = []

    def fill() -> None:
        while sum(map(len, held)) < 2**30:
            held.append(os.urandom(2**20))

    with pytest.raises(MemoryLimitError), alarm(Limits(max_memory_mib=int(read_resident_mib()) + 64)):
        fill()
    assert 48 < len(held) < 512
    assert is_off()


def test_what_somebody_keeps_for_himself_is_raised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a destructor does, or code under test that catches all."""
    monkeypatch.setattr(ringing, "LEAST_ROOM_S", 0.1)
    caught: list[TimeLimitError] = []

    def keep_it() -> None:
        while len(caught) < 2:
            try:
                work()
            except TimeLimitError as error:
                caught.append(error)
        work()

    with pytest.raises(TimeLimitError), alarm(soon()):
        keep_it()
    assert len(caught) == 2


def test_what_tells_of_a_limit_has_room_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of what was allowed, and a moment at least; in alarms around it, too."""
    monkeypatch.setattr(ringing, "LEAST_ROOM_S", LONG_S)  # this process may be held for a while
    with alarm(Limits(deadline_s=time.monotonic() + 0.05)):
        with pytest.raises(TimeLimitError), alarm(Limits(deadline_s=time.monotonic() + 0.05)):
            work()
        work(0.1)
    assert is_off()


def test_there_is_room_for_a_word_after_the_smallest_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ringing, "LEAST_ROOM_S", 0.0)
    with alarm(soon()):
        with pytest.raises(TimeLimitError):
            work()
        give_room_for_a_word()
        work(0.2)
    assert is_off()


@pytest.mark.parametrize(("outer_s", "inner_s"), [(0.05, 1000), (1000, 0.05)])
def test_of_alarms_within_each_other_the_stricter_one_counts(outer_s: float, inner_s: float) -> None:
    now_s = time.monotonic()
    with (
        pytest.raises(TimeLimitError),
        alarm(Limits(deadline_s=now_s + outer_s)),
        alarm(Limits(deadline_s=now_s + inner_s)),
    ):
        work()
    assert is_off()


def test_what_an_inner_alarm_leaves_undone_the_outer_one_does() -> None:
    def work_within_and_after() -> None:
        with alarm(Limits(deadline_s=time.monotonic() + 1000)):
            pass
        work()

    with pytest.raises(TimeLimitError), alarm(soon()):
        work_within_and_after()
    assert is_off()


def test_an_alarm_of_somebody_else_is_left_alone() -> None:
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        with alarm(soon()):
            work(0.1)
            assert signal.getitimer(signal.ITIMER_REAL)[0] > 900
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_another_thread_than_the_main_one_has_no_alarm() -> None:
    done: list[bool] = []

    def in_a_thread() -> None:
        with alarm(soon()):
            work(0.1)
        done.append(is_off())

    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    assert done == [True]


def test_an_import_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    text = (
        "import time\nend_s = time.monotonic() + 0.2\nwhile time.monotonic() < end_s: pass\nis_whole = True\n"
    )
    (tmp_path / "slow_to_import.py").write_text(text)

    def import_and_work() -> None:
        import_module("slow_to_import")
        work()

    with pytest.raises(TimeLimitError), alarm(soon()):
        import_and_work()
    assert sys.modules["slow_to_import"].is_whole


def test_workers_are_given_the_time_to_tell_how_far_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ringing, "WORKERS_TELL_WITHIN_S", LONG_S)
    with alarm(Limits(deadline_s=time.monotonic(), workers=ByPost().workers)):
        work(0.2)


def test_an_alarm_that_rings_while_it_is_left_is_off_all_the_same() -> None:
    """The moments lie so close that some rings come within the leaving itself."""
    rung = 0
    for number in range(50):
        try:
            with alarm(Limits(deadline_s=time.monotonic() + 0.0195 + number * 3e-5)):
                work(0.02)
        except TimeLimitError:
            rung += 1
        assert is_off()
    assert rung > 0


def test_what_leaves_an_alarm_hears_no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ringing, "EVERY_S", 1000.0)  # it rings when we ring it
    with alarm(Limits(deadline_s=time.monotonic())):
        bell = signal.getsignal(signal.SIGALRM)
        assert callable(bell)
        here, there = sys._getframe(), compile("import sys\nframe = sys._getframe()", alarm_file, "exec")
        names: dict[str, FrameType] = {}
        exec(there, names)
        bell(signal.SIGALRM, names["frame"])
        with pytest.raises(TimeLimitError):
            bell(signal.SIGALRM, here)


def test_what_leaves_an_alarm_calls_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bell rings while the room that was given within is given without: the bell around is put back."""
    rung: list[bool] = []
    exceeded = Limits.exceeded

    def ring(limits: Limits) -> LimitError | None:
        if rings[0] and not rung:
            rung.append(True)
            signal.raise_signal(signal.SIGALRM)
        return exceeded(limits)

    rings = [False]
    monkeypatch.setattr(ringing, "EVERY_S", 1000.0)
    monkeypatch.setattr(Limits, "exceeded", ring)

    def end() -> None:
        rings[0] = True
        raise LookupError

    with alarm(Limits(deadline_s=time.monotonic() + LONG_S)):
        around = signal.getsignal(signal.SIGALRM)
        with pytest.raises(LookupError), alarm(Limits(deadline_s=time.monotonic())):
            end()
        assert signal.getsignal(signal.SIGALRM) is around
    assert is_off()


# --- code of others ---


def test_code_of_others_cannot_take_a_limit_for_its_own_error() -> None:
    def service() -> str:
        try:
            work()
        except Exception as error:
            return f"the database is away: {error}"
        return "served"

    with pytest.raises(TimeLimitError), alarm(soon()), others_code():
        service()


def test_what_code_of_others_keeps_all_the_same_is_raised_behind_its_back() -> None:
    answered = []

    def service() -> None:
        try:
            work()
        except BaseException:
            answered.append("500")

    with pytest.raises(TimeLimitError), alarm(soon()), others_code():
        service()
    assert answered == ["500"]


def test_code_of_others_that_is_over_in_time_hears_nothing() -> None:
    with alarm(Limits(deadline_s=time.monotonic() + LONG_S)), others_code():
        assert True
    with others_code():  # nor where nobody has set an alarm
        assert True


def test_what_rings_in_a_destructor_of_others_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    class Slow:
        def __del__(self) -> None:
            work()

    with pytest.raises(TimeLimitError), alarm(soon()), others_code():
        Slow()
    assert "Traceback" not in capsys.readouterr().err
