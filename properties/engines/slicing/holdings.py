"""What a slice knows of the instances that it has cut and on which its request stands: how far they let the
pipeline come (`slicing`, "Told by how far")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.compile import Compiled
from ....model.compiler.life_variables import Standing
from ....model.compiler.system import Event, Guard, State, System, Value, Variable, conjoin
from ....model.names import PIPELINE, VariableKey, reach_of
from .stretches import Stretches


class Holding(Struct, frozen=True):
    """That the request stands on such instances from one hop of the slice (by its number, from 1) to another,
    or to its end. Called while the pipeline stands at place i they let it come to `reach[i]` and no further;
    one more than the last place is that all is complete. Places are those of a line, or of the slice."""

    picked: int
    released: int | None
    reach: tuple[int, ...]

    @property
    def key(self) -> VariableKey:
        """The variable that says how far, while the request stands there."""
        return reach_of(self.picked, self.released)

    @property
    def ends(self) -> tuple[int, ...]:
        """The places beyond which the pipeline does not always come."""
        return tuple(sorted({end for end in self.reach if end < len(self.reach)}))

    def list_turns(self) -> Iterator[int]:
        """The places that a slice must tell from those around them."""
        for before, (here, after) in enumerate(pairwise(self.reach)):
            if here != after:
                yield from (before, before + 1)
        yield from (place for end in self.ends for place in (end, end + 1) if place < len(self.reach))

    def shorten(self, stretches: Stretches) -> Holding:
        """The same of the places that remain."""
        place_of = {stage: index for index, stage in enumerate((*stretches.stages, len(self.reach)))}
        return replace(self, reach=tuple(place_of[self.reach[stage]] for stage in stretches.stages))


def join_holdings(holdings: Iterable[Holding]) -> tuple[Holding, ...]:
    """One for those that begin and end at the same hops; none where nothing is held up."""
    found: dict[VariableKey, Holding] = {}
    for one in holdings:
        both = zip(found.setdefault(one.key, one).reach, one.reach, strict=True)
        found[one.key] = replace(one, reach=tuple(map(min, both)))
    return tuple(found[key] for key in sorted(found) if found[key].ends)


def hold_up(compiled: Compiled, holdings: Sequence[Holding]) -> Compiled:
    """The system of a slice in which the pipeline comes no further than these let it. Each is a variable, of
    places of the slice; None while the request does not stand there, and where that holds nothing up."""
    system = compiled.system
    variables = (Variable(one.key, (None, *one.ends), None) for one in holdings)
    events: Sequence[Event] = system.events
    for one in holdings:
        events = [event for before in events for event in _follow(compiled, before, one)]
    return replace(compiled, system=System((*system.variables, *variables), tuple(events)))


def is_held_up(compiled: Compiled, state: State, holdings: Iterable[Holding]) -> bool:
    """Whether some of them do not let all be complete."""
    return any(state[compiled.system.index(one.key)] for one in holdings)


def _follow(compiled: Compiled, event: Event, one: Holding) -> Iterator[Event]:
    """The event where the pipeline may be held up: one for each way in which it can be."""
    if event.hop is not None and event.hop == one.picked:
        for guard, value in _list_picks(compiled, one):
            both = conjoin(event.guard, guard)
            if both is not None:
                yield replace(event, guard=both, effect={**event.effect, one.key: value})
    elif event.hop is not None and event.hop == one.released:
        yield replace(event, effect={**event.effect, one.key: None})
    elif PIPELINE in event.effect:
        positions, there = compiled.vocabulary.positions, event.effect[PIPELINE]
        index = next(position.index for position in positions if Standing(position.name) == there)
        far = frozenset[Value]((None, *(end for end in one.ends if end >= index)))
        yield replace(event, guard={**event.guard, one.key: far})
    else:
        yield event


def _list_picks(compiled: Compiled, one: Holding) -> Iterator[tuple[Guard, Value]]:
    """Where the pipeline stands, with how far it is let come by who is called then."""
    positions = compiled.vocabulary.positions
    for end in dict.fromkeys(one.reach):
        here = (position for position in positions if one.reach[position.index] == end)
        guard = {PIPELINE: frozenset[Value](Standing(position.name) for position in here)}
        yield guard, None if end == len(positions) else end
