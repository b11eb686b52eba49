"""The machines: each component's life as a `transitions.Machine`, and how it is read.

This is the one door to the `transitions` package and the only definition of what each strategy
does: the compiler, the replay of stories and the drawings all read these machines. States are
named by what a person would say of them, transitions by what makes them happen. Machines are
cached, so that components that live alike share one, and are read once into a frozen `Life`;
the search never steps a live machine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from itertools import combinations, pairwise
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ..errors import SkewproofError

Item = TypeVar("Item", str, int)

Machine = Any
"""A `transitions.Machine`; the package ships no complete types."""

EMPTY = "empty"


class UnsupportedMachineError(SkewproofError):
    """A machine that cannot be read into a finite life; the message says what to change."""


class Transition(Struct, frozen=True):
    """One arrow of a machine. `conditions` are predicates in the property language, all of which must
    hold of the rest of the deployment."""

    trigger: str
    source: str
    target: str
    conditions: tuple[str, ...] = ()


class Life(Struct, frozen=True):
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

    Conditions are predicates, given as text. Raises `UnsupportedMachineError` for what a finite life cannot
    hold: functions as conditions, callbacks, nested or timed states.
    """
    if any(hasattr(state, "separator") for state in machine.states.values()):
        raise UnsupportedMachineError("the machine has nested states; give a flat `Machine`")
    arrows: list[Transition] = []
    for trigger, event in machine.events.items():
        for source, alternatives in event.transitions.items():
            arrows += _in_order([_read_arrow(trigger, source, arrow) for arrow in alternatives])
    _refuse_callbacks(machine)
    return Life(tuple(machine.states), str(machine.initial), tuple(arrows))


def _arrows(machine: Machine) -> Iterable[Any]:
    """Every arrow of the machine, as the library has it."""
    for event in machine.events.values():
        for alternatives in event.transitions.values():
            yield from alternatives


def _read_arrow(trigger: str, source: str, arrow: Any) -> Transition:
    if arrow.prepare or arrow.before or arrow.after:
        raise UnsupportedMachineError(
            f"`{trigger}` from `{source}` has callbacks, which a proof cannot follow; leave them out, or "
            "make them states"
        )
    if arrow.dest is None:
        raise UnsupportedMachineError(f"`{trigger}` from `{source}` is internal; give it a destination")
    return Transition(trigger, source, arrow.dest, tuple(_read_conditions(trigger, source, arrow)))


def _in_order(alternatives: list[Transition]) -> Iterable[Transition]:
    """Of transitions with one trigger and source the library makes the first whose conditions hold: a
    later one needs that those before it do not."""
    refused: tuple[str, ...] = ()
    for arrow in alternatives:
        yield replace(arrow, conditions=(*refused, *arrow.conditions))
        if not arrow.conditions:
            return
        refused += (f"not ({' and '.join(f'({said})' for said in arrow.conditions)})",)


def _read_conditions(trigger: str, source: str, arrow: Any) -> Iterable[str]:
    """`conditions` as they are, `unless` negated."""
    for condition in arrow.conditions:
        if not isinstance(condition.func, str):
            raise UnsupportedMachineError(
                f"`{trigger}` from `{source}` has a function as a condition, which a proof cannot look into; "
                "write a predicate as text, such as `database.version == V2`"
            )
        yield condition.func if condition.target else f"not ({condition.func})"


def _refuse_callbacks(machine: Machine) -> None:
    callbacks = [*machine.prepare_event, *machine.before_state_change, *machine.after_state_change]
    for state in machine.states.values():
        callbacks += [*state.on_enter, *state.on_exit]
    if callbacks:
        raise UnsupportedMachineError("the machine or its states have callbacks, which a proof cannot follow")


class LiveMachine:
    """A live run of a machine, for the replay of stories."""

    def __init__(
        self, machine: Machine, start: str | None = None, holds: Callable[[str], bool] = lambda _: True
    ) -> None:
        """`holds` says whether a condition of the machine, a predicate as text, holds now."""
        self.ask(holds)
        for condition in {said.func for arrow in _arrows(machine) for said in arrow.conditions}:
            # The machine looks its conditions up on its model, by their text.
            setattr(self, condition, lambda *_, said=condition: self._holds(said))
        machine.add_model(self, initial=start)
        self._machine = machine

    def ask(self, holds: Callable[[str], bool]) -> None:
        """From now on this says whether a condition holds."""
        self._holds = holds

    def leave(self) -> None:
        """Ends the run: the library keeps a machine's models, and looks through them for each new one."""
        self._machine.remove_model(self)

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


