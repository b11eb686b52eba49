"""The ways of a pipeline from one position to another, each as the choices that it is made of.

What a pipeline waits for at a position can be over in several ways: a copy has ended, or equals its source
already, in one form or another. As single events that is one for each combination, k to the power of n for n
copies. So the ways are kept as they are built, choice by choice, and who looks at a few variables alone is
given the few events that these tell apart. To leave out the variables that nobody asks about, one choice
after the other, is bucket elimination (Dechter, "Bucket elimination: a unifying framework for reasoning",
1999).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import TypeVar, overload

from msgspec import Struct

from ..kernel.system import Events
from ..names import VariableKey
from ..resources.limits import EventLimitError
from .causes import PipelineCause
from .system import Effect, Event, EventKind, Guard, State, System, conjoin

MOST_SINGLE = 64
"""So many events of one way are listed; more of them would soon be more than memory holds."""

MOST_LISTED = 20_000
"""So many are listed for who has to walk through all of them: some hundred MiB of large guards."""

Outcome = tuple[Guard, Effect]
"""One way in which a part of an event can turn out: when, and what it changes."""


class Advance(Struct, frozen=True, dict=True):
    """A way of a pipeline: it is open where `guard` holds and, of each of the `choices`, some outcome. No two
    choices change the same variable."""

    cause: PipelineCause
    guard: Guard
    effect: Effect
    choices: tuple[tuple[Outcome, ...], ...] = ()
    group: object = None

    @classmethod
    def of(cls, event: Event) -> Advance:
        """A single event of a pipeline as a way without choices."""
        assert isinstance(event.cause, PipelineCause)
        return cls(event.cause, event.guard, event.effect, (), event.group)

    def events(self) -> Iterator[Event]:
        """The way as single events, one for each combination of outcomes."""
        for outcomes in product(*self.choices):
            guard = conjoin(self.guard, *(more for more, _ in outcomes))
            if guard is not None:
                changed = {key: value for _, effect in outcomes for key, value in effect.items()}
                yield Event(self.cause, guard, {**self.effect, **changed}, self.group)

    def within(self, known: Collection[VariableKey]) -> Iterator[Event]:
        """The events that these variables tell apart, with nothing said of others; each once."""
        if self._fixed is None or not self._can_be:
            return
        for guard, effect in self._joined(_restrict(self._fixed, known), self._concerned(known), known):
            yield Event(self.cause, guard, effect, self.group)

    def seen_by(self, known: Collection[VariableKey]) -> Advance | None:
        """The way as these variables see it, its choices kept apart but for those that others join; None
        where it is never open."""
        if self._fixed is None or not self._can_be:
            return None
        guard, effect = _restrict(self._fixed, known)
        joined = (tuple(self._joined(({}, {}), some, known)) for some in self._list_joined(known))
        choices = tuple(choice for choice in joined if not _says_nothing(choice))
        return Advance(self.cause, guard, effect, choices, self.group)

    def taken(self, holds: Callable[[Guard], bool]) -> Event | None:
        """The event by which the pipeline goes this way where these guards hold; None where it is not open.
        Of several that are it is the first of `events`."""
        return next(self._list_open(holds), None) if holds(self.guard) else None

    def enabled(self, system: System, state: State) -> Iterator[Event]:
        """The events of this way that can happen in a state in which its guard holds, in their order; each is
        the same whenever it is asked for."""
        return self._list_open(lambda guard: system.holds(state, guard))

    def _list_open(self, holds: Callable[[Guard], bool]) -> Iterator[Event]:
        holding = [
            [number for number, (guard, _) in enumerate(choice) if holds(guard)] for choice in self.choices
        ]
        return map(self._event, product(*holding))

    def _event(self, numbers: tuple[int, ...]) -> Event:
        """The event of an outcome of each choice, by their numbers, that do not contradict each other."""
        if numbers not in self._made:
            outcomes = [choice[number] for choice, number in zip(self.choices, numbers, strict=True)]
            guard = conjoin(self.guard, *(more for more, _ in outcomes))
            assert guard is not None
            changed = {key: value for _, effect in outcomes for key, value in effect.items()}
            self._made[numbers] = Event(self.cause, guard, {**self.effect, **changed}, self.group)
        return self._made[numbers]

    @cached_property
    def _made(self) -> dict[tuple[int, ...], Event]:
        return {}

    @cached_property
    def is_wide(self) -> bool:
        """Whether it is more events than anybody would list."""
        return prod(map(len, self.choices)) > MOST_SINGLE

    def makes(self, event: Event) -> bool:
        """Whether the event is this way, for some outcome of each choice: where it can happen these hold, and
        it changes what they change."""
        effect = dict(self.effect)
        for choice in self.choices:
            outcomes = (
                changed
                for guard, changed in choice
                if _follows(event.guard, guard) and changed.items() <= event.effect.items()
            )
            outcome = max(outcomes, key=len, default=None)
            if outcome is None:
                return False
            effect |= outcome
        is_same = (event.cause, event.group, event.effect) == (self.cause, self.group, effect)
        return is_same and _follows(event.guard, self.guard)

    @cached_property
    def changes(self) -> frozenset[VariableKey]:
        """The variables that it may change."""
        return frozenset(self.effect).union(*(effect for choice in self.choices for _, effect in choice))

    @property
    def names(self) -> Iterator[VariableKey]:
        """The variables that it asks something of; some more than once."""
        yield from self.guard
        for choice in self.choices:
            for guard, _ in choice:
                yield from guard

    @property
    def identity(self) -> Hashable:
        """Equal for ways that ask the same and change the same."""
        choices = frozenset(frozenset(map(_identify, choice)) for choice in self.choices)
        return *_identify((self.guard, self.effect)), choices, self.group

    @cached_property
    def joined(self) -> tuple[frozenset[VariableKey], ...]:
        """The variables of which it asks something together: in each choice those in which the outcomes
        differ. What else it asks is asked of each variable alone."""
        differing = (find_differing([guard for guard, _ in choice]) for choice in self._open)
        return tuple(names for names in differing if names)

    # --- what is always asked, and what can turn out in several ways ---

    @cached_property
    def _fixed(self) -> Outcome | None:
        """What every outcome asks; None where the way is never open."""
        found: Outcome | None = (self.guard, self.effect)
        for choice in self.choices:
            if len(choice) == 1 and found is not None:
                found = _join(found, choice[0])
        return found if all(self.choices) else None

    @cached_property
    def _open(self) -> tuple[tuple[Outcome, ...], ...]:
        """The choices that are left, each with what is fixed of the variables that it names."""
        if self._fixed is None:
            return ()
        guard, left = self._fixed[0], []
        for choice in self.choices:
            if len(choice) > 1:
                joined = (_join((_restrict_to(guard, one[0]), {}), one) for one in choice)
                left.append(tuple(one for one in joined if one is not None))
        return tuple(left)

    @cached_property
    def _names(self) -> tuple[frozenset[VariableKey], ...]:
        return tuple(
            frozenset(key for guard, effect in choice for key in (*guard, *effect)) for choice in self._open
        )

    @cached_property
    def _naming(self) -> Mapping[VariableKey, list[int]]:
        """The choices that name each variable, by their numbers."""
        found: dict[VariableKey, list[int]] = {}
        for number, names in enumerate(self._names):
            for key in names:
                found.setdefault(key, []).append(number)
        return found

    def _concerned(self, known: Collection[VariableKey]) -> list[int]:
        """The choices that name one of the variables, and those that others join to them."""
        return sorted(self._follow((n for key in known for n in self._naming.get(key, ())), known))

    def _follow(self, numbers: Iterable[int], known: Collection[VariableKey]) -> dict[int, None]:
        """These choices, and those that other variables join to them."""
        found: dict[int, None] = {}
        waiting = [*numbers]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found[number] = None
                others = (key for key in self._names[number] if key not in known)
                waiting += (other for key in others for other in self._naming[key])
        return found

    def _list_joined(self, known: Collection[VariableKey]) -> Iterator[list[int]]:
        """The choices that name one of the variables, with those that others join to them, in sets that no
        other variable joins."""
        left = dict.fromkeys(self._concerned(known))
        while left:
            found = self._follow([next(iter(left))], known)
            for number in found:
                del left[number]
            yield sorted(found)

    @cached_property
    def _can_be(self) -> bool:
        """Whether some combination of outcomes does not contradict itself."""
        return bool(self._joined(({}, {}), range(len(self._open)), ()))

    def _joined(
        self, first: Outcome, numbers: Iterable[int], known: Collection[VariableKey]
    ) -> Collection[Outcome]:
        """The combinations of the first with an outcome of each of these choices, in what they say of the
        variables that are known. Others are left out once no further choice names them."""
        found = {_identify(first): first}
        for number in numbers:
            both = (_join(one, other) for one in found.values() for other in self._open[number])
            over = {key for key in self._names[number] if self._naming[key][-1] == number}.difference(known)
            seen = (_leave_out(outcome, over) for outcome in both if outcome is not None)
            found = {_identify(outcome): outcome for outcome in seen}
        return found.values()


def _says_nothing(choice: Collection[Outcome]) -> bool:
    """Whether some outcome is always there, and none changes anything."""
    return any(not guard for guard, _ in choice) and not any(effect for _, effect in choice)


def find_differing(guards: Collection[Mapping[VariableKey, Hashable]]) -> frozenset[VariableKey]:
    """The variables of which the guards (or effects) say different things."""
    names = {name for guard in guards for name in guard}
    return frozenset(name for name in names if len({guard.get(name) for guard in guards}) > 1)


def _follows(guard: Guard, other: Guard) -> bool:
    """Whether the other guard holds wherever the guard does."""
    return all(key in guard and guard[key] <= allowed for key, allowed in other.items())


def _join(one: Outcome, other: Outcome) -> Outcome | None:
    """Both; None where they contradict each other."""
    guard = conjoin(one[0], other[0])
    return None if guard is None else (guard, {**one[1], **other[1]})


def _restrict(outcome: Outcome, known: Collection[VariableKey]) -> Outcome:
    """What is said of the variables that are known."""
    return _restrict_to(outcome[0], known), _restrict_to(outcome[1], known)


def _leave_out(outcome: Outcome, over: Collection[VariableKey]) -> Outcome:
    """What is said of all other variables."""
    guard, effect = outcome
    return (
        {key: values for key, values in guard.items() if key not in over},
        {key: value for key, value in effect.items() if key not in over},
    )


T = TypeVar("T")


def _restrict_to(named: Mapping[VariableKey, T], known: Collection[VariableKey]) -> dict[VariableKey, T]:
    if len(known) < len(named):  # a join of many components names them all
        return {name: named[name] for name in known if name in named}
    return {name: value for name, value in named.items() if name in known}


def _identify(outcome: Outcome) -> tuple[frozenset[object], frozenset[object]]:
    return frozenset(outcome[0].items()), frozenset(outcome[1].items())


class EventList(Events[VariableKey, Event]):
    """The events of a compiled system: the ways of its pipelines, then all others. The ways are made single
    events only for who asks for each event."""

    def __init__(self, advances: Iterable[Advance], others: Iterable[Event]) -> None:
        self.advances, self.others = tuple(advances), tuple(others)

    @cached_property
    def joint(self) -> tuple[Advance, ...]:
        """The ways that are more events than anybody would list."""
        return tuple(way for way in self.advances if way.is_wide)

    @cached_property
    def single(self) -> tuple[Event, ...]:
        """The others, and the events of ways that are few."""
        few = (event for way in self.advances if not way.is_wide for event in way.events())
        return (*few, *self.others)

    @cached_property
    def _every(self) -> tuple[Event, ...]:
        if not self.joint:
            return self.single
        if sum(prod(map(len, way.choices)) for way in self.joint) > MOST_LISTED:
            raise EventLimitError(MOST_LISTED)
        return (*(event for way in self.advances for event in way.events()), *self.others)

    @cached_property
    def _changing(self) -> Mapping[VariableKey, list[Event]]:
        found: dict[VariableKey, list[Event]] = {}
        for event in self.others:
            for key in event.effect:
                found.setdefault(key, []).append(event)
        return found

    def changing(self, keys: Iterable[VariableKey]) -> list[Event]:
        """The others that change one of the variables, each once."""
        found = (event for key in keys for event in self._changing.get(key, ()))
        return list({id(event): event for event in found}.values())

    def asked_of(self, keys: Collection[VariableKey]) -> frozenset[VariableKey]:
        """The variables of which something is asked before one of these changes."""
        ways = (way.names for way in self.advances if not way.changes.isdisjoint(keys))
        return frozenset().union(*ways, *(event.guard for event in self.changing(keys)))

    def going_on(self, known: Collection[VariableKey]) -> Iterator[Event]:
        """The events of the pipelines that change one of these variables, as far as these tell them apart;
        each once."""
        seen = set()
        for way in self.advances:
            if way.changes.isdisjoint(known):  # another pipeline goes on
                continue
            for event in way.within(known):
                same = *_identify((event.guard, event.effect)), event.group
                if same not in seen:
                    seen.add(same)
                    yield event

    def within(self, known: Collection[VariableKey], others: Iterable[Event]) -> Sequence[Event]:
        """The events of a part with these variables, of which these are the others: those that change one of
        them, as far as they tell them apart. Of a way that is more events than anybody would list the choices
        are kept apart."""
        if not any(way.is_wide for way in self.advances):
            return (*self.going_on(known), *others)
        seen: dict[Hashable, Advance] = {}
        for way in self.advances:
            if not way.changes.isdisjoint(known) and (cut := way.seen_by(known)) is not None:
                seen.setdefault(cut.identity, cut)
        return EventList(seen.values(), others)

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(map(id, self.single))

    def __contains__(self, event: object) -> bool:
        if id(event) in self._own or event in self.others:
            return True
        if not isinstance(event, Event) or event.kind is not EventKind.PIPELINE:
            return False
        return any(way.makes(event) for way in self.advances if way.cause == event.cause)

    def __len__(self) -> int:
        return len(self._every)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._every)

    @overload
    def __getitem__(self, place: int) -> Event: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Event, ...]: ...

    def __getitem__(self, place: int | slice) -> Event | tuple[Event, ...]:
        return self._every[place]


def split_events(system: System) -> EventList:
    """The events of a system, with the ways of its pipelines apart from all others."""
    if isinstance(system.events, EventList):
        return system.events
    known = system.__dict__.get("_split")
    if known is None:
        going_on = (event for event in system.events if event.kind is EventKind.PIPELINE)
        others = (event for event in system.events if event.kind is not EventKind.PIPELINE)
        known = system.__dict__["_split"] = EventList(map(Advance.of, going_on), others)
    assert isinstance(known, EventList)
    return known
