"""When a position of a pipeline can be left, as it is asked of few variables at a time.

What a pipeline waits for is a conjunction of choices (`model.compiler.advances`), each a disjunction of
guards. A name of which all guards of a choice say the same is asked by itself; the others of the choice are
asked *together*. So the position can be left if and only if what is asked of each name and of each set of
names that are asked together holds; and if these lie in parts that share no variable, if and only if each
part, as far as it is asked (`Exit.within`), lets it be left. Nothing is multiplied out: of n copies that one
action makes, each of which can be over in k ways, k times n guards are looked at and not k to the power of n.
Where places of other pipelines are named as well, this is so for each place where these can stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from ...model.compiler.advances import Advance, split_events
from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.system import Condition, Guard, Value
from ...model.names import is_pipeline, pipeline_of
from .influence import VariableSet, find_differing, restrict_to_known


class Exit(Struct, frozen=True, dict=True):
    """When a position can be left: by one of these ways, or where one of these guards holds."""

    ways: tuple[Advance, ...] = ()
    guards: Condition = ()

    @cached_property
    def names(self) -> VariableSet:
        """The variables of which anything is asked."""
        return frozenset().union(*(way.names for way in self.ways), *self.guards)

    @cached_property
    def together(self) -> tuple[VariableSet, ...]:
        """The variables, but the pipelines', of which something is asked together."""
        if len(self.ways) == 1 and not self.guards:
            asked = (frozenset(n for n in names if not is_pipeline(n)) for names in self.ways[0].joined)
            return tuple(names for names in asked if names)
        every = [event.guard for way in self.ways for event in way.events()]
        differing = find_differing([*every, *self.guards])
        return (differing,) if differing else ()

    def within(self, known: VariableSet) -> Condition:
        """What is asked of these variables."""
        seen = (event.guard for way in self.ways for event in way.within(known))
        return (*seen, *(restrict_to_known(guard, known) for guard in self.guards))


Exits = Mapping[Value, Exit]
"""For each position of each pipeline when it can be left."""


def find_exits(compiled: Compiled) -> Exits | None:
    """For each position when it can be left for good: for a later one, or (an end) as complete. A stop
    after a failure need not be left.

    None if a position could be left for an earlier one, so that a pipeline might go round.
    """
    places = [value for key in compiled.vocabulary.courses for value in compiled.vocabulary.lives[key].domain]
    order: dict[Value, int] = {value: number for number, value in enumerate(places)}
    ways: dict[Value, list[Advance]] = {value: [] for value in places}
    guards: dict[Value, list[Guard]] = {value: [] for value in places}
    for way in split_events(compiled.system).advances:
        key = pipeline_of(way.cause.there.pipeline)
        (here,) = way.guard[key]
        if order[way.effect[key]] <= order[here]:
            return None
        if way.group is not None:
            ways[here].append(way)
    for stop in compiled.vocabulary.positions:
        if stop.is_stopped:  # where an action has failed the pipeline may stay
            guards[Standing(stop.name)].append({})
    for guard in compiled.complete():
        for key in compiled.vocabulary.courses:
            for here in guard[key]:
                guards[here].append(guard)
    return {here: Exit(tuple(ways[here]), tuple(guards[here])) for here in places}
