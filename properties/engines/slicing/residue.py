"""Residue, slice by slice: which contracts can hold an old form when all is over."""

from __future__ import annotations

from collections.abc import Iterator

from ....model.compiler.system import conjoin, passes, search
from ....model.names import Contract, instances_of
from ....model.resources.limits import Limits
from .cone import keep_blockers, need_content
from .keep import Keep, SliceNames
from .plan import Plan
from .profile import Profiles
from .restrict import Restriction


def find_residue(
    plan: Plan, profiles: Profiles, restriction: Restriction, limits: Limits
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
    for contract in plan.deployment.contracts:
        is_stored = contract in plan.changed and plan.has_content(contract)
        if is_stored and _stays(plan, profiles, restriction, contract, limits):
            yield contract


def _stays(
    plan: Plan, profiles: Profiles, restriction: Restriction, contract: Contract, limits: Limits
) -> bool:
    keep = Keep()
    need_content(plan, keep, contract)
    keep_blockers(profiles, keep)
    profiles.writers.complete(keep)
    names = SliceNames()
    part = restriction.build(keep, names)
    compiled = part.compile()
    reached, vocabulary = search(compiled.system, limits), compiled.vocabulary
    renewed = conjoin(*(vocabulary.only_up(n, plan.deployment.versions[-1]) for n in vocabulary.rollouts))
    if renewed is None:
        return False
    short = names.store(contract)
    ends = [conjoin(end, renewed) for end in compiled.complete()]
    tests = [
        compiled.system.test(guard)
        for end in ends
        for form in plan.deployment.versions[:-1]
        if end is not None and (guard := conjoin(end, vocabulary.holds(short, form))) is not None
    ]
    return any(passes(state, test) for state in reached.states for test in tests)