# --- what is switched -------------------------------------------------------------------------


@cache
def build_switch(initial: str, other: str, there: str, back: str) -> Machine:
    """Two states and a trigger each way: a worker's jobs, a feature flag."""
    return build(
        [initial, other], initial, [Transition(there, initial, other), Transition(back, other, initial)]
    )


@cache
def build_step(before: str, after: str) -> Machine:
    """Two states and a way from the first to the second."""
    return build([before, after], before, [Transition("go", before, after)])


@cache
def build_choice(states: tuple[str, ...], start: str) -> Machine:
    """From each state to each other: an office, which anybody can have."""
    arrows = [Transition(f"choose {b}", a, b) for a in states for b in states if a != b]
    return build(states, start, arrows)


@cache
def build_gradual_switch(off: str, partly: str, on: str) -> Machine:
    """A flag that each instance can take up at its own moment, or all at once."""
    at_once = [("enable", off, on), ("enable", partly, on), ("disable", on, off), ("disable", partly, off)]
    first = [("enable first", off, partly), ("disable first", on, partly)]
    last = [("enable last", partly, on), ("disable last", partly, off)]
    return build([off, partly, on], off, [Transition(*arrow) for arrow in (*at_once, *first, *last)])


@cache
def build_ladder(states: tuple[str, ...]) -> Machine:
    """Schema versions: one after the other, and back."""
    arrows = [
        arrow
        for a, b in pairwise(states)
        for arrow in (Transition("advance", a, b), Transition("go back", b, a))
    ]
    return build(states, states[0], arrows)


@cache
def build_pipeline_machine(states: tuple[str, ...], onward: tuple[tuple[int, ...], ...]) -> Machine:
    """The pipeline's positions, and for each (by index) those that can follow it."""
    arrows = [
        Transition(f"go on to {states[target]}", states[source], states[target])
        for source, targets in enumerate(onward)
        for target in targets
    ]
    return build(states, states[0], arrows)


# --- what lies in a store ---------------------------------------------------------------------


class Forms(Struct, frozen=True):
    """The life of a contract's content: each state is the set of the forms that lie there."""

    machine: Machine
    held: Mapping[str, frozenset[str]]

    def named(self, forms: frozenset[str]) -> str:
        """The state that holds exactly these forms."""
        return next(state for state, held in self.held.items() if held == forms)


@cache
def build_content_machine(versions: tuple[str, ...], *, copies: bool = True) -> Forms:
    """Every set of forms; `write V` adds one, `use up V` takes one, `fill V` and `clear before V`
    are the two halves of a sync to V, `purge before V` throws away what is older, `purge but V`
    all that is not V, `drop` everything.
    With `copies`, for stores derived from others, `keep …` throws away all but some forms.

    There are 2**n sets of n versions, and 3**n ways to keep a part of one."""
    sets = list(list_subsets(versions))
    held = {" + ".join(sorted(forms, key=versions.index)) or EMPTY: forms for forms in sets}
    names = {forms: name for name, forms in held.items()}
    arrows = [
        Transition(trigger, names[forms], names[reached])
        for forms in sets
        for trigger, reached in _content_steps(forms, versions, copies=copies)
        if reached != forms
    ]
    return Forms(build(held, versions[0], arrows), held)


def _content_steps(
    forms: frozenset[str], versions: tuple[str, ...], *, copies: bool
) -> Iterable[tuple[str, frozenset[str]]]:
    yield "drop", frozenset()
    for kept in list_subsets(forms) if copies else ():
        yield f"keep {' + '.join(sorted(kept, key=versions.index))}", kept
    for rank, version in enumerate(versions):
        older = frozenset(versions[:rank])
        yield f"write {version}", forms | {version}
        yield f"use up {version}", forms - {version}
        yield f"fill {version}", forms | {version}
        yield f"purge before {version}", forms - older
        yield f"purge but {version}", forms & {version}
        if version in forms:
            yield f"clear before {version}", forms - older


def list_subsets(whole: Collection[Item]) -> Iterable[frozenset[Item]]:
    """Every subset of what can be sorted, the smaller ones first."""
    sizes = range(len(whole) + 1)
    return (frozenset(some) for size in sizes for some in combinations(sorted(whole), size))
