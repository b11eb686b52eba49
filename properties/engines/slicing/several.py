"""Several pipelines at once: each hop in the realms that it meets, with the pipelines of these alone.

Where two realms of a deployment have nothing to do with each other (`temporal.realms`), the deployment
alone is their product. A hop looks at some of them: what it meets there it meets in a deployment with the
pipelines of these alone, in which all else stays as it is at the start. Each run of that is one of the whole,
in which the others wait; each run of the whole is one of that, with the others left out. The others can stand
anywhere meanwhile, and, as they cannot stall, come to their end whenever they like: so what is inevitable, or
for ever, is so in the whole. A pipeline by itself is cut into slices as ever; of more all states are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from math import comb

from msgspec import Struct
from msgspec.structs import replace as replace_struct

from ....model.compiler.causes import HopCause, PassCause
from ....model.compiler.compile import Compiled
from ....model.compiler.hops import build_hop_events
from ....model.compiler.life_variables import Standing
from ....model.compiler.replay import ReplayError
from ....model.compiler.space import explore
from ....model.compiler.system import Event, State, System, conjoin, search
from ....model.compiler.task import Task, allow_few
from ....model.compiler.walker import Walker
from ....model.deployment import Change, Deployment, Request, Step, name_step
from ....model.deployment.predicate import Done, Stands, list_atoms
from ....model.kernel.graph import find_reachable, sort_from_ends
from ....model.names import (
    PIPELINE,
    Contract,
    VariableKey,
    content_of,
    flag_of,
    instances_of,
    is_pipeline,
    pipeline_of,
    schema_of,
)
from ....model.resources.limits import LimitError, StateLimitError
from ...lookups.listing import list_hop_lookups, list_lookups
from ...lookups.lookup import Lookup
from ...temporal.answers import Answers
from ...temporal.influence import VariableSet
from ...temporal.questions import Questions
from ...temporal.realms import Realms, list_pipelines
from ...temporal.stall import cannot_stall, find_stalled
from ...verdict import Beside
from ..protocol import Extras, HopFinding, Judgement
from ..registry import AUTO, engine
from .scope import NotSliceableError, list_predicates, refuse_rollouts, refuse_unknown

Names = frozenset[str]
"""The pipelines that a hop looks at."""


def refuse_several(task: Task) -> None:
    """Raises `NotSliceableError` for what was not thought through of several pipelines."""
    deployment = task.deployment
    refuse_unknown(replace(deployment, pipeline=_flat(deployment), rollback=None))
    refuse_rollouts(task.rollouts or {})
    said = (
        (deployment.failures, "that can fail"),
        (bool(deployment.accept), "beside `accept`"),
        (bool(deployment.enabled_after), "beside flags that nobody enables"),
    )
    for is_said, what in said:
        if is_said:
            raise NotSliceableError(f"slices do not know several pipelines {what}")


def _flat(deployment: Deployment) -> tuple[Step, ...]:
    return tuple(replace(step, pipeline=None) for step in deployment.pipeline)


def judge_several(task: Task) -> Judgement:
    """Everything about the hops. Raises `NotSliceableError` where all pipelines concern each other at some
    hop, or one can stall, and `LimitError`."""
    return _Several(task).judge()


def answer_of_several(task: Task, questions: Questions) -> Answers:
    """That the pipelines cannot stall, if no realm can; all else is left open."""
    try:
        refuse_several(task)
        goes_on = questions.stall and _Several(task).goes_on()
    except (NotSliceableError, StateLimitError):
        goes_on = False
    return Answers(left_open=replace_struct(questions, stall=questions.stall and not goes_on))


class _Part(Struct, frozen=True, dict=True):
    """The whole with some of its pipelines alone."""

    task: Task
    names: Names
    own: VariableSet
    """The variables of its realms."""

    @cached_property
    def judgement(self) -> Judgement:
        """What its hops meet, as the cheapest engine finds it; all of it. Raises `LimitError`."""
        if not self.task.deployment.pipelines:
            found = engine(AUTO).judge(self.task)
            if found.ended is not None:
                raise found.ended
            return found
        try:
            return engine("reference").judge(self.task.under(allow_few(self.task.limits)))
        except StateLimitError:
            return engine("symbolic").judge(self.task)


class _Several:
    def __init__(self, task: Task) -> None:
        self.task, self.deployment = task, task.deployment
        self.realms = Realms(task.alone)
        self._known: dict[str, list[VariableSet]] = {}
        self._parts: dict[tuple[Names, VariableSet, Names | None], _Part] = {}

    def judge(self) -> Judgement:
        wanted = {request.name: self._looked_at(request) for request in self.deployment.requests}
        groups: dict[Names, set[VariableKey]] = {}
        asked: dict[Names, set[str]] = {}
        for request, looked_at in wanted.items():
            for names in looked_at:
                groups.setdefault(self._pipelines(names), set()).update(names)
                asked.setdefault(self._pipelines(names), set()).add(request)
        everything = frozenset(self.deployment.pipelines)
        if everything in groups:
            raise NotSliceableError("all pipelines concern each other at some hop")
        if not self.goes_on():
            raise NotSliceableError("slices do not know several pipelines of which one can stall")
        parts = {n: self._part(n, frozenset(some), frozenset(asked[n])) for n, some in groups.items()}
        found = [
            self._lifted(parts[self._pipelines(wanted[one.name][hop - 1])], one, hop)
            for one in self.deployment.requests
            for hop in range(1, len(one.hops) + 1)
        ]
        return self._told(tuple(parts.values()), tuple(hazard for some in found for hazard in some))

    def goes_on(self) -> bool:
        """Whether each realm with a pipeline can come to its end from wherever it is."""
        return all(self._goes_on(self._part(names, some)) for some, names in self._apart())

    def _apart(self) -> Iterator[tuple[VariableSet, Names]]:
        """Each realm that has pipelines, with their names."""
        return ((some, names) for some in self.realms.sets if (names := list_pipelines(some)))

    def _goes_on(self, part: _Part) -> bool:
        alone, limits = part.task.alone, self.task.limits
        try:
            if cannot_stall(alone, allow_few(limits)):
                return True
        except StateLimitError:
            pass
        reached = search(alone.system, limits)
        return not find_stalled(reached, [alone.is_complete(state) for state in reached.states])

    # --- what a hop looks at ---

    def _looked_at(self, request: Request) -> list[VariableSet]:
        """For each hop the realms of all that it and the hops before it look at or change. Who cuts a
        request off is an instance that a hop has called."""
        if request.name not in self._known:
            self._known[request.name] = list(self._find_looked_at(request))
        return self._known[request.name]

    def _find_looked_at(self, request: Request) -> Iterator[VariableSet]:
        vocabulary = self.task.vocabulary
        walker, found = Walker(vocabulary, request), set[VariableKey]()
        by_hop: dict[int, set[VariableKey]] = {}
        for event in build_hop_events(walker):
            if isinstance(event.cause, HopCause | PassCause):
                by_hop.setdefault(event.cause.number, set()).update(event.guard, event.effect)
        for hop in range(1, len(request.hops) + 1):
            for lookup in list_hop_lookups(vocabulary, walker, hop):
                found |= {*lookup.guard}
            found |= by_hop.get(hop, set())
            yield self.realms.around(key for key in found if key in vocabulary.lives)

    def _pipelines(self, names: VariableSet) -> Names:
        """The pipelines among them; the first there is where there is none, for something must go on."""
        return list_pipelines(names) or list_pipelines(next(some for some, _ in self._apart()))

    # --- parts ---

    def _part(self, names: Names, looked_at: VariableSet, asked: Names | None = None) -> _Part:
        """`asked` are the requests that are judged there (None: all); others matter where they write."""
        own = looked_at | self.realms.around(map(pipeline_of, names))
        if (names, own, asked) not in self._parts:
            deployment = _keep(self.deployment, names, own)
            if asked is not None:
                kept = (one for one in deployment.requests if one.name in asked or _meets(one, own))
                deployment = replace(deployment, requests=tuple(kept))
            self._parts[names, own, asked] = _Part(Task(deployment, None, self.task.limits), names, own)
        return self._parts[names, own, asked]

    # --- told of the whole ---

    def _lifted(self, part: _Part, request: Request, hop: int) -> Iterator[HopFinding]:
        for one in part.judgement.found:
            walker = one.compiled.walker
            if walker is not None and walker.request.name == request.name and one.lookup.hop == hop:
                yield _Lift(part, one.compiled, self.task.product(request)).hazard(one)

    def _told(self, parts: tuple[_Part, ...], found: tuple[HopFinding, ...]) -> Judgement:
        extras = Extras(self.task.limits)
        return Judgement(
            engine="slice",
            found=found,
            avoidable=extras.ask(Beside.AVOIDABLE, lambda: self._is_avoidable(found)),
            residue=extras.ask(Beside.RESIDUE, lambda: tuple(self._residue())) or (),
            mixed=frozenset().union(*(part.judgement.mixed for part in parts)),
            states=sum(part.judgement.states for part in parts),
            transitions=sum(part.judgement.transitions for part in parts),
            interleavings=extras.ask(Beside.INTERLEAVINGS, self._interleavings),
            left_open=extras.left_open,
        )

    def _is_avoidable(self, found: tuple[HopFinding, ...]) -> bool:
        """Whether some run meets no hazard: hazards that share no realm are avoided apart."""
        if any(one.inevitable for one in found):
            return False
        groups: list[Names] = []
        for one in found:
            assert one.compiled.walker is not None
            looked_at = self._looked_at(one.compiled.walker.request)[one.lookup.hop - 1]
            names = self._pipelines(looked_at)
            joined = [group for group in groups if group & names]
            groups = [group for group in groups if group not in joined] + [names.union(*joined)]
        if frozenset(self.deployment.pipelines) in groups:
            raise _NotApartError
        whole = frozenset().union(*self.realms.sets)
        answers = [self._part(names, self._still(names, whole)).judgement.avoidable for names in groups]
        if None in answers:
            raise _NotApartError
        return all(answers)

    def _still(self, names: Names, whole: VariableSet) -> VariableSet:
        """All but the realms of other pipelines."""
        others = (some for some, own in self._apart() if not own & names)
        return whole - frozenset().union(*others)

    def _residue(self) -> Iterator[Contract]:
        """Contracts that can end with an old form in their own realm, if all old instances can be gone."""
        left: list[Contract] = []
        for some in self._ended():
            if some is None:
                return
            left += some
        order = self.task.vocabulary.changed
        yield from sorted(set(left), key=order.index)

    def _ended(self) -> Iterator[list[Contract] | None]:
        """By realm with pipelines what can be left there; None where some instance stays old."""
        last = self.deployment.versions[-1]
        inside = frozenset().union(*(some for some, _ in self._apart()))
        for some, names in [*self._apart(), (frozenset(self.task.vocabulary.lives) - inside, Names())]:
            part = self._part(names or self._pipelines(some), some)
            space = explore(part.task.alone, allow_few(self.task.limits))
            vocabulary = part.task.vocabulary
            fleets = [name for name in vocabulary.rollouts if instances_of(name) in some]
            renewed = conjoin(*(vocabulary.only_up(name, last) for name in fleets))
            system = part.task.alone.system
            ends = [s for s in space.complete if renewed is not None and system.holds(s, renewed)]
            held = [c for c in vocabulary.changed if content_of(c) in some and vocabulary.has_content(c)]
            older = self.deployment.versions[:-1]
            yield (
                [
                    contract
                    for contract in held
                    if any(system.holds(s, vocabulary.holds(contract, form)) for s in ends for form in older)
                ]
                if ends
                else None
            )

    def _interleavings(self) -> int | None:
        """Runs of realms, shuffled."""
        total: dict[int, int] = {0: 1}
        for some, names in self._apart():
            part = self._part(names, some)
            reached = search(part.task.own_moves.system, allow_few(self.task.limits))
            lengths = _count_lengths([[there for _, there in row] for row in reached.edges])
            if lengths is None:
                return None
            total = _shuffled(total, lengths)
        return sum(total.values())


class _NotApartError(LimitError):
    """Hazards that concern all pipelines together are avoided together, or not at all."""

    option = "no option raises it"

    def __str__(self) -> str:
        return "hazards of different pipelines have to do with each other"


# --- parts ----------------------------------------------------------------------------------------


def _keep(deployment: Deployment, names: Names, own: VariableSet) -> Deployment:
    """The deployment with these pipelines alone. What belongs to others stays as it is at the start: its
    instances do not restart, its stores are as if nothing changed there, its flags are off."""
    is_alone = len(names) == 1 and not _speaks_of_itself(deployment, names)
    steps = tuple(
        replace(step, pipeline=None if is_alone else step.pipeline)
        for step in deployment.pipeline
        if step.pipeline in names
    )
    still = [target.name for step in deployment.pipeline if step.pipeline not in names
             for action in step.actions for target in action.targets]  # fmt: skip
    return replace(
        deployment,
        pipeline=steps,
        rollback=None,
        properties=(),
        never=(),
        components={
            name: component if instances_of(name) in own else replace(component, restarts=0)
            for name, component in deployment.components.items()
        },
        changes=_keep_changes(deployment, own),
        flags=tuple(f for f in deployment.flags if flag_of(f.name) in own or f.name not in still),
    )


def _keep_changes(deployment: Deployment, own: VariableSet) -> dict[Contract, Change]:
    """Those of the part, and of what its copies were copied from before the deployment began."""
    changed = deployment.changed
    kept = find_reachable(
        (contract for contract in changed if _is_kept(contract, deployment, own)),
        lambda contract: [s] if (s := changed[contract].source) is not None and s in changed else [],
    )
    wanted = set(kept)
    return {contract: change for contract, change in changed.items() if contract in wanted}


def _is_kept(contract: Contract, deployment: Deployment, own: VariableSet) -> bool:
    """Whether nothing lies or moves there, or what does is of the part."""
    kind = deployment.components[contract.provider].kind
    return kind.has_instances or not {schema_of(contract), content_of(contract)}.isdisjoint(own)


def _meets(request: Request, own: VariableSet) -> bool:
    """Whether a hop of the request is at a store of the part."""
    return any(not {schema_of(h.contract), content_of(h.contract)}.isdisjoint(own) for h in request.hops)


def _speaks_of_itself(deployment: Deployment, names: Names) -> bool:
    """Whether some predicate asks for the end of the one pipeline, or for where it has not begun."""
    (name,) = names
    ends = {name_step(name, "(before)"), name_step(name, "(after)")}
    atoms = (atom for predicate in list_predicates(deployment) for atom in list_atoms(predicate))
    return any(
        (isinstance(atom, Done) and atom.pipeline == name) or (isinstance(atom, Stands) and atom.step in ends)
        for atom in atoms
    )


# --- lifting --------------------------------------------------------------------------------------


class _Lift(Struct, frozen=True, dict=True):
    """From a part's product with a request to the whole's."""

    part: _Part
    small: Compiled
    whole: Compiled

    def hazard(self, found: HopFinding) -> HopFinding:
        """The same hazard of the whole. Raises `ReplayError`, a fault of skewproof."""
        story, end = self._story(found.story)
        return HopFinding(
            compiled=self.whole,
            lookup=self._lookup(found.lookup, end),
            story=story,
            window=frozenset(self._window(found.window)),
            span=found.span,
            inevitable=found.inevitable,
            for_ever=found.for_ever,
        )

    def _story(self, run: Iterable[Event]) -> tuple[tuple[Event, ...], State]:
        """The events of the whole that do in the realms of the part what its events do."""
        story: list[Event] = []
        small, whole = self.small.system, self.whole.system
        here, state = small.initial, whole.initial
        for event in run:
            here = small.successor(here, event)
            wanted = self._seen(small, here, is_whole=False)
            ways = (one for one in whole.enabled(state) if one.kind is event.kind)
            after = ((one, whole.successor(state, one)) for one in ways)
            chosen = next(((o, s) for o, s in after if self._seen(whole, s, is_whole=True) == wanted), None)
            if chosen is None:
                raise ReplayError(f"`{event.text}` of a part does not happen in the whole")
            story.append(chosen[0])
            state = chosen[1]
        return tuple(story), state

    def _seen(self, system: System, state: State, *, is_whole: bool) -> list[object]:
        """The state as far as the part is concerned: by the names that both have for it."""
        return [
            self._value(small, system.value(state, whole if is_whole else small), is_whole=is_whole)
            for small, whole in self._common
        ]

    @cached_property
    def _common(self) -> tuple[tuple[VariableKey, VariableKey], ...]:
        """The variables of the part's realms, those of the request, and the pipelines: in the part, and in
        the whole."""
        lives = self.whole.vocabulary.lives
        keys = [variable.key for variable in self.small.system.variables]
        own = (key for key in keys if is_pipeline(key) or key in self.part.own or key not in lives)
        return tuple((key, self._pipeline_in_whole if key == PIPELINE else key) for key in own)

    @property
    def _pipeline_in_whole(self) -> VariableKey:
        """What the whole has for the one pipeline of a part that has no other."""
        (name,) = self.part.names
        return pipeline_of(name)

    def _value(self, key: VariableKey, value: object, *, is_whole: bool) -> object:
        if not isinstance(value, Standing):
            return value
        if is_pipeline(key):
            return (self._whole_places if is_whole else self._small_places)[value.state]
        numbers = self._whole_moves if is_whole else self._small_moves
        return value.state, frozenset(numbers[number] for number in value.ended)

    @cached_property
    def _small_places(self) -> Mapping[str, int]:
        return _number_places(self.small)

    @cached_property
    def _whole_places(self) -> Mapping[str, int]:
        return _number_places(self.whole)

    @cached_property
    def _small_moves(self) -> Mapping[int, tuple[int, int]]:
        return _number_moves(self.small, self.part.names)

    @cached_property
    def _whole_moves(self) -> Mapping[int, tuple[int, int]]:
        return _number_moves(self.whole, self.part.names)

    def _lookup(self, found: Lookup, end: State) -> Lookup:
        for one in list_lookups(self.whole):
            if _tell(one) == _tell(found) and self.whole.system.holds(end, one.guard):
                return one
        raise ReplayError(f"hop {found.hop} does not break in the whole where it breaks in a part")

    def _window(self, places: frozenset[int]) -> Iterator[int]:
        """Where the pipelines can stand then: those that are not in the part anywhere."""
        courses = self.small.vocabulary.courses
        for key, course in self.whole.vocabulary.courses.items():
            small = courses.get(PIPELINE if PIPELINE in courses and key == self._pipeline_in_whole else key)
            if small is None:
                yield from (here.index for here in course)
            else:
                pairs = zip(small, course, strict=True)
                yield from (there.index for here, there in pairs if here.index in places)


def _tell(lookup: Lookup) -> tuple[object, ...]:
    versions = lookup.consumer_version, lookup.provider_version, lookup.instance, lookup.callee
    return lookup.hop, lookup.kind, lookup.aspect, *versions


def _number_places(compiled: Compiled) -> dict[str, int]:
    """By a position's name where its pipeline stands, counted from its start."""
    courses = compiled.vocabulary.courses.values()
    return {here.name: number for course in courses for number, here in enumerate(course)}


