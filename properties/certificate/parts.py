"""Parts of a system, listed: what an event says of some variables, and all states that can be reached so."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.system import Event, EventKind, Guard, Reached, System, passes, search
from ...model.names import VariableKey
from ...model.resources.limits import Limits
from ..temporal.influence import restrict_to_known


class KnownPart(Struct, frozen=True):
    """The states of some variables that can be reached, if of each event only what it says of them counts.

    `numbers` are those of the events in the whole system, `originals` what they are there; both by the `id`
    of the part's.
    """

    keys: frozenset[VariableKey]
    reached: Reached
    numbers: dict[int, int]
    originals: dict[int, Event]

    @property
    def system(self) -> System:
        return self.reached.system

    def states_in(self, guards: Iterable[Guard], among: Iterable[int] | None = None) -> dict[int, int]:
        """The states (of these), by number, in which one of the guards holds, as far as it speaks of the
        part; and the number of the first that does."""
        tests = [self.system.test(restrict_to_known(guard, self.keys)) for guard in guards]
        found = {}
        for number in range(len(self.reached.states)) if among is None else among:
            state = self.reached.states[number]
            which = next((at for at, test in enumerate(tests) if passes(state, test)), None)
            if which is not None:
                found[number] = which
        return found


def list_part(
    system: System, keys: frozenset[VariableKey], numbers: dict[int, int], limits: Limits
) -> KnownPart:
    """The part of the system that knows these variables; `numbers`: of the system's events, by their `id`.
    Raises `LimitError`."""
    events, own, originals, seen = [], {}, {}, set()
    for event in system.changing(keys):
        guard, effect = restrict_to_known(event.guard, keys), restrict_to_known(event.effect, keys)
        if (
            event.kind is EventKind.PIPELINE
        ):  # many say the same here; what they wait for beside tells them apart
            same = (
                frozenset(guard.items()),
                frozenset(effect.items()),
                event.group,
                frozenset(event.guard.keys() - keys),
            )
            if same in seen:
                continue
            seen.add(same)
        events.append(replace(event, guard=guard, effect=effect))
        own[id(events[-1])], originals[id(events[-1])] = numbers[id(event)], event
    variables = tuple(variable for variable in system.variables if variable.key in keys)
    return KnownPart(keys, search(System(variables, tuple(events)), limits), own, originals)
