"""Remedies that change what is meant: what does not come at all, and code that copes with more forms."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import assert_never

from ...model.deployment import (
    Aspect,
    Change,
    Declaration,
    Instruction,
    Pair,
    RemedyKind,
    list_bare_aspects,
)
from ...model.language.breaks import read_verbs
from ...model.names import Contract
from .concern import Concern
from .edits import Amend, Omit, Remedy, Tolerate, Understand, Unit, name_of, subjects_of, tell_units

TAKING_BACK = frozenset({Instruction.ROLLBACK, Instruction.REVERT, Instruction.DISABLE})

ONE_WAY = frozenset({Instruction.ENABLE, Instruction.MIGRATE, Instruction.RECONFIGURE, Instruction.PURGE})
"""What is often done only once there is no way back."""


def list_omissions(about: Concern) -> Iterator[Remedy]:
    """Where the pipeline takes something back: that it does not, or that what cannot be taken back does not
    come before it."""
    back = [unit for unit in about.heads if about.action(unit).instruction in TAKING_BACK]
    for unit in about.heads if back else ():
        action = about.action(unit)
        is_before = action.instruction in ONE_WAY and any(unit < one for one in back)
        if unit not in back and not action.irreversible and not is_before:
            continue
        units = _whole(about, unit)
        if _changes_meaning(about, units):
            continue
        ends = [subject for one in units for subject in subjects_of(about.deployment, one)]
        told = f"`{tell_units(about.deployment, *units)}` does not come"
        yield from about.remedy([RemedyKind.OMISSION], told, Omit(units), ends=ends)


def _changes_meaning(about: Concern, units: Collection[Unit]) -> bool:
    """Whether without these a pair of the file would speak of less: of a broker's configuration it speaks
    only if something moves that (paragraph 76 of docs/semantics.md)."""
    deployment = about.deployment
    every = ((one, about.action(one)) for one in about.units)
    now = {one: replace(action, targets=(action.targets[one.target],)) for one, action in every}
    left = [action for one, action in now.items() if one not in units]
    contracts = (c for one in units for c in subjects_of(deployment, one) if isinstance(c, Contract))
    kinds = ((contract, deployment.components[contract.provider].kind) for contract in contracts)
    return any(list_bare_aspects(*one, now.values()) != list_bare_aspects(*one, left) for one in kinds)


def _whole(about: Concern, unit: Unit) -> tuple[Unit, ...]:
    """All units of the action on the same component, store or flag."""
    name = name_of(about.deployment, unit)
    return tuple(one for one in about.units if one[:2] == unit[:2] and name_of(about.deployment, one) == name)


def list_leniencies(about: Concern) -> Iterator[Remedy]:
    """What makes the code that there is less strict: a flag that is read by all at once, code that
    understands both forms whatever the flag says."""
    guarding = about.deployment.flag_of.get(about.hop.contract) if about.hop is not None else None
    for unit in about.heads:
        action = about.action(unit)
        if action.per_instance:
            told = f"`{tell_units(about.deployment, unit)}` for all instances at once: none keeps the value"
            yield from about.remedy([RemedyKind.SESSION], told, Amend(unit, "per_instance", False))
    if guarding is not None and not guarding.tolerant:
        told = f"new code understands both forms of what {guarding.name} guards, whatever it says"
        yield from about.remedy([RemedyKind.FLAG], told, Understand(guarding.name))


def list_tolerances(about: Concern) -> Iterator[Remedy]:
    """The newer side of the failing hop copes with the older one, for good."""
    hop = about.hop
    if hop is None or hop.aspect is None:
        return
    change = about.deployment.changed.get(hop.contract)
    if change is None or not can_tolerate(change):
        return
    order = about.deployment.versions.index
    met = (hop.consumer_version, hop.provider_version)
    if met[0] is None or met[1] is None or met[0] == met[1]:
        return
    is_older = order(met[0]) < order(met[1])
    pairs = {
        pair
        for aspect in change.breaks
        for pair in change.breaks[aspect]
        if (order(pair[0]) < order(pair[1])) == is_older and pair[0] != pair[1]
    }
    if pairs:
        told = f"{_tell_tolerance(hop.contract, hop.aspect, is_older=is_older)}; for good"
        yield from about.remedy([RemedyKind.TOLERANCE], told, Tolerate(hop.contract, frozenset(pairs)))


def can_tolerate(change: Change) -> bool:
    """Whether its pairs are written under its own name, as `breaks`: no wildcard, `skew` or `exists`."""
    own = all(one.entry == str(change.contract) and one.says.startswith("breaks") for one in change.declared)
    return own and bool(change.declared)


def tolerate(change: Change, pairs: frozenset[Pair]) -> dict[str, object]:
    """What is said of a contract when these pairs no longer break, as fields of a `Change`."""
    breaks = {aspect: left for aspect, found in change.breaks.items() if (left := found - pairs)}
    declared = tuple(one for one in (_leave(one, pairs) for one in change.declared) if one.cells)
    graded = {key: grade for key, grade in change.pair_severities.items() if key[2] not in pairs}
    unknown = frozenset(key for key in change.unknown if key[2] not in pairs)
    return {
        "breaks": breaks,
        "declared": declared,
        "verbs": read_verbs(declared),
        "pair_severities": graded,
        "unknown": unknown,
    }


def _leave(one: Declaration, pairs: frozenset[Pair]) -> Declaration:
    """What is declared but of these pairs."""
    severities = frozenset(said for said in one.severities if said[0] not in pairs)
    return replace(one, cells=one.cells - pairs, severities=severities, unknown=one.unknown - pairs)


def _tell_tolerance(contract: Contract, aspect: Aspect, *, is_older: bool) -> str:
    match aspect:
        case Aspect.CALL:
            old = f"newer {contract.provider} still understands older callers of {contract}"
            new = f"newer callers of {contract} cope with an older {contract.provider}"
        case Aspect.SCHEMA:
            old = f"the newer {contract} still has what older code uses"
            new = f"newer code copes with the older {contract}"
        case Aspect.CONTENT:
            old = f"what newer code leaves in {contract} is understood by older code"
            new = f"newer code understands what older code left in {contract}"
        case Aspect.TOKEN:
            old = f"newer {contract.provider} takes what older code carries to {contract}"
            new = f"what newer code carries to {contract} is understood by an older {contract.provider}"
        case _:
            assert_never(aspect)
    return old if is_older else new
