"""A deployment as a Hypothesis state machine: rules for the rollout, rules for the requests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import new_class
from typing import Any, ClassVar, Self, TypeVar, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ...model.compiler.system import EventKind
from ...model.deployment import Deployment, Request
from ...model.machines.rollouts import Rollout
from ...model.names import PIPELINE
from ..acceptance import is_meeting_accepted
from ..lookups.lookup import HazardKind, Lookup
from .simulation import Happening, HopRun, Play, Simulation

Owner = tuple[EventKind, str]

_PREFIXES = {EventKind.MOVE: "move", EventKind.PIPELINE: "go_on", EventKind.WRITE: "traffic"}


class RolloutMachine(RuleBasedStateMachine):
    """Hypothesis plays a deployment: a rule for each owner of events (each component, contract and
    flag that moves, the pipeline, the traffic at each store), rules that start and advance requests,
    several at once, and the hazards as an invariant.

    Give a subclass a `deployment` (a class attribute, or `for_deployment`), and let a test runner see
    its `TestCase`. `on_event` and `on_hop` are for subclasses that do the same to something real;
    these set `hazards_fail` to False, and compare `HopRun.hazards` with what happened there.

    What the deployment accepts (`accept`) fails nothing in the steps in which it is accepted.

    Limits: what it does not find it does not prove absent; that is what `check` is for, and each
    hazard that it meets, `check` finds. At most `most_in_flight` requests run at once.
    """

    deployment: ClassVar[Deployment | None] = None
    rollouts: ClassVar[Mapping[str, Rollout] | None] = None
    hazards_fail: ClassVar[bool] = True
    most_in_flight: ClassVar[int] = 3
    _play: ClassVar[Play]
    # What can come next, kept until an event has happened:
    _events: dict[Owner, dict[str, Happening]] | None
    _starts: dict[str, HopRun] | None
    _advances: dict[str, HopRun] | None

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if "deployment" in vars(cls) and cls.deployment is not None:
            cls._play = Play(cls.deployment, cls.rollouts)
            for name, owner in _rule_names(cls._play).items():
                setattr(cls, name, _rule_of(name, owner))

    @classmethod
    def for_deployment(
        cls, deployment: Deployment, rollouts: Mapping[str, Rollout] | None = None
    ) -> type[Self]:
        """A subclass that plays the deployment; its `TestCase` works under pytest and unittest.

        The test case runs as many steps as an undisturbed rollout takes, and half as many again.
        """
        name = f"{cls.__name__}Of{re.sub(r'[^A-Za-z0-9]+', '', deployment.system.title()) or 'Deployment'}"
        body = {"deployment": deployment, "rollouts": rollouts}
        machine = cast("type[Self]", new_class(name, (cls,), exec_body=lambda own: own.update(body)))
        steps = max(50, 3 * _quick_run(machine._play) // 2)
        machine.TestCase.settings = settings(deadline=None, stateful_step_count=steps)
        return machine

    def __init__(self) -> None:
        if self.deployment is None:
            raise TypeError(f"{type(self).__name__} has no deployment; use `for_deployment`")
        super().__init__()
        self.simulation = Simulation(self._play)
        self._forget()
        self.met: list[str] = []

    # --- for subclasses ---

    def on_event(self, happening: Happening) -> None:
        """Called after an event of the deployment; `self.simulation` stands after it."""

    def on_hop(self, run: HopRun) -> None:
        """Called when a request runs a hop, or attempts it (`run.waits`).

        `self.simulation` stands just before the hop, so that it says what the hop meets.
        """

    # --- rules ---

    def _happenings(self) -> dict[Owner, dict[str, Happening]]:
        """By owner and words, the events of the deployment that can happen now."""
        if self._events is None:
            found: dict[Owner, list[Happening]] = {}
            for happening in self.simulation.happenings():
                found.setdefault((happening.event.kind, happening.event.owner), []).append(happening)
            self._events = {o: list_by_words((str(h), h) for h in some) for o, some in found.items()}
        return self._events

    def _startable(self) -> dict[str, HopRun]:
        """By their words, the first hops of new requests that can run now."""
        if self._starts is None:
            runs = ((r, self.simulation.starts(r)) for r in self._play.deployment.requests)
            self._starts = list_by_words((f"{r.name}: {run}", run) for r, some in runs for run in some)
        return self._starts

    def _advanceable(self) -> dict[str, HopRun]:
        """By their words, the next hops of the requests in flight."""
        if self._advances is None:
            runs = ((number, self.simulation.hops(number)) for number in self.simulation.in_flight)
            self._advances = list_by_words((f"{n}: {run}", run) for n, some in runs for run in some)
        return self._advances

    def _forget(self) -> None:
        """An event has happened: what can come next is asked anew."""
        self._events = self._starts = self._advances = None

    def _happen(self, owner: Owner, event: str) -> None:
        self._fire(self._happenings()[owner][event])

    def _fire(self, happening: Happening) -> None:
        for number, hazard in happening.cut.items():
            request = self.simulation.in_flight[number].request
            if self._counts(request, hazard):
                self.met.append(f"request `{request.name}`, hop {hazard.hop}: {happening}")
        self.simulation.fire(happening)
        self._forget()
        self.on_event(happening)

    @precondition(lambda self: self._has_room() and self._startable())
    @rule(hop=st.runner().flatmap(lambda self: st.sampled_from(list(self._startable()))))
    def start(self, hop: str) -> None:
        """A request begins: its first hop."""
        self._run(self._startable()[hop])

    @precondition(lambda self: self.simulation.in_flight)
    @rule(hop=st.runner().flatmap(lambda self: st.sampled_from(list(self._advanceable()))))
    def advance(self, hop: str) -> None:
        """A request in flight, named by its number, runs its next hop."""
        self._run(self._advanceable()[hop])

    @precondition(lambda self: not (self.simulation.in_flight or self._startable() or self._happenings()))
    @rule()
    def rest(self) -> None:
        """Nothing can happen any more; Hypothesis wants a rule all the same."""

    def _has_room(self) -> bool:
        return len(self.simulation.in_flight) < self.most_in_flight

    def _run(self, run: HopRun) -> None:
        self.met += [_told(run, hazard) for hazard in run.hazards if self._counts(run.request, hazard)]
        self.on_hop(run)
        self.simulation.run(run)
        self._forget()

    def _counts(self, request: Request, hazard: Lookup) -> bool:
        """Whether the deployment does not accept it in the step in which the pipeline stands, today."""
        living = self._play.deployment.on()
        return not is_meeting_accepted(living, request, hazard, self.simulation.steps)

    # --- properties ---

    @precondition(lambda self: self.met)  # so that a story is not printed with a line of it between all
    @invariant()
    def no_request_meets_a_hazard(self) -> None:
        """Every hop that ran, or was attempted, looked up compatible pairs only."""
        if self.hazards_fail:
            raise AssertionError("\n".join(self.met))


def _told(run: HopRun, hazard: Lookup) -> str:
    where = f"request `{run.request.name}`, hop {run.number} ({run})"
    if hazard.kind is HazardKind.UNAVAILABLE:
        return f"{where}: nobody is up to take the call"
    pair = f"{hazard.consumer_version or 'who forwards'} -> {hazard.provider_version}"
    return f"{where}: {pair} breaks {run.hop.contract} ({hazard.aspect})"


def _rule_of(name: str, owner: Owner) -> Callable[..., None]:
    """The rule for the events of one owner."""

    def happen(self: RolloutMachine, event: str) -> None:
        self._happen(owner, event)

    happen.__name__ = happen.__qualname__ = name
    happen.__doc__ = f"An event of {owner[1]}."
    events = st.runner().flatmap(lambda self: st.sampled_from(list(self._happenings()[owner])))
    possible = precondition(lambda self: owner in self._happenings())
    ruled: Callable[..., None] = possible(rule(event=events)(happen))
    return ruled


def _rule_names(play: Play) -> dict[str, Owner]:
    """A Python name for the rule of each owner, in the order of their first events."""
    owners = dict.fromkeys((event.kind, event.owner) for event in play.own.system.events)
    names: dict[str, Owner] = {}
    for kind, owner in owners:
        word = re.sub(r"[^A-Za-z0-9]+", "_", owner).strip("_") or "it"
        is_only = owner == str(PIPELINE)
        base = _PREFIXES[kind] if is_only else f"{_PREFIXES[kind]}_{word.removeprefix('pipeline_')}"
        name, again = base, 1
        while name in names:
            again += 1
            name = f"{base}_{again}"
        names[name] = (kind, owner)
    return names


Kept = TypeVar("Kept")


def list_by_words(named: Iterator[tuple[str, Kept]]) -> dict[str, Kept]:
    """Each under its words; those that share them get a number behind."""
    count: Counter[str] = Counter()
    found: dict[str, Kept] = {}
    for words, kept in named:
        count[words] += 1
        found[words if count[words] == 1 else f"{words} #{count[words]}"] = kept
    return found


def _quick_run(play: Play) -> int:
    """How many events a run takes that always does the first thing it can, and no traffic."""
    simulation, events = Simulation(play), 0
    while events < 1000:
        own = (h for h in simulation.happenings() if h.event.kind is not EventKind.WRITE)
        happening = next(own, None)
        if happening is None:
            break
        simulation.fire(happening)
        events += 1
    return events
