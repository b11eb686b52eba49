"""A slice without a hazard, told from parts of it that nothing but the pipeline connects.

On one line runs of such parts that pass the same positions are, put together, the runs of the slice
(`line_size`): what it can be in is, at each position to which every part lets the pipeline come, any
state of one part with any of another. So what its last hop can meet is asked of the parts one by one, and
their states are added where those of the slice are their product. Of a hazard more is asked, and answered by
the slice as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.compile import Compiled
from ....model.compiler.system import Event, Guard, System, Value, conjoin, passes
from ....model.names import PIPELINE, REQUEST, VariableKey
from ....model.resources.limits import Limits, StateLimitError
from ...lookups.lookup import Lookup
from ...temporal.influence import restrict_to_known
from .line_parts import LinePart, find_parts, list_positions, search_part

MOST_MOMENTS = 1_000
"""Each hop that is made at one moment may go to an instance of each version."""


class Harmless(Struct, frozen=True):
    """What is told of a slice in which no hazard is met: the lookups of two versions that its last hop makes,
    whether all can be complete, and how much of its parts was searched."""

    mixed: tuple[Lookup, ...]
    can_complete: bool
    states: int
    transitions: int


def find_harmless(
    compiled: Compiled, number: int, lookups: Iterable[Lookup], limits: Limits, *, is_at_once: bool
) -> Harmless | None:
    """What parts tell of the system of a slice and of what its request looks up at hop `number`; with
    `is_at_once` nothing else happens while it is in flight. None where a hazard is met, where there are no
    parts, or where these have more states than are listed. Raises `LimitError`."""
    moments = list_moments(compiled, number) if is_at_once else [build_moment(compiled, number)]
    system = leave_request_out(compiled) if is_at_once else compiled.system
    if moments is None or system is None:
        return None
    try:
        parts = split(system, limits)
    except StateLimitError:  # the slice may have fewer: one can come further alone than the others let it
        return None
    if parts is None:
        return None
    met = [lookup for lookup in lookups if parts.can_hold(lookup.guard, moments)]
    if any(lookup.is_broken for lookup in met):
        return None
    idle = [build_moment(compiled, 1)]
    can_complete = any(parts.can_hold(guard, idle) for guard in compiled.complete())
    return Harmless(tuple(met), can_complete, parts.states, parts.transitions)


class SearchedParts(Struct, frozen=True, dict=True):
    """The parts of a slice, each with all states that it can be in."""

    found: tuple[LinePart, ...]

    @cached_property
    def positions(self) -> frozenset[int]:
        """The positions to which all of them let the pipeline come."""
        return frozenset[int].intersection(*(frozenset(part.here) for part in self.found))

    def can_hold(self, guard: Guard, moments: Iterable[Moment]) -> bool:
        """Whether the guard can hold at one of the moments."""
        both = (moment.meets(guard) for moment in moments)
        return any(one is not None and self._can_be(one) for one in both)

    def _can_be(self, guard: Guard) -> bool:
        """Whether the slice can be in a state in which the guard holds."""
        places = self.positions
        for part in self.found:
            places = _find_places(part, guard, places)
        return bool(places)

    @property
    def states(self) -> int:
        """Those of all parts, added up."""
        return sum(len(part.reached.states) for part in self.found)

    @property
    def transitions(self) -> int:
        """Those of all parts, added up."""
        return sum(part.reached.transitions for part in self.found)


def split(system: System, limits: Limits) -> SearchedParts | None:
    """The parts of a system, of which no more states are listed together than of one; None where there is but
    one. Raises `LimitError`."""
    line = list_positions(system, PIPELINE)
    groups = find_parts(system, PIPELINE, line)
    found: list[LinePart] = []
    for group in groups if len(groups) > 1 else ():
        found.append(search_part(system, PIPELINE, group, line, limits))
        if sum(len(part.reached.states) for part in found) > limits.listed_states:
            raise StateLimitError(limits.listed_states)
    return SearchedParts(tuple(found)) if found else None


def _find_places(part: LinePart, guard: Guard, places: frozenset[int]) -> frozenset[int]:
    """Those of the positions at which the guard can hold, as far as the part knows."""
    own = restrict_to_known(guard, part.names)
    if not own:
        return places
    states, test = part.reached.states, part.reached.system.test(own)
    return frozenset(at for at in places if any(passes(states[index], test) for index in part.here[at]))


# --- when the request is there ---


class Moment(Struct, frozen=True):
    """What a moment must be like at which the request is so far, and what is known of the request then: all,
    if it made its hops at that moment."""

    request: Mapping[VariableKey, Value]
    guard: Guard

    def meets(self, guard: Guard) -> Guard | None:
        """What a moment must be like at which the guard holds for this request; None if it cannot."""
        if any(key in self.request and self.request[key] not in allowed for key, allowed in guard.items()):
            return None
        return conjoin(self.guard, {key: one for key, one in guard.items() if key not in self.request})

    def after(self, event: Event) -> Moment | None:
        """The same after one more hop, which changes nothing but the request; None if it cannot be made."""
        guard = self.meets(event.guard)
        return None if guard is None else Moment({**self.request, **event.effect}, guard)


def build_moment(compiled: Compiled, number: int) -> Moment:
    """Whenever the request is so far that hop `number` is next."""
    hops = compiled.system.variables[compiled.system.index(REQUEST)].domain
    return Moment({}, {REQUEST: frozenset({hops[number - 1]})})


def list_moments(compiled: Compiled, number: int) -> list[Moment] | None:
    """The moments just before a hop, if the request makes all those before it at once; None where one does
    more than to call, or where there are too many."""
    start = build_start(compiled)
    moments = [start]
    for hop in range(1, number):
        events = [event for event in compiled.system.events if event.hop == hop]
        if any(not event.effect.keys() <= start.request.keys() for event in events):
            return None
        after = (moment.after(event) for moment in moments for event in events)
        moments = [moment for moment in after if moment is not None]
        if len(moments) > MOST_MOMENTS:
            return None
    return moments


def build_start(compiled: Compiled) -> Moment:
    """Any, as long as there is no request."""
    variables = compiled.system.variables[compiled.own_variables :]
    return Moment({variable.key: variable.initial for variable in variables}, {})


def leave_request_out(compiled: Compiled) -> System | None:
    """The system as it is while there is no request; None where that is no system of its own."""
    idle, events = build_start(compiled), []
    for event in compiled.system.events:
        guard = idle.meets(event.guard) if event.hop is None else None
        if guard is not None:
            if not idle.request.keys().isdisjoint(event.effect):
                return None
            events.append(replace(event, guard=guard))
    return System(compiled.system.variables[: compiled.own_variables], tuple(events))
