"""Systems of which a part is listed, and of the rest only its ranges are known (`model.compiler.ranges`)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.ranges import Ranges
from ...model.compiler.system import System, Value
from ...model.names import PIPELINE, VariableKey
from .diagram import Diagram, Node
from .drawing import share


class Bounded(Struct, frozen=True):
    """A system in which, of variables beside some that are listed, only their ranges are known."""

    system: System
    keys: frozenset[VariableKey]
    ranges: Ranges

    def narrow(self) -> tuple[System, list[VariableKey]]:
        """The system whose events wait for positions at which, by its range, each variable that is not listed
        can be as they ask; and the variables for which that made a difference."""
        events, beside = [], dict[VariableKey, None]()
        places = self.system.variables[self.system.index(PIPELINE)].domain
        for event in self.system.events:
            asked = [key for key in event.guard if key not in self.keys]
            if not asked or not event.effect.keys() & self.keys:
                events.append(event)
                continue
            possible = frozenset(event.guard.get(PIPELINE, places))
            for key in asked:
                left = frozenset(place for place in possible if self._can_be(place, key, event.guard[key]))
                if left != possible:
                    beside[key] = None
                possible = left
            if possible:
                events.append(replace(event, guard={**event.guard, PIPELINE: possible}))
        return replace(self.system, events=tuple(events)), list(beside)

    def _can_be(self, place: Value, key: VariableKey, allowed: frozenset[Value]) -> bool:
        known = self.ranges.get(place, {})
        return key not in known or bool(known[key] & allowed)

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
