"""What can be met from where a whole system was seen to stand, with its states held as sets."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from ...model.compiler.causes import EnableCause
from ...model.compiler.system import Condition, Event, Guard, System, Value, Variable
from ...model.names import MONITOR
from ...model.resources.limits import Limits
from ..engines.symbolic.encoding import Encoding, Manager
from ..engines.symbolic.grades import compute_grades, sort_events
from ..engines.symbolic.limits import Watch, limit_memory
from ..engines.symbolic.order import order_variables
from ..engines.symbolic.shortest import Rings
from ..engines.symbolic.steps import build_step, closure
from .lifting import LiftedRun
from .parts import Whole

_YET, _SINCE = frozenset({False}), frozenset({True})


class SetsAhead:
    """All that can be from where it was seen on. One variable more says whether that lies behind."""

    def __init__(self, whole: Whole, seen: Guard, barred: Collection[Event], limits: Limits) -> None:
        system, self._pipeline = whole.system, whole.pipeline
        with limit_memory(limits):
            self._seeing = Event(EnableCause("as seen"), {**seen, MONITOR: _YET}, {MONITOR: True})
            self._originals: dict[int, Event] = {}
            events = (*self._list_events(system, barred), self._seeing)
            two = System((*system.variables, Variable(MONITOR, (False, True), False)), events)
            self._encoding = Encoding(two, Manager(order_variables([two]), limits.memory_left_mib()))
            watch, start = Watch(limits), self._encoding.state(two.initial)
            steps = [build_step(self._encoding, event) for event in sort_events(two, compute_grades(two))]
            self._rings = Rings.of(self._encoding, watch)
            self._since = closure(self._encoding, start, steps, watch) & self._encoding.among(MONITOR, _SINCE)
        self._limits = limits

    def find(self, condition: Condition) -> dict[Value, LiftedRun]:
        """Where the condition can be met, with a shortest run to each place."""
        with limit_memory(self._limits):
            met = self._since & self._encoding.satisfying(condition)
            system = self._encoding.system
            domain = system.variables[system.index(self._pipeline)].domain
            there = {one: met & self._encoding.among(self._pipeline, frozenset({one})) for one in domain}
            return {
                place: self._run(self._rings.run(states)[0])
                for place, states in there.items()
                if states != self._encoding.false
            }

    def _list_events(self, system: System, barred: Collection[Event]) -> Iterator[Event]:
        for event in system.events:
            if any(event is one for one in barred):
                shut = replace(event, guard={**event.guard, MONITOR: _YET})
                self._originals[id(shut)] = event
                yield shut
            else:
                yield event

    def _run(self, events: tuple[Event, ...]) -> LiftedRun:
        seen_at = next(number for number, event in enumerate(events) if event is self._seeing)
        own = (event for event in events if event is not self._seeing)
        return LiftedRun(tuple(self._originals.get(id(event), event) for event in own), seen_at)