def _number_moves(compiled: Compiled, names: Names) -> dict[int, tuple[int, int]]:
    """By its number each move as one of its pipeline, counted there."""
    found: dict[int, tuple[int, int]] = {}
    count: dict[str | None, int] = {}
    order = sorted(names)
    for move in compiled.vocabulary.moves:
        name = move.pipeline
        rank = 0 if name is None else order.index(name) if name in names else -1
        count[name] = count.get(name, -1) + 1
        found[move.number] = rank, count[name]
    return found


# --- counting -------------------------------------------------------------------------------------


def _count_lengths(rows: list[list[int]]) -> dict[int, int] | None:
    """How many maximal paths there are of each length; None where some path has no end."""
    order = sort_from_ends(rows)
    if order is None:
        return None
    lengths: list[dict[int, int]] = [{} for _ in rows]
    for here in order:
        for there in rows[here]:
            for length, number in lengths[there].items():
                lengths[here][length + 1] = lengths[here].get(length + 1, 0) + number
        if not rows[here]:
            lengths[here][0] = 1
    return lengths[0]


def _shuffled(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    """The paths of two systems at once: of k and l events binomial(k + l, k) for each pair."""
    found: dict[int, int] = {}
    for k, many in one.items():
        for length, more in other.items():
            found[k + length] = found.get(k + length, 0) + many * more * comb(k + length, k)
    return found
