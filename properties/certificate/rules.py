"""The rules of proof: what a labelled diagram must satisfy so that something holds of every run.

A diagram speaks of some variables. Seen in those alone an event keeps the part of its guard and of its effect
that speaks of them: it can happen more often than it really does, and leads where it really leads. So
whatever is shown of all events in the diagram is true of the whole, whichever variables were chosen; no
argument about slices has to be believed. That an event *can* happen is only shown where the diagram knows its
whole guard.

**An invariant** (Floyd, "Assigning Meanings to Programs", 1967): the initial state is in the set, every event
leads from the set into the set, and no state of it is bad (`check_obligation`, all labels `HELD`).

**What must come** (the rule for response under justice of Manna, Pnueli, "Completing the Temporal Picture",
1991, with ranks for their well-founded order): each state that waits has a rank and an event that can happen
in it. No event leads to a higher rank; to the same rank only with a helpful event of the same unit of
fairness, and only if it is not of that unit itself. On a run that waits for ever the rank is the same from
some moment on, and so is the unit; it is enabled all that time and never happens: the run is not fair.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import assert_never

from msgspec import Struct

from ...model.compiler.system import Condition, Event, EventKind, Guard, System
from ...model.errors import SkewproofError
from ...model.names import REQUEST, VariableKey
from .diagram import Diagram


class CertificateRefusedError(SkewproofError):
    """The certificate proves nothing of this deployment; the message says where it fails."""


class InvariantState(Struct, frozen=True):
    """A state of an invariant."""


class Idle(Struct, frozen=True):
    """A state in which nothing is waited for; only where something can be waited for again and again."""


class AwaitedState(Struct, frozen=True):
    """A state that is waited for: guard `number` of the goal holds."""

    number: int


class Rank(Struct, frozen=True):
    """A state that waits: how far it is, and a helpful event (its number in the system) that can happen."""

    rank: int
    event: int


Label = InvariantState | Idle | AwaitedState | Rank


class Labelled(Struct, frozen=True):
    """A diagram, what its labels mean, and what it is called where it is wrong."""

    where: str
    diagram: Diagram
    labels: tuple[Label, ...]

    def refuse(self, why: str) -> CertificateRefusedError:
        return CertificateRefusedError(f"{self.where}: {why}")


Excluded = tuple[str, Guard]
"""What no state that waits or is held may be: in words, and as a guard."""


class Obligation(Struct, frozen=True):
    """What is to be shown: that until the `goal` (never, if it is empty) no state is `excluded`; and, with
    `comes`, that the goal comes. It is asked from the start on; with `trigger`, from each state in which that
    holds, again and again. With `hop`: until the request has run that hop."""

    excluded: tuple[Excluded, ...] = ()
    goal: Condition = ()
    comes: bool = False
    trigger: Condition | None = None
    hop: int | None = None


Comes = Callable[[Guard, Collection[VariableKey]], bool]
"""Whether a pipeline that waits for a guard can go on at last, if all holds that the guard asks but of these
variables."""


def check_obligation(system: System, proof: Labelled, asked: Obligation, comes: Comes) -> None:
    """Raises `CertificateRefusedError` unless the diagram shows that what is asked holds of every fair
    run."""
    _check_labels(proof, asked)
    for what, guard in asked.excluded:
        if any(isinstance(proof.labels[n], InvariantState | Rank) for n in proof.diagram.labels_in(guard)):
            raise proof.refuse(f"there is a state in which {what}")
    if proof.diagram.label_at_start(system) is None:
        raise proof.refuse("the initial state is not in the set")
    for guard in asked.trigger or ():
        if any(isinstance(proof.labels[n], Idle) for n in proof.diagram.labels_in(guard)):
            raise proof.refuse("nothing is waited for in a state in which something is")
    for number, label in enumerate(proof.labels):
        if isinstance(label, Rank):
            _check_helpful(system, proof, number, label, comes)
    for event in list_bearing(system, proof):
        if not runs_hop(event, asked.hop):
            _check_event(system, proof, event, follows_goals=asked.trigger is not None)


def _check_labels(proof: Labelled, asked: Obligation) -> None:
    """A rank may stand where nothing need come: it shows more than is asked. Where a goal must come from the
    start on no state is idle, so that something is waited for there."""
    for number, label in enumerate(proof.labels):
        match label:
            case InvariantState():
                is_right = not asked.comes
            case Idle():
                is_right = asked.trigger is not None
            case AwaitedState(guard):
                is_right = guard < len(asked.goal) and _holds(proof.diagram, number, asked.goal[guard])
            case Rank():
                is_right = True
            case _:
                assert_never(label)
        if not is_right:
            raise proof.refuse(f"label {number} says what is not so: {label}")


def _holds(diagram: Diagram, label: int, guard: Guard) -> bool:
    """Whether the guard holds in each state of the label, whatever the diagram does not know."""
    return guard.keys() <= diagram.keys and diagram.implies(label, guard)


def _check_helpful(system: System, proof: Labelled, number: int, label: Rank, comes: Comes) -> None:
    """The event of a rank can happen in each of its states, or what it waits for beside comes by itself. That
    of several pipelines, one unit, another may go on instead does not matter: each goes only forward."""
    event = find_event(system, proof, label)
    if event.group is None:
        raise proof.refuse(f"`{event.text}` need never happen")
    if not proof.diagram.implies(number, event.guard):
        raise proof.refuse(f"`{event.text}` cannot happen in a state in which it is to help")
    unknown = [key for key in event.guard if key not in proof.diagram.keys]
    if unknown and (event.kind is not EventKind.PIPELINE or not comes(event.guard, unknown)):
        raise proof.refuse(
            f"whether `{event.text}` can happen depends on `{unknown[0]}`, which is not shown to come"
        )


def _check_event(system: System, proof: Labelled, event: Event, *, follows_goals: bool) -> None:
    for here, there in proof.diagram.moves(event):
        label = proof.labels[here]
        if isinstance(label, AwaitedState) and not follows_goals:
            continue
        if there is None:
            raise proof.refuse(f"`{event.text}` leads out of the set")
        if isinstance(label, Rank) and not comes_nearer(system, event, label, proof.labels[there]):
            raise proof.refuse(f"`{event.text}` brings what is waited for no nearer")


def comes_nearer(system: System, event: Event, label: Rank, after: Label) -> bool:
    """Whether the event may happen in a state of the label and lead to the other one."""
    match after:
        case AwaitedState():
            return True
        case Rank(rank):
            unit = system.events[label.event].group
            stays = event.group != unit and system.events[after.event].group == unit
            return rank < label.rank or (rank == label.rank and stays)
        case InvariantState() | Idle():
            return False
        case _:
            assert_never(after)


def list_bearing(system: System, proof: Labelled) -> list[Event]:
    """The events that change a variable of the diagram, and all that happen instead of a helpful one."""
    units = {find_event(system, proof, label).group for label in proof.labels if isinstance(label, Rank)}
    helping = (event for event in system.events if event.group in units) if units else ()
    changing = system.changing(variable.key for variable in proof.diagram.variables)
    return list({id(event): event for event in (*changing, *helping)}.values())


def find_event(system: System, proof: Labelled, label: Rank) -> Event:
    """The helpful event of a label. Raises `CertificateRefusedError` if there is none of that number."""
    if not 0 <= label.event < len(system.events):
        raise proof.refuse(f"there is no event {label.event}")
    return system.events[label.event]


def runs_hop(event: Event, hop: int | None) -> bool:
    """Whether the event takes the request past the hop; None: no hop is meant."""
    reached = event.effect.get(REQUEST)
    return hop is not None and isinstance(reached, int) and reached >= hop
