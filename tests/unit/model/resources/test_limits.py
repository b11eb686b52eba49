"""Limits: each one stops a search, says which it is, and what was covered; none is ever `safe`."""

from __future__ import annotations

import gc
import os
import pickle
import time
from contextlib import suppress
from pathlib import Path
from typing import Self
from weakref import ref

import pytest

from skewproof.model import compile_deployment
from skewproof.model.compiler.system import search
from skewproof.model.language import loads
from skewproof.model.resources.files import write_whole
from skewproof.model.resources.limits import (
    CHECKED_EVERY,
    LimitError,
    Limits,
    MemoryLimitError,
    Progress,
    StateLimitError,
    TimeLimitError,
)
from skewproof.model.resources.memory import read_resident_mib
from skewproof.properties import Safe, Unknown, check
from skewproof.properties.engines.registry import ENGINES

SERVICES = 4
FILE = (
    "components: {" + ", ".join(f"s{n}: {{kind: service, replicas: 3}}" for n in range(SERVICES)) + "}\n"
    "requests: {one: [client calls s0: x, s0 calls s1: x], two: [client calls s2: x, s2 calls s3: x]}\n"
    "pipeline: [Roll: [deploy " + " ".join(f"s{n}" for n in range(SERVICES)) + "]]\n"
    "changes: {s1/x: {breaks: none}}\n"
)
DEPLOYMENT = loads(FILE)


def passed() -> float:
    return time.monotonic() - 1


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (Limits(max_states=2000), StateLimitError),
        (Limits(deadline_s=passed()), TimeLimitError),
        (Limits(max_memory_mib=1), MemoryLimitError),
    ],
    ids=["states", "time", "memory"],
)
def test_a_limit_stops_the_search_and_the_verdict_names_it(limits: Limits, error: type[LimitError]) -> None:
    with pytest.raises(error):
        search(compile_deployment(DEPLOYMENT, DEPLOYMENT.requests[0]).system, limits)
    verdict = check(DEPLOYMENT, limits=limits, engine="reference").verdict
    assert isinstance(verdict, Unknown)
    assert verdict.covered is not None
    assert verdict.covered.limit == error.option
    assert error.option in verdict.reason
    assert error.option in verdict.advice


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    "limits",
    [Limits(max_states=5), Limits(deadline_s=passed()), Limits(max_memory_mib=1)],
    ids=["states", "time", "memory"],
)
def test_every_engine_stops_at_every_limit(name: str, limits: Limits) -> None:
    assert isinstance(check(DEPLOYMENT, engine=name).verdict, Safe)
    assert isinstance(check(DEPLOYMENT, limits=limits, engine=name).verdict, Unknown)


class Held:
    """What a search holds, for example the nodes of a diagram."""


@pytest.mark.parametrize(
    "limits", [Limits(max_states=5), Limits(deadline_s=passed()), Limits(max_memory_mib=1)]
)
def test_what_a_search_held_is_free_as_soon_as_its_limit_is_dealt_with(limits: Limits) -> None:
    """It may not wait for the garbage to be collected, which takes things apart in any order."""
    held: list[ref[Held]] = []

    def look() -> None:
        something = Held()
        held.append(ref(something))
        limits.check(6)

    gc.disable()
    try:
        with suppress(LimitError):
            look()
        assert held[0]() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("error", [StateLimitError(7), MemoryLimitError(8), TimeLimitError()])
def test_a_limit_comes_back_from_another_process_as_it_was(error: LimitError) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), vars(back)) == (type(error), str(error), vars(error))


def test_what_no_limit_stops_is_judged() -> None:
    generous = Limits(10**6, max_memory_mib=10**6, deadline_s=time.monotonic() + 600)
    assert isinstance(check(DEPLOYMENT, limits=generous, engine="reference").verdict, Safe)
    assert generous.progress.done == generous.progress.total == 2
    assert generous.progress.running_states == 0
    assert generous.progress.states > CHECKED_EVERY


def test_time_that_runs_out_between_two_requests_says_how_many_were_judged() -> None:
    """The watcher stands for the clock: when the second request begins, time is up."""
    late = Limits(deadline_s=time.monotonic() + 600)

    def watch(progress: Progress) -> None:
        if progress.done == 1:
            raise TimeLimitError

    late.progress.watcher = watch
    verdict = check(DEPLOYMENT, limits=late, engine="reference").verdict
    assert isinstance(verdict, Unknown)
    assert verdict.covered is not None
    assert verdict.covered.requests == 1
    assert "judged 1 of 2 requests" in verdict.reason
    assert verdict.covered.states > len(
        search(compile_deployment(DEPLOYMENT, DEPLOYMENT.requests[0]).system).states
    )


def test_the_memory_measured_is_what_is_held_now() -> None:
    before = read_resident_mib()
    block = bytearray(os.urandom(1024)) * (64 * 1024)  # 64 MiB, touched
    during = read_resident_mib()
    assert during - before > 48
    assert len(block) == 64 * 2**20
    del block
    assert read_resident_mib() < during - 32


class Interrupted(type(Path())):  # type: ignore[misc]  # the concrete class of paths here
    """A path whose file is interrupted just before it gets its name."""

    def replace(self, target: object) -> Self:
        assert self.read_bytes() == b"half", "it was written"
        raise KeyboardInterrupt


def test_an_interrupt_leaves_no_half_written_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_whole(Interrupted(tmp_path / "model.pml"), b"half")
    assert list(tmp_path.iterdir()) == []


def test_a_share_of_what_one_search_lists_holds_no_sets_up() -> None:
    limits = Limits(max_listed=5)
    limits.check(1_000)
    assert limits.listed_states == 5
    assert Limits(max_states=3, max_listed=5).listed_states == 3
