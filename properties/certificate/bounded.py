"""Systems of which a part is listed, and of the rest only its ranges are known (`model.compiler.ranges`)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from ...model.compiler.ranges import Ranges
from ...model.compiler.system import Event, System, Value
from ...model.names import PIPELINE, VariableKey
from ..temporal.influence import restrict_to_known
from .diagram import Diagram, Node
from .drawing import share

Places = dict[tuple[VariableKey, frozenset[Value]], frozenset[Value]]
"""The positions at which a variable can have one of some values."""


class Bounded(Struct, frozen=True):
    """A system in which, of variables beside some that are listed, only their ranges are known."""

    system: System
    keys: frozenset[VariableKey]
    ranges: Ranges
    places: Places = field(default_factory=dict)
    """What was found out before."""

    def narrow(self) -> tuple[System, list[VariableKey]]:
        """The events that change what is listed, as far as it is spoken of, at positions at which, by its
        range, each other variable can be as they ask; and the variables for which that made a difference."""
        narrowed: dict[object, Event] = {}
        beside = dict[VariableKey, None]()
        places = frozenset(self.system.variables[self.system.index(PIPELINE)].domain)
        for event in self.system.changing(self.keys):
            possible = event.guard.get(PIPELINE, places)
            for key in (key for key in event.guard if key not in self.keys):
                left = possible & self._places_of(key, event.guard[key])
                if left != possible:
                    beside[key] = None
                possible = left
            if possible:
                own = restrict_to_known(event.guard, self.keys), restrict_to_known(event.effect, self.keys)
                same = frozenset({**own[0], PIPELINE: None}.items()), frozenset(own[1].items()), event.group
                known = narrowed.get(same)
                wider = possible if known is None else possible | known.guard[PIPELINE]
                narrowed[same] = replace(event, guard={**own[0], PIPELINE: wider}, effect=own[1])
        return replace(self.system, events=tuple(narrowed.values())), list(beside)

    def _places_of(self, key: VariableKey, allowed: frozenset[Value]) -> frozenset[Value]:
        """The positions at which the variable can have one of these values, as far as its range is known."""
        asked = key, allowed
        if asked not in self.places:
            pipeline = self.system.variables[self.system.index(PIPELINE)]
            self.places[asked] = frozenset(
                place
                for place in pipeline.domain
                if key not in (known := self.ranges.get(place, {})) or known[key] & allowed
            )
        return self.places[asked]

    def beside(self, diagram: Diagram, keys: Iterable[VariableKey]) -> Diagram:
        """The diagram, whose first variable is the pipeline, with what the ranges say of these variables."""
        pipeline = diagram.variables[0]
        assert pipeline.key == PIPELINE, "the pipeline comes first"
        below = {
            rank: child
            for values, child in diagram.levels[0][0]
            for rank in range(len(pipeline.domain))
            if values >> rank & 1
        }
        levels = list(diagram.levels[1:])
        variables = [self.system.variables[self.system.index(key)] for key in keys]
        for variable in reversed(variables):
            edges = {}
            for rank, child in below.items():
                own = self.ranges[pipeline.domain[rank]][variable.key]
                bits = sum(1 << number for number, value in enumerate(variable.domain) if value in own)
                edges[rank] = {child: bits}
            below, nodes = share(edges)
            levels.insert(0, nodes)
        root: dict[int, int] = {}
        for rank, child in below.items():
            root[child] = root.get(child, 0) | 1 << rank
        first: Node = tuple((values, child) for child, values in root.items())
        return Diagram((pipeline, *variables, *diagram.variables[1:]), ((first,), *levels))
