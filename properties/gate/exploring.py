"""The search of a part in two phases: before what was seen, and from then on."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ...model.compiler.system import Condition, Event, Guard, State, passes
from ...model.resources.limits import CHECKED_EVERY, Limits, StateLimitError
from ..temporal.influence import VariableSet, restrict_to_known
from .parts import Part

SEEN = None
"""In the place of an event: the run is in a state that was seen, and goes on from it."""

Node = tuple[State, bool]
"""A state, and whether it is one from which what was seen lies behind (or is now)."""


class Script(Struct, frozen=True):
    """A run in some variables: before, between and behind its events their values; in `states[seen_at]` it is
    as it was seen. Each event stands for those of the whole that look like it there."""

    kept: VariableSet
    events: tuple[tuple[Event, ...], ...]
    states: tuple[State, ...]
    seen_at: int


class Explored(Struct, frozen=True):
    """All nodes of a part, breadth first; `came` is the node and the event (or `SEEN`) by which each was
    first come to, None for the start. `since` is the part from where it was seen on."""

    part: Part
    since: Part
    nodes: list[Node]
    came: list[tuple[int, Event | None] | None]

    def meeting(self, condition: Condition) -> Iterator[int]:
        """The nodes, by number, from which what was seen lies behind, and in which the condition holds."""
        tests = [self.part.system.test(guard) for guard in condition]
        for number, (state, seen) in enumerate(self.nodes):
            if seen and any(passes(state, test) for test in tests):
                yield number

    def script(self, number: int) -> Script:
        """The run to a node."""
        events: list[tuple[Event, ...]] = []
        states: list[State] = [self.nodes[number][0]]
        behind = 0
        while (came := self.came[number]) is not None:
            part = self.since if self.nodes[number][1] else self.part
            number, event = came
            if event is SEEN:
                behind = len(events)
            else:
                events.append(part.originals_of(event))
                states.append(self.nodes[number][0])
        return Script(self.part.kept, tuple(events[::-1]), tuple(states[::-1]), len(events) - behind)


def explore(part: Part, since: Part, seen: Guard, limits: Limits, most: int) -> Explored:
    """All that the part can do until `seen` holds, and `since`, of the same variables, from there on. Raises
    `LimitError`, also where there are more nodes than `most`."""
    most = min(most, limits.listed_states)
    as_seen = part.system.test(restrict_to_known(seen, part.kept))
    start: Node = (part.system.initial, False)
    nodes, known = [start], {start}
    came: list[tuple[int, Event | None] | None] = [None]

    def add(node: Node, number: int, event: Event | None) -> None:
        if node in known:
            return
        if len(nodes) >= most:
            raise StateLimitError(most)
        known.add(node)
        nodes.append(node)
        came.append((number, event))

    for number, (state, behind) in enumerate(nodes):  # grows while it is walked
        if not number % CHECKED_EVERY:
            limits.check(len(nodes))
        if not behind and passes(state, as_seen):
            add((state, True), number, SEEN)
        for event, reached in (since if behind else part).system.successors(state):
            add((reached, behind), number, event)
    limits.progress.search_over(len(nodes))
    return Explored(part, since, nodes, came)
