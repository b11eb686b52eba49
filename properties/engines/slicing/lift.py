"""A slice's story becomes a run of the whole: unreduced, ready for the replay.

The run of the slice is followed event by event. A move between classes becomes the fewest moves of the
machine; hops that were cut happen just before the next kept one; units that were cut make their events
just in time (`schedule`). Whatever does not fit raises `LiftError`: nothing is taken on trust.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.advances import Advance
from ....model.compiler.compile import Compiled
from ....model.compiler.life_variables import Standing
from ....model.compiler.stack import Frame
from ....model.compiler.system import Event, EventKind, State, Value
from ....model.kernel.system import LiveRun
from ....model.machines.machine import Transition
from ....model.names import (
    PIPELINE,
    REQUEST,
    VariableKey,
    VariableKind,
    instances_of,
)
from .plan import Mover, SlicePlan
from .schedule import NEVER_RELEASED, Schedule, ScheduledCall, Scheduler, list_marks
from .search import Ways, find_run_to
from .slice import Slice
from .whole_system import LiftError, RunAlone, WholeSystem

MOST_RUNS = 100_000
"""So many runs of clusters on ways of one line are kept."""

Running = LiveRun[VariableKey, Event]
"""A run of the whole, as far as it has come."""


class ScriptItem(Struct, frozen=True):
    """A thing to be done in the whole: a hop that was cut (`event` None), or an event of the slice with
    the state of the slice that it leads to; of the pipeline's, one step on the way to that state, with the
    position that the whole comes to."""

    hop: int | None
    event: Event | None = None
    target: State | None = None
    position: Value = None


class Lift:
    """Lifts runs of one slice, on some of whose `ways` they go: for hop `number` of a request that holds
    these frames, in a version of its choice; without a request, for hop 1."""

    def __init__(
        self,
        plan: SlicePlan,
        part: Slice,
        small: Compiled,
        ways: Ways,
        whole: WholeSystem,
        *,
        number: int = 1,
        frames: Sequence[Frame] = (),
    ) -> None:
        self._plan, self._number, self._part, self._ways = plan, number, part, ways
        self._whole, self._small, self._frames = whole, small, frames
        self._system = whole.system
        positions = small.vocabulary.positions
        self._places: dict[Value, int] = {Standing(place.name): i for i, place in enumerate(positions)}
        self._values = dict(_kept_variables(part, self._small))
        self._kept_lives = frozenset(part.lives.values())
        lives = small.vocabulary.lives.items()
        free = (key for key, life in lives if not life.is_tracked)
        self._untracked = frozenset(part.lives[key] for key in free if key in part.lives)

    def run(self, index: int) -> tuple[list[Event], State]:
        """The run of the whole for the run of the slice to state `index`, and where it ends.

        Raises `LiftError`.
        """
        script = self._script(index)
        schedule = self._schedule(script)
        moves = self._moves(script)
        events: list[Event] = []
        run = LiveRun(self._system)
        for number, item in enumerate(script):
            for event in schedule.before.get(number, ()):
                self._fire(run, event, events)
            for event in self._follow(run, item, moves.get(number), schedule):
                self._fire(run, event, events)
            if item.target is not None and not self._agrees(run, {}, item.target):
                raise LiftError("the whole does not come to where the slice does")
        return events, run.state

    def _fire(self, run: Running, event: Event, events: list[Event]) -> None:
        if not run.allows(event.guard):
            raise LiftError(f"`{event.text}` is not enabled")
        run.go(event.effect)
        events.append(event)

    # --- what is to be done ---

    def _script(self, index: int) -> list[ScriptItem]:
        script: list[ScriptItem] = []
        done = 0
        for event, target in find_run_to(self._ways, index):
            number = self._part.hops[event.hop - 1] if event.hop is not None else None
            if number is not None:
                script += [ScriptItem(cut) for cut in range(done + 1, number)]
                done = number
            if event.kind is EventKind.PIPELINE:
                script += [ScriptItem(None, event, target, place) for place in self._way(event)]
            else:
                script.append(ScriptItem(number, event, target))
        return [*script, *(ScriptItem(cut) for cut in range(done + 1, self._number))]

    def _schedule(self, script: list[ScriptItem]) -> Schedule:
        advances: dict[int, Value] = {}
        moments: dict[int, int] = {}
        for number, item in enumerate(script):
            if item.hop is not None:
                moments[item.hop] = number
            elif item.position is not None:
                advances[number] = item.position
        kept, calls = set(self._part.units), self._calls(moments)
        found = Schedule()
        for one in self._plan.movers:
            if not kept.isdisjoint(one.units):
                continue
            if one.first >= len(advances):  # what the pipeline has not come to stays put
                continue
            if all(map(self._whole.leaves_alone, one.variables)):
                found.extend(self._run_alone(one, advances))
            else:
                own = [call for name in one.components for call in calls.get(name, ())]
                found.extend(self._run_under_request(one, own, advances))
        return found

    def _run_under_request(
        self, one: Mover, calls: Sequence[ScheduledCall], advances: Mapping[int, Value]
    ) -> Schedule:
        """When a cluster makes its events on which the request may stand. Only the order of what happens to
        it matters, so that it is found once for the many stories that call it alike."""
        marks = sorted(list_marks(calls, advances))
        rank = {mark: number for number, mark in enumerate(marks)}
        ranked = tuple(
            replace(call, picked=rank[call.picked], released=rank.get(call.released, NEVER_RELEASED))
            for call in calls
        )
        way = {rank[mark]: position for mark, position in advances.items()}
        key = one.leader, self._plan.line.stop, ranked, tuple(way.items())
        found = self._whole.schedules.get(key)
        if found is None:
            found = self._scheduler(self._whole, one, ranked, way).find()
            self._whole.schedules[key] = found
        return Schedule({marks[number]: events for number, events in found.before.items()}, found.picks)

    def _run_alone(self, one: Mover, advances: Mapping[int, Value]) -> Schedule:
        """When a cluster makes its events in which the request has no say."""
        whole, way = self._whole.alone or self._whole, list(advances.values())
        known = whole.runs if whole.is_closed(one.variables) else self._plan.run_alone
        key = one.leader, len(way), way[-1] if way else None
        if key not in known.found and one.leader in known.asked:
            known.found.update(self._run_on(whole, one))
        known.asked.add(one.leader)
        if key not in known.found:
            known.found[key] = self._scheduler(whole, one, (), dict(enumerate(way))).find().before
        for name in one.variables:
            self._whole.changing(name)  # whoever tells the story knows the events that were asked for
        items = list(advances)
        return Schedule({items[number]: events for number, events in known.found[key].items()})

    def _run_on(
        self, whole: WholeSystem, one: Mover
    ) -> Iterator[tuple[tuple[VariableKey, int, Value | None], RunAlone]]:
        """The same on each way that the line begins with: on many all are found in one search."""
        line = [Standing(position.name) for position in self._plan.positions[1:]]
        if len(line) * len(self._plan.movers) > MOST_RUNS:
            return
        with suppress(LiftError):  # what cannot keep up to the end can do so on shorter ways
            for length, run in self._scheduler(whole, one, (), dict(enumerate(line))).find_each():
                yield (one.leader, length, line[length - 1]), run

    def _scheduler(
        self, whole: WholeSystem, one: Mover, calls: Sequence[ScheduledCall], advances: Mapping[int, Value]
    ) -> Scheduler:
        return Scheduler(whole, one.variables, calls, advances, self._find_settled, one.alike)

    def _find_settled(self, unit: VariableKey, here: Value) -> str | None:
        return self._plan.settled.at(unit, self._plan.place_of[here])

    def _way(self, event: Event) -> Iterator[Value]:
        """The positions of the whole on the way to where the slice's pipeline goes."""
        places, stages = self._plan.positions, self._part.stretches.stages
        index = self._places[event.effect[PIPELINE]]
        for stage in range(stages[index - 1] + 1, stages[index] + 1):
            yield Standing(places[stage].name)

    def _calls(self, moments: dict[int, int]) -> dict[str, list[ScheduledCall]]:
        """The held frames of components, with the items at which they are picked and let go."""
        found: dict[str, list[ScheduledCall]] = {}
        for frame in self._frames:
            if frame.born in moments:
                released = moments.get(frame.until, NEVER_RELEASED)
                call = ScheduledCall(frame.variable, frame.component, moments[frame.born], released)
                found.setdefault(frame.component, []).append(call)
        return found

    def _moves(self, script: list[ScriptItem]) -> dict[int, list[Transition]]:
        """The machines' transitions for each item that is a move between classes."""
        found: dict[int, list[Transition]] = {}
        for short, reduced in self._part.quotients.items():
            name = instances_of(short)
            reached = {number: v for number, item in enumerate(script) if (v := _moved(item.event, name))}
            initial = self._small.vocabulary.lives[name].life.initial
            runs = reduced.runs([initial, *(value.state for value in reached.values())])
            found.update(zip(reached, runs, strict=True))
        return found

    # --- doing it ---

    def _follow(
        self, run: Running, item: ScriptItem, arrows: list[Transition] | None, schedule: Schedule
    ) -> Iterator[Event]:
        """What the item is in the whole; the run goes on with each event before the next is asked for."""
        event = item.event
        if item.hop is not None:
            yield self._hop(run, item, schedule)
        elif event is None:
            raise LiftError("nothing to do")
        elif event.kind is EventKind.PIPELINE:
            yield self._go_on(run, self._whole.advancing(run.value(PIPELINE), item.position))
        elif arrows is not None:
            yield from self._climb(run, event, arrows)
        else:
            change = self._change(run, event)
            yield change
            for other in self._represented(event):
                yield self._whole.alike(change, other)

    def _represented(self, event: Event) -> Iterator[VariableKey]:
        """Those for which one stands that the event changes."""
        for small in event.effect:
            yield from self._part.alike.get(small, ())[1:]

    def _go_on(self, run: Running, ways: Sequence[Advance]) -> Event:
        event = self._whole.take(run.allows, ways)
        if event is None:
            raise LiftError("the pipeline cannot go on")
        return event

    def _climb(self, run: Running, event: Event, arrows: list[Transition]) -> Iterator[Event]:
        """One event for each transition of the machine."""
        name = next(self._part.lives[small] for small in event.effect if small.kind is VariableKind.INSTANCES)
        for arrow in arrows:
            for choice in self._whole.changing(name):
                is_arrow = choice.effect[name] == Standing(arrow.target)
                is_source = is_arrow and Standing(arrow.source) in choice.guard[name]
                if is_source and run.allows(choice.guard):
                    break
            else:
                raise LiftError(f"`{arrow.trigger}` is not enabled")
            yield choice

    def _change(self, run: Running, event: Event) -> Event:
        """The event of the same kind that changes the same of what is kept, in the same way."""
        wanted = {
            self._part.lives[small]: self._values[small][value] for small, value in event.effect.items()
        }
        for choice in (choice for name in wanted for choice in self._whole.changing(name)):
            changed = {name: value for name, value in choice.effect.items() if name in self._kept_lives}
            is_same = changed.keys() == wanted.keys() and all(
                self._is_same(name, value, wanted[name]) for name, value in changed.items()
            )
            if choice.kind is event.kind and is_same and run.allows(choice.guard):
                return choice
        raise LiftError(f"`{event.text}` has no counterpart")

    def _hop(self, run: Running, item: ScriptItem, schedule: Schedule) -> Event:
        assert item.hop is not None
        for choice in self._whole.hop(item.hop):
            picks = (schedule.picks.get(n, v) == v for n, v in choice.effect.items() if v is not None)
            if not (all(picks) and run.allows(choice.guard)):
                continue
            if item.target is None:
                if self._is_unseen(run, choice):
                    return choice
            elif self._agrees(run, choice.effect, item.target):
                return choice
        raise LiftError(f"hop {item.hop} cannot be run as the slice has it")

    # --- what the slice and the whole say of the same ---

    @cached_property
    def _kept(self) -> dict[VariableKey, VariableKey]:
        """The variables of the whole that the slice keeps, but for the instances up, with the slice's."""
        kept = (s for s in self._values if s.kind is not VariableKind.INSTANCES and s is not PIPELINE)
        return {self._name(small): small for small in kept}

    def _name(self, small: VariableKey) -> VariableKey:
        part = self._part
        for names in (part.lives, part.frames, part.tokens):
            if small in names:
                return names[small]
        return part.sessions[small]

    def _is_unseen(self, run: Running, hop: Event) -> bool:
        """Whether a hop that was cut changes nothing that the slice keeps, but for instances let go."""
        for whole in hop.effect:
            small = self._kept.get(whole)
            if small is None or small in self._part.sessions:  # all calls are kept before the last that is
                continue
            if self._is_used_up(small, run, hop.effect):
                continue
            before, after = run.value(whole), hop.effect[whole]
            if before != after and (after is not None or small not in self._part.frames):
                return False
        return True

    def _agrees(self, run: Running, effect: Mapping[VariableKey, Value], target: State) -> bool:
        """Whether the run comes with this effect to where the slice does. An instance that holds nothing up
        may be let go later than in the slice, and where the request keeps to a version it may call again."""
        for whole, small in self._kept.items():
            wanted = self._values[small][self._small.system.value(target, small)]
            is_free = wanted is None and (small in self._part.frames or small in self._part.sessions)
            is_free = is_free or self._is_used_up(small, run, effect)
            found = effect[whole] if whole in effect else run.value(whole)
            if not is_free and not self._is_same(whole, found, wanted):
                return False
        return True

    def _is_same(self, whole: VariableKey, found: Value, wanted: Value) -> bool:
        """Whether slice and whole say the same. Of which moves have ended only the whole may keep a record:
        where a move on another line is one of the background."""
        if whole in self._untracked and isinstance(found, Standing) and isinstance(wanted, Standing):
            return found.state == wanted.state
        return found == wanted

    def _is_used_up(self, small: VariableKey, run: Running, effect: Mapping[VariableKey, Value]) -> bool:
        """Whether the slice is done, after this effect, with a form that the request carries; the whole may
        go on with it."""
        walker = self._small.walker
        if small not in self._part.tokens or walker is None:
            return False
        last = walker.tokens[small.contract]
        if last > len(self._part.hops):
            return False
        done = effect[REQUEST] if REQUEST in effect else run.value(REQUEST)
        assert isinstance(done, int)
        return self._part.hops[last - 1] <= done


def _moved(event: Event | None, name: VariableKey) -> Standing | None:
    """Where a move takes the variable, if it does."""
    reached = event.effect.get(name) if event is not None and event.kind is EventKind.MOVE else None
    return reached if isinstance(reached, Standing) else None


def _kept_variables(part: Slice, small: Compiled) -> Iterator[tuple[VariableKey, dict[Value, Value]]]:
    """Each variable that slice and whole share, with the whole's value for each of the slice's."""
    for variable in small.system.variables:
        if variable.key in part.lives:
            values = [v for v in variable.domain if isinstance(v, Standing)]
            yield (
                variable.key,
                {v: Standing(v.state, frozenset(part.moves[n] for n in v.ended)) for v in values},
            )
        elif any(variable.key in names for names in (part.frames, part.tokens, part.sessions)):
            yield variable.key, {v: v for v in variable.domain}
