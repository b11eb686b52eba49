"""Several requests at once on the real thing: a `RolloutMachine` whose events really happen.

Each request runs in a thread of its own (`journey.py`), and exactly one thread runs at a time: a handler
stops at each hop until the machine lets its request run that hop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from math import inf
from time import time
from typing import ClassVar

from hypothesis import seed, settings
from hypothesis.errors import Flaky, UnsatisfiedAssumption
from hypothesis.stateful import run_state_machine_as_test
from msgspec import Struct

from ...model.compiler.life_variables import Standing
from ...model.compiler.system import EventKind, State
from ...model.compiler.walker import find_sources
from ...model.deployment import Aspect
from ...model.names import VariableKey
from ..lookups.lookup import HazardKind, Lookup
from ..simulation.rollout_machine import Owner, RolloutMachine, list_by_words
from ..simulation.simulation import Happening, HopRun
from .comparison import Comparison
from .course import BrokenPair, find_loss, pair_of, track_all_contracts
from .errors import NOT_THEIRS, HarnessError, Impossible
from .exploring import FITFUL, BrokenOffError, Effort, OutOfTimeError
from .journey import Journey
from .runs import Run, follow
from .session import Meeting
from .views import ALIKE, Instance, Look, Outlook, Sights, Views

TRAFFIC = 4
"""Others' traffic can do something at every fourth event only: it could always, and drown the rollout."""


class SightedRun(HopRun, frozen=True):
    """A hop with what those that take part from here on see of flags that not all see alike."""

    sees: Sights = ALIKE

    def __str__(self) -> str:
        return "; ".join([super().__str__(), *map(str, sorted(self.sees))])


@contextmanager
def _breaking_off() -> Iterator[None]:
    """What is no doing of the code under test ends all plays."""
    try:
        yield
    except NOT_THEIRS as error:
        raise BrokenOffError(error) from None


def _born(run: HopRun) -> Sights:
    return run.sees if isinstance(run, SightedRun) else ALIKE


