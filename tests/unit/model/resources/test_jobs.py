"""Jobs: every result, in order, whatever becomes of the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from typing import Any

import pytest

from skewproof.model.resources.jobs import ROUNDS, Workers, run


def square(number: int) -> int:
    return number * number


def refuse(number: int) -> int:
    raise ValueError(number)


class Unlucky(Executor):
    """Does its jobs at once, but loses those whose turn says so; from `broken` on it takes none."""

    def __init__(self, loses: set[int], broken: int) -> None:
        self._loses, self._broken, self._turn = loses, broken, -1
        self.done: list[int] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._turn += 1
        if self._turn >= self._broken:
            raise BrokenExecutor
        future: Future[Any] = Future()
        if self._turn in self._loses:
            future.set_exception(BrokenExecutor("killed"))
            return future
        try:
            future.set_result(fn(*args, **kwargs))
            self.done.append(args[0])
        except ValueError as error:
            future.set_exception(error)
        return future


def staff(*rounds: Unlucky, told: list[int]) -> Workers:
    coming = iter(rounds)

    @contextmanager
    def hire() -> Iterator[Executor]:
        yield next(coming)

    return Workers(hire, (BrokenExecutor,), told.append)


def test_alone_it_does_all_in_order() -> None:
    assert list(run(square, range(5))) == [0, 1, 4, 9, 16]
    assert list(run(square, [])) == []


@pytest.mark.parametrize("loses", [set(), {0}, {4}, {1, 3}, {0, 1, 2, 3, 4}], ids=str)
@pytest.mark.parametrize("broken", [0, 2, 9])
def test_what_is_lost_is_done_again(loses: set[int], broken: int) -> None:
    told: list[int] = []
    second = Unlucky(set(), 9)
    assert list(run(square, range(5), staff(Unlucky(loses, broken), second, told=told))) == [0, 1, 4, 9, 16]
    lost = sorted({*loses, *range(broken, 5)})
    assert second.done == lost
    assert told == ([len(lost)] if lost else [])


def test_what_is_lost_again_and_again_is_done_here() -> None:
    told: list[int] = []
    hopeless = [Unlucky({0, 1, 2}, 9) for _ in range(ROUNDS)]
    assert list(run(square, range(3), staff(*hopeless, told=told))) == [0, 1, 4]
    assert told == [3] * ROUNDS


def test_results_are_given_as_soon_as_they_are_there() -> None:
    results = run(square, range(3), staff(Unlucky({2}, 9), Unlucky(set(), 9), told=[]))
    assert next(results) == 0
    assert list(results) == [1, 4]


def test_an_error_of_a_job_is_no_loss() -> None:
    with pytest.raises(ValueError, match="0"):
        list(run(refuse, range(3), staff(Unlucky(set(), 9), told=[])))
    with pytest.raises(ValueError, match="0"):
        list(run(refuse, range(3)))


def test_what_is_done_meanwhile_is_done_once_while_workers_are_at_work() -> None:
    done: list[str] = []
    first, second = Unlucky({0}, 9), Unlucky(set(), 9)
    found = run(square, [2, 3], staff(first, second, told=[]), lambda: done.append(f"{len(first.done)} done"))
    assert list(found) == [4, 9]
    assert done == ["1 done"]


def test_what_is_done_meanwhile_is_done_without_workers_too() -> None:
    done: list[str] = []
    assert list(run(square, [2], meanwhile=lambda: done.append("it"))) == [4]
    assert list(run(square, [], meanwhile=lambda: done.append("it"))) == []
    assert list(
        run(square, [2], staff(Unlucky(set(), 0), Unlucky(set(), 0), told=[]), lambda: done.append("it"))
    ) == [4]
    assert done == ["it", "it", "it"]
