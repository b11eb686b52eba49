"""Ten times the size must not cost a hundred times the work. Calls are counted, not seconds: those of
functions, and each turn of a generator."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType

import pytest

from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, check
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import lift
from skewproof.properties.engines.slicing.schedule import Schedule, Scheduler

SIZE = 60
MOST = 2.1
"""What comes with the second doubling costs twice what comes with the first, whatever the beginning costs;
where one looks at all pairs it is four times as much."""


def chain(services: int, replicas: int = 1, pipeline: str = "") -> Iterator[str]:
    names = [f"s{n}" for n in range(services)]
    yield "components:"
    yield from (f"  {name}: {{kind: service, replicas: {replicas}}}" for name in names)
    yield "requests:\n  walk:"
    callers = ["client", *names]
    yield from (f"    - {caller} calls {name}: x" for caller, name in zip(callers, names, strict=False))
    yield pipeline or f"pipeline: [Roll: [deploy {' '.join(names)}]]"
    yield "changes:"
    yield from (f"  {name}/x: {{breaks: none}}" for name in names)


def steps(services: int) -> Iterator[str]:
    """A step for each service, and in each something else in the background."""
    names = [f"s{n}" for n in range(services)]
    lines = "\n".join(f"  - P{n}: [deploy {name}]" for n, name in enumerate(names))
    return chain(services, pipeline=f"pipeline:\n{lines}")


def tables(count: int) -> Iterator[str]:
    yield "components: {a: {kind: service}, d: {kind: database}}"
    yield "requests:"
    yield from (f"  r{n}: [client calls a: x, a writes d: t{n}, a reads d: t{n}]" for n in range(count))
    yield "pipeline: [Migrate: [migrate d], Roll: [deploy a]]"
    yield "changes:"
    yield from (f"  d/t{n}: {{breaks: none}}" for n in range(count))


SHAPES: dict[str, Callable[[int], Iterator[str]]] = {
    "services": chain,
    "steps": steps,
    "replicas": lambda count: chain(3, replicas=count),
    "tables": tables,
}


def count_calls(text: str) -> int:
    deployment, calls = loads(text), 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        answer = check(deployment)
    finally:
        sys.setprofile(None)
    assert isinstance(answer.verdict, Safe)
    return calls


@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_grows_with_the_size(shape: str) -> None:
    count_calls("\n".join(SHAPES[shape](2)))  # what is imported, and made once
    one, two, four = (count_calls("\n".join(SHAPES[shape](SIZE * times))) for times in (1, 2, 4))
    assert (four - two) / (two - one) < MOST


def shards(count: int) -> Iterator[str]:
    names = [f"s{n}" for n in range(count)]
    yield "components:\n  g: {kind: service}"
    yield from (f"  {name}: {{kind: service, replicas: 2}}" for name in names)
    yield "requests:"
    yield from (f"  {name}: [client calls g: x, g calls {name} leader: y]" for name in names)
    yield f"pipeline: [Roll: [deploy g {' '.join(names)}]]"
    yield "changes:"
    yield from (f"  {name}/y: {{breaks: [V2 -> V1]}}" for name in names)


def test_a_run_that_avoids_all_hazards_is_looked_for_along_moves_before_elections() -> None:
    few = Task(loads("\n".join(shards(20))), None, Limits(max_states=2_000))  # there are 10^20 states
    judgement = engine("slice").judge(few)
    assert judgement.avoidable
    assert not judgement.left_open


COPIES = """
components:
  s: {kind: service, strategy: recreate}
  r: {kind: service}
  c: {kind: cache}
  d: {kind: database}
requests:
  put: [client calls s: put, "s writes d: t"]
  get: [client calls r: get, "r reads c: k0"]
  look: ["client reads c: k0", "client reads c: k1", "client reads c: k2", "client reads c: k3"]
pipeline: [Roll: [deploy s r], Copy: [sync c/k0 c/k1, sync c/k2]]
rollback: [Back: [rollback s r, sync c]]
changes:
  c/k0: {breaks: [V1 -> V2], from: d/t}
  c/k1: {breaks: none, from: d/t}
  c/k2: {breaks: none, from: d/t}
  c/k3: {breaks: none, from: d/t}
  d/t: {breaks: none, rows: kept}
"""


def test_a_run_that_avoids_all_hazards_goes_past_many_copies() -> None:
    """Where the pipeline goes on in more ways than anybody would list."""
    task = Task(replace(loads(COPIES), failures=True))
    assert engine("reference").judge(task).avoidable is True
    assert engine("slice").judge(task).avoidable is True


def test_a_run_that_avoids_all_hazards_takes_away_what_lies_about_before_it_moves() -> None:
    """Where nobody takes the message in time, workers can be anywhere, and none comes to a good end."""
    workers = [f"w{n}" for n in range(10)]
    text = f"""
components:
  api: {{kind: service}}
  log: {{kind: broker}}
{"".join(f"  {name}: {{kind: worker}}{chr(10)}" for name in workers)}
requests:
  send: [client calls api: x, api publishes log: event]
{"".join(f"  take {name}: [{name} consumes log: event]{chr(10)}" for name in workers)}
pipeline:
  - Stop: [suspend {" ".join(workers)}]
  - Workers: [deploy {" ".join(workers)}]
  - Roll: [deploy api]
  - Go: [resume {" ".join(workers)}]
changes: {{log/event: {{breaks: [V2 -> V1]}}}}
"""
    found = engine("slice").judge(Task(loads(text), limits=Limits(max_states=5_000)))
    assert found.avoidable is True
    assert len(found.found) == len(workers)


def cut_off(services: int) -> str:
    """Each of them can go under the request, before and while it is called: twice as many hazards."""
    names = " ".join(f"s{n}" for n in range(services))
    text = "\n".join(chain(services, pipeline=f"pipeline: [Roll: [deploy {names}]]"))
    return (
        text.replace("kind: service", "kind: service, drain: abrupt")
        + f"\nrollback: [Back: [rollback {names}]]\n"
    )


def test_what_a_cluster_does_under_a_request_is_found_once_for_all_stories(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[object] = []

    class Counted(Scheduler):
        def find(self) -> Schedule:
            made.append(self)
            return super().find()

    monkeypatch.setattr(f"{lift.__name__}.Scheduler", Counted)
    services = 12
    answer = check(loads(cut_off(services)), failures=True)
    assert len(answer.hazards) > services
    assert 0 < len(made) <= 4 * services


def test_the_whole_is_not_compiled_where_slices_tell_all(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"s{n}" for n in range(4)]
    back = ", ".join(f"B{name}: [rollback {name}]" for name in reversed(names))
    deployment = loads("\n".join(steps(4)) + f"\nrollback: [{back}]\n")

    def refuse(_: Task) -> Compiled:
        raise AssertionError("the events of all moves of all lines are made")

    monkeypatch.setattr(Task, "alone", property(refuse))
    answer = check(deployment, failures=True)
    assert isinstance(answer.verdict, Safe)
    assert not answer.left_open
    assert not answer.end.left_open