class MixedVersionsMachine(RolloutMachine):
    """Plays the deployment, and makes each event happen on the real thing.

    Fails where something fails, or is done, that nothing explains which that request met and the
    file calls broken. A statement that finds the database locked by another request is no failure.
    """

    hazards_fail: ClassVar[bool] = False
    comparison: ClassVar[Comparison]
    until: ClassVar[float] = inf
    tried: ClassVar[int] = 0
    failed: ClassVar[str] = ""

    def __init__(self) -> None:
        if time() >= self.until:
            raise OutOfTimeError("time is up")
        super().__init__()
        type(self).tried += 1
        self._open = ExitStack()
        with _breaking_off():
            self._world = self._open.enter_context(self.comparison.trial.world())
        self._world.is_played = True
        self._journeys: dict[int, Journey] = {}
        self._story: list[str] = []
        self._choices: list[int] = []
        self._outlook = Outlook(self._play.own.vocabulary, self._play.deployment.requests)
        self._sights: Sights = ALIKE
        self._stood = self.simulation.own

    def _happenings(self) -> dict[Owner, dict[str, Happening]]:
        if self._events is None:
            found = super()._happenings()
            own = {owner: some for owner, some in found.items() if owner[0] is not EventKind.WRITE}
            self._events = found if not own or len(self._story) % TRAFFIC == 0 else own
        return self._events

    # --- what is chosen, so that it can be repeated ---

    def _list_ways(self) -> list[Happening | HopRun]:
        """All that can come next, in an order that is the same each time."""
        events = [happening for some in self._happenings().values() for happening in some.values()]
        return [*events, *self._startable().values(), *self._advanceable().values()]

    def _note_choice(self, chosen: Happening | HopRun) -> None:
        self._choices.append(next(n for n, way in enumerate(self._list_ways()) if way is chosen))

    def _fire(self, happening: Happening) -> None:
        self._note_choice(happening)
        super()._fire(happening)

    def _run(self, run: HopRun) -> None:
        self._note_choice(run)
        super()._run(run)

    def take(self, choice: int) -> None:
        """Lets come what has that number. Raises `HarnessError` where nothing has."""
        ways = self._list_ways()
        if choice >= len(ways):
            raise HarnessError(
                f"choice {len(self._choices) + 1} is {choice}, and {len(ways)} things can come next"
            )
        way = ways[choice]
        self._run(way) if isinstance(way, HopRun) else self._fire(way)

    # --- what instances see of flags ---

    def _startable(self) -> dict[str, HopRun]:
        if self._starts is None:
            self._starts = list_by_words(
                (f"{r.request.name}: {r}", r) for r in self._sighted(super()._startable())
            )
        return self._starts

    def _advanceable(self) -> dict[str, HopRun]:
        if self._advances is None:
            self._advances = list_by_words(
                (f"{r.walker}: {r}", r) for r in self._sighted(super()._advanceable())
            )
        return self._advances

    def _sighted(self, runs: Mapping[str, HopRun]) -> Iterator[SightedRun]:
        """Each hop with what can be seen from it on. Where a caller can go on as it saw a flag, it does."""
        fitting = {run.walker for run in runs.values() if run.number > 1 and self._is_as_seen(run)}
        for run in runs.values():
            if run.walker in fitting and not self._is_as_seen(run):
                continue
            given = {name: getattr(run, name) for name in HopRun.__struct_fields__}
            for born in self._outlook.list_born(self._state_of, self._list_born(run)):
                begins_otherwise = run.number == 1 and not self._is_as_seen(run, born)
                if run.callee_view in (None, self._views(run, born)[1]) and not begins_otherwise:
                    yield SightedRun(**given, sees=born)

    def _is_as_seen(self, run: HopRun, born: Sights = ALIKE) -> bool:
        """Whether the caller does what it saw the flag ask for when its code ran last."""
        return run.view in (None, self._views(run, born)[0])

    @staticmethod
    def _list_born(run: HopRun) -> list[Instance]:
        if run.waits or run.is_passed_over:
            return []
        callee = [Instance(run.hop.provider, run.callee)] if run.callee is not None else []
        return [*([Instance(run.hop.consumer, run.caller)] if run.number == 1 else []), *callee]

    def _views(self, run: HopRun, born: Sights) -> Views:
        """How the caller saw the flag of the contract when it ran last, and how the callee is going to."""
        now = self._look(born)
        journey = self._journeys.get(run.walker)
        then = journey.saw if journey is not None and journey.saw is not None else now
        caller, callee = Instance(run.hop.consumer, run.caller), Instance(run.hop.provider, run.callee)
        return self._outlook.views(run.hop.contract, caller, callee, then, now)

    def _look(self, born: Sights = ALIKE) -> Look:
        sights = self._outlook.after(self._sights, self._state_of, self._state_of, born)
        return self._outlook.look(sights, self._state_of)

    def _state_of(self, name: VariableKey) -> str:
        return self._read(self.simulation.own, name)

    def _read(self, own: State, name: VariableKey) -> str:
        value = self._play.own.system.value(own, name)
        return str(value.state if isinstance(value, Standing) else value)

    def _note_sights(self, born: Sights = ALIKE) -> None:
        """What is seen after what has happened."""
        before = self._stood
        self._sights = self._outlook.after(
            self._sights, lambda name: self._read(before, name), self._state_of, born
        )
        self._stood = self.simulation.own

    # --- what happens ---

    def on_event(self, happening: Happening) -> None:
        with _breaking_off():
            self._make_happen(happening)

    def on_hop(self, run: HopRun) -> None:
        with _breaking_off():
            self._run_hop(run)

    def _make_happen(self, happening: Happening) -> None:
        self._story.append(str(happening))
        self._note_sights()
        for walker, lost in happening.cut.items():
            self._interrupt(walker, lost)
        changes = [(name, here, there) for name, (here, there) in happening.changes.items()]
        try:
            follow(self.comparison.trial, self._world, self._play.own.vocabulary, changes)
        except Impossible:
            raise UnsatisfiedAssumption from None

    def _interrupt(self, walker: int, lost: Lookup) -> None:
        """The instance goes on which a request stands."""
        journey = self._journeys.get(walker)
        assert lost.event is not None
        pair = find_loss(lost.event)
        assert pair is not None, "an event that cuts a request off takes an instance away"
        if journey is None or journey.is_over:  # the real code ended earlier than the model
            return
        journey.met.append((pair.hop, (pair,)))
        journey.lose(str(lost.event.owner), pair)
        self._judge(journey)

    def _run_hop(self, run: HopRun) -> None:
        is_nobody = any(pair.kind is HazardKind.UNAVAILABLE for pair in run.hazards)
        if run.is_passed_over or (run.waits and not is_nobody):  # that version's code does not come by there
            return
        views = self._views(run, _born(run))
        journey = self._come_to(run, views)
        if not journey.is_over:  # else the real code ended earlier than the model
            broken = self._absent(run) if is_nobody else self._broken(run, views)
            self._cross(run, journey, broken, is_nobody=is_nobody)
        if run.waits:  # its caller has heard so, and asks for nothing any more
            self.simulation.give_up(run.walker)
            self._journeys.pop(run.walker).abandon()

    def _come_to(self, run: HopRun, views: Views) -> Journey:
        """The request's journey, begun with its first hop; over where its code goes another way."""
        is_first = run.walker not in self._journeys
        if is_first:
            self._journeys[run.walker] = Journey(self.comparison.trial, self._world, run.request, run.caller)
        journey = self._journeys[run.walker]
        if run.view not in (None, views[0]):  # its code saw the flag otherwise when it came to the hop
            journey.abandon()
            return journey
        self._note_sights(_born(run))
        self._world.switches.see(_born(run))
        if is_first:
            journey.start()
        return journey

    def _cross(
        self, run: HopRun, journey: Journey, broken: tuple[BrokenPair, ...], *, is_nobody: bool
    ) -> None:
        """Lets the request run the hop that it stands at, and its handlers up to the next."""
        self._story.append(f"request {run.walker}: {run}{': nobody is up' if is_nobody else ''}")
        journey.met.append((run.number, broken))
        caller = run.caller if journey.saw is None else None
        journey.saw = self._look()
        journey.go_on(Meeting(run.callee, run.found, caller, is_nobody=is_nobody))
        self._judge(journey)

    @staticmethod
    def _absent(run: HopRun) -> tuple[BrokenPair, ...]:
        return (BrokenPair(run.number, None, run.caller, None, HazardKind.UNAVAILABLE),)

    def _broken(self, run: HopRun, views: Views) -> tuple[BrokenPair, ...]:
        """What the file calls broken; a token only of contracts that the file calls changed."""
        carries = bool(find_sources(self.comparison.trial.deployment, run.request.hops, run.number))
        own, other = Instance(run.hop.consumer, run.caller), Instance(run.hop.provider, run.callee)
        pairs = [
            pair
            for pair in run.hazards
            if pair.kind is HazardKind.INCOMPATIBLE
            and self._outlook.is_looked_up(pair, run.hop.contract, own, other, views)
        ]
        return tuple(pair_of(p) for p in pairs if carries or p.aspect is not Aspect.TOKEN)

    def _judge(self, journey: Journey) -> None:
        session = journey.session
        if session is None or session.is_served or session.waits or session.impossible:
            return
        if session.failure is None:
            raise AssertionError(self._told(str(session.undeclared), session.logs))
        if "database is locked" in session.failure.evidence:
            raise UnsatisfiedAssumption
        hop = session.failure.hop
        earlier = [pairs for number, pairs in journey.met if pairs and number <= hop]
        if not self.comparison.reasons(journey.request.name, hop, earlier[-1] if earlier else ()):
            raise AssertionError(self._told(f"hop {hop}: {session.failure.evidence}", session.logs))

    def _told(self, what: str, logs: tuple[str, ...]) -> str:
        lines = [f"  {number}  {line}" for number, line in enumerate(self._story, start=1)]
        said = [f"     {line}" for line in logs]
        again = f"  repeat it: SKEWPROOF_RUN='{Run('', tuple(self._choices))}'"
        told = "\n".join(["seen, not predicted:", *lines, f"  ✗ {what}", *said, again])
        type(self).failed = told  # shrinking may have no time to come to an end
        return told

    def teardown(self) -> None:
        try:
            for journey in self._journeys.values():
                journey.abandon()
        finally:
            self._open.close()


