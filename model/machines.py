"""The machines: each component's life as a `transitions.Machine`, and how it is read.

This is the one door to the `transitions` package and the only definition of what each strategy
does: the compiler, the replay of stories and the drawings all read these machines. States are
named by what a person would say of them, transitions by what makes them happen. Machines are
cached, so that components that live alike share one, and are read once into a frozen `Life`;
the search never steps a live machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from typing import Any

from .errors import SkewproofError

Machine = Any
"""A `transitions.Machine`; the package ships no complete types."""

NOBODY = "nobody up"
EMPTY = "empty"


class UnsupportedMachineError(SkewproofError):
    """A machine that cannot be read into a finite life; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of a machine."""

    trigger: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Life:
    """A machine, read: its states in order, where it starts, and its transitions in order."""

    states: tuple[str, ...]
    initial: str
    transitions: tuple[Transition, ...]


def build(states: Iterable[str], initial: str, transitions: Iterable[Transition]) -> Machine:
    """A `transitions.Machine` without models, ready to be read, replayed or drawn."""
    from transitions import Machine as Live  # imported here: drawing the help needs no machine

    arrows = [{"trigger": t.trigger, "source": t.source, "dest": t.target} for t in transitions]
    return Live(model=None, states=list(states), initial=initial, transitions=arrows, auto_transitions=False)


@cache
def read(machine: Machine) -> Life:
    """The machine's states and transitions as frozen values.

    Raises `UnsupportedMachineError` for what a finite life cannot hold: conditions, callbacks,
    nested or timed states.
    """
    if any(hasattr(state, "separator") for state in machine.states.values()):
        raise UnsupportedMachineError("nested states are not supported yet; give a flat `Machine`")
    arrows: list[Transition] = []
    for trigger, event in machine.events.items():
        for source, alternatives in event.transitions.items():
            arrows += [_read_arrow(trigger, source, arrow) for arrow in alternatives]
    _refuse_callbacks(machine)
    return Life(tuple(machine.states), str(machine.initial), tuple(arrows))


def _read_arrow(trigger: str, source: str, arrow: Any) -> Transition:
    if arrow.conditions or arrow.prepare or arrow.before or arrow.after:
        raise UnsupportedMachineError(
            f"`{trigger}` from `{source}` has conditions or callbacks, which are not supported yet; "
            "leave them out, or make them states"
        )
    if arrow.dest is None:
        raise UnsupportedMachineError(f"`{trigger}` from `{source}` is internal; give it a destination")
    return Transition(trigger, source, arrow.dest)


def _refuse_callbacks(machine: Machine) -> None:
    callbacks = [*machine.prepare_event, *machine.before_state_change, *machine.after_state_change]
    for state in machine.states.values():
        callbacks += [*state.on_enter, *state.on_exit]
    if callbacks:
        raise UnsupportedMachineError("callbacks on the machine or its states are not supported yet")


class Running:
    """A live run of a machine, for the replay of stories."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        machine.add_model(self)

    def fires(self, trigger: str) -> bool:
        """Makes the transition, and says whether the machine had one to make."""
        from transitions import MachineError

        try:
            return bool(self.trigger(trigger))  # type: ignore[attr-defined]  # put here by `add_model`
        except MachineError:
            return False

    @property
    def now(self) -> str:
        return str(self.state)  # type: ignore[attr-defined]  # put here by `add_model`


# --- services and workers ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rollout:
    """The life of a component with instances.

    `serving` maps each state to the versions that take calls in it, `counts` to how many instances of
    each do; `deploy` names the triggers that a `deploy` of it makes. A deploy is over in the states that
    no such trigger leaves.
    """

    machine: Machine
    serving: Mapping[str, frozenset[str]]
    counts: Mapping[str, Mapping[str, int]]
    deploy: frozenset[str]


def own_rollout(
    machine: Machine, serving: Mapping[str, Iterable[str]], *, deploy: Iterable[str] = ("deploy",)
) -> Rollout:
    """A component's life from a user's own `transitions` machine.

    `serving` says for each state which versions are up in it (`{"rolling": ["V1", "V2"]}`), and
    `deploy` which of its triggers the pipeline's `deploy` makes. Raises `UnsupportedMachineError`.
    """
    life = read(machine)
    triggers = {arrow.trigger for arrow in life.transitions}
    if missing := set(life.states) - set(serving):
        raise UnsupportedMachineError(f"`serving` says nothing of {', '.join(sorted(missing))}")
    if unknown := set(serving) - set(life.states):
        raise UnsupportedMachineError(
            f"`serving` names no state of the machine: {', '.join(sorted(unknown))}"
        )
    if unknown := set(deploy) - triggers:
        raise UnsupportedMachineError(f"the machine has no trigger {', '.join(sorted(unknown))}")
    up = {state: frozenset(versions) for state, versions in serving.items()}
    return Rollout(machine, up, _one_each(up), frozenset(deploy))


