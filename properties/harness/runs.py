"""Runs: sequences of choices, written so that they can be repeated, and driven on the real thing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct

from ...model.compiler.system import EventKind
from ...model.compiler.variables import ON, PARTLY, Vocabulary
from ...model.names import Contract, VariableKey, VariableKind
from .course import BrokenPair, CourseState, Encounter, Option, RequestCourse
from .errors import HarnessError, Impossible, Waiting
from .session import Failure, Meeting, Session

if TYPE_CHECKING:
    from .trial import Trial
    from .world import World


class Run(Struct, frozen=True):
    """A run of one request: at each point the number of what happens next among `RequestCourse.options`.

    `str` of it is a line from which `Trial` repeats it: `buy@0.3.1`. What it leaves open at its end is
    served at once: the rest of the hops follow with no event between. Without a request, as in
    `@4.0.2`, it is a play of several (`playing.py`).
    """

    request: str
    choices: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.request}@{'.'.join(map(str, self.choices))}"

    @staticmethod
    def parse(line: str) -> Run:
        """The run that a line tells. Raises `HarnessError`."""
        request, mark, numbers = line.strip().rpartition("@")
        try:
            choices = tuple(int(number) for number in numbers.split(".") if number)
        except ValueError:
            mark = ""
            choices = ()
        if not mark:
            raise HarnessError(
                f"`{line}` is no run; a run is written `request@0.3.1`, and a play of several `@4.0.2`"
            )
        return Run(request, choices)


class MetHop(Struct, frozen=True):
    """One hop of a run as it was: what it met, and which of it the file calls broken."""

    number: int
    encounter: Encounter
    broken: tuple[BrokenPair, ...]


class Result(Struct, frozen=True):
    """What came of a run: the hops that ran, in order, the failure if there was one, and the story.

    `run` is cut after the hop that failed. `logs` are the last lines of each process, if it failed.
    """

    run: Run
    hops: tuple[MetHop, ...]
    failure: Failure | None
    undeclared: str | None
    waits: bool
    impossible: bool
    story: tuple[str, ...]
    logs: tuple[str, ...] = ()

    @property
    def is_bad(self) -> bool:
        return self.failure is not None or self.undeclared is not None

    @property
    def blamed(self) -> tuple[BrokenPair, ...]:
        """The broken pairs that the failure comes from, if the file is right: those at the hop that failed,
        else the last ones before it."""
        assert self.failure is not None
        earlier = [met for met in self.hops if met.broken and met.number <= self.failure.hop]
        return earlier[-1].broken if earlier else ()


@dataclass(slots=True)
class RolloutDirector:
    """The director of a run: takes the model's events one by one, and makes each happen in the world."""

    course: RequestCourse
    trial: Trial
    world: World
    choices: tuple[int, ...]
    state: CourseState = field(init=False)
    taken: list[int] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    met: list[MetHop] = field(default_factory=list)
    is_over: bool = False
    _next: Option | None = None
    _thrown: int = 0
    """So many choices of the run have been looked through for flags that are thrown before code goes on."""

    def __post_init__(self) -> None:
        self.state = self.course.initial

    def begin(self) -> str | None:
        self._next = self._until_hop()
        if self._next is None:
            raise Waiting("the request cannot start")
        assert self._next.meeting is not None
        self.world.switches.see(self._next.meeting.sees)
        return self._next.meeting.caller

    def meet(self, number: int) -> Meeting:
        if self.is_over:
            raise Waiting("to the model nobody answers the hop before")
        option = self._next or self._until_hop()
        self._next = None
        if option is None:
            raise Waiting(f"hop {number} waits")
        assert option.meeting is not None
        assert option.event.hop == number, "the session counts hops as the model does"
        encounter = self.course.encounter(self.state, option.meeting)
        self.met.append(MetHop(number, encounter, self.course.broken(self.state, option.meeting)))
        nobody = ": nobody is up" if option.meeting.is_nobody else ""
        seen = "".join(f"; {sight}" for sight in sorted(option.meeting.sees))
        self.story.append(f"request: {self._hop_text(encounter)}{nobody}{seen}")
        self.is_over = option.meeting.is_nobody
        self._go(option)
        self.world.switches.see(option.meeting.sees)
        hop = self.course.request.hops[number - 1]
        if not hop.verb.is_call:
            self.resume(hop.consumer)
        return option.meeting

    def resume(self, component: str) -> None:
        """Throws the flags at once that the run has thrown before the next hop, and its code is to see."""
        if self.is_over or not self.course.vocabulary.deployment.flags:
            return
        flags: dict[str, bool] = {}
        for place, state, option in self._list_coming():
            if option.meeting is not None and option.event.hop is not None:
                if self.course.request.hops[option.event.hop - 1].consumer == component:
                    self._thrown = place
                    self.world.switches.turn(flags)
                return
            if option.is_noticed:
                changes = self.course.changes(state, option.reached)
                flags |= {key.owner: to == ON for key, _, to in changes if key.kind is VariableKind.FLAG}

    def _list_coming(self) -> Iterator[tuple[int, CourseState, Option]]:
        """What the run has still to come: its place there, the state before it, and what happens."""
        state = self.state
        for place in range(len(self.taken), len(self.choices)):
            options = self.course.options(state)
            if self.choices[place] >= len(options):
                return
            option = options[self.choices[place]]
            yield place, state, option
            state = option.reached

    def _until_hop(self) -> Option | None:
        """Lets the rollout go on as the run says; the hop that comes then, None if it must wait."""
        while True:
            options = self.course.options(self.state)
            if len(self.taken) < len(self.choices):
                number = self.choices[len(self.taken)]
                if number >= len(options):
                    raise HarnessError(f"the run does not fit: there is no choice {number} here")
            else:
                number = next((n for n, o in enumerate(options) if o.meeting and not o.meeting.is_nobody), -1)
                if number < 0:
                    return None
            if options[number].is_noticed and self._thrown <= len(self.taken):
                raise Impossible("the code has come to its hop, and looks at no flag again")
            self.taken.append(number)
            if options[number].meeting is not None:
                return options[number]
            self.story.append(options[number].event.text)
            self._interrupt(options[number])
            self._go(options[number])

    def _interrupt(self, option: Option) -> None:
        """Ends the instance on which the request stands, if that is what happens. Raises `Interrupted`."""
        interruption = self.course.interruption(option.event)
        if interruption is None or option.event.cut is None:
            return
        encounter, broken = interruption
        self.met.append(MetHop(encounter.hop, encounter, (broken,)))
        self.is_over = True
        ended = self.world.take_away(str(option.event.owner), option.event.cut.version, encounter.hop)
        self._go(option)
        raise ended

    def _go(self, option: Option) -> None:
        """The event happens, in the model and in the world."""
        own = None
        if option.event.kind is EventKind.HOP and option.event.hop is not None:
            own = self.course.request.hops[option.event.hop - 1].contract  # the code leaves it itself
        before, self.state = self.state, option.reached
        changes = self.course.changes(before, option.reached)
        follow(self.trial, self.world, self.course.vocabulary, changes, own, self.course.components)

    def _hop_text(self, encounter: Encounter) -> str:
        return tell_encounter(self.course, encounter)


