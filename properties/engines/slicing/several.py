"""Several pipelines at once: each hop in the clusters that it meets, with the pipelines of these alone.

What a hop meets depends on the clusters that it looks at, and on the pipelines that these have to do with;
all else can be left out of the question, for it always lets these pipelines go on (`temporal.clusters`). So
slices do not multiply by pipelines that do not concern the hop. What all hops meet together, and what is left
at the end, is put together from such parts as well; interleavings are those of the realms, shuffled
(`temporal.realms`).
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace as replace_struct

from ....model.compiler.causes import HopCause, PassCause
from ....model.compiler.hops import build_hop_events
from ....model.compiler.system import State, System, search
from ....model.compiler.task import Task, allow_few
from ....model.compiler.walker import Walker
from ....model.deployment import Deployment, Request, Step, Verb
from ....model.kernel.graph import find_onward
from ....model.names import Contract, VariableKey, content_of, instances_of, schema_of
from ....model.resources.limits import CHECKED_EVERY, Limits, StateLimitError
from ...acceptance import is_lookup_accepted
from ...lookups.listing import list_hop_lookups
from ...lookups.lookup import Lookup
from ...temporal.answers import Answers
from ...temporal.clusters import Clusters, Surroundings
from ...temporal.finding import FormulaFinding
from ...temporal.influence import VariableSet
from ...temporal.questions import Questions
from ...temporal.realms import Realms, list_pipelines
from ...temporal.stall import cannot_stall
from ...verdict import Beside
from ..protocol import Extras, HopFinding, Judgement, RequestJudgement
from .asked import ask_at_once, ask_so_far
from .avoidable import find_turn
from .going_back import list_met_going_back
from .hop_part import HopPart, PlacedHop, cut_out
from .hop_story import HopStory
from .residue_of_several import ResidueOfSeveral
from .scope import NotSliceableError, refuse_rollouts, refuse_unknown_words
from .shuffle import count_lengths, shuffle
from .spared import Spared, is_ever_down
from .spelling import Spelling, spell_system
from .stalling import StallingGroup, find_stalling, list_groups, list_outside, tell_stall
from .whole_system import WholeSystem, group_traffic


def refuse_several(task: Task) -> None:
    """Raises `NotSliceableError` for what was not thought through of several pipelines."""
    deployment = task.deployment
    pipeline, rollback = _flat(deployment.pipeline), _flat(deployment.rollback or ())
    refuse_unknown_words(replace(deployment, pipeline=pipeline, rollback=rollback))
    refuse_rollouts(task.rollouts or {})
    if deployment.enabled_after:
        raise NotSliceableError("slices do not know several pipelines beside flags that nobody enables")


def _flat(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(replace(step, pipeline=None) for step in steps)


def judge_several(task: Task) -> Judgement:
    """Everything about the hops. Raises `NotSliceableError` where a pipeline can stall and another fail, and
    `LimitError`."""
    return _Several(task).judge()


def requests_of_several(task: Task) -> SeveralRequests:
    """Who judges requests of the task one by one; what their parts share is found once."""
    return SeveralRequests(_Several(task))


def answer_of_several(task: Task, questions: Questions) -> Answers:
    """Whether the pipelines can stall; all else is left open."""
    if not questions.stall:
        return Answers(left_open=questions)
    try:
        refuse_several(task)
        found = _Several(task).find_stall()
    except (NotSliceableError, StateLimitError):
        return Answers(left_open=questions)
    return Answers(() if found is None else (found,), replace_struct(questions, stall=False))


def list_stored(contract: Contract) -> frozenset[VariableKey]:
    """What of a store a hop at the contract can leave changed."""
    return frozenset({schema_of(contract), content_of(contract)})


class ToldHop(Struct, frozen=True):
    """A hop of a request, with the hazards that it meets, in the order of those of its part."""

    request: Request
    placed: PlacedHop
    told: tuple[HopFinding, ...]

    def list_counting(self) -> list[HopFinding]:
        """Those that are not accepted, as the part has them."""
        pairs = zip(self.placed.found, self.told, strict=True)
        return [own for own, one in pairs if not self._is_accepted(one)]

    def _is_accepted(self, one: HopFinding) -> bool:
        return is_lookup_accepted(one.compiled.vocabulary, self.request, one.lookup, one.together)


class SeveralRequests(Struct, frozen=True):
    """Requests of the deployment, or such as add nothing to its traffic, beside several pipelines."""

    several: _Several

    def judge_request(self, request: Request, numbers: Container[int]) -> list[Lookup]:
        """What breaks at these hops of the request. Raises `NotSliceableError`, and `LimitError`."""
        hops = (n for n in range(1, len(request.hops) + 1) if n in numbers)
        placed = [self.several.place(request, number) for number in hops]
        return [replace_struct(one.lookup, hop=hop.number) for hop in placed for one in hop.found]


class _Several(Struct, frozen=True, dict=True):
    task: Task
    _parts: dict[Request, HopPart] = field(default_factory=dict)
    _harmless: dict[Hashable, tuple[Spelling, RequestJudgement]] = field(default_factory=dict)
    _met: dict[Hashable, HopPart] = field(default_factory=dict)
    _large: set[Hashable] = field(default_factory=set)
    _down: dict[str, bool] = field(default_factory=dict)

    def judge(self) -> Judgement:
        found = tuple(one for hop in self._told for one in hop.told)
        if not self._can_complete:  # then no run comes to an end without any hazard, or with one
            found = tuple(replace_struct(one, inevitable=True, for_ever=False) for one in found)
        judged = [part.judgement for part in self._parts.values()]
        extras = Extras(self.task.limits)
        return Judgement(
            engine="slice",
            found=found,
            avoidable=extras.ask(Beside.AVOIDABLE, self._is_avoidable),
            residue=extras.ask(Beside.RESIDUE, lambda: tuple(self._residue())) or (),
            mixed=frozenset().union(*(one.mixed for one in judged)),
            states=sum(one.states for one in judged),
            transitions=sum(one.transitions for one in judged),
            interleavings=extras.ask(Beside.INTERLEAVINGS, self._interleavings),
            left_open=extras.left_open,
            met_going_back=self._met_going_back(),
        )

    @property
    def _deployment(self) -> Deployment:
        return self.task.deployment

    @property
    def _few(self) -> Limits:
        return allow_few(self.task.limits)

    @cached_property
    def _clusters(self) -> Clusters:
        return Clusters.of(self.task)

    @cached_property
    def _realms(self) -> Realms:
        return Realms(self.task.alone)

    @cached_property
    def _stalling(self) -> tuple[StallingGroup, ...]:
        """The groups that can stall; known to all who ask of the task. Raises `NotSliceableError`."""
        indexes = self.task.compilation.indexes
        if StallingGroup not in indexes:
            indexes[StallingGroup] = self._find_stalling()
        found = indexes[StallingGroup]
        assert isinstance(found, tuple)
        if found and self._deployment.failures:
            raise NotSliceableError("slices do not know several pipelines of which one can stall or fail")
        return found

    def _find_stalling(self) -> tuple[StallingGroup, ...]:
        try:
            if cannot_stall(self.task.alone, self._few):
                return ()
        except StateLimitError:
            pass
        return find_stalling(self.task.alone, list_groups(self.task.alone, self._realms), self.task.limits)

    def find_stall(self) -> FormulaFinding | None:
        """The shortest run into a state from which no complete one can be reached."""
        return tell_stall(self.task.alone, self._stalling) if self._stalling else None

    @cached_property
    def _can_complete(self) -> bool:
        return all(group.can_complete for group in self._stalling)

    def _around(self, names: Iterable[VariableKey]) -> VariableSet:
        """What cannot be left out where these variables are asked for."""
        return self._place_around(names).keys

    def _place_around(self, names: Iterable[VariableKey]) -> Surroundings:
        """The same, and what bears on them; of what can stall it is all."""
        found = self._clusters.place(names)
        touched = [group.names for group in self._stalling if not group.names.isdisjoint(found.keys)]
        return Surroundings(found.keys.union(*touched), found.bearing.union(*touched))

    # --- hop by hop ---

    @cached_property
    def _told(self) -> tuple[ToldHop, ...]:
        """Each hop, with what it meets."""
        return tuple(told for request in self._deployment.requests for told in self._tell(request))

    def _tell(self, request: Request) -> Iterator[ToldHop]:
        walker, shared = Walker(self.task.vocabulary, request), self._shared
        whole = WholeSystem(self.task.vocabulary, walker, shared.traffic, shared)
        hops = [self.place(request, number) for number in range(1, len(request.hops) + 1)]
        told = [tuple(self._tell_hop(whole, hop)) for hop in hops]
        compiled = whole.compiled() if any(told) else None
        for hop, found in zip(hops, told, strict=True):
            yield ToldHop(request, hop, tuple(replace_struct(one, compiled=compiled) for one in found))

    def place(self, request: Request, number: int) -> PlacedHop:
        """The hop in its part."""
        short = ask_at_once(self._deployment, request, number)
        if short is not None:
            part = self._part(short)
            if self._comes_at_once(request, number, part.keys):
                return PlacedHop(part, len(short.hops), number, is_at_once=True)
        return PlacedHop(self._part(ask_so_far(self._deployment, request, number)), number, number)

    def _part(self, asked: Request) -> HopPart:
        found = self._parts.get(asked)
        if found is None:
            around = self._place_around(self._look_at(asked))
            known = self._harmless, self._met, self._large
            found = HopPart(self.task.alone, around, asked, self._shared, self.task.limits, *known, {})
            self._parts[asked] = found
        return found

    def _look_at(self, request: Request) -> Iterator[VariableKey]:
        """What the hops of the request look at or change. Who cuts a request off is an instance that a hop
        has called."""
        vocabulary = self.task.vocabulary
        walker = Walker(vocabulary, request)
        for event in build_hop_events(walker):
            if isinstance(event.cause, HopCause | PassCause):
                yield from (key for key in (*event.guard, *event.effect) if key in vocabulary.lives)
        for number in range(1, len(request.hops) + 1):
            for lookup in list_hop_lookups(vocabulary, walker, number):
                yield from (key for key in lookup.guard if key in vocabulary.lives)

    def _comes_at_once(self, request: Request, number: int, keys: VariableSet) -> bool:
        """Whether no hop before this one waits, but for its consumer's call, or leaves anything there."""
        hop = request.hops[number - 1]
        for earlier in request.hops[: number - 1]:
            if earlier.verb.is_call:
                if earlier.provider != hop.consumer and self._may_be_down(earlier.provider):
                    return False
            elif earlier.verb is Verb.CONSUMES or list_stored(earlier.contract) & keys:
                return False
        return True

    def _may_be_down(self, component: str) -> bool:
        """Whether nobody of it takes calls in some state, as far as is known."""
        if component not in self._down:
            self._down[component] = self._find_whether_down(component)
        return self._down[component]

    def _find_whether_down(self, component: str) -> bool:
        key = instances_of(component)
        if key in self._spared_with:
            return self._spared_with[key].may_be_down(component)
        small = cut_out(self.task.alone, self._around([key]))
        try:
            return is_ever_down(small, search(small.system, self._few).states, component)
        except StateLimitError:
            return True

    @cached_property
    def _spared(self) -> tuple[Spared, ...]:
        clusters = self._clusters
        parts = (clusters.parts[some] for some in clusters.sets if some in clusters.spared)
        return tuple(Spared(self.task.alone, part, self.task.limits) for part in parts)

    @cached_property
    def _spared_with(self) -> Mapping[VariableKey, Spared]:
        return {key: one for one in self._spared for key in one.part.names}

    @cached_property
    def _shared(self) -> WholeSystem:
        """The whole with no request under watch."""
        return WholeSystem(self.task.vocabulary, None, group_traffic(self.task.vocabulary))

    def _tell_hop(self, whole: WholeSystem, hop: PlacedHop) -> Iterator[HopFinding]:
        """What the hop meets, told of the whole."""
        found, keys = hop.found, hop.part.keys
        if found:
            waiting = (one for one in self._spared if one.part.waiting and one.part.waiting <= keys)
            beside = tuple(one for one in waiting if not one.part.names <= keys)
            others = list_outside(self.task.alone, keys, self._stalling)
            yield from map(HopStory(hop, whole, beside, others).tell, found)

    # --- of all hops together ---

    def _is_avoidable(self) -> bool:
        """Whether some run meets no hazard that counts: hazards that share nothing are avoided apart."""
        if not self._can_complete:
            return False
        counting = [(hop.placed.part, hop.list_counting()) for hop in self._told]
        groups: list[list[tuple[HopPart, list[HopFinding]]]] = []
        for part, found in counting:
            if any(one.inevitable for one in found):
                return False
            if found:
                joined = [group for group in groups if any(one.keys & part.keys for one, _ in group)]
                groups = [group for group in groups if group not in joined]
                groups.append([(part, found), *(one for group in joined for one in group)])
        return all(map(self._avoids, groups))

    def _avoids(self, group: list[tuple[HopPart, list[HopFinding]]]) -> bool:
        """Whether some run meets none of these hazards; looked for depth first."""
        bearing = frozenset[VariableKey]().union(*(part.around.bearing for part, _ in group))
        small, limits = cut_out(self.task.alone, self._around(bearing)), self._few
        hits = []
        for part, found in group:
            keys, hit = part.find_hit(one.lookup for one in found)
            if any(hit.values()):
                hits.append(([small.system.index(key) for key in keys], hit))

        def is_clear(state: State) -> bool:
            return not any(hit[tuple(state[place] for place in places)] for places, hit in hits)

        def onward(state: State) -> Iterator[State]:
            ways = sorted(small.system.successors(state), key=lambda way: find_turn(way[0]))
            return filter(is_clear, (there for _, there in ways))

        starts = filter(is_clear, [small.system.initial])
        for number, state in enumerate(find_onward(starts, onward)):
            if small.is_complete(state):
                return True
            if not number % CHECKED_EVERY:
                limits.check(number)
        return False

    def _residue(self) -> Iterator[Contract]:
        """Contracts that can end with an old form, if all old instances can be gone."""
        return ResidueOfSeveral(self.task, self._around).find() if self._can_complete else iter(())

    def _met_going_back(self) -> frozenset[int] | None:
        """The stops in whose rollback a hazard is met that counts; None: nobody asks, or it has too many
        states."""
        if not (self._deployment.failures and self._deployment.rollback):
            return None
        counting = ((hop.placed.part, [one.lookup.key for one in hop.list_counting()]) for hop in self._told)
        try:
            return frozenset(list_met_going_back(self.task.vocabulary, counting, self._few))
        except StateLimitError:
            return None

    def _interleavings(self) -> int | None:
        """Runs of realms, shuffled."""
        total: dict[int, int] = {0: 1}
        alike: dict[Hashable, dict[int, int] | None] = {}
        for realm in self._realms.sets:
            if list_pipelines(realm):
                system = cut_out(self.task.own_moves, realm).system
                key = spell_system(system)
                if key not in alike:
                    alike[key] = self._count_runs(system)
                lengths = alike[key]
                if lengths is None:
                    return None
                total = shuffle(total, lengths)
        return sum(total.values())

    def _count_runs(self, system: System) -> dict[int, int] | None:
        """How many runs there are of each length; None where some has no end."""
        reached = search(system, self._few)
        return count_lengths([[there for _, there in row] for row in reached.edges])
