"""Who has a say in what: cones of influence among the variables of a deployment alone.

The cone of some variables (Clarke, Grumberg, Peled, "Model Checking", 1999, section 13.1) has with each
variable all that the moves and the traffic which change it look at. A pipeline, which all of its moves look
at, looks at nearly everything; so what it waits for outside of the cone is left out, and only what is in the
cone is known exactly. The part of a system that a cone makes has these variables, every event that changes
one of them, and of the pipelines' events what they say of them.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from ...model.compiler import advances
from ...model.compiler.advances import Advance, split_events
from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, System, Value
from ...model.kernel.graph import find_reachable
from ...model.names import PIPELINE, VariableKey, is_pipeline

VariableSet = frozenset[VariableKey]
T = TypeVar("T")


class Influence:
    """The cones of one deployment, compiled without a request."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._events = split_events(compiled.system)
        self._changing: dict[VariableKey, list[Event]] = {}
        units: dict[Hashable, set[VariableKey]] = {}
        for event in self._events.others:
            for name in event.effect:
                self._changing.setdefault(name, []).append(event)
            if event.group is not None:
                units.setdefault(event.group, set()).update(event.guard, event.effect)
        self._units = units
        self._needed: dict[VariableKey, set[VariableKey]] = {}
        self._originals: dict[int, tuple[Event, Event]] = {}

    def cone(self, names: Iterable[VariableKey]) -> VariableSet:
        """The variables, all that has a say in them, and the pipelines of these; the first where there is
        none, for something must go on.

        A move is in the cone with all of its events, or with none: it is what fairness is about.
        """
        cone = frozenset(find_reachable(names, self._needs))
        return cone if any(map(is_pipeline, cone)) else cone | {next(iter(self._compiled.vocabulary.courses))}

    def _needs(self, name: VariableKey) -> set[VariableKey]:
        needs = self._needed.get(name)
        if needs is None:
            needs = self._needed[name] = set()
            for event in self._changing.get(name, ()):
                needs.update(event.guard if event.group is None else self._units[event.group])
        return needs

    def part(self, cone: VariableSet) -> Compiled:
        """The part that a cone makes. Every run of the whole is one of it, if what happens elsewhere is
        left out."""
        system = self._compiled.system
        variables = tuple(variable for variable in system.variables if variable.key in cone)
        own = (event for variable in variables for event in self._changing.get(variable.key, ()))
        moves = {id(event): self._cut(event, cone) for event in own}
        return replace(self._compiled, system=System(variables, self._events.within(cone, moves.values())))

    def _cut(self, event: Event, cone: VariableSet) -> Event:
        if event.effect.keys() <= cone:
            return event
        cut = replace(event, effect=restrict_to_known(event.effect, cone))
        self._originals[id(cut)] = cut, event
        return cut

    def original(self, event: Event) -> Event:
        """What an event of a part is in the whole; of the pipeline's there may be several."""
        return self._originals[id(event)][1] if id(event) in self._originals else event

    def advancing(self, here: Value) -> list[Advance]:
        """The ways of the one pipeline from a position."""
        return [way for way in self._events.advances if here in way.guard[PIPELINE]]


def restrict_to_known(named: Mapping[VariableKey, T], known: VariableSet) -> dict[VariableKey, T]:
    """What is said of the names that are known."""
    if len(known) < len(named):  # a join of many components names them all
        return {name: named[name] for name in known if name in named}
    return {name: value for name, value in named.items() if name in known}


def find_differing(guards: Collection[Mapping[VariableKey, Hashable]]) -> VariableSet:
    """The names, but the pipelines', of which the guards (or effects) say different things."""
    return frozenset(name for name in advances.find_differing(guards) if not is_pipeline(name))


def join_sets(names: Iterable[VariableKey], together: Iterable[Iterable[VariableKey]]) -> list[VariableSet]:
    """The names in sets, so that those of them that belong together are in one."""
    owner = {name: frozenset({name}) for name in names}
    for some in together:
        own = [owner[name] for name in some if name in owner]
        if any(part is not own[0] for part in own):
            union = frozenset().union(*own)
            owner.update(dict.fromkeys(union, union))
    return list(dict.fromkeys(owner.values()))
