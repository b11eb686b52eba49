"""Random kernel systems that are no deployments, and a search of them by the three questions alone."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from skewproof.model.compiler.system import Event, EventKind, State, System, Value, Variable
from skewproof.model.names import VariableKey, jobs_of
from support.causes import made_up

MOST_STATES = 4**4


@st.composite
def systems(draw: DrawFn) -> System:
    """Up to four variables of up to four values, and any events: cycles, dead ends, events that
    change nothing, guards that hold nowhere, several variables at once."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    variables = tuple(
        Variable(
            jobs_of(f"x{n}"), tuple(f"v{rank}" for rank in range(size)), f"v{draw(st.integers(0, size - 1))}"
        )
        for n, size in enumerate(sizes)
    )
    count = draw(st.integers(0, 12))
    return System(variables, tuple(draw(_event(variables, number)) for number in range(count)))


def _variable(name: str, size: int, initial: int) -> Variable:
    return Variable(jobs_of(name), tuple(f"v{rank}" for rank in range(size)), f"v{initial}")


@st.composite
def _event(draw: DrawFn, variables: tuple[Variable, ...], number: int) -> Event:
    guard: dict[VariableKey, frozenset[Value]] = {}
    effect: dict[VariableKey, Value] = {}
    for variable in variables:
        role = draw(st.sampled_from(("moved", "moved", "guarded", "assigned", "free", "free")))
        if role in ("moved", "guarded"):
            few = st.frozensets(st.sampled_from(variable.domain), max_size=2)
            guard[variable.key] = draw(few)
        if role in ("moved", "assigned"):
            effect[variable.key] = draw(st.sampled_from(variable.domain))
    kind = draw(st.sampled_from(EventKind))
    return Event(made_up(kind, f"event {number}"), guard, effect)


def depths(system: System) -> dict[State, int]:
    """Every reachable state with the fewest events that lead to it."""
    found = {system.initial: 0}
    queue = [system.initial]
    for state in queue:  # grows while it is walked
        for event in system.enabled(state):
            reached = system.successor(state, event)
            if reached not in found:
                found[reached] = found[state] + 1
                queue.append(reached)
    return found


def every_state(system: System) -> list[State]:
    """All combinations of values, reachable or not."""
    return list(product(*(range(len(variable.domain)) for variable in system.variables)))
