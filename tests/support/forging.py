"""Certificates made up by a program that believes what suits it, in the form that `verify` reads.

A diagram is drawn of whichever variables, as it would have to look if one thing were so that is not: that
some events never happen, that all units are fair, that a set need not be closed (`Lie`). All else in it is as
in a proof. So each check of the verifier has something that nothing else would refuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from enum import Enum, auto
from functools import cached_property, partial
from random import Random
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.errors import TooManyCasesError
from skewproof.model.compiler.system import Event, EventKind, System
from skewproof.model.names import VariableKey, is_pipeline
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.certificate.claims import Claim
from skewproof.properties.certificate.drawing import Speller
from skewproof.properties.certificate.parts import KnownPart, list_part
from skewproof.properties.certificate.progress import Exits, Place
from skewproof.properties.certificate.ranking import (
    Edges,
    Helps,
    Labels,
    ProgressMaker,
    _goals_at,
    _is_own,
    _lead,
    _rank,
    _staying,
    _until,
    build_labelled,
)
from skewproof.properties.certificate.rules import (
    AwaitedState,
    Idle,
    InvariantState,
    Label,
    Labelled,
    Obligation,
    Rank,
)
from skewproof.properties.certificate.verify import FORMAT, VERSION
from skewproof.properties.certificate.write import _list_keys, _without_hop
from skewproof.properties.temporal.influence import Influence
from skewproof.properties.verdict.assumptions import find_assumptions

Data = dict[str, Any]
LIMITS = Limits(max_states=2_000)
"""Of a part; one that is larger is not drawn."""
MOST_PARTS = 3
MOST_EVENTS = 25
"""Of a run that is made up."""


class Lie(Enum):
    """What a diagram is drawn as if it were so."""

    NOTHING = auto()
    """But that the variables are enough."""
    FEWER_EVENTS = auto()
    """Some events never happen."""
    EASIER_EVENTS = auto()
    """Some events wait for less than they do, and where nothing helps some event does."""
    ALL_IS_FAIR = auto()
    """What need never happen does."""
    ALL_IS_KNOWN = auto()
    """What an event waits for beside is so, or comes."""
    OPEN = auto()
    """Nothing leads to the states that are left out."""
    NO_START = auto()
    """It begins somewhere in the set."""
    NOTHING_IS_BAD = auto()
    """What must not be may be."""
    NO_NEARER = auto()
    """To come no nearer is enough."""
    NOTHING_IS_WAITED_FOR = auto()
    """Where something is waited for."""
    NOTHING_AFTERWARDS = auto()
    """What was waited for is waited for once."""
    GOALS = auto()
    """Some states are what is waited for."""
    A_LABEL = auto()
    """One label is as good as another."""


class Adversary(ProgressMaker, frozen=True):
    """Goes for whichever ways on, in whichever order, and by whichever events, as `chance` will."""

    chance: Random
    lie: Lie = Lie.NOTHING

    def _at_place(
        self, part: KnownPart, indices: Collection[int], here: Place, exits: Exits
    ) -> Labels | None:
        guards = exits.at.get(here, [])
        if exits.may_stay(here) and self.chance.random() < 0.5:
            return dict.fromkeys(indices, AwaitedState(len(guards)))
        ways = self.chance.sample(range(len(guards)), self.chance.randint(min(1, len(guards)), len(guards)))
        goals = _goals_at(part, indices, guards, ways)
        if self.lie is Lie.GOALS and ways:
            share = self.chance.choice((0.5, 1.0))
            goals = {**{n: AwaitedState(ways[0]) for n in indices if self.chance.random() < share}, **goals}
        waiting = [index for index in indices if index not in goals]
        helps = (lambda *_: True) if self.lie is Lie.ALL_IS_KNOWN else _is_own(part)
        if self.lie is Lie.NO_NEARER:
            return {**goals, **_stay(part, waiting, helps)}
        rank, lead = partial(_rank, part, waiting), partial(_lead, part, waiting, goals)
        for find in self.chance.sample((rank, lead), 2):
            found = find(_staying(part), helps)
            if found is not None:
                return {**goals, **found}
        return None


class Forger(Struct, frozen=True, dict=True):
    """Makes up what a certificate of a deployment is made of; `alone` is the deployment, compiled."""

    alone: Compiled
    chance: Random

    def certificate(self, claims: list[Data], progress: list[Data], runs: list[list[int]]) -> Data:
        """All in one, as it comes out of a file."""
        deployment = self.alone.vocabulary.deployment
        head = {"format": FORMAT, "version": VERSION, "system": deployment.system}
        told = {"assumed": find_assumptions(deployment).spell(), "values": self._speller.table()}
        parts = {"claims": claims, "progress": progress, "runs": runs}
        made: Data = json.loads(json.dumps({**head, **told, **parts}))
        return made

    def forge_claim(self, claim: Claim, lies: Collection[Lie]) -> Iterator[Data]:
        """Diagrams that are to show the claim, one for each lie, as far as there is one."""
        asked = claim.obligation
        for lie in lies if asked is not None else ():
            assert asked is not None
            system = claim.compiled.system
            numbers = {id(event): number for number, event in enumerate(system.events)}
            believed, numbers = self._believe(_without_hop(system, asked), numbers, lie)
            part = _list(believed, self._some_keys(claim.compiled, asked, believed), numbers)
            labels = _Drawing(part, asked, lie, self.chance).labels() if part is not None else None
            if part is not None and labels:
                labelled = build_labelled(claim.text, part, labels)
                yield {"of": list(claim.name), **self._spell(labelled)}

    def forge_progress(self, lies: Collection[Lie]) -> Iterator[list[Data]]:
        """Parts that are to show that no pipeline can stall: such as are right, if there are any, and of the
        variables as they come."""
        numbers = {id(event): n for n, event in enumerate(self.alone.system.events)}
        with suppress(TooManyCasesError, StateLimitError):
            for parts in ProgressMaker(self.alone, numbers, LIMITS).list_candidates():
                yield list(map(self._spell, parts))
        with suppress(TooManyCasesError):
            exits = Exits(self.alone)
            for lie in lies:
                system, believed = self._believe(self.alone.system, numbers, lie)
                maker = Adversary(replace(self.alone, system=system), believed, LIMITS, self.chance, lie)
                with suppress(StateLimitError):
                    labelled = [maker._label(n, part, exits) for n, part in enumerate(self._parts(), 1)]
                    yield [self._spell(one) for one in labelled if one is not None]

    def forge_runs(self, count: int) -> list[list[int]]:
        """Runs, of which now and then an event cannot happen."""
        return [run for _ in range(count) if (run := list(self._wander()))]

    @cached_property
    def _speller(self) -> Speller:
        return Speller()

    def _spell(self, labelled: Labelled) -> Data:
        return self._speller.diagram(labelled.diagram, labelled.labels)

    @cached_property
    def _influence(self) -> Influence:
        return Influence(self.alone)

    # --- what is believed ---

    def _believe(self, system: System, numbers: dict[int, int], lie: Lie) -> tuple[System, dict[int, int]]:
        """The system as it would be, and the numbers of its events."""
        change: Callable[[Event], Event | None]
        match lie:
            case Lie.FEWER_EVENTS:
                change = self._forget(system)
            case Lie.EASIER_EVENTS:
                change = self._loosen
            case Lie.ALL_IS_FAIR:
                change = _make_fair
            case _:
                return system, numbers
        believed = [(numbers[id(event)], after) for event in system.events if (after := change(event))]
        told = {id(event): number for number, event in believed}
        return System(system.variables, tuple(event for _, event in believed)), told

    def _forget(self, system: System) -> Callable[[Event], Event | None]:
        """Without few events as they come, or all of one kind, or all that set one variable."""
        match self.chance.randrange(3):
            case 0:
                return lambda event: event if self.chance.random() > 0.05 else None
            case 1:
                kind = self.chance.choice(list(EventKind))
                return lambda event: event if event.kind is not kind else None
            case _:
                key = self.chance.choice(system.variables).key
                return lambda event: event if key not in event.effect or is_pipeline(key) else None

    def _loosen(self, event: Event) -> Event:
        if event.group is None or not event.guard or self.chance.random() < 0.5:
            return event
        key = self.chance.choice(sorted(event.guard, key=str))
        return (
            event
            if is_pipeline(key)
            else replace(event, guard={k: v for k, v in event.guard.items() if k != key})
        )

    def _some_keys(self, compiled: Compiled, asked: Obligation, system: System) -> frozenset[VariableKey]:
        """Variables of which a diagram is drawn: what has a say in what is asked, all, or as they come."""
        own, every = frozenset(_list_keys(asked)), [variable.key for variable in system.variables]
        match self.chance.randrange(4):
            case 0:
                return frozenset(every)
            case 1:
                return Influence(replace(compiled, system=system)).cone(own)
        keys = own if self.chance.random() < 0.7 else frozenset()
        share = self.chance.choice((0.2, 0.5, 0.8))
        more = {key for key in every if self.chance.random() < (0.9 if is_pipeline(key) else share)}
        return keys | more or frozenset({self.chance.choice(every)})

    def _parts(self) -> list[frozenset[VariableKey]]:
        """The variables but the pipelines' in parts; now and then one is in two."""
        own = [v.key for v in self.alone.system.variables if not is_pipeline(v.key)]
        whose = {key: self.chance.randrange(MOST_PARTS) for key in own}
        parts = [frozenset(key for key in own if whose[key] == n) for n in range(MOST_PARTS)]
        if self.chance.random() < 0.2:
            parts[0] |= set(self.chance.sample(own, 1))
        return [part for part in parts if part]

    def _wander(self) -> Iterator[int]:
        system = self.alone.system
        numbers = {id(event): n for n, event in enumerate(system.events)}
        state = system.initial
        for _ in range(self.chance.randrange(1, MOST_EVENTS)):
            ways = list(system.successors(state))
            if not ways:
                return
            event, state = self.chance.choice(ways)
            is_made_up = self.chance.random() < 0.02
            yield self.chance.randrange(len(system.events)) if is_made_up else numbers[id(event)]


