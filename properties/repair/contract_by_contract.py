"""A plan contract by contract: what mends each as if the others did not change, put together.

Where a file has many hazards each check of the whole takes long, and most of it is about other contracts.
With the changes of one contract alone a check is many times shorter, and remedies for one seldom undo those
for another. What is put together so is only a proposal: it is judged whole like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from ...model.deployment import Deployment, Pair, RemedyKind
from ...model.names import Contract
from ..verdict import Answer, HopHazard
from .by_contract import spread
from .edits import Order, Remedy, name_of
from .judging import BudgetSpentError, Oracle
from .trials import FEW, Chosen, Trials

SHARE_OF_CONTRACTS = 0.5
"""So much of the budget may be spent when all contracts have been looked at, each alone."""


def propose_by_contract(
    deployment: Deployment, answer: Answer, trials: Trials, oracle: Oracle
) -> Chosen | None:
    """Remedies that mend each contract alone; None where there are few remedies, only one contract, one that
    nothing changes (what is wrong there is wrong whatever else changes), or one of them is not mended within
    the budget."""
    by_contract = group_hazards(answer)
    if (
        len(trials.remedies) <= FEW
        or len(by_contract) < 2
        or len(answer.hazards) > len(_flatten(by_contract))
        or not by_contract.keys() <= deployment.changed.keys()
    ):
        return None
    together: Chosen = frozenset()
    share = oracle.spent
    with suppress(BudgetSpentError):
        for number, (contract, hazards) in enumerate(by_contract.items(), 1):
            limit = share + (SHARE_OF_CONTRACTS - share) * number / len(by_contract)
            with oracle.up_to(limit):
                chosen = _mend(deployment, contract, hazards, trials, oracle)
            if chosen is None:
                return None
            together |= chosen
        return together
    return None


def group_hazards(answer: Answer) -> Mapping[Contract, frozenset[str]]:
    """The hazards of each contract, by their ids."""
    found: dict[Contract, frozenset[str]] = {}
    for hazard in answer.hazards:
        if isinstance(hazard, HopHazard):
            found[hazard.contract] = found.get(hazard.contract, frozenset()) | {hazard.id}
    return found


def _flatten(found: Mapping[Contract, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*found.values())


def _mend(
    deployment: Deployment, contract: Contract, hazards: frozenset[str], trials: Trials, oracle: Oracle
) -> Chosen | None:
    """Some of the remedies after which nothing is wrong, where only this contract changes."""

    def narrow(made: Deployment) -> Deployment:
        return replace(made, changes={one: said for one, said in made.changed.items() if one == contract})

    alone = narrow(deployment)
    answer = oracle.answer(alone)
    if answer is None or not answer.hazards:
        return None if answer is None else frozenset()
    apart = trials.under(oracle.about(alone, answer), {hazard.id for hazard in answer.hazards}, narrow)
    likely = _list_likely(deployment, contract, trials.remedies, hazards)
    return next(_list_mending(apart, likely, breaks_both_ways=_breaks_both_ways(deployment, contract)), None)


def _list_likely(
    deployment: Deployment, contract: Contract, remedies: tuple[Remedy, ...], hazards: frozenset[str]
) -> list[int]:
    """Of the remedies for these hazards those that are most likely enough, the cheapest first: what moves the
    contract itself, in the releases in which it breaks, and what moves nothing."""
    units = spread(deployment)
    newer = {max(map(deployment.versions.index, pair)) for pair in _list_pairs(deployment, contract)}

    def is_likely(remedy: Remedy) -> bool:
        moved = [mover for edit in remedy.edits if isinstance(edit, Order) for mover in edit.movers]
        releases = {units.pipeline[one.step].release for one in moved}
        is_there = releases <= {None, *(number - 1 for number in newer)}
        return is_there and all(name_of(units, one) == contract.provider for one in moved)

    touching = (index for index, one in enumerate(remedies) if one.touches & hazards and is_likely(one))
    return sorted(touching, key=lambda index: (remedies[index].price, index))


def _list_pairs(deployment: Deployment, contract: Contract) -> Iterator[Pair]:
    for pairs in deployment.changed[contract].breaks.values():
        yield from pairs


def _breaks_both_ways(deployment: Deployment, contract: Contract) -> bool:
    """Whether two versions break whoever is the newer side: then no order helps alone."""
    pairs = set(_list_pairs(deployment, contract))
    return any((other, one) in pairs for one, other in pairs)


def _list_mending(trials: Trials, likely: list[int], *, breaks_both_ways: bool) -> Iterator[Chosen]:
    """What mends it: one remedy, a flag with one more, tolerance."""
    in_code = RemedyKind.FLAG if breaks_both_ways else RemedyKind.TOLERANCE
    for index in likely:
        is_tried = (trials.remedies[index].kind is in_code) is breaks_both_ways
        if is_tried and trials.is_plan(frozenset({index})):
            yield frozenset({index})
    for kind in (RemedyKind.FLAG, RemedyKind.TOLERANCE):
        alike = (frozenset({index}) for index in likely if trials.remedies[index].kind is kind)
        for base in sorted(alike, key=lambda base: len(trials.judge(base))):
            for index in likely if trials.judge(base) != trials.wrong else ():
                more = base | {index}
                if trials.is_plan(more):
                    yield more