def _one_each(serving: Mapping[str, frozenset[str]]) -> dict[str, dict[str, int]]:
    """Where a machine does not count its instances: one of each version that is up."""
    return {state: dict.fromkeys(sorted(versions), 1) for state, versions in serving.items()}


@cache
def rolling(old: str, new: str, replicas: int, max_surge: int, max_unavailable: int) -> Rollout:
    """The rolling update (DESIGN 3.1), in Kubernetes' words.

    A new instance is spawned while fewer than `replicas` of the new and fewer than
    `replicas + max_surge` in all are up; an old one is retired while more than
    `replicas - max_unavailable` are up. States count the instances up, old and new.
    """
    arrows: list[Transition] = []
    counts = [(replicas, 0)]
    seen = set(counts)
    for olds, news in counts:  # grows while it is walked: the states in the order of a breadth-first search
        steps = []
        if news < replicas and olds + news < replicas + max_surge:
            steps.append((f"spawn {new}", (olds, news + 1)))
        if olds and olds + news > replicas - max_unavailable:
            steps.append((f"retire {old}", (olds - 1, news)))
        for trigger, reached in steps:
            arrows.append(
                Transition(trigger, _count(old, olds, new, news), _count(old, reached[0], new, reached[1]))
            )
            if reached not in seen:
                seen.add(reached)
                counts.append(reached)
    serving = {
        _count(old, olds, new, news): frozenset([old] * bool(olds) + [new] * bool(news))
        for olds, news in counts
    }
    machine = build(serving, _count(old, replicas, new, 0), arrows)
    up = {_count(old, olds, new, news): {old: olds, new: news} for olds, news in counts}
    return Rollout(machine, serving, up, frozenset({f"spawn {new}", f"retire {old}"}))


def _count(old: str, olds: int, new: str, news: int) -> str:
    parts = [f"{count}×{version}" for version, count in ((old, olds), (new, news)) if count]
    return " ".join(parts) or NOBODY


# --- what is switched -------------------------------------------------------------------------


@cache
def switch(initial: str, other: str, there: str, back: str) -> Machine:
    """Two states and a trigger each way: a worker's jobs, a feature flag."""
    return build(
        [initial, other], initial, [Transition(there, initial, other), Transition(back, other, initial)]
    )


@cache
def sequence(states: tuple[str, ...], trigger: str) -> Machine:
    """States that follow each other: schema versions, the pipeline's positions."""
    return build(states, states[0], [Transition(trigger, a, b) for a, b in pairwise(states)])


# --- what lies in a store ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forms:
    """The life of a contract's content: each state is the set of the forms that lie there."""

    machine: Machine
    held: Mapping[str, frozenset[str]]

    def named(self, forms: frozenset[str]) -> str:
        """The state that holds exactly these forms."""
        return next(state for state, held in self.held.items() if held == forms)


@cache
def content(versions: tuple[str, ...]) -> Forms:
    """Every set of forms; `write V` adds one, `use up V` takes one, `fill V` and `clear before V`
    are the two halves of a sync to V, `purge before V` throws away what is older."""
    sets = [frozenset(s) for size in range(len(versions) + 1) for s in combinations(versions, size)]
    held = {" + ".join(sorted(forms, key=versions.index)) or EMPTY: forms for forms in sets}
    names = {forms: name for name, forms in held.items()}
    arrows = [
        Transition(trigger, names[forms], names[reached])
        for forms in sets
        for trigger, reached in _content_steps(forms, versions)
        if reached != forms
    ]
    return Forms(build(held, versions[0], arrows), held)


def _content_steps(forms: frozenset[str], versions: tuple[str, ...]) -> Iterable[tuple[str, frozenset[str]]]:
    for rank, version in enumerate(versions):
        older = frozenset(versions[:rank])
        yield f"write {version}", forms | {version}
        yield f"use up {version}", forms - {version}
        yield f"fill {version}", forms | {version}
        yield f"purge before {version}", forms - older
        if version in forms:
            yield f"clear before {version}", forms - older