def build_machine(comparison: Comparison) -> type[MixedVersionsMachine]:
    """The machine that plays the harness's deployment, with every contract under watch."""
    machine = MixedVersionsMachine.for_deployment(track_all_contracts(comparison.trial.deployment))
    machine.comparison = comparison
    return machine


class Played(Struct, frozen=True):
    """What came of plays: the story of one that fails, or nothing; how many were tried, and whether there
    was no time for more."""

    told: str
    tried: int
    is_cut: bool = False


def play(comparison: Comparison, effort: Effort) -> Played:
    """Plays with several requests at once, until one shows what the file does not predict."""
    machine = build_machine(comparison)
    machine.until = effort.until
    few = settings(
        effort.read_settings(),
        stateful_step_count=machine.TestCase.settings.stateful_step_count,
        report_multiple_bugs=False,  # the shrunk play of one is enough, and costs enough
    )
    run = machine if effort.seed is None else seed(effort.seed)(machine)
    try:
        run_state_machine_as_test(run, settings=few)
    except Flaky:
        return Played(f"{machine.failed}\n  {FITFUL}", machine.tried)
    except OutOfTimeError:
        return Played(machine.failed, machine.tried, is_cut=True)
    except BrokenOffError as ended:
        raise ended.reason from None
    except AssertionError as error:
        return Played(str(error), machine.tried)
    return Played("", machine.tried)


def repeat_play(comparison: Comparison, run: Run) -> str:
    """What one play shows that the file does not predict, or nothing.

    Raises `HarnessError` if the deployment, or its code, has no such play (any more).
    """
    machine = build_machine(comparison)()
    try:
        for choice in run.choices:
            machine.take(choice)
    except BrokenOffError as ended:
        raise ended.reason from None
    except UnsatisfiedAssumption:
        raise HarnessError(f"`{run}` cannot be repeated: the code does not come to the same hops") from None
    except AssertionError as error:
        return str(error)
    finally:
        machine.teardown()
    return ""
