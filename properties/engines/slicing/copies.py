"""Copies of one contract that are made at the same moments: one can stand for the others.

Copies (`from`) are *alike* if they have one source, hold the same at the start, and the same actions act on
them, at the same places with the same goals, in the pipeline and after each failure; if nobody else changes
them: no hop of anybody leaves a form there, no form expires or is used up, none comes and goes with its
table; and if nobody looks at them but hops: no predicate, no flag, no other copy. So what one can do depends
on its source, on where the pipeline stands, and on itself: they are processes of one template that do not see
each other (Emerson and Kahlon, "Reducing model checking of the many to the few", 2000), under an environment
that they do not change and that waits for all of them.

Let R be those that no hop of a slice meets. From a run of the whole leave out the events of all of R but one,
whichever: what is left is a run of the slice, for nobody looks at the others, and the pipeline waits for
fewer. It has come as far in the same states of all else. If the one is that which has made the fewest events
by then, |R| times its events are no more than all of R have made. And a run of the slice becomes one of the
whole if all of R do at each of its events what the one does: all are then over together. So existence,
windows, spans, `inevitable`, `for_ever`, residue and, if an event of the one counts as |R|, lengths are those
of the whole. How runs can be shuffled is not: `interleavings` lists them. That nobody leaves a form there may
be more than is needed; it is asked because the argument then speaks of no traffic.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from ....model.compiler.causes import MoveCause
from ....model.compiler.life_variables import Standing
from ....model.compiler.system import Event, Value
from ....model.compiler.variables import Vocabulary
from ....model.deployment import Kind
from ....model.deployment.predicate import Empty, Holds, list_atoms
from ....model.names import Contract, VariableKey, content_of
from .ties import Cluster

if TYPE_CHECKING:
    from .plan import SlicePlan


def list_copies_alike(plan: SlicePlan) -> Iterator[Cluster]:
    """The contents of which one can stand for the others, group by group."""
    if any(
        isinstance(atom, Holds | Empty) for predicate in plan.predicates() for atom in list_atoms(predicate)
    ):
        return
    groups: dict[Hashable, list[VariableKey]] = {}
    for unit in plan.mere_copies:
        groups.setdefault(_fate(plan, unit), []).append(unit)
    yield from map(tuple, groups.values())


def _fate(plan: SlicePlan, unit: VariableKey) -> Hashable:
    """What it starts with, and what becomes of it where."""
    return plan.mere_copies[unit], plan.targeted.get(unit)


def list_mere_copies(plan: SlicePlan) -> Iterator[tuple[VariableKey, Hashable]]:
    """The contents that nothing but actions changes and nothing but hops looks at, each with what it starts
    with and what becomes of it, on whichever line."""
    acts: dict[object, list[Hashable]] = {}
    for move in plan.whole.vocabulary.moves:
        acts.setdefault(move.subject, []).append((move.position, move.instruction, move.goal))
    for contract in plan.deployment.contracts:
        if contract in plan.changed and _is_mere_copy(plan, contract):
            told = plan.source_of(contract), plan.starts(contract), tuple(acts.get(contract, ()))
            yield content_of(contract), told


def _is_mere_copy(plan: SlicePlan, contract: Contract) -> bool:
    """Whether nothing but the pipeline's actions changes it, and nothing but hops looks at it."""
    deployment, change = plan.deployment, plan.deployment.changed[contract]
    hops = (request.hops[number - 1] for request, number in deployment.hops_at.get(contract, ()))
    return (
        plan.has_content(contract)
        and plan.source_of(contract) is not None
        and deployment.components[contract.provider].kind in (Kind.CACHE, Kind.DATABASE)
        and not change.expires
        and change.exists is None
        and contract not in deployment.flag_of
        and not any(hop.verb.leaves_content for hop in hops)
        and contract not in plan.sources
    )


def is_same_copying(vocabulary: Vocabulary, event: Event, other: Event) -> bool:
    """Whether the one does to its copy, where the same has ended, what the other does to another one."""
    assert isinstance(event.cause, MoveCause)
    assert isinstance(other.cause, MoveCause)
    own, its = event.cause.variable, other.cause.variable
    number_of = {move.position: move.number for move in vocabulary.moves if move.subject == its.contract}
    twins = {
        move.number: number_of[move.position]
        for move in vocabulary.moves
        if move.subject == own.contract and move.position in number_of
    }

    def translate(value: Value) -> Value:
        assert isinstance(value, Standing)
        return Standing(value.state, frozenset(twins[number] for number in value.ended))

    guard = {**event.guard, own: frozenset(map(translate, event.guard[own]))}
    effect = {**event.effect, own: translate(event.effect[own])}
    return _rename(guard, own, its) == other.guard and _rename(effect, own, its) == other.effect


Said = TypeVar("Said")


def _rename(said: Mapping[VariableKey, Said], own: VariableKey, its: VariableKey) -> dict[VariableKey, Said]:
    return {its if key is own else key: value for key, value in said.items()}
