"""Backwards by guards, against backwards state by state."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from skewproof.model.compiler.backwards import Backwards
from skewproof.model.compiler.system import Condition, Effect, Event, EventKind, Guard
from skewproof.model.kernel.graph import find_leading_to
from skewproof.model.names import VariableKey, flag_of, instances_of, jobs_of
from support.causes import made_up

DOMAINS: dict[VariableKey, tuple[str, ...]] = {
    instances_of("a"): ("0", "1", "2", "3"),
    jobs_of("b"): ("0", "1"),
    flag_of("c"): ("0", "1", "2"),
}
STATES = [dict(zip(DOMAINS, values, strict=True)) for values in product(*DOMAINS.values())]


def guards() -> st.SearchStrategy[Guard]:
    """What some of the variables may have; what a variable can never have is allowed as well."""
    one = {
        key: st.frozensets(st.sampled_from((*domain, "never")), min_size=1) for key, domain in DOMAINS.items()
    }
    return st.fixed_dictionaries({}, optional=one)


def events() -> st.SearchStrategy[Event]:
    effects: st.SearchStrategy[Effect] = st.fixed_dictionaries(
        {}, optional={key: st.sampled_from((*domain, "never")) for key, domain in DOMAINS.items()}
    )
    return st.builds(Event, st.just(made_up(EventKind.MOVE)), guards(), effects.filter(bool))


def holds(state: dict[VariableKey, str], guard: Guard) -> bool:
    return all(state[key] in allowed for key, allowed in guard.items())


@given(st.lists(events(), max_size=8), st.lists(guards(), max_size=3))
def test_backwards_by_guards_is_backwards_by_states(made: list[Event], goal: list[Guard]) -> None:
    possible = [e for e in made if all(value != "never" for value in e.effect.values())]
    arrows = [
        (here, STATES.index({**state, **{key: str(value) for key, value in event.effect.items()}}))
        for here, state in enumerate(STATES)
        for event in possible
        if holds(state, event.guard)
    ]
    wanted = [number for number, state in enumerate(STATES) if any(holds(state, guard) for guard in goal)]
    changing = {key: [event for event in made if key in event.effect] for key in DOMAINS}
    found: Condition = Backwards(DOMAINS.__getitem__, changing.__getitem__).leading_to(tuple(goal))
    assert set(find_leading_to(wanted, arrows)) == {
        number for number, state in enumerate(STATES) if any(holds(state, guard) for guard in found)
    }