def follow(
    trial: Trial,
    world: World,
    vocabulary: Vocabulary,
    changes: Iterable[tuple[VariableKey, str, str]],
    own: Contract | None = None,
    components: Collection[str] = (),
) -> None:
    """Makes happen in the world what changes in the model: (variable, state before, state after).

    `own` is a contract whose content the code under test changes itself; `components` are those whose
    instances start as they come up. Raises `Impossible`.
    """
    for key, here, there in changes:
        if key.kind is VariableKind.SCHEMA:
            world.databases.migrate(key.contract, there)
        elif key.kind is VariableKind.FLAG:
            if there != PARTLY:
                world.switches.turn({key.owner: there == ON})
        elif key.kind is VariableKind.INSTANCES:
            fleet = vocabulary.rollouts[key.owner]
            before, after = ({*fleet.running[s], *fleet.list_terminating(s)} for s in (here, there))
            for version in vocabulary.deployment.versions:
                if version in before - after:
                    world.retire(key.owner, version)
            if key.owner in components:
                world.spawn((key.owner, version) for version in sorted(after - before))
        elif key.kind is VariableKind.CONTENT and key.contract != own:
            held = vocabulary.forms.held
            _refill(trial, world, key.contract, held[here], held[there])


def _refill(
    trial: Trial, world: World, contract: Contract, before: frozenset[str], after: frozenset[str]
) -> None:
    """Entries come and go as others write, and syncs and purges clean: real ones of each version."""
    for form in before - after:
        world.store.drop(contract, form)
    for form in after - before:
        for entry in trial.specimens.get((contract, form), ()):
            world.store.put(contract, form, entry)


def tell_encounter(course: RequestCourse, encounter: Encounter) -> str:
    """The hop with every version that takes part."""
    hop = course.request.hops[encounter.hop - 1]
    consumer = f"{hop.consumer} {encounter.caller}" if encounter.caller else hop.consumer
    version = encounter.callee or encounter.schema
    provider = f"{hop.provider} {version}" if version else hop.provider
    found = f" (finds {encounter.found})" if encounter.found else ""
    forms = [f"{contract} {form}" for contract, form in encounter.tokens if form]
    using = f" using {', '.join(forms)}" if forms else ""
    return f"{consumer} {hop.verb.written} {provider}: {hop.subject}{found}{using}"


def drive(trial: Trial, course: RequestCourse, run: Run) -> Result:
    """What comes of the run on a fresh copy of the real thing."""
    with trial.world() as world:
        spawn_first(world, course)
        director = RolloutDirector(course, trial, world, run.choices)
        session = trial.run(world, course.request, director)
    return _result(run, director, session)


def spawn_first(world: World, course: RequestCourse) -> None:
    """Starts the processes that run before the rollout begins."""
    running = course.vocabulary.rollouts
    world.spawn(
        (key.owner, version)
        for key, name in course.standings(course.initial)
        if key.kind is VariableKind.INSTANCES and key.owner in course.components
        for version in running[key.owner].running[name]
    )


def _result(run: Run, director: RolloutDirector, session: Session) -> Result:
    story = list(director.story)
    if session.failure is not None:
        story.append(f"✗ hop {session.failure.hop}: {session.failure.evidence}")
    elif session.undeclared is not None:
        story.append(f"✗ {session.undeclared}")
    return Result(
        Run(run.request, tuple(director.taken)),
        tuple(director.met),
        session.failure,
        session.undeclared,
        session.waits,
        session.impossible,
        tuple(story),
        session.logs,
    )
