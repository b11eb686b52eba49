"""Residue, slice by slice: which contracts can hold an old form when all is over."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import partial

from ....model.compiler.system import conjoin, passes, search
from ....model.names import Contract, content_of, instances_of
from ....model.resources.limits import Limits
from .cone import keep_with_writers
from .joint import CourseSlices
from .slice import Slice


def find_residue(course: CourseSlices) -> Iterator[Contract]:
    """The contracts of which some complete state, in which every instance is of the last version, holds an
    older form (semantics 30).

    A component that was cut can always finish without any other, and if it can end with no instance but of
    the last version, it does in some run that the slice does not notice; if it cannot, no run is one that
    leaves residue.
    """
    plan, lines = course.plan, _list_renewing(course)
    known: dict[Hashable, bool] = {}

    def stays(part: Slice, short: Contract) -> bool:
        key = part.key_of_parts, short
        if key not in known:
            known[key] = _stays(part, short, course.limits)
        return known[key]

    for contract in plan.deployment.contracts if lines else ():
        if contract in plan.changed and plan.has_content(contract):
            parts = course.build(partial(keep_with_writers, [content_of(contract)]))
            renewing = (one for one in parts if not lines.isdisjoint(one[0].lines))
            if any(stays(part, names.store(contract)) for _, part, names in renewing):
                yield contract


def _list_renewing(course: CourseSlices) -> frozenset[int]:
    """The lines on which all instances can be of the last version at the end."""
    plan, profiles = course.plan, course.profiles
    left = set(course.numbers)
    for name in plan.deployment.components:
        unit = instances_of(name)
        if plan.has_instances(name) and not profiles.of(unit).renews:
            left -= {line for group, one in course.profiled(unit) if not one.renews for line in group.lines}
    return frozenset(left)


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