class _Drawing(Struct, frozen=True):
    """What each state of a part would be called if the lie were true."""

    part: KnownPart
    asked: Obligation
    lie: Lie
    chance: Random

    def labels(self) -> Labels | None:
        """None: not even then it would be a proof."""
        goals = self._goals()
        good = self._good(goals)
        rest: Label = InvariantState() if self.asked.trigger is None else Idle()
        labels = {n: goals.get(n, rest) for n in good}
        if self.asked.comes:
            waiting = self._list_waiting(good, goals)
            ranks = self._rank(waiting, good, goals)
            if ranks is None:
                return None
            labels = {**{n: labels[n] for n in good - waiting}, **ranks}
            if self.lie is Lie.NOTHING_AFTERWARDS:
                labels = {n: label for n, label in labels.items() if not isinstance(label, Idle)}
        if self.lie is Lie.NO_START and self.chance.random() < 0.5:
            labels.pop(0, None)
        return self._swap(labels)

    def _goals(self) -> Labels:
        goals: Labels = {n: AwaitedState(which) for n, which in self.part.states_in(self.asked.goal).items()}
        if self.lie is Lie.GOALS and self.asked.goal:
            states = range(len(self.part.reached.states))
            share = self.chance.choice((0.3, 1.0))
            goals = {**{n: AwaitedState(0) for n in states if self.chance.random() < share}, **goals}
        return goals

    def _good(self, goals: Labels) -> set[int]:
        """The states that may be in the set."""
        excluded = [guard for _, guard in self.asked.excluded]
        if self.lie is Lie.NOTHING_IS_BAD:
            excluded = self.chance.sample(excluded, self.chance.randint(0, max(0, len(excluded) - 1)))
        good = set(range(len(self.part.reached.states))) - (
            self.part.states_in(excluded).keys() - goals.keys()
        )
        if self.lie is Lie.OPEN:
            return good - {0} if self.chance.random() < 0.1 else good
        ends = goals if self.asked.trigger is None else {}
        while lost := {n for n in good if n not in ends and not good.issuperset(self._after(n))}:
            good -= lost
        return good

    def _after(self, number: int) -> Iterator[int]:
        return self.part.reached.reached_from(number)

    def _list_waiting(self, good: set[int], goals: Labels) -> set[int]:
        waiting = good - goals.keys()
        if self.asked.trigger is not None:
            starts = [n for n in self.part.states_in(self.asked.trigger) if n in good]
            if self.lie is Lie.NOTHING_IS_WAITED_FOR:
                starts = self.chance.sample(starts, self.chance.randint(0, len(starts)))
            waiting &= set(_until(starts, goals, self._after))
        return waiting

    def _rank(self, waiting: set[int], good: set[int], goals: Labels) -> Labels | None:
        def edges(number: int) -> list[tuple[Event, int]]:
            return [(event, there) for event, there in self.part.reached.edges[number] if there in good]

        def helps(event: Event, _: int) -> bool:
            beside = self.part.originals[id(event)].guard.keys() - self.part.keys
            is_known = not beside or self.lie is Lie.ALL_IS_KNOWN
            return is_known or (event.kind is EventKind.PIPELINE and self.part.numbers[id(event)] % 3 > 0)

        if self.lie is Lie.NO_NEARER:
            found = _stay(self.part, waiting, helps)
            return found if len(found) == len(waiting) else None
        if self.lie is Lie.EASIER_EVENTS:
            return self._rank_stuck(waiting, edges, helps)
        return _rank(self.part, waiting, edges, helps)

    def _rank_stuck(self, waiting: set[int], edges: Edges, helps: Helps) -> Labels | None:
        """Where nothing helps some event is said to."""
        fair = [event for event in self.part.system.events if event.group is not None]
        stuck = {n for n in waiting if not any(event.group and helps(event, n) for event, _ in edges(n))}
        found = _rank(self.part, waiting - stuck, edges, helps)
        if found is None or not fair:
            return None
        numbers = [self.part.numbers[id(event)] for event in fair]
        told: Labels = {n: Rank(0, self.chance.choice(numbers)) for n in stuck}
        ranked = ((n, label) for n, label in found.items() if isinstance(label, Rank))
        return {**told, **{n: Rank(label.rank + 1, label.event) for n, label in ranked}}

    def _swap(self, labels: Labels) -> Labels:
        if self.lie is Lie.A_LABEL and labels:
            rank = Rank(self.chance.randrange(4), self.chance.randrange(1 + len(self.part.numbers)))
            others = [
                InvariantState(),
                Idle(),
                AwaitedState(self.chance.randrange(3)),
                rank,
                *labels.values(),
            ]
            return {**labels, self.chance.choice(list(labels)): self.chance.choice(others)}
        return labels


def _list(system: System, keys: frozenset[VariableKey], numbers: dict[int, int]) -> KnownPart | None:
    with suppress(StateLimitError):
        return list_part(system, keys, numbers, LIMITS)
    return None


def _stay(part: KnownPart, waiting: Collection[int], helps: Helps) -> Labels:
    """For each state that waits, as far as there is one, an event of a unit; the rank is always the same."""
    found: Labels = {}
    for number in waiting:
        for event, _ in part.reached.edges[number]:
            if event.group is not None and helps(event, number):
                found[number] = Rank(0, part.numbers[id(event)])
    return found


def _make_fair(event: Event) -> Event:
    return event if event.group is not None else replace(event, group=("made up", event.text))
