"""From a hazard of a hop's part to that of the whole: the shortest story, with all that lets it happen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.causes import PipelineCause
from ....model.compiler.replay import ReplayError
from ....model.compiler.system import Event, EventKind, State, Value, passes, search
from ....model.names import VariableKey, VariableKind, instances_of, is_pipeline, pipeline_of
from ...lookups.listing import list_hop_lookups, list_interruptions
from ...lookups.lookup import HazardKind, Lookup
from ..protocol import HopFinding
from .hop_part import HopPart, PlacedHop
from .search import compute_distances, find_run_to
from .spared import Spared
from .whole_system import WholeSystem


class HopStory(Struct, frozen=True, dict=True):
    """Tells what a hop meets in its part of the whole with the request; `spared` are the clusters that the
    part leaves out, and for which one of its pipelines waits; `others` where the pipelines can stand, by
    index, that are not in the part."""

    hop: PlacedHop
    whole: WholeSystem
    spared: tuple[Spared, ...]
    others: frozenset[int]

    @property
    def part(self) -> HopPart:
        return self.hop.part

    def tell(self, found: HopFinding) -> HopFinding:
        """The same hazard of the whole, but for its compiled system. Raises `ReplayError`, a fault of
        skewproof, and `LimitError`."""
        run = self._shortest(found)
        story: list[Event] = []
        state = self._follow(run, story)
        if self.hop.is_at_once:
            lookup = self._go_through(state, 1, found.lookup, story)
        else:
            lookup = self._find_lookup(state, found.lookup)
        if lookup is None:
            raise ReplayError(f"hop {self.hop.number} does not break in the whole where it breaks in a part")
        window = found.window | self.others
        return replace(found, lookup=lookup, story=tuple(story), window=window)

    # --- the shortest run ---

    def _shortest(self, found: HopFinding) -> Sequence[Event]:
        """A run of the part that is a shortest of the whole, with all events of what was spared."""
        events = self.part.events
        if not self.spared or events is None:
            return self._search(found) if self.spared else found.story
        weights = tuple(self._weigh(event) for event in events if event.kind is EventKind.PIPELINE)
        runs, asked = self.part.first.runs, (self.hop.hop, found.lookup.key, weights)
        if asked not in runs:
            number_of = {id(event): number for number, event in enumerate(events)}
            runs[asked] = tuple(number_of[id(event)] for event in self._search(found))
        return [events[number] for number in runs[asked]]

    def _search(self, found: HopFinding) -> Sequence[Event]:
        """The same, looked for in this part."""
        compiled = self.part.product
        reached = search(compiled.system, self.part.limits)
        distances = compute_distances(reached, self._weigh)
        tests = [reached.system.test(one.guard) for one in self._alike(found.lookup)]
        struck = (i for i, state in enumerate(reached.states) if any(passes(state, test) for test in tests))
        goal = min(struck, key=distances.cost.__getitem__)
        return [event for event, _ in find_run_to(distances.ways([goal], reached.states), goal)]

    def _alike(self, lookup: Lookup) -> Iterator[Lookup]:
        """The lookups of the part that are told as this one."""
        compiled = self.part.product
        assert compiled.walker is not None
        every = (
            *list_hop_lookups(compiled.vocabulary, compiled.walker, self.hop.hop),
            *list_interruptions(compiled.system.events),
        )
        return (one for one in every if one.is_broken and one.key == lookup.key)

    def _weigh(self, event: Event) -> int:
        if not isinstance(event.cause, PipelineCause):
            return 1
        here, there = event.cause.here, event.cause.there
        own = self._waited_for_by(pipeline_of(there.pipeline))
        return 1 + sum(one.cost(there.index) - one.cost(here.index) for one in own)

    def _waited_for_by(self, pipeline: VariableKey) -> list[Spared]:
        return [one for one in self.spared if pipeline in one.part.pipelines]

    # --- the same in the whole ---

    def _follow(self, run: Sequence[Event], story: list[Event]) -> State:
        """Where the events of the whole lead that do what those of the part do, which the story has then;
        before a pipeline goes on, what was spared lets it. A request that is served at once comes later."""
        small = self.part.product.system
        here, state = small.initial, self.whole.system.initial
        for event in run:
            here = small.successor(here, event)
        last = {pipeline_of(one.pipeline): one.index for one in self.part.product.where(here)}
        beside = [_Beside(one, last[key]) for one in self.spared for key in one.part.pipelines]
        here = small.initial
        for event in run:
            here = small.successor(here, event)
            if event.kind is EventKind.HOP and self.hop.is_at_once:
                continue
            for one in beside:
                for own, reached in one.let_go_on(event):
                    state = self._take(state, own, one.seen(reached), story)
            state = self._take(state, event, self._seen(here), story)
        return state

    def _seen(self, here: State) -> dict[VariableKey, Value]:
        """What the variables have there that part and whole share; a form that the part is done with may be
        used by the whole behind the hop."""
        value = self.part.product.system.value
        seen = {key: value(here, key) for key in self._known}
        return {k: own for k, own in seen.items() if own is not None or k.kind is not VariableKind.TOKEN}

    @cached_property
    def _known(self) -> tuple[VariableKey, ...]:
        """The variables that part and whole share; without the request's where it comes later."""
        whole, lives = {v.key for v in self.whole.system.variables}, self.whole.vocabulary.lives
        own = (variable.key for variable in self.part.product.system.variables)
        return tuple(key for key in own if key in lives or (key in whole and not self.hop.is_at_once))

    def _take(
        self, state: State, event: Event, seen: Mapping[VariableKey, Value], story: list[Event]
    ) -> State:
        """The state after the event of the whole that does the same, by which these variables have these
        values; the story has it then."""
        system = self.whole.system
        for choice in self._choices(state, event):
            if choice.kind is event.kind and system.holds(state, choice.guard):
                after = system.successor(state, choice)
                if all(system.value(after, key) == value for key, value in seen.items()):
                    story.append(choice)
                    return after
        raise ReplayError(f"`{event.text}` of a part does not happen in the whole")

    def _choices(self, state: State, event: Event) -> Iterable[Event]:
        if isinstance(event.cause, PipelineCause):
            holds = partial(self.whole.system.holds, state)
            ways = (self.whole.take(holds, [way]) for way in self.whole.leaving(event.cause.here))
            return (taken for taken in ways if taken is not None)
        if event.hop is not None:
            return self.whole.hop(event.hop)
        keys = (key for key in event.effect if key in self.whole.vocabulary.lives and not is_pipeline(key))
        return (choice for key in keys for choice in self.whole.changing(key))

    def _go_through(self, state: State, number: int, wanted: Lookup, story: list[Event]) -> Lookup | None:
        """The lookup that breaks after the hops from `number` on, which come at once; the story has them."""
        if number == self.hop.number:
            return self._find_lookup(state, wanted)
        for choice in self.whole.hop(number):
            if self.whole.system.holds(state, choice.guard):
                story.append(choice)
                after = self.whole.system.successor(state, choice)
                if (found := self._go_through(after, number + 1, wanted, story)) is not None:
                    return found
                story.pop()
        return None

    def _find_lookup(self, state: State, wanted: Lookup) -> Lookup | None:
        """What breaks in the state and is told as what was found; the same instances, if they are met."""
        holding = [one for one in self._lookups(wanted) if self.whole.system.holds(state, one.guard)]
        alike = [one for one in holding if one.key[1:] == wanted.key[1:]]
        same = [one for one in alike if (one.instance, one.callee) == (wanted.instance, wanted.callee)]
        return next(iter((*same, *alike)), None)

    def _lookups(self, wanted: Lookup) -> Iterator[Lookup]:
        walker, whole = self.whole.walker, self.whole
        assert walker is not None
        if wanted.kind is not HazardKind.INTERRUPTED:
            every = list_hop_lookups(whole.vocabulary, walker, self.hop.number)
            return (one for one in every if one.is_broken)
        frames = (instances_of(frame.component) for frame in walker.stack.frames)
        fleets = dict.fromkeys(key for key in frames if key in whole.vocabulary.lives)
        cutting = list_interruptions(event for key in fleets for event in whole.changing(key))
        return (one for one in cutting if one.hop == wanted.hop)


class _Beside:
    """A spared cluster in a story of the whole: a cheapest run, taken up to where its pipeline goes on."""

    def __init__(self, spared: Spared, place: int) -> None:
        self._spared, self._run = spared, iter(spared.run_to(place))

    def let_go_on(self, event: Event) -> Iterator[tuple[Event, State]]:
        """What it does before the event, each with the state that it leads to: nothing, if that is not its
        pipeline's."""
        if self._spared.part.pipelines.isdisjoint(event.effect):
            return
        for own, reached in self._run:
            if own.kind is EventKind.PIPELINE:
                return
            yield own, reached

    def seen(self, reached: State) -> dict[VariableKey, Value]:
        """What its variables have there."""
        system = self._spared.small.system
        return {key: system.value(reached, key) for key in self._spared.part.names}
