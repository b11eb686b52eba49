"""Residue, slice by slice: which contracts can hold an old form when all is over."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from ....model.compiler.system import conjoin, passes, search
from ....model.names import Contract, instances_of
from ....model.resources.limits import Limits
from .cone import keep_blockers, need_content
from .keep import Keep, SliceNames
from .plan import SlicePlan
from .profile import Profiles
from .restrict import Restriction
from .slice import Slice


def find_residue(
    plan: SlicePlan, profiles: Profiles, restriction: Restriction, limits: Limits
) -> Iterator[Contract]:
    """The contracts of which some complete state, in which every instance is of the last version, holds an
    older form (semantics 30).

    A component that was cut can always finish without any other, and if it can end with no instance but of
    the last version, it does in some run that the slice does not notice; if it cannot, no run is one that
    leaves residue.
    """
    instances = (instances_of(n) for n in plan.deployment.components if plan.has_instances(n))
    if not all(profiles.of(unit).renews for unit in instances):
        return
    known: dict[Hashable, bool] = {}
    for contract in plan.deployment.contracts:
        if contract in plan.changed and plan.has_content(contract):
            part, short = _slice(plan, profiles, restriction, contract)
            key = part.key_of_parts, short
            if key not in known:
                known[key] = _stays(part, short, limits)
            if known[key]:
                yield contract


def _slice(
    plan: SlicePlan, profiles: Profiles, restriction: Restriction, contract: Contract
) -> tuple[Slice, Contract]:
    """What the contract depends on, and its name there."""
    keep = Keep()
    need_content(plan, keep, contract)
    keep_blockers(profiles, keep)
    profiles.writers.complete(keep)
    names = SliceNames()
    return restriction.build(keep, names), names.store(contract)


def _stays(part: Slice, short: Contract, limits: Limits) -> bool:
    compiled, versions = part.compile(), part.deployment.versions
    reached, vocabulary = search(compiled.system, limits), compiled.vocabulary
    renewed = conjoin(*(vocabulary.only_up(name, versions[-1]) for name in vocabulary.rollouts))
    if renewed is None:
        return False
    ends = [conjoin(end, renewed) for end in compiled.complete()]
    tests = [
        compiled.system.test(guard)
        for end in ends
        for form in versions[:-1]
        if end is not None and (guard := conjoin(end, vocabulary.holds(short, form))) is not None
    ]
    return any(passes(state, test) for state in reached.states for test in tests)
