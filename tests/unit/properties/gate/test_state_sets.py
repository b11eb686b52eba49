"""Sets of states as diagrams: what is taken to spread them again, and that nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from skewproof.model.compiler.system import Guard, State
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.engines.symbolic import steps
from skewproof.properties.gate.state_sets import Drawn, Footprint, Listed


def make(size: int, *, together: bool) -> Task:
    names = [f"s{number}" for number in range(1, size + 1)]
    roll = [[f"deploy {' '.join(names)}"]] if together else [[f"deploy {name}"] for name in names]
    pipeline = ", ".join(f"{{{number}: {actions}}}" for number, actions in enumerate(roll))
    components = ", ".join(f"{name}: {{kind: service, replicas: 2}}" for name in names)
    return Task(
        loads(
            f"versions: [V1, V2]\ncomponents: {{{components}}}\n"
            f"requests: {{ask: [client calls s1: a]}}\nchanges: {{s1/a: {{breaks: none}}}}\n"
            f"pipeline: [{pipeline}]\n"
        )
    )


def see_other(task: Task, name: str) -> Guard:
    """That the component is as it was not at first."""
    system = task.alone.system
    variable = system.variables[system.index(instances_of(name))]
    return {variable.key: frozenset(variable.domain) - {variable.initial}}


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many images were asked for since one asked last."""
    count, original = [0], steps.image

    def counted(*asked: Any) -> Any:
        count[0] += 1
        return original(*asked)

    def take() -> int:
        taken, count[0] = count[0], 0
        return taken

    monkeypatch.setattr(steps, "image", counted)
    return take


def test_who_rolls_beside_is_not_asked_again(images: Callable[[], int]) -> None:
    counts = []
    for size in (2, 12):
        task = make(size, together=True)
        sets = Drawn(task.alone.system, task.alone.system.events, Limits())
        seen = see_other(task, "s1")
        states = sets.meet(sets.spread(sets.start(), None), seen)
        images()
        sets.spread(states, [Footprint(frozenset(seen))])
        counts.append(images())
    assert counts[1] <= counts[0], "ten services more lead to nothing new"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("name", ["s1", "s2"])
def test_sets_are_those_that_are_listed(together: bool, name: str) -> None:
    task = make(2, together=together)
    system = task.alone.system
    seen = see_other(task, name)
    touched = [Footprint(frozenset(seen))]
    drawn = Drawn(system, system.events, Limits())
    listed = Listed(system, system.events, Limits(), 10_000)
    as_diagram = drawn.spread(drawn.meet(drawn.spread(drawn.start(), None), seen), touched)
    as_list: frozenset[State] = listed.spread(listed.meet(listed.spread(listed.start(), None), seen), touched)
    for variable in system.variables:
        assert drawn.values(as_diagram, variable.key) == listed.values(as_list, variable.key)


def test_what_an_event_lets_happen_is_taken() -> None:
    """The event that was told is no neighbour of the next step: only the pipeline between them is."""
    task = make(3, together=False)
    system = task.alone.system
    first = next(event for event in system.events if instances_of("s1") in event.effect)
    sets = Drawn(system, system.events, Limits())
    states = sets.fire(sets.spread(sets.start(), None), [first])
    found = sets.spread(states, [Footprint.of(first)])
    last = system.variables[system.index(instances_of("s3"))]
    assert sets.values(found, last.key) == sets.values(sets.spread(states, None), last.key)
    assert len(sets.values(found, last.key)) > 1
