"""Runs the tests of each mutant in a fork of a pytest that has collected them once.

The mutant's code takes the place of the function's own (`__code__`), so that whoever has imported the
function has the mutant; caches are emptied. Only the tests that call the function are run, the quickest
first, until one fails. A mutant that takes much longer, or more memory, than the tests without it counts as
killed.
"""

from __future__ import annotations

import functools
import gc
import os
import pickle
import resource
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from skewproof.model.resources.memory import read_resident_mib

from .mutants import Function, Mutant, code_of

MOST_SECONDS = 20
"""So much processor time is spent on one mutant at most; what is not killed by then counts as a survivor."""

MOST_MIB = 4_000
"""So much may be held. Addresses are not limited: decision diagrams reserve many that they never use."""

ENDLESS_S = 15
"""One test of a unit takes a second or two; one that takes this long does not come to its end."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    ENDLESS = "killed, by time or memory"
    SURVIVED = "survived"
    UNREACHED = "no test calls the function"


@dataclass
class Covering:
    """The tests, by number, that call each function, and the processor time that each test takes."""

    tests: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)


class Mutation:
    """A pytest plugin: instead of running the tests once, runs those of each mutant."""

    def __init__(self, root: Path, mutants: list[Mutant], functions: Iterable[Function]) -> None:
        self._root, self._mutants = root, mutants
        self._functions = list(functions)
        self.fates: list[tuple[Mutant, Fate, str]] = []
        self._failed = ""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        covering = _in_fork(lambda: self._cover(session))
        assert isinstance(covering, Covering), "the tests alone take too much memory"
        live = _live_functions(self._root, self._functions)
        for number, mutant in enumerate(self._mutants, start=1):
            function = mutant.function
            tests = covering.tests.get((str(function.file), function.first), set())
            fate, test = self._fate(session, mutant, live, sorted(tests, key=covering.seconds.__getitem__))
            self.fates.append((mutant, fate, test))
            print(f"{number}/{len(self._mutants)} {fate} {mutant} {test}", flush=True)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed = report.nodeid

    def _fate(
        self,
        session: pytest.Session,
        mutant: Mutant,
        live: dict[tuple[str, int], types.FunctionType],
        tests: list[int],
    ) -> tuple[Fate, str]:
        if not tests:
            return Fate.UNREACHED, ""

        def kill() -> str:
            function = live[str(mutant.function.file), mutant.function.first]
            function.__code__ = code_of(mutant, self._root, function.__code__.co_filename)
            _empty_caches()
            return self._run([session.items[number] for number in tests])

        killer: str | None = _in_fork(kill)
        if killer is None:
            return Fate.ENDLESS, ""
        return (Fate.KILLED, killer) if killer else (Fate.SURVIVED, "")

    def _run(self, items: list[pytest.Item]) -> str:
        """The test that fails; "" if none does."""
        begin_s = time.process_time()
        for item in items:
            self._failed = ""
            _, most = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + ENDLESS_S, most))
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            if self._failed:
                return self._failed
            if time.process_time() - begin_s > MOST_SECONDS:
                break
        return ""

    def _cover(self, session: pytest.Session) -> Covering:
        covering, starts = Covering(), _starts(self._root, self._functions)
        for number, item in enumerate(session.items):
            called: set[types.CodeType] = set()
            begin_s = time.process_time()
            sys.settrace(lambda frame, *_, called=called: called.add(frame.f_code))
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            sys.settrace(None)
            assert not self._failed, f"{self._failed} fails without any mutant"
            covering.seconds[number] = time.process_time() - begin_s
            for code in called:
                for key in starts.get(code.co_filename, {}).get(code.co_firstlineno, ()):
                    covering.tests.setdefault(key, set()).add(number)
        return covering


def _starts(root: Path, every: list[Function]) -> dict[str, dict[int, list[tuple[str, int]]]]:
    """By file and line the functions in which a piece of code begins."""
    found: dict[str, dict[int, list[tuple[str, int]]]] = {}
    for function in every:
        lines = found.setdefault(_filename(root, function.file), {})
        for line in range(function.first, function.last + 1):
            lines.setdefault(line, []).append((str(function.file), function.first))
    return found


def _filename(root: Path, file: Path) -> str:
    """The name under which Python has loaded the module of the file."""
    wanted = (root / file).resolve()
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return next(str(file) for file in files if file and Path(file).resolve() == wanted)


def _live_functions(root: Path, every: list[Function]) -> dict[tuple[str, int], types.FunctionType]:
    """The function objects of the modules, found wherever they are held."""
    names = {_filename(root, function.file): str(function.file) for function in every}
    return {
        (names[one.__code__.co_filename], one.__code__.co_firstlineno): one
        for one in gc.get_objects()
        if isinstance(one, types.FunctionType) and one.__code__.co_filename in names
    }


def _empty_caches() -> None:
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper):
            one.cache_clear()


def _end_when_full() -> None:
    """Ends this process once it holds too much."""
    while read_resident_mib() < MOST_MIB:
        time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGKILL)


def _in_fork(work: Callable[[], object]) -> Any:
    """What the work gives, done in a fork; None if it was ended from outside, for time or memory."""
    receiving, sending = os.pipe()
    child = os.fork()
    if not child:
        os.close(receiving)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        threading.Thread(target=_end_when_full, daemon=True).start()
        with os.fdopen(sending, "wb") as pipe:
            try:
                pickle.dump((True, work()), pipe)
            except BaseException as error:
                pickle.dump((False, repr(error)), pipe)
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    is_done, value = pickle.loads(told)
    assert is_done, value
    return value
